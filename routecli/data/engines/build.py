"""A workload made by an engine: the same cells, latencies and span as a store's, cell by cell."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from routecli.data.cell_query import EXACT, Between, cell_sql, latency_sql, span_sql, timestamp
from routecli.data.conditions import hosted_sql, whole_sql
from routecli.data.engines import Engine
from routecli.data.engines.dialects import transpiled
from routecli.data.engines.relation import CLEANED, relation_sql
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


@dataclass(frozen=True, slots=True)
class Relation:
    """The table as requests: with texts as they came, and as they are read."""

    raw: str
    clean: str

    @classmethod
    def of(cls, table: str, known: Collection[str], columns: Columns, where: str) -> "Relation":
        """The relation over a table with these columns; raises what `relation_sql` does."""
        raw, clean = (
            relation_sql(table, known, columns.map, columns.set, where, clean=clean) for clean in (False, True)
        )
        return cls(f"({raw}) AS requests", f"({clean}) AS requests")


def queries(
    relation: Relation,
    cuts: Cuts,
    since: datetime | None,
    until: datetime | None,
    *,
    wide: str = EXACT,
    between: Between | None = None,
    apart: str = "CAST(NULL AS INTEGER)",
) -> dict[str, str]:
    """The queries by name (cells, latencies, span), in DuckDB's dialect."""
    tests, model = bounds(since, until), hosted_sql()
    condition = f"WHERE {' AND '.join(tests)}" if tests else ""
    return {
        "cells": cell_sql(
            cuts,
            (),
            condition,
            relation.raw,
            model=model,
            cleaned=CLEANED,
            wide=wide,
            between=between,
            whole=whole_sql(),
        ),
        "latencies": latency_sql(tests, apart, relation.clean, model=model),
        "span": span_sql(condition, relation.raw),
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
    relation = Relation.of(SOURCE, set(engine.columns()), columns, where)
    wide = "BIGINT" if engine.dialect == "duckdb" else EXACT

    def ask(sql: str) -> list[Sequence[Any]]:
        return engine.rows(transpiled(sql, engine.dialect).replace(SOURCE, engine.relation))

    first, last = ask(queries(relation, cuts, since, until)["span"])[0]
    between = None if first is None else (_utc(first), _utc(last))
    cells = cells_of(ask(queries(relation, cuts, since, until, wide=wide, between=between)["cells"]), cuts)
    if not cells:
        raise DataError("no-requests", "no requests to judge", where=where, fix="widen --since/--until")
    apart = told_apart(cuts, moved_names(cells, cuts, id_of), hosted_sql())
    latencies = tuple(_latency(row) for row in ask(queries(relation, cuts, since, until, apart=apart)["latencies"]))
    span = Span() if between is None else asked_span(*between, since, until)
    return Workload("store", cells, cuts, span, latencies)


def _latency(row: Sequence[Any]) -> LatencyCount:
    model, kind, bucket, n, sum_us, epoch = row
    return LatencyCount(model, kind, int(bucket), int(n), int(sum_us), None if epoch is None else int(epoch))


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo is not None else moment
