"""The document of `routecli rates diff`."""

from dataclasses import dataclass
from typing import Literal

from routecli.report.documents.common import RatesInput


@dataclass(frozen=True, slots=True)
class ReferenceRequest:
    """The request that percentages are about: tokens by kind; `input_tokens` is the total, cache included."""

    input_tokens: int
    cache_read_tokens: int
    cache_write_5m_tokens: int
    cache_write_1h_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class DiffInputs:
    """The two cards, `at` being the instant that tells the price in force from history and plans."""

    base: RatesInput
    head: RatesInput
    reference: ReferenceRequest


@dataclass(frozen=True, slots=True)
class RateChange:
    """One kind of token, in USD per 1M tokens (null: not listed); `change_pct` is null where one is, or from 0."""

    before_usd: float | None
    after_usd: float | None
    change_pct: float | None


@dataclass(frozen=True, slots=True)
class ReferenceChange:
    """What the reference request costs at the rates before and after (null: there is no such rate)."""

    before_usd: float | None
    before_pico_usd: str | None
    after_usd: float | None
    after_pico_usd: str | None
    change_pct: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """One difference of meaning. `kind` is of the fixed list in docs/rate-card.md; `text` says the rest in words.

    `model` is empty for what all models of the provider share, `mode` where no mode is meant. `starts` and `until`
    bound the time the change is about (null: since release, open). `from_input_tokens` is the smallest input the rates
    are for (null: the base rates), `window` the minutes of the week (UTC). `in_place`: an old period was edited.
    `rates` hold the kinds of token that either side lists. `base` and `head` are `file:line`, null where there is none.
    """

    kind: str
    provider: str
    model: str
    mode: str
    subject: str
    when: Literal["past", "now", "future"]
    starts: str | None
    until: str | None
    from_input_tokens: int | None
    window: str
    in_place: bool
    was: str
    now: str
    note: str
    rates: dict[str, RateChange]
    reference: ReferenceChange | None
    base: str | None
    head: str | None


@dataclass(frozen=True, slots=True)
class RatesDiffDocument:
    """`counts` has the number of changes of each kind that occurs."""

    inputs: DiffInputs
    changes: list[Change]
    counts: dict[str, int]
