"""How break-evens read: where each parameter makes a policy cost what the traffic costs today."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from routecli.report.format import count, factor, inert, money, percent_of_share
from routecli.report.view import Column, Kind, Table, View
from routecli.report.views.common import closing_notes, traffic_line, unpriced_lines

WRITERS: dict[str, Callable[[Any], str]] = {
    "share": percent_of_share,
    "factor": factor,
    "usd": money,
    "requests": lambda value: count(round(value)),
}
COLUMNS = (
    Column("policy", "policy"),
    Column("parameter", "parameter"),
    Column("break_even", "break-even"),
    Column("pays", "pays"),
    Column("present", "current", "text", 2),
    Column("room", "margin", "text", 1),
    Column("naive_share", "naive C1/C2", "text", 3),
    Column("cheap_monthly_usd", "all on cheap", "usd", 4),
    Column("baseline_monthly_usd", "today", "usd", 4),
    Column("unit", "unit", data=True),
    Column("value", "value", "number", data=True),
    Column("margin", "margin value", "number", data=True),
    Column("against", "against", data=True),
)
GRID: tuple[tuple[str, Kind], ...] = (
    ("policy", "text"),
    ("first", "text"),
    ("first_value", "number"),
    ("second", "text"),
    ("second_value", "number"),
)
SIDES = {
    "above": "above it",
    "below": "below it",
    "always": "at any value",
    "none": "at no value",
    "mixed": "in parts of the range",
}
WHOLE = {"share": (0, 1), "factor": (0, None), "usd": (0, None), "requests": (0, None)}


def view(document: Mapping[str, Any]) -> View:
    """Headline, one row per parameter, notes."""
    rows = document["rows"]
    lines = [traffic_line(document), *(_sentence(row) for row in rows if len(rows) <= 3)]
    if len(rows) > 3 and len({row["policy"] for row in rows}) == len(rows):
        lines.append(f"success rate from which a cascade in front of {inert(document['runs_on'])} pays, lowest first")
    elif len(rows) > 3:
        lines.append(
            "where each parameter, the others held, makes the policy cost what the traffic costs today" + _others(rows)
        )
    if not rows:
        lines.append("no break-even: see the notes")
    table = Table("break_evens", _columns(rows), [_row(row) for row in rows])
    tables = [table] if document["surface"] is None else [table, _surface(document["surface"])]
    grid = None if document["surface"] is None else _grid(document["surface"])
    return View(lines, tables, [*unpriced_lines(document), *closing_notes(document)], grid)


def _columns(rows: Sequence[Mapping[str, Any]]) -> Sequence[Column]:
    """With the ends of intervals beside the break-evens, where any is measured."""
    if all(row["low"] is None for row in rows):
        return COLUMNS
    ends = (Column("from_low", "95 % from"), Column("to_high", "to"))
    raw = (Column("low", "low value", "number", data=True), Column("high", "high value", "number", data=True))
    return (*COLUMNS[:3], *ends, *COLUMNS[3:], *raw)


def _others(rows: Sequence[Mapping[str, Any]]) -> str:
    """The parameters that are not seen against today's bill."""
    named = dict.fromkeys(row["parameter"] for row in rows if row["against"] == "cascade")
    return f" ({', '.join(named)}: what a cascade on the same pair costs)" if named else ""


def _grid(found: Mapping[str, Any]) -> Table:
    """The surface as CSV takes it: a row for each pair of values."""
    columns = [Column(key, key, kind) for key, kind in GRID]
    rows = [
        {"policy": found["policy"], "first": found["first"], "second": found["second"]}
        | {"first_value": value, "second_value": other, "saving_usd": saving}
        for other, savings in zip(found["second_values"], found["saving_usd"], strict=True)
        for value, saving in zip(found["first_values"], savings, strict=True)
    ]
    return Table("grid", [*columns, Column("saving_usd", "saving", "usd_delta")], rows)


def _surface(found: Mapping[str, Any]) -> Table:
    write, across = WRITERS[found["first_unit"]], WRITERS[found["second_unit"]]
    columns = [Column("second", found["second"])]
    columns += [Column(f"at_{i}", write(value), "usd_delta") for i, value in enumerate(found["first_values"])]
    columns.append(Column("break_even", "break-even"))
    rows = []
    for value, savings, root, word in zip(
        found["second_values"], found["saving_usd"], found["break_even"], found["words"], strict=True
    ):
        cells = {f"at_{i}": saving for i, saving in enumerate(savings)}
        rows.append({"second": across(value), **cells, "break_even": SIDES[word] if root is None else write(root)})
    title = f"Monthly saving of {inert(found['policy'])}: {found['first']} across, {found['second']} down"
    if any(saving is None for savings in found["saving_usd"] for saving in savings):
        title += " (blank: no traffic can have both values)"
    return Table("surface", columns, rows, title)


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    write = WRITERS[row["unit"]]
    texts = {
        key: None if row[source] is None else write(row[source])
        for key, source in (
            ("break_even", "value"),
            ("present", "current"),
            ("room", "margin"),
            ("naive_share", "naive"),
            ("from_low", "low"),
            ("to_high", "high"),
        )
    }
    return {**row, **texts, "pays": _side(row)}


def _side(row: Mapping[str, Any]) -> str:
    """The side that pays; where none is to be named, over which values, if not all of them are possible."""
    low, high, write = row["possible_low"], row["possible_high"], WRITERS[row["unit"]]
    if row["value"] is not None or (low, high) == WHOLE[row["unit"]]:
        return SIDES[row["word"]]
    ends = f"{write(low)} and more" if high is None else f"{write(low)} to {write(high)}"
    return f"{SIDES[row['word']]} ({ends} is possible)"


def _sentence(row: Mapping[str, Any]) -> str:
    name = f"{inert(row['policy'])}, {row['parameter']}{_others([row])}"
    if row["value"] is not None:
        return f"{name}: pays {row['word']} {WRITERS[row['unit']](row['value'])}"
    return f"{name}: pays {_side(row)}"
