"""Kinds of routes that a cell of the traffic can take, and their figures at every threshold at once.

A family is a route with its thresholds left open: a cascade of certain models, a router between two. Rows are put into
bins between neighbouring thresholds, and cumulated sums over the bins give cost, quality and share of late answers at
all of them: two tiers in one pass, three tiers on the grid of both thresholds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from routecli.maths.evidence.search.board import LENGTH, Board
from routecli.maths.evidence.thresholds import operating_points, spread_out
from routecli.model.conditions import Condition
from routecli.model.policy import Cascade, Classifier, Cut, Policy, Rule, Single, Static

if TYPE_CHECKING:
    import numpy as np

    from routecli.model.evidence import Floats, Integers

    Grid = np.ndarray[tuple[int, int, int], np.dtype[np.float64]]

LENGTHS = ("prompt_chars", "prompt_length", "prompt_tokens", "prompt_words", "input_chars", "input_length", "length")
"""Features that are a prompt's length, in whatever unit."""

Kind = Literal["single", "length", "router", "cascade", "cascade3"]

COST, QUALITY, LATE = range(3)
"""What is tallied: mean cost over the baseline's, mean score, share of answers later than allowed."""


@dataclass(frozen=True, slots=True)
class Family:
    """A route with open thresholds. `models` are places on the board, cheap first; `score` names a router's score.

    Without one it is the length in tokens.

    `thresholds` has one array for each decision; candidate k is their k-th combination, the last one moving fastest.
    """

    kind: Kind
    models: tuple[int, ...]
    thresholds: tuple["Floats", ...] = ()
    score: str | None = None
    high_is_cheap: bool = False

    @property
    def count(self) -> int:
        """How many combinations of thresholds there are."""
        count = 1
        for values in self.thresholds:
            count *= values.size
        return count

    def policy(self, candidate: int, names: tuple[str, ...]) -> Policy:
        """The policy at one combination; `names` are the board's models. Its rates are not filled in (`measured`)."""
        models = tuple(names[model] for model in self.models)
        if self.kind == "single":
            return Single(models[0])
        chosen = []
        for values in reversed(self.thresholds):
            candidate, place = divmod(candidate, values.size)
            chosen.append(float(values[place]))
        if self.kind in ("cascade", "cascade3"):
            return Cascade(models, thresholds=tuple(reversed(chosen)))
        if self.score is not None:
            cut = Cut(self.score, chosen[0], self.high_is_cheap)
            return Classifier(models[0], models[1], Fraction(0), Fraction(0), cut=cut)
        short, long = (models[1], models[0]) if self.high_is_cheap else (models[0], models[1])
        below = Condition(LENGTH, high=int(chosen[0]) - 1)
        return Static((Rule((below,), Single(short)),), Single(long))


@dataclass(frozen=True, slots=True)
class Space:
    """What a search reckons with: a board, costs over the baseline's mean, and how late is too late (ms)."""

    board: Board
    cost: "np.ndarray[tuple[int, int], np.dtype[np.float64]]"
    each: float
    baseline: int
    late_ms: float | None
    weights: "Floats"


def space(board: Board, baseline: int, late_ms: float | None) -> Space:
    """The board in the units of a search."""
    scale = board.mean(board.cost[:, baseline].astype(float)) or 1.0
    each = float(board.judging.each) / scale
    return Space(board, board.cost / scale, each, baseline, late_ms, board.weights / board.weights.sum())


def families(found: Space, kinds: frozenset[Kind], most: int, most_each: int) -> Iterator[Family]:
    """All families of these kinds, models by mean cost; at most `most` thresholds, in three tiers `most_each`."""
    board = found.board
    order = sorted(range(len(board.models)), key=lambda model: (float(found.weights @ found.cost[:, model]), model))
    usable = [model for model in order if found.late_ms is None or board.timed(model)]
    if "single" in kinds:
        yield from (Family("single", (model,)) for model in usable)
    gates = {model: board.gate_score[:, model] for model in usable if board.judged(model)}
    for tiers, kind, points in ((2, "cascade", most), (3, "cascade3", most_each)):
        cuts = {model: inner(values, points) for model, values in gates.items()} if kind in kinds else {}
        for models in combinations(usable, tiers):
            open_cuts = tuple(cuts.get(model) for model in models[:-1])
            if all(cut is not None and cut.size for cut in open_cuts) and kind in kinds:
                yield Family(kind, models, open_cuts)  # type: ignore[arg-type]
    for name, values, kind in _scores(board, kinds):
        cuts_at = inner(values, most)
        for models in combinations(usable, 2):
            if cuts_at.size:
                yield from (Family(kind, models, (cuts_at,), name, way) for way in (False, True))


