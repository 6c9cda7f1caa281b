"""How a gate reads: the verdict, what breached, what the change consists of, policies, models, changes of the card."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import factor, inert, milliseconds, money, money_delta, number, percent, percent_of_share
from routecli.report.view import Check, Column, Table, View
from routecli.report.views.common import plural

BUDGETS = (
    Column("status", "status", "word"),
    Column("id", "budget"),
    Column("subject", "subject"),
    Column("actual_text", "actual"),
    Column("limit_text", "limit"),
    Column("detail", "detail", priority=2),
    Column("place", "where", priority=3),
    Column("basis", "basis", priority=5),
    Column("level", "level", data=True),
    Column("actual", "actual value", "number", data=True),
    Column("limit", "limit value", "number", data=True),
    Column("unit", "unit", data=True),
)
EFFECTS = (Column("name", "effect"), Column("usd", "a month", "usd_delta"))
POLICIES = (
    Column("name", "policy"),
    Column("base_usd", "bill on base", "usd", 2),
    Column("head_usd", "bill on head", "usd"),
    Column("base_saving_usd", "saving on base", "usd_delta", 3),
    Column("saving_usd", "saving on head", "usd_delta"),
    Column("saving_pct", "saving %", "pct", 1),
    Column("break_even_success", "break-even success", "share", 2),
    Column("margin", "margin", priority=2),
    Column("latency_p95_ms", "p95", "ms", 4),
)
MODELS = (
    Column("name", "model"),
    Column("requests", "requests", "int", 3),
    Column("base_usd", "on base", "usd", 2),
    Column("head_usd", "on head", "usd"),
    Column("change_usd", "change", "usd_delta"),
    Column("change_pct", "change %", "pct", 1),
)
CHANGES = (
    Column("kind", "change"),
    Column("model", "model"),
    Column("words", "what", priority=1),
    Column("place", "where", priority=2),
    Column("used", "in use", priority=3),
)
LINES: dict[str, Any] = {
    "pct": percent,
    "usd": money,
    "factor": factor,
    "points": lambda value: f"{number(round(value, 2))} points",
    "ms": milliseconds,
    "days": lambda value: plural(value, "day"),
    "share": percent_of_share,
    "flag": lambda value: "yes" if value else "no",
}
"""How a budget's figures are written, by unit."""

MOST_LINES = 8
"""Breaches that the headline spells out."""

MEANINGS = {
    "bill_increase": "The bill of the known traffic grows.",
    "model_increase": "The bill of one model grows.",
    "rate_jump": "A rate changed so far that it may be a slip.",
    "savings": "A policy saves less than it has to.",
    "breakeven_margin": "A policy's success rate comes near its break-even.",
    "best_policy_flip": "Another policy is the cheapest now.",
    "latency_p95_ms": "A policy is too slow.",
    "quality_drop": "A policy delivers fewer good answers.",
    "silent_failures": "A policy ships too many bad answers.",
    "workload_age": "The workload that the gate judges by is old.",
    "verified_age": "A price in use was not checked for long.",
    "scheduled_change": "A price in use changes soon.",
    "deprecation": "A model in use stops being served soon.",
    "history_edit": "Prices that already held were edited in place.",
    "waiver": "A waiver has expired.",
    "coverage": "Traffic has no price.",
}


def view(document: Mapping[str, Any]) -> View:
    """Verdict and change first; then budgets, effects, policies, models and card changes; then notes."""
    budgets = Table("budgets", BUDGETS, [_budget(one) for one in document["budgets"]], "Budgets")
    tables = [budgets]
    if document["change_usd"] or any(one["usd"] for one in document["effects"]):
        tables.append(Table("effects", EFFECTS, document["effects"], "What the change consists of, in this order"))
    if document["policies"]:
        tables.append(Table("policies", POLICIES, [_policy(one) for one in document["policies"]], "Policies"))
    changed = [one for one in document["models"] if one["change_usd"]]
    if changed:
        tables.append(Table("models", MODELS, [_model(one) for one in changed], "Models whose bill changes"))
    if document["changes"]:
        tables.append(Table("changes", CHANGES, [_change(one) for one in document["changes"]], "Changes of the card"))
    return View(headline(document), tables, _notes(document), budgets, checks(document), "gate", comment=True)


def checks(document: Mapping[str, Any]) -> list[Check]:
    """Every judgement, then what fails a gate besides budgets: expired waivers and traffic without a price."""
    found = [
        Check(one["id"], one["subject"], one["status"], sentence(one), one["file"], one["line"], MEANINGS[one["id"]])
        for one in document["budgets"]
    ]
    for one in document["waivers"]:
        if one["status"] == "expired":
            text = f"the waiver of {one['budget']} expired on {one['until']}: renew it with a reason, or remove it"
            found.append(Check("waiver", one["budget"], "fail", text, one["file"], one["line"], MEANINGS["waiver"]))
    for one in document["coverage"]["missing"]:
        text = f"head has no price for {inert(one['model'])} ({plural(one['requests'], 'request')})"
        found.append(Check("coverage", one["model"], "unknown", text, meaning=MEANINGS["coverage"]))
    return found


