"""The one GROUP BY: any number of requests become a few thousand cells of exact sums.

`DIMENSIONS` (in `conditions`) are the columns that price or policy can tell apart; each is one SQL expression over the
`requests` table. Bands, epochs and weekly windows come from the rate cards compared and from the policies' length
rules.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routecli.data.cell_query import Between, cell_sql, epoch_sql, latency_sql, span_sql, window_parts
from routecli.data.conditions import DIMENSIONS, INPUT, MODE, input_sql, model_sql, tests, times, where
from routecli.data.sql_text import literal
from routecli.data.store import connect
from routecli.errors import DataError, UsageError, did_you_mean
from routecli.model.conditions import Condition
from routecli.model.names import Spelling
from routecli.model.rates import Period, RateCard
from routecli.model.workload import Cell, Cuts, Key, LatencyCount, Span, Workload

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

IdOf = Callable[[str, datetime | None], tuple[str, Spelling]]
"""A logged model name and its time -> the card's id, or the name itself where the card does not know it; and when the
name stands for that."""


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
        model, whole = model_sql(con), input_sql(con)
        labels = [f"CAST({model} AS VARCHAR)" if column == "model" else label_sql(con, column) for column in by]
        bounded, bounds = times(since, until)
        span, between = span_of(con, where(bounded), bounds, since, until)
        sql = cell_sql(cuts, labels, where(bounded), model=model, between=between, whole=whole, wide=wide_for(whole))
        cells = cells_of(con.execute(sql, bounds).fetchall(), cuts, len(labels))
        names = names_of(cells, cuts, id_of)
        moved = _several(names)
        epoch = told_apart(cuts, moved, model)
        latencies = _latencies(con, bounded, bounds, model, epoch)
        narrowed = None
        if conditions:
            narrow, values = tests(conditions, names, model, whole)
            narrowed = _latencies(con, [*bounded, *narrow], [*bounds, *values], model, epoch)
    if not cells:
        raise DataError(
            "no-requests",
            "no requests to judge",
            where=str(db),
            why="the store is empty" if since is None and until is None else "none lie in the time asked for",
            fix="routecli ingest PATH, or widen --since/--until",
        )
    return Workload("store", cells, cuts, span, latencies, narrowed=narrowed)


def wide_for(whole: str) -> str:
    """What a store's tokens are added up as; what was cached can be more than one column holds."""
    return "BIGINT" if whole == INPUT else "HUGEINT"


def names_of(cells: Iterable[Cell], cuts: Cuts, id_of: IdOf) -> dict[str, list[Spelling]]:
    """Card id -> the names it has in the logs."""
    found: dict[str, dict[Spelling, None]] = {}
    for name, epoch in dict.fromkeys((cell.key.model, cell.key.epoch) for cell in cells):
        if name is not None:
            id, spelling = id_of(name, cuts.time_of(epoch))
            found.setdefault(id, {})[spelling] = None
    return {id: list(names) for id, names in found.items()}


def moved_names(cells: Iterable[Cell], cuts: Cuts, id_of: IdOf) -> list[str]:
    """The names in the logs that stood for several models."""
    return _several(names_of(cells, cuts, id_of))


def _several(names: Mapping[str, Sequence[Spelling]]) -> list[str]:
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


def window_minutes(spec: str) -> frozenset[tuple[int, int]]:
    """The (weekday, minute of the day) pairs of a weekly window, Monday 0."""
    days, spans = window_parts(spec)
    return frozenset((day, minute) for day in days for start, end in spans for minute in range(start, end))


def cells_of(rows: Iterable[Sequence[Any]], cuts: Cuts, labels: int = 0) -> tuple[Cell, ...]:
    """The rows of `cell_sql` as cells, whatever engine they come from."""
    width = len(DIMENSIONS)
    split = width + 3 + labels
    # The dimensions are the first fields of a key, in its order.
    assert tuple(one.name for one in fields(Key))[:width] == tuple(DIMENSIONS)
    cells = []
    named: dict[int, tuple[str, ...]] = {}
    for row in rows:
        bits, band, epoch = row[width : width + 3]
        windows = named.get(bits)
        if windows is None:
            windows = named[bits] = tuple(spec for i, spec in enumerate(cuts.windows) if int(bits) >> i & 1)
        place: list[Any] = [*row[:width], windows, band, epoch, tuple(row[width + 3 : split])]
        sums = (None if value is None else int(value) for value in row[split:])
        cells.append(Cell(Key(*place), *sums))  # type: ignore[arg-type]
    return tuple(cells)


def span_of(
    con: "duckdb.DuckDBPyConnection", where: str, bounds: list[Any], since: datetime | None, until: datetime | None
) -> tuple[Span, Between | None]:
    """The time that the requests cover (see `Span`), and the first and the last instant of them."""
    first, last = con.execute(span_sql(where), bounds).fetchall()[0]
    if first is None:
        return Span(), None
    every = con.execute(span_sql("")).fetchall()[0]
    span = asked_span(first, last, since, until)
    dates = (moment.date() for moment in (first, last, *every))
    named = dict(zip(("seen_first", "seen_last", "all_first", "all_last"), dates, strict=True))
    return replace(span, **named), (first, last)


def asked_span(first: datetime, last: datetime, since: datetime | None, until: datetime | None) -> Span:
    """The span that was asked for, or without bounds that of the first and the last request."""
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


def _latencies(
    con: "duckdb.DuckDBPyConnection", picked: Sequence[str], bounds: list[Any], model: str, epoch: str
) -> tuple[LatencyCount, ...]:
    sql = latency_sql(picked, epoch, model=model)
    return tuple(LatencyCount(*row) for row in con.execute(sql, bounds).fetchall())


def told_apart(cuts: Cuts, moved: Sequence[str], model: str = DIMENSIONS["model"]) -> str:
    """The epoch of requests under names that stood for several models; of all others NULL."""
    if not moved:
        return "CAST(NULL AS INTEGER)"
    names = ", ".join(literal(name) for name in moved)
    return f"CASE WHEN {model} IN ({names}) THEN {epoch_sql(cuts)} END"
