"""A report as workflow commands of GitHub Actions: one annotation per judgement, at the line it is about.

GitHub shows at most ten errors and ten warnings per step, so the rest is counted in one notice.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from routecli.report.format import inert
from routecli.report.view import Check, View

SHOWN = 10
_LEVELS = {"fail": "error", "unknown": "error", "warn": "warning"}


def render(document: Mapping[str, Any], view: View, *, width: int | None = None, colour: bool = False) -> str:
    """Write an annotation per judgement that is no pass, then the headline as a notice."""
    title = f"routecli {view.name}".strip()
    lines = []
    for level in ("error", "warning"):
        found = [one for one in view.checks if _LEVELS.get(one.status) == level]
        lines += [_annotation(level, title, one) for one in found[:SHOWN]]
        lines += _rest(level, title, found[SHOWN:])
    lines += [_command("notice", {"title": title}, line) for line in view.headline[:1]]
    return "".join(f"{line}\n" for line in lines)


def _annotation(level: str, title: str, one: Check) -> str:
    where: dict[str, str] = {}
    if one.file is not None:
        where["file"] = one.file
        if one.line is not None:
            where["line"] = str(one.line)
    return _command(level, {**where, "title": f"{title}: {one.rule}"}, one.text)


def _rest(level: str, title: str, left: Sequence[Check]) -> list[str]:
    if not left:
        return []
    rules = ", ".join(dict.fromkeys(one.rule for one in left))
    return [_command("notice", {"title": title}, f"{len(left):,} more {level}s are not shown here: {rules}")]


def _command(name: str, properties: Mapping[str, str], text: str) -> str:
    said = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {said}::{_data(text)}"


def _data(text: str) -> str:
    """Words that end no command early; control characters are shown, never sent."""
    return inert(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
