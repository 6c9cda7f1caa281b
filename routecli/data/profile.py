"""What the logged traffic looks like, beyond its bill: lengths, looks, health and latency, by SQL on the store.

Everything here is measured on user requests (call_role user). A figure whose field no row carries is None, never 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routecli.data.conditions import DIMENSIONS, METERED, input_sql, model_sql, spelled, tests, times
from routecli.data.store import connect
from routecli.data.workload import label_sql
from routecli.model.conditions import Condition
from routecli.model.names import Spelling

if TYPE_CHECKING:
    import duckdb

SHORT_FRESH = 1_000
SIMPLE_OUTPUT = 200
HARD_FRESH = 4_000
HARD_OUTPUT = 1_000
BAND_EDGES = (0, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 200_000)

RETRIED = "(coalesce(retry_count, 0) > 0 OR coalesce(attempt, 1) > 1)"
DEFINITIONS = {
    "short": f"at most {SHORT_FRESH:,} fresh input tokens (input less cache reads and writes)",
    "simple": f"short, output_tokens <= {SIMPLE_OUTPUT:,}, not retried",
    "hard": f"more than {HARD_FRESH:,} fresh input tokens, or output_tokens > {HARD_OUTPUT:,}, or retried",
    "retry": "retry_count above 0, or attempt above 1, of the requests that report either",
    "follow_up": "first attempts that another first attempt of the same session follows",
}
# A long cached prefix (a system prompt, the turns before) says nothing about how hard this request is.
_FRESH = "(input_tokens - coalesce(cache_read_tokens, 0) - coalesce(cache_write_tokens, 0))"
_SHORT = f"{_FRESH} <= {SHORT_FRESH}"
_SIMPLE = f"({_SHORT} AND output_tokens <= {SIMPLE_OUTPUT} AND NOT {RETRIED})"
_HARD = f"({_FRESH} > {HARD_FRESH} OR output_tokens > {HARD_OUTPUT} OR {RETRIED})"
_SERVED = "status = 'success' AND NOT coalesce(gateway_cache_hit, FALSE)"


@dataclass(frozen=True, slots=True)
class Profile:
    """Figures by name; `bands` are (from, to, requests); `groups` maps the label tuple to its figures."""

    lengths: Mapping[str, float | None]
    bands: Sequence[tuple[int, int | None, int]]
    looks: Mapping[str, float | None]
    health: Mapping[str, float | None]
    latency: Mapping[str, float | None]
    groups: Mapping[tuple[str | None, ...], Mapping[str, float | None]]


def profile(
    db: Path,
    *,
    since: datetime | None,
    until: datetime | None,
    conditions: Sequence[Condition],
    names_of: Mapping[str, Sequence[Spelling]],
    by: Sequence[str],
) -> Profile:
    """Measure the user requests of a store. `names_of` maps a card id to the model names it has in the logs."""
    bounded, bounds = times(since, until)
    with connect(db, write=False) as con:
        model = model_sql(con)
        narrow, values = tests(conditions, names_of, model, input_sql(con))
        where = " AND ".join([f"{DIMENSIONS['call_role']} = 'user'", *bounded, *narrow])
        labels = [_ids_sql(names_of, model) if column == "model" else label_sql(con, column) for column in by]
        con.execute(f"CREATE TEMP VIEW picked AS SELECT * FROM requests WHERE {_inlined(where, [*bounds, *values])}")
        return Profile(
            lengths=_row(con, _LENGTHS),
            bands=_bands(con),
            looks=_row(con, _LOOKS),
            health=_row(con, _HEALTH) | _row(con, _SESSIONS),
            latency=_row(con, _LATENCY),
            groups=_groups(con, labels),
        )


_LENGTHS = f"""SELECT count(*) AS requests, quantile_disc(input_tokens, 0.5) AS input_p50,
  quantile_disc(input_tokens, 0.95) AS input_p95, quantile_disc(output_tokens, 0.5) AS output_p50,
  quantile_disc(output_tokens, 0.95) AS output_p95 FROM picked WHERE {METERED}"""

_LOOKS = f"""SELECT avg(CASE WHEN {_SHORT} THEN 1.0 ELSE 0 END) AS short,
  avg(CASE WHEN {_SIMPLE} THEN 1.0 ELSE 0 END) AS simple, avg(CASE WHEN {_HARD} THEN 1.0 ELSE 0 END) AS hard
  FROM picked WHERE {METERED}"""

_HEALTH = f"""SELECT avg(CASE WHEN status = 'error' THEN 1.0 ELSE 0 END) AS error,
  avg(CASE WHEN status = 'partial' THEN 1.0 ELSE 0 END) AS partial,
  CASE WHEN count(retry_count) + count(attempt) > 0
    THEN avg(CASE WHEN retry_count IS NULL AND attempt IS NULL THEN NULL
                  WHEN {RETRIED} THEN 1.0 ELSE 0 END) END AS retry,
  avg(CASE WHEN {METERED} THEN 1.0 ELSE 0 END) AS usage_known,
  avg(CASE WHEN NOT {METERED} THEN NULL WHEN cache_read_tokens IS NULL THEN 0 ELSE 1.0 END) AS cache_info_known,
  avg(CASE WHEN latency_ms IS NULL THEN 0 ELSE 1.0 END) AS latency_known FROM picked"""

_SESSIONS = """WITH s AS (SELECT session_id, count(*) AS turns FROM picked
    WHERE session_id IS NOT NULL AND NOT coalesce(session_synthetic, FALSE) AND coalesce(attempt, 1) = 1 GROUP BY 1)
  SELECT CASE WHEN count(*) > 0 THEN count(*) END AS sessions, avg(turns) AS requests_per_session,
    quantile_disc(turns, 0.95) AS session_p95, 1.0 - count(*) / sum(turns) AS follow_up FROM s"""

_QUANTILES = """avg(latency_ms) AS mean, quantile_disc(latency_ms, 0.5) AS p50,
  quantile_disc(latency_ms, 0.95) AS p95, quantile_disc(latency_ms, 0.99) AS p99"""

_LATENCY = f"SELECT {_QUANTILES} FROM picked WHERE latency_ms IS NOT NULL AND {_SERVED}"


def _row(con: "duckdb.DuckDBPyConnection", sql: str) -> dict[str, float | None]:
    cursor = con.execute(sql)
    names = [column[0] for column in cursor.description or []]
    values = cursor.fetchall()[0]
    return {name: None if value is None else float(value) for name, value in zip(names, values, strict=True)}


def _bands(con: "duckdb.DuckDBPyConnection") -> list[tuple[int, int | None, int]]:
    arms = " ".join(f"WHEN input_tokens >= {edge} THEN {edge}" for edge in reversed(BAND_EDGES))
    sql = f"SELECT CASE {arms} END AS band, count(*) FROM picked WHERE {METERED} GROUP BY 1"
    found: dict[int, int] = dict(con.execute(sql).fetchall())
    last = max(found, default=0)
    ends = [*BAND_EDGES[1:], None]
    return [
        (edge, end, found.get(edge, 0)) for edge, end in zip(BAND_EDGES, ends, strict=True) if found and edge <= last
    ]


def _groups(
    con: "duckdb.DuckDBPyConnection", labels: Sequence[str]
) -> dict[tuple[str | None, ...], dict[str, float | None]]:
    keys = ", ".join(f"{label} AS label_{i}" for i, label in enumerate(labels))
    places = ", ".join(str(i + 1) for i in range(len(labels)))
    sql = f"""SELECT {keys}, avg(CASE WHEN status = 'error' THEN 1.0 ELSE 0 END) AS error,
        avg(CASE WHEN retry_count IS NULL AND attempt IS NULL THEN NULL
                 WHEN {RETRIED} THEN 1.0 ELSE 0 END) AS retry,
        quantile_disc(latency_ms, 0.5) FILTER (WHERE {_SERVED}) AS p50,
        quantile_disc(latency_ms, 0.95) FILTER (WHERE {_SERVED}) AS p95,
        quantile_disc(latency_ms, 0.99) FILTER (WHERE {_SERVED}) AS p99
      FROM picked GROUP BY {places} ORDER BY {places}"""
    width = len(labels)
    names = ("error", "retry", "p50", "p95", "p99")
    return {tuple(row[:width]): dict(zip(names, row[width:], strict=True)) for row in con.execute(sql).fetchall()}


def _ids_sql(names_of: Mapping[str, Sequence[Spelling]], model: str) -> str:
    """The card's id of a request's model, so that all spellings of one model are one group."""
    import duckdb

    arms = []
    for id, names in names_of.items():
        for test, values in (spelled(spelling, model) for spelling in names if spelling.name != id):
            arms.append(f"WHEN {_inlined(test, values)} THEN {duckdb.ConstantExpression(id)}")
    return f"CASE {' '.join(arms)} ELSE {model} END" if arms else model


def _inlined(where: str, bounds: Sequence[Any]) -> str:
    """The condition with its values as literals (a view takes no parameters); the engine quotes them."""
    import duckdb

    first, *others = where.split("?")
    return first + "".join(
        f"{duckdb.ConstantExpression(bound)}{rest}" for bound, rest in zip(bounds, others, strict=True)
    )
