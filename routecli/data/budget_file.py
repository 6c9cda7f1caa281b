"""Budgets and waivers as they are written in `routecli.yaml`.

budgets:
  bill_increase: {warn: 2%, error: [10%, $500]}   # any one of several limits
  rate_jump: {error: 5}
  savings: {error: 15%, at: lower95}
  best_policy_flip: error
waivers:
  - budget: bill_increase
    reason: the vendor's new price, agreed with finance
    until: 2026-12-31
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any

from routecli.data.config import read_config
from routecli.data.yaml_lines import Document, Place, Problem, read_bytes, shown
from routecli.errors import ProblemsError, did_you_mean
from routecli.model.budget import KINDS, LEVELS, Budget, Kind, Limit, Unit, Waiver
from routecli.money import PICO_PER_USD

_UNITS: dict[str, Unit] = {"%": "pct", "$": "usd", "ms": "ms", "x": "factor", "days": "days", "points": "points"}
_AMOUNT = re.compile(r"(\$?)\s*([0-9][0-9_]*(?:\.[0-9]+)?)\s*(%|ms|x|days|points)?", re.IGNORECASE)
_NAMES = {"pct": "percent, like 10%", "usd": "dollars, like $500", "ms": "milliseconds, like 2500"}
_WAIVER = ("budget", "reason", "until", "subject")


def budgets_in(document: Document) -> tuple[list[Budget], list[Waiver]]:
    """The budgets and waivers of a file. Raises ProblemsError `bad-budgets` naming every problem with its line."""
    problems: list[Problem] = list(document.problems)
    data = document.data if isinstance(document.data, dict) else {}
    budgets = list(_budgets(document, data.get("budgets"), problems))
    waivers = list(_waivers(document, data.get("waivers"), problems))
    if problems:
        lines = [str(one) for one in problems]
        raise ProblemsError(
            "bad-budgets", "the budgets cannot be used", lines, where=document.name, fix="see docs/gate.md"
        )
    return budgets, waivers


def _budgets(document: Document, section: Any, problems: list[Problem]) -> Iterator[Budget]:
    if section is None:
        return
    if not isinstance(section, dict):
        problems.append(document.problem(("budgets",), f"must be a mapping of budgets, not {shown(section)}"))
        return
    for name, entry in section.items():
        place: Place = ("budgets", name)
        if name not in KINDS:
            hint = did_you_mean(name, KINDS) or f"known are {', '.join(KINDS)}"
            problems.append(document.problem(place, f"there is no budget '{name}': {hint}"))
            continue
        before = len(problems)
        budget = _budget(document, KINDS[name], entry, place, problems)
        if len(problems) == before:
            yield budget


def _budget(document: Document, kind: Kind, entry: Any, place: Place, problems: list[Problem]) -> Budget:
    origin = f"{document.name}:{document.line(place)}"
    if kind.units == ("flag",):
        if entry not in LEVELS:
            problems.append(document.problem(place, f"must be error or warn, not {shown(entry)}"))
        none = (Limit("flag", Fraction(0)),)
        return Budget(kind.id, none if entry == "warn" else (), none if entry == "error" else (), origin=origin)
    if not isinstance(entry, dict):
        entry = {"error": entry}
    found: dict[str, tuple[Limit, ...]] = {}
    for key, value in entry.items():
        here: Place = (*place, key)
        if key in LEVELS:
            found[key] = tuple(_limits(document, kind, value, here, problems))
        elif key != "at" or not kind.interval:
            hint = did_you_mean(key, LEVELS) or "give warn, error or both"
            problems.append(document.problem(here, f"unknown key '{key}': {hint}"))
    at = entry.get("at", "expected")
    if at not in ("expected", kind.end):
        problems.append(document.problem((*place, "at"), f"must be expected or {kind.end}, not {shown(at)}"))
    if not found:
        problems.append(document.problem(place, "has no limit: give warn, error or both"))
    return Budget(kind.id, found.get("warn", ()), found.get("error", ()), at == kind.end, origin)


def _limits(document: Document, kind: Kind, value: Any, place: Place, problems: list[Problem]) -> Iterator[Limit]:
    for one in value if isinstance(value, list) else [value]:
        try:
            yield _limit(kind, one)
        except ValueError as fault:
            problems.append(document.problem(place, str(fault)))


def _limit(kind: Kind, value: Any) -> Limit:
    """A limit in a unit of the budget; a plain number is in its first one.

    >>> _limit(KINDS["bill_increase"], "10%")
    Limit(unit='pct', value=Fraction(10, 1))
    """
    written = str(value).strip()
    match = _AMOUNT.fullmatch(written)
    if isinstance(value, bool) or match is None:
        raise ValueError(f"must be a number{_wanted(kind)}, not {shown(value)}")
    try:
        amount = Fraction(Decimal(match[2].replace("_", "")))
    except InvalidOperation:
        raise ValueError(f"must be a number, not {shown(value)}") from None
    unit = _UNITS["$"] if match[1] else _UNITS[match[3].casefold()] if match[3] else kind.units[0]
    if kind.units == ("share",):
        # Shares are written 0.02 or 2%.
        if unit == "pct":
            amount, unit = amount / 100, "share"
        if amount > 1:
            raise ValueError(f"is a share from 0 to 1, not {written}; if it is a percentage, write {written}%")
    if unit not in kind.units:
        raise ValueError(f"cannot be given in {shown(value)}{_wanted(kind)}")
    if unit == "factor" and amount <= 1:
        raise ValueError(f"is a factor above 1, not {written}")
    return Limit(unit, amount * PICO_PER_USD if unit == "usd" else amount)


def _wanted(kind: Kind) -> str:
    return " of " + " or ".join(_NAMES.get(unit, unit) for unit in kind.units)


def _waivers(document: Document, section: Any, problems: list[Problem]) -> Iterator[Waiver]:
    if section is None:
        return
    if not isinstance(section, list):
        problems.append(document.problem(("waivers",), f"must be a list of waivers, not {shown(section)}"))
        return
    for number, entry in enumerate(section):
        place: Place = ("waivers", number)
        before = len(problems)
        waiver = _waiver(document, entry, place, problems)
        if len(problems) == before and waiver is not None:
            yield waiver


def _waiver(document: Document, entry: Any, place: Place, problems: list[Problem]) -> Waiver | None:
    if not isinstance(entry, dict):
        problems.append(document.problem(place, f"must be a mapping with budget, reason and until, not {shown(entry)}"))
        return None
    for key in entry:
        if key not in _WAIVER:
            hint = did_you_mean(key, _WAIVER) or f"known are {', '.join(_WAIVER)}"
            problems.append(document.problem((*place, key), f"unknown key '{key}': {hint}"))
    name, reason, until = (entry.get(key) for key in _WAIVER[:3])
    if name not in KINDS:
        hint = did_you_mean(str(name), KINDS) or f"known are {', '.join(KINDS)}"
        problems.append(document.problem((*place, "budget"), f"names no budget: {hint}"))
    if not isinstance(reason, str) or not reason.strip():
        problems.append(document.problem((*place, "reason"), "a waiver needs a reason, in words"))
    day = _day(until)
    if day is None:
        problems.append(
            document.problem((*place, "until"), f"a waiver needs its last day, like 2026-12-31, not {shown(until)}")
        )
    subject = entry.get("subject")
    if day is None or name not in KINDS:
        return None
    origin = f"{document.name}:{document.line(place)}"
    return Waiver(str(name), str(reason).strip(), day, None if subject is None else str(subject), origin)


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def read_budgets(path: Path) -> tuple[list[Budget], list[Waiver]]:
    """The budgets and waivers in a file; see `budgets_in`. Raises EnvironmentFault `no-such-file`."""
    if not path.is_file():
        read_bytes(path)
    return budgets_in(read_config(path).document)
