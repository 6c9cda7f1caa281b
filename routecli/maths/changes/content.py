"""What sets the prices of two periods apart: rates, prices of long requests, minutes of the week.

A `Difference` is what changed, without a judgement of when it holds and how it came about: `series` knows that.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from routecli.model.card_changes import ChangeKind
from routecli.model.minutes import minutes_of, span_words
from routecli.model.rates import Period, Rates, Tier, WeeklyWindow


@dataclass(frozen=True, slots=True)
class Difference:
    """One aspect in which two periods charge differently; fields as in `CardChange`."""

    kind: ChangeKind
    subject: str = ""
    length: int | None = None
    window: str = ""
    before: Rates | None = None
    after: Rates | None = None
    was: str = ""
    now: str = ""
    base_origin: str = ""
    head_origin: str = ""


def same_prices(one: Period | None, other: Period | None) -> bool:
    """Whether two periods charge every request alike; names, words and rows that change nothing do not count."""
    if one is None or other is None:
        return one is other
    left, right = effective(one), effective(other)
    return (left.rates, left.tiers, _priced(left.windows)) == (right.rates, right.tiers, _priced(right.windows))


def _priced(windows: Sequence[WeeklyWindow]) -> Mapping[str, tuple[object, ...]]:
    return {window.spec: (window.rates, window.tiers, window.except_dates) for window in windows}


def effective(period: Period) -> Period:
    """The period without rows that change no price: a long price equal to the shorter, a window like its surroundings.

    Windows with the same prices are one, their minutes together.
    """
    if not period.tiers and not period.windows:
        return period
    tiers = _steps(period.rates, period.tiers)
    windows: dict[tuple[object, ...], WeeklyWindow] = {}
    for window in period.windows:
        inside = _steps(window.rates, window.tiers)
        if (window.rates, inside) == (period.rates, tiers):
            continue
        key = (window.rates, inside, window.except_dates)
        kept = windows.get(key)
        spec = window.spec if kept is None else span_words(minutes_of(kept.spec) | minutes_of(window.spec))
        windows[key] = replace(window if kept is None else kept, spec=spec, tiers=inside)
    return replace(period, tiers=tiers, windows=tuple(windows.values()))


def _steps(base: Rates, tiers: Sequence[Tier]) -> tuple[Tier, ...]:
    kept: list[Tier] = []
    for tier in tiers:
        if tier.rates != (kept[-1].rates if kept else base):
            kept.append(tier)
    return tuple(kept)


def differences(old: Period, new: Period) -> Iterator[Difference]:
    """Each aspect in which `new` charges differently from `old`."""
    base, head = effective(old), effective(new)
    if base.rates != head.rates:
        yield Difference("price-changed", before=base.rates, after=head.rates)
    yield from _tiers(base, head)
    yield from _windows(base, head)


def _tiers(base: Period, head: Period) -> Iterator[Difference]:
    old, new = ({tier.edge: tier for tier in period.tiers} for period in (base, head))
    yield from _repriced(old, new, "")
    gone = [tier for edge, tier in old.items() if edge not in new]
    come = [tier for edge, tier in new.items() if edge not in old]
    for lost, found in _moved(gone, come):
        gone.remove(lost)
        come.remove(found)
        aside = lost.inclusive != found.inclusive and threshold(lost) == threshold(found)
        # Of the requests that changed sides: those between the two thresholds.
        between = (lost.rates, _below(head, found)) if found.edge > lost.edge else (_below(base, lost), found.rates)
        yield Difference(
            "tier-side-changed" if aside else "tier-moved",
            length=min(lost.edge, found.edge),
            before=between[0],
            after=between[1],
            was=tier_words(lost),
            now=tier_words(found),
            base_origin=lost.origin,
            head_origin=found.origin,
        )
        if lost.rates != found.rates:
            yield Difference(
                "price-changed",
                subject="long requests",
                length=max(lost.edge, found.edge),
                before=lost.rates,
                after=found.rates,
                base_origin=lost.origin,
                head_origin=found.origin,
            )
    for lost in gone:
        after = _at_length(head, lost.edge)
        yield Difference(
            "tier-removed", "", lost.edge, "", lost.rates, after, was=tier_words(lost), base_origin=lost.origin
        )
    for found in come:
        before = _at_length(base, found.edge)
        yield Difference(
            "tier-added", "", found.edge, "", before, found.rates, now=tier_words(found), head_origin=found.origin
        )


def _repriced(old: Mapping[int, Tier], new: Mapping[int, Tier], window: str) -> Iterator[Difference]:
    for edge in sorted(old.keys() & new.keys()):
        lost, found = old[edge], new[edge]
        if lost.rates != found.rates:
            yield Difference(
                "price-changed",
                subject="long requests",
                length=edge,
                window=window,
                before=lost.rates,
                after=found.rates,
                base_origin=lost.origin,
                head_origin=found.origin,
            )


def _moved(gone: Sequence[Tier], come: Sequence[Tier]) -> list[tuple[Tier, Tier]]:
    """Thresholds that moved: a lone one that was replaced, or those that kept their rates."""
    if len(gone) == len(come) == 1:
        return [(gone[0], come[0])]
    pairs, left = [], list(come)
    for lost in gone:
        found = next((one for one in left if one.rates == lost.rates), None)
        if found is not None:
            left.remove(found)
            pairs.append((lost, found))
    return pairs


def _below(period: Period, tier: Tier) -> Rates:
    return _at_length(period, tier.edge - 1)


def _at_length(period: Period, length: int) -> Rates:
    """The base-hours rates of a request of that many input tokens."""
    return _stepped(period.rates, period.tiers, length)


def _stepped(base: Rates, tiers: Sequence[Tier], length: int) -> Rates:
    return next((tier.rates for tier in reversed(tiers) if tier.edge <= length), base)


def threshold(tier: Tier) -> int:
    """The number a vendor writes: `edge` itself where requests of exactly that length pay it, else one less."""
    return tier.edge if tier.inclusive else tier.edge - 1


def tier_words(tier: Tier) -> str:
    """The threshold in words.

    >>> tier_words(Tier(200_001, Rates(1, 1)))
    'more than 200,000 tokens'
    """
    return f"{'at least' if tier.inclusive else 'more than'} {threshold(tier):,} tokens"


def _windows(base: Period, head: Period) -> Iterator[Difference]:
    old, new = ({window.spec: window for window in period.windows} for period in (base, head))
    for spec in sorted(old.keys() & new.keys()):
        yield from _same_minutes(old[spec], new[spec])
    gone = [window for spec, window in old.items() if spec not in new]
    come = [window for spec, window in new.items() if spec not in old]
    for lost, found in _renewed(gone, come):
        gone.remove(lost)
        come.remove(found)
        yield from _other_minutes(base, head, lost, found)
    for lost in gone:
        minutes = minutes_of(lost.spec)
        text = f"{lost.name}: {lost.spec} ({len(minutes):,} minutes a week)"
        for part, before, after in _groups(base, head, minutes):
            spec = lost.spec if part == minutes else span_words(part)
            yield Difference("window-removed", lost.name, None, spec, before, after, was=text, base_origin=lost.origin)
    for found in come:
        minutes = minutes_of(found.spec)
        text = f"{found.name}: {found.spec} ({len(minutes):,} minutes a week)"
        for part, before, after in _groups(base, head, minutes):
            spec = found.spec if part == minutes else span_words(part)
            yield Difference("window-added", found.name, None, spec, before, after, now=text, head_origin=found.origin)


def _same_minutes(old: WeeklyWindow, new: WeeklyWindow) -> Iterator[Difference]:
    here = partial(Difference, subject=new.name, window=new.spec, base_origin=old.origin, head_origin=new.origin)
    if old.rates != new.rates:
        yield here("price-changed", before=old.rates, after=new.rates)
    yield from _repriced({tier.edge: tier for tier in old.tiers}, {tier.edge: tier for tier in new.tiers}, new.spec)
    for edge in sorted({tier.edge for tier in old.tiers} ^ {tier.edge for tier in new.tiers}):
        pair = [_stepped(window.rates, window.tiers, edge) for window in (old, new)]
        if pair[0] != pair[1]:
            yield here("price-changed", subject="long requests", length=edge, before=pair[0], after=pair[1])
    if old.except_dates != new.except_dates:
        was, now = (window.except_dates or "no exceptions" for window in (old, new))
        yield here("window-changed", was=was, now=now)


def _renewed(gone: Sequence[WeeklyWindow], come: Sequence[WeeklyWindow]) -> list[tuple[WeeklyWindow, WeeklyWindow]]:
    """Windows that were rewritten: those that kept their name, or a lone one that was replaced."""
    pairs = [(lost, found) for lost in gone for found in come if lost.name == found.name]
    if not pairs and len(gone) == len(come) == 1:
        return [(gone[0], come[0])]
    return pairs if len({id(one) for pair in pairs for one in pair}) == 2 * len(pairs) else []


def _other_minutes(base: Period, head: Period, lost: WeeklyWindow, found: WeeklyWindow) -> Iterator[Difference]:
    """A window that moved, and what the minutes that left or entered it cost before and after."""
    old, new = minutes_of(lost.spec), minutes_of(found.spec)
    here = partial(Difference, subject=found.name, base_origin=lost.origin, head_origin=found.origin)
    was, now = (f"{one.spec} ({len(minutes):,} minutes a week)" for one, minutes in ((lost, old), (found, new)))
    for minutes, before, after in _groups(base, head, old ^ new):
        yield here("window-changed", window=span_words(minutes), before=before, after=after, was=was, now=now)
    if lost.rates != found.rates and old & new:
        yield here("price-changed", window=found.spec, before=lost.rates, after=found.rates)


def _at_minute(period: Period, minute: int) -> Rates:
    """The rates of short requests at a minute of the week."""
    return next((window.rates for window in period.windows if minute in minutes_of(window.spec)), period.rates)


def _groups(base: Period, head: Period, minutes: frozenset[int]) -> list[tuple[frozenset[int], Rates, Rates]]:
    """The minutes apart by what short requests cost in them before and after."""
    found: dict[tuple[Rates, Rates], set[int]] = {}
    for minute in sorted(minutes):
        found.setdefault((_at_minute(base, minute), _at_minute(head, minute)), set()).add(minute)
    return [(frozenset(part), before, after) for (before, after), part in found.items()]
