"""Thresholds of policies, as written: from which gate score on an answer is accepted, where a router's score cuts."""

from math import isfinite
from typing import TYPE_CHECKING

from routecli.errors import UsageError
from routecli.model.policy import Cut

if TYPE_CHECKING:
    from routecli.model.written import JudgeSpec


def gate_thresholds(gate: "JudgeSpec", judged: int) -> tuple[float, ...]:
    """`0.62` for every judged tier, or `0.62,0.4` tier by tier; empty where nothing is written."""
    if gate.score is not None or gate.high is not None:
        raise UsageError("bad-threshold", "--gate takes no `score` and no `high`: each model has its own gate score")
    if gate.threshold is None:
        return ()
    found = tuple(_number(text, "--gate-threshold") for text in gate.threshold.split(","))
    if len(found) not in (1, judged):
        raise UsageError(
            "bad-threshold",
            f"--gate-threshold takes one number or {judged}, one for each judged tier, not {len(found)}",
        )
    return found if len(found) == judged else found * judged


def router_cut(decider: "JudgeSpec") -> Cut | None:
    """The score that a classifier decides by, and where; None where nothing is written."""
    if decider.score is None and decider.threshold is None and decider.high is None:
        return None
    if decider.score is None or decider.threshold is None:
        raise UsageError("bad-threshold", "--classifier-threshold and the `score` it is about belong together")
    if decider.high not in (None, "cheap", "strong"):
        raise UsageError(
            "bad-threshold", f"--classifier-threshold: high scores go to `cheap` or `strong`, not '{decider.high}'"
        )
    return Cut(decider.score, _number(decider.threshold, "--classifier-threshold"), decider.high == "cheap")


def _number(text: str, option: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise UsageError("bad-threshold", f"{option} takes a number, like 0.62, not '{text.strip()}'")
    return value
