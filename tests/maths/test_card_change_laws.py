"""Laws of the comparison of two cards, against an oracle that prices single requests.

A request is a time, a minute of the week and a length. The oracle knows nothing of periods and kinds of change: it
looks up the rates of both cards by brute force. Where they differ, some change must cover the request; where none
does, they must be the same.
"""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from routecli.maths.changes import card_changes
from routecli.model.card_changes import MEANINGS, CardChange
from routecli.model.minutes import DAYS, minutes_of, span_words
from routecli.model.rates import MODES, STANDARD, ModelCard, Period, RateCard, Rates, Tier, WeeklyWindow

DAY_ONE = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
STARTS = [DAY_ONE + timedelta(days=7 * week) for week in range(6)]
NOW = STARTS[3]
LENGTHS = (1, 100, 101, 200, 201)
MINUTES = (0, 61, 1501, 7 * 1440 - 1)
SPECS = ("mon 00:00-02:00", "mon,tue 00:00-02:00", "tue 01:00-02:00", "sun 23:00-24:00")

rates = st.builds(Rates, st.integers(1, 3).map(lambda usd: usd * 10**6), st.integers(1, 2).map(lambda usd: usd * 10**6))


@st.composite
def period(draw: st.DrawFn, start: datetime | None) -> Period:
    edges = sorted(draw(st.sets(st.sampled_from((100, 101, 201)), max_size=2)))
    tiers = tuple(Tier(edge, draw(rates), edge == 100) for edge in edges)
    spec = draw(st.sampled_from((None, *SPECS)))
    inside = tuple(Tier(edge, draw(rates), edge == 100) for edge in edges)
    windows = () if spec is None else (WeeklyWindow("w", spec, draw(rates), inside),)
    return Period(start, draw(rates), tiers, windows, correction=draw(st.sampled_from(("", "said so"))))


@st.composite
def series(draw: st.DrawFn) -> tuple[Period, ...]:
    starts = draw(st.sets(st.sampled_from((None, *STARTS)), min_size=1, max_size=4))
    ordered = sorted(starts, key=lambda start: (start is not None, start))
    return tuple(draw(period(start)) for start in ordered)


def card(periods: tuple[Period, ...]) -> RateCard:
    return RateCard({"m": ModelCard("m", "acme", "m", {STANDARD: periods})})


def looked_up(periods: tuple[Period, ...], at: datetime, length: int) -> Rates | None:
    """The rates of a request by brute force: `at` gives the minute of the week, too."""
    begun = [one for one in periods if one.start is None or one.start <= at]
    if not begun:
        return None
    found = begun[-1]
    minute = at.weekday() * 1440 + at.hour * 60 + at.minute
    window = next((one for one in found.windows if minute in minutes_of(one.spec)), None)
    base, tiers = (found.rates, found.tiers) if window is None else (window.rates, window.tiers)
    return next((tier.rates for tier in reversed(tiers) if length >= tier.edge), base)


def covers(change: CardChange, at: datetime) -> bool:
    return (change.start is None or change.start <= at) and (change.until is None or at < change.until)


def requests() -> list[tuple[datetime, int]]:
    weeks = [STARTS[0] - timedelta(days=7), *STARTS]
    return [(week + timedelta(minutes=minute), length) for week in weeks for minute in MINUTES for length in LENGTHS]


@given(series(), series())
def test_a_request_costs_something_else_exactly_where_a_change_says_so(base, head):
    changes = card_changes(card(base), card(head), NOW)
    for at, length in requests():
        before, after = looked_up(base, at, length), looked_up(head, at, length)
        if before != after:
            assert any(covers(change, at) for change in changes), (at, length)
    # And the other way round: a stretch that a change covers holds a request that costs something else.
    for change in changes:
        inside = [(at, length) for at, length in dense() if covers(change, at)]
        assert any(looked_up(base, *one) != looked_up(head, *one) for one in inside), change


def dense() -> list[tuple[datetime, int]]:
    """Requests at every boundary of every window there is, in each week."""
    edges = sorted({minute for spec in SPECS for minute in minutes_of(spec) if minute % 60 == 0} | set(MINUTES))
    weeks = [STARTS[0] - timedelta(days=7), *STARTS]
    return [(week + timedelta(minutes=minute), length) for week in weeks for minute in edges for length in LENGTHS]


@given(series(), series())
def test_base_rates_of_a_change_are_those_of_the_two_cards(base, head):
    for change in card_changes(card(base), card(head), NOW):
        if change.kind in ("history-edited", "history-corrected", "history-added"):
            at = change.start or STARTS[0] - timedelta(days=7)
            old, new = (_period_at(periods, at) for periods in (base, head))
            assert change.before == (old.rates if old else None)
            assert change.after == (new.rates if new else None)


def _period_at(periods: tuple[Period, ...], at: datetime) -> Period | None:
    begun = [one for one in periods if one.start is None or one.start <= at]
    return begun[-1] if begun else None


@given(series(), series())
def test_what_was_before_now_and_differs_is_an_edit_or_an_appended_period(base, head):
    changes = card_changes(card(base), card(head), NOW)
    begun = [one.start for one in base if one.start is None or one.start <= NOW]
    for change in changes:
        if change.kind == "history-edited":
            assert change.in_place and change.when != "future"
        elif change.kind.startswith("price-") and change.when != "future" and not change.in_place:
            start = next(one.start for one in reversed(head) if one.start is None or _reached(one.start, change))
            assert start is not None and all(one is None or one < start for one in begun)


def _reached(start: datetime, change: CardChange) -> bool:
    return change.start is not None and start <= change.start


@given(series())
def test_a_card_does_not_differ_from_itself(periods):
    assert card_changes(card(periods), card(periods), NOW) == ()


@given(series(), series(), st.sampled_from(STARTS))
def test_kinds_are_of_the_list_and_the_order_is_steady(base, head, now):
    changes = card_changes(card(base), card(head), now)
    assert {change.kind for change in changes} <= set(MEANINGS)
    assert changes == card_changes(card(base), card(head), now)
    assert all(change.mode in MODES for change in changes)
    assert all(
        change.before != change.after or change.kind not in ("price-changed", "unit-changed") for change in changes
    )


@given(st.lists(st.sampled_from(DAYS), min_size=1, unique=True), st.integers(0, 23), st.integers(1, 24))
def test_minutes_and_words_of_a_window_are_the_same_thing(days, first, hours):
    last = min(first + hours, 24)
    spec = f"{','.join(day for day in DAYS if day in days)} {first:02}:00-{last:02}:00"
    assert span_words(minutes_of(spec)) == spec
    assert len(minutes_of(spec)) == len(days) * (last - first) * 60
