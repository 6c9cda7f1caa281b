"""Latency buckets: which one a latency falls into, and what it spans. Without arrays, so cheap to import."""

import math

from routecli.model.workload import LATENCY_GROWTH


def bucket_of(ms: float) -> int:
    """The bucket of a latency: floor(ln(ms) / ln(1.01)), the figure that the workload's SQL computes.

    Everything below 1 ms, 0 included, counts in bucket 0: a logarithm has no bucket for 0, negative buckets would
    tell apart what no log resolves, and no model answers that fast. The bucket's exact sum keeps the mean right.
    Raises ValueError for a negative, infinite or undefined latency.

    >>> bucket_of(0), bucket_of(1), bucket_of(800)
    (0, 0, 671)
    """
    if not (math.isfinite(ms) and ms >= 0):
        raise ValueError(f"a latency is 0 ms or more, not {ms}")
    return math.floor(math.log(max(ms, 1.0)) / math.log(LATENCY_GROWTH))


def bucket_bounds(bucket: int) -> tuple[float, float]:
    """The latencies in ms that a bucket holds: from the first (inclusive) to the second (exclusive).

    Bucket 0 starts at 0. The edges are right to float accuracy. Raises ValueError for a negative bucket.

    >>> bucket_bounds(0)
    (0.0, 1.01)
    """
    if bucket < 0:
        raise ValueError(f"buckets count from 0, not {bucket}")
    return (LATENCY_GROWTH**bucket if bucket else 0.0), LATENCY_GROWTH ** (bucket + 1)
