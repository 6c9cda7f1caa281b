"""The document of `routecli simulate`."""

from dataclasses import dataclass, field

from routecli.report.documents.common import (
    Basis,
    Inputs,
    ModelPrice,
    Quantiles,
    Unpriced,
    VerdictLine,
    WorkloadSummary,
)
from routecli.report.documents.measured import MeasuredLine


@dataclass(frozen=True, slots=True)
class BaselineBill:
    """The whole bill a month without the policy, all of it at the same prices."""

    label: str
    monthly_usd: float
    monthly_pico_usd: str
    latency_ms: Quantiles | None
    basis: Basis


@dataclass(frozen=True, slots=True)
class Affected:
    """The routed traffic: its requests in the window, and its bill a month without the policy (C_B).

    `left_requests` and `left_monthly_usd` are the rest, which costs the same with the policy and without.
    """

    requests: int | None
    monthly_usd: float
    monthly_pico_usd: str
    why: str
    left_requests: int | None
    left_monthly_usd: float


@dataclass(frozen=True, slots=True)
class TierLine:
    """Calls to one model at one position; `reach` is how many of them there are per routed request: the share (0-1)
    that calls it, with --retry-rate times how often a request is asked."""

    position: int
    model: str
    reach: float | None
    monthly_usd: float
    monthly_pico_usd: str


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The success rate (0-1) at which the policy costs what the traffic costs today, and the side that pays.

    `success_word` is above or below; for a null `success` always, none, mixed (in parts of the range) or unknown.
    `possible_low` and `possible_high` (0-1) bound the rates that traffic can have with the rest of the policy; `low`
    and `high` are its 95 % interval where success is measured.
    """

    success: float | None
    success_word: str
    possible_low: float = 0.0
    possible_high: float = 1.0
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares (0-1) of answers; null is unknown: an assumed success rate says nothing about bad answers accepted.

    `delivered` are good answers, `silent_failures` bad ones of a cheaper model that were shipped,
    `needless_escalations` good ones sent on; `low` and `high` are the 95 % interval of a measured `delivered`. What is
    missing to 1 are bad answers of the last model (--strong-quality).
    """

    delivered: float | None
    silent_failures: float | None
    needless_escalations: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Net:
    """Savings net of engineering; `payback_months` null: never."""

    build_usd: float
    upkeep_usd: float
    net_monthly_usd: float
    payback_months: float | None
    payback_limit_months: float


@dataclass(frozen=True, slots=True)
class CacheBound:
    """The whole bill a month if caches do not survive the routing; null where nothing is cached or --cache is set."""

    later_tiers_cold_usd: float
    all_cold_usd: float


@dataclass(frozen=True, slots=True)
class SwingLine:
    """How far one assumption moves the monthly saving over a plausible range, the others held."""

    assumption: str
    unit: str
    low: float
    high: float
    saving_low_usd: float
    saving_high_usd: float
    swing_usd: float


@dataclass(frozen=True, slots=True)
class PolicyBasis:
    """How each group of a policy's figures is known."""

    cost: Basis
    success: Basis
    quality: Basis | None
    latency: Basis | None


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """One policy against the baseline. `saving_low` and `saving_high` are dollars a month: the 95 % interval of a
    measured saving. `monthly_usd` is the whole bill under it (routed + unchanged), `before_usd` the
    whole bill without it (the same for all policies unless --baseline re-prices what each of them routes)."""

    name: str
    kind: str
    success: str | None
    monthly_usd: float
    monthly_pico_usd: str
    before_usd: float
    saving_usd: float
    saving_pico_usd: str
    saving_pct: float | None
    saving_pct_of_bill: float | None
    saving_low: float | None
    saving_high: float | None
    captured_pct: float | None
    affected: Affected
    tiers: list[TierLine]
    gate_usd: float
    canary_usd: float
    break_even: BreakEven
    quality: Quality
    latency_ms: Quantiles | None
    net: Net | None
    cache_bound: CacheBound | None
    sensitivity: list[SwingLine] | None
    verdict: VerdictLine
    basis: PolicyBasis
    measured: MeasuredLine | None = None


@dataclass(frozen=True, slots=True)
class SimulateDocument:
    """`affected` is the first policy's; each policy carries its own. `measured` says what rests on an evaluation
    set."""

    inputs: Inputs
    models: list[ModelPrice]
    workload: WorkloadSummary
    baseline: BaselineBill
    affected: Affected
    policies: list[PolicyLine]
    assumptions: list[str]
    warnings: list[str]
    unpriced: list[Unpriced]
    measured: list[str] = field(default_factory=list)
