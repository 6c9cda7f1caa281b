"""Laws of policies: what must hold for any prices, traffic and rates."""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from fractions import Fraction

from drawn import MODELS, TYPES, Drawn, cascades, classifiers, composites, judges, routes, shares, success, worlds
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from routecli.maths.flow import Flow, Path, Setting
from routecli.maths.policies import flow
from routecli.model.conditions import ANY_TYPE, Condition
from routecli.model.policy import (
    Canary,
    Cascade,
    Classifier,
    Confusion,
    Judge,
    Policy,
    Rule,
    Shape,
    Single,
    Static,
    Success,
)
from routecli.model.rates import STANDARD, ModelCard, RateCard, Rates
from routecli.model.workload import Cell

ZERO, ONE = Fraction(0), Fraction(1)
PLAIN = Shape()
slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example, HealthCheck.filter_too_much]
drawing = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=slow)
small = worlds(24)


def cost(policy: Policy, one: Drawn, setting: Setting | None = None) -> Fraction:
    return flow(policy, one.cells, setting or one.setting).cost


def on(model: str, one: Drawn, position: int = 1) -> Fraction:
    return Fraction(sum(one.setting.sides(one.cells, model, position)))


def uniform(*accepted: Fraction) -> Success:
    return Success(tuple({ANY_TYPE: rate} for rate in accepted))


def content(found: Flow) -> tuple[object, ...]:
    """What a flow says, whatever the order its parts were put together in."""
    paths: dict[Path, Fraction] = {}
    for path in found.paths:
        paths[replace(path, mass=ZERO)] = paths.get(replace(path, mass=ZERO), ZERO) + path.mass
    calls = {(call.position, call.model): (call.mass, call.cost) for call in found.calls if call.mass}
    return calls, paths, found.gate, found.canary, found.quality, found.mass


# Prices


@drawing
@given(st.data(), st.sampled_from(MODELS), st.sampled_from([field.name for field in fields(Rates)]))
def test_a_dearer_rate_never_makes_a_cheaper_policy(data: st.DataObject, model: str, kind: str) -> None:
    one = data.draw(small)
    policy = data.draw(routes(one, 1))
    dearer = repriced(one, model, lambda rates: replace(rates, **{kind: (getattr(rates, kind) or 0) + 7}))
    assume(all(getattr(rates, kind) is not None for rates in rates_of(one.world.card.models[model])))
    assert cost(policy, one, dearer) >= cost(policy, one)


def rates_of(model: ModelCard) -> list[Rates]:
    period = model.modes[STANDARD][0]
    return [period.rates, *(tier.rates for tier in period.tiers)]


def repriced(one: Drawn, name: str, change: Callable[[Rates], Rates]) -> Setting:
    card = one.world.card
    period = card.models[name].modes[STANDARD][0]
    tiers = tuple(replace(tier, rates=change(tier.rates)) for tier in period.tiers)
    changed = replace(period, rates=change(period.rates), tiers=tiers)
    models = {**card.models, name: replace(card.models[name], modes={STANDARD: (changed,)})}
    return replace(one.setting, pricer=replace(one.setting.pricer, card=RateCard(models)))


@drawing
@given(st.data(), st.sampled_from(MODELS), st.integers(0, 8))
def test_a_price_factor_multiplies_that_models_part_alone(data: st.DataObject, model: str, quarters: int) -> None:
    one = data.draw(small)
    policy = data.draw(routes(one, 1))
    factor = Fraction(quarters, 4)

    def at(times: Fraction) -> Setting:
        return replace(one.setting, pricer=replace(one.setting.pricer, factors={model: times}))

    assert cost(policy, one, at(ONE)) == cost(policy, one)
    own = cost(policy, one) - cost(policy, one, at(ZERO))
    assert cost(policy, one, at(factor)) == cost(policy, one) + (factor - 1) * own
    calls, dearer = flow(policy, one.cells, one.setting).calls, flow(policy, one.cells, at(Fraction(2))).calls
    assert [call.cost * (2 if call.model == model else 1) for call in calls] == [call.cost for call in dearer]


# Rates