def headline(document: Mapping[str, Any]) -> list[str]:
    """The verdict, the bill on both sides, and why."""
    before, after = document["base"]["monthly_usd"], document["head"]["monthly_usd"]
    change = f"{money(before)} -> {money(after)} a month ({_change_words(document)})"
    lines = [f"gate: {document['verdict']}: {change}"]
    said = [sentence(one) for one in document["budgets"] if one["status"] in ("fail", "unknown")]
    lines += said[:MOST_LINES]
    if len(said) > MOST_LINES:
        lines.append(f"and {len(said) - MOST_LINES} more, in the table below")
    lines += [
        f"waiver of {one['budget']} expired on {one['until']}: renew it with a reason, or remove it"
        for one in document["waivers"]
        if one["status"] == "expired"
    ]
    for one in document["coverage"]["missing"]:
        lines.append(f"no price on head for {inert(one['model'])} ({plural(one['requests'], 'request')})")
    if document["policies"]:
        first, last = inert(document["cheapest_base"]), inert(document["cheapest_head"])
        lines.append(f"cheapest policy: {last}" if first == last else f"cheapest policy: {first} -> {last}")
    return lines


def _change_words(document: Mapping[str, Any]) -> str:
    share = document["change_pct"]
    if document["change_pico_usd"] == "0":
        return "no change"
    signed = "" if share is None else f", {'+' if share > 0 else ''}{percent(share)}"
    return f"{money_delta(document['change_usd'])}{signed}"


def sentence(one: Mapping[str, Any]) -> str:
    """A budget's judgement in one line: what it is, against its limit, why."""
    detail = f" ({inert(one['detail'])})" if one["detail"] else ""
    subject = f" {inert(one['subject'])}:" if one["subject"] else ""
    if one["status"] == "unknown":
        return f"{one['id']}:{subject} not known{detail}"
    actual = "nothing" if one["actual"] is None else write(one["actual"], one["unit"])
    limit = "" if one["unit"] == "flag" else f", limit {write(one['limit'], one['unit'])}"
    return f"{one['id']}:{subject} {actual}{limit}{detail}"


def write(value: Any, unit: str) -> str:
    """A budget's figure in its unit."""
    return str(LINES[unit](value))


def place(one: Mapping[str, Any]) -> str:
    """`file:line`, or as much as is known of it."""
    if one["file"] is None:
        return ""
    return str(one["file"]) if one["line"] is None else f"{one['file']}:{one['line']}"


def _budget(one: Mapping[str, Any]) -> dict[str, Any]:
    unknown = one["actual"] is None
    flag = one["unit"] == "flag"
    return {
        **one,
        "actual_text": "-" if unknown else write(one["actual"], one["unit"]),
        "limit_text": "-" if flag else write(one["limit"], one["unit"]),
        "place": place(one),
    }


def _policy(one: Mapping[str, Any]) -> dict[str, Any]:
    margin = one["margin_points"]
    return {**one, "margin": "-" if margin is None else write(margin, "points")}


def _model(one: Mapping[str, Any]) -> dict[str, Any]:
    moved = f" ({one['base_id']} -> {one['head_id']})" if one["base_id"] != one["head_id"] else ""
    return {**one, "name": f"{one['name']}{moved}"}


def _change(one: Mapping[str, Any]) -> dict[str, Any]:
    return {**one, "place": place(one), "used": "yes" if one["used"] else "no"}


def _notes(document: Mapping[str, Any]) -> list[str]:
    inputs, coverage = document["inputs"], document["coverage"]
    base, head = inputs["base"], inputs["head"]
    notes = [
        f"base: {inert(base['path'])} ({base['sha256'][:12]}), head: {inert(head['path'])} ({head['sha256'][:12]}), "
        f"prices of {head['at']}",
        f"workload: {inert(str(inputs['workload']['path']))}, {plural(coverage['requests'], 'request')}, "
        f"{coverage['first']} to {coverage['last']}",
    ]
    for one in coverage["new"]:
        notes.append(
            f"only head has a price for {inert(one['model'])}: {plural(one['requests'], 'request')} not compared"
        )
    for one in document["budgets"]:
        if one["status"] == "waived":
            said = sentence({**one, "status": "fail"})
            notes.append(f"waived until {one['waived_until']}: {said}; {inert(one['waived_because'])}")
        elif one["status"] == "warn":
            notes.append(f"warning: {sentence(one)}")
    notes += [f"waiver of {one['budget']} is not needed" for one in document["waivers"] if one["status"] == "unused"]
    notes += [f"assumed: {inert(text)}" for text in document["assumptions"]]
    return [*notes, *(f"warning: {inert(text)}" for text in document["warnings"])]
