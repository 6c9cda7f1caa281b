"""The routed requests in groups that one set of graded queries stands for, and the columns their figures are made of.

A figure is a function of weighted means over the queries, so that one set of resamples serves all of them. Columns
are registered first, then resampled together.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routecli.maths.evidence.observe import Sample
from routecli.maths.evidence.walk import Spread, Walk
from routecli.model.policy import Policy
from routecli.model.workload import Cell

if TYPE_CHECKING:
    from routecli.maths.evidence.bootstrap import Table
    from routecli.maths.evidence.walk import Mask
    from routecli.model.evidence import Floats, Integers

Value = Callable[["Table"], "Floats"]
"""Lines of means -> one number a line."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Requests of one query type that ran on one model, in one part of a policy; `rows` are the queries that stand for
    them, `walk` how those run, `weight` the group's share of all routed requests. `base` is the model that is compared
    with: `ran`, unless another one was asked for."""

    policy: Policy
    cells: tuple[Cell, ...]
    ran: str
    base: str
    query_type: str | None
    rows: "Mask"
    walk: Walk
    weight: float


@dataclass
class Columns:
    """The columns that are resampled, each once, over the queries that are compared."""

    rows: "Mask"
    found: "list[Floats]" = field(default_factory=list)
    places: dict[Hashable, int] = field(default_factory=dict)
    # What the keys' ids are of, so that no id is used twice.
    kept: list[object] = field(default_factory=list)

    def add(self, name: str, objects: Sequence[object], make: "Callable[[], Floats]") -> int:
        """The place of a column; its name and the identity of `objects` say which it is."""
        key = (name, *(id(one) for one in objects))
        if key not in self.places:
            self.places[key] = len(self.found)
            self.found.append(make()[self.rows])
            self.kept.extend(objects)
        return self.places[key]

    def table(self) -> "Table":
        """All of them side by side."""
        import numpy as np

        return np.column_stack(self.found)


class Ratios:
    """The figures of one group as functions of means; every one registers the columns it needs."""

    def __init__(self, columns: Columns, sample: Sample, group: Group) -> None:
        self.columns, self.sample, self.group, self.rows = columns, sample, group, group.rows
        self._n = columns.add("n", [self.rows], lambda: floats(self.rows))

    def place(self, name: str, objects: Sequence[object], values: "Callable[[], Floats]") -> int:
        """The column of some values over the group's rows."""
        return self.columns.add(name, [self.rows, *objects], lambda: values() * self.rows)

    def mean(self, name: str, objects: Sequence[object], values: "Callable[[], Floats]") -> Value:
        """The mean of some values over the group's rows."""
        place, n = self.place(name, objects, values), self._n
        return lambda means: divided(means, place, n)

    def reach(self, spread: Spread) -> Value:
        """The share of the group that reaches a call."""
        return self.mean("reach", [spread], spread.floats)

    def part(self, values: "Integers", spread: Spread) -> Value:
        """The share of the tokens (or costs) that reaches a call; the share of requests where none are known."""
        known = self.rows & (values >= 0)
        if not known.any() or not values[known].any():
            return self.reach(spread)
        whole = self.place("whole", [values], lambda: known_values(values))
        part = self.place("part", [values, spread], lambda: known_values(values) * spread.floats())
        return lambda means: divided(means, part, whole)

    def each(self, values: "Integers") -> Value:
        """The mean of the values that are known."""
        over = self.place("whole", [values], lambda: known_values(values))
        under = self.place("known", [values], lambda: floats(values >= 0))
        return lambda means: divided(means, over, under)

    def ratio(self, first: "Integers", second: "Integers") -> Value | None:
        """Tokens of the second for one of the first, over the rows where both are known; None where none is."""
        both = (first >= 0) & (second >= 0)
        known = self.rows & both
        if not known.any() or not first[known].any() or not second[known].any():
            return None
        over = self.place("over", [second, first], lambda: known_values(second) * both)
        under = self.place("under", [first, second], lambda: known_values(first) * both)
        return lambda means: divided(means, over, under)


def divided(means: "Table", over: int, under: int) -> "Floats":
    """One mean over another. Resamples that hold no query of a group (a type with one or two of them) take the mean of
    the others: they cannot tell, and one rare type should not leave a figure without any interval."""
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        found = means[:, over] / means[:, under]
    known = np.isfinite(found)
    if known.all() or not known.any():
        return np.asarray(found, np.float64)
    return np.asarray(np.where(known, found, found[known].mean()), np.float64)


def floats(mask: "Mask") -> "Floats":
    """1 where it holds."""
    import numpy as np

    return np.asarray(mask, np.float64)


def known_values(values: "Integers") -> "Floats":
    """The values, 0 where not known."""
    import numpy as np

    return np.where(values >= 0, values, 0).astype(np.float64)
