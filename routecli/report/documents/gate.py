"""The document of `routecli gate`."""

from dataclasses import dataclass

from routecli.report.documents.common import Basis, RatesInput, Unpriced, VerdictLine, WorkloadInput


@dataclass(frozen=True, slots=True)
class GateInputs:
    """What was compared: two rate cards at one date, on one workload, under these policies and budgets."""

    base: RatesInput
    head: RatesInput
    workload: WorkloadInput
    policies: list[str]
    budgets: str


@dataclass(frozen=True, slots=True)
class GateBill:
    """The whole bill a month of the traffic as it is, at one side's prices."""

    monthly_usd: float
    monthly_pico_usd: str


@dataclass(frozen=True, slots=True)
class EffectLine:
    """What one step of the change does, in the fixed order of the list; all of them add up to the whole change.

    price, tier (long-context thresholds), window (hours), mode (batch and the like), region, cache: rates.
    alias: a name stands for another model. token_ratio: that model counts tokens differently. policy: it changed.
    """

    name: str
    usd: float
    pico_usd: str


@dataclass(frozen=True, slots=True)
class ModelChange:
    """One name in the traffic; `base_id` and `head_id` are the models it stands for."""

    name: str
    base_id: str
    head_id: str
    requests: int
    base_usd: float
    head_usd: float
    change_usd: float
    change_pct: float | None


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """A policy on both sides, dollars a month. `base_*` are null for one that only head has.

    `margin_points` is how far its success rate lies on the paying side of the break-even (negative: it does not pay).
    """

    name: str
    kind: str
    base_usd: float | None
    base_saving_usd: float | None
    head_usd: float
    saving_usd: float
    saving_pct: float | None
    margin_points: float | None
    break_even_success: float | None
    latency_p95_ms: float | None
    silent_failures: float | None
    effects: list[EffectLine]
    verdict: VerdictLine


@dataclass(frozen=True, slots=True)
class CardChangeLine:
    """One change between the cards, as `rates diff` names it; `used`: the traffic or a policy is touched by it."""

    kind: str
    model: str
    words: str
    used: bool
    file: str | None
    line: int | None


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One judgement: `status` is pass, warn, fail, waived or unknown (never a pass), `level` warn or error.

    `actual` and `limit` are in `unit`: pct (0-100), usd, factor, points (hundredths), ms, days, share (0-1), flag (0 or
    1). `file` and `line` are where what is judged stands in head's card, if it stands anywhere.
    """

    id: str
    subject: str
    level: str
    status: str
    actual: float | None
    limit: float
    unit: str
    basis: Basis
    detail: str
    file: str | None
    line: int | None
    waived_because: str | None
    waived_until: str | None


@dataclass(frozen=True, slots=True)
class WaiverLine:
    """A waiver and what became of it: used, unused or expired."""

    budget: str
    subject: str | None
    reason: str
    until: str
    status: str
    file: str | None
    line: int | None


@dataclass(frozen=True, slots=True)
class GateCoverage:
    """How much of the traffic both sides price. `new` only head prices; `missing` head has no price of."""

    requests: int
    compared: int
    new: list[Unpriced]
    missing: list[Unpriced]
    first: str | None
    last: str | None
    days: float | None
    age_days: int | None


@dataclass(frozen=True, slots=True)
class GateDocument:
    """`verdict` is pass, warn, fail or cannot tell; `exit_code` the code that goes with it."""

    inputs: GateInputs
    verdict: str
    exit_code: int
    reasons: list[str]
    coverage: GateCoverage
    base: GateBill
    head: GateBill
    change_usd: float
    change_pico_usd: str
    change_pct: float | None
    basis: Basis
    effects: list[EffectLine]
    models: list[ModelChange]
    policies: list[PolicyChange]
    cheapest_base: str
    cheapest_head: str
    changes: list[CardChangeLine]
    budgets: list[BudgetLine]
    waivers: list[WaiverLine]
    warnings: list[str]
    assumptions: list[str]


@dataclass(frozen=True, slots=True)
class TrialLine:
    """One budget: what it was shown and what it said; `tripped`: as it must."""

    id: str
    level: str
    tripped: bool
    shown: str
    found: str
    file: str | None
    line: int | None


@dataclass(frozen=True, slots=True)
class SelfTestDocument:
    """`verdict` is pass where every budget trips, else fail."""

    inputs: GateInputs
    verdict: str
    exit_code: int
    trials: list[TrialLine]
