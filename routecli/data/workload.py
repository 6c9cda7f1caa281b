"""The one GROUP BY: any number of requests become a few thousand cells of exact sums.

`DIMENSIONS` (in `conditions`) are the columns that price or policy can tell apart; each is one SQL expression over the
`requests` table. Bands, epochs and weekly windows come from the rate cards compared and from the policies' length
rules.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routecli.data.conditions import DIMENSIONS, METERED, MODE, tests, times, where
from routecli.data.store import connect
from routecli.errors import DataError, UsageError, did_you_mean
from routecli.model.names import Spelling
from routecli.model.policy import Condition
from routecli.model.rates import Period, RateCard
from routecli.model.workload import LATENCY_GROWTH, Cell, Cuts, Key, LatencyCount, Span, Workload

if TYPE_CHECKING:
    import duckdb

DERIVED: dict[str, str] = {
    "date": "strftime(ts, '%Y-%m-%d')",
    "month": "strftime(ts, '%Y-%m')",
    "weekday": "strftime(ts, '%A')",
    "hour": "strftime(ts, '%H')",
    "model": DIMENSIONS["model"],
    "mode": MODE,
}
"""Columns to group by that are computed; every canonical column can be grouped by as it is."""

WRITE_1H = "coalesce(cache_write_1h_tokens, 0)"
# Writes without the 5-minute / 1-hour split count as 5-minute ones, the default retention.
WRITE_5M = f"coalesce(cache_write_5m_tokens, greatest(coalesce(cache_write_tokens, 0) - {WRITE_1H}, 0))"

IdOf = Callable[[str, datetime | None], tuple[str, Spelling]]
"""A logged model name and its time -> the card's id, or the name itself where the card does not know it; and when the
name stands for that."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def cuts_for(card: RateCard, edges: Iterable[int] = ()) -> Cuts:
    """Where to cut so that this card prices every cell exactly, plus the given input lengths."""
    periods = [period for model in card.models.values() for periods in model.modes.values() for period in periods]
    tiers = [tier for period in periods for tier in _tiers(period)]
    changes = [at for period in periods for at in (period.start, period.until)]
    moves = [period.start for aliases in card.vendor_aliases.values() for period in aliases]
    return Cuts(
        edges=tuple(sorted({tier.edge for tier in tiers} | set(edges))),
        epochs=tuple(sorted({at for at in (*changes, *moves) if at is not None})),
        windows=tuple(sorted({window.spec for period in periods for window in period.windows})),
    )


def _tiers(period: Period) -> list[Any]:
    return [*period.tiers, *(tier for window in period.windows for tier in window.tiers)]


def load_workload(
    db: Path,
    cuts: Cuts,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    by: Sequence[str] = (),
    conditions: Sequence[Condition] = (),
    id_of: IdOf = lambda name, _: (name, Spelling(name)),
) -> Workload:
    """Read a store as a workload.

    `since` is inclusive and `until` exclusive (UTC instants); `by` are further columns to keep apart (Key.labels).
    `conditions` leave the cells alone and narrow a second set of latencies; `id_of` is the card's id of a model name.
    Raises DataError where nothing is left to judge.
    """
    with connect(db, write=False) as con:
        labels = [label_sql(con, column) for column in by]
        bounded, bounds = times(since, until)
        cells = _cells(con, cuts, labels, where(bounded), bounds)
        span = _span(con, where(bounded), bounds, since, until)
        names = names_of(cells, cuts, id_of)
        moved = _several(names)
        latencies = _latencies(con, bounded, bounds, cuts, moved)
        narrowed = None
        if conditions:
            narrow, values = tests(conditions, names)
            narrowed = _latencies(con, [*bounded, *narrow], [*bounds, *values], cuts, moved)
    if not cells:
        raise DataError(
            "no-requests",
            "no requests to judge",
            where=str(db),
            why="the store is empty" if since is None and until is None else "none lie in the time asked for",
            fix="routecli ingest PATH, or widen --since/--until",
        )
    return Workload("store", cells, cuts, span, latencies, narrowed=narrowed)


def names_of(cells: Iterable[Cell], cuts: Cuts, id_of: IdOf) -> dict[str, list[Spelling]]:
    """Card id -> the names it has in the logs."""
    found: dict[str, dict[Spelling, None]] = {}
    for name, epoch in dict.fromkeys((cell.key.model, cell.key.epoch) for cell in cells):
        if name is not None:
            id, spelling = id_of(name, cuts.time_of(epoch))
            found.setdefault(id, {})[spelling] = None
    return {id: list(names) for id, names in found.items()}


