"""Intervals by resampling whole sessions of an evaluation set, within query types, always the same for the same seed.

Every figure is a function of means of columns that were observed together (cost of a policy, cost of the baseline, good
answers of both, ...), so one set of resamples serves all figures of a report and differences are paired.

- A row weighs 1, or what its query type weighs in the traffic (`mix_weights`).
- The unit that is drawn is the cluster (a session); rows without one stand alone.
- Draws are made within each query type, from the clusters that lie in it; clusters of several types, and types with a
  single cluster, are drawn together.
- From m clusters m - 1 are drawn with replacement: m draws would understate the variance by 1 / m, which many small
  query types make visible (Rao and Wu 1988).
- The interval is the BCa one of Efron (1987): percentiles of the draws, shifted for bias and skewness.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

from routecli.model.evidence import UNKNOWN

if TYPE_CHECKING:
    import numpy as np

    from routecli.model.evidence import Floats, Integers

    Table = np.ndarray[tuple[int, int], np.dtype[np.float64]]
    Statistic = Callable[[Table], Floats]

RESAMPLES = 10_000
SEED = 20_261_126
LEVEL = 0.95

CHUNK = 2_000_000
"""How many draws are held at a time: some 50 MB, however many rows and resamples there are."""

MOST_UNDEFINED = 0.01
"""Share of resamples in which a statistic may be undefined (a ratio to nothing) before its interval is unknown."""


@dataclass(frozen=True, slots=True)
class Design:
    """How the rows were drawn and what they stand for; one entry per row, None is "all alike".

    `strata`: code of the query type. `clusters`: code of the session, `UNKNOWN` for rows that stand alone. `weights`:
    how much of the traffic a row stands for, in any unit.
    """

    strata: "Integers | None" = None
    clusters: "Integers | None" = None
    weights: "Floats | None" = None


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and the bounds of its interval; NaN where the rows cannot tell."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Draws:
    """Weighted means of K columns: `estimate` (K), in every resample (B x K), and with each cluster left out (M x K).

    `stratum` (M) is the group that each cluster was drawn in.
    """

    estimate: "Floats"
    resampled: "Table"
    left_out: "Table"
    stratum: "Integers"

    @property
    def clusters(self) -> int:
        """How many independent units there are."""
        return int(self.stratum.size)


def mix_weights(strata: "Integers", shares: "Floats", rest: float = 0.0) -> "Floats":
    """The weight of each row where query type t is `shares[t]` of the traffic (any unit).

    `rest` is the traffic of types that no row is of: all rows alike stand for it (the pooled rate). A row of a type
    without traffic then weighs only that.
    """
    import numpy as np

    counts = np.bincount(strata, minlength=shares.size)
    each = np.divide(shares, counts, out=np.zeros(shares.size), where=counts > 0)
    return np.asarray(each[strata] + rest / strata.size, dtype=np.float64)


def draw(columns: "Table", design: Design | None = None, *, resamples: int = RESAMPLES, seed: int = SEED) -> Draws:
    """Resample the weighted means of `columns` (n x K, all known; n at least 1).

    10,000 resamples of 5,000 rows take about a second; memory is B x K plus a fixed amount.
    """
    import numpy as np

    design = design or Design()
    rows, width = columns.shape
    weights = np.ones(rows) if design.weights is None else design.weights
    unit = _units(design.clusters, rows)
    units = int(unit.max()) + 1
    # One line per cluster: weighted sums of the columns, and the weight itself as the last one.
    sums = np.empty((units, width + 1))
    for index in range(width):
        sums[:, index] = np.bincount(unit, weights=weights * columns[:, index], minlength=units)
    sums[:, width] = np.bincount(unit, weights=weights, minlength=units)
    stratum = _strata(design.strata, unit, units)
    total = sums.sum(axis=0)
    drawn = np.zeros((resamples, width + 1))
    generator = np.random.Generator(np.random.PCG64(seed))
    for code in range(int(stratum.max()) + 1):
        for part, lines in _resample(sums[stratum == code], resamples, generator):
            drawn[part] += lines
    return Draws(_means(total[None, :])[0], _means(drawn), _means(_without_each(sums, stratum, total)), stratum)


def interval(draws: Draws, statistic: "Statistic", *, level: float = LEVEL) -> Interval:
    """The BCa interval of a statistic of the means: a function of lines of K means that gives one number a line.

    A statistic that never varies has an interval of no width: rare outcomes that were not seen at all are the
    caller's to think of (`rates`). Undefined values are NaN; where more than 1 % of the resamples are, so is the
    interval.
    """
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = float(statistic(draws.estimate[None, :])[0])
        values = statistic(draws.resampled)
        left_out = statistic(draws.left_out)
    known = values[np.isfinite(values)]
    if not np.isfinite(estimate) or draws.clusters < 2 or known.size < (1 - MOST_UNDEFINED) * values.size:
        return Interval(estimate, float("nan"), float("nan"))
    low, high = _bca(known, estimate, _acceleration(left_out, draws.stratum), level)
    return Interval(estimate, low, high)


def share(draws: Draws, index: int, *, level: float = LEVEL) -> Interval:
    """The interval of a share (a column of values from 0 to 1): Wilson's, on the variance of the resamples.

    The variance carries pairing, sessions and weights; Wilson's form keeps an interval honest where nearly all rows
    agree, for which resampling alone has no width at all: 35 good answers of 35 give 90.1 % to 100 %.
    """
    import numpy as np

    p, variance = float(draws.estimate[index]), float(np.var(draws.resampled[:, index]))
    n = p * (1 - p) / variance if variance > 0 else float(draws.clusters)
    z = NormalDist().inv_cdf((1 + level) / 2)
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (max(p * (1 - p), 0.0) / n + (z / (2 * n)) ** 2) ** 0.5
    return Interval(p, min(p, max(0.0, middle - half)), max(p, min(1.0, middle + half)))


def share_difference(draws: Draws, gains: int, losses: int, *, level: float = LEVEL) -> Interval:
    """The interval of a difference of shares on the same rows, mean(gains) - mean(losses).

    `gains` is a column of max(x - y, 0), `losses` of max(y - x, 0). Agresti and Min's (2005): half a row more in each
    cell of the 2x2 table, with as many rows as give the variance of the resamples. 35 rows without a single difference
    give -5.4 to +5.4 points, not none.
    """
    import numpy as np

    up, down = float(draws.estimate[gains]), float(draws.estimate[losses])
    apart = up - down
    variance = float(np.var(draws.resampled[:, gains] - draws.resampled[:, losses]))
    n = (up + down - apart**2) / variance if variance > 0 else float(draws.clusters)
    z = NormalDist().inv_cdf((1 + level) / 2)
    middle = n * apart / (n + 2)
    half = z * max(n * (up + down) + 1 - (n * apart) ** 2 / (n + 2), 0.0) ** 0.5 / (n + 2)
    return Interval(apart, max(-1.0, min(apart, middle - half)), min(1.0, max(apart, middle + half)))


def mean_of(index: int) -> "Statistic":
    """The mean of one column."""
    return lambda means: means[:, index]


def difference(index: int, other: int) -> "Statistic":
    """The mean of one column minus that of another."""
    return lambda means: means[:, index] - means[:, other]


def ratio(index: int, other: int) -> "Statistic":
    """The mean of one column over that of another."""
    return lambda means: means[:, index] / means[:, other]


def saving(cost: int, base: int) -> "Statistic":
    """1 - cost / base, of the columns' means."""
    return lambda means: 1 - means[:, cost] / means[:, base]


