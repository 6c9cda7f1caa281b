"""Laws of the way from one card to another: it starts at base, ends at head, and loses nothing between."""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from routecli.maths.pricing import Pricer
from routecli.maths.waterfall import CARD_STEPS, alike, effects, rounded, snapshot, steps
from routecli.model.rates import STANDARD, ModelCard, Modifier, Period, RateCard, Rates, Tier, WeeklyWindow
from routecli.model.workload import Cell, Cuts, Key

AT = datetime(2026, 11, 23, tzinfo=UTC)
EDGES, SPECS, MODES, REGIONS = (
    (100, 200, 300),
    ("mon 01:00-02:00", "tue 03:00-04:00"),
    (STANDARD, "batch"),
    (None, "us"),
)
CUTS = Cuts(EDGES, (), SPECS)
FAST = settings(deadline=None, derandomize=True, max_examples=100)

rate = st.integers(1, 50)
rates = st.builds(Rates, rate, rate, st.none() | rate, st.none() | rate, st.none() | rate)


@st.composite
def tiers(draw):
    edges = sorted(draw(st.sets(st.sampled_from(EDGES), max_size=2)))
    return tuple(Tier(edge, draw(rates)) for edge in edges)


@st.composite
def periods(draw):
    windows = tuple(
        WeeklyWindow(spec, spec, draw(rates), draw(tiers())) for spec in sorted(draw(st.sets(st.sampled_from(SPECS))))
    )
    return Period(None, draw(rates), draw(tiers()), windows)


@st.composite
def models(draw, name="m"):
    modes = {STANDARD: (draw(periods()),), "batch": (draw(periods()),)}
    modifiers = (Modifier("us", "region", ("us",), Fraction(draw(st.integers(10, 14)), 10)),)
    return ModelCard(name, "acme", name, modes, modifiers=draw(st.sampled_from([(), modifiers])))


@st.composite
def cells(draw):
    band = draw(st.sampled_from((0, *EDGES)))
    whole = draw(st.integers(0, 10_000))
    read = draw(st.integers(0, whole))
    windows = draw(st.sampled_from([(), *((spec,) for spec in SPECS)]))
    key = Key("m", mode=draw(st.sampled_from(MODES)), region=draw(st.sampled_from(REGIONS)), windows=windows, band=band)
    return Cell(key, 1, whole, draw(st.integers(0, 10_000)), read)


def card(*found: ModelCard) -> RateCard:
    return RateCard({one.id: one for one in found})


def total(rates_of: RateCard, traffic: list[Cell]) -> Fraction:
    return Fraction(Pricer(rates_of, CUTS, AT).total(traffic, "m"))


@FAST
@given(models(), models(), st.lists(cells(), min_size=1, max_size=12))
def test_the_way_ends_at_head_and_effects_add_up(first, second, traffic):
    base, head = snapshot(card(first), AT), snapshot(card(second), AT)
    amounts = {step: total(found, traffic) for step, found in steps(base, head).items()}
    found = effects(amounts, total(base, traffic))
    assert [one.name for one in found] == list(CARD_STEPS)
    assert amounts[CARD_STEPS[-1]] == total(head, traffic)
    assert sum(one.amount for one in found) == total(head, traffic) - total(base, traffic)
    lines = rounded(found, total(base, traffic))
    assert sum(amount for _, amount in lines) == round(total(head, traffic)) - round(total(base, traffic))


def changed(model: ModelCard, step: str, other: ModelCard) -> ModelCard:
    """The model with one kind of thing taken from another."""
    period, target = model.modes[STANDARD][0], other.modes[STANDARD][0]
    if step == "mode":
        return replace(model, modes={**model.modes, "batch": other.modes["batch"]})
    if step == "region":
        return replace(model, modifiers=other.modifiers)
    parts = {
        "price": {"rates": replace(period.rates, input=target.rates.input, output=target.rates.output)},
        "tier": {"tiers": tuple(tier for tier in target.tiers if tier.edge not in {x.edge for x in period.tiers})},
        "window": {"windows": tuple(w for w in target.windows if w.spec not in {x.spec for x in period.windows})},
        "cache": {"rates": replace(period.rates, cache_read=target.rates.cache_read)},
    }
    return replace(model, modes={**model.modes, STANDARD: (replace(period, **parts[step]),)})


@FAST
@given(models(), models(), st.sampled_from(CARD_STEPS), st.lists(cells(), min_size=1, max_size=12))
def test_a_change_of_one_kind_has_one_effect(first, second, step, traffic):
    head = changed(first, step, second)
    base = snapshot(card(first), AT)
    amounts = {name: total(found, traffic) for name, found in steps(base, snapshot(card(head), AT)).items()}
    for one in effects(amounts, total(base, traffic)):
        if one.name != step:
            assert one.amount == 0, one


@FAST
@given(models(), models())
def test_models_are_alike_where_nothing_can_cost_otherwise(first, second):
    assert alike(first, replace(first, origin="elsewhere", family="x", aliases=("y",)))
    base, head = snapshot(card(first), AT), snapshot(card(second), AT)
    if not alike(base.models["m"], head.models["m"]):
        probes = [
            Cell(Key("m", mode=mode, region=region, windows=windows, band=band), 1, 4, 1, read)
            for mode in MODES
            for region in REGIONS
            for windows in [(), *((spec,) for spec in SPECS)]
            for band in (0, *EDGES)
            for read in (0, 4)
        ]
        probes += [replace(cell, output=0) for cell in probes]
        writes = [
            replace(cell, cache_read=0, **{kind: 4}) for cell in probes for kind in ("cache_write_5m", "cache_write_1h")
        ]
        pairs = [(total(base, [cell]), total(head, [cell])) for cell in (*probes, *writes)]
        # A threshold that changes no rate charges the same and may differ all the same.
        assert any(one != other for one, other in pairs) or first.modes != second.modes


def test_a_model_on_one_side_keeps_its_rates():
    only_base = ModelCard("old", "acme", "old", {STANDARD: (Period(None, Rates(3, 4)),)})
    only_head = ModelCard("new", "acme", "new", {STANDARD: (Period(None, Rates(5, 6)),)})
    for found in steps(snapshot(card(only_base), AT), snapshot(card(only_head), AT)).values():
        assert found.models["old"].modes[STANDARD][0].rates == Rates(3, 4)
        assert found.models["new"].modes[STANDARD][0].rates == Rates(5, 6)


def test_a_snapshot_holds_the_price_of_its_instant():
    first, second = Period(None, Rates(1, 1)), Period(datetime(2026, 6, 1, tzinfo=UTC), Rates(2, 2))
    later = Period(datetime(2026, 12, 1, tzinfo=UTC), Rates(3, 3))
    model = ModelCard("m", "acme", "m", {STANDARD: (first, second, later), "batch": (later,)})
    (found,) = snapshot(card(model), AT).models.values()
    assert [one.rates for one in found.modes[STANDARD]] == [Rates(2, 2)]
    assert "batch" not in found.modes
    assert snapshot(card(replace(model, modes={STANDARD: (later,)})), AT).models == {}
