"""What a rate card itself gives warning of: rates that jump, prices to come, models on their way out, stale checks.

Pure functions over cards; dates and instants come in as arguments.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from routecli.maths.pricing import in_force
from routecli.model.rates import STANDARD, ModelCard, Period, RateCard, Rates

RATE_FIELDS = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h")


@dataclass(frozen=True, slots=True)
class Jump:
    """A rate that changed by a factor (1 or more, whichever way), pico-USD per token on both sides."""

    model: str
    mode: str
    rate: str
    old: int
    new: int
    origin: str

    @property
    def factor(self) -> Fraction:
        """The larger over the smaller; a rate that became 0, or was, has no factor and counts as a million."""
        low, high = sorted((self.old, self.new))
        return Fraction(high, low) if low else Fraction(10**6 if high else 1)


@dataclass(frozen=True, slots=True)
class Coming:
    """A price or an end that a card announces, `days` from now (0: today or in less than a day)."""

    model: str
    mode: str
    at: datetime
    days: int
    kind: str
    origin: str


def jumps(base: RateCard, head: RateCard, at: datetime) -> list[Jump]:
    """Every rate of head that differs from what it follows: base's price at that instant, or head's own period before.

    Only periods that base does not have are looked at, so that history does not come up again with every change.
    """
    found: list[Jump] = []
    for id, model in head.models.items():
        other = base.models.get(id)
        for mode, periods in model.modes.items():
            before = () if other is None else other.modes.get(mode, ())
            found += _jumps(id, mode, before, periods, at)
    return found


def _jumps(id: str, mode: str, before: tuple[Period, ...], after: tuple[Period, ...], at: datetime) -> Iterator[Jump]:
    old, now = in_force(before, at), in_force(after, at)
    pairs = [(old, now)] if old is not None and now is not None else []
    known = {(period.start, period.rates) for period in before}
    pairs += [
        (first, second) for first, second in pairwise(after) if before and (second.start, second.rates) not in known
    ]
    seen = set()
    for first, second in pairs:
        for rate, was, now_rate in _differing(first.rates, second.rates):
            if (rate, was, now_rate) not in seen:
                seen.add((rate, was, now_rate))
                yield Jump(id, mode, rate, was, now_rate, _place(second, rate))


def _place(period: Period, rate: str) -> str:
    """The line of one rate, or of the period where that is not known."""
    line = dict(period.rate_lines).get(rate)
    file = period.origin.rpartition(":")[0]
    return f"{file}:{line}" if line and file else period.origin


def _differing(old: Rates, new: Rates) -> Iterator[tuple[str, int, int]]:
    for name in RATE_FIELDS:
        was, now = getattr(old, name), getattr(new, name)
        if was is not None and now is not None and was != now:
            yield name, was, now


def coming_prices(card: RateCard, used: Collection[str], at: datetime, within: timedelta) -> list[Coming]:
    """The price changes of the used models that the card holds for after `at`, soonest first."""
    found = []
    for id in used:
        for mode, periods in card.models[id].modes.items():
            for period in periods:
                if period.start is not None and at < period.start <= at + within:
                    kind = "promotion" if period.status == "promo" else "price change"
                    found.append(Coming(id, mode, period.start, _days(period.start, at), kind, period.origin))
    return sorted(found, key=lambda one: (one.at, one.model, one.mode))


def coming_ends(card: RateCard, used: Collection[str], at: datetime, within: timedelta) -> list[Coming]:
    """The used models that stop being served, or stopped already (negative days), soonest first."""
    found = []
    for id in used:
        model = card.models[id]
        for day in _ends(model):
            instant = datetime.combine(day, datetime.min.time(), tzinfo=at.tzinfo)
            if instant <= at + within:
                found.append(Coming(id, "", instant, (day - at.date()).days, "deprecation", model.origin))
    return sorted(found, key=lambda one: (one.at, one.model))


def _ends(model: ModelCard) -> list[date]:
    """The last day of the model (its own, or the last of its dated names if only those have one), and of its price."""
    days = {name.casefold(): day for name, day in model.deprecations.items()}
    own = days.get(model.id.casefold()) or model.deprecated
    offer = model.modes[STANDARD][-1].until
    return [day for day in (own or max(days.values(), default=None), offer and offer.date()) if day is not None]


def verified_days(model: ModelCard, at: datetime) -> tuple[int | None, str]:
    """Days since somebody checked the standard price in force, and where it stands; None where nobody did."""
    period = in_force(model.modes[STANDARD], at)
    if period is None or period.verified is None:
        return None, model.origin if period is None else period.origin
    return max((at.date() - period.verified).days, 0), period.origin


def _days(later: datetime, at: datetime) -> int:
    return (later - at).days
