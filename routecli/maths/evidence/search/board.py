"""The queries that every model in question has a graded, priced answer to, as one table per quantity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from routecli.maths.evidence.bootstrap import Design
from routecli.model.evidence import UNKNOWN, Answers, Evidence

if TYPE_CHECKING:
    import numpy as np

    from routecli.model.evidence import Floats, Integers

    Table = np.ndarray[tuple[int, int], np.dtype[np.float64]]
    Counts = np.ndarray[tuple[int, int], np.dtype[np.int64]]
    Rows = np.ndarray[tuple[int], np.dtype[np.bool_]]

LENGTH = "input_tokens"
"""The name of the length that rules test, where a router's score is named."""


@dataclass(frozen=True, slots=True)
class Judging:
    """What one judgement of an answer costs (pico-USD) and takes."""

    each: Fraction = Fraction(0)
    latency_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Board:
    """n queries by M models. `score` is 0 to 1, `cost` in pico-USD; NaN latencies and gate scores are not known.

    `types` are codes into `type_names` (None: no query type), `clusters` sessions (`UNKNOWN`: alone), `weights` what a
    query stands for in the traffic (any unit). `length` is the input in tokens (None: not known for all), `features`
    are numbers known before any model runs. `mixed`: the weights are those of a traffic's mix of query types, which is
    known and not a matter of chance. `tokens` are those of the answers, input and output (None: not known for
    all).
    """

    models: tuple[str, ...]
    score: "Table"
    cost: "Counts"
    latency_ms: "Table"
    gate_score: "Table"
    types: "Integers"
    type_names: tuple[str | None, ...]
    weights: "Floats"
    clusters: "Integers | None" = None
    length: "Integers | None" = None
    features: Mapping[str, "Floats"] = field(default_factory=dict)
    judging: Judging = Judging()
    mixed: bool = False
    tokens: "tuple[Counts, Counts] | None" = None

    @property
    def n(self) -> int:
        """How many queries there are."""
        return len(self.score)

    @property
    def design(self) -> Design:
        """How the queries were drawn, for intervals."""
        return Design(self.types if self.mixed else None, self.clusters, self.weights)

    def mean(self, values: "Floats | Integers") -> float:
        """The weighted mean of one value a query."""
        return float(self.weights @ values / self.weights.sum())

    def means(self, table: "Table | Counts") -> "Floats":
        """The weighted mean of each column."""
        found: Floats = self.weights @ table / self.weights.sum()
        return found

    def judged(self, model: int) -> bool:
        """Whether a gate scored this model's answers at all."""
        import numpy as np

        return bool(np.isfinite(self.gate_score[:, model]).any())

    def timed(self, *models: int) -> bool:
        """Whether the latency of these models is known for every query."""
        import numpy as np

        return not np.isnan(self.latency_ms[:, list(models)]).any()

    def take(self, rows: "Integers | Rows") -> "Board":
        """Some of the queries."""
        return replace(
            self,
            score=self.score[rows],
            cost=self.cost[rows],
            latency_ms=self.latency_ms[rows],
            gate_score=self.gate_score[rows],
            types=self.types[rows],
            weights=self.weights[rows],
            clusters=None if self.clusters is None else self.clusters[rows],
            length=None if self.length is None else self.length[rows],
            features={name: values[rows] for name, values in self.features.items()},
            tokens=None if self.tokens is None else (self.tokens[0][rows], self.tokens[1][rows]),
        )


def usable(evidence: Evidence, models: Sequence[str], costs: Mapping[str, "Integers"]) -> "Integers":
    """The queries to which all these models have a graded answer at a known cost."""
    import numpy as np

    rows = np.ones(evidence.n, dtype=bool)
    for model in models:
        rows &= ~np.isnan(evidence.models[model].score) & (costs[model] != UNKNOWN)
    return np.flatnonzero(rows)


def covered(evidence: Evidence, least: float = 0.5) -> tuple[str, ...]:
    """The models that graded at least this share of the queries that the best covered model did, cheapest-named first.

    A model that answered few of the queries would take all others with it: a comparison needs the same queries.
    """
    import numpy as np

    counts = {name: int((~np.isnan(one.score)).sum()) for name, one in evidence.models.items()}
    most = max(counts.values(), default=0)
    return tuple(name for name, count in counts.items() if count and count >= least * most)


def board(
    evidence: Evidence, models: Sequence[str], costs: Mapping[str, "Integers"], judging: Judging = Judging()
) -> Board:
    """The table of the queries that all `models` answered at a known cost; weights are 1 each.

    `costs` are pico-USD per query, `UNKNOWN` where there is none. The length is the input tokens of the first model
    that has them for every query left.
    """
    import numpy as np

    rows = usable(evidence, models, costs)
    answers = [evidence.models[model] for model in models]
    codes, names = _types(evidence)
    lengths = [one.input_tokens[rows] for one in answers if (one.input_tokens[rows] != UNKNOWN).all()]
    return Board(
        models=tuple(models),
        score=np.column_stack([one.score[rows] for one in answers]),
        cost=np.column_stack([costs[model][rows] for model in models]),
        latency_ms=np.column_stack([one.latency_ms[rows] for one in answers]),
        gate_score=np.column_stack([one.gate_score[rows] for one in answers]),
        types=codes[rows],
        type_names=names,
        weights=np.ones(rows.size),
        clusters=None if evidence.session is None else evidence.session.codes[rows],
        length=lengths[0] if lengths else None,
        features={name: values[rows] for name, values in evidence.features.items()},
        judging=judging,
        tokens=_tokens(answers, rows),
    )


def _tokens(answers: Sequence[Answers], rows: "Integers") -> "tuple[Counts, Counts] | None":
    import numpy as np

    read = np.column_stack([one.input_tokens[rows] for one in answers])
    written = np.column_stack([one.output_tokens[rows] for one in answers])
    return None if (read == UNKNOWN).any() or (written == UNKNOWN).any() else (read, written)


def _types(evidence: Evidence) -> "tuple[Integers, tuple[str | None, ...]]":
    """Query types as codes, those without one under a name of their own."""
    import numpy as np

    if evidence.query_type is None:
        return np.zeros(evidence.n, dtype=np.int64), (None,)
    codes, names = evidence.query_type.codes, evidence.query_type.names
    return np.where(codes == UNKNOWN, len(names), codes), (*names, None)
