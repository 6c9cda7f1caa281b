"""A route for each cell of a table: a separable choice, priced by what a point of quality is worth.

For every exchange rate lambda between quality and cost the best route of a cell is the one with the largest
quality - lambda cost (- mu lateness). Going through the rates traces the concave frontier of all tables at once; the
cheapest of those that meet the conditions is then improved, one cell's route at a time, until no change pays.
"""

from itertools import combinations
from typing import TYPE_CHECKING

from routecli.maths.evidence.curves import hull
from routecli.maths.evidence.search.conditions import CLOSE, Conditions, Found, found
from routecli.maths.evidence.search.families import COST, LATE, QUALITY, Family, Kind, Space, families, tally
from routecli.maths.evidence.search.tables import DEFAULT, LEAST, Cells, table
from routecli.model.policy import Single

if TYPE_CHECKING:
    from routecli.maths.evidence.search.conditions import Array, Places

RATES = 40
"""Exchange rates that are gone through, from 0.01 point to 100 points of quality for the whole bill."""
LATE_RATES = (0.0, 0.05, 0.3, 2.0)
THRESHOLDS, GRID = 48, 20
"""Thresholds tried in each cell for one decision, and for each of two."""
IMPROVED = 3
"""So many of the best model sets are improved cell by cell."""
MOST_CHANGES = 200


