"""The documents of `routecli evidence import` and `routecli evidence show`."""

from dataclasses import dataclass

from routecli.report.documents.common import Basis


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """One file: `rows` records were read, `left_out` of them by `--where`; they made `answers`, of which `duplicates`
    were exact copies. `excluded` counts answers without a judgement, by reason: they are not failures."""

    path: str
    format: str | None
    rows: int
    left_out: int
    answers: int
    duplicates: int
    excluded: dict[str, int]
    error: str | None


@dataclass(frozen=True, slots=True)
class SetLine:
    """A stored set: its queries (a repeat counts as one), graded answers, answers without a judgement by reason."""

    name: str
    queries: int
    answers: int
    excluded: dict[str, int]
    models: list[str]
    sources: list[str]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class ModelName:
    """A name in the files and what its answers are stored under: the card's id where the card knows the model."""

    logged: str
    model: str
    on_card: bool


@dataclass(frozen=True, slots=True)
class EvidenceImportDocument:
    """What one `evidence import` did; `set` is null where a file could not be taken, and then nothing was stored."""

    db: str
    files: list[EvidenceFile]
    set: SetLine | None
    unchanged: bool
    models: list[ModelName]
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class EvidenceSetsDocument:
    """The sets of a store, by name."""

    db: str
    sets: list[SetLine]


@dataclass(frozen=True, slots=True)
class Needed:
    """How many graded queries show a drop of so many points (95 % confidence, 80 % power)."""

    drop_points: float
    queries: int


@dataclass(frozen=True, slots=True)
class EvidenceModel:
    """One model: `n` graded answers, pass rate (0-1) with its Wilson interval, means of what its answers took
    (`cost_usd` is of one answer, over the `cost_n` whose cost was logged).

    `needed` is for comparing it with another run on other queries; pairs on the same queries need fewer.
    """

    model: str
    n: int
    passed: int
    pass_rate: float | None
    low: float | None
    high: float | None
    input_tokens: float | None
    output_tokens: float | None
    cost_usd: float | None
    cost_usd_per_1000: float | None
    cost_n: int
    latency_mean_ms: float | None
    latency_p50_ms: float | None
    latency_p95_ms: float | None
    gate_scores: int
    needed: list[Needed]
    basis: Basis


@dataclass(frozen=True, slots=True)
class EvidencePair:
    """Two models on the `n` queries both have graded answers to; rates are shares (0-1).

    `oracle` is what a perfect router would deliver, `oracle_if_independent` what it would be if the two failed
    independently. `correlation` is phi (null where one of them never or always passes).
    """

    cheap: str
    strong: str
    n: int
    both: int
    strong_only: int
    cheap_only: int
    neither: int
    cheap_pass_rate: float | None
    strong_pass_rate: float | None
    p_strong_given_cheap_wrong: float | None
    p_strong_low: float | None
    p_strong_high: float | None
    oracle: float | None
    oracle_low: float | None
    oracle_high: float | None
    oracle_if_independent: float | None
    correlation: float | None
    needed: list[Needed]


@dataclass(frozen=True, slots=True)
class TypeLine:
    """One model's pass rate on one query type (null: queries without a type)."""

    query_type: str | None
    model: str
    n: int
    passed: int
    pass_rate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class EvidenceDocument:
    """One evaluation set. Pairs are listed in both orders."""

    db: str
    set: SetLine
    models: list[EvidenceModel]
    pairs: list[EvidencePair]
    query_types: list[TypeLine]
    features: list[str]
    sessions: int | None
    warnings: list[str]
