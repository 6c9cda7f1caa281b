"""What can differ between two rate cards: the kinds of change, and the record of one.

Kinds are a fixed list that programs may rely on; new ones are added, none is renamed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from routecli.model.rates import Rates

ChangeKind = Literal[
    "model-added",
    "model-removed",
    "mode-added",
    "mode-removed",
    "history-edited",
    "history-corrected",
    "history-added",
    "price-changed",
    "unit-changed",
    "price-scheduled",
    "schedule-changed",
    "schedule-withdrawn",
    "promo-added",
    "promo-ended",
    "promo-extended",
    "promo-shortened",
    "tier-added",
    "tier-removed",
    "tier-moved",
    "tier-side-changed",
    "window-added",
    "window-changed",
    "window-removed",
    "modifier-added",
    "modifier-changed",
    "modifier-removed",
    "markup-changed",
    "tokenizer-changed",
    "alias-moved",
    "alias-added",
    "alias-removed",
    "deprecation-added",
    "deprecation-moved",
    "deprecation-removed",
    "limits-changed",
    "facts-changed",
    "verified-updated",
    "source-changed",
]

MEANINGS: Mapping[ChangeKind, str] = {
    "model-added": "the head card has a model that the base card lacks",
    "model-removed": "a model is gone from the card",
    "mode-added": "a model got prices of a mode (batch, flex, priority, fast)",
    "mode-removed": "the prices of a mode are gone",
    "history-edited": "prices that already held were edited in place, without a new `correction:`",
    "history-corrected": "prices that already held were edited in place, with a new `correction:`",
    "history-added": "a time that had no price got one",
    "price-changed": "another price is in force",
    "unit-changed": "every rate moved by exactly 100, 1,000 or 1,000,000 times: cents, or another number of tokens",
    "price-scheduled": "another price will be in force from an instant to come",
    "schedule-changed": "a scheduled price has another date or other rates",
    "schedule-withdrawn": "a scheduled price is gone or cancelled",
    "promo-added": "a promotion with an end began or is announced",
    "promo-ended": "the price after a promotion is in force",
    "promo-extended": "a promotion ends later",
    "promo-shortened": "a promotion ends earlier",
    "tier-added": "long requests got a price of their own",
    "tier-removed": "long requests no longer have a price of their own",
    "tier-moved": "the length at which the long price starts moved",
    "tier-side-changed": "a request of exactly the threshold is on the other side of it now",
    "window-added": "certain minutes of the week got a price of their own",
    "window-changed": "the minutes of the week with a price of their own, or their exceptions, changed",
    "window-removed": "the minutes of the week with a price of their own no longer have one",
    "modifier-added": "requests with some property (a region) are multiplied by a factor",
    "modifier-changed": "that factor, or the requests it is for, changed",
    "modifier-removed": "that factor is gone",
    "markup-changed": "the fee on top of the price of tokens changed",
    "tokenizer-changed": "a text makes more or fewer tokens than before, by the card",
    "alias-moved": "a name stands for another model",
    "alias-added": "a model got another name",
    "alias-removed": "a model lost a name",
    "deprecation-added": "a model, a snapshot or a mode got a last day",
    "deprecation-moved": "that last day moved",
    "deprecation-removed": "that last day is gone",
    "limits-changed": "the context window or the longest answer changed",
    "facts-changed": "family, release date or predecessors changed",
    "verified-updated": "prices were checked again on another day",
    "source-changed": "prices name another source",
}
"""What each kind says, in one sentence; the order is the one changes are listed in within a model."""

When = Literal["past", "now", "future"]
"""Whether a change holds only before the instant of the comparison, at it, or only after it."""


@dataclass(frozen=True, slots=True)
class CardChange:
    """One difference that a bill, a forecast or a reader can feel.

    `model` is a card id (empty: the change is of all the provider's models, or of the card), `mode` empty where the
    change is of no mode, `subject` what it is about: an alias, a window, a modifier, a snapshot, a fact. `start` (None:
    since release) and `until` (None: open) are the time the change is about. `length` is the smallest input length the
    rates are for (None: the base rates), `window` the minutes of the week (canonical text; empty: all others).
    `before` and `after` are the rates on the two cards there, in pico-USD per token; `was` and `now` what changed
    besides rates, in words. `in_place`: no new period says so, an old one was edited. Origins are `file:line`.
    """

    kind: ChangeKind
    provider: str
    model: str
    mode: str = ""
    subject: str = ""
    when: When = "now"
    start: datetime | None = None
    until: datetime | None = None
    length: int | None = None
    window: str = ""
    before: Rates | None = None
    after: Rates | None = None
    was: str = ""
    now: str = ""
    in_place: bool = False
    note: str = ""
    base_origin: str = ""
    head_origin: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A request that stands for the traffic in comparisons: tokens by kind, `input` being the total, cache included."""

    input: int = 10_000
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    output: int = 1_000
