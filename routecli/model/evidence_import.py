"""What an import of evaluation results is asked for, and what became of each file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from routecli.errors import RoutecliError

PASS_THRESHOLD = Fraction(1, 2)
"""From this score (0-1) on an answer passes, where a file has scores and no passes and nobody says otherwise."""

OUTCOME_FIELDS = ("passed", "score", "input_tokens", "output_tokens", "cost_usd", "latency_ms", "gate_score")
"""What a column of a wide table can be of one model: `--outcome weak_cost=mixtral:cost_usd`."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Options of `evidence import`, as typed.

    `id` are the columns that together tell queries apart; `outcomes` maps a column of a wide table to MODEL or
    MODEL:FIELD; `map` an own field to the column it stands in; `threshold` makes scores passes. `repeats`: several
    answers of a model to one query are taken as repeats. `model` is for files that name none.
    """

    id: tuple[str, ...] = ()
    outcomes: Mapping[str, str] = field(default_factory=dict)
    map: Mapping[str, str] = field(default_factory=dict)
    features: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    format: str | None = None
    model: str | None = None
    scorer: str | None = None
    threshold: Fraction | None = None
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """One file: `rows` records were read, `left_out` of them by `--where`; they made `answers`, of which `excluded`
    carry no judgement (by reason) and `duplicates` were dropped. With an `error` nothing of it was taken."""

    path: str
    format: str | None = None
    rows: int = 0
    left_out: int = 0
    answers: int = 0
    duplicates: int = 0
    excluded: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    error: RoutecliError | None = None


@dataclass(frozen=True, slots=True)
class SetSummary:
    """A stored set in a line. `resolved` maps the names models have in the files to the names they are stored under."""

    name: str
    sources: tuple[str, ...]
    queries: int
    answers: int
    excluded: Mapping[str, int]
    models: tuple[str, ...]
    notes: tuple[str, ...]
    digest: str
    resolved: Mapping[str, str] = field(default_factory=dict)
