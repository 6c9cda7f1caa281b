"""The cheapest routes that keep a quality: a separable choice per cell, priced by what a point of quality is worth.

For every exchange rate lambda between quality and cost the best route of each cell is the one with the largest
quality - lambda cost (- mu lateness). Going through the rates traces the concave frontier of all tables at once; the
cheapest of those that meet the conditions is then improved cell by cell until no single change pays.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from routecli.maths.evidence.search.families import COST, LATE, QUALITY, Family, Kind, Space, families, tally
from routecli.maths.evidence.search.tables import DEFAULT, LEAST, Cells, table
from routecli.model.policy import Policy, Single

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    Places = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    Flags = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

RATES = 40
"""Exchange rates that are gone through, from 0.01 point to 100 points of quality for the whole bill."""
LATE_RATES = (0.0, 0.03, 0.1, 0.3, 1.0, 3.0)
MOST_LATE = 0.05
"""p95 within the limit: at most this share of the answers is later."""
THRESHOLDS, GRID, CELL_GRID = 96, 48, 20
"""Thresholds tried for one decision, and for each of two; fewer where the traffic is parted into cells."""
MOST_CHANGES = 200


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a policy must keep: mean quality (0-1) on the rows searched, lateness, and how many models it may use."""

    quality: float
    late_ms: float | None = None
    most_models: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A policy with its figures on the rows it was searched on: cost over the baseline's, quality."""

    policy: Policy
    cost: float
    quality: float


@dataclass(frozen=True, slots=True)
class Options:
    """Candidates of every cell after pruning, as cells x options: figures (3 x cells x options), family, candidate.

    The options of a family are its best candidate at each exchange rate, in order; with one cell for all traffic, they
    are all its candidates.
    """

    space: Space
    cells: Cells
    families: tuple[Family, ...]
    figures: "Array"
    family: "Places"
    candidate: "Places"
    rates: "Array"


