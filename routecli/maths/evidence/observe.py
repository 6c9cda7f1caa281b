"""From the queries of an evaluation set to a policy's rates, shapes and qualities, by query type.

accept_j = accepted at j / reaching j; shape_j = (tokens of the requests that reach j / all tokens) / share that
reaches j, on call j's own model; quality from the delivered answers. All exact, so that the policy's closed forms give
what adding up the queries one by one gives.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from routecli.maths.evidence.walk import Spread, Walk
from routecli.model.conditions import ANY_TYPE
from routecli.model.evidence import UNKNOWN, Answers, Evidence
from routecli.model.observed import ANY, Observed, Outcomes, TypeObserved
from routecli.model.policy import Success

if TYPE_CHECKING:
    from routecli.maths.evidence.walk import Mask
    from routecli.model.evidence import Integers

WalkOf = Callable[[str | None], Walk]
"""Query type -> how its requests run (a timeout's effect differs by type)."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """The queries of a set that stand for some traffic: `rows` of them, and which of them are of each query type.

    `costs` are pico-USD per query by model (exact, `UNKNOWN` where not known); models in it are priced per query, the
    others by their tokens. `pooled` are the query types of the traffic that the set has no answers of.
    """

    evidence: Evidence
    rows: "Mask"
    types: "Mapping[str | None, Mask]"
    costs: "Mapping[str, Integers]"
    pooled: tuple[str | None, ...] = ()

    def of(self, query_type: str | None) -> "Mask":
        """The rows that stand for a query type: its own, or all."""
        return self.types.get(query_type, self.rows)

    def measures(self, model: str) -> "tuple[Integers, Integers]":
        """What makes a model's answer dear, input and output side: its tokens, or twice its cost."""
        if model in self.costs:
            return self.costs[model], self.costs[model]
        answers = self.evidence.models[model]
        return answers.input_tokens, answers.output_tokens


def sample(
    evidence: Evidence, rows: "Mask", kinds: Iterable[str | None], costs: "Mapping[str, Integers] | None" = None
) -> Sample:
    """The rows by the query types of the traffic; a type without rows is pooled.

    A set without types, or traffic without them, is pooled as a whole.
    """
    own, found, pooled = evidence.query_type, {}, []
    names = () if own is None else own.names
    for kind in dict.fromkeys(kinds):
        code = UNKNOWN if kind is None or kind not in names else names.index(kind)
        mask = None if own is None or (kind is not None and code == UNKNOWN) else rows & (own.codes == code)
        if mask is not None and mask.any():
            found[kind] = mask
        else:
            pooled.append(kind)
    return Sample(evidence, rows, found, costs or {}, tuple(pooled))


def observe(sample: Sample, walk_of: WalkOf) -> tuple[Success, Observed]:
    """(accept rates by judged tier and type, shapes and outcomes by type) of a policy."""
    kinds: list[str | None] = [*sample.types, *sample.pooled]
    rates: list[dict[str, Fraction]] = []
    types: dict[str | None, TypeObserved] = {}
    for key, rows, walk in [
        *((kind, sample.of(kind), walk_of(kind)) for kind in kinds),
        (ANY, sample.rows, walk_of(None)),
    ]:
        types[key] = _observed(sample, walk, rows)
        found = _accepts(walk, rows)
        rates = rates or [{} for _ in found]
        for tier, rate in zip(rates, found, strict=True):
            # Requests without a type are asked for under `*`, like all that nothing else is known of.
            tier.setdefault(ANY_TYPE if key is None else key, rate)
    return Success(tuple(rates), "measured"), Observed(types)


def _accepts(walk: Walk, rows: "Mask") -> list[Fraction]:
    """The accept rate at each judged tier among the answers that reach the gate; 1 where none does."""
    found = []
    for j in range(walk.judged):
        reaching = walk.reach[j].total(None, rows)
        accepted = walk.reach[j].within(walk.accepts[j]).total(None, rows)
        found.append(accepted / reaching if reaching else Fraction(1))
    return found


def _observed(sample: Sample, walk: Walk, rows: "Mask") -> TypeObserved:
    n = int(rows.sum())
    shapes = []
    for model, reach in zip(walk.models, walk.reach, strict=True):
        shapes.append(tuple(_shape(values, reach, rows) for values in sample.measures(model)))
    reached = tuple(spread.total(None, rows) / n for spread in walk.reach)
    outcomes = None
    if sample.evidence.graded:
        outcomes = Outcomes(walk.good(rows) / n, walk.silent(rows) / n, walk.needless(rows) / n)
    return TypeObserved(reached, tuple((one[0], one[1]) for one in shapes), outcomes, n)


def _shape(values: "Integers", reach: Spread, rows: "Mask") -> Fraction:
    """How much of it a reaching request has, relative to the mean request; 1 where that is not known."""
    known = rows & (values >= 0)
    n, everything = int(known.sum()), Fraction(sum(values[known].tolist()))
    reaching = reach.total(None, known)
    if not n or not everything or not reaching:
        return Fraction(1)
    return (reach.total(values, known) / everything) / (reaching / n)


def ratio_of(first: Answers, second: Answers, rows: "Mask") -> tuple[Fraction, Fraction] | None:
    """Input and output tokens of `second` for one of `first`, over the rows where both are known; None without any."""
    found = []
    for one, other in ((first.input_tokens, second.input_tokens), (first.output_tokens, second.output_tokens)):
        known = rows & (one >= 0) & (other >= 0)
        whole = sum(one[known].tolist())
        part = sum(other[known].tolist())
        if not whole or not part:
            return None
        found.append(Fraction(part, whole))
    return found[0], found[1]
