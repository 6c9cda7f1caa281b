"""Prices request by request, inside the engine: the rates of each request's price key are looked up and multiplied.

The keys come from the workload's cells with the rates already found, so nothing is priced here a second way. What
does not change any of these prices (an hour, a band, a region) is not looked at: keys that agree are merged first.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import gcd
from pathlib import Path
from typing import Any

from routecli.data.cell_query import timestamp, window_parts
from routecli.data.conditions import (
    DIMENSIONS,
    INPUT,
    METERED,
    WRITE_5M,
    model_sql,
    tests,
    times,
    where,
    whole_sql,
)
from routecli.data.price_table import DEAR, Dimension, PriceTable, price_table
from routecli.data.sql_text import literal
from routecli.data.store import connect
from routecli.data.workload import label_sql, window_minutes
from routecli.model.conditions import Condition
from routecli.model.names import Spelling
from routecli.model.request_prices import GroupSums, PricedKey
from routecli.model.workload import Cuts

ID = "the card's id"
"""Stands for the label that is not a column of the store."""

FEW = 3
"""Up to so many names are compared one by one, which is sooner done than looking each up."""

LARGEST = 2**61
"""Costs past this are reckoned in 128 bits: on the way to a request's cost its parts add up to less than twice it."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which requests to price and by which columns to add them up; bounds and conditions as of `load_workload`."""

    by: tuple[str, ...]
    since: datetime | None = None
    until: datetime | None = None
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Present:
    """What the requests have at all, so that nothing else is summed; `largest` bounds one request's scaled cost.

    `above`: some have more cached tokens than input.
    """

    read: bool
    write_5m: bool
    write_1h: bool
    unmetered: bool
    largest: int
    above: bool = False

    @property
    def whole(self) -> str:
        """The expression of a request's input."""
        return whole_sql("HUGEINT") if self.above else INPUT

    @property
    def wide(self) -> str:
        """The type that costs are reckoned in."""
        return "HUGEINT" if self.above or self.largest > LARGEST else "BIGINT"


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
        narrow, values = tests(question.conditions, names_of, model, present.whole)
        table = price_table(keys)
        sql = group_sql(cuts, table, labels, where([*bounded, *narrow]), present, model)
        rows = con.execute(sql, [*bounds, *values]).fetchall()
    width = len(labels)
    return [GroupSums(tuple(row[:width]), *(int(value or 0) for value in row[width:])) for row in rows]


class _Lists:
    """Constant lists as columns of a relation of one row: the engine writes a literal list out for every 2,048 rows."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def figures(self, values: Sequence[int], type: str, place: str) -> str:
        """The value at a place (SQL, from 1). As text, which is read far sooner than thousands of literals are."""
        return f"{values[0]}::{type}" if len(set(values)) == 1 else self._at(f"'{list(values)}'::{type}[]", place)

    def words(self, values: Sequence[str], place: str) -> str:
        """The value at a place, of literals."""
        return values[0] if len(set(values)) == 1 else self._at(f"[{', '.join(values)}]", place)

    def _at(self, listed: str, place: str) -> str:
        return f"list_extract({self._names.setdefault(listed, f'known_{len(self._names)}')}, {place})"

    @property
    def joined(self) -> str:
        """The relation, as what follows the table's name after FROM."""
        columns = [f"{listed} AS {name}" for listed, name in self._names.items()]
        return f", (SELECT {', '.join(columns)}) AS known" if columns else ""


