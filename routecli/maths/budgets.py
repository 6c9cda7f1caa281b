"""Judging measures by budgets: pass, warn, fail, waived, or unknown, which is never a pass."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Literal

from routecli.model.budget import KINDS, LEVELS, Budget, Finding, Kind, Level, Limit, Measure, Waiver

Verdict = Literal["pass", "warn", "fail", "cannot tell"]

NO_INTERVAL = "there is no interval, for success is assumed; --evidence NAME measures it"

_RANK = {"fail": 0, "unknown": 1, "waived": 2, "warn": 3, "pass": 4}


def findings(budgets: Iterable[Budget], measures: Mapping[str, Sequence[Measure]]) -> list[Finding]:
    """Every budget's judgements, in the order of the budgets: all that are no pass, or else the nearest one.

    `measures` are by budget id; a budget without any has nothing to judge, and passes.
    """
    found = []
    for budget in budgets:
        judged = [judged_by(budget, one) for one in measures.get(budget.id, ())]
        if not judged:
            judged = [_nothing(budget)]
        trouble = [one for one in judged if one.status != "pass"]
        found += sorted(trouble, key=lambda one: _RANK[one.status]) or [max(judged, key=_nearness)]
    return found


def judged_by(budget: Budget, measure: Measure) -> Finding:
    """One measure by one budget: the gravest breach, else the strictest limit that holds."""
    kind = KINDS[budget.id]
    unknown: Finding | None = None
    if budget.at_end:
        # Judging the middle where an end was asked for would be a guess.
        known = any(value is not None for value in measure.ends.values())
        detail = f"the {'low' if kind.least else 'high'} end of the 95 % interval" if known else NO_INTERVAL
        measure = replace(measure, values=measure.ends, detail="; ".join(filter(None, (measure.detail, detail))))
    for level in reversed(LEVELS):
        for limit in budget.limits(level):
            actual = measure.values.get(limit.unit)
            if actual is None:
                unknown = unknown or _finding(budget, measure, level, limit, "unknown")
            elif _breached(kind, actual, limit):
                return _finding(budget, measure, level, limit, "fail" if level == "error" else "warn")
    if unknown is not None:
        return unknown
    level, limit = _strictest(budget)
    return _finding(budget, measure, level, limit, "pass")


def _breached(kind: Kind, actual: Fraction, limit: Limit) -> bool:
    if kind.dated:
        return actual <= limit.value
    if limit.unit == "factor":
        # A rate of a tenth is the same slip as one ten times too high.
        return actual >= limit.value
    return actual < limit.value if kind.least else actual > limit.value


def _finding(budget: Budget, measure: Measure, level: Level, limit: Limit, status: str) -> Finding:
    return Finding(
        budget.id,
        measure.subject,
        level,
        status,  # type: ignore[arg-type]
        limit.unit,
        measure.values.get(limit.unit),
        limit.value,
        measure.basis,
        measure.detail,
        measure.origin,
    )


def _strictest(budget: Budget) -> tuple[Level, Limit]:
    level: Level = "error" if budget.error else "warn"
    return level, budget.limits(level)[0]


def _nothing(budget: Budget) -> Finding:
    level, limit = _strictest(budget)
    return Finding(budget.id, "", level, "pass", limit.unit, None, limit.value, "exact", "nothing of the kind")


def _nearness(finding: Finding) -> Fraction:
    """How near a passing judgement is to its limit, larger is nearer."""
    if finding.actual is None:
        return Fraction(-(10**30))
    kind = KINDS[finding.id]
    return -finding.actual if kind.least or kind.dated else finding.actual


def waived(found: Iterable[Finding], waivers: Sequence[Waiver], today: date) -> tuple[list[Finding], list[Waiver]]:
    """The findings with those that a waiver in force accepts marked, and the waivers that no breach needed."""
    live = [one for one in waivers if one.until >= today]
    used: set[int] = set()
    marked = []
    for finding in found:
        match = next((one for one in live if _covers(one, finding)), None)
        if match is not None:
            used.add(id(match))
            finding = replace(finding, status="waived", waiver=match)
        marked.append(finding)
    return marked, [one for one in live if id(one) not in used]


def _covers(waiver: Waiver, finding: Finding) -> bool:
    same = waiver.subject is None or waiver.subject.casefold() == finding.subject.casefold()
    return waiver.budget == finding.id and same and finding.status in ("fail", "unknown")


def verdict(found: Iterable[Finding], expired: Sequence[Waiver]) -> Verdict:
    """The gravest of the findings; an expired waiver is a failure until somebody renews or removes it."""
    states = {(one.status, one.level) for one in found}
    if ("fail", "error") in states or expired:
        return "fail"
    if ("unknown", "error") in states:
        return "cannot tell"
    if any(status in ("warn", "unknown") for status, _ in states):
        return "warn"
    return "pass"
