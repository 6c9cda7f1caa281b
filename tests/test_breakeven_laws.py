"""Break-evens written into the policy by hand (not through the lever that found them) cost what the traffic costs."""

from dataclasses import replace
from fractions import Fraction

import pytest
from drawn import Drawn, cascades, classifiers, worlds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routecli.errors import UsageError
from routecli.maths.breakeven import Root, root_of, roots
from routecli.maths.case import Case
from routecli.maths.levers import levers
from routecli.maths.policies import check, flow
from routecli.model.conditions import ANY_TYPE
from routecli.model.policy import Canary, Cascade, Classifier, Policy, Shape, Success

ZERO, ONE = Fraction(0), Fraction(1)
slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example, HealthCheck.filter_too_much]
drawing = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=slow)
small = worlds(24)


def cost(policy: Policy, one: Drawn) -> Fraction:
    return flow(policy, one.cells, one.setting).cost


def uniform(*accepted: Fraction) -> Success:
    return Success(tuple({ANY_TYPE: rate} for rate in accepted))


def accepting(policy: Cascade | Classifier, tier: int, rate: Fraction) -> Cascade | Classifier:
    judged = len(policy.tiers) - 1 if isinstance(policy, Cascade) else 1
    known = policy.success.tiers if policy.success is not None else ()
    rates = [known[min(place, len(known) - 1)] if known else {} for place in range(judged)]
    rates[tier] = {ANY_TYPE: rate}
    if isinstance(policy, Cascade) and policy.confusion is not None:
        # A gate with errors accepts more where more cheap answers are good: Q (1 - FR) + (1 - Q) FA = rate.
        gate = policy.confusion
        good = (rate - gate.false_accept) / (1 - gate.false_reject - gate.false_accept)
        return replace(policy, confusion=replace(gate, quality=good))
    return replace(policy, success=Success(tuple(rates)))


def written(case: Case, root: Root, value: Fraction) -> Case:
    """The case with a value of one parameter, written where a user would write it."""
    policy, setting = case.policy, case.setting
    assert isinstance(policy, Cascade | Classifier)
    pair = (policy.tiers[0], policy.tiers[-1]) if isinstance(policy, Cascade) else (policy.cheap, policy.strong)
    if root.parameter == "gate_cost_usd":
        return replace(case, gate=value)
    if root.parameter in ("cheap_price_factor", "flagship_price_factor"):
        model = pair[0] if root.parameter == "cheap_price_factor" else pair[1]
        return replace(case, setting=replace(setting, pricer=replace(setting.pricer, factors={model: value})))
    if root.parameter == "escalated_shape":
        return replace(case, policy=replace(policy, shape=Shape(value, value)))
    if root.parameter == "canary_share":
        assert isinstance(policy, Cascade)
        grading = policy.canary.each if policy.canary else ZERO
        return replace(case, policy=replace(policy, canary=Canary(value, grading)))
    name, _, tier = root.parameter.partition(".")
    assert name == "success"
    return replace(case, policy=accepting(policy, int(tier or 1) - 1, value))


def put_back(case: Case) -> None:
    for root in roots(case):
        if root.parameter == "classifier_accuracy":
            continue
        lever = next(lever for lever in levers(case) if lever.parameter == root.parameter)
        high = lever.high if lever.high is not None else max(case.before(), 10 * (root.value or ONE), ONE)
        if root.value is None:
            ends = [written(case, root, end).excess() for end in (lever.low, high)]
            assert all(end <= 0 for end in ends) if root.word == "always" else any(end > 0 for end in ends), root
            continue
        # Several query types with repeats of their own have no root in fractions.
        near = case.before() * Fraction(1, 10**12) if bends(case, root) else 0
        assert abs(written(case, root, root.value).excess()) <= near, root
        paying, losing = (high, lever.low) if root.word == "above" else (lever.low, high)
        for end, sign in ((paying, -1), (losing, 1)):
            beside = (root.value + end) / 2
            assert beside == root.value or written(case, root, beside).excess() * sign > 0, (root, end)


def bends(case: Case, root: Root) -> bool:
    policy = case.policy
    return root.parameter == "success" and isinstance(policy, Cascade) and bool(policy.retry_rate and policy.timeouts)


@drawing
@given(st.data())
def test_break_evens_of_a_cascade_put_back(data: st.DataObject) -> None:
    one = data.draw(small)
    errs = data.draw(st.booleans())
    put_back(Case(data.draw(cascades(one, (2,) if errs else (2, 3, 4), errs=errs)), one.cells, one.setting))


@drawing
@given(small, classifiers())
def test_break_evens_of_a_classifier_put_back(one: Drawn, policy: Classifier) -> None:
    case = Case(policy, one.cells, one.setting, baseline="large")
    put_back(case)
    found = next(root for root in roots(case) if root.parameter == "classifier_accuracy")
    if found.value is not None:
        right = replace(policy, recall=found.value, false_positive=1 - found.value)
        goal = cost(Cascade((policy.cheap, policy.strong), policy.success), one)
        near = goal * Fraction(1, 10**12) if policy.retry_rate else 0
        assert abs(cost(right, one) - goal) <= near
    elif found.word in ("always", "none"):
        goal = cost(Cascade((policy.cheap, policy.strong), policy.success), one)
        rights = [Fraction(step, 40) for step in range(41)]
        within = [cost(replace(policy, recall=right, false_positive=1 - right), one) <= goal for right in rights]
        assert all(within) if found.word == "always" else not all(within)


def test_break_evens_of_a_classifier_whose_every_bad_answer_is_asked_again() -> None:
    world = example()
    policy = Classifier("small", "large", Fraction(9, 10), ONE, uniform(Fraction(7, 10)), retry_rate=ONE)
    put_back(Case(policy, world.cells, world.setting))
    with pytest.raises(UsageError, match="endless"):
        cost(replace(policy, success=uniform(ZERO)), world)


@drawing
@given(st.data())
def test_a_break_even_success_is_one_that_traffic_can_have(data: st.DataObject) -> None:
    """Where longer requests escalate, the range starts where they would hold all tokens, timeouts included."""
    one = data.draw(small)
    policy = replace(data.draw(cascades(one, (2, 3))), shape=Shape(Fraction(3, 2), Fraction(5, 4)))
    for tier in range(len(policy.tiers) - 1):
        name = "success" if tier == 0 else f"success.{tier + 1}"
        lever = next(found for found in levers(Case(policy, one.cells, one.setting)) if found.parameter == name)
        best, at_low, under = (
            accepting(policy, tier, rate) for rate in (ONE, lever.low, lever.low - Fraction(1, 1000))
        )
        assert possible(at_low, one) or not possible(best, one)
        assert lever.low == 0 or not possible(under, one)
        root = root_of(lever)
        assert root.value is None or root.value >= lever.low


def possible(policy: Policy, one: Drawn) -> bool:
    try:
        check(policy, one.cells, one.setting)
    except UsageError as error:
        assert error.id == "impossible-shape"
        return False
    return True


def example() -> Drawn:
    """A small world that is the same every time."""
    found = []

    @settings(max_examples=1, derandomize=True, database=None, suppress_health_check=slow)
    @given(small)
    def one(drawn: Drawn) -> None:
        found.append(drawn)

    one()
    return found[0]
