"""Distributions over milliseconds: what latencies add up to when calls follow one another, race, or are cut off.

A distribution is a finite set of latencies with their probabilities. Percentiles never add up, so nothing here works
on percentiles: calls in a row are convolved, alternatives are mixed, and a percentile is read off at the very end.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from routecli.errors import DataError
from routecli.maths.latency_buckets import bucket_bounds
from routecli.model.workload import LatencyCount

Floats = NDArray[np.float64]
Weight = Fraction | int | float

CDF_NOISE = 1e-12
"""Summed weights differ from exact ones by float noise; a quantile must not jump an atom because of it."""

GRID_GROWTH = 1.001
"""Width of the bins into which a large sum of latencies is gathered: a tenth of a percent."""

_SHORTEST_MS = 1e-3
"""Logs resolve microseconds: anything shorter shares the lowest bin."""

_EXACT_PAIRS = 10_000
"""Up to this many pairs of atoms a sum is kept atom by atom."""

_PAIRS_AT_ONCE = 1 << 20
"""Pairs held in memory at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """Latencies in ms, strictly ascending, with positive weights that sum to 1 (equally long, read-only arrays).

    Raises ValueError where the arrays do not say that.
    """

    values: Floats
    weights: Floats

    def __post_init__(self) -> None:
        values, weights = self.values, self.weights
        if values.ndim != 1 or values.shape != weights.shape or not values.size:
            raise ValueError("a distribution needs at least one latency, and one weight for each")
        if not np.isfinite(values).all() or values[0] < 0 or not (np.diff(values) > 0).all():
            raise ValueError("latencies must be finite, 0 or more, and strictly ascending")
        if not (weights > 0).all() or abs(math.fsum(weights) - 1) > 1e-9:
            raise ValueError("weights must be positive and sum to 1")
        values.setflags(write=False)
        weights.setflags(write=False)

    @classmethod
    def constant(cls, ms: float) -> "Distribution":
        """Every call takes exactly `ms`.

        >>> Distribution.constant(800).quantile(0.99)
        800.0
        """
        return cls(np.array([ms], dtype=np.float64), np.ones(1))

    @classmethod
    def from_values(cls, values: Iterable[float]) -> "Distribution":
        """Observed latencies in ms, each with the same weight. Raises ValueError for none, or a negative one."""
        observed = np.fromiter(values, dtype=np.float64)
        return _collect(observed, np.ones(observed.size))

    @classmethod
    def from_counts(cls, counts: Iterable[LatencyCount]) -> "Distribution":
        """The counts of one group (say one model and query type), each bucket standing at its exact mean latency.

        So the mean is that of the logged latencies to float accuracy, and a quantile lies in the same bucket as the
        logged one: off by less than the bucket's width, and by nothing where all latencies in it are equal.
        Raises DataError where a bucket's mean lies outside the bucket, ValueError where there is nothing to count.
        """
        kept = [count for count in counts if count.n]
        means = [_bucket_mean(count) for count in kept]
        return _collect(np.array(means, dtype=np.float64), np.array([count.n for count in kept], dtype=np.float64))

    def mean(self) -> float:
        """The mean in ms."""
        return math.fsum(self.values * self.weights)

    def quantile(self, q: float) -> float:
        """The smallest latency in ms that at least a share `q` of calls stay within.

        Raises ValueError for a `q` outside 0-1.

        >>> mixture([(7, Distribution.constant(800)), (3, Distribution.constant(2300))]).quantile(0.7)
        800.0
        """
        if not 0 <= q <= 1:
            raise ValueError(f"a quantile is asked for between 0 and 1, not {q}")
        place = int(np.searchsorted(self._cumulated(), q - CDF_NOISE, side="left"))
        return float(self.values[min(place, self.values.size - 1)])

    def cdf(self, ms: float) -> float:
        """The share of calls (0-1) that take `ms` or less; exactly 1 from the longest latency on."""
        place = int(np.searchsorted(self.values, ms, side="right"))
        return float(self._cumulated()[place - 1]) if place else 0.0

    def _cumulated(self) -> Floats:
        cumulated = np.minimum(np.cumsum(self.weights), 1.0)
        cumulated[-1] = 1.0
        return cumulated


def mixture(parts: Iterable[tuple[Weight, Distribution]]) -> Distribution:
    """Each request takes one of the distributions, with a probability proportional to its weight (exact or float).

    Parts of weight 0 drop out. Raises ValueError for a negative weight, or where no weight is left.
    """
    kept = [(weight, part) for weight, part in parts if weight != 0]
    if not kept or any(not weight > 0 for weight, _ in kept):
        raise ValueError("a mixture needs weights of 0 or more, and at least one above 0")
    total = sum(weight for weight, _ in kept)
    values = np.concatenate([part.values for _, part in kept])
    return _collect(values, np.concatenate([part.weights * float(weight / total) for weight, part in kept]))


