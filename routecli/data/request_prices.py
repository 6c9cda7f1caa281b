"""Prices request by request, inside the engine: every request is joined to the rates of its price key.

The keys come from the workload's cells with the rates already found, so nothing is priced here a second way. What
does not change any of these prices (an hour, a band, a region) is not looked at: keys that agree are merged first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import gcd
from pathlib import Path
from typing import Any

from routecli.data.cell_query import WRITE_1H, WRITE_5M, timestamp, window_parts
from routecli.data.conditions import DIMENSIONS, METERED, MODE, model_sql, tests, times, where
from routecli.data.store import connect
from routecli.data.workload import label_sql, window_minutes
from routecli.model.conditions import Condition
from routecli.model.names import Spelling
from routecli.model.request_prices import PRICED_BY, GroupSums, PricedKey, Rates5
from routecli.model.workload import Cuts

DEAR = ("mode", "windows")
ID = "the card's id"
"""Stands for the label that is not a column of the store."""

LARGEST = 2**62
"""Products past this are taken in 128 bits."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which requests to price and by which columns to add them up; bounds and conditions as of `load_workload`."""

    by: tuple[str, ...]
    since: datetime | None = None
    until: datetime | None = None
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Present:
    """What the requests have at all, so that nothing else is summed; `largest` bounds one request's scaled cost."""

    read: bool
    write_5m: bool
    write_1h: bool
    unmetered: bool
    largest: int


def price_requests(
    db: Path,
    cuts: Cuts,
    keys: Sequence[PricedKey],
    question: Question,
    present: Present,
    names_of: Mapping[str, Sequence[Spelling]],
) -> list[GroupSums]:
    """The summed cost of each group's requests; requests whose key has no price are left out.

    `names_of`: card id -> the names it has in the logs, for conditions on the model.
    """
    with connect(db, write=False) as con:
        labels = [ID if column == "model" else label_sql(con, column) for column in question.by]
        bounded, bounds = times(question.since, question.until)
        model = model_sql(con)
        narrow, values = tests(question.conditions, names_of, model)
        table = _table(keys)
        sql = group_sql(cuts, table, labels, where([*bounded, *narrow]), present, model)
        rows = con.execute(sql, [*bounds, *values]).fetchall()
    width = len(labels)
    return [GroupSums(tuple(row[:width]), *(int(value or 0) for value in row[width:])) for row in rows]


@dataclass(frozen=True, slots=True)
class _Dimension:
    """One column of the key: the classes of values that no price tells apart, and the names for which they matter."""

    name: str
    classes: tuple[tuple[Any, ...], ...]
    matters: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Table:
    """Names with the first code of each and what a class of each dimension adds to it; rates by code."""

    names: tuple[str | None, ...]
    bases: tuple[int, ...]
    dimensions: tuple[_Dimension, ...]
    strides: tuple[tuple[int, ...], ...]
    rows: tuple[tuple[int, str | None, Rates5], ...]
    size: int
    complete: bool


def _table(keys: Sequence[PricedKey]) -> _Table:
    """The fewest classes of each column that keep all prices apart, and the rates by the code of the combination."""
    names = tuple(dict.fromkeys(key.name for key in keys))
    number = {name: place for place, name in enumerate(names)}
    found = {(number[key.name], *key.values): (key.id, key.rates) for key in keys}
    dimensions = []
    for place, name in enumerate(PRICED_BY, 1):
        classes = _merged(found, place)
        of = {value: at for at, members in enumerate(classes) for value in members}
        matters = frozenset(one for one in range(len(names)) if len(classes) > 1 and _differs(found, one, place))
        found = {
            (*key[:place], of[key[place]] if key[0] in matters else 0, *key[place + 1 :]): rates
            for key, rates in found.items()
        }
        dimensions.append(_Dimension(name, tuple(map(tuple, classes)), matters))
    used = [place for place, one in enumerate(dimensions) if one.matters]
    bases: list[int] = []
    strides: list[tuple[int, ...]] = []
    last = 0
    for own in range(len(names)):
        bases.append(last)
        size = 1
        steps: list[int] = []
        for place in used:
            steps.append(size if own in dimensions[place].matters else 0)
            size *= len(dimensions[place].classes) if steps[-1] else 1
        strides.append(tuple(steps))
        last += size
    rows = []
    for key, (id, rates) in found.items():
        if rates is not None:
            added = sum(key[1 + at] * step for at, step in zip(used, strides[key[0]], strict=True))
            rows.append((bases[key[0]] + added, id, rates))
    kept = tuple(dimensions[place] for place in used)
    complete = all(rates is not None for _, rates in found.values())
    return _Table(names, tuple(bases), kept, tuple(strides), tuple(rows), last, complete)


