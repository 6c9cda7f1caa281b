"""What the text of a log becomes in the store, column by column."""

import hashlib
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

INSTANT = datetime(2026, 11, 1)


@pytest.mark.parametrize(
    ("logged", "instant"),
    [
        ("2026-11-01T00:00:00Z", INSTANT),
        ("2026-11-01T00:00:00z", INSTANT),
        ("2026-11-01T02:00:00+02:00", INSTANT),
        ("2026-10-31T15:30:00-0830", INSTANT),
        ("2026-11-01 02:00:00 +02:00", INSTANT),
        ("2026-11-01 00:00:00", INSTANT),
        ("2026-11-01 00:00:00 UTC", INSTANT),
        ("2026-11-01 00:00:00,123", INSTANT.replace(microsecond=123000)),
        ("2026-11-01T00:00:00.123456789Z", INSTANT.replace(microsecond=123456)),
        (1793491200, INSTANT),
        ("1793491200", INSTANT),
        (1793491200.25, INSTANT.replace(microsecond=250000)),
        (1793491200123, INSTANT.replace(microsecond=123000)),
        (1793491200123456, INSTANT.replace(microsecond=123456)),
        ("1793491200123456789", INSTANT.replace(microsecond=123456)),
        (1.7934912e12, INSTANT),
    ],
)
def test_times_are_utc_whatever_their_spelling(bench: Any, good: Any, logged: Any, instant: datetime) -> None:
    bench.load([{**good, "timestamp": logged}])
    assert bench.one("ts") == instant


def test_a_date_alone_is_midnight_and_says_so(bench: Any, good: Any) -> None:
    bench.load([{**good, "timestamp": "2026-11-01"}])
    assert bench.one("ts, warnings") == (INSTANT, ["time_of_day_missing"])


@pytest.mark.parametrize(
    ("key", "basis"),
    [
        ("timestamp", "logged"),
        ("ts", "logged"),
        ("time", "logged"),
        ("datetime", "logged"),
        ("start_time", "start"),
        ("created_at", "created"),
    ],
)
def test_every_name_of_the_time(bench: Any, key: str, basis: str) -> None:
    bench.load([{key: "2026-11-01T00:00:00Z", "model": "m", "input_tokens": 1, "output_tokens": 1}])
    assert bench.one("ts, ts_basis") == (INSTANT, basis)


@pytest.mark.parametrize("logged", [12, "12", 12.0, "12.0", " 12 ", "+12", 1.2e1])
def test_whole_numbers(bench: Any, good: Any, logged: Any) -> None:
    result = bench.load([{**good, "input_tokens": logged}])
    if logged == " 12 ":
        assert result.error is not None
    else:
        assert bench.one("input_tokens") == 12


@pytest.mark.parametrize(
    ("record", "ms"),
    [
        ({"latency_ms": 812}, 812.0),
        ({"duration_ms": "812.5"}, 812.5),
        ({"latency_s": 1.001}, 1001.0),
        ({"latency_seconds": "0.2"}, 200.0),
        ({"duration_s": 2}, 2000.0),
        ({"latency": "812ms"}, 812.0),
        ({"latency": "1.2s"}, 1200.0),
        ({"duration": "1500 us"}, 1.5),
        ({"latency_ms": 1200, "latency_s": 1.2}, 1200.0),
        ({"latency_ms": 5, "latency": 5}, 5.0),
    ],
)
def test_latencies(bench: Any, good: Any, record: dict[str, Any], ms: float) -> None:
    result = bench.load([{**good, **record}])
    assert bench.one("latency_ms") == ms
    assert result.warnings == ()


def test_a_latency_without_a_unit_needs_to_be_told_it(fresh: Any, good: Any) -> None:
    record, seen = {**good, "latency": 1.5, "ttft": "0.5"}, {}
    for unit in (None, "s", "ms"):
        bench = fresh()
        result = bench.load([record], latency_unit=unit)
        seen[unit] = bench.one("latency_ms, ttft_ms")
        assert bool(result.warnings) is (unit is None)
        assert all("--latency-unit" in warning for warning in result.warnings)
    assert seen == {None: (None, None), "s": (1500.0, 500.0), "ms": (1.5, 0.5)}


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("success", "success"),
        ("OK", "success"),
        ("succeeded", "success"),
        ("completed", "success"),
        (200, "success"),
        ("204", "success"),
        ("error", "error"),
        ("failed", "error"),
        ("failure", "error"),
        ("timeout", "error"),
        (429, "error"),
        ("503", "error"),
        ("partial", "partial"),
        ("incomplete", "partial"),
        ("cancelled", "partial"),
        ("canceled", "partial"),
        ("interrupted", "partial"),
        (499, "partial"),
        (None, "success"),
        ("", "success"),
    ],
)
def test_status_words(bench: Any, good: Any, word: Any, status: str) -> None:
    bench.load([{**good, "status": word}])
    assert bench.one("status") == status


