"""Records that are more than one flat object per line: where they stand, what is skipped, what replaces what."""

import json
from pathlib import Path
from typing import Any

import pytest

from routecli.data.logs import ingest
from routecli.data.logs.formats.marks import fits, marks
from routecli.data.logs.formats.paths import listed, path_sql, tree
from routecli.data.logs.formats.record import Format, Skip, at, computed
from routecli.data.logs.formats.sql import total


def span(id: str, operation: str = "chat", **attributes: Any) -> dict[str, Any]:
    shown = {"gen_ai.operation.name": operation, "gen_ai.request.model": "m", **attributes}
    return {
        "traceId": "0" * 31 + "1",
        "spanId": id.rjust(16, "0"),
        "startTimeUnixNano": "1788480000009999990",
        "endTimeUnixNano": "1788480002509999990",
        "attributes": [{"key": key, "value": value_of(value)} for key, value in shown.items()],
    }


def value_of(value: Any) -> dict[str, Any]:
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}


def export(*spans: dict[str, Any]) -> dict[str, Any]:
    return {"resourceSpans": [{"scopeSpans": [{"spans": [one]} for one in spans]}]}


def message(id: str, output: int, **more: Any) -> dict[str, Any]:
    usage = {"input_tokens": 1, "cache_read_input_tokens": 5, "output_tokens": output}
    return {
        "type": "assistant",
        "sessionId": "s",
        "timestamp": "2026-11-01T00:00:00Z",
        "requestId": f"req-{id}",
        "message": {"id": id, "role": "assistant", "model": "m", "usage": usage},
        **more,
    }


def test_records_of_one_line_are_counted_and_placed_one_by_one(bench) -> None:
    tokens = {"gen_ai.usage.input_tokens": 7}
    bad = span("3", **{"gen_ai.usage.input_tokens": "7.5"})
    log = [export(span("1", **tokens), span("2", "invoke_agent")), export(bad, span("4", **tokens)), export()]
    result = bench.load("\n".join([json.dumps(log[0]), "", "{broken", json.dumps(log[1]), json.dumps(log[2])]) + "\n")
    counts = (result.rows_read, result.rows_new, result.rows_skipped, result.rows_quarantined)
    assert (result.format, counts) == ("otlp_gen_ai", (6, 2, 2, 2))
    assert result.skipped == {"agent-or-tool": 1, "no-records": 1}
    found = [(one.line, one.reason) for one in bench.quarantined()]
    assert found == [(3, "broken-json"), (4, "bad-integer")]
    assert (
        bench.quarantined()[1].sentence
        == "input_tokens is 7.5: it should be a whole number of 0 or more, of at most 15 digits"
    )
    assert bench.rows("dedup_key, input_tokens") == [
        (f"otlp:{'0' * 31}1:{'1'.rjust(16, '0')}", 7),
        (f"otlp:{'0' * 31}1:{'4'.rjust(16, '0')}", 7),
    ]


def test_a_line_without_any_known_field_is_quarantined(bench) -> None:
    result = bench.load([export(span("1")), {"resourceLogs": []}])
    assert (result.rows_read, result.rows_new, result.reasons) == (2, 1, {"unknown-record": 1})


def test_a_bare_span_per_line(bench) -> None:
    assert bench.load([span("1"), span("2")]).rows_new == 2


def test_a_message_that_grew_between_two_ingests_is_replaced(bench) -> None:
    first = bench.load([message("a", 1), message("b", 9)], "session.jsonl")
    assert (first.rows_new, first.rows_duplicate) == (2, 0)
    second = bench.load([message("a", 1), message("b", 9), message("a", 445)], "session.jsonl")
    counts = (second.rows_read, second.rows_new, second.rows_duplicate, second.rows_skipped)
    assert counts == (3, 0, 2, 1)
    assert bench.rows("request_id, input_tokens, output_tokens", "request_id") == [("req-a", 6, 445), ("req-b", 6, 9)]
    assert any("1 records replace" in note for note in second.warnings)