def _differs(found: Mapping[tuple[Any, ...], Any], name: int, place: int) -> bool:
    """Whether this column changes any price of this name."""
    seen: dict[tuple[Any, ...], Any] = {}
    own = {key: outcome for key, outcome in found.items() if key[0] == name}
    return any(seen.setdefault((*key[:place], *key[place + 1 :]), outcome) != outcome for key, outcome in own.items())


def _merged(found: Mapping[tuple[Any, ...], Any], place: int) -> list[list[Any]]:
    """The values of one column, those together that no price tells apart; for numbers only neighbours join."""
    outcomes: dict[Any, dict[tuple[Any, ...], Any]] = {}
    for key, outcome in found.items():
        outcomes.setdefault(key[place], {})[(*key[:place], *key[place + 1 :])] = outcome
    ordered = sorted(outcomes, key=lambda value: (value is None, 0 if value is None else value))
    steps = PRICED_BY[place - 1] in ("epoch", "band")
    classes: list[tuple[list[Any], dict[tuple[Any, ...], Any]]] = []
    for value in ordered:
        own = outcomes[value]
        candidates = classes[-1:] if steps and value is not None else classes
        for members, merged in candidates:
            if all(merged.get(rest, outcome) == outcome for rest, outcome in own.items()):
                members.append(value)
                merged.update(own)
                break
        else:
            classes.append(([value], dict(own)))
    return [members for members, _ in classes]


def group_sql(
    cuts: Cuts,
    table: _Table,
    labels: Sequence[str],
    where: str,
    present: Present,
    model: str = DIMENSIONS["model"],
) -> str:
    """One query: the code of each request's combination, its rates by that code, and exact sums by label.

    Looked up in constant lists and maps: the engine finds a name's number once per stored dictionary, not per request.
    """
    wide = "HUGEINT" if present.largest > LARGEST else "BIGINT"
    code = " + ".join(
        [
            _by_name(table, table.bases, model),
            *(_class_sql(table, place, cuts, model) for place in range(len(table.dimensions))),
        ]
    )
    rates = {number: (id, rates) for number, id, rates in table.rows}
    size = table.size

    def listed(values: Iterable[str]) -> str:
        return f"list_extract([{', '.join(values)}], code + 1)"

    def rate(kind: int) -> str:
        # A NULL in the list would make every product twice as dear; codes without a price are left out below.
        return listed(f"{rates[at][1][kind] if at in rates else 0}::{wide}" for at in range(size))

    ids = listed(_text(rates[at][0]) if at in rates else "NULL" for at in range(size))
    costs = [("input_tokens", 0, True), ("cache_read_tokens", 1, present.read), (WRITE_5M, 2, present.write_5m)]
    costs += [(WRITE_1H, 3, present.write_1h), ("output_tokens", 4, True)]
    cost = " + ".join(f"coalesce(sum({tokens} * {rate(at)}), 0)" for tokens, at, there in costs if there)
    only = f" FILTER (WHERE {METERED})" if present.unmetered else ""
    figures = [
        "count(*)",
        f"count(*) FILTER (WHERE NOT {METERED})" if present.unmetered else "0",
        f"sum(input_tokens){only}",
        f"sum(cache_read_tokens){only}" if present.read else "0",
        f"sum(output_tokens){only}",
        cost,
    ]
    shown = [ids if label == ID else label for label in labels]
    by = f"GROUP BY {', '.join(str(place) for place in range(1, len(labels) + 1))}" if labels else ""
    known = "" if table.complete else f"WHERE {listed('TRUE' if at in rates else 'FALSE' for at in range(size))}"
    # A subquery, because the engine would write a CTE out with all its columns first.
    return f"""SELECT {", ".join([*shown, *figures])}
FROM (SELECT *, {code} AS code FROM requests {where}) {known}
{by}"""


def _by_name(table: _Table, values: Sequence[int], model: str) -> str:
    """A number by the logged name."""
    named = [(name, value) for name, value in zip(table.names, values, strict=True) if name is not None]
    looked_up = f"map {{{', '.join(f'{_text(name)}: {value}' for name, value in named)}}}[{model}]"
    if None not in table.names:
        return looked_up
    unnamed = values[table.names.index(None)]
    return f"CASE WHEN {model} IS NULL THEN {unnamed} ELSE {looked_up} END" if named else str(unnamed)


