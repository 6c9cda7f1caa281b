"""How an import of evaluation results reads: the set in a line, one row per file, what the models are called."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import count, inert
from routecli.report.view import Column, Table, View
from routecli.report.views.evidence_sets import excluded_text

COLUMNS = (
    Column("path", "file"),
    Column("format", "format"),
    Column("rows", "records", "int"),
    Column("left_out", "left out", "int", 1),
    Column("answers", "answers", "int"),
    Column("ungraded", "not judged", "int"),
    Column("duplicates", "copies", "int", 1),
    Column("outcome", "outcome"),
)


def view(document: Mapping[str, Any]) -> View:
    """Headline, files, notes."""
    found = document["set"]
    lines = ["nothing was stored: not every file could be read"]
    if found is not None:
        size = f"{count(found['queries'])} queries, {count(found['answers'])} graded answers"
        done = "already stored" if document["unchanged"] else "stored"
        lines = [
            f"evaluation set '{inert(found['name'])}' {done} in {inert(document['db'])}: {size}{excluded_text(found)}"
        ]
    rows = [_row(one, found is not None) for one in document["files"]]
    notes = [
        f"{inert(one['path'])}: {count(number)} x {reason}"
        for one in document["files"]
        for reason, number in one["excluded"].items()
    ]
    for name in document["models"]:
        if not name["on_card"]:
            notes.append(
                f"{inert(name['model'])} is not on the rate card: its costs are only known where the file has them"
            )
        elif name["logged"] != name["model"]:
            notes.append(f"{inert(name['logged'])} is {inert(name['model'])} on the rate card")
    return View(
        lines, [Table("files", COLUMNS, rows)], [*notes, *(f"warning: {inert(text)}" for text in document["warnings"])]
    )


def _row(one: Mapping[str, Any], stored: bool) -> dict[str, Any]:
    outcome = f"not read: {one['error']}" if one["error"] else "read" if stored else "not stored"
    return {**one, "ungraded": sum(one["excluded"].values()), "outcome": outcome}