def test_an_earlier_state_does_not_replace_a_later_one(bench) -> None:
    bench.load([message("a", 445)], "new.jsonl")
    assert bench.load([message("a", 1)], "old.jsonl").rows_duplicate == 1
    assert bench.one("output_tokens") == 445


def test_a_failed_call_with_zeros_has_no_tokens(bench) -> None:
    failed = message("a", 0, isApiErrorMessage=True)
    failed["message"]["usage"] = {"input_tokens": 0, "output_tokens": 0}
    bench.load([failed])
    assert bench.one("status, input_tokens, output_tokens, warnings") == (
        "error",
        None,
        None,
        ["zero_tokens_on_error_nulled"],
    )


def test_a_key_twice_is_refused_in_every_record_of_its_line(bench) -> None:
    line = json.dumps(message("a", 1))
    doubled = line[:-1] + ', "type": "assistant"}'
    result = bench.load("\n".join([json.dumps(message("b", 1)), doubled]) + "\n")
    assert (result.rows_new, result.reasons) == (1, {"duplicate-key": 1})


def test_nested_columns_of_a_parquet_file(bench) -> None:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist([message("a", 3), message("b", 4)]), bench.folder / "log.parquet")
    result = bench.run(bench.folder / "log.parquet")[0]
    assert (result.format, result.rows_new) == ("claude_code", 2)
    assert bench.rows("input_tokens, output_tokens", "output_tokens") == [(6, 3), (6, 4)]


def test_one_long_document(bench) -> None:
    spans = [span(str(i), **{"text": "x" * 500}) for i in range(4000)]
    result = bench.load(json.dumps(export(*spans), indent=1), "export.json")
    assert (result.format, result.rows_read, result.rows_new) == ("otlp_gen_ai", 4000, 4000)


@pytest.mark.parametrize(
    ("wanted", "fit"),
    [
        (("a.b",), True),
        (("a.b=x",), True),
        (("a.b=y",), False),
        (("list[].k=gen.*",), True),
        (("!a.c",), True),
        (("a.b", "!list[]"), False),
    ],
)
def test_marks(wanted: tuple[str, ...], fit: bool) -> None:
    assert fits(marks({"a": {"b": "x"}, "list": [{"k": "gen.usage"}]}, frozenset({"b", "k"})), wanted) is fit


def test_paths() -> None:
    assert path_sql('a."b.c".d') == '"a"."b.c"."d"'
    assert tree(["a.b", "a.c[].d"])["a"].type == 'STRUCT("b" VARCHAR, "c" STRUCT("d" VARCHAR)[])'
    assert listed("a[].b[]") == 'flatten(list_transform("a", lambda e1: coalesce(e1."b", [])))'


def test_the_format_of_the_guide_loads(bench, monkeypatch) -> None:
    guide = Path(__file__).resolve().parents[2] / "docs" / "contributing-formats.md"
    block = guide.read_text(encoding="utf-8").split("```text\n")[1].split("```")[0]
    names = {"Format": Format, "Skip": Skip, "at": at, "computed": computed, "total": total}
    exec(block, names)  # noqa: S102 - the guide's own example
    monkeypatch.setattr(ingest, "chosen", lambda *_: names["FORMAT"])
    call = {"callId": "c", "type": "llm", "startTime": "1793491200", "endTime": "1793491201.5", "model": "m"}
    call["usage"] = {"in_tokens": 7, "cached": 3, "out_tokens": 2, "thoughts": 5}
    result = bench.load([{"data": [call, {"callId": "d", "type": "tool"}]}, {**call, "callId": "e"}])
    assert (result.rows_read, result.rows_new, result.skipped) == (3, 2, {"not-a-model-call": 1})
    columns = "dedup_key, ts_basis, provider, model_served, input_tokens, output_tokens, latency_ms"
    assert bench.rows(columns, "dedup_key") == [
        ("acme:c", "start", "acme", "m", 10, 7, 1500.0),
        ("acme:e", "start", "acme", "m", 10, 7, 1500.0),
    ]
