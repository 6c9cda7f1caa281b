"""The schema of a rate-card file (`routecli/rate-card/v1`) and of the pinned names (`routecli/aliases/v1`).

The models say what a file may hold; `card_rules` says what a well-formed file still may not mean. Rates
are validated straight into pico-USD per token, days into dates, instants into UTC.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, Strict, WithJsonSchema

from routecli.data.yaml_lines import shown
from routecli.money import rate_per_million

CARD_SCHEMA = "routecli/rate-card/v1"
ALIASES_SCHEMA = "routecli/aliases/v1"
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RATE_KINDS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
CANCELLED = "cancelled"

REQUEST_COLUMNS = ("region", "speed", "endpoint", "user_tier", "query_type", "provider", "call_role")
"""Columns of a request that a modifier can look at."""

VENDOR_COLUMNS = {"inference_geo": "region"}
"""What vendors call a column in their price lists."""

MODE_MARKS = ("processing", "service_tier", "speed")

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?")
SPAN = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)")


def _rate(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"must be a number, USD per 1M tokens, not {shown(value)}")
    return rate_per_million(Decimal(value))


def _factor(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value <= 0:
        raise ValueError(f"must be a number above 0, not {shown(value)}")
    return Fraction(value)


def _amount(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value < 0:
        raise ValueError(f"must be a number, 0 or more, not {shown(value)}")
    return Fraction(value)


def _percent(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value < 100:
        raise ValueError(f"must be a number from 0 to under 100, not {shown(value)}")
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
Usd = Annotated[Fraction, PlainValidator(_amount), WithJsonSchema(_NUMBER)]
Percent = Annotated[Fraction, PlainValidator(_percent), WithJsonSchema({**_NUMBER, "exclusiveMaximum": 100})]
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
    days: tuple[Weekday, ...] = DAYS
    utc: tuple[str, ...]
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
    confirmed: str = ""
    imported: str = ""


# The rules check that there is one: pydantic would count a broken period as a missing one too.
Periods = Annotated[tuple[PeriodEntry, ...], Field(json_schema_extra={"minItems": 1})]


class ModeEntry(Entry):
    """The prices of batch, flex, priority or fast processing: full rate sets with periods of their own."""

    when: dict[str, str] = {}
    prices: Periods


class TokenizerEntry(Entry):
    """How many tokens the model makes of a text for one token of the `basis` tokenizer."""

    family: Name | None = None
    ratio: Factor
    basis: Name
    source: Name | None = None
    verified: Day | None = None
    note: Name | None = None


class LatencyEntry(Entry):
    """How fast the model is said to be, before anything was measured."""

    speed: Annotated[Name | None, Field(alias="class")] = None
    ttft_ms_p50: Factor | None = None
    ttft_ms_p95: Factor | None = None
    output_tok_per_s_p50: Factor | None = None
    source: Name | None = None
    verified: Day | None = None


class ModelEntry(Entry):
    """One model. `latency` is kept for readers of the file and used by nothing."""

    family: Name | None = None
    released: Day | None = None
    supersedes: tuple[Name, ...] = ()
    context_window: Count | None = None
    max_output: Count | None = None
    deprecations: dict[str, Day] = {}
    aliases: tuple[Name, ...] = ()
    tokenizer: TokenizerEntry | None = None
    latency: LatencyEntry | None = None
    prices: Periods
    modes: dict[str, ModeEntry] = {}


class ModifierEntry(Entry):
    """A factor on the whole request where one of its columns has one of the given values."""

    when: Annotated[dict[str, Words], Field(min_length=1, max_length=1)]
    multiply: Factor
    source: str = ""
    note: str = ""


class MarkupEntry(Entry):
    """A fee on top of the price of tokens. One without `applies: true` is for an overlay to choose."""

    percent: Percent
    minimum: Usd | None = None
    free_requests_per_month: Annotated[int, Strict(), Field(ge=0)] = 0
    applies: Annotated[bool, Strict()] = False
    source: Name
    verified: Day
    note: Name | None = None


class AliasPeriodEntry(Entry):
    """The model a moving name stands for from an instant (null: ever since) on; `to: null` is none on this card."""

    start: Annotated[Instant | None, Field(alias="from")]
    to: Name | None
    source: Name | None = None
    verified: Day | None = None
    note: Name | None = None


AliasPeriods = Annotated[tuple[AliasPeriodEntry, ...], Field(min_length=1)]


class DefaultsEntry(Entry):
    """What holds for every period of the file; the three rules are the only ones there are."""

    source: str = ""
    tier_rule: Literal["whole_request"] = "whole_request"
    input_counts: Literal["total"] = "total"
    reasoning: Literal["as_output"] = "as_output"


class CardHeader(Entry):
    """Everything of a card file but its models. `markup` is a column of its own in bills, never part of a rate.

    `vendor_aliases` are names that the vendor moves from model to model, each with its periods in order of time.
    """

    schema_name: Annotated[Literal["routecli/rate-card/v1"], Field(alias="schema")]
    provider: Name
    currency: Literal["USD"]
    per_tokens: Literal[1000000]
    defaults: DefaultsEntry = DefaultsEntry()
    modifiers: dict[str, ModifierEntry] = {}
    markup: dict[str, MarkupEntry] = {}
    vendor_aliases: dict[Name, AliasPeriods] = {}


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


def modifier_test(modifier: ModifierEntry) -> tuple[str, tuple[str, ...]]:
    """The request column a modifier looks at and the values it holds for, in lower case."""
    ((column, values),) = modifier.when.items()
    return VENDOR_COLUMNS.get(column, column), tuple(value.casefold() for value in values)
