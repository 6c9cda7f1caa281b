"""From cells to exact amounts: the one place where tokens meet rates.

cost(cell) = plain * input + read * cache_read + write_5m * cache_write_5m + write_1h * cache_write_1h + output * output
with plain = input - read - write_5m - write_1h, all integers, in pico-USD. Because every sum is exact and every rate
of a cell is the same, pricing a cell equals pricing its requests one by one, to the pico-dollar.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from math import ceil

from routecli.errors import DataError, UsageError
from routecli.model.conditions import ANY_TYPE
from routecli.model.rates import PER_QUERY, STANDARD, ModelCard, Period, RateCard, Rates, Tier, WeeklyWindow
from routecli.model.workload import Cell, Cuts
from routecli.money import Amount

OWN_TIME = None
"""Price every request at the rates in force when it was made."""


Ratio = tuple[Fraction, Fraction]
"""How many input and output tokens the to-model takes for one of the from-model's."""

SAME_TOKENS: Ratio = (Fraction(1), Fraction(1))


@dataclass(frozen=True, slots=True)
class Parts:
    """A cell's cost on a model, input side and output side apart (pico-USD), and its tokens there."""

    input: Amount
    output: Amount
    input_tokens: Amount
    output_tokens: Amount

    @property
    def cost(self) -> Amount:
        """Both sides."""
        return self.input + self.output


