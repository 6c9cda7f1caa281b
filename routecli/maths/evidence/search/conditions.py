"""What a policy must keep to, and what a search returns."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from routecli.maths.evidence.search.families import COST, LATE, QUALITY
from routecli.model.policy import Policy

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    Places = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    Flags = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

MOST_LATE = 0.05
"""p95 within a limit: at most this share of the answers is later."""

CLOSE = 1e-12
"""Sums of a few thousand rows differ by less than this for nothing but the order of addition."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a policy must keep to on the rows searched: mean quality (0-1), share of late answers, number of models.

    `limited`: there is a limit to latency at all.
    """

    quality: float
    limited: bool = False
    late: float = MOST_LATE
    most_models: int | None = None

    def met(self, figures: "Array") -> "Flags":
        """Which figures (cost, quality, lateness along the first axis) meet the conditions on quality and lateness."""
        import numpy as np

        enough = figures[QUALITY] >= self.quality - CLOSE
        return np.asarray(enough & (figures[LATE] <= self.late + CLOSE) if self.limited else enough)


@dataclass(frozen=True, slots=True)
class Found:
    """A policy with its figures on the rows it was searched on: cost over the baseline's, quality, share of late."""

    policy: Policy
    cost: float
    quality: float
    late: float = 0.0


def found(policy: Policy, figures: "Array") -> Found:
    """A policy and its three figures."""
    return Found(policy, float(figures[COST]), float(figures[QUALITY]), float(figures[LATE]))
