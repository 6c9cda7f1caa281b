"""How the list of a card's models reads: one row each, with the standard rates in force."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import inert
from routecli.report.view import Column, Table, View
from routecli.report.views.common import plural

COLUMNS = (
    Column("provider", "vendor", "text", 4),
    Column("model", "model"),
    Column("short_names", "short names", "text", 3),
    Column("input_usd", "$ in", "number"),
    Column("cache_read_usd", "$ read", "number", 2),
    Column("output_usd", "$ out", "number"),
    Column("long_from", "long from", "int", 5),
    Column("windows", "windows", "text", 6),
    Column("modes", "other modes", "text", 5),
    Column("starts", "since", "text", 3),
    Column("verified", "verified", "text", 4),
    Column("last_day", "last day", "text", 6),
    Column("where", "where", "text", 7),
)


def view(document: Mapping[str, Any]) -> View:
    """How many, then the table."""
    rates, models = document["inputs"]["rates"], document["models"]
    line = (
        f"{inert(rates['path'])}: {plural(len(models), 'model')}, standard prices in USD per 1M tokens on {rates['at']}"
    )
    return View([line], [Table("models", COLUMNS, models)], ["one model: routecli rates show MODEL"])
