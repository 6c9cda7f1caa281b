"""How the quarantine reads: where each line stands and why it was not loaded."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import count, inert
from routecli.report.view import Column, Table, View
from routecli.report.views.common import plural

COLUMNS = (
    Column("ingest_id", "ingest", "number", 3),
    Column("file", "file"),
    Column("line", "line", "number"),
    Column("record", "record", "number", 4),
    Column("reason", "reason"),
    Column("message", "why", "text", 1),
    Column("excerpt", "excerpt", "text", 2),
)


def view(document: Mapping[str, Any]) -> View:
    """Headline, lines, and how many are not shown."""
    shown, total = len(document["lines"]), document["total"]
    lines = [f"{plural(total, 'line')} in the quarantine of {inert(document['db'])}"]
    notes = [f"{count(number)} x {reason}" for reason, number in document["reasons"].items()]
    # Documents that were saved earlier do not say it.
    earlier = sum(not line.get("latest", True) for line in document["lines"])
    if earlier:
        notes.append(f"{plural(earlier, 'line')} of an earlier version of a file that was ingested again since")
    if shown < total:
        notes.append(f"{count(total - shown)} more lines: pass --limit {total}")
    return View(lines, [Table("quarantine", COLUMNS, document["lines"])], notes)
