"""A policy on measured answers: what each query would have cost, taken and been answered, one by one.

Conditional by construction: an escalated query has its own tokens, its own strong answer and its own latency, so
nothing is assumed about how failures go together.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from routecli.errors import UsageError
from routecli.maths.evidence.search.board import LENGTH, Board
from routecli.model.conditions import Condition
from routecli.model.policy import Cascade, Classifier, Policy, Single, Static

if TYPE_CHECKING:
    import numpy as np

    from routecli.model.evidence import Floats, Integers

    Calls = np.ndarray[tuple[int, int], np.dtype[np.bool_]]
    Rows = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a policy does with each query of a board.

    `answered_by` is the model (its place on the board) whose answer was delivered, with `score`; `calls` who was
    called (n x M); `cost` the calls in pico-USD, without the `judgements` (a number) that were made; `latency_ms` from
    start to answer (NaN: not known); `escalated` whether an answer was refused.
    """

    score: "Floats"
    cost: "Integers"
    judgements: "Integers"
    latency_ms: "Floats"
    answered_by: "Integers"
    calls: "Calls"
    escalated: "Rows"

    def paid(self, board: Board) -> "Floats":
        """Calls and judgements in pico-USD, as numbers to reckon with."""
        found: Floats = self.cost + float(board.judging.each) * self.judgements
        return found

    def exact_mean(self, board: Board) -> Fraction:
        """The mean cost of a query in pico-USD: exact sums of the queries of each weight."""
        import numpy as np

        weights, place = np.unique(board.weights, return_inverse=True)
        costs = [0] * weights.size
        counts = np.bincount(place, minlength=weights.size).tolist()
        judged = np.bincount(place, weights=self.judgements, minlength=weights.size).tolist()
        for at, cost in zip(place.tolist(), self.cost.tolist(), strict=True):
            costs[at] += cost
        exact = [Fraction(weight) for weight in weights.tolist()]
        paid = (w * (cost + board.judging.each * int(n)) for w, cost, n in zip(exact, costs, judged, strict=True))
        weight = sum((w * n for w, n in zip(exact, counts, strict=True)), start=Fraction(0))
        return sum(paid, start=Fraction(0)) / weight


def walk(policy: Policy, board: Board) -> Outcome:
    """Send every query of the board through a policy of models that are on it.

    Raises UsageError for what the board cannot answer: a model without answers, a gate without a threshold or scores,
    a rule on a column that the evidence has not got.
    """
    import numpy as np

    n, models = board.score.shape
    outcome = Outcome(
        score=np.zeros(n),
        cost=np.zeros(n, dtype=np.int64),
        judgements=np.zeros(n, dtype=np.int64),
        latency_ms=np.zeros(n),
        answered_by=np.full(n, -1),
        calls=np.zeros((n, models), dtype=bool),
        escalated=np.zeros(n, dtype=bool),
    )
    _send(policy, np.ones(n, dtype=bool), board, outcome)
    return outcome


def _send(policy: Policy, rows: "Rows", board: Board, outcome: Outcome) -> None:
    if isinstance(policy, Single):
        _answer(_place(policy.model, board), rows, board, outcome)
    elif isinstance(policy, Cascade):
        _cascade(policy, rows, board, outcome)
    elif isinstance(policy, Classifier):
        strong = goes_up(policy, board)
        _answer(_place(policy.strong, board), rows & strong, board, outcome)
        _answer(_place(policy.cheap, board), rows & ~strong, board, outcome)
    elif isinstance(policy, Static):
        for rule in policy.rules:
            holds = rows.copy()
            for condition in rule.when:
                holds &= matches(condition, board)
            _send(rule.route, holds, board, outcome)
            rows = rows & ~holds
        _send(policy.default, rows, board, outcome)
    else:
        raise UsageError(
            "not-in-evidence",
            "what the traffic ran on is not in the evidence",
            fix="name a model in place of `unchanged`",
        )


def _answer(model: int, rows: "Rows", board: Board, outcome: Outcome) -> None:
    outcome.calls[rows, model] = True
    outcome.cost[rows] += board.cost[rows, model]
    outcome.latency_ms[rows] += board.latency_ms[rows, model]
    outcome.answered_by[rows] = model
    outcome.score[rows] = board.score[rows, model]


def _cascade(policy: Cascade, rows: "Rows", board: Board, outcome: Outcome) -> None:
    if len(policy.thresholds) != len(policy.tiers) - 1:
        raise UsageError(
            "no-threshold",
            f"from which gate score on {':'.join(policy.tiers)} accepts an answer is not said",
            fix="write `gate: {threshold: 0.62}` beside the cascade",
        )
    for name, threshold in zip(policy.tiers, policy.thresholds, strict=False):
        model = _place(name, board)
        if not board.judged(model):
            raise UsageError("no-gate-score", f"the evidence has no gate score of {name}'s answers")
        _answer(model, rows, board, outcome)
        outcome.judgements[rows] += 1
        outcome.latency_ms[rows] += board.judging.latency_ms
        # An answer without a score (NaN) is not accepted: the comparison is false.
        rows = rows & ~(board.gate_score[:, model] >= threshold)
        outcome.escalated[rows] = True
    _answer(_place(policy.tiers[-1], board), rows, board, outcome)


def goes_up(policy: Classifier, board: Board) -> "Rows":
    """Which queries a classifier's score sends to the strong model; those without a score are sent there."""
    import numpy as np

    if policy.cut is None:
        raise UsageError(
            "no-threshold",
            f"by which score {policy.cheap}:{policy.strong} is decided is not said",
            fix="write `decider: {score: NAME, threshold: 0.5}` beside the classifier",
        )
    values = board.features.get(policy.cut.score)
    if values is None:
        raise UsageError("no-router-score", f"the evidence has no feature '{policy.cut.score}'")
    over = values >= policy.cut.threshold
    found: Rows = (~over if policy.cut.high_is_cheap else over) | np.isnan(values)
    return found


def matches(condition: Condition, board: Board) -> "Rows":
    """For which queries a rule's condition holds."""
    import numpy as np

    if condition.column == "query_type":
        wanted = np.array([name in condition.values for name in board.type_names])
        holds = wanted[board.types]
    elif condition.column == LENGTH and board.length is not None:
        holds = np.ones(board.n, dtype=bool)
        if condition.low is not None:
            holds &= board.length >= condition.low
        if condition.high is not None:
            holds &= board.length <= condition.high
    else:
        raise UsageError("not-in-evidence", f"a rule tests {condition.column}, which the evidence has not got")
    return ~holds if condition.negate else holds


def _place(model: str, board: Board) -> int:
    if model not in board.models:
        raise UsageError("not-in-evidence", f"the evidence has no answers of {model}")
    return board.models.index(model)
