"""Quality against what is spent, over all attainable thresholds of a ranking: PGR, APGR, CPT, AIQ, area.

Two axes: `calls`, the share of requests that the strong model answers, and `cost`, the mean cost with 0 at the weak
model alone and 1 at the strong model alone. PGR = (quality - weak) / (strong - weak), not clipped: an oracle exceeds 1.
APGR is the integral of PGR over the axis from 0 to 1, by trapezoids between attainable points (a request shared out at
random between two thresholds reaches what lies between them). CPT(x) is the least share at which an attainable
threshold reaches PGR x.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

from routecli.maths.evidence.bootstrap import SEED
from routecli.maths.evidence.thresholds import operating_points

if TYPE_CHECKING:
    from routecli.model.evidence import Floats

ORDERS = 1_000
"""Random orders that a band of weighted rows is made from."""

Axis = Literal["calls", "cost"]


@dataclass(frozen=True, slots=True)
class Side:
    """One model of a pair: score (0-1) and cost of every row, same rows on both sides. Costs in any one unit."""

    score: "Floats"
    cost: "Floats"


@dataclass(frozen=True, slots=True)
class Curve:
    """The operating points of a ranking, from no strong call to nothing but strong calls.

    `share` of requests the strong model answers, mean `cost`, mean `quality`, and those of each model alone.
    """

    share: "Floats"
    cost: "Floats"
    quality: "Floats"
    weak_cost: float
    strong_cost: float
    weak_quality: float
    strong_quality: float


def curve(
    ranking: "Floats", weak: Side, strong: Side, weights: "Floats | None" = None, *, cascade: bool = False
) -> Curve:
    """Rows with the highest `ranking` go to the strong model first, equal ones together (NaN goes first of all).

    With `cascade` every row pays for the weak model, whose answer is what the ranking is about.
    """
    import numpy as np

    weight = np.ones(ranking.size) if weights is None else weights
    weight = weight / weight.sum()
    points = operating_points(-ranking)
    order, starts = points.order, points.starts
    if starts[0] > 0:  # rows without a score: sending nobody is still an operating point
        starts = np.append(0, starts)
    extra = strong.cost if cascade else strong.cost - weak.cost

    def along(values: "Floats") -> "Floats":
        return np.append(0.0, np.cumsum((weight * values)[order]))[starts]

    return Curve(
        share=along(np.ones(ranking.size)),
        cost=weight @ weak.cost + along(extra),
        quality=weight @ weak.score + along(strong.score - weak.score),
        weak_cost=float(weight @ weak.cost),
        strong_cost=float(weight @ strong.cost),
        weak_quality=float(weight @ weak.score),
        strong_quality=float(weight @ strong.score),
    )


def pgr(found: Curve) -> "Floats | None":
    """The gap recovered at each point; None where the two models are equally good."""
    gap = found.strong_quality - found.weak_quality
    return None if gap == 0 else (found.quality - found.weak_quality) / gap


def position(found: Curve, axis: Axis) -> "Floats | None":
    """Where the points lie on an axis; None on the cost axis where the two models cost the same."""
    if axis == "calls":
        return found.share
    gap = found.strong_cost - found.weak_cost
    return None if gap == 0 else (found.cost - found.weak_cost) / gap


def apgr(found: Curve, axis: Axis = "calls") -> float | None:
    """The integral of PGR over the axis from 0 to 1."""
    recovered = pgr(found)
    return None if recovered is None else _integral(position(found, axis), recovered)


def area(found: Curve, axis: Axis = "calls") -> float | None:
    """The integral of quality over the axis from 0 to 1 (AUC of the cost-quality curve)."""
    return _integral(position(found, axis), found.quality)


def cpt(found: Curve, recovered: float, axis: Axis = "calls") -> float | None:
    """The least place on the axis at which a threshold reaches this PGR; None where none does."""
    gained, place = pgr(found), position(found, axis)
    if gained is None or place is None:
        return None
    reached = place[gained >= recovered - 1e-12]
    return float(reached.min()) if reached.size else None


def _integral(place: "Floats | None", values: "Floats") -> float | None:
    import numpy as np

    if place is None:
        return None
    # A cascade that escalates all costs more than the strong model alone: its curve is cut at 1.
    beyond = np.flatnonzero(place > 1)
    if beyond.size and beyond[0] > 0 and not np.isclose(place[-1], 1):
        cut = int(beyond[0])
        part = (1 - place[cut - 1]) / (place[cut] - place[cut - 1])
        values = np.append(values[:cut], values[cut - 1] + part * (values[cut] - values[cut - 1]))
        place = np.append(place[:cut], 1.0)
    return float(np.trapezoid(values, place))


def random_band(
    weak: "Floats", strong: "Floats", weights: "Floats | None" = None, level: float = 0.95, seed: int = SEED
) -> tuple[float, float] | None:
    """The band that a random ranking's APGR on the calls axis falls in; None where there is no gap to recover.

    With rows alike, from its exact mean and variance: APGR = sum_i d_i v_i / sum_i d_i with d = strong - weak and
    v = 1 - (rank - 1/2) / n, so over all n! orders its mean is 1/2 and its variance
    sum (d - mean d)^2 (n^2 - 1) / (12 n (n - 1)) / (sum d)^2. With weights, from seeded random orders.
    """
    import numpy as np

    gain, n = strong - weak, weak.size
    tail = (1 - level) / 2
    if weights is not None and np.ptp(weights) > 0:
        if not weights @ gain:
            return None
        random = np.random.Generator(np.random.PCG64(seed))
        sides = Side(weak, np.zeros(n)), Side(strong, np.zeros(n))
        found = [apgr(curve(random.permutation(n).astype(float), *sides, weights)) for _ in range(ORDERS)]
        low, high = np.quantile([one for one in found if one is not None], [tail, 1 - tail])
        return float(low), float(high)
    total = float(gain.sum())
    if total == 0 or n < 2:
        return None
    spread = float(((gain - gain.mean()) ** 2).sum()) * (n * n - 1) / (12 * n * (n - 1))
    half = NormalDist().inv_cdf(1 - tail) * spread**0.5 / abs(total)
    return 0.5 - half, 0.5 + half


Point = tuple[float, float]
"""(cost, quality)"""


def hull(points: Sequence[Point]) -> list[Point]:
    """The corners of the non-decreasing concave hull, cheapest first: what mixing operating points at random reaches.

    >>> hull([(1, 0.5), (2, 0.6), (3, 0.9), (4, 0.8), (1, 0.4)])
    [(1, 0.5), (3, 0.9)]
    """
    corners: list[Point] = []
    for cost, quality in sorted(points, key=lambda point: (point[0], -point[1])):
        if corners and quality <= corners[-1][1]:
            continue  # dearer and no better
        while len(corners) > 1 and not _turns_down(corners[-2], corners[-1], (cost, quality)):
            corners.pop()
        corners.append((cost, quality))
    return corners


def _turns_down(a: Point, b: Point, c: Point) -> bool:
    return (b[1] - a[1]) * (c[0] - b[0]) > (c[1] - b[1]) * (b[0] - a[0])


def on_hull(corners: Sequence[Point], cost: float) -> float | None:
    """The quality that the hull reaches at a cost; None below its cheapest point."""
    if not corners or cost < corners[0][0]:
        return None
    for left, right in pairwise(corners):
        if cost <= right[0]:
            return left[1] + (right[1] - left[1]) * (cost - left[0]) / (right[0] - left[0])
    return corners[-1][1]


def aiq(points: Sequence[Point], low: float | None = None, high: float | None = None) -> float | None:
    """Average improvement in quality: the mean height of the non-decreasing concave hull over the costs.

    From the cheapest point (or `low`, where that is higher) to the dearest (or `high`): give the same bounds to the
    curves that are compared. The hull goes on flat beyond its last corner. What lies below a curve's cheapest point
    is no cost it can be used at, and does not count as quality 0. A single point, or points of one cost, have the
    height of the best of them. None without points.

    >>> aiq([(1, 0.5)]), aiq([(1, 0.5), (3, 0.9)]), aiq([(1, 0.9), (3, 0.5)])
    (0.5, 0.7, 0.9)
    """
    corners = hull(points)
    if not corners:
        return None
    start = max(corners[0][0], corners[0][0] if low is None else low)
    end = max(start, max(cost for cost, _ in points) if high is None else high)
    places = [start, *(cost for cost, _ in corners if start < cost < end), end]
    heights = [on_hull(corners, place) or 0.0 for place in places]
    if end == start:
        return heights[-1]
    steps = zip(places, places[1:], heights, heights[1:], strict=False)
    return sum((b - a) * (left + right) / 2 for a, b, left, right in steps) / (end - start)