@drawing
@given(st.data(), shares)
def test_accepting_more_never_costs_more(data: st.DataObject, more: Fraction) -> None:
    """Whatever the prices: fewer requests reach every later tier. Only grading canaries in dollars speaks against."""
    one = data.draw(small)
    policy = data.draw(cascades(one))
    if policy.canary is not None:
        policy = replace(policy, canary=Canary(policy.canary.share))
    assert policy.success is not None
    raised = [{kind: rate + (1 - rate) * more for kind, rate in tier.items()} for tier in policy.success.tiers]
    assert cost(replace(policy, success=Success(tuple(raised))), one) <= cost(policy, one)


@drawing
@given(small, classifiers(), shares, shares)
def test_a_classifier_gains_from_more_easy_requests_as_its_rates_say(
    one: Drawn, policy: Classifier, first: Fraction, second: Fraction
) -> None:
    """cost = C2 + (p r + (1 - p) f) (C1 - C2): it falls in p where recall and price difference have the same sign."""
    low, high = sorted((first, second))
    policy = replace(policy, retry_rate=ZERO)
    sign = (policy.recall - policy.false_positive) * (on(policy.strong, one) - on(policy.cheap, one))
    change = cost(replace(policy, success=uniform(high)), one) - cost(replace(policy, success=uniform(low)), one)
    assert change == -(high - low) * sign


@drawing
@given(small, st.permutations(MODELS), st.none() | judges(), shares, st.sampled_from([ONE, Fraction(3, 2)]))
def test_nothing_and_everything_accepted(
    one: Drawn, models: Sequence[str], gate: Judge | None, canary: Fraction, grading: Fraction
) -> None:
    first, last = models[:2]
    policy = Cascade((first, last), uniform(ZERO), gate, Canary(canary, grading))
    judged = flow(policy, one.cells, one.setting).gate
    both = on(first, one) + on(last, one, 2)
    assert cost(policy, one) == both + judged
    graded = canary * (on(last, one, 2) + grading * len(one.world.input))
    assert cost(replace(policy, success=uniform(ONE)), one) == on(first, one) + judged + graded
    always = replace(policy, success=None, confusion=Confusion(ONE, ZERO, ZERO))
    assert cost(always, one) == cost(replace(policy, success=uniform(ONE)), one)


@drawing
@given(st.data())
def test_a_tier_nothing_reaches_might_as_well_not_be_there(data: st.DataObject) -> None:
    one = data.draw(small)
    policy = replace(data.draw(cascades(one, (3, 4))), canary=None, gate=None, shape=PLAIN)
    *_, settles, _ = policy.tiers
    timeouts = {model: ms for model, ms in policy.timeouts.items() if model != settles}
    assert policy.success is not None
    known = policy.success.tiers
    rates = [known[min(place, len(known) - 1)] for place in range(len(policy.tiers) - 2)]
    longer = replace(policy, timeouts=timeouts, success=Success((*rates, {ANY_TYPE: ONE})))
    shorter = replace(longer, tiers=policy.tiers[:-1], success=Success(tuple(rates)))
    assert content(flow(longer, one.cells, one.setting)) == content(flow(shorter, one.cells, one.setting))


# Parallel starts, timeouts, caches, token ratios


@drawing
@given(small, st.permutations(MODELS), st.data())
def test_starting_both_for_all_requests_pays_both_for_all(one: Drawn, models: list[str], data: st.DataObject) -> None:
    policy = Cascade(tuple(models[:2]), data.draw(success(1)), data.draw(st.none() | judges()))
    none, every = (flow(replace(policy, parallel=share), one.cells, one.setting) for share in (ZERO, ONE))
    assert content(none) == content(flow(policy, one.cells, one.setting))
    assert [call.mass for call in every.calls] == [every.mass, every.mass]
    assert every.cost - every.gate == on(models[0], one) + on(models[1], one, 2)
    assert every.gate == none.gate
    half = cost(replace(policy, parallel=Fraction(1, 2)), one)
    assert 2 * half == none.cost + every.cost