def _scores(board: Board, kinds: frozenset[Kind]) -> "Iterator[tuple[str | None, Floats, Kind]]":
    if "router" in kinds:
        for name, values in board.features.items():
            yield name, values, "router"
    if "length" in kinds and board.length is not None:
        yield None, board.length.astype(float), "length"
    elif "length" in kinds:
        # A length in other units is no column that rules can test, but it is a router's score.
        yield from ((name, board.features[name], "length") for name in LENGTHS if name in board.features)


def inner(scores: "Floats", most: int) -> "Floats":
    """The thresholds that part the rows: every distinct value but the lowest (where it parts nothing)."""
    points = spread_out(operating_points(scores), most + 2)
    parting = (points.starts > 0) & (points.starts < scores.size)
    return points.thresholds[parting]


def tally(family: Family, found: Space, cells: "Integers", count: int) -> "Grid":
    """Cost, quality and lateness of every candidate, as sums of weighted rows in each of `count` cells.

    Returns 3 x cells x candidates; lateness is 0 where no limit is set.
    """
    import numpy as np

    if family.kind == "single":
        rows = _figures(found, family.models, 0)
        return np.stack([_sums(values, cells, count)[:, None] for values in rows])
    if family.kind in ("cascade", "cascade3"):
        return _cascade(family, found, cells, count)
    values = found.board.length if family.score is None else found.board.features[family.score]
    assert values is not None
    cheap, strong = (_figures(found, (model,), 0) for model in family.models)
    low, high = (strong, cheap) if family.high_is_cheap else (cheap, strong)
    # Rows without a score are the strong model's, on whichever side of the threshold it is.
    bins = _bins(values.astype(float), family.thresholds[0], missing_high=not family.high_is_cheap)
    grids = []
    for below, above in zip(low, high, strict=True):
        base = _sums(above, cells, count)
        grids.append(base[:, None] + _up_to(below - above, (bins,), cells, count, family))
    return np.stack(grids)


def _cascade(family: Family, found: Space, cells: "Integers", count: int) -> "Grid":
    """Everyone pays the first tier; those below its threshold add the next one, and so on."""
    import numpy as np

    bins = [
        _bins(found.board.gate_score[:, model], cut, missing_high=False)
        for model, cut in zip(family.models, family.thresholds, strict=False)
    ]
    steps = [_figures(found, family.models[: tier + 1], len(family.models) - 1) for tier in range(len(family.models))]
    grids = []
    for index in (COST, QUALITY, LATE):
        grid = np.repeat(_sums(steps[0][index], cells, count)[:, None], family.count, axis=1)
        for tier in range(1, len(family.models)):
            more = steps[tier][index] - steps[tier - 1][index]
            reached = _up_to(more, tuple(bins[:tier]), cells, count, family)
            grid += (
                reached
                if reached.shape[1] == family.count
                else np.repeat(reached, family.count // reached.shape[1], axis=1)
            )
        grids.append(grid)
    return np.stack(grids)


def _figures(found: Space, models: tuple[int, ...], judged: int) -> "list[Floats]":
    """Cost, score and lateness of rows that call these models in turn; the first `judged` of them are judged."""
    import numpy as np

    board, rows = found.board, list(models)
    times = min(judged, len(rows))
    cost = found.cost[:, rows].sum(axis=1) + times * found.each
    late = np.zeros(board.n)
    if found.late_ms is not None:
        late = (board.latency_ms[:, rows].sum(axis=1) + times * board.judging.latency_ms > found.late_ms).astype(float)
    return [found.weights * cost, found.weights * board.score[:, rows[-1]], found.weights * late]


def _bins(values: "Floats", thresholds: "Floats", *, missing_high: bool) -> "Integers":
    """How many of the thresholds each value reaches; a missing one reaches all or none."""
    import numpy as np

    bins = np.searchsorted(thresholds, values, side="right")
    return np.asarray(np.where(np.isnan(values), thresholds.size if missing_high else 0, bins), dtype=np.int64)


def _sums(values: "Floats", cells: "Integers", count: int) -> "Floats":
    import numpy as np

    return np.asarray(np.bincount(cells, weights=values, minlength=count), dtype=np.float64)


def _up_to(
    values: "Floats", bins: "tuple[Integers, ...]", cells: "Integers", count: int, family: Family
) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """Sums of the rows that stay under each combination of the first thresholds: cells x combinations."""
    import numpy as np

    sizes = [family.thresholds[place].size for place in range(len(bins))]
    at = cells
    for place, size in zip(bins, sizes, strict=True):
        at = at * (size + 1) + place
    shape = (count, *(size + 1 for size in sizes))
    grid = _sums(values, at, int(np.prod(shape))).reshape(shape)
    for axis in range(1, grid.ndim):
        grid = np.cumsum(grid, axis=axis)
    # Under threshold k lie the bins 0 to k; the last bin reaches every threshold.
    inside = grid[(slice(None), *(slice(0, size) for size in sizes))]
    return np.asarray(inside.reshape(count, -1), dtype=np.float64)
