"""Rows on every border that cells are cut at, as one Parquet file and as the log that a store is made of."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from routecli.data.cards import load_card
from routecli.data.workload import cuts_for

TYPES = {
    "request_id": pa.string(),
    "ts": pa.timestamp("us"),
    "model_served": pa.string(),
    "model_requested": pa.string(),
    "provider": pa.string(),
    "is_batch": pa.bool_(),
    "service_tier": pa.string(),
    "speed": pa.string(),
    "query_type": pa.string(),
    "user_tier": pa.string(),
    "endpoint": pa.string(),
    "status": pa.string(),
    "attempt": pa.int32(),
    "tier": pa.int32(),
    "call_role": pa.string(),
    "gateway_cache_hit": pa.bool_(),
    "region": pa.string(),
    "input_tokens": pa.int64(),
    "output_tokens": pa.int64(),
    "cache_read_tokens": pa.int64(),
    "cache_write_tokens": pa.int64(),
    "cache_write_5m_tokens": pa.int64(),
    "cache_write_1h_tokens": pa.int64(),
    "latency_ms": pa.float64(),
}


def rows(count: int) -> list[dict[str, Any]]:
    """So many requests, the same every time."""
    draw, cuts = random.Random(7), cuts_for(load_card(None))
    tick = timedelta(microseconds=1)
    changes = [at.replace(tzinfo=None) for at in cuts.epochs]
    changes += [datetime(2026, 11, day, hour) for day in range(13, 20) for hour in (0, 1, 4, 6, 10)]
    instants = [at + step for at in changes for step in (-tick, timedelta(0), tick) if at < datetime(2026, 11, 21)]
    lengths = [edge + step for edge in cuts.edges for step in (-1, 0, 1)] + [0, 1, 700, 10**8]
    return [_row(draw, number, instants, lengths) for number in range(count)]


def _row(draw: random.Random, number: int, instants: list[datetime], lengths: list[int]) -> dict[str, Any]:
    pick = draw.choice
    row: dict[str, Any] = {
        "request_id": f"r{number}",
        "ts": pick(instants),
        "model_served": pick(["claude-sonnet-4-6", "deepseek-flash", "a'b\"c\\d", "模型", None]),
        "model_requested": pick(["asked/for", None]),
        "provider": pick(["anthropic", "", "openrouter", None]),
        "is_batch": pick([True, False, None, None]),
        "service_tier": pick([None, "default", "Flex", "priority", "standard_only"]),
        "speed": pick([None, None, "fast"]),
        "query_type": pick([None, "faq", "FAQ", " faq", "é"]),
        "user_tier": pick([None, "free"]),
        "endpoint": pick([None, "/a", "/a?b=1;--"]),
        "status": pick(["success", "success", "success", "error", "partial"]),
        "attempt": pick([None, 1, 2]),
        "tier": pick([None, 1]),
        "call_role": pick(["user", "user", "judge", None]),
        "gateway_cache_hit": pick([None, False, False, True]),
        "region": pick([None, "us", "EU"]),
        "latency_ms": pick([None, 0.0, 0.4, 1.0, 1.01, 812.0005, 1500.5, 65_000.123, 3e6]),
    }
    if row["model_served"] is None:
        row["model_requested"] = "asked/for"
    if draw.random() < 0.1:
        return row
    whole = pick(lengths)
    row |= {"input_tokens": whole, "output_tokens": pick([0, 1, 5000])}
    if draw.random() < 0.7:
        read = draw.randint(0, whole)
        written = draw.randint(0, whole - read)
        row |= {"cache_read_tokens": read, "cache_write_tokens": written}
        if draw.random() < 0.5:
            hour = draw.randint(0, written)
            row |= {"cache_write_5m_tokens": written - hour, "cache_write_1h_tokens": hour}
    return row


def parquet(path: Path, found: list[dict[str, Any]]) -> None:
    """The rows as a table of the canonical columns."""
    columns = {name: pa.array([row.get(name) for row in found], type) for name, type in TYPES.items()}
    pq.write_table(pa.table(columns), path)


def log(path: Path, found: list[dict[str, Any]]) -> None:
    """The rows as the product's own log."""
    with path.open("w", encoding="utf-8") as file:
        for row in found:
            said = {key: value for key, value in row.items() if value is not None}
            said["ts"] = row["ts"].replace(tzinfo=UTC).isoformat(timespec="microseconds")
            file.write(json.dumps(said) + "\n")
