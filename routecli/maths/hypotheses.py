"""What a tool that logs costs may have counted otherwise than the rate card: each mistake as a way to price a cell.

A hypothesis changes a cell (its tokens, mode, time, length) and the changed cell is priced like any other, so it is as
exact as a bill: the one under which a sum comes out as logged is the likeliest reason of a drift.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Any

from routecli.errors import DataError
from routecli.maths.pricing import OWN_TIME, Pricer
from routecli.model.logged import LoggedCell
from routecli.model.rates import MODES, STANDARD, Period
from routecli.model.workload import Cell
from routecli.money import Amount

Change = Callable[[LoggedCell, Pricer], Cell]
"""The cell as the tool may have seen it; the cell itself where the mistake does not concern it."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A mistake by id, in words, and as a change of a cell. `detail` says more of the cells that it concerns."""

    id: str
    words: str
    change: Change
    detail: Callable[[LoggedCell, Pricer], str] = lambda one, pricer: ""

    def sentence(self, cells: Sequence[LoggedCell], pricer: Pricer) -> str:
        """The mistake in words, with what is particular about these cells."""
        concerned = [one for one in cells if self.reprice(one, pricer) is not None]
        details = dict.fromkeys(text for one in concerned if (text := self.detail(one, pricer)))
        return f"{self.words} ({', '.join(details)})" if details else self.words

    def reprice(self, one: LoggedCell, pricer: Pricer) -> Amount | None:
        """The cell's cost under the hypothesis, in pico-USD; None where it changes nothing or has no price."""
        try:
            changed = self.change(one, pricer)
            return None if changed is one.cell else pricer.once(changed, _model(one))
        except DataError:
            return None


def both(first: Hypothesis, second: Hypothesis) -> Hypothesis:
    """Two mistakes at once."""

    def change(one: LoggedCell, pricer: Pricer) -> Cell:
        return second.change(replace(one, cell=first.change(one, pricer)), pricer)

    return Hypothesis(f"{first.id}+{second.id}", f"{first.words}, and {second.words}", change)


def _cache_read_as_input(one: LoggedCell, _: Pricer) -> Cell:
    return replace(one.cell, cache_read=0) if one.cell.cache_read else one.cell


def _cache_counted_twice(one: LoggedCell, _: Pricer) -> Cell:
    cell = one.cell
    cached = cell.cache_read + cell.cache_write_5m + cell.cache_write_1h
    return replace(cell, input=cell.input + cached) if cached else cell


def _reads_counted_twice(one: LoggedCell, _: Pricer) -> Cell:
    cell = one.cell
    written = cell.cache_write_5m + cell.cache_write_1h
    return replace(cell, input=cell.input + cell.cache_read) if cell.cache_read and written else cell


def _cache_read_free(one: LoggedCell, _: Pricer) -> Cell:
    cell = one.cell
    return replace(cell, input=cell.input - cell.cache_read, cache_read=0) if cell.cache_read else cell


def _cache_write_as_input(one: LoggedCell, _: Pricer) -> Cell:
    written = one.cell.cache_write_5m or one.cell.cache_write_1h
    return replace(one.cell, cache_write_5m=0, cache_write_1h=0) if written else one.cell


def _cache_write_free(one: LoggedCell, _: Pricer) -> Cell:
    cell = one.cell
    written = cell.cache_write_5m + cell.cache_write_1h
    return replace(cell, input=cell.input - written, cache_write_5m=0, cache_write_1h=0) if written else cell


def _all_cache_as_input(one: LoggedCell, _: Pricer) -> Cell:
    cell = one.cell
    mixed = cell.cache_read and (cell.cache_write_5m or cell.cache_write_1h)
    return replace(cell, cache_read=0, cache_write_5m=0, cache_write_1h=0) if mixed else cell


def _hour_write_as_short(one: LoggedCell, _: Pricer) -> Cell:
    cell = one.cell
    written = cell.cache_write_5m + cell.cache_write_1h
    return replace(cell, cache_write_5m=written, cache_write_1h=0) if cell.cache_write_1h else cell