def _several(names: Mapping[str, Sequence[Spelling]]) -> list[str]:
    """The names that stood for several models."""
    every = [name for spellings in names.values() for name in dict.fromkeys(one.name for one in spellings)]
    return sorted({name for name in every if every.count(name) > 1})


def label_sql(con: "duckdb.DuckDBPyConnection", column: str) -> str:
    """The expression behind a `--by` column; UsageError where there is no such column."""
    known = [
        row[0]
        for row in con.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = 'requests'").fetchall()
    ]
    if column in DERIVED:
        return f"CAST({DERIVED[column]} AS VARCHAR)"
    if column not in known:
        raise unknown_column(column, [*DERIVED, *known])
    return f'CAST("{column}" AS VARCHAR)'


def unknown_column(column: str, known: Sequence[str]) -> UsageError:
    """The error for a `--by` or `--where` column that does not exist."""
    common = (
        "model, mode, provider, query_type, user_tier, endpoint, status, user_id, session_id, request_id, date, month"
    )
    other = {"day": "date", "user": "user_id", "session": "session_id", "type": "query_type"}.get(column)
    hint = (
        f"did you mean {other!r}?"
        if other
        else did_you_mean(column, known) or f"for example {common}; docs/log-schema.md has them all"
    )
    return UsageError("unknown-column", f"there is no column '{column}'", fix=hint)


def literal(instant: datetime) -> str:
    """An instant as SQL."""
    return f"TIMESTAMP '{instant:%Y-%m-%d %H:%M:%S}'"


def _steps(value: str, starts: Sequence[str], *, index: bool, otherwise: str) -> str:
    """A CASE that maps a value to the last start it has reached (its index, or the start itself)."""
    arms = [f"WHEN {value} >= {start} THEN {number if index else start}" for number, start in enumerate(starts, 1)]
    return f"CASE WHEN {otherwise} THEN NULL {' '.join(reversed(arms))} ELSE 0 END"


def window_minutes(spec: str) -> frozenset[tuple[int, int]]:
    """The (weekday, minute of the day) pairs of a weekly window, Monday 0."""
    days, spans = window_parts(spec)
    return frozenset((day, minute) for day in days for start, end in spans for minute in range(start, end))


def window_parts(spec: str) -> tuple[list[int], list[tuple[int, int]]]:
    """The weekdays (Monday 0) of a weekly window and its spans in minutes of the day."""
    days, spans = spec.split(" ")
    clocks = [[int(clock[:2]) * 60 + int(clock[3:]) for clock in span.split("-")] for span in spans.split(",")]
    return [DAYS.index(day) for day in days.split(",")], [(start, end) for start, end in clocks]


def window_test(spec: str) -> str:
    """SQL for 'the request's instant lies in this weekly window', e.g. `mon,tue 01:00-04:00,06:00-10:00`."""
    days, spans = window_parts(spec)
    minute = "(hour(ts) * 60 + minute(ts))"
    tests = [f"({minute} >= {start} AND {minute} < {end})" for start, end in spans]
    return f"({among('isodow(ts)', [day + 1 for day in days])} AND ({' OR '.join(tests)}))"


