"""How an ingest reads: what was added in a line, then one row per file."""

from collections.abc import Mapping, Sequence
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


FORMATS = (
    Column("format", "format"),
    Column("files", "files", "int"),
    *COLUMNS[2:],
)
MOST = 20
"""Files are shown one by one up to this number; beyond it, formats are, and only files with something to say."""


def view(document: Mapping[str, Any]) -> View:
    """Headline, files or formats, then reasons and warnings."""
    totals, files = document["totals"], document["files"]
    added = f"{plural(totals['rows_new'], 'new request')} in {inert(document['db'])}"
    known = [one["unchanged"] or (one["since"] is not None and not one["error"]) for one in files]
    if not totals["rows_new"] and known and all(known):
        added = f"nothing new in {inert(document['db'])}: already ingested"
    bad = plural(totals["rows_quarantined"], "bad line")
    rest = f"{plural(totals['rows_duplicate'], 'duplicate')}, {bad} in quarantine"
    every = Table("files", COLUMNS, [_row(one) for one in files])
    if len(files) <= MOST:
        tables, notes = [every], _counts(files, "path") + _warnings(files)
    else:
        tables, notes = _many(files, document["formats"])
    if totals["rows_quarantined"]:
        notes.append("see them with: routecli quarantine show")
    return View([f"{added} ({rest})"], tables, notes, exported=every)


def _many(files: Sequence[Mapping[str, Any]], formats: Sequence[Mapping[str, Any]]) -> tuple[list[Table], list[str]]:
    """Tables and notes where there are too many files to show each."""
    odd = [one for one in files if one["error"] or one["rows_quarantined"] or one["warnings"]]
    tables = [Table("formats", FORMATS, [_row({"error": None, **one}) for one in formats])]
    if odd:
        title = "files with something to say"
        tables.append(Table("files", COLUMNS, [_row(one) for one in odd[:MOST]], title))
    notes = _counts(formats, "format") + _warnings(odd[:MOST])
    if len(odd) > MOST:
        notes.append(f"{plural(len(odd) - MOST, 'more file')} with something to say")
    return tables, [*notes, "every file: --format csv or json"]


def _counts(of: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    notes = []
    for one in of:
        notes += [f"{inert(one[name])}: {count(number)} skipped, {reason}" for reason, number in one["skipped"].items()]
        notes += [f"{inert(one[name])}: {count(number)} x {reason}" for reason, number in one["reasons"].items()]
    return notes


def _warnings(files: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f"{inert(one['path'])}: {inert(text)}" for one in files for text in one["warnings"]]


def _row(one: Mapping[str, Any]) -> dict[str, Any]:
    outcome = "already ingested" if one["unchanged"] else "loaded"
    return {**one, "outcome": f"not loaded: {one['error']}" if one["error"] else outcome}
