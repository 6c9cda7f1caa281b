"""Which pattern to start with, and why: sentences from the judged figures, or that routing is not worth it here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routecli.actions.optimize.rows import Scale, captured
from routecli.maths.evidence.search.figures import Figures
from routecli.report.documents.common import VerdictLine
from routecli.report.documents.optimize import CurveLine
from routecli.report.format import count, number, percent, percent_of_share

STATIC_IS_ENOUGH = 80.0
"""Percent of the chosen policy's saving from which on rules are worth starting with alone."""

RULES = ("static", "category lookup", "prompt length")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What advice is made from: judged figures by name, which patterns route at all, what was chosen."""

    figures: Mapping[str, Figures]
    routes: Mapping[str, bool]
    chosen: str | None
    verdict: VerdictLine
    curves: Sequence[CurveLine]
    scale: Scale


def advice(judged: Judgement) -> list[str]:
    """The sentences, most important first."""
    if judged.chosen is None:
        return ["no routing: no policy that was tried meets the conditions"]
    if not judged.routes[judged.chosen] or judged.verdict.word == "do not route":
        return [f"no routing: {'; '.join(judged.verdict.reasons)}", *_ceiling(judged)]
    said = [_start(judged), *_static(judged), *_mix(judged), *_undecided(judged)]
    return [*said, *_pilot(judged), *_ceiling(judged)]


def _start(judged: Judgement) -> str:
    chosen = str(judged.chosen)
    saving, rules = _saving(judged, chosen), _rules(judged)
    if rules is not None and chosen not in RULES:
        part = _saving(judged, rules)
        if saving > 0 and 100 * part / saving >= STATIC_IS_ENOUGH:
            return (
                f"start with static rules ({rules}): they save {percent(100 * part)}, most of the "
                f"{percent(100 * saving)} of the {chosen}, and need no gate"
            )
    why = {
        "single": "it keeps the quality for less",
        "prompt length": "the length of a prompt tells which model it needs",
        "static": "the type and length of a request tell which model it needs",
        "cascade": "rules cannot see how hard a request is, its gate can",
        "cascade of three": "a third tier takes over part of what two tiers send to the dearest model",
        "classifier": "its score tells before any model runs",
        "composite": "query types or lengths differ in what serves them best",
    }[chosen]
    name = {
        "single": "another model for everything",
        "static": "static rules",
        "prompt length": "a rule on prompt length",
    }
    return f"start with {name.get(chosen, f'a {chosen}')}: it saves {percent(100 * saving)}, for {why}"


def _rules(judged: Judgement) -> str | None:
    """The plain rules that save most and keep the quality where they were judged."""
    kept = [
        name for name in RULES if judged.routes.get(name) and judged.figures[name].drop.estimate <= judged.scale.margin
    ]
    return max(kept, key=lambda name: _saving(judged, name), default=None)


def _saving(judged: Judgement, name: str) -> float:
    return judged.figures[name].saving.estimate


def _static(judged: Judgement) -> list[str]:
    """How much of what there is to save plain rules capture."""
    name = _rules(judged)
    if name is None:
        return ["static rules on query type and length capture nothing here: none found keeps the quality for less"]
    share = captured(judged.figures[name].cost, judged.scale)
    if share is None:
        return []
    drop = number(round(100 * judged.figures[name].drop.estimate, 2))
    return [
        f"static rules ({name}) capture {percent(share)} of the saving there is here (an oracle's), "
        f"at a quality drop of {drop} pt"
    ]


def _mix(judged: Judgement) -> list[str]:
    control = judged.figures[str(judged.chosen)].control
    found = control.difference
    points = f"{number(round(100 * found.estimate, 2))} pt"
    between = f"{number(round(100 * found.low, 2))} to {number(round(100 * found.high, 2))}"
    if control.word == "adds":
        return [f"its choices add value over its mix: {points} ({between}) over the same mix at random"]
    return [f"its choices do not add value over its mix: {points} ({between}) over the same mix at random"]


def _undecided(judged: Judgement) -> list[str]:
    if judged.verdict.word == "route":
        return []
    return [f"not settled yet: {'; '.join(judged.verdict.reasons)}"]


def _pilot(judged: Judgement) -> list[str]:
    """Where to begin: the query type with the most requests."""
    mix = judged.scale.setup.mix
    named = {} if mix is None else {name: n for name, n in mix.counts.items() if name is not None}
    if mix is None or len(named) < 2:
        return []
    largest = max(named, key=lambda name: (named[name], name))
    share = named[largest] / sum(mix.counts.values())
    return [f"pilot it on {largest}, {percent_of_share(share)} of the requests, then type by type"]


def _ceiling(judged: Judgement) -> list[str]:
    """What a perfect router would save, and a warning where no signal beats chance."""
    scale = judged.scale
    said = []
    if scale.baseline:
        share = float((scale.baseline - scale.oracle) / scale.baseline)
        said.append(f"an oracle would save {percent_of_share(share)}: nothing can save more at that quality")
    beaten = [
        line
        for line in judged.curves
        if line.apgr_calls is not None and line.random_high is not None and line.apgr_calls <= line.random_high
    ]
    if beaten and len(beaten) == len(judged.curves):
        names = ", ".join(line.ranking for line in beaten)
        said.append(
            f"no ranking there is ({names}) is better than chance on these {count(scale.setup.board.n)} queries"
        )
    return said
