"""How a reconciliation reads: both totals and the drift, one row per group, then the reasons in words."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import money, money_delta, number, percent
from routecli.report.view import Column, Table, View
from routecli.report.views.common import closing_notes, plural, traffic_line, unpriced_lines

FIGURES = (
    Column("requests", "requests", "int", 3),
    Column("usd", "rate card", "usd", 1),
    Column("logged_usd", "logged", "usd", 1),
    Column("drift_usd", "drift", "usd_delta"),
    Column("drift_pct", "drift %", "pct", 1),
    Column("reason", "reason"),
    Column("pico_usd", "pico-USD", data=True),
    Column("logged_pico_usd", "logged pico-USD", data=True),
    Column("drift_pico_usd", "drift pico-USD", data=True),
    Column("within", "within", data=True),
    Column("reason_detail", "reason in words", data=True),
    Column("logged_source", "logged source", data=True),
    Column("basis", "basis", data=True),
)
WHY = (
    Column("reason", "reason"),
    Column("detail", "what the sums show"),
    Column("groups", "groups", "int", 1),
    Column("drift_usd", "drift", "usd_delta"),
)


def view(document: Mapping[str, Any]) -> View:
    """Headline, groups, reasons, notes."""
    columns = (*(Column(name, name) for name in document["by"]), *FIGURES)
    tables = [Table("reconcile", columns, document["groups"])]
    if why := _why(document["groups"]):
        tables.append(Table("reasons", WHY, why, "Reasons"))
    notes = [*_left_out(document), *unpriced_lines(document), *closing_notes(document)]
    return View([traffic_line(document), *_headline(document)], tables, notes)


def _headline(document: Mapping[str, Any]) -> list[str]:
    total, groups = document["total"], document["groups"]
    share = "" if total["drift_pct"] is None else f" ({percent(total['drift_pct'])})"
    said = (
        f"logged {money(total['logged_usd'])}, by the rate card {money(total['usd'])}: drift "
        f"{money_delta(total['drift_usd'])}{share} on {plural(total['requests'], 'request')} with a logged cost"
    )
    limit = f"{number(document['tolerance_pct'])} %"
    if not groups:
        return ["nothing to compare: no request has both usage and a logged cost"]
    beyond = f"{document['beyond']} of {plural(len(groups), 'group')}" if document["beyond"] else "no group"
    return [said, f"{beyond} off by more than {limit}"]


def _why(groups: Any) -> list[dict[str, Any]]:
    """One row per reason in words, the largest drift first."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for group in groups:
        if group["reason"] is None:
            continue
        key = group["reason"], group["reason_detail"] or ""
        row = rows.setdefault(key, {"reason": key[0], "detail": key[1] or None, "groups": 0, "drift_usd": 0.0})
        row["groups"] += 1
        row["drift_usd"] += group["drift_usd"]
    return sorted(rows.values(), key=lambda row: (-abs(row["drift_usd"]), row["reason"], row["detail"] or ""))


def _left_out(document: Mapping[str, Any]) -> list[str]:
    left = document["left_out"]
    said = []
    if left["no_logged_cost"]:
        said.append(f"left out: {plural(left['no_logged_cost'], 'request')} without a logged cost")
    if left["no_usage"]:
        said.append(f"left out: {plural(left['no_usage'], 'request')} with a logged cost and no usage to price")
    return said
