"""One route for all traffic: every candidate at every threshold is looked at."""

from typing import TYPE_CHECKING

from routecli.maths.evidence.curves import hull
from routecli.maths.evidence.search.conditions import Conditions, Found, found
from routecli.maths.evidence.search.families import COST, LATE, QUALITY, Family, Kind, Space, families, tally

if TYPE_CHECKING:
    from routecli.maths.evidence.search.conditions import Array, Flags, Places

THRESHOLDS, GRID = 96, 48
"""Thresholds tried for one decision, and for each of two."""


class Whole:
    """All candidates with their figures: 3 x candidates."""

    def __init__(self, space: Space, kinds: frozenset[Kind]) -> None:
        import numpy as np

        everyone = np.zeros(space.board.n, dtype=np.int64)
        self.space = space
        self.families: tuple[Family, ...] = tuple(families(space, kinds, THRESHOLDS, GRID))
        grids = [tally(family, space, everyone, 1)[:, 0] for family in self.families]
        self.figures: Array = np.concatenate(grids, axis=1) if grids else np.zeros((3, 0))
        counts = [grid.shape[1] for grid in grids]
        self.family: Places = np.repeat(np.arange(len(grids)), counts)
        self.candidate: Places = np.concatenate([np.arange(count) for count in counts] or [np.zeros(0, np.int64)])

    def cheapest(self, conditions: Conditions, kinds: frozenset[Kind]) -> Found | None:
        """The cheapest candidate that meets the conditions, the better one of two as cheap; None where none does."""
        import numpy as np

        fits = self._allowed(conditions, kinds) & conditions.met(self.figures)
        if not fits.any():
            return None
        cost = np.where(fits, self.figures[COST], np.inf)
        return self._made(int(np.lexsort((-self.figures[QUALITY], cost))[0]))

    def frontier(self, conditions: Conditions, kinds: frozenset[Kind]) -> list[Found]:
        """The candidates on the concave hull of cost and quality, cheapest first; any quality will do."""
        import numpy as np

        fits = self._allowed(conditions, kinds)
        if conditions.limited:
            fits &= self.figures[LATE] <= conditions.late
        places: dict[tuple[float, float], int] = {}
        for place in np.flatnonzero(fits):
            places.setdefault((float(self.figures[COST, place]), float(self.figures[QUALITY, place])), int(place))
        return [self._made(places[corner]) for corner in hull(list(places))]

    def _allowed(self, conditions: Conditions, kinds: frozenset[Kind]) -> "Flags":
        import numpy as np

        most = conditions.most_models or len(self.space.board.models)
        allowed = [family.kind in kinds and len(family.models) <= most for family in self.families]
        return np.asarray(np.array(allowed, dtype=bool)[self.family])

    def _made(self, place: int) -> Found:
        family = self.families[int(self.family[place])]
        policy = family.policy(int(self.candidate[place]), self.space.board.models)
        return found(policy, self.figures[:, place])