def _short_write_as_hour(one: LoggedCell, _: Pricer) -> Cell:
    cell = one.cell
    written = cell.cache_write_5m + cell.cache_write_1h
    return replace(cell, cache_write_5m=0, cache_write_1h=written) if cell.cache_write_5m else cell


def _reasoning_twice(one: LoggedCell, _: Pricer) -> Cell:
    return replace(one.cell, output=one.cell.output + one.reasoning) if one.reasoning else one.cell


def _reasoning_missing(one: LoggedCell, _: Pricer) -> Cell:
    return replace(one.cell, output=one.cell.output - one.reasoning) if one.reasoning else one.cell


def _no_long_context(one: LoggedCell, _: Pricer) -> Cell:
    key = one.cell.key
    return replace(one.cell, key=replace(key, band=0)) if key.band else one.cell


def _no_peak_hours(one: LoggedCell, _: Pricer) -> Cell:
    key = one.cell.key
    return replace(one.cell, key=replace(key, windows=())) if key.windows else one.cell


def _always_peak_hours(one: LoggedCell, pricer: Pricer) -> Cell:
    windows = _period(one, pricer).windows
    specs = tuple(window.spec for window in windows)
    if not specs or any(spec in one.cell.key.windows for spec in specs):
        return one.cell
    return replace(one.cell, key=replace(one.cell.key, windows=specs))


def _no_region(one: LoggedCell, pricer: Pricer) -> Cell:
    cell = one.cell
    for modifier in pricer.card.models[_model(one)].modifiers:
        value = getattr(cell.key, modifier.column)
        if value is not None and str(value).casefold() in modifier.values:
            gone: dict[str, Any] = {modifier.column: None}
            cell = replace(cell, key=replace(cell.key, **gone))
    return cell


def _region_added(one: LoggedCell, pricer: Pricer) -> Cell:
    for modifier in pricer.card.models[_model(one)].modifiers:
        value = getattr(one.cell.key, modifier.column)
        if value is None or str(value).casefold() not in modifier.values:
            there: dict[str, Any] = {modifier.column: modifier.values[0]}
            return replace(one.cell, key=replace(one.cell.key, **there))
    return one.cell


def _cache_hit_charged(one: LoggedCell, _: Pricer) -> Cell:
    key = one.cell.key
    return replace(one.cell, key=replace(key, gateway_cache_hit=False)) if key.gateway_cache_hit else one.cell


def _unfinished_free(one: LoggedCell, _: Pricer) -> Cell:
    key = one.cell.key
    return replace(one.cell, key=replace(key, gateway_cache_hit=True)) if key.status != "success" else one.cell


def _as_mode(mode: str, of: str) -> Change:
    def change(one: LoggedCell, pricer: Pricer) -> Cell:
        key = one.cell.key
        if key.mode != of or mode not in pricer.card.models[_model(one)].modes:
            return one.cell
        return replace(one.cell, key=replace(key, mode=mode))

    return change


def _price_of(step: int) -> Hypothesis:
    """The price `step` periods later; a negative step: earlier."""

    def other(one: LoggedCell, pricer: Pricer) -> Period | None:
        if pricer.at is not OWN_TIME:
            return None
        periods = pricer.card.models[_model(one)].modes.get(one.cell.key.mode, ())
        place = periods.index(_period(one, pricer)) + step
        return periods[place] if 0 <= place < len(periods) else None

    def change(one: LoggedCell, pricer: Pricer) -> Cell:
        period = other(one, pricer)
        key = one.cell.key
        return one.cell if period is None else replace(one.cell, key=replace(key, epoch=_epoch(period, pricer)))

    def detail(one: LoggedCell, pricer: Pricer) -> str:
        period = other(one, pricer)
        if period is None:
            return ""
        return "that of before" if period.start is None else f"that of {period.start:%Y-%m-%d}"

    if step < 0:
        return Hypothesis("old-price", "an earlier price is charged", change, detail)
    return Hypothesis("later-price", "a later price is charged", change, detail)


def _epoch(period: Period, pricer: Pricer) -> int:
    """An epoch in which a period holds: the one that starts with it."""
    return 0 if period.start is None else pricer.cuts.epochs.index(period.start) + 1


