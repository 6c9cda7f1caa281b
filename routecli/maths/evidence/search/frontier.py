"""The whole frontier of cost against quality: fitted on one half of the queries, judged on the other."""

from dataclasses import dataclass

from routecli.maths.evidence.bootstrap import SEED
from routecli.maths.evidence.curves import hull
from routecli.maths.evidence.search.board import Board
from routecli.maths.evidence.search.candidates import Objective, Search, candidates
from routecli.maths.evidence.search.conditions import Found
from routecli.maths.evidence.search.trial import parts
from routecli.maths.evidence.search.walk import Outcome, walk

MOST = 24
"""Corners of the frontier that are kept, the ends among them."""


@dataclass(frozen=True, slots=True)
class Corner:
    """A policy that nothing tried beats where it was fitted, and what it did on the other half."""

    fitted: Found
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Frontier:
    """The corners, cheapest first where fitted; the half they are judged on, and the one they were fitted on."""

    corners: tuple[Corner, ...]
    judged: Board
    fitted: Board


def frontier(board: Board, objective: Objective, baseline: int, seed: int = SEED) -> Frontier:
    """The concave hull over all patterns and shapes; the objective's quality is not asked for, its other limits are."""
    half = parts(board, 2, seed)
    fit, rest = board.take(half == 0), board.take(half == 1)
    search = Search(fit, baseline, objective.late_ms)
    conditions = search.conditions(objective)
    found = [
        one
        for candidate in candidates(fit)
        for one in search.options(candidate.scheme).frontier(conditions, candidate.kinds)
    ]
    by_place = {(one.cost, one.quality): one for one in reversed(found)}
    corners: list[Found] = []
    for place in hull(list(by_place)):
        # The same policy by two ways of adding up is one corner.
        if not corners or corners[-1].policy != by_place[place].policy:
            corners.append(by_place[place])
    if len(corners) > MOST:
        step = (len(corners) - 1) / (MOST - 1)
        corners = [corners[round(step * place)] for place in range(MOST)]
    return Frontier(tuple(Corner(one, walk(one.policy, rest)) for one in corners), rest, fit)
