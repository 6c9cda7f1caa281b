"""The cost-matched control: the same share of requests to each tier, at random.

A router that sends share s_j of the requests to be answered by tier j delivers mean(q); a coin with those shares
delivers sum_j s_j mean(q_j), over all ways to throw it. Only the difference is the router's own doing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from routecli.maths.evidence.bootstrap import Design, Interval, draw, interval

if TYPE_CHECKING:
    from routecli.maths.evidence.bootstrap import Statistic, Table
    from routecli.model.evidence import Floats, Integers

Word = Literal["adds", "does not add"]


@dataclass(frozen=True, slots=True)
class Control:
    """What a policy's mix delivers at random, and the policy's quality less that, with its interval.

    `word`: whether the router adds value over its mix; it does where the whole interval lies above 0.
    """

    quality: float
    difference: Interval
    word: Word


def columns(delivered: "Floats", answered_by: "Integers", scores: "Sequence[Floats]") -> "Table":
    """What the control needs of every row: the delivered score, who answered (1 or 0 per model), every model's score.

    `answered_by` indexes `scores`: the model whose answer was delivered.
    """
    import numpy as np

    who = [(answered_by == index).astype(np.float64) for index in range(len(scores))]
    return np.column_stack([delivered, *who, *scores])


def advantage(first: int, models: int) -> "Statistic":
    """Delivered less the control's, of the means of `columns` that start at column `first`."""

    def statistic(means: "Table") -> "Floats":
        shares = means[:, first + 1 : first + 1 + models]
        alone = means[:, first + 1 + models : first + 1 + 2 * models]
        found: Floats = means[:, first] - (shares * alone).sum(axis=1)
        return found

    return statistic


def control(
    delivered: "Floats",
    answered_by: "Integers",
    scores: "Sequence[Floats]",
    design: Design | None = None,
    *,
    resamples: int,
    seed: int,
) -> Control:
    """Compare a policy with its own mix at random. Every score must be known."""
    table = columns(delivered, answered_by, scores)
    found = interval(draw(table, design, resamples=resamples, seed=seed), advantage(0, len(scores)))
    return judged(float(table_mean(table, design)), found)


def table_mean(table: "Table", design: Design | None) -> float:
    """The weighted mean of the first column."""
    import numpy as np

    weights = None if design is None else design.weights
    return float(np.average(table[:, 0], weights=weights))


def judged(quality: float, difference: Interval) -> Control:
    """A policy's quality and its advantage, in words."""
    return Control(quality - difference.estimate, difference, "adds" if difference.low > 0 else "does not add")
