"""What a single request's price depends on, with the rates that were found for it; and sums of priced requests."""

from dataclasses import dataclass
from typing import Any

PRICED_BY = (
    "mode", "gateway_cache_hit", "region", "endpoint", "user_tier", "query_type", "provider", "call_role", "speed",
    "epoch", "band", "windows",
)  # fmt: skip
"""The columns of a cell's key that a price can see, besides the model."""

Rates5 = tuple[int, int, int, int, int]
"""Scaled pico-USD per token: input, then what a cached read, a 5-minute and a 1-hour write add to it, and output."""


@dataclass(frozen=True, slots=True)
class PricedKey:
    """Requests of one logged name that one set of rates holds for; `values` in the order of `PRICED_BY`.

    `rates` None: no price is known, such requests are left out. `id` is what the name stands for on the card.
    """

    name: str | None
    values: tuple[Any, ...]
    id: str | None
    rates: Rates5 | None


@dataclass(frozen=True, slots=True)
class GroupSums:
    """The requests of one group: counts, exact token sums and the scaled cost."""

    labels: tuple[str | None, ...]
    requests: int
    unmetered: int
    input: int
    cache_read: int
    output: int
    cost: int
