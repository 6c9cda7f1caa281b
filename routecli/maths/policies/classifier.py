"""A router that decides before any model runs.

p = share the cheap model can serve, r = recall on those, f = false-positive rate on the rest:
cheap share = p r + (1 - p) f; cost = classifier cost + cheap share * C_1 + (1 - cheap share) * C_2;
silent failures = (1 - p) f. Worked: p = 0.7, accuracy 0.9 -> cheap share 0.66, 0.66 * 180 + 0.34 * 540 = $302.40,
3 % silent failures.
"""

from collections.abc import Sequence

from routecli.maths.flow import Flow, FlowBuilder, Path, Quality, Setting, Step, asked_again, combine
from routecli.maths.judging import PLAIN, judgement_cost
from routecli.maths.policies.cascade import require_rates, success_of
from routecli.model.policy import Classifier, Shape
from routecli.model.workload import Cell


def flow(policy: Classifier, cells: Sequence[Cell], setting: Setting) -> Flow:
    """Both routes of every query type, with the mass of bad answers shipped.

    The strong model is the reference: its answers count as good.
    """
    require_rates(policy.success, 1, setting.groups(cells))
    return combine(_of_type(policy, kind, group, setting) for kind, group in setting.groups(cells).items())


def _of_type(policy: Classifier, query_type: str | None, group: Sequence[Cell], setting: Setting) -> Flow:
    """One query type's flow, its bad answers asked again as requests of that type."""
    builder, mass = FlowBuilder(), setting.mass(group)
    lead = policy.decider.latency_ms or 0.0 if policy.decider else 0.0
    servable = success_of(policy.success, 0, query_type)
    wrongly_cheap = (1 - servable) * policy.false_positive
    cheap = servable * policy.recall + wrongly_cheap
    seen = None if policy.observed is None else policy.observed.of(query_type)
    if seen is not None and policy.cut is not None:
        cheap = seen.reach[0]
    for place, (model, share) in enumerate(((policy.cheap, cheap), (policy.strong, 1 - cheap))):
        side_in, side_out = setting.sides(group, model, 1)
        shape = PLAIN if seen is None else Shape(*seen.shapes[place])
        builder.call(1, model, share * mass, share * (shape.input * side_in + shape.output * side_out))
        builder.path(Path(query_type, (Step(model),), share * mass, lead))
    if policy.decider is not None:
        builder.gate += judgement_cost(policy.decider, group, setting, answers=False)
    needless = servable * (1 - policy.recall)
    found = None if seen is None else seen.outcomes
    if found is None:
        builder.judged(Quality(wrongly_cheap * mass, needless * mass, (1 - wrongly_cheap) * mass))
    else:
        builder.judged(Quality(found.silent * mass, found.needless * mass, found.good * mass))
    return asked_again(builder.build(mass), policy.retry_rate)
