"""How `init` reads: what was written, what was kept, what to do next."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import inert
from routecli.report.view import Column, Table, View
from routecli.report.views.common import plural

FILES = (Column("status", "status"), Column("path", "file"), Column("what", "what", priority=1))


def view(document: Mapping[str, Any]) -> View:
    """How many files were written, each file, the next steps."""
    files = document["files"]
    written = sum(one["status"] == "written" for one in files)
    kept = len(files) - written
    lines = [f"{inert(document['folder'])}: {plural(written, 'file')} written, {kept} kept as they were"]
    return View(lines, [Table("files", FILES, files)], [f"next: {inert(step)}" for step in document["next"]])