def _units(clusters: "Integers | None", rows: int) -> "Integers":
    """The cluster of each row as codes 0..M-1; a row without one is its own."""
    import numpy as np

    if clusters is None:
        return np.arange(rows)
    alone = clusters == UNKNOWN
    labels = np.where(alone, clusters.max(initial=0) + 1 + np.arange(rows), clusters)
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _strata(strata: "Integers | None", unit: "Integers", units: int) -> "Integers":
    """The group each cluster is drawn in: its query type, or the last one for those that lie in none alone."""
    import numpy as np

    if strata is None:
        return np.zeros(units, dtype=np.int64)
    lowest = np.full(units, np.iinfo(np.int64).max)
    highest = np.full(units, np.iinfo(np.int64).min)
    np.minimum.at(lowest, unit, strata)
    np.maximum.at(highest, unit, strata)
    rest = int(strata.max()) + 1
    group = np.where(lowest == highest, lowest, rest)
    counts = np.bincount(group - group.min(), minlength=1)
    single = counts[group - group.min()] == 1
    group = np.where(single, rest, group)
    if np.count_nonzero(group == rest) == 1 and units > 1:
        # A cluster alone has nobody to be drawn against: it joins the smallest group.
        others, sizes = np.unique(group[group != rest], return_counts=True)
        group = np.where(group == rest, others[np.argmin(sizes)], group)
    return np.unique(group, return_inverse=True)[1].astype(np.int64)


