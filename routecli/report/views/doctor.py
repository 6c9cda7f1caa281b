"""How a health check reads."""

from collections.abc import Mapping
from typing import Any

from routecli.report.view import Column, Table, View

COLUMNS = (
    Column("name", "check"),
    Column("status", "status", "word"),
    Column("detail", "detail"),
    Column("fix", "fix", "text"),
)


def view(document: Mapping[str, Any]) -> View:
    """The verdict, then one row per check."""
    words = {"pass": "everything needed is here", "warn": "works, with warnings", "fail": "something is missing"}
    return View([words[document["verdict"]]], [Table("checks", COLUMNS, document["checks"])])
