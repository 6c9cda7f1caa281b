"""What a well-formed rate card still may not mean: impossible orders, overlaps, gaps, unknown columns and modes."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from routecli.data.card_file import (
    CANCELLED,
    DAYS,
    MODE_MARKS,
    RATE_KINDS,
    REQUEST_COLUMNS,
    SPAN,
    VENDOR_COLUMNS,
    CardHeader,
    ModelEntry,
    OverEntry,
    PeriodEntry,
    RatesEntry,
    WindowEntry,
)
from routecli.data.yaml_lines import Place, shown
from routecli.errors import did_you_mean
from routecli.model.rates import MODES, STANDARD

Finding = tuple[Place, str]
"""Where in a model (or header) something is wrong, and what."""


def header_problems(header: CardHeader) -> Iterator[Finding]:
    """What a well-formed header may still not say."""
    applied = [name for name, markup in header.markup.items() if markup.applies]
    for name in applied[1:]:
        yield ("markup", name, "applies"), f"'{applied[0]}' applies already: an account pays one mark-up"
    for name, modifier in header.modifiers.items():
        for column in modifier.when:
            if VENDOR_COLUMNS.get(column, column) not in REQUEST_COLUMNS:
                hint = did_you_mean(column, REQUEST_COLUMNS) or f"known are {', '.join(REQUEST_COLUMNS)}"
                yield ("modifiers", name, "when", column), f"'{column}' is not a column of a request: {hint}"
    for name, aliases in header.vendor_aliases.items():
        for number, (before, period) in enumerate(pairwise(aliases), 1):
            here: Place = ("vendor_aliases", name, number)
            if period.start is None or (before.start is not None and period.start <= before.start):
                yield (*here, "from"), "periods must be in order of time, each starting after the one before it"
            elif period.to == before.to:
                yield (*here, "to"), f"'{name}' stands for that already: a period is a move to another model"


def model_problems(name: str, model: ModelEntry) -> Iterator[Finding]:
    """What a well-formed model may still not say: impossible orders, overlaps, unknown modes."""
    yield from _series_problems(model.prices, ("prices",))
    for mode, entry in model.modes.items():
        place: Place = ("modes", mode)
        if mode == STANDARD:
            yield place, "the standard prices stand under 'prices', not under 'modes'"
        elif mode not in MODES:
            hint = did_you_mean(mode, MODES[1:]) or f"known are {', '.join(MODES[1:])}"
            yield place, f"unknown mode '{mode}': {hint}"
        for mark, value in entry.when.items():
            if mark not in MODE_MARKS or value != mode:
                yield (*place, "when", mark), f"'{mark}: {value}' does not describe the mode {mode}"
        yield from _series_problems(entry.prices, (*place, "prices"))
    own = {name.casefold(), *(alias.casefold() for alias in model.aliases)}
    for snapshot in model.deprecations:
        if snapshot.casefold() not in own:
            yield ("deprecations", snapshot), f"'{snapshot}' is neither the model nor one of its aliases"
    if name in model.supersedes:
        yield ("supersedes",), "a model cannot supersede itself"


def _series_problems(periods: tuple[PeriodEntry, ...], place: Place) -> Iterator[Finding]:
    live = [(number, period) for number, period in enumerate(periods) if period.status != CANCELLED]
    if not live:
        yield place, "every price is cancelled: none is left to charge" if periods else "at least one price is needed"
    for (_, before), (number, period) in pairwise(live):
        if period.start is None or (before.start is not None and period.start <= before.start):
            yield (*place, number, "from"), "periods must be in order of time, each starting after the one before it"
    for position, (number, period) in enumerate(live):
        following = live[position + 1][1].start if position + 1 < len(live) else None
        for step, text in _promo_problems(period, following):
            yield (*place, number, step), text
    for number, period in enumerate(periods):
        yield from _period_problems(period, (*place, number))


def _promo_problems(period: PeriodEntry, following: datetime | None) -> Iterator[tuple[str, str]]:
    if period.status == "promo" and period.until is None:
        yield "status", "a promo needs 'until', the instant it ends"
    elif period.status == "promo" and period.until != following:
        yield "until", "the price after the promo is missing: the next period must start where the promo ends"
    elif period.until is not None and following is not None and period.status != "promo":
        yield "until", "only a promo and the last price have 'until'; another ends where the next period starts"
    elif period.until is not None and period.start is not None and period.until <= period.start:
        yield "until", "'until' must be after 'from'"
    if period.status == "scheduled" and period.start is None:
        yield "status", "a scheduled price needs 'from', the instant it starts"


def _period_problems(period: PeriodEntry, place: Place) -> Iterator[Finding]:
    yield from _over_problems(period.over, period.base.kinds(), place)
    for number, window in enumerate(period.windows):
        here: Place = (*place, "windows", number)
        yield from _kind_problems(window.base, period.base.kinds(), (*here, "base"))
        yield from _over_problems(window.over, period.base.kinds(), here)
        if [over.edge for over in window.over] != [over.edge for over in period.over]:
            yield here, "a window has its prices for long requests ('over') at the same lengths as the period around it"
    yield from _window_problems(period.windows, (*place, "windows"))


def _over_problems(overs: tuple[OverEntry, ...], kinds: frozenset[str], place: Place) -> Iterator[Finding]:
    last = 0
    for number, over in enumerate(overs):
        here: Place = (*place, "over", number)
        if (over.input_gt is None) == (over.input_gte is None):
            yield here, "give either input_gt (more than) or input_gte (at least)"
        elif over.edge <= last:
            yield here, "the lengths under 'over' must ascend"
        last = max(last, over.edge)
        yield from _kind_problems(over, kinds, here)


def _kind_problems(rates: RatesEntry, kinds: frozenset[str], place: Place) -> Iterator[Finding]:
    # A rate written for short requests only would leave open whether it still holds; rates are never inferred.
    for kind in RATE_KINDS:
        if kind in kinds - rates.kinds():
            yield place, f"{kind} is missing: the base rates list it, so it must be written out here too"
        elif kind in rates.kinds() - kinds:
            yield place, f"{kind} is listed here but not in the base rates"


def _window_problems(windows: tuple[WindowEntry, ...], place: Place) -> Iterator[Finding]:
    taken: dict[str, list[tuple[str, str, str]]] = {day: [] for day in DAYS}
    for number, window in enumerate(windows):
        if not window.days:
            yield (*place, number, "days"), "a window needs at least one day"
        if not window.utc:
            yield (*place, number, "utc"), "a window needs at least one span of time"
        for position, span in enumerate(window.utc):
            here: Place = (*place, number, "utc", position)
            found = SPAN.fullmatch(span)
            if found is None or found[1] >= found[2]:
                yield here, f"must be a span like 01:00-04:00 within one UTC day, not {shown(span)}"
                continue
            for day in dict.fromkeys(window.days):
                clash = next((old for old in taken[day] if found[1] < old[1] and old[0] < found[2]), None)
                if clash:
                    yield here, f"{span} overlaps {clash[0]}-{clash[1]} of window '{clash[2]}' on {day}"
                    break
                taken[day].append((found[1], found[2], window.name))
