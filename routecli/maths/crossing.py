"""Where a bill crosses what it is compared with, as one parameter moves through its range."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from routecli.maths.case import Asked

Word = Literal["above", "below", "always", "none", "mixed"]

STEPS, HALVINGS = 256, 60
ONE = Fraction(1)

Line = tuple[Fraction, Fraction]
"""The values of an affine term at the two ends of the range."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A sum of quotients of affine terms (cost of asking once / share of asks that are not repeats), seen against 0.

    `low` and `high` are where `start` and `end` were taken; `closed`: values beyond `high` are impossible.
    """

    start: Asked
    end: Asked
    low: Fraction
    high: Fraction
    closed: bool = True

    def cross(self) -> tuple[Fraction | None, Word]:
        """The value at which the curve is 0 and the side on which it is negative (pays); or why there is none."""
        terms, goal = self._terms()
        moving = [(cost, once) for once, cost in terms.items() if once[0] != once[1]]
        if not moving:
            costs = [(cost[0] / once[0], cost[1] / once[1]) for once, cost in terms.items()]
            return self._straight(sum((c[0] for c in costs), -goal), sum((c[1] for c in costs), -goal))
        if len(terms) == 1:
            # One quotient is 0 where cost - goal * once is.
            (cost, once), *_ = moving
            return self._straight(cost[0] - goal * once[0], cost[1] - goal * once[1])
        return self._searched(terms, goal)

    def _terms(self) -> tuple[dict[Line, Line], Fraction]:
        """The parts with the same share of first asks together, and what never moves, to see them against."""
        terms: dict[Line, Line] = {}
        goal = Fraction(0)
        for (cost_0, once_0), (cost_1, once_1) in zip(self.start.parts, self.end.parts, strict=True):
            if (cost_0, once_0) == (cost_1, once_1) and once_0 > 0:
                goal -= cost_0 / once_0
                continue
            known = terms.get((once_0, once_1), (Fraction(0), Fraction(0)))
            terms[once_0, once_1] = known[0] + cost_0, known[1] + cost_1
        return terms, goal

    def _straight(self, at_low: Fraction, at_high: Fraction) -> tuple[Fraction | None, Word]:
        if at_low != at_high:
            value = self.low + (self.high - self.low) * at_low / (at_low - at_high)
            if value >= self.low and (not self.closed or value <= self.high):
                return value, "above" if at_high < at_low else "below"
        # Beyond an open end a line keeps the sign that it has near the other end, for it does not cross.
        worst = max(at_low, at_high) if self.closed else at_low
        return None, "always" if worst <= 0 else "none"

    def _searched(self, terms: dict[Line, Line], goal: Fraction) -> tuple[Fraction | None, Word]:
        """Several quotients: every change of sign on a grid, halved down to a millionth of a millionth."""
        places = [Fraction(step, STEPS) for step in range(STEPS + 1)]
        pays = [_pays(terms, goal, place) for place in places]
        turns = [i for i in range(STEPS) if pays[i] != pays[i + 1]]
        if not turns:
            return None, "always" if pays[0] else "none"
        if len(turns) > 1:
            return None, "mixed"
        under, over = places[turns[0]], places[turns[0] + 1]
        for _ in range(HALVINGS):
            middle = (under + over) / 2
            if _pays(terms, goal, middle) == pays[0]:
                under = middle
            else:
                over = middle
        value = self.low + (self.high - self.low) * (under + over) / 2
        return value, "below" if pays[0] else "above"


def _pays(terms: dict[Line, Line], goal: Fraction, place: Fraction) -> bool:
    """Whether the sum stays within the goal; it never does where repeats never end."""
    total = Fraction(0)
    for once, cost in terms.items():
        share = once[0] + place * (once[1] - once[0])
        if share <= 0:
            return False
        total += (cost[0] + place * (cost[1] - cost[0])) / share
    return total <= goal
