"""How a simulation reads: the answer in a line, the policies side by side, their tiers, then what it rests on."""

from collections.abc import Mapping, Sequence
from typing import Any

from routecli.report.format import factor, inert, milliseconds, money, percent, percent_of_share, success_rates
from routecli.report.view import Column, Table, View
from routecli.report.views.common import closing_notes, plural, traffic_line, unpriced_lines
from routecli.report.views.measured import accept_table, measured_notes, measured_table

POLICIES = (
    Column("policy", "policy"),
    Column("monthly_usd", "monthly bill", "usd"),
    Column("saving_usd", "saving", "usd_delta"),
    Column("saving_pct", "saving %", "pct"),
    Column("saving_pct_of_bill", "% of bill", "pct", 4),
    Column("break_even_success", "break-even success", "share", 1),
    Column("captured_pct", "captured", "pct", 3),
    Column("silent_failures", "silent failures", "share", 3),
    Column("latency_p50", "p50", "ms", 5),
    Column("latency_p95", "p95", "ms", 2),
    Column("verdict", "verdict", "word"),
)
TIERS = (
    Column("policy", "policy"),
    Column("position", "call", "int", 1),
    Column("model", "model"),
    Column("reach", "reach", "share"),
    Column("monthly_usd", "monthly cost", "usd"),
)

SWINGS = (
    Column("policy", "policy"),
    Column("assumption", "assumption"),
    Column("from", "from"),
    Column("to", "to"),
    Column("saving_low_usd", "saving at from", "usd_delta", 1),
    Column("saving_high_usd", "saving at to", "usd_delta", 1),
    Column("swing_usd", "swing a month", "usd"),
)
WRITERS = {"share": percent_of_share, "factor": factor, "usd": money}


def view(document: Mapping[str, Any]) -> View:
    """Headline, policies, tiers, notes."""
    tables = [
        Table("policies", POLICIES, [_row(document, None), *(_row(document, one) for one in document["policies"])])
    ]
    tables += [*measured_table(document["policies"]), *accept_table(document["policies"])]
    tiers = [_tier(one["name"], tier) for one in document["policies"] for tier in one["tiers"]]
    tables.append(Table("tiers", TIERS, tiers, "Calls"))
    swings = [_swing(one["name"], swing) for one in document["policies"] for swing in one["sensitivity"] or ()]
    if swings:
        tables.append(Table("sensitivity", SWINGS, swings, "What the saving hangs on, widest swing first"))
    return View(_headline(document), tables, [*_reasons(document), *unpriced_lines(document), *closing_notes(document)])


def _headline(document: Mapping[str, Any]) -> list[str]:
    lines = [traffic_line(document)]
    for one in document["policies"]:
        saved = one["saving_usd"]
        word = "saving" if saved >= 0 else "loss"
        share = "" if one["saving_pct"] is None else f" ({percent(abs(one['saving_pct']))})"
        bills = f"{money(one['before_usd'])} -> {money(one['monthly_usd'])} a month"
        line = f"{inert(one['name'])}: {bills}, {word} {money(abs(saved))}{share}"
        lines.append(
            f"{line}; {_break_even(one['break_even'])}" if one["break_even"]["success_word"] != "unknown" else line
        )
        if len(document["policies"]) == 1 and one["latency_ms"]:
            lines.append(_latency(one["latency_ms"]))
    return lines


def _break_even(found: Mapping[str, Any]) -> str:
    if found["success"] is not None:
        side = " (pays below it)" if found["success_word"] == "below" else ""
        return f"break-even success {percent_of_share(found['success'])}{side}"
    if found["success_word"] == "mixed":
        return "pays in parts of the range of success rates only"
    which = "any" if found["success_word"] == "always" else "no"
    return f"pays at {which} {success_rates(found['possible_low'], found['possible_high'])}"


def _latency(latency: Mapping[str, Any]) -> str:
    text = f"latency mean {milliseconds(latency['mean'])}, p50 {milliseconds(latency['p50'])}"
    text += f", p95 {milliseconds(latency['p95'])}, p99 {milliseconds(latency['p99'])}"
    late = latency["escalated_p95"]
    return text if late is None else f"{text}; escalated p95 {milliseconds(late)}"


