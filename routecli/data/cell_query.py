"""The one GROUP BY and its two companions as SQL that every engine understands once it is transpiled.

Written in DuckDB's dialect with nothing that the others lack: CASE instead of FILTER, days counted from a Monday
instead of weekday functions, sums over DECIMAL(38, 0), and no alias that is also a column (ClickHouse would take the
alias).
`relation` is whatever stands behind FROM: it has the canonical columns of a request.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from routecli.data.conditions import DIMENSIONS, INPUT, METERED, WRITE_1H, WRITE_5M, where
from routecli.model.workload import LATENCY_GROWTH, Cuts

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

RAW = (
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
)
"""Columns that are grouped by as they are; what follows from them is worked out once per group, not once per row."""

USED = (
    "ts",
    *RAW,
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


def band_sql(cuts: Cuts, whole: str = INPUT) -> str:
    """The greatest edge that the request's input reaches; NULL without usage."""
    arms = [f"WHEN {whole} >= {edge} THEN {edge}" for edge in reversed(cuts.edges)]
    return f"CASE WHEN NOT {METERED} THEN NULL {' '.join(arms)} ELSE 0 END"


Between = tuple[datetime, datetime]
"""The first and the last time of the requests, where that is known before the query is written."""


def epoch_sql(cuts: Cuts, between: Between | None = None) -> str:
    """How many of the price changes lie before the request's time; with `between` only those inside it are asked."""
    starts = [start.replace(tzinfo=None) for start in cuts.epochs]
    low, high = (None, None) if between is None else between
    before = [start for start in starts if low is not None and start <= low]
    inside = [start for start in starts[len(before) :] if high is None or start <= high]
    arms = [f"WHEN ts >= {timestamp(start)} THEN {number}" for number, start in enumerate(inside, len(before) + 1)]
    return f"CASE WHEN ts IS NULL THEN NULL {' '.join(reversed(arms))} ELSE {len(before)} END"


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
    return f"({among(day, days)} AND ({tests}))"


def among(value: str, numbers: Sequence[int]) -> str:
    """SQL for 'the value is one of these ascending numbers', as ranges: DuckDB joins every row to a long IN list."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return f"({' OR '.join(f'{value} BETWEEN {first} AND {last}' for first, last in ranges)})"


EXACT = "DECIMAL(38, 0)"
"""What tokens are added up as; DuckDB's own sum of BIGINT is as exact and faster."""

_WHOLE = "whole_input"
_ADDED = {
    "input": _WHOLE,
    "output": "output_tokens",
    "read": "cache_read_tokens",
    "write_5m": WRITE_5M,
    "write_1h": WRITE_1H,
}


def _window_bits(cuts: Cuts) -> str:
    bits = " + ".join(f"CASE WHEN {window_test(spec)} THEN {1 << i} ELSE 0 END" for i, spec in enumerate(cuts.windows))
    return f"coalesce({bits}, 0)" if bits else "0"


def _grouped(
    cuts: Cuts,
    raw: Sequence[str],
    labels: Mapping[str, str],
    source: str,
    wide: str,
    between: Between | None,
    more: Mapping[str, str],
    whole: str,
) -> str:
    """The rows of `source` grouped by `raw`, the cuts, whether usage is known, and the labels; `more`: further sums."""
    length, above = INPUT, "0"
    if whole != INPUT:
        # Worked out once per row, under a name of its own, for all that looks at it.
        source = f"(SELECT *, {whole} AS {_WHOLE} FROM {source}) AS requests"
        length, above = _WHOLE, f"sum(CASE WHEN {_WHOLE} > {INPUT} THEN 1 ELSE 0 END)"
    added = {**_ADDED, "input": length}
    keys = {
        **{name: name for name in raw},
        "key_windows": _window_bits(cuts),
        "key_band": band_sql(cuts, length),
        "key_epoch": epoch_sql(cuts, between),
        "metered": METERED,
        **labels,
    }
    sums = {
        "n_rows": "count(*)",
        **{f"raw_{name}": f"sum(CAST({sql} AS {wide}))" for name, sql in added.items()},
        "raw_known": "count(cache_read_tokens)",
        "raw_min": f"min({length})",
        "raw_max": f"max({length})",
        "raw_above": above,
        **more,
    }
    columns = ", ".join(sql if sql == name else f"{sql} AS {name}" for name, sql in {**keys, **sums}.items())
    return f"SELECT {columns} FROM {source} GROUP BY {', '.join(str(number + 1) for number in range(len(keys)))}"


CELL_SUMS = {
    "n_requests": "sum(n_rows)",
    **{f"sum_{name}": f"coalesce(sum(CASE WHEN metered THEN raw_{name} END), 0)" for name in _ADDED},
    "n_unmetered": "sum(CASE WHEN metered THEN 0 ELSE n_rows END)",
    "n_no_cache_info": "sum(CASE WHEN metered THEN n_rows - raw_known ELSE 0 END)",
    "min_input": "min(CASE WHEN metered THEN raw_min END)",
    "max_input": "max(CASE WHEN metered THEN raw_max END)",
    "n_cache_above_input": "sum(CASE WHEN metered THEN raw_above ELSE 0 END)",
}
"""What is added up in a cell, in the order of its record."""


def cell_sql(
    cuts: Cuts,
    labels: Sequence[str],
    condition: str,
    relation: str = "requests",
    *,
    model: str = DIMENSIONS["model"],
    cleaned: Mapping[str, str] | None = None,
    wide: str = "BIGINT",
    more: Sequence[tuple[str, str]] = (),
    between: Between | None = None,
    whole: str = INPUT,
) -> str:
    """The one query. Columns: DIMENSIONS (`model`: what stands for it), window bits, band, epoch, labels, CELL_SUMS.

    `cleaned` says how a raw column is to be read where the relation has it as it came (by name; the rest as it is).
    `more` are further sums, after those: how groups of rows add up (an aggregate's name), and the sum of one group.
    `whole` is a request's input (`input_sql`, `whole_sql`).
    """
    named = {f"key_label_{place}": label for place, label in enumerate(labels)}
    # What hosts set their own prices may hang on the format that a row was read as.
    raw = [*RAW, *(name for name in ("source_format",) if name in model)]
    own = {f"more_{place}": sql for place, (_, sql) in enumerate(more)}
    groups = _grouped(cuts, raw, named, f"{relation} {condition}", wide, between, own, whole)
    if cleaned:
        kept = [name for name in (*_KEPT, *named) if name not in cleaned]
        read = [f"{cleaned[name]} AS {name}" if name in cleaned else name for name in raw]
        groups = f"SELECT {', '.join([*read, *kept])} FROM ({groups}) AS grouped"
    keys = {f"key_{name}": sql for name, sql in {**DIMENSIONS, "model": model}.items()}
    keys |= {name: name for name in ("key_windows", "key_band", "key_epoch", *named)}
    sums = {**CELL_SUMS, **{f"sum_more_{place}": f"{add}(more_{place})" for place, (add, _) in enumerate(more)}}
    columns = [sql if sql == name else f"{sql} AS {name}" for name, sql in {**keys, **sums}.items()]
    order = ", ".join(str(number + 1) for number in range(len(keys)))
    listed = ",\n  ".join(columns)
    return f"SELECT {listed}\nFROM ({groups}) AS requests\nGROUP BY {order}\nORDER BY {order}"


_KEPT = (
    "key_windows",
    "key_band",
    "key_epoch",
    "metered",
    "n_rows",
    *(f"raw_{name}" for name in _ADDED),
    "raw_known",
    "raw_min",
    "raw_max",
    "raw_above",
)

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
