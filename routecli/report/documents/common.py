"""Parts that several documents share. `basis` is always one of exact, measured, assumed, modelled."""

from dataclasses import dataclass, field
from typing import Literal

Basis = Literal["exact", "measured", "assumed", "modelled"]


@dataclass(frozen=True, slots=True)
class OverlayInput:
    """A file of negotiated prices or models of one's own that was laid over the card."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class RatesInput:
    """The rate card that was used; `at` is the date prices were taken at, or `request time`.

    `overlays` were laid over it in this order, the last one winning.
    """

    path: str
    sha256: str
    at: str
    overlays: list[OverlayInput] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class WorkloadInput:
    """Where the requests came from: `assumed`, a `workload file`, an `evaluation set`, or a `store` and the bounds that
    were asked for."""

    source: str
    path: str | None = None
    since: str | None = None
    until: str | None = None
    where: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a reader needs to run the command again."""

    rates: RatesInput
    workload: WorkloadInput


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """A model named by a policy or found in the traffic: what was asked for, what it resolved to, its price then.

    `how` is exact, alias, pin, dated alias, normalised or prefix. Prices are USD per 1M tokens at the base
    (short-context) rate, after the negotiated discount of `discount_pct`. `since` and `until` bound the time in which a
    name that its vendor moves stands for the model.
    """

    asked: str
    id: str
    how: str
    input_usd: float | None
    output_usd: float | None
    price_from: str | None
    verified: str | None
    newer: str | None = None
    since: str | None = None
    until: str | None = None
    discount_pct: float | None = None


@dataclass(frozen=True, slots=True)
class WorkloadSummary:
    """The traffic the figures rest on. Token sums are of the window, not of a month; `monthly_factor` projects them.

    `where` are the tests its requests passed (empty in simulations, which compare the whole bill). `days` are the days
    it is taken to stand for (`--days`, else `span_days`); `span_days` run from `first` to `last`.
    """

    source: str
    where: list[str]
    requests: int | None
    input_tokens: int
    cache_read_tokens: int
    output_tokens: int
    days: float | None
    span_days: float | None
    monthly_factor: float
    first: str | None
    last: str | None
    basis: Basis


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Latency in milliseconds; `escalated_p95` is over the requests that needed a second call (null: none did)."""

    mean: float
    p50: float
    p95: float
    p99: float
    escalated_p95: float | None = None


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Traffic that the rate card has no price for: named, never counted as $0.

    `mode` is null where the card does not know the model, else the mode (standard, batch, flex, priority) it has no
    price of. `reason` says more about the name, or why there is no price at the time of the requests.
    """

    model: str
    requests: int
    tokens: int
    mode: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """`route`, `do not route` or `not enough evidence`, with its reasons."""

    word: str
    reasons: list[str]
