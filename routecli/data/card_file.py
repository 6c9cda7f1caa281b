"""The schema of a rate-card file (`routecli/rate-card/v1`) and of the pinned names (`routecli/aliases/v1`).

The models say what a file may hold; `model_problems` and `header_problems` say what a well-formed file still may not
mean. Rates are validated straight into pico-USD per token, days into dates, instants into UTC.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, Strict, WithJsonSchema

from routecli.data.yaml_lines import Place, shown
from routecli.errors import did_you_mean
from routecli.model.rates import MODES, STANDARD
from routecli.money import rate_per_million

CARD_SCHEMA = "routecli/rate-card/v1"
ALIASES_SCHEMA = "routecli/aliases/v1"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RATE_KINDS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
CANCELLED = "cancelled"

REQUEST_COLUMNS = ("region", "speed", "endpoint", "user_tier", "query_type", "provider", "call_role")
"""Columns of a request that a modifier can look at."""

VENDOR_COLUMNS = {"inference_geo": "region"}
"""What vendors call a column in their price lists."""

MODE_MARKS = ("processing", "service_tier", "speed")

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?")
_SPAN = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)")


def _rate(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"must be a number, USD per 1M tokens, not {shown(value)}")
    return rate_per_million(Decimal(value))


def _factor(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value <= 0:
        raise ValueError(f"must be a number above 0, not {shown(value)}")
    return Fraction(value)


def _day(value: object) -> date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError(f"must be a date like 2026-11-30, not {shown(value)}")


def _instant(value: object) -> datetime:
    """A day is 00:00 UTC of that day; a time of day needs its zone, because guessing one moves a price change."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        return datetime.combine(_day(value), datetime.min.time(), tzinfo=UTC)
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError(f"must be a date or a UTC instant like 2026-08-16T16:00:00Z, not {shown(value)}")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"must be a real date and time, not {shown(value)}") from None
    if moment.tzinfo is None:
        raise ValueError(f"{value} has no time zone: end it with Z if it is UTC")
    return moment.astimezone(UTC)


def _words(value: object) -> tuple[str, ...]:
    words = value if isinstance(value, list) else [value]
    if not words or not all(isinstance(word, str) and word for word in words):
        raise ValueError(f"must be text or a list of texts, not {shown(value)}")
    return tuple(words)


