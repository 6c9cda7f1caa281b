"""How the quarantine reads: where each line stands and why it was not loaded."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import count, inert
from routecli.report.view import Column, Table, View
from routecli.report.views.common import plural

COLUMNS = (
    Column("file", "file"),
    Column("line", "line", "number"),
    Column("reason", "reason"),
    Column("message", "why", "text", 1),
    Column("excerpt", "excerpt", "text", 2),
)


def view(document: Mapping[str, Any]) -> View:
    """Headline, lines, and how many are not shown."""
    shown, total = len(document["lines"]), document["total"]
    lines = [f"{plural(total, 'line')} in the quarantine of {inert(document['db'])}"]
    notes = [f"{count(number)} x {reason}" for reason, number in document["reasons"].items()]
    if shown < total:
        notes.append(f"{count(total - shown)} more lines: pass --limit {total}")
    return View(lines, [Table("quarantine", COLUMNS, document["lines"])], notes)
