"""The document of `routecli baseline`."""

from dataclasses import dataclass
from typing import Any

from routecli.report.documents.common import Inputs, ModelPrice, Quantiles, Unpriced, WorkloadSummary


@dataclass(frozen=True, slots=True)
class Spend:
    """What the window cost at each request's own time, and the same a month."""

    requests: int
    usd: float
    pico_usd: str
    monthly_usd: float
    monthly_pico_usd: str


@dataclass(frozen=True, slots=True)
class LengthBand:
    """User requests with `from_tokens` <= input_tokens < `to_tokens` (null: no upper end)."""

    from_tokens: int
    to_tokens: int | None
    requests: int
    share: float


@dataclass(frozen=True, slots=True)
class Lengths:
    """Input and output length of user requests with known usage, in tokens."""

    requests: int
    input_p50: float | None
    input_p95: float | None
    output_p50: float | None
    output_p95: float | None
    bands: list[LengthBand]


@dataclass(frozen=True, slots=True)
class Looks:
    """Shares (0-1) of user requests that look short, simple or hard, by the rules in `definitions`."""

    short: float | None
    simple: float | None
    hard: float | None
    definitions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Health:
    """Shares (0-1); null where no row carries the field needed."""

    error: float | None
    partial: float | None
    retry: float | None
    follow_up: float | None
    requests_per_session: float | None
    session_p95: float | None
    sessions: int | None
    usage_known: float
    cache_info_known: float | None
    latency_known: float | None


@dataclass(frozen=True, slots=True)
class BaselineDocument:
    """`groups` as in the bill, with latency quantiles, error and retry shares per group."""

    inputs: Inputs
    models: list[ModelPrice]
    workload: WorkloadSummary
    by: list[str]
    spend: Spend
    groups: list[dict[str, Any]]
    lengths: Lengths
    looks: Looks
    health: Health
    latency_ms: Quantiles | None
    unpriced: list[Unpriced]
    assumptions: list[str]
    warnings: list[str]
