"""Ordered rules on columns a router can see; the first match wins. cost = the sum over routes."""

from collections.abc import Callable, Sequence

from routecli.maths.flow import Flow, Setting, combine
from routecli.maths.selection import split
from routecli.model.policy import Policy, Static
from routecli.model.workload import Cell

FlowOf = Callable[[Policy, Sequence[Cell], Setting], Flow]


def flow(policy: Static, cells: Sequence[Cell], setting: Setting, flow_of: FlowOf) -> Flow:
    """Every rule's requests through its own route (`flow_of` evaluates it, so routes may be policies themselves)."""
    taken, rest = split(cells, policy.rules, setting.pricer.cuts, assumed=setting.assumed)
    parts = [flow_of(rule.route, group, setting) for rule, group in zip(policy.rules, taken, strict=True)]
    return combine([*parts, flow_of(policy.default, rest, setting)])