def group_sql(
    cuts: Cuts,
    table: PriceTable,
    labels: Sequence[str],
    where: str,
    present: Present,
    model: str = DIMENSIONS["model"],
) -> str:
    """One query: the number of each request's combination, its rates by that number, and exact sums by label.

    Looked up in constant lists and maps: the engine finds a name's number once per stored dictionary, not per request.
    """
    lists = _Lists()
    made = {"number": _number(table, cuts, model, present, lists)}
    if present.above:
        made["whole_input"] = present.whole
    if present.read:
        # Without NULLs the two uses cost half as much.
        made["read_tokens"] = "CASE WHEN cache_read_tokens IS NOT NULL THEN cache_read_tokens ELSE 0 END"
    whole = "whole_input" if present.above else INPUT
    only = f" FILTER (WHERE {METERED})" if present.unmetered else ""
    figures = [
        "count(*)",
        f"count(*) FILTER (WHERE NOT {METERED})" if present.unmetered else "0",
        f"sum({whole}){only}",
        f"sum(read_tokens){only}" if present.read else "0",
        f"sum(output_tokens){only}",
        f"coalesce(sum({_cost(table, present, whole, lists)}), 0)",
    ]
    ids = lists.words(["NULL" if row is None else _text(row[0]) for row in table.rows], "number")
    shown = [ids if label == ID else label for label in labels]
    by = f"GROUP BY {', '.join(str(place) for place in range(1, len(labels) + 1))}" if labels else ""
    known = ""
    if not table.complete:
        known = f"WHERE {lists.words([str(row is not None).upper() for row in table.rows], 'number')}"
    columns = ", ".join(f"{sql} AS {name}" for name, sql in made.items())
    # A subquery, because the engine would write a CTE out with all its columns first.
    return f"""SELECT {", ".join([*shown, *figures])}
FROM (SELECT *, {columns} FROM requests{lists.joined} {where}) {known}
{by}"""


def _cost(table: PriceTable, present: Present, whole: str, lists: _Lists) -> str:
    """A request's cost: added up within the row, because every sum over rows costs more than the products."""

    def rate(kind: int) -> str:
        # A NULL in the list would make every product twice as dear; numbers without a price are left out.
        return lists.figures([row[1][kind] if row else 0 for row in table.rows], present.wide, "number")

    def part(tokens: str, kind: int, known: str) -> str:
        return f"CASE WHEN {known} THEN {tokens} * {rate(kind)} ELSE 0 END"

    parts = [f"{whole} * {rate(0)}", f"output_tokens * {rate(4)}"]
    if present.read:
        parts.append(f"read_tokens * {rate(1)}")
    if present.write_5m:
        parts.append(part(WRITE_5M, 2, "cache_write_5m_tokens IS NOT NULL OR cache_write_tokens IS NOT NULL"))
    if present.write_1h:
        parts.append(part("cache_write_1h_tokens", 3, "cache_write_1h_tokens IS NOT NULL"))
    return " + ".join(parts)


def _number(table: PriceTable, cuts: Cuts, model: str, present: Present, lists: _Lists) -> str:
    """The number of a request's combination, from 1: that of its name, and what its other values add to it."""
    terms = [_by_name(table, [base + 1 for base in table.bases], model)]
    for dimension in table.dimensions:
        if dimension.name in DEAR:
            terms.append(_windows(dimension, table, cuts, model, lists))
            continue
        cases = []
        for test, place in _ARMS.get(dimension.name, _values)(dimension, cuts, present):
            added = _by_name(table, [place * step for step in dimension.steps], model)
            cases.append(f"WHEN {test} THEN {added}")
        terms.append(f"CASE {' '.join(cases)} ELSE 0 END")
    # What is known to stay small is added up first: those additions need no look at an overflow.
    return f"{terms[0]} + ({' + '.join(terms[1:])})" if terms[1:] else terms[0]


def _by_name(table: PriceTable, values: Sequence[int], model: str) -> str:
    """A number by the logged name."""
    if len(set(values)) == 1:
        return str(values[0])
    named = [(name, value) for name, value in zip(table.names, values, strict=True) if name is not None]
    looked_up = f"map {{{', '.join(f'{_text(name)}: {value}' for name, value in named)}}}[{model}]"
    if None not in table.names:
        return looked_up
    return f"CASE WHEN {model} IS NULL THEN {values[table.names.index(None)]} ELSE {looked_up} END"


def _is_of(table: PriceTable, matters: frozenset[int], model: str) -> str:
    """Whether the logged name is one of these."""
    if len(matters) <= FEW:
        return " OR ".join(_equal(model, table.names[place]) for place in sorted(matters))
    return f"{_by_name(table, [int(place in matters) for place in range(len(table.names))], model)} = 1"


