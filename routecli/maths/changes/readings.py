"""What several comparisons read off a card: the price in force, and values in words."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from routecli.model.rates import STANDARD, ModelCard, Period


def in_force(periods: Sequence[Period], at: datetime) -> Period | None:
    """The period that holds the instant; None before the first begins."""
    begun = [period for period in periods if period.start is None or period.start <= at]
    return begun[-1] if begun else None


def price_at(model: ModelCard, at: datetime, mode: str = STANDARD) -> Period | None:
    """The period in force then; where none has begun, the first that will."""
    periods = model.modes.get(mode, ())
    return in_force(periods, at) or next(iter(periods), None)


def last_day(end: datetime) -> date:
    """The last day on which something that ends at an instant still holds.

    >>> last_day(datetime(2026, 12, 1)), last_day(datetime(2026, 12, 1, 16))
    (datetime.date(2026, 11, 30), datetime.date(2026, 12, 1))
    """
    return (end - timedelta(microseconds=1)).date()


def tokenizer_words(model: ModelCard) -> str:
    """How many tokens the model makes of a text, in words."""
    if model.tokenizer is None:
        return "not listed"
    basis, ratio = model.tokenizer
    return f"{float(ratio):g} tokens for one of {basis}"


def instant_words(instant: datetime | date | None) -> str:
    """A day, or an instant that is no midnight (UTC); empty for None.

    >>> instant_words(datetime(2026, 8, 16, 16, 0)), instant_words(date(2026, 11, 30))
    ('2026-08-16T16:00:00Z', '2026-11-30')
    """
    if instant is None:
        return ""
    if not isinstance(instant, datetime):
        return instant.isoformat()
    midnight = instant.hour == instant.minute == instant.second == 0
    return f"{instant:%Y-%m-%d}" if midnight else f"{instant:%Y-%m-%dT%H:%M:%SZ}"