def among(value: str, numbers: Sequence[int]) -> str:
    """SQL for 'the value is one of these ascending numbers', as ranges: a long IN list is a join of every row."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return f"({' OR '.join(f'{value} BETWEEN {first} AND {last}' for first, last in ranges)})"


def cell_sql(cuts: Cuts, labels: Sequence[str], where: str) -> str:
    """The one query. Columns: DIMENSIONS, window bits, band, epoch, labels, then the sums named `sum_x`."""
    bits = " + ".join(f"CASE WHEN {window_test(spec)} THEN {1 << i} ELSE 0 END" for i, spec in enumerate(cuts.windows))
    keys = {
        **DIMENSIONS,
        "window_bits": f"coalesce({bits}, 0)" if bits else "0",
        "band": _steps("input_tokens", [str(edge) for edge in cuts.edges], index=False, otherwise=f"NOT {METERED}"),
        "epoch": _epoch(cuts),
        **{f"label_{i}": label for i, label in enumerate(labels)},
    }
    sums = {
        "n": "count(*)",
        "sum_input": _sum("input_tokens"),
        "sum_output": _sum("output_tokens"),
        "sum_read": _sum("coalesce(cache_read_tokens, 0)"),
        "sum_write_5m": _sum(WRITE_5M),
        "sum_write_1h": _sum(WRITE_1H),
        "n_unmetered": f"count(*) FILTER (WHERE NOT {METERED})",
        "n_no_cache_info": f"count(*) FILTER (WHERE {METERED} AND cache_read_tokens IS NULL)",
        "min_input": f"min(input_tokens) FILTER (WHERE {METERED})",
        "max_input": f"max(input_tokens) FILTER (WHERE {METERED})",
    }
    columns = ",\n  ".join(f"{sql} AS {name}" for name, sql in {**keys, **sums}.items())
    order = ", ".join(str(number) for number in range(1, len(keys) + 1))
    return f"SELECT {columns}\nFROM requests {where}\nGROUP BY {order}\nORDER BY {order}"


def _sum(expression: str) -> str:
    return f"coalesce(sum({expression}) FILTER (WHERE {METERED}), 0)"


def _cells(
    con: "duckdb.DuckDBPyConnection", cuts: Cuts, labels: Sequence[str], where: str, bounds: list[Any]
) -> tuple[Cell, ...]:
    width = len(DIMENSIONS)
    cells = []
    for row in con.execute(cell_sql(cuts, labels, where), bounds).fetchall():
        bits, band, epoch = row[width : width + 3]
        windows = tuple(spec for i, spec in enumerate(cuts.windows) if bits >> i & 1)
        split = width + 3 + len(labels)
        place = dict(zip(DIMENSIONS, row, strict=False))
        key = Key(**place, windows=windows, band=band, epoch=epoch, labels=tuple(row[width + 3 : split]))
        n, *sums, unmetered, no_cache_info, low, high = row[split:]
        tokens, output, read, write_5m, write_1h = map(int, sums)
        cells.append(
            Cell(
                key,
                n,
                tokens,
                output,
                read,
                write_5m,
                write_1h,
                unmetered,
                no_cache_info,
                input_min=low,
                input_max=high,
            )
        )
    return tuple(cells)


def _span(
    con: "duckdb.DuckDBPyConnection", where: str, bounds: list[Any], since: datetime | None, until: datetime | None
) -> Span:
    first, last = con.execute(f"SELECT min(ts), max(ts) FROM requests {where}", bounds).fetchall()[0]
    if first is None:
        return Span()
    every = con.execute("SELECT min(ts), max(ts) FROM requests").fetchall()[0]
    span = _asked(first, last, since, until)
    dates = (moment.date() for moment in (first, last, *every))
    return replace(span, **dict(zip(("seen_first", "seen_last", "all_first", "all_last"), dates, strict=True)))


def _asked(first: datetime, last: datetime, since: datetime | None, until: datetime | None) -> Span:
    start: date = since.date() if since else first.date()
    end: date = (until - timedelta(microseconds=1)).date() if until else last.date()
    if since and until:
        length = until - since
        return Span(start, end, Fraction(length // timedelta(microseconds=1), 86_400_000_000))
    if since:
        midnight = datetime.combine(end + timedelta(days=1), datetime.min.time(), tzinfo=since.tzinfo)
        return Span(start, end, Fraction((midnight - since) // timedelta(microseconds=1), 86_400_000_000))
    if until:
        midnight = datetime.combine(start, datetime.min.time(), tzinfo=until.tzinfo)
        return Span(start, end, Fraction((until - midnight) // timedelta(microseconds=1), 86_400_000_000))
    return Span(start, end, Fraction((end - start).days + 1))


def _epoch(cuts: Cuts) -> str:
    return _steps("ts", [literal(start) for start in cuts.epochs], index=True, otherwise="ts IS NULL")


def _latencies(
    con: "duckdb.DuckDBPyConnection", picked: Sequence[str], bounds: list[Any], cuts: Cuts, moved: Sequence[str]
) -> tuple[LatencyCount, ...]:
    """Latency counts; those of `moved` names, which stood for several models, are told apart by epoch."""
    import duckdb

    names = ", ".join(str(duckdb.ConstantExpression(name)) for name in moved)
    epoch = f"CASE WHEN {DIMENSIONS['model']} IN ({names}) THEN {_epoch(cuts)} END" if moved else "NULL::INTEGER"
    served = "coalesce(call_role, 'user') = 'user' AND status = 'success' AND NOT coalesce(gateway_cache_hit, FALSE)"
    known = f"latency_ms IS NOT NULL AND {DIMENSIONS['model']} IS NOT NULL"
    sql = f"""SELECT {DIMENSIONS["model"]} AS model, query_type,
      CAST(floor(ln(greatest(latency_ms, 1.0)) / ln({LATENCY_GROWTH})) AS INTEGER) AS bucket,
      count(*) AS n, CAST(sum(CAST(round(latency_ms * 1000) AS BIGINT)) AS BIGINT) AS sum_us, {epoch} AS epoch
    FROM requests {where([*picked, known, served])}
    GROUP BY 1, 2, 3, 6 ORDER BY 1, 2, 3, 6"""
    return tuple(LatencyCount(*row) for row in con.execute(sql, bounds).fetchall())
