"""What is tried: patterns of routing, simplest first, each in the shapes it can have; and which of them is chosen.

Within the queries a policy is fitted on, two halves take turns: one chooses thresholds and tables, the other says what
they are worth. The worth of a policy is its saving plus its quality against the baseline's at a fixed exchange rate, so
that policies of different cost and quality compare. The simplest pattern within one standard error of the best is
taken. What the halves show of optimism about quality is asked for on top when the policy is fitted on all of them (or,
where nothing is that good, no loss at all).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routecli.maths.evidence.curves import hull
from routecli.maths.evidence.search.board import Board
from routecli.maths.evidence.search.conditions import CLOSE, MOST_LATE, Conditions, Found
from routecli.maths.evidence.search.families import Kind, Space, space
from routecli.maths.evidence.search.parted import Parted
from routecli.maths.evidence.search.tables import Scheme, cells, schemes
from routecli.maths.evidence.search.walk import walk
from routecli.maths.evidence.search.whole import Whole
from routecli.model.policy import Policy, Single

if TYPE_CHECKING:
    from routecli.model.evidence import Floats, Integers

WHOLE = Scheme()
SINGLE: frozenset[Kind] = frozenset({"single"})
LENGTHS: frozenset[Kind] = frozenset({"single", "length"})
ROUTES: frozenset[Kind] = frozenset({"single", "router", "cascade", "cascade3"})
ALL: frozenset[Kind] = frozenset({*ROUTES, "length"})
PATTERNS: Mapping[str, frozenset[Kind]] = {
    "single": SINGLE,
    "prompt length": LENGTHS,
    "static": SINGLE,
    "classifier": frozenset({"single", "router"}),
    "cascade": frozenset({"single", "cascade"}),
    "cascade of three": frozenset({"single", "cascade", "cascade3"}),
    "composite": ROUTES,
}
"""Pattern -> the routes it may use, simplest first."""

SHRINK = 0.5**0.5
"""What is lost on other rows goes with one over the root of the rows fitted on, and halves have half of them."""

RATE_LOW, RATE_HIGH = 0.2, 1.0
"""Bounds of what the whole bill is worth in quality, where the single models suggest less or more."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pattern in one shape."""

    pattern: str
    scheme: Scheme
    kinds: frozenset[Kind]


@dataclass(frozen=True, slots=True)
class Objective:
    """Lowest cost with at most `drop` (0-1) of quality lost against the baseline, and within the other limits.

    `baseline` is a model's place on the board (None: the best one).
    """

    drop: float
    late_ms: float | None = None
    most_models: int | None = None
    baseline: int | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """What figures lose on rows they were not chosen on: quality (0-1), and share of answers that is late after all."""

    quality: float = 0.0
    late: float = 0.0


@dataclass(frozen=True, slots=True)
class Choice:
    """What was fitted on a board: the best shape of each pattern, every shape's policy, and the pattern chosen.

    None where no policy of the pattern meets the conditions.
    """

    baseline: int
    found: Mapping[str, Found]
    shapes: Mapping[Candidate, Found]
    chosen: str | None
    search: "Search | None" = field(default=None, repr=False)


def best_single(board: Board) -> int:
    """The model of the highest mean score, the cheaper one of two as good."""
    scores, costs = board.means(board.score), board.means(board.cost)
    return min(range(len(board.models)), key=lambda model: (-round(float(scores[model]), 12), float(costs[model])))


def candidates(board: Board) -> list[Candidate]:
    """Every pattern in every shape that this board allows, simplest first."""
    parted = schemes(board)
    found = [Candidate(name, WHOLE, PATTERNS[name]) for name in ("single", "prompt length")]
    found += [Candidate("static", scheme, SINGLE) for scheme in parted]
    found += [Candidate(name, WHOLE, PATTERNS[name]) for name in ("classifier", "cascade", "cascade of three")]
    return [*found, *(Candidate("composite", scheme, ROUTES) for scheme in parted)]


class Search:
    """One board's options, made once for each way to part it."""

    def __init__(self, board: Board, baseline: int, late_ms: float | None) -> None:
        self.space: Space = space(board, baseline, late_ms)
        self._options: dict[Scheme, Whole | Parted] = {}

    def options(self, scheme: Scheme) -> Whole | Parted:
        """The options of the cells of a scheme."""
        if scheme not in self._options:
            board = self.space.board
            made = Parted(self.space, cells(scheme, board), ROUTES) if scheme.parts else Whole(self.space, ALL)
            self._options[scheme] = made
        return self._options[scheme]

    def solve(self, candidate: Candidate, conditions: Conditions) -> Found | None:
        """The cheapest policy of a shape that meets the conditions."""
        return self.options(candidate.scheme).cheapest(conditions, candidate.kinds)

    def conditions(self, objective: Objective, lost: Lost | None = None) -> Conditions:
        """The objective in figures of this board; what was lost when it was tried on other rows is asked for on top."""
        board, more = self.space.board, lost or Lost()
        base = board.mean(board.score[:, self.space.baseline])
        return Conditions(
            base - objective.drop + max(0.0, more.quality),
            objective.late_ms is not None,
            MOST_LATE - max(0.0, more.late),
            objective.most_models,
        )

    def safest(self, candidate: Candidate, objective: Objective, lost: Lost) -> "tuple[Found | None, bool]":
        """The cheapest policy with room for what it loses on other rows, and True; else one without, and False.

        Without that room one that loses nothing on these rows is taken before any other.
        """
        for room in (lost, Lost(objective.drop), Lost()):
            found = self.solve(candidate, self.conditions(objective, room))
            if found is not None:
                return found, room is lost
        return None, False