Arms = Iterable[tuple[str, int]]
"""Tests with the class of the requests that pass; the first that holds counts, none is the first class."""


def _bands(dimension: Dimension, cuts: Cuts, present: Present) -> Arms:
    return _stepped(dimension, present.whole, f"NOT {METERED}", str)


def _epochs(dimension: Dimension, cuts: Cuts, present: Present) -> Arms:
    return _stepped(dimension, "ts", "ts IS NULL", lambda epoch: timestamp(cuts.epochs[epoch - 1]))


def _stepped(dimension: Dimension, value: str, missing: str, start: Callable[[int], str]) -> Arms:
    """From the last class down to the second: a class starts at its least value."""
    if (place := dimension.place(None)) is not None:
        yield missing, place
    for place, members in reversed(list(enumerate(dimension.classes))):
        known = [member for member in members if member is not None]
        if known and place > 0:
            yield f"{value} >= {start(min(known))}", place


def _modes(dimension: Dimension, cuts: Cuts, present: Present) -> Arms:
    """As `MODE` says it, test by test, where all that is left is standard: most requests name no tier at all."""
    if dimension.place("standard") != 0:
        yield from _values(dimension, cuts, present)
        return
    batch, fast = dimension.place("batch"), dimension.place("fast")
    if batch is not None:
        yield "is_batch", batch
    yield "service_tier IS NULL AND speed IS NULL", 0
    if batch is not None:
        yield _equal("lower(service_tier)", "batch"), batch
    if fast is not None:
        yield _equal("lower(speed)", "fast"), fast
    for place, members in enumerate(dimension.classes[1:], 1):
        yield from ((_equal("lower(service_tier)", mode), place) for mode in members if mode != "batch")


def _values(dimension: Dimension, cuts: Cuts, present: Present) -> Arms:
    expression = DIMENSIONS.get(dimension.name, dimension.name)
    for place, members in enumerate(dimension.classes[1:], 1):
        for value in members:
            yield _equal(expression, value), place


_ARMS: Mapping[str, Callable[[Dimension, Cuts, Present], Arms]] = {"band": _bands, "epoch": _epochs, "mode": _modes}


def _windows(dimension: Dimension, table: PriceTable, cuts: Cuts, model: str, lists: _Lists) -> str:
    """What every hour of the week (or shorter slot, where windows start within the hour) adds, from a list.

    By arithmetic on microseconds, which costs a tenth of taking a timestamp apart; 1970-01-01 was a Thursday.
    """
    specs = sorted({spec for members in dimension.classes for held in members for spec in held})
    minutes = {spec: window_minutes(spec) for spec in specs}
    edges = [edge for spec in specs for span in window_parts(spec)[1] for edge in span]
    slot = gcd(60, *edges)
    slots = []
    for start in range(0, 7 * 1440, slot):
        held = tuple(spec for spec in cuts.windows if spec in minutes and divmod(start, 1440) in minutes[spec])
        slots.append(dimension.place(held) or 0)
    place = f"(epoch_us(ts) // {slot * 60_000_000} + {3 * 1440 // slot}) % {7 * 1440 // slot} + 1"
    steps = {step for step in dimension.steps if step}
    # Mostly one name has windows, or all of them the same step.
    one = steps.pop() if len(steps) == 1 else 1
    found = lists.figures([held * one for held in slots], "INTEGER", place)
    added = f"coalesce({found}, {(dimension.place(()) or 0) * one})"
    if steps:
        added = f"{_by_name(table, dimension.steps, model)} * {added}"
    if len(dimension.matters) == len(table.names):
        return added
    return f"CASE WHEN {_is_of(table, dimension.matters, model)} THEN {added} ELSE 0 END"


def _equal(expression: str, value: Any) -> str:
    if value is None:
        return f"{expression} IS NULL"
    # Never NULL, which a CASE takes twice as long over.
    return f"{expression} IS NOT DISTINCT FROM {value if isinstance(value, bool) else _text(value)}"


def _text(value: str | None) -> str:
    return "NULL" if value is None else literal(value)
