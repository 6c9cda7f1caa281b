"""Cheap first, escalate what the gate refuses.

reach_1 = 1, reach_{j+1} = reach_j (1 - a_j), cost = sum_j reach_j C_j, per query type. Worked: 100M tokens, 80 % input,
haiku-4-5 then sonnet-4-6 at a = 0.7: 180 + 0.3 * 540 = $342.00.
"""

from collections.abc import Sequence
from fractions import Fraction

from routecli.errors import UsageError
from routecli.maths.flow import Flow, FlowBuilder, Setting, by_query_type, mass_of
from routecli.model.policy import Cascade, Success
from routecli.model.workload import Cell


def flow(policy: Cascade, cells: Sequence[Cell], setting: Setting) -> Flow:
    """The cascade's calls and paths. Whether accepted answers are good is not known from an accept rate alone."""
    builder = FlowBuilder()
    last = len(policy.tiers) - 1
    for query_type, group in by_query_type(cells).items():
        mass, reach = mass_of(group), Fraction(1)
        for tier, model in enumerate(policy.tiers):
            accept = Fraction(1) if tier == last else success_of(policy.success, tier, query_type)
            builder.call(tier + 1, model, reach * mass, reach * setting.cost(group, model))
            builder.path(query_type, policy.tiers[: tier + 1], reach * accept * mass)
            reach *= 1 - accept
    return builder.build(mass_of(cells))


def success_of(success: Success | None, tier: int, query_type: str | None) -> Fraction:
    """The accept rate at a tier for a query type; a type nobody gave a rate for is an error, never a guess."""
    rate = success.rate(tier, query_type) if success else None
    if rate is None:
        name = "requests without a query type" if query_type is None else f"query type '{query_type}'"
        raise UsageError(
            "no-success-rate", f"no success rate is given for {name}", fix="add it to --success, or a '*=RATE'"
        )
    return rate
