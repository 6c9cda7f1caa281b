"""The document of `routecli latency`."""

from dataclasses import dataclass, field

from routecli.report.documents.common import Basis, Inputs, ModelPrice, Quantiles, WorkloadSummary


@dataclass(frozen=True, slots=True)
class ModelLatency:
    """One model's own latency; `requests` is how many measured ones it rests on (null where it was given)."""

    model: str
    latency_ms: Quantiles | None
    requests: int | None
    basis: Basis | None
    note: str


@dataclass(frozen=True, slots=True)
class PathLatency:
    """Requests that take one path through the models; `share` (0-1) of the routed requests."""

    models: list[str]
    share: float
    latency_ms: Quantiles | None


@dataclass(frozen=True, slots=True)
class Slo:
    """Whether a quantile keeps a limit, and the largest share (0-1) of escalated requests at which it would.

    `word` is at, always (even if everything escalates) or none (not even if nothing does).
    """

    quantile: float
    limit_ms: float
    kept: bool
    escalation_share: float
    largest_escalation_share: float | None
    word: str


@dataclass(frozen=True, slots=True)
class PolicyLatency:
    """A policy's latency as the mixture of its paths; null where a model's latency is unknown (never 0)."""

    name: str
    kind: str
    latency_ms: Quantiles | None
    before_ms: Quantiles | None
    paths: list[PathLatency]
    unknown: list[str]
    slo: Slo | None
    basis: Basis | None


@dataclass(frozen=True, slots=True)
class LatencyDocument:
    """Models first, then policies."""

    inputs: Inputs
    models: list[ModelPrice]
    workload: WorkloadSummary
    latencies: list[ModelLatency]
    policies: list[PolicyLatency]
    assumptions: list[str]
    warnings: list[str]
    measured: list[str] = field(default_factory=list)
