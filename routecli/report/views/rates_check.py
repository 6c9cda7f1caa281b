"""How a check of a rate card reads: the verdict in a line, then one row per finding, worst first."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import inert
from routecli.report.view import Column, Table, View
from routecli.report.views.common import plural

COLUMNS = (
    Column("level", "level", "word"),
    Column("rule", "rule"),
    Column("model", "model", "text", 1),
    Column("mode", "mode", "text", 3),
    Column("text", "finding"),
    Column("where", "where", "text", 2),
    Column("provider", "provider", data=True),
)


def view(document: Mapping[str, Any]) -> View:
    """Verdict with the counts, then the findings."""
    rates, base, counts = document["inputs"]["rates"], document["inputs"]["base"], document["counts"]
    against = f" against {inert(base['path'])}" if base else ""
    amounts = ", ".join(
        f"{plural(counts[level], noun)}"
        for level, noun in (("error", "error"), ("warning", "warning"), ("info", "note"))
    )
    line = f"{document['verdict']}: {inert(rates['path'])}{against}, as of {rates['at']}: {amounts}"
    table = Table("findings", COLUMNS, document["findings"])
    return View([f"{line} in {plural(document['models'], 'model')}"], [table] if table.rows else [], exported=table)
