"""Requests beside their logged cost: the cells of a workload, with the exact sum of what was logged for them.

Requests with and without a logged cost, and with and without usage, are in cells of their own: only where both are
known is there anything to compare.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from routecli.data.cell_query import cell_sql
from routecli.data.conditions import METERED, input_sql, model_sql, times, where
from routecli.data.store import connect
from routecli.data.workload import cells_of, label_sql, span_of, wide_for
from routecli.errors import DataError
from routecli.model.logged import LoggedCell
from routecli.model.workload import Cell, Cuts, Workload
from routecli.money import PICO_PER_USD

PLACES = tuple(range(9))
"""Decimals of a dollar that logged costs are tried to be written with."""

_KNOWN = (
    "cost_usd IS NOT NULL",
    # A hit of the gateway's cache costs nothing, whatever usage it reports.
    f"({METERED} OR coalesce(gateway_cache_hit, FALSE))",
    "cost_source",
)
"""What tells the cells apart besides the columns of the report: a logged cost, usage, the cost's source."""

_SUMS = (
    ("sum", "coalesce(sum(cost_usd), 0)"),
    ("sum", f"coalesce(sum(CASE WHEN {METERED} THEN coalesce(reasoning_tokens, 0) END), 0)"),
    *(("bool_and", f"coalesce(bool_and(cost_usd = round(cost_usd, {places})), FALSE)") for places in PLACES),
)


@dataclass(frozen=True, slots=True)
class Extra:
    """What a cell of the log holds besides tokens; see `LoggedCell`. `compared`: it has usage and a logged cost."""

    logged: int
    source: str | None
    reasoning: int
    decimals: int | None
    has_cost: bool
    compared: bool


def load_logged(
    db: Path,
    cuts: Cuts,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    by: Sequence[str] = (),
    only: Collection[tuple[str | None, ...]] | None = None,
) -> tuple[Workload, tuple[Extra, ...]]:
    """The store as a workload whose cells carry, after the labels of `by`, their place among the extras.

    `only`: the requests with one of these labels in the first columns of `by`. Raises DataError `no-requests` where
    there are none, UsageError `unknown-column`.
    """
    with connect(db, write=False) as con:
        model, whole = model_sql(con), input_sql(con)
        labels = [f"CAST({model} AS VARCHAR)" if column == "model" else label_sql(con, column) for column in by]
        labels += [f"CAST({sql} AS VARCHAR)" for sql in _KNOWN]
        bounded, bounds = times(since, until)
        span, between = span_of(con, where(bounded), bounds, since, until)
        if only is not None:
            alike = [" AND ".join(f"{sql} IS NOT DISTINCT FROM ?" for sql in labels[: len(one)]) for one in only]
            bounded = [*bounded, f"({' OR '.join(f'({test})' for test in alike) or 'FALSE'})"]
            bounds = [*bounds, *(label for one in only for label in one)]
        sql = cell_sql(
            cuts,
            labels,
            where(bounded),
            model=model,
            more=_SUMS,
            between=between,
            whole=whole,
            wide=wide_for(whole),
        )
        rows = con.execute(sql, bounds).fetchall()
    if not rows:
        raise DataError("no-requests", "no requests to judge", where=str(db), fix="routecli ingest PATH")
    cells = cells_of((row[: -len(_SUMS)] for row in rows), cuts, len(labels))
    extras = [_extra(cell, row[-len(_SUMS) :]) for cell, row in zip(cells, rows, strict=True)]
    placed = (_labelled(cell, (*cell.key.labels[: len(by)], str(at))) for at, cell in enumerate(cells))
    return Workload("store", tuple(placed), cuts, span), tuple(extras)


def _extra(cell: Cell, sums: Sequence[Any]) -> Extra:
    has_cost, metered, source = cell.key.labels[-len(_KNOWN) :]
    cost, reasoning, *written = sums
    decimals = next((places for places, enough in zip(PLACES, written, strict=True) if enough), None)
    compared = has_cost == metered == "true"
    return Extra(int(Fraction(cost) * PICO_PER_USD), source, int(reasoning), decimals, has_cost == "true", compared)


def _labelled(cell: Cell, labels: tuple[str | None, ...]) -> Cell:
    return replace(cell, key=replace(cell.key, labels=labels))


def logged_cells(cells: Iterable[Cell], extras: Sequence[Extra]) -> Iterator[tuple[LoggedCell, Extra]]:
    """Cells of `load_logged` with what was logged for them, their place taken off the labels again."""
    for cell in cells:
        *own, place = cell.key.labels
        extra = extras[int(place or 0)]
        plain = _labelled(cell, tuple(own))
        yield LoggedCell(plain, extra.logged, extra.source, extra.reasoning, extra.decimals), extra
