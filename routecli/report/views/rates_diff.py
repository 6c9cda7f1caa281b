"""How a comparison of two rate cards reads: how much changed in a line, then one row per change."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import count, inert, number
from routecli.report.view import Column, Table, View
from routecli.report.views.common import plural

SHORT = {
    "input": "in",
    "cache_read": "read",
    "cache_write_5m": "write 5m",
    "cache_write_1h": "write 1h",
    "output": "out",
}
"""Kinds of token as a narrow column says them."""

COLUMNS = (
    Column("kind", "change"),
    Column("model", "model"),
    Column("mode", "mode", "text", 3),
    Column("subject", "what", "text", 5),
    Column("when", "when", "text", 4),
    Column("starts", "from", "text", 1),
    Column("until", "until", "text", 6),
    Column("rates", "USD per 1M tokens"),
    Column("reference_pct", "reference", "pct"),
    Column("words", "was -> now", "text", 2),
    Column("base", "base", "text", 7),
    Column("head", "head", "text", 6),
)
DATA = (
    Column("provider", "provider", data=True),
    Column("from_input_tokens", "from input tokens", "int", data=True),
    Column("window", "window", data=True),
    Column("in_place", "in place", data=True),
    Column("was", "was", data=True),
    Column("now", "now", data=True),
    Column("note", "note", data=True),
)
RATES = tuple(
    Column(f"{kind}_{side}", f"{label} {side}", "number", data=True)
    for kind, label in SHORT.items()
    for side in ("before_usd", "after_usd", "pct")
)
REFERENCE = tuple(
    Column(f"reference_{side}_pico_usd", f"reference {side}, pico-USD", data=True) for side in ("before", "after")
)


def view(document: Mapping[str, Any]) -> View:
    """Headline, one row per change, what the percentages are about. CSV carries every rate and both totals."""
    changes, inputs = document["changes"], document["inputs"]
    base, head = (inert(inputs[side]["path"]) for side in ("base", "head"))
    kinds = ", ".join(f"{kind} {number(amount)}" for kind, amount in document["counts"].items())
    lines = [
        f"{base} -> {head}, as of {inputs['head']['at']}: "
        + (f"{plural(len(changes), 'change')} ({kinds})" if changes else "no change of meaning")
    ]
    table = Table("rates-diff", (*COLUMNS, *DATA, *RATES, *REFERENCE), [_row(one) for one in changes])
    return View(lines, [table] if changes else [], _notes(document), exported=table)


def _notes(document: Mapping[str, Any]) -> list[str]:
    request = document["inputs"]["reference"]
    parts = [f"{count(request['input_tokens'])} input tokens"]
    cached = ("cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens")
    parts += [f"{count(request[key])} of them {key.removesuffix('_tokens')}" for key in cached if request[key]]
    parts.append(f"{count(request['output_tokens'])} output tokens")
    said = [f"reference: a request of {', '.join(parts)}, at the rates of the row"] if document["changes"] else []
    edited = sum(one["kind"] == "history-edited" for one in document["changes"])
    if edited:
        said.append(
            f"{plural(edited, 'past price')} edited in place: append a period instead, or give the period a "
            "`correction:` that says why"
        )
    return said


def _row(change: Mapping[str, Any]) -> dict[str, Any]:
    reference = change["reference"] or {}
    figures = {
        f"{kind}_{side}": change["rates"].get(kind, {}).get(key)
        for kind in SHORT
        for side, key in (("before_usd", "before_usd"), ("after_usd", "after_usd"), ("pct", "change_pct"))
    }
    return {
        **change,
        **figures,
        "model": change["model"] or f"all of {change['provider']}",
        "subject": _subject(change),
        "rates": rates_words(change["rates"]),
        "words": _words(change),
        "reference_pct": reference.get("change_pct"),
        "reference_before_pico_usd": reference.get("before_pico_usd"),
        "reference_after_pico_usd": reference.get("after_pico_usd"),
    }


def _subject(change: Mapping[str, Any]) -> str:
    parts = [change["subject"]] if change["subject"] else []
    if change["from_input_tokens"] is not None and "requests" in change["subject"]:
        parts.append(f"from {count(change['from_input_tokens'])} input tokens")
    if change["window"] and change["kind"] != "window-changed":
        parts.append(change["window"])
    return ", ".join(parts)


def _words(change: Mapping[str, Any]) -> str:
    moved = " -> ".join(text for text in (change["was"], change["now"]) if text)
    place = "edited in place" if change["in_place"] else ""
    return "; ".join(text for text in (moved, change["note"], place) if text)


def rates_words(rates: Mapping[str, Mapping[str, Any]]) -> str:
    """The kinds that moved; where none did, the rates as they are."""
    moved = {kind: one for kind, one in rates.items() if one["before_usd"] != one["after_usd"]} or rates
    return ", ".join(f"{SHORT[kind]} {_pair(one)}" for kind, one in moved.items())


def _pair(rate: Mapping[str, Any]) -> str:
    before, after = ("none" if rate[key] is None else number(rate[key]) for key in ("before_usd", "after_usd"))
    return before if before == after else f"{before} -> {after}"