def options(space: Space, found: Cells, kinds: frozenset[Kind]) -> Options:
    """All routes of these kinds; of each family the best candidate of each cell at each exchange rate."""
    import numpy as np

    rates = _rates(space)
    sizes = (THRESHOLDS, GRID) if found.count == 1 else (THRESHOLDS // 2, CELL_GRID)
    every = tuple(families(space, kinds, *sizes))
    figures, owner, candidate = [], [], []
    for place, family in enumerate(every):
        grid = tally(family, space, found.codes, found.count)
        best = np.arange(grid.shape[2])[None] if found.count == 1 else _best(grid, rates)
        figures.append(np.take_along_axis(grid, best[None], axis=2))
        owner.append(np.full(best.shape, place))
        candidate.append(best)
    return Options(
        space,
        found,
        every,
        np.concatenate(figures, axis=2),
        np.concatenate(owner, axis=1),
        np.concatenate(candidate, axis=1),
        rates,
    )


def _rates(space: Space) -> "Array":
    """Lines of (lambda, mu); mu only where lateness is limited."""
    import numpy as np

    prices = np.concatenate([[0.0], np.geomspace(1e-4, 1.0, RATES)])
    if space.late_ms is None:
        return np.column_stack([prices, np.zeros_like(prices)])
    return np.array([(price, late) for price in prices[::2] for late in LATE_RATES])


def _best(grid: "Array", rates: "Array") -> "Places":
    """For each cell and exchange rate the best candidate: cells x rates."""
    import numpy as np

    # One matrix product: (cells, candidates, 3) @ (3, rates).
    weights = np.stack([-rates[:, 0], np.ones(len(rates)), -rates[:, 1]])
    worth = np.moveaxis(grid, 0, 2) @ weights
    return np.asarray(worth.argmax(axis=1), dtype=np.int64)


def cheapest(found: Options, conditions: Conditions, kinds: frozenset[Kind]) -> Found | None:
    """The cheapest table with routes of these kinds that meets the conditions; None where none of those tried does."""
    best: tuple[float, Places] | None = None
    for usable in _usable(found, conditions.most_models, kinds):
        chosen = _solve(found, conditions, usable)
        if chosen is not None:
            cost = float(_totals(found, chosen)[COST])
            if best is None or cost < best[0] - 1e-12:
                best = (cost, chosen)
    return None if best is None else _made(found, best[1])


def _usable(found: Options, most: int | None, kinds: frozenset[Kind]) -> "list[Flags]":
    """Which options routes of these kinds leave, for each largest allowed set of models."""
    import numpy as np

    places = range(len(found.space.board.models))
    sets: list[tuple[int, ...]] = [tuple(places)]
    if most is not None and most < len(places):
        sets = list(combinations(places, most))
    flags = []
    for chosen in sets:
        inside = np.array([one.kind in kinds and set(one.models) <= set(chosen) for one in found.families])
        flags.append(inside[found.family[0]])
    return [one for one in flags if one.any()]


def _fixed(found: Options, usable: "Flags") -> int | None:
    """The default cell's option where too few rows are in it to choose: the baseline alone, if it may be used."""
    import numpy as np

    if found.cells.count == 1 or int(np.count_nonzero(found.cells.codes == DEFAULT)) >= LEAST:
        return None
    for place, family in enumerate(found.families):
        if family.kind == "single" and family.models == (found.space.baseline,):
            at = int(np.flatnonzero(found.family[0] == place)[0])
            return at if usable[at] else None
    return None


def _solve(found: Options, conditions: Conditions, usable: "Flags") -> "Places | None":
    """The option of each cell; None where no exchange rate meets the conditions."""
    import numpy as np

    if found.cells.count == 1:
        return _alone(found, conditions, usable)
    cells, fixed = np.arange(found.cells.count), _fixed(found, usable)
    best: tuple[float, Places] | None = None
    for chosen in _choices(found, usable):
        if fixed is not None:
            chosen[DEFAULT] = fixed
        totals = found.figures[:, cells, chosen].sum(axis=1)
        if _meets(totals, conditions) and (best is None or totals[COST] < best[0]):
            best = (float(totals[COST]), chosen)
    return None if best is None else _improved(found, best[1], conditions, usable, fixed)


def _alone(found: Options, conditions: Conditions, usable: "Flags") -> "Places | None":
    """With one cell: the cheapest of all candidates that meets the conditions, the better one of two as cheap."""
    import numpy as np

    figures = found.figures[:, 0]
    fits = usable & (figures[QUALITY] >= conditions.quality - 1e-12)
    if conditions.late_ms is not None:
        fits &= figures[LATE] <= MOST_LATE + 1e-12
    if not fits.any():
        return None
    best = np.lexsort((-figures[QUALITY], np.where(fits, figures[COST], np.inf)))[0]
    return np.array([best])


def _choices(found: Options, usable: "Flags") -> "list[Places]":
    """The best option of every cell at every exchange rate."""
    import numpy as np

    if found.cells.count == 1:
        places = np.flatnonzero(usable)
        return [places[best] for best in _best(found.figures[:, :, places], found.rates).T]
    count = len(found.rates)
    blocks = found.figures.reshape(3, found.cells.count, -1, count)
    worth = blocks[QUALITY] - found.rates[:, 0] * blocks[COST] - found.rates[:, 1] * blocks[LATE]
    worth[:, ~usable[::count]] = -np.inf
    best = worth.argmax(axis=1) * count + np.arange(count)
    return [best[:, place].copy() for place in range(count)]


def _meets(totals: "Array", conditions: Conditions) -> bool:
    late = conditions.late_ms is None or totals[LATE] <= MOST_LATE + 1e-12
    return bool(late and totals[QUALITY] >= conditions.quality - 1e-12)


def _improved(found: Options, chosen: "Places", conditions: Conditions, usable: "Flags", fixed: int | None) -> "Places":
    """Swap one cell's route at a time for the cheapest one that still meets the conditions, the largest gain first."""
    import numpy as np

    cells = np.arange(found.cells.count)
    free = np.repeat(usable[None], found.cells.count, axis=0)
    if fixed is not None:
        free[DEFAULT] = False
    for _ in range(MOST_CHANGES):
        now = found.figures[:, cells, chosen]
        change = found.figures - now[:, :, None]
        room = now.sum(axis=1)
        fits = free & (change[QUALITY] >= conditions.quality - 1e-12 - room[QUALITY])
        if conditions.late_ms is not None:
            fits &= change[LATE] <= MOST_LATE + 1e-12 - room[LATE]
        gain = np.where(fits, -change[COST], 0.0)
        cell, option = np.unravel_index(int(gain.argmax()), gain.shape)
        if gain[cell, option] <= 1e-12:
            break
        chosen[cell] = option
    return chosen


def _totals(found: Options, chosen: "Places") -> "Array":
    import numpy as np

    return np.asarray(found.figures[:, np.arange(found.cells.count), chosen].sum(axis=1))


def _made(found: Options, chosen: "Places") -> Found:
    """The policy that gives every cell its chosen route."""
    board, totals = found.space.board, _totals(found, chosen)
    routes = [
        found.families[int(found.family[cell, option])].policy(int(found.candidate[cell, option]), board.models)
        for cell, option in enumerate(chosen)
    ]
    if found.cells.count > 1 and not (found.cells.codes == DEFAULT).any():
        routes[DEFAULT] = Single(board.models[found.space.baseline])
    policy = table(found.cells, routes, board.type_names)
    return Found(policy, float(totals[COST]), float(totals[QUALITY]))


def frontier(found: Options, conditions: Conditions, kinds: frozenset[Kind]) -> list[Found]:
    """The tables that no other one tried beats in cost and quality at once, cheapest first; any quality will do."""
    from routecli.maths.evidence.curves import hull

    points: dict[tuple[float, float], Places] = {}
    for usable in _usable(found, conditions.most_models, kinds):
        fixed = _fixed(found, usable)
        for chosen in _choices(found, usable):
            if fixed is not None:
                chosen[DEFAULT] = fixed
            totals = _totals(found, chosen)
            if conditions.late_ms is None or totals[LATE] <= MOST_LATE + 1e-12:
                points.setdefault((float(totals[COST]), float(totals[QUALITY])), chosen)
    return [_made(found, points[corner]) for corner in hull(list(points))]