def _resample(sums: "Table", resamples: int, generator: "np.random.Generator") -> "Iterator[tuple[slice, Table]]":
    """Sums over m - 1 of the m lines drawn with replacement, scaled to m, some resamples at a time."""
    import numpy as np

    lines = len(sums)
    if lines == 1:
        yield slice(0, resamples), np.repeat(sums, resamples, axis=0)
        return
    at_once = max(1, CHUNK // lines)
    for start in range(0, resamples, at_once):
        count = min(at_once, resamples - start)
        chosen = generator.integers(0, lines, size=(count, lines - 1), dtype=np.int32).astype(np.int64)
        chosen += lines * np.arange(count)[:, None]
        often = np.bincount(chosen.ravel(), minlength=count * lines).reshape(count, lines)
        yield slice(start, start + count), (often.astype(np.float64) @ sums) * (lines / (lines - 1))


def _without_each(sums: "Table", stratum: "Integers", total: "Floats") -> "Table":
    """The sums with each cluster left out, the others of its group standing in for it."""
    import numpy as np

    sizes = np.bincount(stratum)
    groups = np.zeros((sizes.size, sums.shape[1]))
    np.add.at(groups, stratum, sums)
    m = sizes[stratum][:, None].astype(np.float64)
    others = groups[stratum] - sums
    return np.asarray(total - groups[stratum] + others * np.divide(m, m - 1, out=np.ones_like(m), where=m > 1))


def _means(sums: "Table") -> "Table":
    """Sums over the weight, which is their last column."""
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sums[:, :-1] / sums[:, -1:])


def _acceleration(left_out: "Floats", stratum: "Integers") -> float:
    """How fast the statistic's error changes with its value: a sixth of the skewness of its jackknife values."""
    import numpy as np

    if not np.all(np.isfinite(left_out)):
        return 0.0
    sizes = np.bincount(stratum)
    means = np.bincount(stratum, weights=left_out) / sizes
    pulls = (means[stratum] - left_out) * (sizes[stratum] - 1) / sizes[stratum]
    spread = float(np.sum(pulls**2))
    return 0.0 if spread <= 0 else float(np.sum(pulls**3)) / (6 * spread**1.5)


def _bca(values: "Floats", estimate: float, acceleration: float, level: float) -> tuple[float, float]:
    """The bounds: percentiles at Phi(z0 + (z0 + z) / (1 - a (z0 + z)))."""
    import numpy as np

    normal = NormalDist()
    # Values equal to the estimate count half: costs and shares of few queries tie.
    below = (np.count_nonzero(values < estimate) + 0.5 * np.count_nonzero(values == estimate)) / values.size
    edge = 0.5 / values.size
    bias = normal.inv_cdf(min(max(below, edge), 1 - edge))
    bounds = []
    for tail in ((1 - level) / 2, (1 + level) / 2):
        shifted = bias + normal.inv_cdf(tail)
        bounds.append(normal.cdf(bias + shifted / (1 - acceleration * shifted)))
    low, high = np.quantile(values, bounds)
    return float(low), float(high)
