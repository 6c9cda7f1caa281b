"""From cells to exact amounts: the one place where tokens meet rates.

cost(cell) = plain * input + read * cache_read + write_5m * cache_write_5m + write_1h * cache_write_1h + output * output
with plain = input - read - write_5m - write_1h, all integers, in pico-USD. Because every sum is exact and every rate
of a cell is the same, pricing a cell equals pricing its requests one by one, to the pico-dollar.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from routecli.errors import DataError
from routecli.model.rates import STANDARD, ModelCard, Period, RateCard, Rates, Tier, WeeklyWindow
from routecli.model.workload import Cell, Cuts
from routecli.money import Amount

OWN_TIME = None
"""Price every request at the rates in force when it was made."""


@dataclass
class Pricer:
    """Prices cells with one card, at one instant (`at`) or at each request's own time (`at=OWN_TIME`).

    `gaps` collects, in words, what had to be assumed on the way (a missing cache rate, a mode that fell back) and
    for which model, so that a report can print it. Models are card ids; resolve names first.
    """

    card: RateCard
    cuts: Cuts
    at: datetime | None
    assumed: bool = False
    standard_fallback: bool = False
    gaps: dict[str, str] = field(default_factory=dict)
    _rates: dict[tuple[object, ...], Rates] = field(default_factory=dict)
    _costs: dict[tuple[str, int], tuple[Cell, Amount]] = field(default_factory=dict)

    def cost(self, cell: Cell, model: str) -> Amount:
        """What the cell's requests cost on `model`, in pico-USD (exact; a Fraction only under a region factor).

        A whole-response hit of the gateway's cache reached no provider and costs nothing.
        Raises DataError where the card has no price for the mode or the time.
        """
        known = self._costs.get((model, id(cell)))
        if known is not None:
            return known[1]
        amount = self._cost(cell, model)
        # The cell is kept beside its id so that the id cannot be reused while the entry lives.
        self._costs[model, id(cell)] = (cell, amount)
        return amount

    def total(self, cells: Iterable[Cell], model: str) -> Amount:
        """The cells' summed cost on one model."""
        return sum((self.cost(cell, model) for cell in cells), start=0)

    def _cost(self, cell: Cell, model: str) -> Amount:
        if cell.key.gateway_cache_hit or (cell.input == 0 and cell.output == 0):
            return 0
        known = self.card.models[model]
        rates = self.rates(cell, known)
        amount: Amount = self._leaves(cell, rates, model)
        for modifier in known.modifiers:
            value = getattr(cell.key, modifier.column, None)
            if value is not None and str(value).casefold() in modifier.values:
                amount = amount * modifier.multiply
        return amount

    def _leaves(self, cell: Cell, rates: Rates, model: str) -> int:
        plain = cell.input - cell.cache_read - cell.cache_write_5m - cell.cache_write_1h
        if plain < 0:
            raise DataError(
                "negative-plain-input",
                f"cache reads and writes exceed the input tokens of {model}",
                fix="routecli ingest keeps such rows out; rebuild the workload",
            )
        if cell.output and rates.output is None:
            raise DataError(
                "no-output-rate", f"the rate card lists no output rate for {model}", fix="add it to the card"
            )
        return (
            plain * rates.input
            + cell.cache_read * self._cache_rate(rates.cache_read, rates, cell.cache_read, "cache-read", model)
            + cell.cache_write_5m
            * self._cache_rate(rates.cache_write_5m, rates, cell.cache_write_5m, "cache-write", model)
            + cell.cache_write_1h
            * self._cache_rate(rates.cache_write_1h, rates, cell.cache_write_1h, "1-hour cache-write", model)
            + cell.output * (rates.output or 0)
        )

    def _cache_rate(self, rate: int | None, rates: Rates, tokens: int, name: str, model: str) -> int:
        # A missing rate is not a free bucket: the tokens are charged as plain input, and the report says so.
        if rate is not None:
            return rate
        if tokens:
            self.gaps[f"{model} lists no {name} rate: those tokens are priced as plain input"] = model
        return rates.input

    def rates(self, cell: Cell, model: ModelCard) -> Rates:
        """The rates that hold for every request of the cell on `model`."""
        key = cell.key
        memo = (model.id, key.mode, key.epoch, key.windows, key.band, cell.input_min, cell.input_max)
        if memo not in self._rates:
            period = self.period(model, key.mode, self._instant(cell, model.id))
            tiers, rates = self._window(period, cell, model.id)
            self._rates[memo] = self._tier(tiers, rates, cell, model.id)
        return self._rates[memo]

    def period(self, model: ModelCard, mode: str, instant: datetime | None) -> Period:
        """The period of `mode` that holds `instant` (None: before every dated change)."""
        periods = model.modes.get(mode)
        if periods is None:
            if not self.standard_fallback:
                raise DataError(
                    "missing-mode",
                    f"the rate card has no {mode} price for {model.id}",
                    where=model.origin,
                    fix="add the mode to the card, or pass --allow-standard-fallback to use the standard price",
                )
            self.gaps[f"{model.id} has no {mode} price on the card: the standard price is used"] = model.id
            periods = model.modes[STANDARD]
        found = None
        for period in periods:
            if period.start is None or (instant is not None and period.start <= instant):
                found = period
        if found is None:
            when = "the start of the data" if instant is None else f"{instant:%Y-%m-%dT%H:%MZ}"
            raise DataError(
                "no-price-at",
                f"the rate card has no {mode} price for {model.id} at {when}",
                where=periods[0].origin,
                fix="add the earlier period to the card, or narrow the workload with --since",
            )
        return found

    def _instant(self, cell: Cell, model: str) -> datetime | None:
        if self.at is not OWN_TIME:
            return self.at
        if cell.key.epoch is None:
            raise DataError(
                "no-request-time",
                f"requests of {model} carry no absolute time, so their price at that time is unknown",
                fix="pass --at DATE to price them as of one date",
            )
        return self.cuts.epochs[cell.key.epoch - 1] if cell.key.epoch else None

    def _window(self, period: Period, cell: Cell, model: str) -> tuple[tuple[Tier, ...], Rates]:
        held: WeeklyWindow | None = None
        for window in period.windows:
            if window.spec in cell.key.windows:
                held = window
            elif window.spec not in self.cuts.windows:
                if not self.assumed:
                    raise not_cut(f"the weekly price window '{window.spec}' of {model}")
                self.gaps[
                    f"{model} costs more at {window.name} hours ({window.spec} UTC): "
                    "an assumed workload has no hours, so its base price is used"
                ] = model
        return (held.tiers, held.rates) if held else (period.tiers, period.rates)

    def _tier(self, tiers: tuple[Tier, ...], base: Rates, cell: Cell, model: str) -> Rates:
        rates = base
        for tier in tiers:
            over = reaches(cell, tier.edge, self.cuts)
            if over is None and not self.assumed:
                raise not_cut(f"the long-context threshold of {model} ({tier.edge:,} input tokens)")
            if over is None:
                self.gaps[f"every assumed request is taken to be shorter than {model}'s long-context threshold"] = model
            elif over:
                rates = tier.rates
        return rates


def reaches(cell: Cell, edge: int, cuts: Cuts) -> bool | None:
    """Whether all requests of the cell have `edge` input tokens or more; None where the cell straddles the edge."""
    if edge in cuts.edges and cell.key.band is not None:
        return cell.key.band >= edge
    if cell.input_max is not None and cell.input_max < edge:
        return False
    if cell.input_min is not None and cell.input_min >= edge:
        return True
    return None


def not_cut(what: str) -> DataError:
    """The error for a question that a workload was not cut for."""
    return DataError(
        "workload-not-cut",
        f"the workload was not cut at {what}",
        fix="rebuild it from the logs with this card and these policies",
    )
