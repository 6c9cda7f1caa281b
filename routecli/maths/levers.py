"""The parameters of a policy that can be turned: a case with another value of each, and the values it can have."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from routecli.maths.case import ONE, ZERO, Case
from routecli.maths.policies import flow
from routecli.maths.policies.cascade import in_time_of, needs, shape_of, shape_range, tiers_of
from routecli.model.conditions import ANY_TYPE
from routecli.model.policy import Canary, Cascade, Classifier, Confusion, Policy, Shape, Success

Unit = Literal["share", "pico_usd", "factor", "requests"]


@dataclass(frozen=True, slots=True)
class Lever:
    """A parameter of a case: its present value, the case with another value, and the range that is possible.

    The range is what traffic can have, the other parameters held; no `high` is no limit.
    """

    parameter: str
    unit: Unit
    at: Callable[[Fraction], Case]
    current: Fraction | None
    high: Fraction | None = ONE
    naive: Fraction | None = None
    low: Fraction = ZERO


def complete(policy: Policy) -> bool:
    """Whether the policy's cost can be computed: its accept rate is known."""
    if isinstance(policy, Cascade):
        return policy.success is not None or policy.confusion is not None
    return isinstance(policy, Classifier) and policy.success is not None


def levers(case: Case) -> list[Lever]:
    """What can be turned: success rates, and where the policy is complete everything else."""
    found = success_levers(case)
    policy = case.policy
    if not isinstance(policy, Cascade | Classifier) or not complete(policy):
        return found
    cheap, strong = (
        (policy.tiers[0], policy.tiers[-1]) if isinstance(policy, Cascade) else (policy.cheap, policy.strong)
    )
    found.append(_gate(case))
    if isinstance(policy, Cascade):
        found += [_shape(case, policy), _canary(case, policy)]
    found.append(_price("flagship_price_factor", case, strong))
    found.append(_price("cheap_price_factor", case, cheap))
    return found


def success_levers(case: Case) -> list[Lever]:
    """One lever per judged tier of a cascade, one for a classifier; none where other rates would have to be guessed."""
    policy, routed, setting = case.policy, case.routed, case.setting
    if isinstance(policy, Classifier):
        naive = _over(setting.cost(routed, policy.cheap), case.before())
        return [Lever("success", "share", _with_success(case, policy, 0), _uniform(policy.success, 0), naive=naive)]
    if not isinstance(policy, Cascade):
        return []
    judged = len(policy.tiers) - 1
    if judged > 1 and policy.success is None:
        return []
    found = []
    for tier in range(judged):
        stays = setting.cost(routed, policy.tiers[tier])
        goes = case.before() if judged == 1 else setting.cost(routed, policy.tiers[tier + 1])
        name = "success" if tier == 0 else f"success.{tier + 1}"
        if policy.confusion is not None and policy.success is None:
            found += _with_errors(case, policy, policy.confusion, _over(stays, goes))
            continue
        low, high = _acceptable(case, policy) if tier == 0 else (ZERO, ONE)
        at, current = _with_success(case, policy, tier), _uniform(policy.success, tier)
        found.append(Lever(name, "share", at, current, high, _over(stays, goes), low))
    return found


def _with_errors(case: Case, policy: Cascade, gate: Confusion, naive: Fraction | None) -> list[Lever]:
    """The accept rate of a gate with errors moves with the cheap model's quality, its errors held."""
    span = 1 - gate.false_reject - gate.false_accept
    if not span:
        return []  # it accepts as many bad answers as good ones: no quality changes how many it accepts

    def at(rate: Fraction) -> Case:
        errors = replace(gate, quality=(rate - gate.false_accept) / span)
        return replace(case, policy=replace(policy, confusion=errors))

    low, high = _acceptable(case, policy)
    worst, best = sorted((gate.false_accept, 1 - gate.false_reject))
    return [Lever("success", "share", at, gate.accept, min(high, best), naive, max(low, worst))]


def _acceptable(case: Case, policy: Cascade) -> tuple[Fraction, Fraction]:
    """The first tier's accept rates with which escalated requests can have the length that the policy gives them.

    Solved for the accept rate a: late / (1 - a in_time) <= factor <= 1 / (1 - a in_time), see `shape_range`.
    """
    low, high = ZERO, ONE
    for query_type in case.setting.groups(case.routed):
        shape = shape_of(policy, query_type, 2)
        longest, shortest = max(shape.input, shape.output), min(shape.input, shape.output)
        in_time = in_time_of(policy, 0, query_type, case.setting)
        if not in_time:
            continue  # whatever the accept rate, nothing changes
        if longest > 1:
            low = max(low, (1 - 1 / longest) / in_time)
        if shortest < 1 and in_time < 1 and shortest:
            high = min(high, (1 - (1 - in_time) / shortest) / in_time)
    return min(low, ONE), max(min(low, ONE), high)


