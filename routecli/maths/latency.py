"""How long requests take under a policy, in ms.

A cascade is a mixture: accepted requests take the first call, escalated ones take both calls in a row (a convolution,
because p95s do not add up). Worked: 800 ms then 1,500 ms at success 0.7 is 800 ms for 70 % and 2,300 ms for 30 %:
mean 1,250 ms, p50 800 ms, p95 2,300 ms.

Calls in a row are taken to be independent of each other; where slow first calls go with slow second ones, the real
tail is longer than the one computed here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from routecli.maths.distribution import Distribution, convolve, cut_off, maximum, mixture, within
from routecli.maths.latency_buckets import bucket_bounds, bucket_of

__all__ = [
    "Distribution",
    "Summary",
    "bucket_bounds",
    "bucket_of",
    "convolve",
    "cut_off",
    "maximum",
    "mixture",
    "path_latency",
    "summarise",
    "within",
]


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures a report prints, in ms."""

    mean: float
    p50: float
    p95: float
    p99: float


def summarise(part: Distribution) -> Summary:
    """Mean and percentiles of a distribution, in ms.

    >>> cheap, strong = Distribution.constant(800), Distribution.constant(1500)
    >>> summarise(mixture([(7, cheap), (3, path_latency([cheap, strong]))]))
    Summary(mean=1250.0, p50=800.0, p95=2300.0, p99=2300.0)
    """
    return Summary(part.mean(), part.quantile(0.5), part.quantile(0.95), part.quantile(0.99))


def path_latency(parts: Sequence[Distribution]) -> Distribution:
    """The latency of calls made one after the other (gates among them), each independent of the others.

    Raises ValueError for an empty path.

    >>> path_latency([Distribution.constant(800), Distribution.constant(20), Distribution.constant(1500)]).mean()
    2320.0
    """
    if not parts:
        raise ValueError("a path needs at least one call")
    # The smallest first: fewer pairs of atoms, and constants cost nothing.
    total, *others = sorted(parts, key=lambda part: part.values.size)
    for part in others:
        total = convolve(total, part)
    return total
