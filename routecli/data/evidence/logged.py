"""What the logs themselves say of a cheap model's answers: escalated by a cascade that runs already, scored by its
gate, or, as a proxy only, asked again by the user."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from routecli.data import store
from routecli.data.conditions import METERED, model_sql, times, where

if TYPE_CHECKING:
    import pandas as pd

Signal = Literal["tier", "escalated", "gate score", "feedback", "retry", "follow-up"]
"""How the answers were judged, the surest first."""
PROXIES: tuple[Signal, ...] = ("feedback", "retry", "follow-up")
NEGATIVE = ("reask", "failed", "thumbs_down", "bad", "negative", "dislike")

_FIRST = """SELECT row_number() OVER (ORDER BY source_file, record_ref) AS n, {model} AS model, request_id, trace_id,
    CASE WHEN coalesce(session_synthetic, FALSE) THEN NULL ELSE session_id END AS session_id, ts, query_type, tier,
    escalated, gate_score, lower(feedback) AS feedback, coalesce(attempt, 1) AS attempt, input_tokens, output_tokens
  FROM requests {where}"""
_LINKED = """SELECT f.n,
    bool_or(l.tier > coalesce(f.tier, 1)) AS onward, bool_or(l.attempt > f.attempt) AS retried
  FROM calls AS f LEFT JOIN calls AS l ON l.trace_id = f.trace_id AND l.n <> f.n GROUP BY f.n"""
_FOLLOWED = """SELECT n, session_id IS NOT NULL AND ts IS NOT NULL
    AND lead(ts) OVER (PARTITION BY session_id ORDER BY ts, n) IS NOT NULL AS followed
  FROM calls WHERE attempt = 1"""
_ANSWERS = f"""SELECT c.query_type, c.session_id, c.tier, c.escalated, c.gate_score, c.input_tokens, c.output_tokens,
    c.trace_id IS NOT NULL AS linked, coalesce(l.onward, FALSE) AS onward, coalesce(l.retried, FALSE) AS retried,
    c.feedback IS NOT NULL AS rated, coalesce(c.feedback IN {NEGATIVE}, FALSE) AS disliked,
    c.session_id IS NOT NULL AS seen, coalesce(f.followed, FALSE) AS followed
  FROM calls AS c JOIN linked AS l USING (n) LEFT JOIN followed AS f USING (n)
  WHERE c.attempt = 1 AND coalesce(c.tier, 1) = 1 AND (c.model IN $names OR c.escalated) ORDER BY c.n"""


@dataclass(frozen=True, slots=True)
class Logged:
    """One row per answer that can be judged by the signal: `refused`, query type, session, tokens on the model.

    `comparable`: the tokens are all on the same model, so that their lengths can be compared.
    """

    signal: Signal
    frame: "pd.DataFrame"
    comparable: bool

    @property
    def proxy(self) -> bool:
        """Whether users asking again stand in for a judgement."""
        return self.signal in PROXIES


def logged_answers(
    db: Path, names: Sequence[str], since: datetime | None, until: datetime | None, threshold: float | None
) -> Logged | None:
    """The answers of the model with these logged names, by the surest signal the logs have; None where there is none.

    With a threshold, gate scores come first.
    """
    with store.connect(db, write=False) as con:
        bounded, bounds = times(since, until)
        served = "coalesce(CAST(call_role AS VARCHAR), 'user') = 'user' AND status = 'success'"
        picked = where([*bounded, served, METERED, "NOT coalesce(gateway_cache_hit, FALSE)"])
        calls = _FIRST.format(model=model_sql(con), where=picked)
        con.execute(f"CREATE TEMP TABLE calls AS {calls}", bounds)
        con.execute(f"CREATE TEMP TABLE linked AS {_LINKED}")
        con.execute(f"CREATE TEMP TABLE followed AS {_FOLLOWED}")
        frame = con.execute(_ANSWERS, {"names": list(names)}).df()
    return _judged(frame, threshold)


def _judged(frame: "pd.DataFrame", threshold: float | None) -> Logged | None:
    own = frame[~frame["escalated"].fillna(False).astype(bool) | frame["tier"].notna()]
    signals: list[tuple[Signal, Any, Any, Any]] = [
        ("tier", own, own["tier"].notna() & own["linked"] & own["onward"].any(), own["onward"]),
        ("escalated", frame, frame["escalated"].notna() & frame["escalated"].fillna(False).any(), frame["escalated"]),
        ("feedback", own, own["rated"], own["disliked"]),
        ("retry", own, own["linked"] & own["retried"].any(), own["retried"]),
        ("follow-up", own, own["seen"] & own["followed"].any(), own["followed"]),
    ]
    if threshold is not None:
        signals.insert(0, ("gate score", own, own["gate_score"].notna(), own["gate_score"] < threshold))
    for signal, rows, known, refused in signals:
        if known.any():
            chosen = rows[known]
            found = chosen.assign(refused=refused[known].fillna(False).astype(bool)).reset_index(drop=True)
            return Logged(signal, found, signal != "escalated")
    return None
