"""How the list of evaluation sets reads."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import count, inert
from routecli.report.view import Column, Table, View

COLUMNS = (
    Column("name", "set"),
    Column("queries", "queries", "int"),
    Column("answers", "graded answers", "int"),
    Column("ungraded", "not judged", "int", 1),
    Column("models", "models"),
    Column("sources", "files", "text", 2),
)


def view(document: Mapping[str, Any]) -> View:
    """One row per set."""
    rows = [{**one, "ungraded": sum(one["excluded"].values())} for one in document["sets"]]
    if not rows:
        return View([f"no evaluation sets in {inert(document['db'])}: routecli evidence import PATH --as NAME"], [])
    sets = "1 evaluation set" if len(rows) == 1 else f"{len(rows)} evaluation sets"
    return View([f"{sets} in {inert(document['db'])}"], [Table("sets", COLUMNS, rows)])


def excluded_text(found: Mapping[str, Any]) -> str:
    """`; 3 not judged` of a set, or nothing."""
    excluded = sum(found["excluded"].values())
    reasons = ", ".join(found["excluded"])
    return f"; {count(excluded)} left out ({reasons})" if excluded else ""
