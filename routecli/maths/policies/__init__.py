"""One file per kind of policy; each turns (policy, cells, setting) into a Flow. A new kind is one line here."""

from collections.abc import Callable, Sequence
from typing import Any

from routecli.maths.flow import Flow, Setting
from routecli.maths.policies import cascade, classifier, single, static
from routecli.model.policy import Cascade, Classifier, Policy, Single, Static, Unchanged
from routecli.model.workload import Cell

KINDS: dict[type, Callable[[Any, Sequence[Cell], Setting], Flow]] = {
    Single: single.flow,
    Unchanged: single.unchanged,
    Cascade: cascade.flow,
    Classifier: classifier.flow,
    Static: lambda policy, cells, setting: static.flow(policy, cells, setting, flow),
}


def flow(policy: Policy, cells: Sequence[Cell], setting: Setting) -> Flow:
    """How the cells' requests flow through the policy."""
    return KINDS[type(policy)](policy, cells, setting)