@dataclass
class Pricer:
    """Prices cells with one card, at one instant (`at`) or at each request's own time (`at=OWN_TIME`).

    `ratios` are token ratios by (from, to) model id (`ratio_notes` says in words what a used one rests on), `factors`
    multiply all prices of a model. `measured` are token ratios by (from, to, query type) that come before all others;
    `per_query` are mean costs of a request in pico-USD by (model, query type), in place of tokens times rates; both
    come from an evaluation set, with `*` for query types it has none of. `gaps` collects, in
    words, what had to be assumed on the way (a missing cache rate, a mode that fell back) and for which model, so
    that a report can print it. Models are card ids; resolve names first.
    """

    card: RateCard
    cuts: Cuts
    at: datetime | None
    assumed: bool = False
    standard_fallback: bool = False
    ratios: Mapping[tuple[str, str], Ratio] = field(default_factory=dict)
    ratio_notes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    factors: Mapping[str, Fraction] = field(default_factory=dict)
    measured: Mapping[tuple[str, str, str | None], Ratio] = field(default_factory=dict)
    per_query: Mapping[tuple[str, str | None], Fraction] = field(default_factory=dict)
    gaps: dict[str, str] = field(default_factory=dict)
    _rates: dict[tuple[object, ...], Rates] = field(default_factory=dict, init=False)
    _parts: dict[tuple[str, bool, int], tuple[Cell, Parts]] = field(default_factory=dict, init=False)

    def cost(self, cell: Cell, model: str) -> Amount:
        """What the cell's requests cost on `model`, in pico-USD (exact; a Fraction only under a factor or ratio).

        A whole-response hit of the gateway's cache reached no provider and costs nothing.
        Raises DataError where the card has no price for the mode or the time.
        """
        return self.parts(cell, model).cost

    def parts(self, cell: Cell, model: str, *, cold: bool = False) -> Parts:
        """The cost by side. `cold`: nothing is cached on that model, reads are charged as plain input."""
        known = self._parts.get((model, cold, id(cell)))
        if known is not None:
            return known[1]
        parts = self._computed(cell, model, cold)
        # The cell is kept beside its id so that the id cannot be reused while the entry lives.
        self._parts[model, cold, id(cell)] = (cell, parts)
        return parts

    def once(self, cell: Cell, model: str) -> Amount:
        """As `cost`, for a cell that is not asked about again: nothing is remembered of it."""
        return self._computed(cell, model, False).cost

    def total(self, cells: Iterable[Cell], model: str) -> Amount:
        """The cells' summed cost on one model."""
        return sum((self.cost(cell, model) for cell in cells), start=0)

    def ratio(self, cell: Cell, model: str) -> Ratio:
        """Tokens on `model` for one token logged; a pair given the other way round counts inverted."""
        for kind in (cell.key.query_type, ANY_TYPE) if self.measured and cell.key.model is not None else ():
            if (found := self.measured.get((cell.key.model or "", model, kind))) is not None:
                return found
        if not self.ratios or cell.key.model is None or cell.key.model == model:
            return SAME_TOKENS
        forward = self.ratios.get((cell.key.model, model))
        if forward is not None:
            return forward
        back = self.ratios.get((model, cell.key.model))
        return SAME_TOKENS if back is None else (1 / back[0], 1 / back[1])

    def _computed(self, cell: Cell, model: str, cold: bool) -> Parts:
        each = self.per_query.get((model, cell.key.query_type), self.per_query.get((model, ANY_TYPE)))
        if each is not None and not cell.key.gateway_cache_hit:
            return self._each(cell, model, each)
        if cell.key.gateway_cache_hit or (cell.input == 0 and cell.output == 0):
            return Parts(0, 0, 0, 0)
        known = self.card.models[model]
        if known.provider == PER_QUERY:
            raise DataError("no-cost", f"what {model} costs is not known", fix="pass a card that has it with --rates")
        if (note := self.ratio_notes.get((cell.key.model or "", model))) is not None:
            self.gaps[note] = model
        tokens_in, tokens_out = self.ratio(cell, model)
        rates = self.rates(cell, known)
        scale = self.scale(cell, known)
        paid_in: Amount = self._input(cell, rates, model, cold)
        paid_out: Amount = cell.output * self._output_rate(cell, rates, model)
        if scale != 1 or (tokens_in, tokens_out) != SAME_TOKENS:
            paid_in, paid_out = paid_in * scale * tokens_in, paid_out * scale * tokens_out
            return Parts(paid_in, paid_out, cell.input * tokens_in, cell.output * tokens_out)
        return Parts(paid_in, paid_out, cell.input, cell.output)

    def _each(self, cell: Cell, model: str, each: Fraction) -> Parts:
        if cell.n is None:
            raise UsageError(
                "requests-unknown",
                f"{model} is priced per request, and an assumed workload of tokens has no number of requests",
                fix="add --requests N",
            )
        return Parts((cell.n - cell.unmetered) * each * self.factors.get(model, 1), 0, cell.input, cell.output)

    def scale(self, cell: Cell, model: ModelCard) -> Fraction | int:
        """Negotiated discounts, region uplifts and what-if price factors together."""
        scale: Fraction | int = self.factors.get(model.id, 1)
        if model.discounted:
            scale = scale * self.period(model, cell.key.mode, self._instant(cell, model.id)).factor
        for modifier in model.modifiers:
            value = getattr(cell.key, modifier.column, None)
            if value is not None and str(value).casefold() in modifier.values:
                scale = scale * modifier.multiply
        return scale

    def _input(self, cell: Cell, rates: Rates, model: str, cold: bool) -> int:
        read = 0 if cold else cell.cache_read
        plain = cell.input - read - cell.cache_write_5m - cell.cache_write_1h
        if plain < 0:
            raise DataError(
                "negative-plain-input",
                f"cache reads and writes exceed the input tokens of {model}",
                fix="routecli ingest keeps such rows out; rebuild the workload",
            )
        hour = rates.cache_write_1h if rates.cache_write_1h is not None else rates.cache_write_5m
        if rates.cache_write_1h is None and hour is not None and cell.cache_write_1h:
            self.gaps[f"{model} lists one cache-write rate: one-hour writes are priced at it too"] = model
        return (
            plain * rates.input
            + read * self._cache_rate(rates.cache_read, rates, read, "cache-read", model)
            + cell.cache_write_5m
            * self._cache_rate(rates.cache_write_5m, rates, cell.cache_write_5m, "cache-write", model)
            + cell.cache_write_1h * self._cache_rate(hour, rates, cell.cache_write_1h, "1-hour cache-write", model)
        )

    def _output_rate(self, cell: Cell, rates: Rates, model: str) -> int:
        if cell.output and rates.output is None:
            raise DataError(
                "no-output-rate",
                f"the rate card lists no output rate for {model}, and {cell.output:,} output tokens were logged",
                where=self.card.models[model].origin,
                fix=f"add it to the card, or leave such requests out with --where model!={model}",
            )
        return rates.output or 0

    def _cache_rate(self, rate: int | None, rates: Rates, tokens: int, name: str, model: str) -> int:
        # A missing rate is not a free bucket: the tokens are charged as plain input, and the report says so.
        if rate is not None:
            return rate
        if tokens:
            self.gaps[f"{model} lists no {name} rate: those tokens are priced as plain input"] = model
        return rates.input

    def rates(self, cell: Cell, model: ModelCard, *, length: int | None = None) -> Rates:
        """The rates that hold for every request of the cell on `model`; `length`: as if its requests read so much."""
        key = cell.key
        longer = self.ratio(cell, model.id)[0]
        memo = (model.id, key.mode, key.epoch, key.windows, key.band, cell.input_min, cell.input_max, longer, length)
        if memo not in self._rates:
            period = self.period(model, key.mode, self._instant(cell, model.id))
            tiers, rates = self._window(period, cell, model.id)
            if length is None:
                self._rates[memo] = self._tier(tiers, rates, cell, model.id, longer)
            else:
                self._rates[memo] = next((t.rates for t in reversed(tiers) if t.edge <= length), rates)
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
                    fix="add the mode to the card, use the standard price with --allow-standard-fallback, or leave "
                    f"such requests out with --where mode!={mode}",
                )
            self.gaps[f"{model.id} has no {mode} price on the card: the standard price is used"] = model.id
            periods = model.modes[STANDARD]
        found = in_force(periods, instant)
        if found is None:
            when = "the start of the data" if instant is None else f"{instant:%Y-%m-%dT%H:%MZ}"
            ended = instant is not None and periods[-1].until is not None and instant >= periods[-1].until
            first = periods[-1] if ended else periods[0]
            raise DataError(
                "no-price-at",
                f"the rate card has no {mode} price for {model.id} at {when}",
                where=first.origin,
                why=f"it ended at {first.until:%Y-%m-%dT%H:%MZ}" if ended else "",
                fix="leave such requests out with --where or --until, or price them --at an earlier date"
                if ended
                else "add the earlier period to the card, or narrow the workload with --since",
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

    def _tier(self, tiers: tuple[Tier, ...], base: Rates, cell: Cell, model: str, longer: Fraction) -> Rates:
        rates = base
        for tier in tiers:
            over = reaches(cell, edge_at(tier.edge, longer), self.cuts)
            if over is None and self.measured and longer != 1:
                over = reaches(cell, tier.edge, self.cuts)
                self.gaps[f"{model}'s long-context threshold is taken at the lengths that were logged"] = model
            if over is None and not self.assumed:
                raise not_cut(f"the long-context threshold of {model} ({tier.edge:,} input tokens)")
            if over is None:
                self.gaps[f"every assumed request is taken to be shorter than {model}'s long-context threshold"] = model
            elif over:
                rates = tier.rates
        return rates


def in_force(periods: Sequence[Period], instant: datetime | None) -> Period | None:
    """The period that holds `instant` (None: before every dated change); None before the first and after the last."""
    found = None
    for period in periods:
        if period.start is None or (instant is not None and period.start <= instant):
            found = period
    ended = found is not None and found.until is not None and instant is not None and instant >= found.until
    return None if ended else found


def edge_at(edge: int, ratio: Fraction) -> int:
    """The logged input length from which a request reaches `edge` tokens on a model with this input ratio.

    >>> edge_at(200_001, Fraction(5, 4))
    160001
    """
    return ceil(edge / ratio)


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
        fix="rebuild it: routecli workload build -o FILE, with --rates for this card and --policy for these policies",
    )
