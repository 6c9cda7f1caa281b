"""How a bill reads: the total in a line, then one row per group."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import money
from routecli.report.view import Column, Table, View
from routecli.report.views.common import closing_notes, plural, traffic_line, unpriced_lines

FIGURES = (
    Column("requests", "requests", "int", 1),
    Column("unmetered", "no usage", "int", 6),
    Column("input_tokens", "input tokens", "int", 3),
    Column("cache_read_tokens", "cache reads", "int", 5),
    Column("output_tokens", "output tokens", "int", 3),
    Column("usd", "cost", "usd"),
    Column("share_pct", "share", "pct", 2),
)


def view(document: Mapping[str, Any]) -> View:
    """Headline, groups, notes. CSV carries `pico_usd` as well."""
    total = document["total"]
    lines = [traffic_line(document), f"bill: {money(total['usd'])} for {plural(total['requests'], 'request')}"]
    fee = total.get("markup_usd") or 0
    if fee:
        lines.append(f"mark-up of aggregators on top: {money(fee)}")
    extra = (Column("markup_usd", "mark-up", "usd"),) if fee else ()
    columns = (
        *(Column(name, name) for name in document["by"]),
        *FIGURES,
        *extra,
        Column("pico_usd", "pico-USD", data=True),
    )
    return View(
        lines, [Table("bill", columns, document["groups"])], [*unpriced_lines(document), *closing_notes(document)]
    )
