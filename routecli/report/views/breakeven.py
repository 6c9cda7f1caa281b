"""How break-evens read: which success rate each policy needs."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import inert, percent_of_share
from routecli.report.view import Column, Table, View
from routecli.report.views.common import closing_notes, traffic_line, unpriced_lines

COLUMNS = (
    Column("policy", "policy"),
    Column("parameter", "parameter"),
    Column("value", "break-even", "share"),
    Column("word", "pays", "text", 4),
    Column("current", "current", "share", 2),
    Column("margin", "margin", "share", 1),
    Column("naive", "naive C1/C2", "share", 3),
    Column("cheap_monthly_usd", "all on cheap", "usd", 3),
    Column("baseline_monthly_usd", "today", "usd", 2),
)


def view(document: Mapping[str, Any]) -> View:
    """Headline, one row per parameter, notes."""
    rows = document["rows"]
    lines = [traffic_line(document), *(_sentence(row) for row in rows if len(rows) <= 3)]
    if len(rows) > 3:
        lines.append(f"success rate from which a cascade in front of {inert(document['runs_on'])} pays, lowest first")
    if not rows:
        lines.append("no break-even: see the notes")
    table = Table("break_evens", COLUMNS, [_row(row) for row in rows])
    return View(lines, [table], [*unpriced_lines(document), *closing_notes(document)])


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    words = {"at": "above it", "always": "at any rate", "none": "at no rate"}
    return {column.key: row[column.key] for column in COLUMNS} | {"word": words[row["word"]]}


def _sentence(row: Mapping[str, Any]) -> str:
    name = f"{inert(row['policy'])}, {row['parameter']}"
    if row["value"] is not None:
        return f"{name}: pays above {percent_of_share(row['value'])}"
    return f"{name}: pays at any rate" if row["word"] == "always" else f"{name}: pays at no rate"
