"""The documents of `routecli rates show`: one model, or the list of all."""

from dataclasses import dataclass
from typing import Literal

from routecli.report.documents.common import RatesInput


@dataclass(frozen=True, slots=True)
class ShowInputs:
    """The card that was read; `at` is the instant whose prices are shown."""

    rates: RatesInput


@dataclass(frozen=True, slots=True)
class ListedModel:
    """One model with its standard base rates in USD per 1M tokens, null where none is listed or none holds then.

    `long_from` is the smallest input length with a price of its own, `windows` are names, `last_day` the model's end.
    """

    provider: str
    model: str
    short_names: list[str]
    input_usd: float | None
    cache_read_usd: float | None
    output_usd: float | None
    long_from: int | None
    windows: list[str]
    modes: list[str]
    starts: str | None
    verified: str | None
    last_day: str | None
    where: str


@dataclass(frozen=True, slots=True)
class RatesListDocument:
    """All models of the card, by provider and id."""

    inputs: ShowInputs
    models: list[ListedModel]


@dataclass(frozen=True, slots=True)
class ShownModel:
    """The model and what is known of it besides prices. `how` the name was found: exact, alias, pin, normalised, ...

    `tokenizer` is how many tokens it makes for one of a basis, in words; `newer` a newer model of the family.
    """

    asked: str
    how: str
    id: str
    provider: str
    family: str
    released: str | None
    context_window: int | None
    max_output: int | None
    tokenizer: str | None
    supersedes: list[str]
    newer: str | None
    where: str


@dataclass(frozen=True, slots=True)
class RateRow:
    """The rates of one mode, length and window, in USD per 1M tokens; exactly one row is for any request.

    `from_input_tokens` is the smallest input they are for (null: from 0); `window` is empty outside of all windows.
    Rates are those of the list; `discount_pct` is what an overlay takes off them, `discount` says where it stands.
    """

    mode: str
    from_input_tokens: int | None
    window: str
    input_usd: float
    cache_read_usd: float | None
    cache_write_5m_usd: float | None
    cache_write_1h_usd: float | None
    output_usd: float | None
    starts: str | None
    until: str | None
    verified: str | None
    discount_pct: float | None
    discount: str
    where: str


@dataclass(frozen=True, slots=True)
class TimelinePeriod:
    """One period of a mode: base rates in USD per 1M tokens, and how a request of 10,000 in and 1,000 out moved.

    `state` is past, now, future or cancelled; `terms` say in words what the period has besides base rates.
    """

    mode: str
    starts: str | None
    until: str | None
    state: Literal["past", "now", "future", "cancelled"]
    status: str
    input_usd: float
    cache_read_usd: float | None
    output_usd: float | None
    reference_change_pct: float | None
    terms: str
    note: str
    correction: str
    confirmed: str
    source: str
    imported: str
    verified: str | None
    where: str


@dataclass(frozen=True, slots=True)
class ModelName:
    """Another name: alias, short name, moving name (of the vendor, from `starts` on) or deployment (your own)."""

    name: str
    sort: str
    starts: str | None
    where: str | None


@dataclass(frozen=True, slots=True)
class ShownModifier:
    """A factor on requests where `column` has one of `values`."""

    name: str
    column: str
    values: list[str]
    multiply: float
    where: str | None


@dataclass(frozen=True, slots=True)
class ShownMarkup:
    """A fee on top of the price of tokens; only one that `applies` is charged, in a column of its own."""

    name: str
    percent: float
    applies: bool
    note: str


@dataclass(frozen=True, slots=True)
class LastDay:
    """When the model, a snapshot or a mode ends; `days_left` is negative once it has."""

    name: str
    last_day: str
    days_left: int
    where: str


@dataclass(frozen=True, slots=True)
class RatesShowDocument:
    """`rows` are the rates in force, `timeline` all periods, oldest first within a mode."""

    inputs: ShowInputs
    model: ShownModel
    rows: list[RateRow]
    timeline: list[TimelinePeriod]
    names: list[ModelName]
    modifiers: list[ShownModifier]
    markups: list[ShownMarkup]
    last_days: list[LastDay]
    warnings: list[str]