@pytest.mark.parametrize(
    ("record", "status"),
    [
        ({"http_status": 500}, "error"),
        ({"status_code": 499}, "partial"),
        ({"http_status": 200}, "success"),
        ({"error_type": "RateLimit"}, "error"),
        ({"http_status": 500, "status": "success"}, "success"),
    ],
)
def test_a_missing_status_follows_from_code_or_error(bench: Any, good: Any, record: Any, status: str) -> None:
    bench.load([{**good, **record}])
    assert bench.one("status") == status


def test_input_is_the_total_and_its_parts_are_derived(bench: Any, good: Any) -> None:
    bench.load([{**good, "input_tokens": None, "prompt_tokens": 100, "cached_tokens": 30, "cache_write_tokens": 20}])
    columns = "input_tokens, uncached_input_tokens, cache_read_tokens, cache_write_tokens"
    assert bench.one(columns) == (100, 50, 30, 20)
    assert bench.one("cache_write_5m_tokens, cache_write_1h_tokens, warnings") == (
        20,
        None,
        ["cache_write_split_unknown"],
    )


@pytest.mark.parametrize(
    ("record", "parts"),
    [
        ({"cache_write_tokens": 10, "cache_write_1h_tokens": 4}, (10, 6, 4)),
        ({"cache_write_tokens": 10, "cache_write_5m_tokens": 4}, (10, 4, 6)),
        ({"cache_write_5m_tokens": 4, "cache_write_1h_tokens": 3}, (7, 4, 3)),
        ({"cache_write_1h_tokens": 3}, (3, None, 3)),
        ({"cache_write_tokens": 0}, (0, 0, None)),
    ],
)
def test_cache_writes_split_by_lifetime(bench: Any, good: Any, record: Any, parts: tuple[int | None, ...]) -> None:
    bench.load([{**good, **record}])
    assert bench.one("cache_write_tokens, cache_write_5m_tokens, cache_write_1h_tokens") == parts
    assert bench.one("warnings") == []


def test_not_reported_is_not_zero(bench: Any) -> None:
    bench.load([{"model": "m", "ts": "2026-11-01T00:00:00Z"}])
    columns = "input_tokens, cache_read_tokens, output_tokens, latency_ms, cost_usd, attempt, canary, warnings"
    assert bench.one(columns) == (*[None] * 7, ["usage_missing_on_success"])
    assert bench.one("status, call_role, ts_basis") == ("success", "user", "logged")


@pytest.mark.parametrize("key", ["cost_usd", "cost", "total_cost"])
def test_costs_are_exact_to_a_pico_dollar(bench: Any, good: Any, key: str) -> None:
    bench.load([{**good, key: "0.000000000001"}, {**good, "request_id": "r2", key: 0.1}])
    assert sorted(row[0] for row in bench.rows("cost_usd")) == [Decimal("0.000000000001"), Decimal("0.1")]
    assert {row[0] for row in bench.rows("cost_source")} == {"reported"}


def test_users_are_hashed_and_words_kept_as_logged(bench: Any, good: Any) -> None:
    words = {"provider": "Anthropic", "service_tier": "flex", "region": "eu", "model_requested": "best", "tier": 2}
    bench.load([{**good, **words, "user": "bob@example.org", "is_batch": "no", "canary": True, "call_role": "GATE"}])
    assert bench.one("user_id") == hashlib.sha256(b"bob@example.org").hexdigest()[:16]
    assert bench.one("provider, service_tier, region, model_requested, tier") == tuple(words.values())
    assert bench.one("is_batch, canary, call_role, model_served") == (False, True, "gate", "m")


def test_the_requested_model_alone_is_enough_and_not_taken_for_the_served_one(bench: Any, good: Any) -> None:
    bench.load([{**good, "model": None, "requested_model": "best"}])
    assert bench.one("model_requested, model_served") == ("best", None)


def test_cache_keys_of_unsure_meaning_are_fine_at_zero(bench: Any, good: Any) -> None:
    bench.load([{**good, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}])
    assert bench.one("cache_read_tokens, cache_write_tokens, uncached_input_tokens") == (0, 0, 10)


def test_a_long_error_text_is_dropped_and_the_request_kept(bench: Any, good: Any) -> None:
    bench.load([{**good, "status": "error", "error_type": "x" * 300}])
    assert bench.one("status, error_type, warnings") == ("error", None, ["dropped_error_type"])


def test_labels_lose_outer_blanks(bench: Any, good: Any) -> None:
    bench.load([{**good, "query_type": " faq "}, {**good, "request_id": "r2", "query_type": "faq"}])
    assert {row[0] for row in bench.rows("query_type")} == {"faq"}


def test_where_a_row_came_from(bench: Any, good: Any) -> None:
    bench.load([good, {**good, "request_id": None}])
    rows = bench.rows("source_format, record_ref, ingest_id, dedup_key", order="record_ref")
    assert rows[0] == ("native", "log.jsonl:1", 1, "native:r1")
    assert rows[1][:3] == ("native", "log.jsonl:2", 1)
    assert rows[1][3].startswith("native:log.jsonl:2:")
