"""What an evaluation set says of a policy, as part of `simulate`."""

from dataclasses import dataclass

from routecli.report.documents.common import Quantiles


@dataclass(frozen=True, slots=True)
class Bounds:
    """A measured figure with its 95 % interval; null bounds: the set cannot tell."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class AcceptLine:
    """One query type of the routed traffic (null: none logged): how often the first gate accepts (0-1, Wilson).

    `traffic_share` is of the routed requests. `pooled`: the set has no queries of the type, all its queries stand in.
    """

    query_type: str | None
    traffic_share: float
    queries: int
    accept_rate: float
    low: float
    high: float
    pooled: bool


@dataclass(frozen=True, slots=True)
class GateMatrix:
    """The first gate against the truth, in graded queries. `false_accept` is the share of bad answers it accepts
    (silent failures), `false_reject` the share of good ones it refuses (needless escalations); null without any."""

    accepted_good: int
    accepted_bad: int
    refused_good: int
    refused_bad: int
    false_accept: float | None
    false_accept_low: float | None
    false_accept_high: float | None
    false_reject: float | None
    false_reject_low: float | None
    false_reject_high: float | None


@dataclass(frozen=True, slots=True)
class TokenRatio:
    """Input and output tokens of `to` for one of `model`, on the same queries, with 95 % intervals."""

    model: str
    to: str
    input: Bounds
    output: Bounds


@dataclass(frozen=True, slots=True)
class NaiveFigures:
    """The same policy with the pooled accept rate and escalated requests of mean length, which is what a calculator
    without paired answers would say."""

    accept_rate: float
    monthly_usd: float
    saving_usd: float
    saving_pct: float | None
    per_request_usd: float | None


@dataclass(frozen=True, slots=True)
class ControlLine:
    """The same share of answers per model at random: its quality (0-1), the policy's quality less that, and the word:
    `adds` or `does not add` value over its mix."""

    quality: float
    difference: float
    low: float | None
    high: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class MeasuredLine:
    """`queries` have graded answers of every model compared, in `clusters` that are independent. `gate` says what
    accepts an answer; `perfect_gate`: it is taken to know which answers are good, which no gate does.

    `escalated_cost` is what an escalated request costs on the last model against the mean request there; `quality` the
    share of good answers delivered, `baseline_quality` that of the models the requests ran on, `quality_drop` the
    difference (positive: worse); all of them, the matrix and the control are null where nobody graded the answers
    (`evidence` is `logs`).
    """

    evidence: str
    queries: int
    clusters: int
    gate: str
    perfect_gate: bool
    accept_rate: Bounds | None
    accept: list[AcceptLine]
    gate_matrix: GateMatrix | None
    escalated_cost: float | None
    token_ratios: list[TokenRatio]
    cost_usd: Bounds
    saving_pct: Bounds
    per_request_usd: Bounds | None
    baseline_per_request_usd: float | None
    naive: NaiveFigures | None
    quality: Bounds | None
    silent_failures: Bounds | None
    baseline_quality: Bounds | None
    quality_drop: Bounds | None
    control: ControlLine | None
    latency_ms: Quantiles | None
    resamples: int
    seed: int
