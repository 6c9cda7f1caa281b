"""How a model of the card reads: its price in a line, the rates in force, the timeline, names, factors and ends."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import count, inert, number
from routecli.report.view import Column, Table, View
from routecli.report.views.common import plural

ROWS = (
    Column("mode", "mode"),
    Column("from_input_tokens", "from input tokens", "int", 3),
    Column("window", "window (UTC)", "text", 2),
    Column("input_usd", "$ in", "number"),
    Column("cache_read_usd", "$ read", "number", 1),
    Column("cache_write_5m_usd", "$ write 5m", "number", 4),
    Column("cache_write_1h_usd", "$ write 1h", "number", 5),
    Column("output_usd", "$ out", "number"),
    Column("starts", "since", "text", 3),
    Column("until", "until", "text", 4),
    Column("verified", "verified", "text", 4),
    Column("where", "where", "text", 6),
)
DISCOUNT = (Column("discount_pct", "discount", "pct", 1), Column("discount", "discount in", "text", 5))
TIMELINE = (
    Column("mode", "mode"),
    Column("starts", "from"),
    Column("until", "until", "text", 2),
    Column("state", "state", "text", 1),
    Column("input_usd", "$ in", "number"),
    Column("cache_read_usd", "$ read", "number", 1),
    Column("output_usd", "$ out", "number"),
    Column("reference_change_pct", "change", "pct"),
    Column("terms", "besides", "text", 3),
    Column("words", "remarks", "text", 4),
    Column("where", "where", "text", 5),
)
NAMES = (Column("name", "name"), Column("sort", "sort"), Column("starts", "since", "text", 2), Column("where", "where"))
ENDS = (
    Column("name", "what"),
    Column("last_day", "last day"),
    Column("days_left", "days left", "number"),
    Column("where", "where"),
)


def view(document: Mapping[str, Any]) -> View:
    """Headline, rates in force (which CSV holds), timeline, names and ends, then factors as notes."""
    cut = DISCOUNT if any(row["discount_pct"] for row in document["rows"]) else ()
    rows = Table("rates", (*ROWS, *cut), document["rows"], "Rates in force, USD per 1M tokens")
    tables = [rows, Table("timeline", TIMELINE, [_period(one) for one in document["timeline"]], "Timeline")]
    if document["names"]:
        tables.append(Table("names", NAMES, document["names"], "Names"))
    if document["last_days"]:
        tables.append(Table("last-days", ENDS, document["last_days"], "Ends"))
    return View(_headline(document), tables, _notes(document), exported=rows)


def _headline(document: Mapping[str, Any]) -> list[str]:
    model, rates = document["model"], document["inputs"]["rates"]
    asked = "" if model["how"] == "exact" else f"{inert(model['asked'])} = "
    first = next((row for row in document["rows"] if row["mode"] == "standard"), None)
    price = "no standard price holds"
    if first:
        output = "-" if first["output_usd"] is None else f"${number(first['output_usd'])}"
        since = f" since {first['starts']}" if first["starts"] else ""
        price = f"${number(first['input_usd'])} in, {output} out per 1M tokens{since}"
    lines = [f"{asked}{inert(model['id'])} ({inert(model['provider'])}): {price}, as of {rates['at']}"]
    facts = [f"family {inert(model['family'])}"]
    facts += [f"released {model['released']}"] if model["released"] else []
    facts += [f"context {count(model['context_window'])} tokens"] if model["context_window"] else []
    facts += [f"answers up to {count(model['max_output'])} tokens"] if model["max_output"] else []
    facts += [f"tokenizer {inert(model['tokenizer'])}"] if model["tokenizer"] else []
    lines.append(f"{', '.join(facts)}; {inert(model['where'])}")
    return lines


def _period(period: Mapping[str, Any]) -> dict[str, Any]:
    said = [period["status"] if period["status"] not in ("in force", "cancelled") else ""]
    said += [f"{key}: {period[key]}" for key in ("correction", "confirmed") if period[key]]
    said += [f"imported from {period['imported']}"] if period["imported"] else []
    said.append(period["note"])
    return {**period, "starts": period["starts"] or "release", "words": "; ".join(text for text in said if text)}


def _notes(document: Mapping[str, Any]) -> list[str]:
    said = [f"warning: {inert(text)}" for text in document["warnings"]]
    model = document["model"]
    if model["newer"]:
        said.append(f"the card holds a newer model of this family: {inert(model['newer'])}")
    if model["supersedes"]:
        said.append(f"follows {', '.join(map(inert, model['supersedes']))}")
    for one in document["modifiers"]:
        values = " or ".join(map(inert, one["values"]))
        where = f" ({inert(one['where'])})" if one["where"] else ""
        said.append(
            f"x {number(one['multiply'])} where {inert(one['column'])} is {values}: {inert(one['name'])}{where}"
        )
    for one in document["markups"]:
        applied = "" if one["applies"] else ", not applied"
        said.append(f"mark-up {inert(one['name'])}: {number(one['percent'])} %{applied}")
    changes = sum(period["state"] == "future" for period in document["timeline"])
    if changes:
        said.append(f"{plural(changes, 'period')} to come")
    said.append("change: of a request of 10,000 input tokens and 1,000 output tokens, against the period before")
    return said
