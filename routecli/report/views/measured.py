"""How measured policies read: the interval, the naive figure beside it, the gate against the truth, the control."""

from collections.abc import Mapping, Sequence
from typing import Any

from routecli.report.format import factor, inert, milliseconds, number, percent, percent_of_share
from routecli.report.view import Column, Table

COLUMNS = (
    Column("policy", "policy"),
    Column("saving_pct", "saving", "pct"),
    Column("saving_low", "95 % from", "pct"),
    Column("saving_high", "to", "pct"),
    Column("naive_pct", "naive saving", "pct", 1),
    Column("accept_rate", "accepted", "share", 1),
    Column("escalated_cost", "escalated cost", "factor", 3),
    Column("quality", "good answers", "share"),
    Column("quality_low", "95 % from", "share", 2),
    Column("quality_high", "to", "share", 2),
    Column("baseline_quality", "today", "share"),
    Column("silent", "silent failures", "share", 2),
    Column("control", "its mix at random", "share", 2),
)


def measured_table(policies: Sequence[Mapping[str, Any]]) -> list[Table]:
    """One row per measured policy; nothing where none is."""
    rows = [_row(one["name"], one["measured"]) for one in policies if one.get("measured")]
    return [Table("measured", COLUMNS, rows, "Measured, with 95 % intervals")] if rows else []


def _row(name: str, found: Mapping[str, Any]) -> dict[str, Any]:
    base, accept, naive = found["baseline_quality"], found["accept_rate"], found["naive"]
    quality = found["quality"] or {}
    return {
        "policy": name,
        "saving_pct": found["saving_pct"]["value"],
        "saving_low": found["saving_pct"]["low"],
        "saving_high": found["saving_pct"]["high"],
        "naive_pct": naive and naive["saving_pct"],
        "accept_rate": accept and accept["value"],
        "escalated_cost": found["escalated_cost"],
        "quality": quality.get("value"),
        "quality_low": quality.get("low"),
        "quality_high": quality.get("high"),
        "baseline_quality": base and base["value"],
        "silent": (found["silent_failures"] or {}).get("value"),
        "control": (found["control"] or {}).get("quality"),
    }


def accept_table(policies: Sequence[Mapping[str, Any]]) -> list[Table]:
    """Accept rates by query type, where there is more than one."""
    rows = [
        {"policy": one["name"], **line, "pooled": "pooled" if line["pooled"] else None}
        for one in policies
        if one.get("measured") and len(one["measured"]["accept"]) > 1
        for line in one["measured"]["accept"]
    ]
    columns = (
        Column("policy", "policy"),
        Column("query_type", "query type"),
        Column("traffic_share", "of the traffic", "share", 1),
        Column("queries", "graded queries", "int", 1),
        Column("accept_rate", "accepted", "share"),
        Column("low", "95 % from", "share"),
        Column("high", "to", "share"),
        Column("pooled", "note", "text", 2),
    )
    return [Table("accept_rates", columns, rows, "Accepted by query type")] if rows else []


def measured_notes(name: str, found: Mapping[str, Any] | None) -> list[str]:
    """The gate, the control and what the naive calculation says, in sentences."""
    if not found:
        return []
    lines = [*_gate(found), *_control(found), *_requests(found), *_latency(found)]
    return [f"{inert(name)}: {text}" for text in lines]


def _gate(found: Mapping[str, Any]) -> list[str]:
    matrix = found["gate_matrix"]
    if matrix is None:
        return []
    if found["perfect_gate"]:
        return [f"gate {found['gate']}"]
    parts = [f"gate {found['gate']}"]
    if matrix["false_accept"] is not None:
        parts.append(
            f"accepts {percent_of_share(matrix['false_accept'])} of the bad answers ({_ends(matrix, 'accept')})"
        )
    if matrix["false_reject"] is not None:
        parts.append(f"refuses {percent_of_share(matrix['false_reject'])} of the good ones ({_ends(matrix, 'reject')})")
    return [", ".join(parts)]


def _ends(matrix: Mapping[str, Any], side: str) -> str:
    return f"{percent_of_share(matrix[f'false_{side}_low'])} to {percent_of_share(matrix[f'false_{side}_high'])}"


def _control(found: Mapping[str, Any]) -> list[str]:
    control = found["control"]
    if control is None:
        return []
    ends = "" if control["low"] is None else f" ({_points(control['low'])} to {_points(control['high'])})"
    verdict = f"the router {control['verdict']} value over its mix"
    return [f"{verdict}: {_points(control['difference'])} points{ends} against the same shares at random"]


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def _requests(found: Mapping[str, Any]) -> list[str]:
    each, today, naive = found["per_request_usd"], found["baseline_per_request_usd"], found["naive"]
    if each is None or today is None:
        return []
    text = f"${number(each['value'])} a request, today ${number(today)}"
    if naive is None:
        return [text]
    rate = percent_of_share(naive["accept_rate"])
    saved = "" if naive["saving_pct"] is None else f", saving {percent(naive['saving_pct'])}"
    shape = (
        ""
        if found["escalated_cost"] is None
        else f" (escalated requests cost {factor(found['escalated_cost'])} the mean)"
    )
    return [
        f"{text}; naively, {rate} accepted and all requests alike: ${number(naive['per_request_usd'])}{saved}{shape}"
    ]


def _latency(found: Mapping[str, Any]) -> list[str]:
    latency = found["latency_ms"]
    if latency is None:
        return []
    return [f"latency query by query: mean {milliseconds(latency['mean'])}, p95 {milliseconds(latency['p95'])}"]
