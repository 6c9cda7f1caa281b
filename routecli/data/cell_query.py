"""The one GROUP BY and its two companions as SQL that every engine understands once it is transpiled.

Written in DuckDB's dialect with nothing that the others lack: CASE instead of FILTER, days counted from a Monday
instead of weekday functions, sums over DECIMAL(38, 0), and no alias that is also a column (ClickHouse would take the
alias).
`relation` is whatever stands behind FROM: it has the canonical columns of a request.
"""

from collections.abc import Sequence
from datetime import datetime

from routecli.data.conditions import DIMENSIONS, METERED, where
from routecli.model.workload import LATENCY_GROWTH, Cuts

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

USED = (
    "ts",
    "model_served",
    "model_requested",
    "provider",
    "is_batch",
    "service_tier",
    "speed",
    "query_type",
    "user_tier",
    "endpoint",
    "status",
    "attempt",
    "tier",
    "call_role",
    "gateway_cache_hit",
    "region",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "latency_ms",
)
"""The canonical columns that the queries read."""


def timestamp(instant: datetime) -> str:
    """An instant (UTC) as a literal."""
    return f"TIMESTAMP '{instant:%Y-%m-%d %H:%M:%S}'"


def steps(value: str, starts: Sequence[str], *, index: bool, otherwise: str) -> str:
    """A CASE that maps a value to the last start it has reached (its index, or the start itself)."""
    arms = [f"WHEN {value} >= {start} THEN {number if index else start}" for number, start in enumerate(starts, 1)]
    return f"CASE WHEN {otherwise} THEN NULL {' '.join(reversed(arms))} ELSE 0 END"


def epoch_sql(cuts: Cuts) -> str:
    """How many of the price changes lie before the request's time."""
    return steps("ts", [timestamp(start) for start in cuts.epochs], index=True, otherwise="ts IS NULL")


def window_parts(spec: str) -> tuple[list[int], list[tuple[int, int]]]:
    """The days (Monday 0) and the spans of minutes of the day of a weekly window."""
    days, spans = spec.split(" ")
    clocks = [[int(clock[:2]) * 60 + int(clock[3:]) for clock in span.split("-")] for span in spans.split(",")]
    return [DAYS.index(day) for day in days.split(",")], [(start, end) for start, end in clocks]


def window_test(spec: str) -> str:
    """SQL for 'the request's instant lies in this weekly window', e.g. `mon,tue 01:00-04:00,06:00-10:00`."""
    days, spans = window_parts(spec)
    minute = "(extract(hour FROM ts) * 60 + extract(minute FROM ts))"
    tests = " OR ".join(f"({minute} >= {start} AND {minute} < {end})" for start, end in spans)
    if len(days) == len(DAYS):
        return f"({tests})"
    # Days since a Monday: no two engines number weekdays alike.
    day = "(date_diff('day', DATE '1970-01-05', CAST(ts AS DATE)) % 7)"
    return f"({day} IN ({', '.join(map(str, days))}) AND ({tests}))"


def cell_keys(cuts: Cuts, labels: Sequence[str] = (), model: str = DIMENSIONS["model"]) -> dict[str, str]:
    """The key columns by alias: DIMENSIONS, window bits, band, epoch, labels."""
    bits = " + ".join(f"CASE WHEN {window_test(spec)} THEN {1 << i} ELSE 0 END" for i, spec in enumerate(cuts.windows))
    return {
        **{f"key_{name}": sql for name, sql in {**DIMENSIONS, "model": model}.items()},
        "key_windows": f"coalesce({bits}, 0)" if bits else "0",
        "key_band": steps("input_tokens", [str(edge) for edge in cuts.edges], index=False, otherwise=f"NOT {METERED}"),
        "key_epoch": epoch_sql(cuts),
        **{f"key_label_{i}": label for i, label in enumerate(labels)},
    }


_WRITE_1H = "coalesce(cache_write_1h_tokens, 0)"
_WRITE_5M = f"coalesce(cache_write_5m_tokens, greatest(coalesce(cache_write_tokens, 0) - {_WRITE_1H}, 0))"
"""Writes without the 5-minute / 1-hour split count as 5-minute ones, the default retention."""


def _sum(expression: str) -> str:
    return f"coalesce(sum(CASE WHEN {METERED} THEN CAST({expression} AS DECIMAL(38, 0)) END), 0)"


def _count(test: str) -> str:
    return f"sum(CASE WHEN {test} THEN 1 ELSE 0 END)"


def _extreme(name: str) -> str:
    return f"{name}(CASE WHEN {METERED} THEN input_tokens END)"


CELL_SUMS = {
    "n_requests": "count(*)",
    "sum_input": _sum("input_tokens"),
    "sum_output": _sum("output_tokens"),
    "sum_read": _sum("coalesce(cache_read_tokens, 0)"),
    "sum_write_5m": _sum(_WRITE_5M),
    "sum_write_1h": _sum(_WRITE_1H),
    "n_unmetered": _count(f"NOT {METERED}"),
    "n_no_cache_info": _count(f"{METERED} AND cache_read_tokens IS NULL"),
    "min_input": _extreme("min"),
    "max_input": _extreme("max"),
}
"""What is added up in a cell, in the order of its record."""


def cell_sql(
    cuts: Cuts,
    labels: Sequence[str],
    condition: str,
    relation: str = "requests",
    *,
    model: str = DIMENSIONS["model"],
    more: Sequence[str] = (),
) -> str:
    """The one query. Columns: DIMENSIONS (`model`: what stands for it), window bits, band, epoch, labels, CELL_SUMS.

    `more` are further sums, after those.
    """
    keys = cell_keys(cuts, labels, model)
    sums = CELL_SUMS | {f"more_{number}": sql for number, sql in enumerate(more)}
    columns = ",\n  ".join(f"{sql} AS {name}" for name, sql in {**keys, **sums}.items())
    order = ", ".join(str(number) for number in range(1, len(keys) + 1))
    return f"SELECT {columns}\nFROM {relation} {condition}\nGROUP BY {order}\nORDER BY {order}"


_ONE = "CAST(1 AS DOUBLE)"
"""Without a type some engines reckon in decimals, and another last digit is another bucket."""

SERVED = "coalesce(call_role, 'user') = 'user' AND status = 'success' AND NOT coalesce(gateway_cache_hit, FALSE)"


def latency_sql(
    tests: Sequence[str],
    told_apart: str = "CAST(NULL AS INTEGER)",
    relation: str = "requests",
    *,
    model: str = DIMENSIONS["model"],
) -> str:
    """Counts per model, query type and bucket of a hundredth. Columns: those, n, sum in microseconds, `told_apart`."""
    timed = f"latency_ms IS NOT NULL AND {model} IS NOT NULL"
    return f"""SELECT {model} AS key_model, query_type AS key_query_type,
  CAST(floor(ln(greatest(latency_ms, {_ONE})) / ln(CAST({LATENCY_GROWTH} AS DOUBLE))) AS INTEGER) AS key_bucket,
  count(*) AS n_requests, CAST(sum(CAST(floor(latency_ms * 1000 + 0.5) AS BIGINT)) AS BIGINT) AS sum_us,
  {told_apart} AS key_epoch
FROM {relation} {where([*tests, timed, SERVED])}
GROUP BY 1, 2, 3, 6
ORDER BY 1, 2, 3, 6"""


def span_sql(condition: str, relation: str = "requests") -> str:
    """The first and the last time of the requests."""
    return f"SELECT min(ts) AS first_ts, max(ts) AS last_ts FROM {relation} {condition}"
