"""How a refresh reads: the outcomes in a line, one row per mode that is not the same, and what to do next."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import inert, number
from routecli.report.view import Column, Table, View
from routecli.report.views.common import plural
from routecli.report.views.rates_diff import rates_words

COLUMNS = (
    Column("outcome", "outcome"),
    Column("model", "model"),
    Column("mode", "mode", "text", 2),
    Column("starts", "from", "text", 1),
    Column("rates", "USD per 1M tokens", "text", 1),
    Column("text", "remark", "text", 3),
    Column("provider", "vendor", data=True),
)


def view(document: Mapping[str, Any]) -> View:
    """Counts, then what is not the same; the patch itself is for `-f patch`, JSON and --write."""
    rates, source = document["inputs"]["rates"], document["inputs"]["source"]
    counts = ", ".join(f"{number(amount)} {outcome}" for outcome, amount in document["counts"].items())
    line = (
        f"{inert(rates['path'])} against {inert(source['label'])}, as of {rates['at']}: {counts or 'nothing compared'}"
    )
    rows = [_row(one) for one in document["modes"]]
    shown = Table("modes", COLUMNS, [row for row in rows if row["outcome"] != "same"])
    notes = []
    if document["files"]:
        files = f"{plural(len(document['files']), 'file')}: {', '.join(map(inert, document['files']))}"
        notes.append(f"written: {files}" if document["written"] else f"the patch (-f patch) is of {files}")
        notes.append("appended prices are not verified: look at each vendor's page, then add `verified:`")
    return View([line], [shown] if shown.rows else [], notes, exported=Table("modes", COLUMNS, rows))


def _row(mode: Mapping[str, Any]) -> dict[str, Any]:
    return {**mode, "rates": rates_words(mode["rates"])}