def _class_sql(table: _Table, place: int, cuts: Cuts, model: str) -> str:
    dimension = table.dimensions[place]
    step = _by_name(table, [strides[place] for strides in table.strides], model)
    sql = _STEPS[dimension.name](dimension, cuts) if dimension.name in _STEPS else _values(dimension)
    # What is dear to find out is found out for the names only that it matters for.
    return f"CASE WHEN {step} > 0 THEN {step} * {sql} ELSE 0 END" if dimension.name in DEAR else f"{step} * {sql}"


def _bands(dimension: _Dimension, cuts: Cuts) -> str:
    return _stepped(dimension, "input_tokens", f"NOT {METERED}", str)


def _epochs(dimension: _Dimension, cuts: Cuts) -> str:
    return _stepped(dimension, "ts", "ts IS NULL", lambda epoch: timestamp(cuts.epochs[epoch - 1]))


def _stepped(dimension: _Dimension, value: str, missing: str, start: Any) -> str:
    """A CASE from a number to the last class it has reached; a class starts at its least value."""
    arms: list[str] = []
    lowest = 0
    for place, members in enumerate(dimension.classes):
        known = [member for member in members if member is not None]
        if None in members:
            arms.insert(0, f"WHEN {missing} THEN {place}")
        if known and min(known) == min(v for one in dimension.classes for v in one if v is not None):
            lowest = place
        elif known:
            arms.append(f"WHEN {value} >= {start(min(known))} THEN {place}")
    first = arms[:1] if arms and arms[0].startswith(f"WHEN {missing}") else []
    later = arms[len(first) :]
    return f"CASE {' '.join([*first, *reversed(later)])} ELSE {lowest} END"


def _windows(dimension: _Dimension, cuts: Cuts) -> str:
    """The class of every hour of the week (or shorter slot, where windows start within the hour), from a list.

    By arithmetic on microseconds, which costs a tenth of taking a timestamp apart; 1970-01-01 was a Thursday.
    """
    specs = sorted({spec for members in dimension.classes for held in members for spec in held})
    minutes = {spec: window_minutes(spec) for spec in specs}
    of = {held: place for place, members in enumerate(dimension.classes) for held in members}
    edges = [edge for spec in specs for span in window_parts(spec)[1] for edge in span]
    slot = gcd(60, *edges)
    slots = []
    for start in range(0, 7 * 1440, slot):
        held = tuple(spec for spec in cuts.windows if spec in minutes and divmod(start, 1440) in minutes[spec])
        slots.append(str(of.get(held, 0)))
    number = f"(epoch_us(ts) // {slot * 60_000_000} + {3 * 1440 // slot}) % {7 * 1440 // slot}"
    return f"CASE WHEN ts IS NULL THEN {of.get((), 0)} ELSE list_extract([{', '.join(slots)}], {number} + 1) END"


_STEPS = {"band": _bands, "epoch": _epochs, "windows": _windows}


def _values(dimension: _Dimension) -> str:
    """A CASE from text to its class; the largest class is what is left."""
    largest = max(range(len(dimension.classes)), key=lambda place: len(dimension.classes[place]))
    expression = DIMENSIONS.get(dimension.name, dimension.name)
    arms = [
        f"WHEN {_equal(expression, value)} THEN {place}"
        for place, members in enumerate(dimension.classes)
        if place != largest
        for value in members
    ]
    sql = f"CASE {' '.join(arms)} ELSE {largest} END"
    plain = [place for place, members in enumerate(dimension.classes) if "standard" in members]
    if expression == MODE and plain:
        # Most requests name no tier at all; the text work is for the others.
        batch = [place for place, members in enumerate(dimension.classes) if "batch" in members]
        of_batch = f"WHEN is_batch THEN {batch[0]} " if batch else ""
        return f"CASE {of_batch}WHEN service_tier IS NULL AND speed IS NULL THEN {plain[0]} ELSE {sql} END"
    return sql


def _equal(expression: str, value: Any) -> str:
    if value is None:
        return f"{expression} IS NULL"
    return f"{expression} = {value}" if isinstance(value, bool) else f"{expression} = {_text(value)}"


def _text(value: str | None) -> str:
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"