def convolve(first: Distribution, second: Distribution) -> Distribution:
    """One call after the other, independent of each other: the distribution of the summed latency.

    A sum of many atoms is gathered on a grid of 0.1 %, each bin standing at its weighted mean: the mean stays exact,
    and each such gathering moves a quantile by less than 0.1 %.
    """
    short, long = sorted((first, second), key=lambda part: part.values.size)
    if short.values.size == 1 or short.values.size * long.values.size <= _EXACT_PAIRS:
        sums = np.add.outer(short.values, long.values).ravel()
        return _collect(sums, np.multiply.outer(short.weights, long.weights).ravel())
    return _gathered_sum(short, long)


def maximum(first: Distribution, second: Distribution) -> Distribution:
    """Two independent calls started at once, waiting for both: P(max <= x) = P(first <= x) P(second <= x)."""
    values = np.union1d(first.values, second.values)
    both = _cdf_at(first, values) * _cdf_at(second, values)
    return _collect(values, np.diff(both, prepend=0.0))


def cut_off(part: Distribution, timeout_ms: float) -> tuple[Distribution, float]:
    """A call given up after `timeout_ms`: the distribution of min(L, timeout), and P(L <= timeout).

    A call that takes exactly `timeout_ms` has answered; of a histogram, the bucket that holds the timeout is counted as
    a whole, on the side of its mean. Raises ValueError for a negative timeout.
    """
    return _collect(np.minimum(part.values, timeout_ms), part.weights), part.cdf(timeout_ms)


def within(part: Distribution, timeout_ms: float) -> Distribution:
    """The latency of the calls that answer within `timeout_ms`. Raises ValueError where none do."""
    answered = part.values <= timeout_ms
    return _collect(part.values[answered], part.weights[answered])


def _bucket_mean(count: LatencyCount) -> float:
    low, high = bucket_bounds(count.bucket)
    mean = float(Fraction(count.sum_us, count.n * 1000))
    # Each latency was rounded to a whole microsecond for the sum, so a mean may stand that much outside.
    if count.n < 0 or not low * (1 - 1e-9) - 0.001 <= mean <= high * (1 + 1e-9) + 0.001:
        raise DataError(
            "latency-bucket-mismatch",
            f"{count.n} latencies of {count.model} sum to {count.sum_us} us, which bucket {count.bucket} cannot hold",
            why=f"that bucket runs from {low:.3f} to {high:.3f} ms",
            fix="build the workload again from its logs",
        )
    return mean


def _collect(values: Floats, weights: Floats) -> Distribution:
    """Sort, merge equal latencies, drop what weighs nothing, scale the weights to 1."""
    distinct, place = np.unique(values, return_inverse=True)
    merged = np.bincount(place.ravel(), weights=weights, minlength=distinct.size)
    kept = merged > 0
    return Distribution(distinct[kept], merged[kept] / math.fsum(merged))


def _cdf_at(part: Distribution, values: Floats) -> Floats:
    cumulated = np.concatenate([np.zeros(1), part._cumulated()])
    return cumulated[np.searchsorted(part.values, values, side="right")]


def _gathered_sum(short: Distribution, long: Distribution) -> Distribution:
    """The sum of two distributions on the fine grid, a slice of the pairs at a time."""
    origin = _bin_of(short.values[:1] + long.values[0])[0]
    bins = int(_bin_of(short.values[-1:] + long.values[-1])[0] - origin) + 1
    mass, moment = np.zeros(bins), np.zeros(bins)
    rows = max(1, _PAIRS_AT_ONCE // long.values.size)
    for start in range(0, short.values.size, rows):
        piece = slice(start, start + rows)
        sums = np.add.outer(short.values[piece], long.values).ravel()
        weights = np.multiply.outer(short.weights[piece], long.weights).ravel()
        places = _bin_of(sums) - origin
        mass += np.bincount(places, weights=weights, minlength=bins)
        moment += np.bincount(places, weights=weights * sums, minlength=bins)
    kept = mass > 0
    return _collect(moment[kept] / mass[kept], mass[kept])


def _bin_of(values: Floats) -> NDArray[np.int64]:
    return np.floor(np.log(np.maximum(values, _SHORTEST_MS)) / math.log(GRID_GROWTH)).astype(np.int64)