def _with_success(case: Case, policy: Cascade | Classifier, tier: int) -> Callable[[Fraction], Case]:
    judged = len(policy.tiers) - 1 if isinstance(policy, Cascade) else 1

    def at(rate: Fraction) -> Case:
        held = policy.success or Success(({ANY_TYPE: rate},))
        tiers = [held.tiers[min(j, len(held.tiers) - 1)] for j in range(judged)]
        tiers[tier] = {ANY_TYPE: rate}
        return replace(case, policy=replace(policy, success=Success(tuple(tiers), held.basis)))

    return at


def accuracy_lever(case: Case, policy: Classifier) -> Lever:
    """A classifier's accuracy: its recall and 1 - its false-positive rate at once."""

    def at(right: Fraction) -> Case:
        return replace(case, policy=replace(policy, recall=right, false_positive=1 - right))

    current = policy.recall if policy.recall == 1 - policy.false_positive else None
    return Lever("classifier_accuracy", "share", at, current)


def _gate(case: Case) -> Lever:
    return Lever(
        "gate_cost_usd",
        "pico_usd",
        lambda value: replace(case, gate=value),
        flow(case.policy, case.routed, case.setting).gate if case.gate is None else case.gate,
        high=None,
    )


def _shape(case: Case, policy: Cascade) -> Lever:
    model, last = policy.tiers[-1], len(policy.tiers)
    side_in, side_out = case.setting.sides(case.routed, model, last)
    shaped = policy.shape.input * side_in + policy.shape.output * side_out
    if policy.observed is not None:
        shaped, whole = _measured_shape(case, policy)
        side_in, side_out = whole, Fraction(0)
    ranges = [shape_range(policy, kind, case.setting) for kind in case.setting.groups(case.routed)]
    highs = [high for _, high in ranges if high is not None]
    return Lever(
        "escalated_shape",
        "factor",
        lambda value: replace(case, policy=_shaped(policy, value)),
        _over(shaped, side_in + side_out),
        high=min(highs, default=None),
        low=max((low for low, _ in ranges), default=ZERO),
    )


def _shaped(policy: Cascade, value: Fraction) -> Cascade:
    observed = None if policy.observed is None else policy.observed.shaped(value)
    return replace(policy, shape=Shape(value, value), observed=observed)


def _measured_shape(case: Case, policy: Cascade) -> tuple[Fraction, Fraction]:
    """What the requests that reach the last call cost there, and what as many of mean length would."""
    shaped, whole, last = Fraction(0), Fraction(0), len(policy.tiers)
    for query_type, group in case.setting.groups(case.routed).items():
        share = needs(tiers_of(policy, query_type, case.setting))[-1]
        side_in, side_out = case.setting.sides(group, policy.tiers[-1], last)
        shape = shape_of(policy, query_type, last)
        shaped += share * (shape.input * side_in + shape.output * side_out)
        whole += share * (side_in + side_out)
    return shaped, whole


def _canary(case: Case, policy: Cascade) -> Lever:
    each = policy.canary.each if policy.canary else Fraction(0)
    return Lever(
        "canary_share",
        "share",
        lambda value: replace(case, policy=replace(policy, canary=Canary(value, each))),
        policy.canary.share if policy.canary else ZERO,
    )


def _price(parameter: str, case: Case, model: str) -> Lever:
    def at(value: Fraction) -> Case:
        setting = case.setting
        pricer = replace(setting.pricer, factors={**setting.pricer.factors, model: value})
        return replace(case, setting=replace(setting, pricer=pricer))

    return Lever(parameter, "factor", at, ONE, high=None)


def _uniform(success: Success | None, tier: int) -> Fraction | None:
    """The one rate in use at a tier; None where it differs by query type."""
    if success is None:
        return None
    rates = set(success.tiers[min(tier, len(success.tiers) - 1)].values())
    return rates.pop() if len(rates) == 1 else None


def _over(part: Fraction | int, whole: Fraction | int) -> Fraction | None:
    return Fraction(part) / Fraction(whole) if whole else None
