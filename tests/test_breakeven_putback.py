"""A break-even put back costs exactly what the traffic costs today, and the side it names is the side that pays."""

from dataclasses import replace
from fractions import Fraction

from drawn import Drawn, cascades, classifiers, worlds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routecli.maths.breakeven import accuracy_root, root_of
from routecli.maths.case import Case
from routecli.maths.levers import Lever, levers
from routecli.model.policy import Cascade, Classifier, Policy

ONE = Fraction(1)
drawing = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def put_back(lever: Lever) -> None:
    root = root_of(lever)
    top = lever.high if lever.high is not None else max(10 * (root.value or ONE), ONE)
    if root.value is None:
        ends = [lever.at(lever.low).excess(), lever.at(top).excess()]
        assert max(ends) <= 0 if root.word == "always" else max(ends) > 0, (lever.parameter, ends)
        return
    assert lever.low <= root.value <= top
    assert lever.at(root.value).excess() == 0, lever.parameter
    if root.value > lever.low:
        assert (lever.at((root.value + lever.low) / 2).excess() < 0) == (root.word == "below"), lever.parameter
    if root.value < top:
        assert (lever.at((root.value + top) / 2).excess() < 0) == (root.word == "above"), lever.parameter


def check(policy: Policy, world: Drawn) -> None:
    case = Case(policy, world.cells, world.setting)
    found = levers(case)
    assert {lever.parameter for lever in found} >= {"success", "gate_cost_usd", "flagship_price_factor"}
    for lever in found:
        put_back(lever)
        starts_today(lever, case)


def starts_today(lever: Lever, case: Case) -> None:
    """Turned to its present value, a parameter leaves the policy as it is."""
    uneven = isinstance(case.policy, Cascade) and case.policy.shape.input != case.policy.shape.output
    if lever.current is not None and not (uneven and lever.parameter == "escalated_shape"):
        assert lever.at(lever.current).excess() == case.excess(), lever.parameter


@drawing
@given(st.data())
def test_gates_with_errors_keep_them_and_their_repeats(data: st.DataObject) -> None:
    world = data.draw(worlds())
    case = Case(data.draw(cascades(world, (2,), errs=True)), world.cells, world.setting)
    for lever in levers(case):
        starts_today(lever, case)


@drawing
@given(st.data())
def test_cascades_of_two_to_four_tiers(data: st.DataObject) -> None:
    world = data.draw(worlds())
    check(data.draw(cascades(world, (2, 3, 4), errs=False)), world)


@drawing
@given(worlds(), classifiers())
def test_classifiers(world: Drawn, policy: Classifier) -> None:
    check(policy, world)


@drawing
@given(st.data())
def test_a_free_classifier_at_the_break_even_accuracy_costs_what_the_cascade_costs(data: st.DataObject) -> None:
    world = data.draw(worlds())
    policy = data.draw(cascades(world, (2,), errs=False))
    assert isinstance(policy, Cascade)
    case = Case(policy, world.cells, world.setting)
    root = accuracy_root(case)
    assert root is not None
    if root.value is not None:
        free = Classifier(policy.tiers[0], policy.tiers[1], root.value, 1 - root.value, policy.success)
        assert replace(case, policy=free).cost() == case.cost()
