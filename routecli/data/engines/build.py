"""A workload made by an engine: the same cells, latencies and span as a store's, cell by cell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from routecli.data.cell_query import cell_sql, latency_sql, span_sql, timestamp
from routecli.data.conditions import hosted_sql
from routecli.data.engines import Engine
from routecli.data.engines.dialects import transpiled
from routecli.data.engines.relation import relation_sql
from routecli.data.workload import IdOf, asked_span, cells_of, moved_names, told_apart
from routecli.errors import DataError
from routecli.model.workload import Cuts, LatencyCount, Span, Workload

SOURCE = "routecli_source"
"""The name that the table has in the query, replaced by the engine's own words for it."""


@dataclass(frozen=True, slots=True)
class Columns:
    """How the table's columns become those of a request."""

    map: Mapping[str, str] = field(default_factory=dict)
    set: Mapping[str, str] = field(default_factory=dict)


def queries(relation: str, cuts: Cuts, since: datetime | None, until: datetime | None) -> dict[str, str]:
    """The queries by name (cells, latencies, span), in DuckDB's dialect."""
    tests = bounds(since, until)
    condition = f"WHERE {' AND '.join(tests)}" if tests else ""
    inside = f"({relation}) AS requests"
    return {
        "cells": cell_sql(cuts, (), condition, inside, model=hosted_sql()),
        "latencies": latency_sql(tests, relation=inside, model=hosted_sql()),
        "span": span_sql(condition, inside),
    }


def bounds(since: datetime | None, until: datetime | None) -> list[str]:
    """Tests on the request's time: `since` is inclusive, `until` exclusive."""
    pairs = ((">=", since), ("<", until))
    return [f"ts {sign} {timestamp(bound)}" for sign, bound in pairs if bound is not None]


def built(
    engine: Engine,
    columns: Columns,
    cuts: Cuts,
    *,
    since: datetime | None,
    until: datetime | None,
    id_of: IdOf,
    where: str,
) -> Workload:
    """Run the queries in the engine. Raises DataError where there is nothing to judge."""
    relation = relation_sql(SOURCE, set(engine.columns()), columns.map, columns.set, where)

    def ask(sql: str) -> list[Sequence[Any]]:
        return engine.rows(transpiled(sql, engine.dialect).replace(SOURCE, engine.relation))

    asked = queries(relation, cuts, since, until)
    cells = cells_of(ask(asked["cells"]), cuts)
    if not cells:
        raise DataError("no-requests", "no requests to judge", where=where, fix="widen --since/--until")
    moved = moved_names(cells, cuts, id_of)
    model = hosted_sql()
    apart = told_apart(cuts, moved, model)
    latencies = latency_sql(bounds(since, until), apart, f"({relation}) AS requests", model=model)
    return Workload(
        "store",
        cells,
        cuts,
        _span(ask, asked["span"], since, until),
        tuple(_latency(row) for row in ask(latencies)),
    )


def _latency(row: Sequence[Any]) -> LatencyCount:
    model, kind, bucket, n, sum_us, epoch = row
    return LatencyCount(model, kind, int(bucket), int(n), int(sum_us), None if epoch is None else int(epoch))


def _span(ask: Callable[[str], list[Sequence[Any]]], sql: str, since: datetime | None, until: datetime | None) -> Span:
    first, last = ask(sql)[0]
    if first is None:
        return Span()
    return asked_span(_utc(first), _utc(last), since, until)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo is not None else moment