@drawing
@given(st.data(), st.floats(0, 10_000))
def test_a_timeout_nothing_exceeds_changes_nothing(data: st.DataObject, spare: float) -> None:
    one = data.draw(small)
    policy = replace(data.draw(cascades(one)), timeouts={})
    slowest = {name: max(max(ms) for (model, _), ms in one.world.latencies.items() if model == name) for name in MODELS}
    limited = replace(policy, timeouts={model: float(slowest[model]) + spare for model in policy.tiers[:-1]})
    free, cut = (flow(policy, one.cells, one.setting) for policy in (policy, limited))
    assert (cut.cost, cut.gate, cut.canary, cut.calls) == (free.cost, free.gate, free.canary, free.calls)
    assert one.latencies.quantiles(cut.paths) == one.latencies.quantiles(free.paths)


@drawing
@given(st.data())
def test_losing_caches_never_saves(data: st.DataObject) -> None:
    """Where no cache read costs more than plain input."""
    one = data.draw(worlds(24, cold=False))
    policy = data.draw(routes(one, 1))
    kept, cold, all_cold = (cost(policy, one, replace(one.setting, cold=since)) for since in (None, 2, 1))
    assert 0 <= kept <= cold <= all_cold


@drawing
@given(st.data(), st.integers(1, 40), st.integers(1, 40))
def test_a_token_ratio_and_its_inverse_say_the_same(data: st.DataObject, into: int, out: int) -> None:
    one = data.draw(worlds(24, ratios=False))
    policy = data.draw(cascades(one))
    ratio = (Fraction(into, 8), Fraction(out, 8))

    def at(pair: tuple[str, str], ratio: tuple[Fraction, Fraction]) -> Setting:
        return replace(one.setting, pricer=replace(one.setting.pricer, ratios={pair: ratio}))

    there = at(("large", "tiny"), ratio)
    back = at(("tiny", "large"), (1 / ratio[0], 1 / ratio[1]))
    assert cost(policy, one, there) == cost(policy, one, back)
    for cell in one.cells:
        there_in, there_out = there.pricer.ratio(cell, "tiny")
        ran = replace(cell, key=replace(cell.key, model="tiny"))
        if cell.key.model == "large":
            back_in, back_out = there.pricer.ratio(ran, "large")
            assert (there_in * back_in, there_out * back_out) == (1, 1)


# Rules


@drawing
@given(st.data())
def test_rules_that_all_lead_to_one_route_are_that_route(data: st.DataObject) -> None:
    one = data.draw(small)
    policy = data.draw(routes(one, 0))
    alone = content(flow(policy, one.cells, one.setting))
    taken = Rule((), policy)
    assert content(flow(Static((), policy), one.cells, one.setting)) == alone
    assert content(flow(Static((taken,), Single("large")), one.cells, one.setting)) == alone
    by_type = tuple(Rule((Condition("query_type", (kind,)),), policy) for kind in TYPES[:2])
    assert content(flow(Static(by_type, policy), one.cells, one.setting)) == alone


@drawing
@given(st.data())
def test_the_order_of_rules_matters_only_where_they_overlap(data: st.DataObject) -> None:
    one = data.draw(small)
    first, second, *_ = (*data.draw(composites(one, 0)).rules, *data.draw(composites(one, 0)).rules)
    rest = data.draw(routes(one, 0))
    swap = [cost(Static(rules, rest), one) for rules in ((first, second), (second, first))]
    both = Rule((*first.when, *second.when), first.route)
    shared = taken_by(both, one)
    routed = [flow(rule.route, shared, one.setting).cost for rule in (first, second)]
    assert swap[0] - swap[1] == routed[0] - routed[1]
    if not shared:
        assert swap[0] == swap[1]


def taken_by(rule: Rule, one: Drawn) -> list[Cell]:
    """The cells for which all the rule's conditions hold (query types, tiers, models and bands spelled out)."""
    return [cell for cell in one.cells if all(spelled(condition, cell) for condition in rule.when)]


def spelled(condition: Condition, cell: Cell) -> bool:
    if condition.column != "input_tokens":
        return (getattr(cell.key, condition.column) in condition.values) != condition.negate
    assert cell.input_min is not None and cell.input_max is not None
    low, high = condition.low or 0, condition.high if condition.high is not None else cell.input_max
    return (low <= cell.input_min and cell.input_max <= high) != condition.negate