_NUMBER = {"type": "number", "minimum": 0}
UsdPerMillion = Annotated[int, PlainValidator(_rate), WithJsonSchema(_NUMBER)]
Factor = Annotated[Fraction, PlainValidator(_factor), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})]
Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Instant = Annotated[datetime, PlainValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
Words = Annotated[tuple[str, ...], PlainValidator(_words), WithJsonSchema({"type": ["string", "array"]})]
Count = Annotated[int, Strict(), Field(gt=0)]
Name = Annotated[str, Field(min_length=1)]


class Entry(BaseModel):
    """A mapping in which every key must be known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RatesEntry(Entry):
    """USD per 1M tokens in the file, pico-USD per token here; a rate left out is not listed by the vendor."""

    input: UsdPerMillion
    cache_read: UsdPerMillion | None = None
    cache_write_5m: UsdPerMillion | None = None
    cache_write_1h: UsdPerMillion | None = None
    output: UsdPerMillion | None = None

    def kinds(self) -> frozenset[str]:
        """The kinds of token that have a rate here."""
        return frozenset(kind for kind in RATE_KINDS if getattr(self, kind) is not None)


class OverEntry(RatesEntry):
    """Rates for the whole request once its input is `input_gt` (more than) or `input_gte` (at least) so many tokens."""

    input_gt: Count | None = None
    input_gte: Count | None = None

    @property
    def edge(self) -> int:
        """The smallest number of input tokens that pays these rates."""
        return self.input_gt + 1 if self.input_gt is not None else self.input_gte or 0


class WindowEntry(Entry):
    """Other rates at certain minutes of the week (UTC)."""

    name: Name
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = DAYS
    utc: Annotated[tuple[str, ...], Field(min_length=1)]
    base: RatesEntry
    over: tuple[OverEntry, ...] = ()
    except_dates: str = ""

    def spec(self) -> str:
        """The canonical text two equal windows share: `mon,tue 01:00-04:00,06:00-10:00`."""
        return f"{','.join(day for day in DAYS if day in self.days)} {','.join(sorted(self.utc))}"


class PeriodEntry(Entry):
    """Prices from an instant (null: since release) until the next period begins."""

    start: Annotated[Instant | None, Field(alias="from")] = None
    base: RatesEntry
    over: tuple[OverEntry, ...] = ()
    windows: tuple[WindowEntry, ...] = ()
    status: Literal["in force", "scheduled", "promo", "cancelled"] = "in force"
    until: Instant | None = None
    verified: Day | None = None
    source: str | None = None
    note: str = ""
    correction: str = ""
    imported: str = ""


class ModeEntry(Entry):
    """The prices of batch, flex, priority or fast processing: full rate sets with periods of their own."""

    when: dict[str, str] = {}
    prices: Annotated[tuple[PeriodEntry, ...], Field(min_length=1)]


class ModelEntry(Entry):
    """One model. `tokenizer` and `latency` are kept for readers of the file and priced by nothing."""

    family: Name | None = None
    released: Day | None = None
    supersedes: tuple[Name, ...] = ()
    context_window: Count | None = None
    max_output: Count | None = None
    deprecations: dict[str, Day] = {}
    aliases: tuple[Name, ...] = ()
    tokenizer: dict[str, Any] = {}
    latency: dict[str, Any] = {}
    prices: Annotated[tuple[PeriodEntry, ...], Field(min_length=1)]
    modes: dict[str, ModeEntry] = {}


class ModifierEntry(Entry):
    """A factor on the whole request where one of its columns has one of the given values."""

    when: Annotated[dict[str, Words], Field(min_length=1, max_length=1)]
    multiply: Factor
    source: str = ""
    note: str = ""


class DefaultsEntry(Entry):
    """What holds for every period of the file; the three rules are the only ones there are."""

    source: str = ""
    tier_rule: Literal["whole_request"] = "whole_request"
    input_counts: Literal["total"] = "total"
    reasoning: Literal["as_output"] = "as_output"


class CardHeader(Entry):
    """Everything of a card file but its models. `markup` is recorded and never folded into a rate."""

    schema_name: Annotated[Literal["routecli/rate-card/v1"], Field(alias="schema")]
    provider: Name
    currency: Literal["USD"]
    per_tokens: Literal[1000000]
    defaults: DefaultsEntry = DefaultsEntry()
    modifiers: dict[str, ModifierEntry] = {}
    markup: dict[str, Any] = {}


class CardFile(CardHeader):
    """A whole card file."""

    models: Annotated[dict[str, ModelEntry], Field(min_length=1)]


class AliasFile(Entry):
    """Pinned short names."""

    schema_name: Annotated[Literal["routecli/aliases/v1"], Field(alias="schema")]
    aliases: dict[str, Name]


@cache
def card_json_schema() -> dict[str, Any]:
    """The JSON Schema of a rate-card file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **CardFile.model_json_schema()}


@cache
def aliases_json_schema() -> dict[str, Any]:
    """The JSON Schema of `aliases.yaml`."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **AliasFile.model_json_schema()}


Finding = tuple[Place, str]
"""Where in a model (or header) something is wrong, and what."""


def header_problems(header: CardHeader) -> Iterator[Finding]:
    """What a well-formed header may still not say."""
    for name, modifier in header.modifiers.items():
        for column in modifier.when:
            if VENDOR_COLUMNS.get(column, column) not in REQUEST_COLUMNS:
                hint = did_you_mean(column, REQUEST_COLUMNS) or f"known are {', '.join(REQUEST_COLUMNS)}"
                yield ("modifiers", name, "when", column), f"'{column}' is not a column of a request: {hint}"


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
        yield place, "every price is cancelled: none is left to charge"
    for (_, before), (number, period) in zip(live, live[1:], strict=False):
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
    elif period.status != "promo" and period.until is not None:
        yield "until", "only a promo has 'until'; another price ends where the next period starts"
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
        for position, span in enumerate(window.utc):
            here: Place = (*place, number, "utc", position)
            found = _SPAN.fullmatch(span)
            if found is None or found[1] >= found[2]:
                yield here, f"must be a span like 01:00-04:00 within one UTC day, not {shown(span)}"
                continue
            for day in dict.fromkeys(window.days):
                clash = next((old for old in taken[day] if found[1] < old[1] and old[0] < found[2]), None)
                if clash:
                    yield here, f"{span} overlaps {clash[0]}-{clash[1]} of window '{clash[2]}' on {day}"
                    break
                taken[day].append((found[1], found[2], window.name))


def modifier_test(modifier: ModifierEntry) -> tuple[str, tuple[str, ...]]:
    """The request column a modifier looks at and the values it holds for, in lower case."""
    ((column, values),) = modifier.when.items()
    return VENDOR_COLUMNS.get(column, column), tuple(value.casefold() for value in values)
