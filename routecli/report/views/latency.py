"""How latency reads: models, policies before and after, and the paths inside each policy."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import inert, milliseconds, number, percent_of_share
from routecli.report.view import Column, Table, View
from routecli.report.views.common import closing_notes, traffic_line

FIGURES = (
    Column("mean", "mean", "ms"),
    Column("p50", "p50", "ms", 1),
    Column("p95", "p95", "ms"),
    Column("p99", "p99", "ms", 2),
)

POLICIES = (Column("policy", "policy"), *FIGURES, Column("escalated_p95", "escalated p95", "ms", 1))
MODELS = (Column("model", "model"), *FIGURES, Column("requests", "requests", "int", 2), Column("note", "", "text", 3))
PATHS = (Column("policy", "policy"), Column("path", "path"), Column("share", "share", "share"), *FIGURES)


def view(document: Mapping[str, Any]) -> View:
    """Headline, then policies (when asked for), models and paths."""
    policies, tables = document["policies"], []
    if policies:
        tables.append(Table("policies", POLICIES, [row for one in policies for row in _policy(one)]))
    tables.append(Table("models", MODELS, [_model(one) for one in document["latencies"]], "Models"))
    paths = [_path(one["name"], path) for one in policies for path in one["paths"]]
    if paths:
        tables.append(Table("paths", PATHS, paths, "Paths"))
    return View(_headline(document), tables, closing_notes(document))


def _headline(document: Mapping[str, Any]) -> list[str]:
    lines = [traffic_line(document)]
    for one in document["policies"]:
        found = one["latency_ms"]
        if found is None:
            lines.append(
                f"{inert(one['name'])}: unknown, no latency is known of {', '.join(map(inert, one['unknown']))}"
            )
            continue
        text = f"mean {milliseconds(found['mean'])}, p50 {milliseconds(found['p50'])}, p95 {milliseconds(found['p95'])}"
        lines.append(f"{inert(one['name'])}: {text}, p99 {milliseconds(found['p99'])}")
        lines += [] if one["slo"] is None else [_slo(one["name"], one["slo"])]
    return lines


def _slo(name: str, slo: Mapping[str, Any]) -> str:
    level = f"p{number(100 * slo['quantile'])} within {milliseconds(slo['limit_ms'])}"
    now = f"{'kept' if slo['kept'] else 'missed'} at {percent_of_share(slo['escalation_share'])} escalated"
    most = {
        "none": "not kept even if nothing escalates",
        "always": "kept even if everything escalates",
    }.get(slo["word"]) or f"the largest share that keeps it is {percent_of_share(slo['largest_escalation_share'])}"
    return f"{inert(name)}: {level} is {now}; {most}"


def _policy(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    before = {"policy": "today", **(one["before_ms"] or {})}
    return [before, {"policy": one["name"], **(one["latency_ms"] or {})}]


def _model(one: Mapping[str, Any]) -> dict[str, Any]:
    return {"model": one["model"], "requests": one["requests"], "note": one["note"], **(one["latency_ms"] or {})}


def _path(name: str, path: Mapping[str, Any]) -> dict[str, Any]:
    return {"policy": name, "path": " -> ".join(path["models"]), "share": path["share"], **(path["latency_ms"] or {})}
