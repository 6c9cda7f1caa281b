"""Every reason a record is quarantined for, with its line, sentence and a safe excerpt."""

import json
from typing import Any

import pytest

from routecli.data.logs.checks import SENTENCES

TS = "2026-11-01T00:00:00Z"

CASES: list[tuple[str, dict[str, Any]]] = [
    ("missing-model", {"model": None}),
    ("missing-model", {"model": "  "}),
    ("missing-timestamp", {"timestamp": ""}),
    ("bad-timestamp", {"timestamp": "yesterday"}),
    ("bad-timestamp", {"timestamp": "2026-13-01T00:00:00Z"}),
    ("time-out-of-range", {"timestamp": "2021-12-31T23:59:59Z"}),
    ("time-out-of-range", {"timestamp": "2026-11-25T00:00:01Z"}),
    ("time-out-of-range", {"timestamp": 3600}),
    ("time-out-of-range", {"timestamp": "infinity"}),
    ("bad-integer", {"input_tokens": -5}),
    ("bad-integer", {"input_tokens": 1.5}),
    ("bad-integer", {"input_tokens": "0x1F"}),
    ("bad-integer", {"input_tokens": "1_000"}),
    ("bad-integer", {"input_tokens": True}),
    ("bad-integer", {"input_tokens": 10**19}),
    ("bad-integer", {"input_tokens": float("nan")}),
    ("bad-integer", {"input_tokens": {"total": 5}}),
    ("bad-integer", {"attempt": "first"}),
    ("bad-duration", {"latency_ms": "fast"}),
    ("bad-duration", {"latency_ms": float("inf")}),
    ("bad-duration", {"latency_ms": "1.2s"}),
    ("bad-duration", {"latency_s": "800ms"}),
    ("bad-duration", {"latency": "5 parsecs"}),
    ("bad-duration", {"ttft_ms": "1_0"}),
    ("bad-number", {"gate_score": "high"}),
    ("bad-amount", {"cost": "$1"}),
    ("bad-amount", {"cost": float("nan")}),
    ("bad-boolean", {"stream": "maybe"}),
    ("bad-label", {"query_type": {"name": "faq"}}),
    ("bad-label", {"query_type": ["faq"]}),
    ("bad-label", {"model": "m" * 257}),
    ("bad-label", {"model": "m\u0000x"}),
    ("bad-label", {"model": "m\nx"}),
    ("bad-word", {"ts_basis": "whenever"}),
    ("unknown-status", {"status": "fine"}),
    ("unknown-status", {"status": 302}),
    ("unknown-call-role", {"call_role": "boss"}),
    ("negative-latency", {"latency_ms": -1}),
    ("negative-latency", {"latency_s": "-0.5"}),
    ("negative-cost", {"cost_usd": -0.01}),
    ("cache-above-input", {"cache_read_tokens": 11}),
    ("cache-above-input", {"cache_read_tokens": 6, "cache_write_tokens": 5}),
    ("cache-write-mismatch", {"cache_write_tokens": 5, "cache_write_5m_tokens": 3, "cache_write_1h_tokens": 3}),
    ("cache-write-mismatch", {"cache_write_tokens": 2, "cache_write_1h_tokens": 3}),
    ("uncached-mismatch", {"uncached_input_tokens": 9, "cache_read_tokens": 2}),
    ("no-total-input", {"input_tokens": None, "uncached_input_tokens": 9}),
    ("reasoning-above-output", {"reasoning_tokens": 3}),
    ("ttft-above-latency", {"latency_ms": 5, "ttft_ms": 6}),
    ("conflicting-values", {"prompt_tokens": 11}),
    ("conflicting-values", {"ts": "2026-11-02T00:00:00Z"}),
    ("conflicting-values", {"model_name": "other"}),
    ("conflicting-values", {"latency_ms": 5, "latency_s": 5}),
    ("ambiguous-cache-keys", {"cache_read_input_tokens": 5}),
    ("ambiguous-cache-keys", {"cache_creation_input_tokens": "5"}),
]


@pytest.mark.parametrize(
    ("reason", "change"), CASES, ids=lambda case: case if isinstance(case, str) else str(case)[:40]
)
def test_a_bad_record_is_set_aside_with_its_reason(bench: Any, good: Any, reason: str, change: dict[str, Any]) -> None:
    result = bench.load([good, {**good, "request_id": "r2", **change}])
    assert (result.error, dict(result.reasons), result.rows_new) == (None, {reason: 1}, 1)
    (record,) = bench.quarantined()
    assert (record.line, record.reason, record.file) == (2, reason, result.path)
    assert "{" not in record.sentence
    assert len(record.excerpt) < 1000