class Parted:
    """The best candidate of each cell, family and exchange rate: figures are 3 x cells x families x rates."""

    def __init__(self, space: Space, cells: Cells, kinds: frozenset[Kind]) -> None:
        import numpy as np

        self.space, self.cells = space, cells
        self.rates: Array = _rates(limited=space.late_ms is not None)
        self.families: tuple[Family, ...] = tuple(families(space, kinds, THRESHOLDS, GRID))
        shape = (cells.count, len(self.families), len(self.rates))
        self.figures: Array = np.empty((3, *shape))
        self.candidate: Places = np.zeros(shape, dtype=np.int64)
        weights = np.stack([-self.rates[:, 0], np.ones(len(self.rates)), -self.rates[:, 1]])
        for place, family in enumerate(self.families):
            grid = tally(family, space, cells.codes, cells.count)
            if family.count > 1:
                # One matrix product: (cells, candidates, 3) @ (3, rates).
                self.candidate[:, place] = (np.moveaxis(grid, 0, 2) @ weights).argmax(axis=1)
            self.figures[:, :, place] = np.take_along_axis(grid, self.candidate[None, :, place], axis=2)

    def cheapest(self, conditions: Conditions, kinds: frozenset[Kind]) -> Found | None:
        """The cheapest table with routes of these kinds that meets the conditions; None where none tried does."""
        started = []
        for members in self._members(conditions.most_models, kinds):
            start = self._start(conditions, members)
            if start is not None:
                started.append((*start, members))
        best: tuple[float, Places] | None = None
        for _, chosen, members in sorted(started, key=lambda one: one[0])[:IMPROVED]:
            better = self._improved(chosen, conditions, members)
            cost = float(self._totals(better)[COST])
            if best is None or cost < best[0] - CLOSE:
                best = (cost, better)
        return None if best is None else self._made(best[1])

    def frontier(self, conditions: Conditions, kinds: frozenset[Kind]) -> list[Found]:
        """The tables on the concave hull of cost and quality, cheapest first; any quality will do."""
        points: dict[tuple[float, float], Places] = {}
        for members in self._members(conditions.most_models, kinds):
            for chosen in self._choices(members):
                totals = self._totals(chosen)
                if not conditions.limited or totals[LATE] <= conditions.late + CLOSE:
                    points.setdefault((float(totals[COST]), float(totals[QUALITY])), chosen)
        return [self._made(points[corner]) for corner in hull(list(points))]

    def _members(self, most: int | None, kinds: frozenset[Kind]) -> "list[Places]":
        """The families that may be used together: of these kinds, with the models of one largest allowed set."""
        import numpy as np

        count = len(self.space.board.models)
        sets = [range(count)] if most is None or most >= count else combinations(range(count), most)
        members = [
            np.array(
                [at for at, one in enumerate(self.families) if one.kind in kinds and set(one.models) <= set(chosen)]
            )
            for chosen in sets
        ]
        return [one for one in members if one.size]

    def _fixed(self, members: "Places") -> int | None:
        """The default cell's family where too few rows are in it to choose: the baseline alone, if it may be used."""
        import numpy as np

        if int(np.count_nonzero(self.cells.codes == DEFAULT)) >= LEAST:
            return None
        alone = [at for at in members if self.families[at] == Family("single", (self.space.baseline,))]
        return int(alone[0]) if alone else None

    def _choices(self, members: "Places") -> "list[Places]":
        """The best option (a place among families x rates) of every cell, at every exchange rate."""
        import numpy as np

        blocks, count = self.figures[:, :, members], len(self.rates)
        worth = blocks[QUALITY] - self.rates[:, 0] * blocks[COST] - self.rates[:, 1] * blocks[LATE]
        best = members[worth.argmax(axis=1)] * count + np.arange(count)
        fixed = self._fixed(members)
        if fixed is not None:
            best[DEFAULT] = fixed * count
        return list(best.T.copy())

    def _start(self, conditions: Conditions, members: "Places") -> "tuple[float, Places] | None":
        """The cheapest of the frontier's tables that meets the conditions."""
        best: tuple[float, Places] | None = None
        for chosen in self._choices(members):
            totals = self._totals(chosen)
            if conditions.met(totals) and (best is None or totals[COST] < best[0]):
                best = (float(totals[COST]), chosen)
        return best

    def _improved(self, chosen: "Places", conditions: Conditions, members: "Places") -> "Places":
        """Swap one cell's route at a time for the cheapest that still meets the conditions, the largest gain first."""
        import numpy as np

        rates = len(self.rates)
        options = (members[:, None] * rates + np.arange(rates)).ravel()
        figures = self._flat()[:, :, options]
        fixed = self._fixed(members)
        for _ in range(MOST_CHANGES):
            now = self._flat()[:, np.arange(self.cells.count), chosen]
            after = now.sum(axis=1)[:, None, None] + figures - now[:, :, None]
            fits = conditions.met(after)
            if fixed is not None:
                fits[DEFAULT] = False
            gain = np.where(fits, now[COST][:, None] - figures[COST], 0.0)
            cell, option = np.unravel_index(int(gain.argmax()), gain.shape)
            if gain[cell, option] <= CLOSE:
                break
            chosen[cell] = options[option]
        return chosen

    def _flat(self) -> "Array":
        """Figures as 3 x cells x options."""
        return self.figures.reshape(3, self.cells.count, -1)

    def _totals(self, chosen: "Places") -> "Array":
        import numpy as np

        return np.asarray(self._flat()[:, np.arange(self.cells.count), chosen].sum(axis=1))

    def _made(self, chosen: "Places") -> Found:
        """The policy that gives every cell its chosen route."""
        board, candidates = self.space.board, self.candidate.reshape(self.cells.count, -1)
        routes = [
            self.families[int(option) // len(self.rates)].policy(int(candidates[cell, option]), board.models)
            for cell, option in enumerate(chosen)
        ]
        if not (self.cells.codes == DEFAULT).any():
            routes[DEFAULT] = Single(board.models[self.space.baseline])
        return found(table(self.cells, routes, board.type_names), self._totals(chosen))


def _rates(*, limited: bool) -> "Array":
    """Lines of (lambda, mu); mu only where lateness is limited."""
    import numpy as np

    prices = np.concatenate([[0.0], np.geomspace(1e-4, 1.0, RATES)])
    if not limited:
        return np.column_stack([prices, np.zeros_like(prices)])
    return np.array([(price, late) for price in prices[::2] for late in LATE_RATES])
