"""What a policy costs, delivers and takes where it is judged, with intervals, all from the same resamples."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from routecli.maths.evidence.bootstrap import (
    RESAMPLES,
    SEED,
    Draws,
    Interval,
    draw,
    interval,
    saving,
    share,
    share_difference,
)
from routecli.maths.evidence.control import Control, advantage, columns, judged
from routecli.maths.evidence.search.board import Board
from routecli.maths.evidence.search.walk import Outcome

if TYPE_CHECKING:
    from routecli.maths.evidence.search.walk import Rows
    from routecli.model.evidence import Floats, Integers


@dataclass(frozen=True, slots=True)
class Times:
    """Latency in ms: weighted mean and nearest-rank quantiles; `escalated_p95` of refused ones (None: no refusal)."""

    mean: float
    p50: float
    p95: float
    p99: float
    escalated_p95: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """One policy, judged. `cost` is the exact mean of a query in pico-USD, `drop` the baseline's quality less its own.

    `worse` and `better` are the shares of queries that the baseline answers better, and worse. `called` and `answered`
    are shares of queries by model. Latency is None where it is not known of every call.
    """

    cost: Fraction
    saving: Interval
    quality: Interval
    drop: Interval
    worse: float
    better: float
    escalated: float
    called: "Floats"
    answered: "Floats"
    latency: Times | None
    control: Control


def figures(
    outcomes: Mapping[str, Outcome], board: Board, baseline: int, *, resamples: int = RESAMPLES, seed: int = SEED
) -> dict[str, Figures]:
    """The figures of each outcome against a single model, on the same queries."""
    import numpy as np

    models = len(board.models)
    base = board.score[:, baseline]
    parts = [board.cost[:, baseline, None].astype(float)]
    for outcome in outcomes.values():
        better, worse = np.maximum(outcome.score - base, 0), np.maximum(base - outcome.score, 0)
        mix = columns(outcome.score, outcome.answered_by, [])
        who = (outcome.answered_by[:, None] == np.arange(models)).astype(float)
        parts.append(np.column_stack([outcome.paid(board), worse, better, mix, who, board.score]))
    draws = draw(np.column_stack(parts), board.design, resamples=resamples, seed=seed)
    width = 4 + 2 * models
    return {
        name: _figures(outcome, board, draws, 1 + place * width, alone=bool((outcome.answered_by == baseline).all()))
        for place, (name, outcome) in enumerate(outcomes.items())
    }


def _figures(outcome: Outcome, board: Board, draws: Draws, first: int, *, alone: bool) -> Figures:
    """`alone`: the baseline answers everything, so nothing can differ from it, whatever the queries."""
    models = len(board.models)
    quality = share(draws, first + 3)
    return Figures(
        cost=outcome.exact_mean(board),
        saving=interval(draws, saving(first, 0)),
        quality=quality,
        drop=Interval(0.0, 0.0, 0.0) if alone else share_difference(draws, first + 1, first + 2),
        worse=float(draws.estimate[first + 1]),
        better=float(draws.estimate[first + 2]),
        escalated=board.mean(outcome.escalated.astype(float)),
        called=board.means(outcome.calls.astype(float)),
        answered=draws.estimate[first + 4 : first + 4 + models],
        latency=times(outcome.latency_ms, outcome.escalated, board.weights),
        control=judged(quality.estimate, interval(draws, advantage(first + 3, models))),
    )


def times(latency_ms: "Floats", escalated: "Rows", weights: "Floats") -> Times | None:
    """Mean and quantiles of what was measured; None where a latency is not known."""
    import numpy as np

    if np.isnan(latency_ms).any():
        return None
    late = latency_ms[escalated]
    return Times(
        float(np.average(latency_ms, weights=weights)),
        quantile(latency_ms, weights, 0.5),
        quantile(latency_ms, weights, 0.95),
        quantile(latency_ms, weights, 0.99),
        quantile(late, weights[escalated], 0.95) if late.size else None,
    )


def quantile(values: "Floats", weights: "Floats", part: float) -> float:
    """The least value that this part of the weight does not exceed (nearest rank).

    >>> import numpy as np
    >>> quantile(np.array([30.0, 10.0, 20.0]), np.ones(3), 0.5)
    20.0
    """
    import numpy as np

    order = np.argsort(values)
    gathered = np.cumsum(weights[order])
    place = int(np.searchsorted(gathered, part * gathered[-1] * (1 - 1e-12)))
    return float(values[order][min(place, values.size - 1)])


def oracle(board: Board, baseline: int) -> Outcome:
    """Every query by the cheapest model that answers it as well as any does; where none is right, by the baseline.

    What nobody gets right is not free: a router that knew would still have to send it somewhere.
    """
    import numpy as np

    best = board.score.max(axis=1)
    cost = np.where(board.score == best[:, None], board.cost, np.iinfo(np.int64).max)
    chosen = np.where(best > 0, cost.argmin(axis=1), baseline)
    return sent(board, chosen)


def perfect_gate(board: Board, cheap: int, strong: int) -> Outcome:
    """A cascade whose gate knows the truth and costs nothing: the cheap answer if it is right, else the strong one."""
    import numpy as np

    right = board.score[:, cheap] >= 1
    first, second = sent(board, np.full(board.n, cheap)), sent(board, np.full(board.n, strong))
    return Outcome(
        score=np.where(right, first.score, second.score),
        cost=first.cost + np.where(right, 0, second.cost),
        judgements=first.judgements,
        latency_ms=first.latency_ms + np.where(right, 0.0, second.latency_ms),
        answered_by=np.where(right, cheap, strong),
        calls=first.calls | (second.calls & ~right[:, None]),
        escalated=~right,
    )


def sent(board: Board, chosen: "Integers") -> Outcome:
    """Every query by one model, which may be another one for each."""
    import numpy as np

    rows = np.arange(board.n)
    calls = np.zeros(board.score.shape, dtype=bool)
    calls[rows, chosen] = True
    return Outcome(
        score=board.score[rows, chosen],
        cost=board.cost[rows, chosen],
        judgements=np.zeros(board.n, dtype=np.int64),
        latency_ms=board.latency_ms[rows, chosen],
        answered_by=np.asarray(chosen, dtype=np.int64),
        calls=calls,
        escalated=np.zeros(board.n, dtype=bool),
    )
