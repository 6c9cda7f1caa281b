"""One file per kind of policy; each turns (policy, cells, setting) into a Flow. A new kind is one line here."""

from collections.abc import Callable, Sequence
from typing import Any

from routecli.maths.flow import Flow, Setting
from routecli.maths.policies import cascade, classifier, single, static
from routecli.maths.selection import split
from routecli.model.policy import Cascade, Classifier, Policy, Single, Static, Unchanged
from routecli.model.workload import Cell

KINDS: dict[type, Callable[[Any, Sequence[Cell], Setting], Flow]] = {
    Single: single.flow,
    Unchanged: single.unchanged,
    Cascade: cascade.flow,
    Classifier: classifier.flow,
    Static: lambda policy, cells, setting: static.flow(policy, cells, setting, flow),
}


def check(policy: Policy, cells: Sequence[Cell], setting: Setting) -> None:
    """Raises UsageError for a policy that no traffic could follow. (Break-evens solve with such values on the way.)"""
    if isinstance(policy, Cascade):
        cascade.require_possible(policy, cells, setting)
    if isinstance(policy, Static):
        taken, rest = split(cells, policy.rules, setting.pricer.cuts, assumed=setting.assumed)
        for route, group in zip([*(rule.route for rule in policy.rules), policy.default], [*taken, rest], strict=True):
            check(route, group, setting)


def flow(policy: Policy, cells: Sequence[Cell], setting: Setting) -> Flow:
    """How the cells' requests flow through the policy."""
    return KINDS[type(policy)](policy, cells, setting)
