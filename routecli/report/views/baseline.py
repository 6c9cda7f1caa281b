"""How a baseline reads: spend, groups, lengths, looks and health."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import count, milliseconds, money, percent_of_share
from routecli.report.view import Column, Table, View
from routecli.report.views.common import closing_notes, traffic_line, unpriced_lines

GROUPS = (
    Column("requests", "requests", "int", 1),
    Column("usd", "cost", "usd", 1),
    Column("monthly_usd", "a month", "usd"),
    Column("share_pct", "share", "pct", 2),
    Column("input_tokens", "input tokens", "int", 6),
    Column("output_tokens", "output tokens", "int", 6),
    Column("error_share", "errors", "share", 4),
    Column("retry_share", "retries", "share", 4),
    Column("latency_p50", "p50", "ms", 5),
    Column("latency_p95", "p95", "ms", 3),
    Column("latency_p99", "p99", "ms", 7),
)
SHAPE = (Column("figure", "figure"), Column("value", "value", "share"), Column("meaning", "meaning", "text", 1))


def view(document: Mapping[str, Any]) -> View:
    """Headline, groups, input lengths, shares, notes."""
    spend, found = document["spend"], document["latency_ms"]
    lines = [
        traffic_line(document),
        f"spend: {money(spend['usd'])} in the window, {money(spend['monthly_usd'])} a month, "
        f"{count(spend['requests'])} requests",
    ]
    if found:
        text = f"latency p50 {milliseconds(found['p50'])}, p95 {milliseconds(found['p95'])}"
        lines.append(f"{text}, p99 {milliseconds(found['p99'])} (user requests that succeeded)")
    groups = Table("groups", (*(Column(name, name) for name in document["by"]), *GROUPS), document["groups"], "Spend")
    tables = [groups, _lengths(document["lengths"]), _shares(document)]
    return View(lines, tables, [*_sessions(document), *unpriced_lines(document), *closing_notes(document)])


def _lengths(lengths: Mapping[str, Any]) -> Table:
    columns = (Column("band", "input tokens"), Column("requests", "requests", "int"), Column("share", "share", "share"))
    rows = []
    for band in lengths["bands"]:
        low, high = count(band["from_tokens"]), band["to_tokens"]
        name = f"{low} and more" if high is None else f"{low} to {count(high - 1)}"
        rows.append({"band": name, "requests": band["requests"], "share": band["share"]})
    return Table("lengths", columns, rows, "Input length of user requests")


def _shares(document: Mapping[str, Any]) -> Table:
    looks, health = document["looks"], document["health"]
    meanings = looks["definitions"]
    rows = [
        {"figure": f"look {name}", "value": looks[name], "meaning": meanings[name]}
        for name in ("short", "simple", "hard")
    ]
    rows += [
        {"figure": "errors", "value": health["error"], "meaning": "status error"},
        {"figure": "partial", "value": health["partial"], "meaning": "status partial"},
        {"figure": "retried", "value": health["retry"], "meaning": meanings["retry"]},
        {"figure": "followed up", "value": health["follow_up"], "meaning": meanings["follow_up"]},
        {"figure": "usage known", "value": health["usage_known"], "meaning": "input and output tokens reported"},
        {"figure": "cache known", "value": health["cache_info_known"], "meaning": "cache reads reported"},
        {"figure": "latency known", "value": health["latency_known"], "meaning": "latency reported"},
    ]
    return Table("shares", SHAPE, rows, "Shares of user requests")


def _sessions(document: Mapping[str, Any]) -> list[str]:
    health, lengths = document["health"], document["lengths"]
    said = []
    if health["sessions"] is not None:
        mean = f"{health['requests_per_session']:.2f}"
        said.append(
            f"{count(health['sessions'])} sessions, {mean} requests each (p95 {count(int(health['session_p95']))})"
        )
    if lengths["input_p50"] is not None:
        size = {name: count(int(value)) for name, value in lengths.items() if "_p" in name}
        said.append(
            f"tokens of a user request: input p50 {size['input_p50']}, p95 {size['input_p95']}; "
            f"output p50 {size['output_p50']}, p95 {size['output_p95']}"
        )
    if health["error"]:
        said.append(f"{percent_of_share(health['error'])} of user requests failed")
    return said
