"""What time does to a card: checks that grew old, ends and changes that come near, times without a price."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise

from routecli.maths.changes.readings import in_force, instant_words, last_day
from routecli.model.card_findings import SOON_DAYS, STALE_DAYS, CardFinding
from routecli.model.rates import STANDARD, ModelCard, Period, RateCard

SOON = timedelta(days=SOON_DAYS)


def date_findings(model: ModelCard, card: RateCard, at: datetime) -> Iterator[CardFinding]:
    """Everything about a model that depends on today, and what it has no price for."""
    yield from _checks(model, at)
    for mode, periods in model.modes.items():
        yield from _changes(model, mode, periods, at)
        yield from _windows(model, mode, periods, at)
    yield from _last_days(model, at)
    yield from _gaps(model, at)
    yield from _missing_modes(model, card, at)


def _found(model: ModelCard, rule: str, text: str, origin: str, mode: str = "") -> CardFinding:
    return CardFinding(rule, text, origin, model.provider, model.id, mode)


def _checks(model: ModelCard, at: datetime) -> Iterator[CardFinding]:
    """One finding per model and day; periods that are over need no other look."""
    old: dict[tuple[str, str], list[tuple[str, Period]]] = {}
    for mode, periods in model.modes.items():
        for period in periods:
            if not _over(period, periods, at):
                if period.verified is None:
                    old.setdefault(("unverified", period.imported), []).append((mode, period))
                elif (at.date() - period.verified).days > STALE_DAYS:
                    old.setdefault(("stale", period.verified.isoformat()), []).append((mode, period))
    for (rule, said), places in old.items():
        modes = ", ".join(dict.fromkeys(mode for mode, _ in places))
        if rule == "stale":
            text = f"verified on {said}, {(at.date() - date.fromisoformat(said)).days} days ago: {modes}"
        else:
            text = f"{f'imported from {said}, ' if said else ''}never verified: {modes}"
        yield _found(model, rule, text, places[0][1].origin, places[0][0] if "," not in modes else "")


def _over(period: Period, periods: tuple[Period, ...], at: datetime) -> bool:
    following = next((one for before, one in pairwise(periods) if before is period), None)
    end = following.start if following else period.until
    return end is not None and end <= at


def _changes(model: ModelCard, mode: str, periods: tuple[Period, ...], at: datetime) -> Iterator[CardFinding]:
    for before, after in pairwise(periods):
        if after.start is None:
            continue
        day = instant_words(after.start)
        promo = before.status == "promo"
        if at < after.start <= at + SOON:
            text = f"the promotion ends on {day}" if promo else f"another price starts on {day}"
            yield _found(model, "promo-ending" if promo else "scheduled-soon", text, after.origin, mode)
        elif promo and at - SOON < after.start <= at:
            yield _found(model, "promo-over", f"the promotion ended on {day}", after.origin, mode)
    first = periods[0] if periods else None
    if first and first.start is not None and at < first.start <= at + SOON:
        text = f"the first price starts on {instant_words(first.start)}"
        yield _found(model, "scheduled-soon", text, first.origin, mode)


def _windows(model: ModelCard, mode: str, periods: tuple[Period, ...], at: datetime) -> Iterator[CardFinding]:
    period = in_force(periods, at)
    for window in period.windows if period else ():
        if window.except_dates:
            text = f"the days of '{window.except_dates}' are priced as ordinary days in window '{window.name}'"
            yield _found(model, "calendar-unknown", text, window.origin or model.origin, mode)


def _last_days(model: ModelCard, at: datetime) -> Iterator[CardFinding]:
    ends = [(name, day, model.origins.get(f"deprecations.{name}", model.origin), "") for name, day in _days(model)]
    for mode, periods in model.modes.items():
        last = periods[-1] if periods else None
        if last and last.until is not None and last.status != "promo":
            ends.append((f"{model.id} in {mode} mode", last_day(last.until), last.origin, mode))
    for name, day, origin, mode in ends:
        left = (day - at.date()).days
        if left < 0:
            yield _found(model, "deprecated", f"{name} ended on {day}", origin, mode)
        elif left <= SOON_DAYS:
            yield _found(model, "deprecation-soon", f"{name} ends on {day}, in {left} days", origin, mode)


def _days(model: ModelCard) -> Iterator[tuple[str, date]]:
    yield from sorted(model.deprecations.items())


def _gaps(model: ModelCard, at: datetime) -> Iterator[CardFinding]:
    standard = next(iter(model.modes.get(STANDARD, ())), None)
    if standard is None:
        return
    if standard.start is not None and model.released is not None and standard.start.date() > model.released:
        text = f"no price from {model.released} to {instant_words(standard.start)}"
        yield _found(model, "price-gap", text, standard.origin, STANDARD)
    for mode, periods in model.modes.items():
        if mode == STANDARD or not periods:
            continue
        first = periods[0]
        if first.start is not None and (standard.start is None or first.start > standard.start):
            text = f"no {mode} price before {instant_words(first.start)}"
            yield _found(model, "mode-gap", text, first.origin, mode)
        now, usual = in_force(periods, at), in_force(model.modes[STANDARD], at)
        if now and usual and usual.tiers and not now.tiers:
            text = (
                f"long requests have a price of their own in standard mode only (from {usual.tiers[0].edge:,} tokens)"
            )
            yield _found(model, "long-price-missing", text, now.origin, mode)


def _missing_modes(model: ModelCard, card: RateCard, at: datetime) -> Iterator[CardFinding]:
    if _retired(model, at):
        return
    others = [
        one
        for one in card.models.values()
        if one.provider == model.provider and one.id != model.id and not _retired(one, at)
    ]
    modes = sorted({mode for one in others for mode in one.modes} - model.modes.keys())
    for mode in modes:
        having = sum(mode in one.modes for one in others)
        if 2 * having >= len(others):
            text = f"no {mode} price; {having} of the vendor's {len(others)} other models have one"
            yield _found(model, "mode-missing", text, model.origin, mode)


def _retired(model: ModelCard, at: datetime) -> bool:
    return model.deprecated is not None and model.deprecated < at.date()
