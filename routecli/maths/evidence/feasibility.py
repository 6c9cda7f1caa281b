"""What a simple classifier can tell before any model runs: whether the cheap model's answer would be good.

A logistic regression on what is known of a request (length, query type, other labels, numbers), each query scored by a
model that was trained on other sessions. Its word at one half gives accuracy, recall and false-positive rate; its score
routes at the threshold that keeps the quality on one half of the queries and is judged on the other, both ways round.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from routecli.errors import EnvironmentFault
from routecli.maths.evidence.bootstrap import SEED, Interval, draw, ratio, share
from routecli.maths.evidence.bootstrap import interval as between
from routecli.maths.evidence.search.board import Board
from routecli.maths.evidence.search.trial import parts
from routecli.maths.evidence.thresholds import operating_points

if TYPE_CHECKING:
    import numpy as np

    from routecli.model.evidence import Floats, Integers

FOLDS = 5
RARE = 20
"""Labels of fewer queries share one indicator."""


@dataclass(frozen=True, slots=True)
class Feasibility:
    """Cross-validated figures of the classifier for one cheap model, against the baseline as the strong one.

    `always` is the accuracy of always saying the commoner word. `cheap_share`, `cost` (pico-USD a query) and `quality`
    are those of routing by its score with the quality kept.
    """

    cheap: int
    strong: int
    features: tuple[str, ...]
    accuracy: Interval
    always: float
    recall: Interval
    false_positive: Interval
    auc: float
    cheap_share: float
    cost: float
    quality: float

    @property
    def better(self) -> bool:
        """Whether it is better than always saying the same, beyond doubt."""
        return self.accuracy.low > self.always


def feasible(
    board: Board, cheap: int, strong: int, drop: float, labels: "Mapping[str, Integers]", *, resamples: int
) -> Feasibility | None:
    """The figures for one pair; None where nearly all of the cheap answers are good, or bad: nothing can be learned.

    `labels` are further codes per query (user tier, endpoint). Raises EnvironmentFault `missing-extra` without
    scikit-learn.
    """
    import numpy as np

    good = board.score[:, cheap] >= 1
    fold = parts(board, FOLDS)
    names, table = _features(board, labels)
    enough = all(min(good[fold != place].sum(), (~good[fold != place]).sum()) >= 2 for place in range(FOLDS))
    if not names or not enough:
        return None
    scores = _scores(table, good, fold)
    said = scores >= 0.5
    right, easy = (said == good).astype(float), good.astype(float)
    columns = np.column_stack([right, said & good, easy, said & ~good, 1 - easy])
    draws = draw(columns, board.design, resamples=resamples)
    rate = board.mean(easy)
    cheap_rows = _routed(board, scores, cheap, strong, drop)
    cost = np.where(cheap_rows, board.cost[:, cheap], board.cost[:, strong])
    delivered = np.where(cheap_rows, board.score[:, cheap], board.score[:, strong])
    return Feasibility(
        cheap,
        strong,
        names,
        share(draws, 0),
        max(rate, 1 - rate),
        between(draws, ratio(1, 2)),
        between(draws, ratio(3, 4)),
        _auc(scores, good, board.weights),
        board.mean(cheap_rows.astype(float)),
        board.mean(cost.astype(float)),
        board.mean(delivered),
    )


def _features(board: Board, labels: "Mapping[str, Integers]") -> "tuple[tuple[str, ...], Any]":
    """Names and columns: numbers as they are and as logarithms where they can be, labels as indicators."""
    import numpy as np

    names: list[str] = []
    columns: list[Floats] = []
    numbers = {} if board.length is None else {"input_tokens": board.length.astype(float)}
    for name, values in {**numbers, **board.features}.items():
        known = values[~np.isnan(values)]
        if known.size and np.ptp(known) > 0:
            names.append(name)
            filled = np.where(np.isnan(values), np.median(known), values)
            columns.append(filled)
            if known.min() > 0:
                columns.append(np.log(filled))
            if known.size < values.size:
                columns.append(np.isnan(values).astype(float))
    for name, codes in {"query_type": board.types, **labels}.items():
        counts = np.bincount(codes - codes.min())
        if np.count_nonzero(counts) < 2:
            continue
        names.append(name)
        kept = list(np.flatnonzero(counts >= RARE) + codes.min())
        columns += [(codes == code).astype(float) for code in kept]
        rest = ~np.isin(codes, kept)
        if rest.any():
            columns.append(rest.astype(float))
    return tuple(names), np.column_stack(columns) if columns else np.zeros((board.n, 0))


def _scores(table: Any, good: "np.ndarray[Any, Any]", fold: "Integers") -> "Floats":
    """Each query's probability of a good cheap answer, from a model trained on the other folds."""
    import numpy as np

    try:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError:
        raise EnvironmentFault(
            "missing-extra", "a classifier needs scikit-learn", fix="pip install 'routecli[learn]'"
        ) from None
    scores = np.zeros(good.size)
    for place in range(FOLDS):
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2_000, random_state=SEED % 2**31))
        model.fit(table[fold != place], good[fold != place])
        scores[fold == place] = model.predict_proba(table[fold == place])[:, 1]
    return scores


def _routed(board: Board, scores: "Floats", cheap: int, strong: int, drop: float) -> "np.ndarray[Any, Any]":
    """Which queries go to the cheap model, by thresholds that keep the quality on the half they are not used on."""
    import numpy as np

    half = parts(board, 2)
    chosen = np.zeros(board.n, dtype=bool)
    for place in (0, 1):
        fit, rest = half != place, half == place
        points = operating_points(scores[fit])
        weights = board.weights[fit] / board.weights[fit].sum()
        gain = (weights * (board.score[fit, strong] - board.score[fit, cheap]))[points.order]
        # Those below the threshold go up: how much quality the others cost, from none going down to all.
        lost = np.append(np.cumsum(gain[::-1])[::-1], 0.0)[points.starts]
        kept = np.flatnonzero(lost <= drop + 1e-12)
        chosen[rest] = scores[rest] >= points.thresholds[kept.min()]
    return chosen


def _auc(scores: "Floats", good: "np.ndarray[Any, Any]", weights: "Floats") -> float:
    """How often a query with a good cheap answer is scored above one with a bad one; ties count half."""
    import numpy as np

    values, place = np.unique(scores, return_inverse=True)
    up = np.bincount(place, weights=weights * good, minlength=values.size)
    down = np.bincount(place, weights=weights * ~good, minlength=values.size)
    below = np.cumsum(down) - down
    return float(up @ (below + 0.5 * down) / (up.sum() * down.sum()))
