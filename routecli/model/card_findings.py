"""What can be wrong with a rate card, or soon will be: the rules of `rates check`, and the record of one finding.

Rule ids are a fixed list that programs may rely on; new ones are added, none is renamed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "info"]
LEVELS: tuple[Level, ...] = ("error", "warning", "info")
"""Worst first."""

STALE_DAYS = 45
"""After so many days a price deserves another look at its source."""
SOON_DAYS = 30
"""How far ahead an end or a change is said."""
JUMP = 5
"""From so many times on, up or down, a price is taken for a mistake until someone confirms it."""
LEAST_USD, MOST_INPUT_USD, MOST_OUTPUT_USD = "0.005", 250, 1000
"""Per 1M tokens: outside of these bounds a price is more likely in another unit than real."""

RULES: Mapping[str, tuple[Level, str]] = {
    "card-schema": ("error", "the file is not a rate card as the schema wants it"),
    "rate-rows": (
        "error",
        "some request would have no price or two: periods out of order, windows that overlap, rates left out",
    ),
    "alias-clash": ("error", "a name stands for two models"),
    "unit-slip": (
        "error",
        "cents for dollars, or a price per token or per 1,000 tokens: every rate moved by exactly 100, 1,000 or "
        f"1,000,000 times, or one is below ${LEAST_USD}, above ${MOST_INPUT_USD} for input or ${MOST_OUTPUT_USD:,} "
        "for output",
    ),
    "cached-above-input": ("error", "a cached token costs more than one that is not cached"),
    "price-jump": ("error", f"a rate moved {JUMP} times or more from one period to the next, or to or from 0"),
    "mode-jump": ("error", f"a rate is {JUMP} times the standard one or more, or a {JUMP}th or less, in another mode"),
    "window-jump": ("error", f"a rate is {JUMP} times the base rate or more, or a {JUMP}th or less, in a window"),
    "history-edited": ("error", "against a base: prices that already held were edited without a new `correction:`"),
    "backdated": ("warning", f"against a base: a new period began more than {STALE_DAYS} days ago and re-prices them"),
    "alias-edited": ("warning", "against a base: what a dated name stood for in the past was edited"),
    "stale": ("warning", f"a price in force or scheduled was verified more than {STALE_DAYS} days ago"),
    "unverified": ("warning", "a price in force or scheduled was never verified"),
    "scheduled-soon": ("warning", f"another price starts within {SOON_DAYS} days"),
    "promo-ending": ("warning", f"a promotion ends within {SOON_DAYS} days"),
    "deprecation-soon": ("warning", f"a model, a snapshot or a mode ends within {SOON_DAYS} days"),
    "price-gap": ("warning", "a model has no price for the time between its release and its first period"),
    "cache-without-discount": ("warning", "a cached token costs as much as one that is not cached"),
    "promo-over": ("info", f"a promotion ended in the last {SOON_DAYS} days"),
    "deprecated": ("info", "a model, a snapshot or a mode has ended"),
    "mode-missing": ("info", "at least half of the vendor's other models have a mode that this one lacks"),
    "mode-gap": ("info", "a mode has no price for a time that the standard price covers"),
    "long-price-missing": (
        "info",
        "long requests have a price of their own in standard mode but not in this one",
    ),
    "calendar-unknown": ("info", "a window has exceptions on days that the card does not hold"),
    "free": ("info", "a rate is 0, which is charged as it stands"),
    "confirmed": ("info", "what another rule would call a mistake is confirmed on the card"),
}
"""Rule -> (level, what it finds), worst first."""


@dataclass(frozen=True, slots=True)
class CardFinding:
    """One breach of a rule at one place. `origin` is `file:line`; `mode` is empty where no mode is meant."""

    rule: str
    text: str
    origin: str
    provider: str = ""
    model: str = ""
    mode: str = ""

    @property
    def level(self) -> Level:
        """How bad it is: only an error fails a check."""
        return RULES[self.rule][0]
