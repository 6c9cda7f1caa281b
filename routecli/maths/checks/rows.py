"""Exactly one row of rates per mode, instant, minute of the week and length: looked for once more on the records.

The reader of the files refuses what breaks this; here it is said of any card, however it was made.
"""

from collections.abc import Iterator
from itertools import pairwise

from routecli.maths.changes.readings import instant_words
from routecli.model.card_findings import CardFinding
from routecli.model.minutes import minutes_of, span_words
from routecli.model.rates import ModelCard, Period, Tier


def row_findings(model: ModelCard) -> Iterator[CardFinding]:
    """Periods out of order, windows that share minutes, lengths that do not ascend."""
    for mode, periods in model.modes.items():
        if not periods:
            yield _found(model, mode, "the mode has no price at all", model.origin)
        for before, after in pairwise(periods):
            if after.start is None or (before.start is not None and after.start <= before.start):
                start = instant_words(after.start) or "the release"
                yield _found(model, mode, f"two prices hold from {start}", after.origin)
            if before.until is not None and before.until != after.start:
                text = f"no price holds from {instant_words(before.until)} to {instant_words(after.start)}"
                yield _found(model, mode, text, before.origin)
        for period in periods:
            yield from _windows(model, mode, period)
            for tiers in (period.tiers, *(window.tiers for window in period.windows)):
                yield from _lengths(model, mode, period, tiers)


def _windows(model: ModelCard, mode: str, period: Period) -> Iterator[CardFinding]:
    taken: dict[int, str] = {}
    for window in period.windows:
        minutes = minutes_of(window.spec)
        both = frozenset(minute for minute in minutes if minute in taken)
        if both:
            other = taken[min(both)]
            text = f"windows '{other}' and '{window.name}' both hold on {span_words(both)}"
            yield _found(model, mode, text, window.origin or period.origin)
        taken |= dict.fromkeys(minutes, window.name)


def _lengths(model: ModelCard, mode: str, period: Period, tiers: tuple[Tier, ...]) -> Iterator[CardFinding]:
    for low, high in pairwise(tiers):
        if high.edge <= low.edge:
            text = f"the price of requests from {high.edge:,} tokens stands after that from {low.edge:,}"
            yield _found(model, mode, text, high.origin or period.origin)


def _found(model: ModelCard, mode: str, text: str, origin: str) -> CardFinding:
    return CardFinding("rate-rows", text, origin, model.provider, model.id, mode)
