"""Shallow tables: the traffic in cells by query type and length band, each cell with a route of its own.

Cells of fewer than `LEAST` queries, and query types that were never seen, share one cell, the default.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from routecli.maths.evidence.search.board import LENGTH, Board
from routecli.model.conditions import Condition
from routecli.model.policy import Policy, Rule, Static

if TYPE_CHECKING:
    from routecli.model.evidence import Integers

LEAST = 30
"""Queries that a cell needs to have a route of its own."""

Step = tuple[int | None, Policy]

DEFAULT = 0
"""The cell of everything that has none of its own."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a table parts the traffic: by query type or not, and at which lengths (first token of the next band)."""

    by_type: bool = False
    edges: tuple[int, ...] = ()

    @property
    def parts(self) -> bool:
        """Whether it parts anything."""
        return self.by_type or bool(self.edges)

    @property
    def name(self) -> str:
        """What the table looks at.

        >>> Scheme(True, (500,)).name, Scheme().name
        ('query type and 2 length bands', 'all traffic')
        """
        words = ["query type"] if self.by_type else []
        words += [f"{len(self.edges) + 1} length bands"] if self.edges else []
        return " and ".join(words) or "all traffic"


@dataclass(frozen=True, slots=True)
class Cells:
    """A scheme on a board: the cell of each query (`DEFAULT` or more), and what each cell is: (type code, band)."""

    scheme: Scheme
    codes: "Integers"
    keys: tuple[tuple[int, int], ...]

    @property
    def count(self) -> int:
        """How many cells there are, the default among them."""
        return len(self.keys) + 1


def schemes(board: Board) -> list[Scheme]:
    """The ways to part this board that are tried, simplest first: types, a cut at a length quartile, four bands."""
    import numpy as np

    typed = [False, True] if np.unique(board.types).size > 1 else [False]
    quartiles: list[int] = []
    if board.length is not None:
        quartiles = sorted({int(value) for value in np.quantile(board.length, [0.25, 0.5, 0.75], method="higher")})
        quartiles = [edge for edge in quartiles if edge > board.length.min()]
    bands: list[tuple[int, ...]] = [(), *((edge,) for edge in quartiles)]
    bands += [tuple(quartiles)] if len(quartiles) > 1 else []
    found = [Scheme(by_type, edges) for edges in bands for by_type in typed]
    return [scheme for scheme in found if scheme.parts]


def cells(scheme: Scheme, board: Board) -> Cells:
    """The cells of a board; those with fewer than `LEAST` queries become part of the default."""
    import numpy as np

    if not scheme.parts:
        return Cells(scheme, np.zeros(board.n, dtype=np.int64), ())
    bands = len(scheme.edges) + 1
    band = _bands(scheme, board)
    keyed = (board.types if scheme.by_type else np.zeros_like(board.types)) * bands + band
    counts = np.bincount(keyed)
    kept = np.flatnonzero(counts >= LEAST)
    place = np.zeros(counts.size, dtype=np.int64)
    place[kept] = np.arange(1, kept.size + 1)
    keys = tuple((int(key) // bands, int(key) % bands) for key in kept)
    return Cells(scheme, place[keyed], keys)


def _bands(scheme: Scheme, board: Board) -> "Integers":
    import numpy as np

    if not scheme.edges:
        return np.zeros(board.n, dtype=np.int64)
    assert board.length is not None
    return np.asarray(np.searchsorted(scheme.edges, board.length, side="right"), dtype=np.int64)


def table(found: Cells, routes: Sequence[Policy], names: tuple[str | None, ...]) -> Policy:
    """The rules that give every cell its route: `routes[0]` is the default's, then in the order of `found.keys`.

    Neighbouring bands of one route become one test, query types treated alike one rule, and what the default does
    anyway no rule. The first rule that matches wins, so a band needs its upper end only.
    """
    default = routes[DEFAULT]
    plans: dict[int, dict[int, Policy]] = {}
    for (kind, band), route in zip(found.keys, routes[1:], strict=True):
        plans.setdefault(kind, {})[band] = route
    if not found.scheme.by_type and plans:
        # Without query types the longest band's route is the default: every request has a length.
        default = plans[0].get(len(found.scheme.edges), default)
    alike: dict[str, tuple[list[str | None], list[Step]]] = {}
    for kind, plan in plans.items():
        steps = _steps(plan, default, found.scheme.edges)
        alike.setdefault(repr(steps), ([], steps))[0].append(names[kind])
    rules = []
    for kinds, steps in alike.values():
        whose = (Condition("query_type", tuple(kinds)),) if found.scheme.by_type else ()
        for high, route in steps:
            length = () if high is None else (Condition(LENGTH, high=high),)
            rules.append(Rule((*whose, *length), route))
    return Static(tuple(rules), default) if rules else default


def _steps(plan: Mapping[int, Policy], default: Policy, edges: tuple[int, ...]) -> "list[Step]":
    """(longest length, route), shortest band first, up to the last one that differs from the default."""
    bands = [(band, plan.get(band, default)) for band in range(len(edges) + 1)]
    found: list[Step] = []
    for route, group in groupby(bands, key=lambda one: one[1]):
        last = [band for band, _ in group][-1]
        found.append((edges[last] - 1 if last < len(edges) else None, route))
    while found and found[-1][1] == default:
        found.pop()
    return found
