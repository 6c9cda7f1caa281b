"""What a score can decide: equal scores move together, so only the distinct values are thresholds."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routecli.model.evidence import Floats, Integers

MASS = 0.25
"""Share of equal scores from which on a report says which operating points they make unreachable."""


@dataclass(frozen=True, slots=True)
class OperatingPoints:
    """Every attainable way to split rows by `score >= threshold`.

    `order` lists the rows from the lowest score up (rows without a score first: they never pass). At `thresholds[k]`
    (ascending; the last is +inf: nobody passes) the rows `order[:starts[k]]` fail and the others pass.
    """

    order: "Integers"
    starts: "Integers"
    thresholds: "Floats"


def operating_points(scores: "Floats") -> OperatingPoints:
    """The attainable operating points of a score, NaN being no score: one for each distinct value, and one above all.

    >>> import numpy as np
    >>> found = operating_points(np.array([0.9, 0.1, 0.9, np.nan]))
    >>> found.starts.tolist(), found.thresholds.tolist()
    ([1, 2, 4], [0.1, 0.9, inf])
    """
    import numpy as np

    known = np.where(np.isnan(scores), -np.inf, scores)
    order = np.argsort(known, kind="stable")
    ranked = known[order]
    missing = int(np.count_nonzero(np.isnan(scores)))
    first = np.flatnonzero(np.diff(ranked[missing:], prepend=-np.inf) > 0) + missing
    return OperatingPoints(order, np.append(first, scores.size), np.append(ranked[first], np.inf))


def spread_out(points: OperatingPoints, most: int) -> OperatingPoints:
    """At most `most` of the points, the two ends among them and the others evenly apart in rows."""
    import numpy as np

    count = points.starts.size
    if count <= most:
        return points
    wanted = np.linspace(points.starts[0], points.starts[-1], most)
    kept = np.unique(np.clip(np.searchsorted(points.starts, wanted), 0, count - 1))
    return OperatingPoints(points.order, points.starts[kept], points.thresholds[kept])


def saturation(scores: "Floats") -> str | None:
    """What equal scores make unreachable, as a sentence; None where a score spreads out."""
    import numpy as np

    points = operating_points(scores)
    rows = scores.size
    missing = int(points.starts[0])
    if missing == rows:
        return "no row has a score: only escalate-all is reachable"
    sizes = np.diff(points.starts)
    if sizes.size == 1:
        only = f"every score is {_number(points.thresholds[0])}: "
        if not missing:
            return f"{only}only escalate-all or escalate-none is reachable"
        return f"{only}only escalating all, or the {_percent(missing / rows)} without a score, is reachable"
    largest = int(np.argmax(sizes))
    if sizes[largest] < MASS * rows:
        return None
    low, high = points.starts[largest] / rows, points.starts[largest + 1] / rows
    value = _number(points.thresholds[largest])
    mass = f"{_percent(sizes[largest] / rows)} of the scores are {value}"
    return f"{mass}: no threshold escalates between {_percent(low)} and {_percent(high)}"


def _number(value: float) -> str:
    return f"{value:.6g}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
