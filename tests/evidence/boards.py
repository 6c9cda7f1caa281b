"""Boards of made-up queries: failures that go together, lengths that tell, gates that err, scores that tie."""

from fractions import Fraction

import numpy as np

from routecli.maths.evidence.search.board import Board, Judging


def board(
    n: int = 600,
    models: int = 4,
    types: int = 3,
    seed: int = 0,
    *,
    gates: bool = True,
    features: int = 1,
    sessions: int = 0,
    each: int = 0,
    judge_ms: float = 0.0,
    gaps: bool = False,
) -> Board:
    """A board whose models get dearer and better. `gaps`: some gate scores and features are missing."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, types, n)
    hard = rng.normal(size=n) + 0.8 * (kinds - types / 2)
    clusters = None
    if sessions:
        clusters = np.arange(n) % sessions
        hard = hard * 0.7 + rng.normal(size=sessions)[clusters] * 0.7
    length = np.exp(rng.normal(6, 0.7, n) + 0.3 * hard).astype(np.int64) + 10
    written = np.exp(rng.normal(5, 0.6, (n, models))).astype(np.int64)
    price = 10.0 ** np.linspace(0, 1.7, models)
    skill = np.linspace(0.5, 2.2, models)
    luck = rng.normal(size=(n, models))
    right = (rng.random((n, models)) < 1 / (1 + np.exp(-2 * (skill - hard[:, None] + 0.5 * luck)))).astype(float)
    gate = np.round(np.clip(0.6 * right + 0.2 + rng.normal(size=(n, models)) * 0.25, 0, 1), 2)
    router = np.round(hard[:, None] + rng.normal(size=(n, max(features, 1))), 2)
    if gaps:
        gate[::17], router[::13] = np.nan, np.nan
    return Board(
        models=tuple(f"m{place}" for place in range(models)),
        score=right,
        cost=((length[:, None] + 5 * written) * price * 1e5).astype(np.int64),
        latency_ms=300 + written * np.linspace(2, 8, models) + rng.gamma(2, 50, (n, models)),
        gate_score=gate if gates else np.full((n, models), np.nan),
        types=kinds,
        type_names=tuple(f"t{place}" for place in range(types)),
        weights=np.ones(n),
        clusters=clusters,
        length=length,
        features={f"s{place}": router[:, place] for place in range(features)},
        judging=Judging(Fraction(each), judge_ms),
        tokens=(np.repeat(length[:, None], models, axis=1), written),
    )
