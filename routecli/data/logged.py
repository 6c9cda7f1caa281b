"""Requests beside their logged cost: the cells of a workload, with the exact sum of what was logged for them.

Requests with and without a logged cost, and with and without usage, are in cells of their own: only where both are known
is there anything to compare.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from routecli.data.conditions import METERED, model_sql, times, where
from routecli.data.store import connect
from routecli.data.workload import cell_of, cell_sql, label_sql, span_of
from routecli.errors import DataError
from routecli.model.logged import LoggedCell
from routecli.model.workload import Cuts, Workload
from routecli.money import PICO_PER_USD

PLACES = tuple(range(9))
"""Decimals of a dollar that logged costs are tried to be written with."""

_KNOWN = {
    "logged": "cost_usd IS NOT NULL",
    # A hit of the gateway's cache costs nothing, whatever usage it reports.
    "metered": f"({METERED} OR coalesce(gateway_cache_hit, FALSE))",
    "source": "cost_source",
}
"""What tells the cells apart besides the columns of the report."""


@dataclass(frozen=True, slots=True)
class Extra:
    """What a cell of the log holds besides tokens; see `LoggedCell`. `compared`: usage and logged cost are both known."""

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
) -> tuple[Workload, tuple[Extra, ...]]:
    """The store as a workload whose cells carry, after the labels of `by`, their place among the extras.

    Raises DataError `no-requests` where there are none, UsageError `unknown-column`.
    """
    more = {
        "sum_cost": "coalesce(sum(cost_usd), 0)",
        "sum_reasoning": f"coalesce(sum(coalesce(reasoning_tokens, 0)) FILTER (WHERE {METERED}), 0)",
        **{f"in_{n}": f"coalesce(bool_and(cost_usd = round(cost_usd, {n})), FALSE)" for n in PLACES},
    }
    with connect(db, write=False) as con:
        model = model_sql(con)
        labels = [f"CAST({model} AS VARCHAR)" if column == "model" else label_sql(con, column) for column in by]
        labels += [f"CAST({sql} AS VARCHAR)" for sql in _KNOWN.values()]
        bounded, bounds = times(since, until)
        rows = con.execute(cell_sql(cuts, labels, where(bounded), model, more), bounds).fetchall()
        span = span_of(con, where(bounded), bounds, since, until)
    if not rows:
        raise DataError("no-requests", "no requests to judge", where=str(db), fix="routecli ingest PATH")
    cells, extras = [], []
    for place, row in enumerate(rows):
        cell, rest = cell_of(row, cuts, len(labels))
        *own, logged, metered, source = cell.key.labels
        extras.append(_extra(rest, logged == "true", metered == "true", source))
        cells.append(cell.labelled((*own, str(place))))
    return Workload("store", tuple(cells), cuts, span), tuple(extras)


def _extra(rest: Sequence[Any], logged: bool, metered: bool, source: str | None) -> Extra:
    cost, reasoning, *written = rest
    decimals = next((places for places, enough in zip(PLACES, written, strict=True) if enough), None)
    return Extra(int(Fraction(cost) * PICO_PER_USD), source, int(reasoning), decimals, logged, logged and metered)


def logged_cells(workload: Workload, extras: Sequence[Extra]) -> list[LoggedCell]:
    """The compared cells with their logged cost, and their place taken off the labels again."""
    found = []
    for cell in workload.cells:
        *own, place = cell.key.labels
        extra = extras[int(place or 0)]
        if extra.compared:
            plain = cell.labelled(tuple(own))
            found.append(LoggedCell(plain, extra.logged, extra.source, extra.reasoning, extra.decimals))
    return found