def choose(board: Board, objective: Objective, halves: "Integers") -> Choice:
    """Fit every shape of every pattern on a board and choose; `halves` (0 or 1 per row) take turns within it."""
    baseline = best_single(board) if objective.baseline is None else objective.baseline
    tried = candidates(board)
    worth, lost = _validated(board, baseline, tried, objective, halves)
    search = Search(board, baseline, objective.late_ms)
    best: dict[str, Candidate] = {}
    for candidate in tried:
        known = best.get(candidate.pattern)
        if known is None or worth[candidate].mean() > worth[known].mean() + CLOSE:
            best[candidate.pattern] = candidate
    safest = {one: search.safest(one, objective, lost[one]) for one in tried}
    shapes = {one: policy for one, (policy, _) in safest.items() if policy is not None}
    found = {pattern: shapes[one] for pattern, one in best.items() if one in shapes}
    # Patterns without room for what they lose on other rows are taken only where none has it.
    safe = [name for name in found if safest[best[name]][1]]
    chosen = _simplest({name: worth[best[name]] for name in safe or found})
    return Choice(baseline, found, shapes, chosen, search)


def exchange_rate(board: Board, baseline: int) -> float:
    """What the baseline's whole bill is worth in quality: what the next cheaper corner of the single models offers."""
    scores, costs = board.means(board.score), board.means(board.cost)
    corners = hull([(float(cost), float(score)) for cost, score in zip(costs, scores, strict=True)])
    cheaper = [corner for corner in corners if corner[0] < costs[baseline]]
    if not cheaper:
        return RATE_LOW
    cost, score = cheaper[-1]
    slope = (float(scores[baseline]) - score) / (float(costs[baseline]) - cost) * float(costs[baseline])
    return min(max(slope, RATE_LOW), RATE_HIGH)


def _validated(
    board: Board,
    baseline: int,
    tried: Sequence[Candidate],
    objective: Objective,
    halves: "Integers",
) -> "tuple[dict[Candidate, Floats], dict[Candidate, Lost]]":
    """Per shape: what it is worth on each query it was not fitted on, and what it had promised beyond that."""
    import numpy as np

    rate = exchange_rate(board, baseline)
    worth = {candidate: np.zeros(board.n) for candidate in tried}
    lost = dict.fromkeys(tried, Lost())
    scale = board.mean(board.cost[:, baseline].astype(float)) or 1.0
    for half in (0, 1):
        rows = np.flatnonzero(halves != half)
        left = np.flatnonzero(halves == half)
        search, rest = Search(board.take(rows), baseline, objective.late_ms), board.take(left)
        conditions = search.conditions(objective)
        base = search.space.board.mean(search.space.board.score[:, baseline])
        for candidate in tried:
            found = search.solve(candidate, conditions)
            if found is None:
                continue
            outcome = walk(found.policy, rest)
            gained = outcome.score - rest.score[:, baseline]
            saved = (rest.cost[:, baseline] - outcome.paid(rest)) / scale
            worth[candidate][left] = rest.weights / board.weights.mean() * (saved + gained / rate)
            late = (
                0.0 if objective.late_ms is None else rest.mean((outcome.latency_ms > objective.late_ms).astype(float))
            )
            lost[candidate] = Lost(
                lost[candidate].quality + 0.5 * SHRINK * (found.quality - base - rest.mean(gained)),
                lost[candidate].late + 0.5 * SHRINK * (late - found.late),
            )
    return worth, lost


def _simplest(worth: "Mapping[str, Floats]") -> str | None:
    """The simplest pattern whose worth is within one standard error of the best one's."""
    import numpy as np

    if not worth:
        return None
    best = max(worth, key=lambda name: float(worth[name].mean()))
    for name, values in worth.items():
        short = worth[best] - values
        if short.mean() <= short.std(ddof=1) / np.sqrt(short.size) + CLOSE:
            return name
    return best


def is_single(policy: Policy, board: Board, model: int) -> bool:
    """Whether a policy is nothing but one model."""
    return isinstance(policy, Single) and policy.model == board.models[model]
