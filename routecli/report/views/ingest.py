"""How an ingest reads: what was added in a line, then one row per file."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import count, inert
from routecli.report.view import Column, Table, View
from routecli.report.views.common import plural

COLUMNS = (
    Column("path", "file"),
    Column("format", "format", "text", 3),
    Column("rows_read", "read", "int", 1),
    Column("rows_new", "new", "int"),
    Column("rows_duplicate", "duplicate", "int", 1),
    Column("rows_skipped", "skipped", "int", 2),
    Column("rows_quarantined", "quarantined", "int"),
    Column("outcome", "outcome"),
)


def view(document: Mapping[str, Any]) -> View:
    """Headline, files, then reasons and warnings."""
    totals = document["totals"]
    added = f"{plural(totals['rows_new'], 'new request')} in {inert(document['db'])}"
    known = [one["unchanged"] or (one["since"] is not None and not one["error"]) for one in document["files"]]
    if not totals["rows_new"] and known and all(known):
        added = f"nothing new in {inert(document['db'])}: already ingested"
    bad = plural(totals["rows_quarantined"], "bad line")
    rest = f"{plural(totals['rows_duplicate'], 'duplicate')}, {bad} in quarantine"
    notes = []
    for one in document["files"]:
        for reason, number in one["skipped"].items():
            notes.append(f"{inert(one['path'])}: {count(number)} skipped, {reason}")
        for reason, number in one["reasons"].items():
            notes.append(f"{inert(one['path'])}: {count(number)} x {reason}")
        notes += [f"{inert(one['path'])}: {inert(text)}" for text in one["warnings"]]
    if totals["rows_quarantined"]:
        notes.append("see them with: routecli quarantine show")
    return View([f"{added} ({rest})"], [Table("files", COLUMNS, [_row(one) for one in document["files"]])], notes)


def _row(one: Mapping[str, Any]) -> dict[str, Any]:
    outcome = "already ingested" if one["unchanged"] else "loaded"
    return {**one, "outcome": f"not loaded: {one['error']}" if one["error"] else outcome}