RAW: list[tuple[str, bytes]] = [
    ("broken-json", b'{"model": "m", "timestamp": "2026-11-01T00:00:00Z", "input_tokens": 5, broken'),
    ("broken-json", b'{"model": "m"'),
    ("broken-json", b'{"model": "m"} trailing'),
    ("broken-json", b'{"model": "m"}{"model": "n"}'),
    ("broken-json", b'{"model": "m\x00"}'),
    ("broken-json", b"{'model': 'm'}"),
    ("broken-json", b'{"model": "\\ud800", "timestamp": 1793491200}'),
    ("bad-encoding", b'{"model": "m\xff", "timestamp": 1793491200}'),
    ("not-an-object", b"[1, 2]"),
    ("not-an-object", b'"text"'),
    ("not-an-object", b"null"),
    ("missing-model", b"{}"),
    ("missing-model", b'{"prompt": "hello"}'),
    ("duplicate-key", b'{"model": "m", "model": "n", "timestamp": 1793491200}'),
    ("duplicate-key", b'{"model": "m", "timestamp": 1793491200, "input_tokens": 5, "input_tokens": 5}'),
]


@pytest.mark.parametrize(("reason", "line"), RAW, ids=lambda case: str(case)[:40])
def test_a_broken_line_is_set_aside_with_its_reason(bench: Any, good: Any, reason: str, line: bytes) -> None:
    content = json.dumps(good).encode() + b"\n\n" + line + b"\n" + json.dumps({**good, "request_id": "r2"}).encode()
    result = bench.load(content)
    assert (result.error, dict(result.reasons), result.rows_new) == (None, {reason: 1}, 2)
    assert [(record.line, record.reason) for record in bench.quarantined()] == [(3, reason)]


@pytest.mark.parametrize(
    ("reason", "row"),
    [
        ("too-few-columns", b"m,2026-11-01T00:00:00Z"),
        ("too-many-columns", b"m,2026-11-01T00:00:00Z,1,2,3"),
        ("broken-quotes", b'm,"2026"x,1,2'),
        ("bad-encoding", b"m\xff,2026-11-01T00:00:00Z,1,2"),
        ("bad-integer", b"m,2026-11-01T00:00:00Z,1.5,2"),
        ("missing-model", b",,,"),
    ],
)
def test_a_bad_row_of_csv_is_set_aside_with_its_line(bench: Any, reason: str, row: bytes) -> None:
    content = (
        b'model,timestamp,input_tokens,note\nm,2026-11-01T00:00:00Z,1,"two\nlines"\n' + row + b"\nm,2026-11-02,7,x\n"
    )
    result = bench.load(content, "log.csv")
    assert (result.error, dict(result.reasons), result.rows_new) == (None, {reason: 1}, 2)
    assert [(record.line, record.reason) for record in bench.quarantined()] == [(4, reason)]
    assert [row[0] for row in bench.rows("input_tokens")] == [1, 7]


def test_every_sentence_that_exists_can_occur() -> None:
    tested = {reason for reason, _ in [*CASES, *RAW]}
    csv_only = {"too-few-columns", "too-many-columns", "broken-quotes", "line-too-long", "broken-row"}
    shaped_only = {"unknown-record", "bad-figure", "wrong-shape", "nested-too-deep"}
    assert set(SENTENCES) - tested - csv_only - shaped_only == set()


def test_the_sentence_names_the_column_and_the_value(bench: Any, good: Any) -> None:
    bench.load([good, {**good, "input_tokens": -5}, {**good, "latency_ms": -1}])
    sentences = [record.sentence for record in bench.quarantined()]
    assert sentences[0] == "input_tokens is -5: it should be a whole number of 0 or more, of at most 15 digits"
    assert sentences[1] == "latency_ms is -1: a latency is 0 or more"
    excerpt = bench.quarantined()[0].excerpt
    assert excerpt == "request_id=r1, timestamp=2026-11-01T00:00:00Z, model=m, input_tokens=-5, output_tokens=2"


def test_a_broken_line_shows_the_fields_before_the_break(bench: Any, good: Any) -> None:
    line = '{"prompt": "say \\"model\\": \\"x\\"", "model": "m", "output_tokens": 3, "text": "it "model": "y" breaks'
    bench.load(json.dumps(good) + "\n" + line + "\n")
    assert bench.quarantined()[0].excerpt == f"model=m, output_tokens=3; {len(line)} bytes"


def test_now_bounds_the_future_by_a_day(bench: Any, good: Any) -> None:
    assert bench.load([{**good, "timestamp": "2026-11-25T00:00:00Z"}]).rows_new == 1


def test_harmless_oddities_are_read(bench: Any, good: Any) -> None:
    line = json.dumps(good)[:-1]
    odd = [
        f'{line}, "score": NaN}}',
        f"{line.replace('r1', 'r2')},}}",
        line.replace("r1", "r3") + ', "x": {"model": 1}}',
    ]
    assert bench.load("\n".join(odd)).rows_new == 3
