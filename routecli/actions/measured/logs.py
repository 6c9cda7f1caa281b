"""The logs themselves as evidence: how often a cascade that runs already escalates, or how often users ask again.

Nobody graded these answers, so they say what a policy costs and nothing about its quality.
"""

from typing import TYPE_CHECKING

from routecli.actions.measured.choose import LOGS
from routecli.actions.question import DEFAULT_DB, Question, bounds
from routecli.actions.resolution import id_in
from routecli.data.evidence.logged import Logged, logged_answers
from routecli.errors import DataError, UsageError
from routecli.model.evidence import UNKNOWN, Answers, Evidence, Labels
from routecli.model.policy import Cascade, NamedPolicy
from routecli.model.rates import RateCard

if TYPE_CHECKING:
    import pandas as pd

WORDS = {
    "tier": "escalated where the log has a call of a later tier in the same trace",
    "escalated": "escalated where the log says so; how long escalated requests are for the first model is not logged",
    "gate score": "accepted where the logged gate score reaches the threshold",
    "feedback": "a proxy: refused where the user's feedback was bad",
    "retry": "a proxy: refused where the request was tried again",
    "follow-up": "a proxy: refused where another request of the session followed",
}


def logged_evidence(question: Question, policies: list[NamedPolicy], card: RateCard) -> Evidence:
    """What the logs say of the first model of a two-tier cascade, as a set of its answers.

    Raises UsageError for other policies, DataError `no-signal` where the logs do not tell.
    """
    cascades = [one.policy for one in policies if isinstance(one.policy, Cascade)]
    pairs = {policy.tiers for policy in cascades}
    if len(cascades) != len(policies) or len(pairs) != 1 or len(cascades[0].tiers) != 2:
        raise UsageError(
            "logs-of-one-pair",
            "--evidence logs measures one cascade of two models",
            fix="name one with --cascade CHEAP:STRONG, or import an evaluation set",
        )
    cheap, strong = cascades[0].tiers
    thresholds = {policy.thresholds[0] for policy in cascades if policy.thresholds}
    db = question.db or DEFAULT_DB
    since, until = bounds(question)
    found = logged_answers(db, _names(question, card, cheap), since, until, min(thresholds) if thresholds else None)
    if found is None:
        raise DataError(
            "no-signal",
            f"the logs do not tell which answers of {cheap} were good enough",
            where=str(db),
            why="no tier, escalated, gate_score or feedback, no retries and no sessions of its requests",
            fix="log tier and trace_id, or import an evaluation set",
        )
    return _evidence(found, cheap, strong)


def _names(question: Question, card: RateCard, model: str) -> list[str]:
    """The names that requests of the model were logged under."""
    from routecli.data.conditions import model_sql
    from routecli.data.store import connect

    with connect(question.db or DEFAULT_DB, write=False) as con:
        rows = con.execute(f"SELECT DISTINCT {model_sql(con)} FROM requests").fetchall()
    return [name for (name,) in rows if name is not None and id_in(card, name, None)[0] == model]


def _evidence(found: Logged, cheap: str, strong: str) -> Evidence:
    """An answer that was kept passed; lengths on the later model follow those on the first."""
    import numpy as np

    frame = found.frame
    n = len(frame)
    unknown = np.full(n, UNKNOWN, np.int64)
    tokens = [frame[side].to_numpy(np.int64) if found.comparable else unknown for side in _SIDES]
    nothing = np.full(n, np.nan)
    accepted = (~frame["refused"]).to_numpy(np.float64)
    first = Answers(accepted, tokens[0], tokens[1], unknown, nothing, nothing)
    second = Answers(np.ones(n), tokens[0], tokens[1], unknown, nothing, nothing)
    kind = " (a proxy)" if found.proxy else ""
    return Evidence(
        LOGS,
        tuple(map(str, range(n))),
        {cheap: first, strong: second},
        _labels(frame["query_type"]),
        _labels(frame["session_id"]),
        notes=(WORDS[found.signal],),
        graded=False,
        source=f"logs, by {found.signal}{kind}",
    )


_SIDES = ("input_tokens", "output_tokens")


def _labels(values: "pd.Series[str]") -> Labels | None:
    import numpy as np

    known = [None if value is None or value != value else str(value) for value in values.tolist()]
    names = tuple(sorted({value for value in known if value is not None}))
    if not names:
        return None
    code = {name: place for place, name in enumerate(names)}
    return Labels(np.array([UNKNOWN if value is None else code[value] for value in known], np.int64), names)
