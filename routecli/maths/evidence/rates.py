"""Rates and what they need: Wilson intervals, and how many graded queries show a drop.

Wilson, z = 1.959964 at 95 %: centre (p + z^2 / 2n) / (1 + z^2 / n), half width
z sqrt(p (1 - p) / n + z^2 / 4 n^2) / (1 + z^2 / n).
"""

from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routecli.model.evidence import Answers, Floats, Integers

LEVEL = 0.95
POWER = 0.8
DROPS = (0.01, 0.02, 0.05)
"""Drops of the pass rate that people ask about."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share (0-1) of `n` with its interval; all None where n is 0."""

    n: int
    hits: int
    value: float | None
    low: float | None
    high: float | None


def z_of(level: float) -> float:
    """The standard normal quantile of a two-sided interval.

    >>> round(z_of(0.95), 6)
    1.959964
    """
    return NormalDist().inv_cdf((1 + level) / 2)


def wilson(hits: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """The Wilson score interval of hits / n, for n above 0.

    >>> [round(end, 4) for end in wilson(8, 10)]
    [0.4902, 0.9433]
    >>> wilson(0, 10)[0], wilson(10, 10)[1]
    (0.0, 1.0)
    """
    z2 = z_of(level) ** 2
    share = hits / n
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = sqrt(z2) * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    # At 0 and at n hits the end is exact, and only rounding would move it.
    return (0.0 if hits == 0 else max(0.0, centre - half)), (1.0 if hits == n else min(1.0, centre + half))


def rate(hits: int, n: int, level: float = LEVEL) -> Rate:
    """hits of n with its Wilson interval."""
    if not n:
        return Rate(0, 0, None, None, None)
    return Rate(n, hits, hits / n, *wilson(hits, n, level))


def queries_for_drop(drop: float, discordant: float, *, level: float = LEVEL, power: float = POWER) -> int:
    """Graded queries at which a drop (0-1) between two models on the same queries is seen with this power.

    Paired (McNemar; Connor 1987): n = (z_a sqrt(D) + z_b sqrt(D - d^2))^2 / d^2, with D the share of queries on which
    the two differ (at least d).

    >>> queries_for_drop(0.05, 0.2)
    626
    """
    share = min(1.0, max(discordant, drop))
    seen = z_of(level) * sqrt(share) + NormalDist().inv_cdf(power) * sqrt(share - drop * drop)
    return ceil((seen / drop) ** 2)


def queries_for_drop_apart(drop: float, share: float, *, level: float = LEVEL, power: float = POWER) -> int:
    """The same for a model graded on other queries each time: n of each, (z_a + z_b)^2 (p q + p' q') / d^2.

    >>> queries_for_drop_apart(0.05, 0.9)
    683
    """
    after = max(0.0, share - drop)
    spread = share * (1 - share) + after * (1 - after)
    return ceil((z_of(level) + NormalDist().inv_cdf(power)) ** 2 * spread / drop**2)


@dataclass(frozen=True, slots=True)
class Measures:
    """Means over the graded answers that report them (None: none does), and latency in ms."""

    input_tokens: float | None
    output_tokens: float | None
    cost_pico_usd: float | None
    priced: int
    latency_mean: float | None
    latency_p50: float | None
    latency_p95: float | None


def measures(answers: "Answers") -> Measures:
    """What a model's graded answers took."""
    import numpy as np

    graded = ~np.isnan(answers.score)
    latency = answers.latency_ms[graded & ~np.isnan(answers.latency_ms)]
    quantiles = [float(np.quantile(latency, q)) for q in (0.5, 0.95)] if len(latency) else [None, None]
    return Measures(
        _mean(answers.input_tokens[graded]),
        _mean(answers.output_tokens[graded]),
        _mean(answers.cost_pico_usd[graded]),
        int((answers.cost_pico_usd[graded] >= 0).sum()),
        float(latency.mean()) if len(latency) else None,
        *quantiles,
    )


def _mean(values: "Integers") -> float | None:
    known = values[values >= 0]
    # Summed as Python integers, which cannot overflow.
    return sum(known.tolist()) / len(known) if len(known) else None


def graded(score: "Floats") -> "tuple[int, int]":
    """(passes, graded answers) of a score array: a pass is a score of 1."""
    import numpy as np

    known = score[~np.isnan(score)]
    return int((known >= 1).sum()), len(known)
