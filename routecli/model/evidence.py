"""Evidence: what models did on the same queries, as columns of equal length.

One row per query, one `Answers` per model. NaN and negative codes mean "not known", which is never a failure: a query
that a model has no graded answer to is missing for that model and is counted, not scored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
    Integers = np.ndarray[tuple[int], np.dtype[np.int64]]

UNKNOWN = -1
"""An integer that was not reported (tokens, costs, codes of labels)."""


@dataclass(frozen=True, slots=True)
class Answers:
    """One model's answers to the queries of a set; every array has one entry per query.

    `score` is 0 to 1 (a pass is 1, a failure 0), NaN where there is no graded answer. Tokens are totals (input includes
    cache reads); `cost_pico_usd` is what was logged. `gate_score` is what a gate said of this answer before anybody
    knew the truth (higher: more likely good), NaN where none did.
    """

    score: "Floats"
    input_tokens: "Integers"
    output_tokens: "Integers"
    cost_pico_usd: "Integers"
    latency_ms: "Floats"
    gate_score: "Floats"


@dataclass(frozen=True, slots=True)
class Labels:
    """A text column as codes into `names`; `UNKNOWN` where the query has none."""

    codes: "Integers"
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A named evaluation set.

    `ids` are the queries, unique; `models` maps a model's name (the card's id where it is on the card) to its answers.
    `session` clusters queries that are not independent (None: each stands alone). `features` are numbers known before
    any model runs (prompt length, a router's score); `excluded` counts judgements that were left out, by reason.
    Without `graded` the scores say what a gate or a user did, not what was right: they tell costs, no quality.
    """

    name: str
    ids: tuple[str, ...]
    models: Mapping[str, Answers]
    query_type: Labels | None = None
    session: Labels | None = None
    features: Mapping[str, "Floats"] = field(default_factory=dict)
    labels: Mapping[str, Labels] = field(default_factory=dict)
    excluded: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    graded: bool = True
    source: str = "evaluation set"

    @property
    def n(self) -> int:
        """How many queries there are."""
        return len(self.ids)