def _period(one: LoggedCell, pricer: Pricer) -> Period:
    key = one.cell.key
    instant: datetime | None = pricer.at
    if pricer.at is OWN_TIME and key.epoch:
        instant = pricer.cuts.epochs[key.epoch - 1]
    return pricer.period(pricer.card.models[_model(one)], key.mode, instant)


def _model(one: LoggedCell) -> str:
    assert one.cell.key.model is not None
    return one.cell.key.model


_MODES = (
    *(Hypothesis(f"{mode}-as-standard", f"{mode} is charged at the standard price", _as_mode(STANDARD, mode))
      for mode in MODES[1:]),
    *(Hypothesis(f"standard-as-{mode}", f"standard requests are charged at the {mode} price", _as_mode(mode, STANDARD))
      for mode in MODES[1:]),
)  # fmt: skip

HYPOTHESES: tuple[Hypothesis, ...] = (
    Hypothesis(
        "cache-counted-twice",
        "cached tokens are charged twice: as plain input, and as cache reads or writes",
        _cache_counted_twice,
    ),
    Hypothesis(
        "cache-counted-twice", "cache reads are charged twice: as plain input, and as reads", _reads_counted_twice
    ),
    Hypothesis("cache-read-as-input", "cache reads are charged at the full input price", _cache_read_as_input),
    Hypothesis("cache-as-input", "cache reads and writes are charged as plain input", _all_cache_as_input),
    Hypothesis("cache-read-free", "cache reads are not charged", _cache_read_free),
    Hypothesis("cache-write-as-input", "cache writes are charged as plain input", _cache_write_as_input),
    Hypothesis("cache-write-free", "cache writes are not charged", _cache_write_free),
    Hypothesis("hour-write-as-5m", "1-hour cache writes are charged as 5-minute ones", _hour_write_as_short),
    Hypothesis("5m-write-as-hour", "5-minute cache writes are charged as 1-hour ones", _short_write_as_hour),
    *_MODES,
    *(_price_of(step) for step in (-1, 1, -2, 2, -3, 3)),
    Hypothesis("long-context-missing", "long requests are charged at the short-context price", _no_long_context),
    Hypothesis("peak-hours-missing", "peak hours are charged at the price of the other hours", _no_peak_hours),
    Hypothesis("peak-hours-always", "all hours are charged at the peak price", _always_peak_hours),
    Hypothesis("region-factor-missing", "the regional factor is left out", _no_region),
    Hypothesis("region-factor-added", "a regional factor is charged where no region was logged", _region_added),
    Hypothesis("reasoning-counted-twice", "reasoning tokens are charged on top of the output", _reasoning_twice),
    Hypothesis("reasoning-missing", "reasoning tokens are not charged", _reasoning_missing),
    Hypothesis("cache-hits-charged", "answers from the gateway's own cache are charged like calls", _cache_hit_charged),
    Hypothesis("unfinished-free", "requests that failed or were cut off are not charged", _unfinished_free),
)
"""The mistakes that are tested, the likelier first: of two under which a sum comes out alike, the first is named."""

UNITS: tuple[tuple[Fraction, str], ...] = (
    (Fraction(100), "the logged costs are cents, read as dollars"),
    (Fraction(1, 100), "the logged costs are a hundredth: dollars, read as cents"),
    (Fraction(1000), "the logged costs are 1,000 times too high: prices per 1K tokens taken for prices per 1M"),
    (Fraction(1, 1000), "the logged costs are a thousandth: prices per 1M tokens taken for prices per 1K"),
    (Fraction(10**6), "the logged costs are 1,000,000 times too high: micro-dollars, read as dollars"),
    (Fraction(1, 10**6), "the logged costs are a millionth: prices per token taken for prices per 1M"),
)
"""Slips of a unit: factor on the right cost, in words."""


def markups(pricer: Pricer) -> Iterator[tuple[Fraction, str]]:
    """The fees of aggregators that the card knows, as factors on the cost of tokens, in words."""
    seen = set()
    for model in pricer.card.models.values():
        for one in model.markups:
            if one.share and one.share not in seen:
                seen.add(one.share)
                yield 1 + one.share, f"a mark-up of {float(100 * one.share):g} % is in the costs ({model.provider})"
