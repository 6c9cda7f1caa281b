"""How far a table was read: what is kept with its rows, and which rows to read the next time.

The next read takes up before the newest row of the last one, because rows come late: at the start of the day before for
times, ten thousand before for numbers. The rows of each of the last weeks' days are counted, and a day that has more of
them than it had is read again. What was read twice is a repeat by its key, and is not stored twice.
"""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from routecli.data.logs.formats.paths import quoted
from routecli.data.logs.sources.database import Column, Table, rows, text
from routecli.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from adbc_driver_postgresql.dbapi import Connection

_TIMES = ("timestamp", "timestamptz", "date")
_NUMBERS = ("int2", "int4", "int8", "numeric")
_TEXTS = ("text", "varchar")
DAYS = 35
"""How many days before the newest row are counted, and read again where a row was added to them."""
OVERLAP_NUMBERS = 10_000


@dataclass(frozen=True, slots=True)
class Watermark:
    """The newest value of a column (as text, None: there is no row yet), and the rows of each day before it."""

    column: str
    value: str | None
    days: dict[str, int]


def chosen_column(columns: list[Column], asked: str | None, times: tuple[str, ...]) -> Column | None:
    """The column asked for, else the first of `times` that holds times; None: the table is read whole each time.

    Raises UsageError `unknown-watermark`, `bad-watermark`.
    """
    by_name = {column.name: column for column in columns}
    if asked is None:
        found = (by_name[name] for name in times if name in by_name)
        return next((column for column in found if column.type in _TIMES), None)
    if asked not in by_name:
        fix = did_you_mean(asked, by_name) or f"one of {', '.join(by_name)}"
        raise UsageError("unknown-watermark", f"the table has no column {asked!r}", fix=fix)
    if by_name[asked].type not in (*_TIMES, *_NUMBERS, *_TEXTS):
        what = f"column {asked!r} is of type {by_name[asked].type}"
        raise UsageError("bad-watermark", what, fix="name one with the time or the number that only grows")
    return by_name[asked]


def now_at(con: "Connection", table: Table, column: Column, latest: str, before: Watermark | None) -> Watermark:
    """How far the table reaches. Times after `latest`, which cannot be, leave it where it is."""
    name, timed = quoted(column.name), column.type in _TIMES
    believable = f"{name} <= {text(latest)}::{column.type}" if timed else "true"
    found = rows(con, f"SELECT max({name})::text FROM {table.sql} WHERE {believable}")[0][0]
    if found is None or not timed:
        return Watermark(column.name, found, {})
    newest = date.fromisoformat(found[:10])
    first = min([newest - timedelta(DAYS), *map(date.fromisoformat, before.days if before else ())])
    counted = rows(
        con,
        f"SELECT date_trunc('day', {name})::date::text, count(*) FROM {table.sql} "
        f"WHERE {name} >= '{first}'::{column.type} AND {believable} GROUP BY 1 ORDER BY 1",
    )
    return Watermark(column.name, found, dict(counted))


def kept(watermark: Watermark, signature: list[str]) -> str:
    """The text to be remembered. `signature` is what the rows were read as."""
    value, days = watermark.value, watermark.days
    if value and days:
        first = (date.fromisoformat(value[:10]) - timedelta(DAYS)).isoformat()
        days = {day: count for day, count in days.items() if day >= first}
    return json.dumps({"signature": signature, "column": watermark.column, "value": value, "days": days})


def recalled(state: str | None) -> tuple[Watermark | None, list[str]]:
    """The watermark and signature of last time."""
    if state is None:
        return None, []
    found = json.loads(state)
    return Watermark(found["column"], found["value"], found["days"]), found["signature"]


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows to read: a condition, where it starts (for people), and how many rows of earlier days came late."""

    condition: str
    since: str | None = None
    late: int = 0


def window(column: Column | None, before: Watermark | None, now: Watermark | None) -> Window:
    """Everything, unless there is a watermark of the same column."""
    if column is None or before is None or now is None or before.value is None or before.column != column.name:
        return Window("true")
    name, value = quoted(column.name), f"{text(before.value)}::{column.type}"
    if column.type in _TIMES:
        since = (date.fromisoformat(before.value[:10]) - timedelta(1)).isoformat()
        start = f"'{since}'::{column.type}"
    elif column.type in _NUMBERS:
        since, start = f"{before.value} less {OVERLAP_NUMBERS:,}", f"{value} - {OVERLAP_NUMBERS}"
    else:
        since, start = before.value, value
    grown = {day: now.days[day] - before.days.get(day, 0) for day in now.days if day < since}
    oldest = (date.fromisoformat(before.value[:10]) - timedelta(DAYS)).isoformat() if grown else ""
    grown = {day: more for day, more in grown.items() if more > 0 and day >= oldest}
    conditions = [f"{name} >= {start}", f"{name} IS NULL"]
    conditions += [
        f"({name} >= '{day}'::{column.type} AND {name} < '{day}'::date + interval '1 day')" for day in sorted(grown)
    ]
    return Window(f"({' OR '.join(conditions)})", since, sum(grown.values()))
