"""Latency of a cascade query by query: what each of them really took, call after call, no independence assumed."""

from routecli.actions.measured.fill import Filled, Measuring
from routecli.model.policy import Cascade
from routecli.report.documents.common import Quantiles


def paired_latency(filled: Filled, measuring: Measuring) -> Quantiles | None:
    """Mean and percentiles where the set is the traffic and has every latency; None elsewhere.

    Not for timeouts and parallel calls, which change what a query would have taken.
    """
    import numpy as np

    leaves = filled.leaves
    if not measuring.traffic or len(leaves) != 1 or not isinstance(leaves[0].policy, Cascade):
        return None
    policy, walk, rows = leaves[0].policy, leaves[0].walk_of(None), measuring.rows
    if policy.timeouts or policy.parallel:
        return None
    judging = 0.0 if policy.gate is None else policy.gate.latency_ms or 0.0
    total = np.zeros(len(rows))
    for place, (model, reach) in enumerate(zip(walk.models, walk.reach, strict=True)):
        took = measuring.evidence.models[model].latency_ms
        reached = reach.floats() > 0
        if np.isnan(took[rows & reached]).any():
            return None
        total += np.where(reached, np.nan_to_num(took) + (judging if place < walk.judged else 0.0), 0.0)
    mine = total[rows]
    late = mine[walk.reach[1].floats()[rows] > 0]
    p50, p95, p99 = (float(np.quantile(mine, share)) for share in (0.5, 0.95, 0.99))
    return Quantiles(float(mine.mean()), p50, p95, p99, float(np.quantile(late, 0.95)) if len(late) else None)
