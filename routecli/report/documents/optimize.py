"""The document of `routecli optimize`."""

from dataclasses import dataclass

from routecli.report.documents.common import Quantiles, RatesInput, VerdictLine


@dataclass(frozen=True, slots=True)
class EvidenceUsed:
    """The evaluation set: its queries, those that could be used, and the models compared.

    `left_out` are models that were not, with the reason. `sessions` null: every query stands alone.
    """

    name: str
    queries: int
    used: int
    models: list[str]
    left_out: dict[str, str]
    query_types: int
    sessions: int | None


@dataclass(frozen=True, slots=True)
class TypeShare:
    """A query type's share (0-1) of the traffic and its graded queries; `pooled`: none, so all stand for it."""

    query_type: str | None
    share: float
    queries: int
    pooled: bool


@dataclass(frozen=True, slots=True)
class TrafficMix:
    """What the figures are weighted by. `source` is `evidence` (the set as it is), a store or a workload file."""

    source: str
    path: str | None
    monthly_requests: float | None
    types: list[TypeShare]


@dataclass(frozen=True, slots=True)
class Sought:
    """The objective: lowest cost with at most `max_quality_drop_pt` points of quality lost against `baseline`."""

    baseline: str
    baseline_chosen: bool
    max_quality_drop_pt: float
    p95_ms: float | None
    vendors: list[str] | None
    max_models: int | None


@dataclass(frozen=True, slots=True)
class Method:
    """How it was found and judged: on `halves`, or in `folds` (few queries). Intervals are at 95 %.

    `cost` says where costs are from: card, logged, given (--cost-per-query) or unknown.
    """

    judged_on: str
    fitted_queries: int
    judged_queries: int
    folds: int
    resamples: int
    seed: int
    cost: str
    cost_basis: str


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A model's share (0-1) of the queries: how many call it, how many get its answer."""

    model: str
    called: float
    answered: float


@dataclass(frozen=True, slots=True)
class ControlLine:
    """The same share of queries to each model, at random: its quality (0-1), and the policy's less that in points.

    `word` is `adds` where the whole interval is above 0, else `does not add`: value over its mix.
    """

    quality: float
    difference_pt: float
    low: float | None
    high: float | None
    word: str


@dataclass(frozen=True, slots=True)
class Fitted:
    """What the policy promised on the queries it was fitted on, and the gap: promised less judged, in points."""

    saving_pct: float
    drop_pt: float
    gap_saving_pt: float
    gap_drop_pt: float


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A policy where it was judged. Null bounds: the queries cannot tell.

    `drop_pt` is the baseline's quality less the policy's, in points; `worse` and `better` are the shares (0-1) of
    queries on which the baseline's answer scores higher and lower. `captured_pct` is the saving against the oracle's.
    """

    name: str
    kind: str
    policy: str
    models: list[str]
    chosen: bool
    usd_per_1000: float | None
    pico_usd_per_1000: str | None
    monthly_usd: float | None
    saving_pct: float | None
    saving_low: float | None
    saving_high: float | None
    quality: float
    quality_low: float | None
    quality_high: float | None
    drop_pt: float
    drop_low: float | None
    drop_high: float | None
    worse: float | None
    better: float | None
    escalated: float | None
    calls: list[ModelCall]
    latency_ms: Quantiles | None
    control: ControlLine | None
    captured_pct: float | None
    fitted: Fitted | None
    verdict: VerdictLine | None


@dataclass(frozen=True, slots=True)
class CurveLine:
    """A ranking swept over all its attainable thresholds between two models, on all queries used.

    `kind` router: queries that rank high go to the strong model; cascade: answers of low gate score are escalated.
    PGR is the share of the quality gap recovered, APGR its mean over shares of calls (or of cost) from 0 to 1;
    `random_low` and `random_high` are where 95 % of random rankings lie. `cpt_50` is the least share that recovers half
    (null: none does). AIQ is the mean height of the hull over its costs, `area` that of the quality over the calls.
    """

    ranking: str
    kind: str
    cheap: str
    strong: str
    points: int
    apgr_calls: float | None
    random_low: float | None
    random_high: float | None
    apgr_cost: float | None
    cpt_50: float | None
    cpt_80: float | None
    cpt_50_cost: float | None
    cpt_80_cost: float | None
    aiq: float | None
    area: float | None
    saturation: str | None


@dataclass(frozen=True, slots=True)
class FrontierLine:
    """One policy that nothing tried beats in cost and quality at once, as fitted and as judged."""

    policy: str
    kind: str
    usd_per_1000: float
    saving_pct: float
    quality: float
    drop_pt: float
    fitted_saving_pct: float
    fitted_drop_pt: float


@dataclass(frozen=True, slots=True)
class ClassifierLine:
    """How well a simple classifier can tell, before any model runs, whether `cheap` would be right.

    All figures are cross-validated. `always` is the accuracy of always saying the commoner word. Recall: of the queries
    the cheap model gets right, those found; false positives: of the others, those sent there all the same. Cost and
    quality are those of routing by its score with the quality kept; `break_even_requests` a month pay for building it
    over 12 months and running it, against the cascade (without one: the baseline; null: not asked, or never).
    """

    cheap: str
    strong: str
    features: list[str]
    queries: int
    folds: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    always: float
    recall: float
    recall_low: float | None
    recall_high: float | None
    false_positive: float
    false_positive_low: float | None
    false_positive_high: float | None
    auc: float
    cheap_share: float
    usd_per_1000: float
    saving_pct: float | None
    quality: float
    cascade_usd_per_1000: float | None
    break_even_requests: float | None
    word: str


@dataclass(frozen=True, slots=True)
class ChosenPolicy:
    """What to keep: its rules line by line, the file it was written to, and how many graded queries would settle it.

    `needed_queries` null: they are enough, or no number would do.
    """

    name: str
    kind: str
    lines: list[str]
    file: str | None
    needed_queries: int | None


@dataclass(frozen=True, slots=True)
class OptimizeInputs:
    """The rate card, and the store the set is from."""

    rates: RatesInput
    db: str


@dataclass(frozen=True, slots=True)
class OptimizeDocument:
    """`verdict` is the chosen policy's (or why there is none); `advice` says which pattern to start with, and why.

    `no_better` are patterns of which nothing was cheaper than the baseline and kept the quality.
    """

    inputs: OptimizeInputs
    evidence: EvidenceUsed
    traffic: TrafficMix
    objective: Sought
    method: Method
    verdict: VerdictLine
    chosen: ChosenPolicy | None
    policies: list[PolicyRow]
    curves: list[CurveLine]
    frontier: list[FrontierLine] | None
    classifier: list[ClassifierLine] | None
    advice: list[str]
    no_better: list[str]
    assumptions: list[str]
    warnings: list[str]
