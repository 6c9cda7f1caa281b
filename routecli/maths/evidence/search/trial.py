"""Fitting and judging on different queries.

With enough queries a policy is fitted on one half and judged on the other. With few, every fifth of them is judged by
policies fitted on the rest, and what is kept is fitted on all; then the judgement is of the way the policy was made,
which had a fifth less to go by. Sessions stay whole, and query types are shared out evenly.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routecli.maths.evidence.bootstrap import SEED
from routecli.maths.evidence.search.board import Board
from routecli.maths.evidence.search.candidates import Choice, Objective, best_single, choose
from routecli.maths.evidence.search.conditions import Found
from routecli.maths.evidence.search.tables import Scheme
from routecli.maths.evidence.search.walk import Outcome, walk
from routecli.model.evidence import UNKNOWN
from routecli.model.policy import Policy, Single

if TYPE_CHECKING:
    from routecli.model.evidence import Integers

SMALL = 800
"""Below this many queries a half is too few to fit on, and they are cross-fitted."""
FOLDS = 5

CHOSEN, LENGTH_RULE, LOOKUP = "chosen", "prompt length", "category lookup"
BASELINES = (LENGTH_RULE, LOOKUP)
"""Plain rules that every report compares with: one cut by prompt length, the best model of each query type."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A policy with what it promised where it was fitted, and what it did with the queries it is judged on.

    `policy` is the one to keep; `outcome` is of that very policy after halves, of its like from the folds otherwise.
    """

    name: str
    policy: Policy
    fitted: Found
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Judged:
    """All trials by name, on the board they are judged on. `fitted_on` queries; `folds` is 0 after halves.

    `chosen` is the name of the pattern that was chosen where it was fitted (None: nothing meets the conditions).
    """

    board: Board
    baseline: int
    trials: Mapping[str, Trial]
    chosen: str | None
    choice: Choice
    fitted_on: int
    folds: int = 0


def parts(board: Board, count: int, seed: int = SEED) -> "Integers":
    """A part (0 to count - 1) for each row: sessions whole, query types spread evenly, the same for the same seed."""
    import numpy as np

    clusters = np.full(board.n, UNKNOWN) if board.clusters is None else board.clusters
    alone = clusters == UNKNOWN
    labels = np.where(alone, clusters.max(initial=0) + 1 + np.arange(board.n), clusters)
    _, first, unit = np.unique(labels, return_index=True, return_inverse=True)
    shuffled = np.random.Generator(np.random.PCG64(seed)).permutation(first.size)
    order = shuffled[np.argsort(board.types[first][shuffled], kind="stable")]
    part = np.empty(first.size, dtype=np.int64)
    part[order] = np.arange(first.size) % count
    return np.asarray(part[unit], dtype=np.int64)


def judge(board: Board, objective: Objective, *, small: int = SMALL, seed: int = SEED) -> Judged:
    """Fit and judge on different queries of a board."""
    return _halves(board, objective, seed) if board.n >= small else _folds(board, objective, seed)


def _halves(board: Board, objective: Objective, seed: int) -> Judged:
    half = parts(board, 2, seed)
    fit, rest = board.take(half == 0), board.take(half == 1)
    choice = choose(fit, objective, parts(fit, 2, seed + 1))
    trials = {name: Trial(name, found.policy, found, walk(found.policy, rest)) for name, found in named(choice).items()}
    return Judged(rest, choice.baseline, trials, choice.chosen, choice, fit.n)


def _folds(board: Board, objective: Objective, seed: int) -> Judged:
    import numpy as np

    baseline = best_single(board) if objective.baseline is None else objective.baseline
    fixed = Objective(objective.drop, objective.late_ms, objective.most_models, baseline)
    fold = parts(board, FOLDS, seed)
    choice = choose(board, fixed, parts(board, 2, seed + 1))
    kept = named(choice)
    done: dict[str, list[Outcome]] = {name: [] for name in kept}
    for place in range(FOLDS):
        fit, rest = board.take(fold != place), board.take(fold == place)
        tried = named(choose(fit, fixed, parts(fit, 2, seed + 1)))
        for name, outcomes in done.items():
            found = tried.get(name)
            outcomes.append(walk(Single(board.models[baseline]) if found is None else found.policy, rest))
    order = np.argsort(np.concatenate([np.flatnonzero(fold == place) for place in range(FOLDS)]))
    trials = {name: Trial(name, kept[name].policy, kept[name], joined(done[name], order)) for name in kept}
    return Judged(board, baseline, trials, choice.chosen, choice, board.n, FOLDS)


def named(choice: Choice) -> dict[str, Found]:
    """What is judged: the best of each pattern, the plain baselines, and what was chosen, each under its name."""
    found = dict(choice.found)
    lookup = next(
        (one for one in choice.shapes if one.pattern == "static" and one.scheme == Scheme(by_type=True)), None
    )
    if lookup is not None:
        found[LOOKUP] = choice.shapes[lookup]
    if choice.chosen is not None:
        found[CHOSEN] = choice.found[choice.chosen]
    return found


def joined(outcomes: Sequence[Outcome], order: "Integers") -> Outcome:
    """The outcomes of several parts of a board as one, its rows in `order`."""
    import numpy as np

    each: Callable[[str], object] = lambda name: np.concatenate([getattr(one, name) for one in outcomes])[order]  # noqa: E731
    return Outcome(**{name: each(name) for name in Outcome.__slots__})  # type: ignore[arg-type]
