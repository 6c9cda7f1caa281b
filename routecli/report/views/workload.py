"""How a workload file reads: what it holds, what it can answer, what it cannot."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import count, inert, percent_of_share, short_count
from routecli.report.view import Column, Table, View
from routecli.report.views.common import plural

COLUMNS = (Column("column", "column"), Column("values", "values", "int"))


def view(document: Mapping[str, Any]) -> View:
    """Headline, window, the columns kept apart, what can be asked."""
    file, window = document["file"], document["window"]
    tokens = document["input_tokens"] + document["output_tokens"]
    size = f"{file['bytes'] / 1000:.1f} kB {file['format']}"
    lines = [
        f"{inert(file['path'])}: {plural(document['requests'], 'request')}, {short_count(tokens)} tokens in "
        f"{plural(document['cells'], 'cell')}, {size}",
        _window(window),
        _coverage(document["coverage"]),
    ]
    notes = [f"warning: {text}" for text in document["warnings"]]
    notes += [f"can: {text}" for text in document["can"]] + [f"cannot: {text}" for text in document["cannot"]]
    if document["where"]:
        notes.append(f"only requests with {' and '.join(map(inert, document['where']))}")
    if document["min_cell"] is None and document["small_cells"]:
        few = count(document["small_cells"])
        notes.append(f"{few} cells hold fewer than {document['small']} requests: --min-cell folds them into 'other'")
    notes += [f"cut for the card {inert(card['path'])} ({card['sha256'][:12]})" for card in document["cards"]]
    notes.append("aggregates only: no request, id, user, prompt or answer is in the file")
    return View(lines, [Table("dimensions", COLUMNS, document["dimensions"], "Kept apart")], notes)


def _window(window: Mapping[str, Any]) -> str:
    if window["days"] is None:
        return "window: unknown, the requests carry no time (pass --days when you use it)"
    age = "" if window["age_days"] is None else f", the last request {plural(window['age_days'], 'day')} ago"
    return f"window: {window['first']} to {window['last']}, {plural(window['days'], 'day')}{age}"


def _coverage(found: Mapping[str, Any]) -> str:
    names = (("usage", "usage"), ("time", "a time"), ("cache_info", "cache reads"), ("latency", "a latency"))
    said = [f"{percent_of_share(found[key])} with {name}" for key, name in names if found[key] is not None]
    return "coverage: " + ", ".join(said)
