"""How break-evens read: where each parameter makes a policy cost what the traffic costs today."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import factor, inert, money, percent_of_share
from routecli.report.view import Column, Table, View
from routecli.report.views.common import closing_notes, traffic_line, unpriced_lines

WRITERS = {"share": percent_of_share, "factor": factor, "usd": money}
COLUMNS = (
    Column("policy", "policy"),
    Column("parameter", "parameter"),
    Column("break_even", "break-even"),
    Column("pays", "pays"),
    Column("present", "current", "text", 2),
    Column("room", "margin", "text", 1),
    Column("naive_share", "naive C1/C2", "text", 3),
    Column("cheap_monthly_usd", "all on cheap", "usd", 4),
    Column("baseline_monthly_usd", "today", "usd", 4),
    Column("unit", "unit", data=True),
    Column("value", "value", "number", data=True),
    Column("margin", "margin value", "number", data=True),
)
SIDES = {"above": "above it", "below": "below it", "always": "at any value", "none": "at no value"}


def view(document: Mapping[str, Any]) -> View:
    """Headline, one row per parameter, notes."""
    rows = document["rows"]
    lines = [traffic_line(document), *(_sentence(row) for row in rows if len(rows) <= 3)]
    if len(rows) > 3 and len({row["policy"] for row in rows}) == len(rows):
        lines.append(f"success rate from which a cascade in front of {inert(document['runs_on'])} pays, lowest first")
    elif len(rows) > 3:
        lines.append("where each parameter, the others held, makes the policy cost what the traffic costs today")
    if not rows:
        lines.append("no break-even: see the notes")
    table = Table("break_evens", COLUMNS, [_row(row) for row in rows])
    return View(lines, [table], [*unpriced_lines(document), *closing_notes(document)])


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    write = WRITERS[row["unit"]]
    texts = {
        key: None if row[source] is None else write(row[source])
        for key, source in (
            ("break_even", "value"),
            ("present", "current"),
            ("room", "margin"),
            ("naive_share", "naive"),
        )
    }
    return {**row, **texts, "pays": SIDES[row["word"]]}


def _sentence(row: Mapping[str, Any]) -> str:
    name = f"{inert(row['policy'])}, {row['parameter']}"
    if row["value"] is not None:
        return f"{name}: pays {row['word']} {WRITERS[row['unit']](row['value'])}"
    return f"{name}: pays {SIDES[row['word']]}"
