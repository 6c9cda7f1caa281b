"""Sentences that several views share."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import count, inert, number, short_count


def plural(amount: float, noun: str, many: str = "") -> str:
    """`1 day`, `14 days`."""
    text = count(amount) if amount == round(amount) else number(amount)
    return f"{text} {noun}" if amount == 1 else f"{text} {many or noun + 's'}"


def traffic_line(document: Mapping[str, Any]) -> str:
    """What the figures rest on, in one sentence: the first line of a report."""
    workload = document["workload"]
    tokens = workload["input_tokens"] + workload["output_tokens"]
    requests = workload["requests"]
    if workload["source"] == "assumed":
        share = 100 * workload["input_tokens"] / tokens if tokens else 0
        size = f"{short_count(tokens)} tokens a month, {number(round(share, 1))} % input"
        of = "" if requests is None else f", {plural(requests, 'request')}"
        return f"assumed workload: {size}{of} (nothing ingested is used)"
    path = document["inputs"]["workload"]["path"]
    if workload["source"] == "evaluation set":
        size = f"{plural(requests, 'query', 'queries')}, {short_count(tokens)} tokens"
        return f"evaluation set as traffic: {size} in {inert(str(path))}, taken as {number(workload['days'])} days"
    span = ""
    if workload["span_days"]:
        taken = "" if workload["days"] == workload["span_days"] else f", taken as {number(workload['days'])}"
        span = f", {workload['first']} to {workload['last']} ({plural(workload['span_days'], 'day')}{taken})"
    elif workload["days"]:
        span = f", taken as {plural(workload['days'], 'day')}"
    chosen = f" where {inert(', '.join(workload['where']))}" if workload["where"] else ""
    return f"workload: {plural(requests, 'request')}, {short_count(tokens)} tokens in {inert(str(path))}{chosen}{span}"


def price_lines(document: Mapping[str, Any]) -> list[str]:
    """Each model with its price and where that price is from; then hints at newer models of a family."""
    at = document["inputs"]["rates"]["at"]
    lines, hints = [], []
    for model in document["models"]:
        if model["input_usd"] is None:
            continue
        asked = "" if model["asked"] == model["id"] else f"{inert(model['asked'])} = "
        how = f" ({_how(model)})" if model["how"] not in ("exact", "pin", "alias") else ""
        since = f", since {model['price_from']}" if model["price_from"] else ""
        verified = f", verified {model['verified']}" if model["verified"] else ""
        output = "-" if model["output_usd"] is None else f"${number(model['output_usd'])}"
        rates = f"${number(model['input_usd'])} in, {output} out per 1M tokens"
        if model.get("discount_pct"):
            rates += f" after {number(model['discount_pct'])} % off"
        lines.append(f"{asked}{inert(model['id'])}{how}: {rates}{since}{verified}")
        if model["newer"]:
            hints.append(f"the card holds a newer model of {model['id']}'s family: {model['newer']}")
    said = "at each request's own time; listed as of today" if at == "request time" else f"as of {at}"
    laid = ", ".join(inert(one["path"]) for one in document["inputs"]["rates"].get("overlays", []))
    card = f"card {document['inputs']['rates']['path']}{f' with {laid} laid over it' if laid else ''}"
    return [f"prices {said}, {card}", *dict.fromkeys(lines), *dict.fromkeys(hints)]


def _how(model: Mapping[str, Any]) -> str:
    """How a name was found, and between which dates it stood for the model where its vendor moves it."""
    bounds = [f"{word} {model[key]}" for word, key in (("from", "since"), ("until", "until")) if model[key]]
    return " ".join([model["how"], *bounds])


def closing_notes(document: Mapping[str, Any]) -> list[str]:
    """Warnings first, then assumptions, then prices."""
    said = [f"warning: {text}" for text in document["warnings"]]
    said += [f"measured: {text}" for text in document.get("measured", ())]
    said += [f"assumed: {text}" for text in document["assumptions"]]
    return [*said, *price_lines(document)]


def _mode(mode: str | None) -> str:
    return "" if mode in (None, "standard") else f" in {inert(mode)} mode"


def unpriced_lines(document: Mapping[str, Any]) -> list[str]:
    """Traffic that no price is known for."""
    return [
        f"no price for {inert(one['model'])}{_mode(one['mode'])}: "
        f"{plural(one['requests'], 'request')}, {count(one['tokens'])} tokens not in the total"
        + (f" ({inert(one['reason'])})" if one["reason"] else "")
        for one in document["unpriced"]
    ]