def _row(document: Mapping[str, Any], one: Mapping[str, Any] | None) -> dict[str, Any]:
    if one is None:
        before = document["baseline"]
        latency = before["latency_ms"] or {}
        return {
            "policy": f"today: {before['label']}",
            "monthly_usd": before["monthly_usd"],
            "latency_p50": latency.get("p50"),
            "latency_p95": latency.get("p95"),
        }
    latency = one["latency_ms"] or {}
    return {
        "policy": one["name"],
        "monthly_usd": one["monthly_usd"],
        "saving_usd": one["saving_usd"],
        "saving_pct": one["saving_pct"],
        "saving_pct_of_bill": one["saving_pct_of_bill"],
        "break_even_success": one["break_even"]["success"],
        "captured_pct": one["captured_pct"],
        "silent_failures": one["quality"]["silent_failures"],
        "latency_p50": latency.get("p50"),
        "latency_p95": latency.get("p95"),
        "verdict": one["verdict"]["word"],
    }


def _tier(name: str, tier: Mapping[str, Any]) -> dict[str, Any]:
    return {"policy": name, **{key: tier[key] for key in ("position", "model", "reach", "monthly_usd")}}


def _swing(name: str, swing: Mapping[str, Any]) -> dict[str, Any]:
    write = WRITERS[swing["unit"]]
    return {**swing, "policy": name, "from": write(swing["low"]), "to": write(swing["high"])}


def _extras(one: Mapping[str, Any]) -> list[str]:
    """Judging, canary, net economics and cache bounds, where there are any."""
    name, lines = inert(one["name"]), []
    parts = [
        f"{word} {money(one[key])}" for word, key in (("judging", "gate_usd"), ("canary", "canary_usd")) if one[key]
    ]
    if parts:
        lines.append(f"{name}: of the bill, {' and '.join(parts)} a month")
    quality = one["quality"]
    if quality["delivered"] is not None:
        needless = percent_of_share(quality["needless_escalations"])
        lines.append(
            f"{name}: {percent_of_share(quality['delivered'])} good answers delivered, "
            f"{percent_of_share(quality['silent_failures'])} silent failures, {needless} needless escalations"
        )
    if one["net"]:
        net = one["net"]
        months = net["payback_months"]
        back = "never pays back" if months is None else f"pays back after {months:.1f} months"
        lines.append(f"{name}: net of upkeep {money(net['net_monthly_usd'])} a month, {back}")
    if one["cache_bound"]:
        bound = one["cache_bound"]
        lines.append(
            f"{name}: if later tiers find nothing cached {money(bound['later_tiers_cold_usd'])} a month, "
            f"if no tier does {money(bound['all_cold_usd'])}"
        )
    return lines


def _reasons(document: Mapping[str, Any]) -> list[str]:
    lines = []
    for one in document["policies"]:
        reasons = "; ".join(reason for reason in one["verdict"]["reasons"] if reason)
        lines.append(f"{inert(one['name'])}: {one['verdict']['word']}: {reasons}")
        lines += [*_extras(one), *measured_notes(one["name"], one.get("measured"))]
    return [*lines, *_routed(document["policies"])]


def _routed(policies: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is routed and what is left, for the policies together where it is the same."""
    shares: dict[str, list[str]] = {}
    for one in policies:
        affected = one["affected"]
        routed = f"{affected['why']} ({_size(affected['requests'], affected['monthly_usd'])})"
        left = _size(affected["left_requests"], affected["left_monthly_usd"])
        rest = f"; left as it is: {left}" if affected["left_requests"] else ""
        shares.setdefault(f"{routed}{rest}", []).append(inert(one["name"]))
    if len(shares) == 1:
        return [f"routed: {text}" for text in shares]
    return [f"routed by {', '.join(names)}: {text}" for text, names in shares.items()]


def _size(requests: int | None, monthly: float) -> str:
    return (
        f"{money(monthly)} a month" if requests is None else f"{plural(requests, 'request')}, {money(monthly)} a month"
    )
