"""How an evaluation set reads: models with their intervals, pairs, query types, how much data is needed."""

from collections.abc import Mapping, Sequence
from typing import Any

from routecli.report.format import count, inert, percent_of_share
from routecli.report.view import Column, Table, View
from routecli.report.views.evidence_sets import excluded_text

MODELS = (
    Column("model", "model"),
    Column("n", "graded", "int"),
    Column("pass_rate", "passed", "share"),
    Column("low", "95 % from", "share"),
    Column("high", "to", "share"),
    Column("input_tokens", "input tokens", "int", 3),
    Column("output_tokens", "output tokens", "int", 3),
    Column("cost_usd_per_1000", "cost of 1,000", "usd", 1),
    Column("cost_usd", "cost of one", "usd", data=True),
    Column("latency_mean_ms", "latency mean", "ms", 2),
    Column("latency_p95_ms", "p95", "ms", 2),
)
PAIRS = (
    Column("cheap", "cheap"),
    Column("strong", "strong"),
    Column("n", "queries", "int", 1),
    Column("both", "both right", "int", 2),
    Column("strong_only", "strong only", "int", 2),
    Column("cheap_only", "cheap only", "int", 2),
    Column("neither", "neither", "int", 2),
    Column("p_strong_given_cheap_wrong", "strong right if cheap wrong", "share"),
    Column("p_strong_low", "95 % from", "share", 1),
    Column("p_strong_high", "to", "share", 1),
    Column("correlation", "correlation", "number", 3),
    Column("oracle", "oracle", "share"),
)
NEEDED = (Column("cheap", "model"), Column("strong", "and"), Column("n", "queries now", "int"))
TYPES = (
    Column("query_type", "query type"),
    Column("model", "model"),
    Column("n", "graded", "int"),
    Column("pass_rate", "passed", "share"),
    Column("low", "95 % from", "share"),
    Column("high", "to", "share"),
)
MOST_PAIRS, MOST_TYPES = 30, 40


def view(document: Mapping[str, Any]) -> View:
    """Headline, tables, notes."""
    found = document["set"]
    lines = [
        f"evaluation set '{inert(found['name'])}' in {inert(document['db'])}: {count(found['queries'])} queries, "
        f"{count(found['answers'])} graded answers{excluded_text(found)}"
    ]
    tables = [Table("models", MODELS, document["models"])]
    pairs, types, notes = document["pairs"], document["query_types"], []
    if pairs:
        lines.append(_sentence(_telling(pairs)))
        tables.append(Table("pairs", PAIRS, pairs[:MOST_PAIRS], "Pairs, on the queries both have graded answers to"))
        tables.append(_needed(pairs))
    if types:
        tables.append(Table("query_types", TYPES, types[:MOST_TYPES], "By query type"))
    if len(pairs) > MOST_PAIRS or len(types) > MOST_TYPES:
        notes.append(
            f"{count(len(pairs))} pairs and {count(len(types))} rows by query type in all: --json has every one"
        )
    notes.append("oracle: at least one of the two is right, which is what a perfect router would deliver")
    return View(
        lines,
        tables,
        [*(f"warning: {inert(text)}" for text in document["warnings"]), *(notes if pairs else notes[:-1])],
    )


def _telling(pairs: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The first pair whose strong model is the better one."""
    rates = ((one["strong_pass_rate"] or 0) > (one["cheap_pass_rate"] or 0) for one in pairs)
    return next((one for one, better in zip(pairs, rates, strict=True) if better), pairs[0])


def _sentence(one: Mapping[str, Any]) -> str:
    if one["p_strong_given_cheap_wrong"] is None:
        return f"{inert(one['cheap'])} never fails where both answered"
    share = percent_of_share(one["p_strong_given_cheap_wrong"])
    said = f"where {inert(one['cheap'])} fails, {inert(one['strong'])} is right {share} of the time"
    overall = one["strong_pass_rate"]
    return said if overall is None else f"{said} ({percent_of_share(overall)} overall)"


def _needed(pairs: Sequence[Mapping[str, Any]]) -> Table:
    """The two orders of a pair need the same, so one is shown."""
    drops = [one["drop_points"] for one in pairs[0]["needed"]] if pairs[0]["needed"] else []
    columns = [*NEEDED, *(Column(f"drop_{drop:g}", f"to see {drop:g} points", "int") for drop in drops)]
    rows, seen = [], set()
    for one in pairs:
        names = frozenset((one["cheap"], one["strong"]))
        if names not in seen:
            seen.add(names)
            needed = {f"drop_{part['drop_points']:g}": part["queries"] for part in one["needed"]}
            rows.append({"cheap": one["cheap"], "strong": one["strong"], "n": one["n"], **needed})
    return Table("needed", columns, rows[:MOST_PAIRS], "Graded queries needed to see a difference of so many points")
