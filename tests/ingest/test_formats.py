"""What each format means by its fields, by hand: one line each, and the row it must become."""

import json
from pathlib import Path
from typing import Any

import pytest

from routecli.data.store import connect
from tests.inprocess import run

OPENAI = {"prompt_tokens": 100, "completion_tokens": 30, "prompt_tokens_details": {"cached_tokens": 60}}
CLAUDE = {"input_tokens": 10, "cache_read_input_tokens": 80, "cache_creation_input_tokens": 20, "output_tokens": 5}

CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "openai_chat": (
        {
            "id": "c",
            "object": "chat.completion",
            "created": 1764000000,
            "model": "gpt-5.5",
            "usage": OPENAI,
            "choices": [{"finish_reason": "length", "message": {"content": "SECRET"}}],
        },
        {"input_tokens": 100, "uncached_input_tokens": 40, "output_tokens": 30, "status": "partial", "is_batch": False},
    ),
    "openai_responses": (
        {
            "id": "r",
            "object": "response",
            "created_at": 1764000000,
            "completed_at": 1764000002,
            "status": "completed",
            "model": "gpt-5.5",
            "service_tier": "flex",
            "usage": {"input_tokens": 7, "output_tokens": 3},
        },
        {
            "input_tokens": 7,
            "cache_read_tokens": None,
            "service_tier": "flex",
            "latency_ms": 2000.0,
            "status": "success",
        },
    ),
    "openai_batch": (
        {
            "id": "b",
            "custom_id": "q",
            "error": None,
            "response": {
                "status_code": 200,
                "body": {
                    "id": "c2",
                    "object": "chat.completion",
                    "created": 1764000000,
                    "model": "gpt-5.5",
                    "usage": OPENAI,
                },
            },
        },
        {"is_batch": True, "request_id": "c2", "cache_read_tokens": 60, "http_status": 200},
    ),
    "anthropic_message": (
        {
            "id": "m",
            "type": "message",
            "model": "claude-haiku-4-5",
            "stop_reason": "end_turn",
            "usage": CLAUDE,
            "content": [{"text": "SECRET"}],
        },
        {"input_tokens": 110, "uncached_input_tokens": 10, "cache_write_tokens": 20, "output_tokens": 5, "ts": None},
    ),
    "anthropic_batch": (
        {"custom_id": "q", "result": {"type": "expired"}},
        {"status": "error", "error_type": "expired", "input_tokens": None, "is_batch": True},
    ),
    "gemini_response": (
        {
            "responseId": "g",
            "modelVersion": "gemini-3.1-pro",
            "candidates": [{"finishReason": "STOP"}],
            "usageMetadata": {
                "promptTokenCount": 50,
                "toolUsePromptTokenCount": 5,
                "candidatesTokenCount": 4,
                "thoughtsTokenCount": 6,
                "totalTokenCount": 65,
            },
        },
        {"input_tokens": 55, "output_tokens": 10, "reasoning_tokens": 6, "cache_read_tokens": 0},
    ),
    "helicone_jsonl": (
        {
            "request_id": "h",
            "request_created_at": "2026-02-03 04:05:06",
            "delay_ms": 900,
            "response_status": 200,
            "request_model": "a",
            "response_model": "b",
            "provider": "OPENAI",
            "prompt_tokens": 10,
            "completion_tokens": 4,
            "reasoning_tokens": 6,
            "prompt_cache_read_tokens": 90,
            "prompt_cache_write_tokens": 0,
            "cost": "0.25",
        },
        {"input_tokens": 100, "output_tokens": 10, "latency_ms": 900.0, "provider": "openai", "cost_usd": 0.25},
    ),
    "langfuse_export": (
        {
            "id": "l",
            "traceId": "t",
            "type": "GENERATION",
            "startTime": "2026-04-01T09:00:00Z",
            "latency": 1.5,
            "updatedAt": "2026-04-01T09:00:03Z",
            "model": "x",
            "input": "SECRET",
            "usageDetails": {"input": 100, "input_cached_tokens": 60, "output": 9, "total": 109},
        },
        {"input_tokens": 100, "uncached_input_tokens": 40, "latency_ms": 1500.0, "cost_usd": None},
    ),
    "langfuse_blob": (
        {
            "id": "l2",
            "trace_id": "t",
            "type": "GENERATION",
            "start_time": "2026-04-01 09:00:00.000",
            "updated_at": "2026-04-01 09:00:00.000",
            "provided_model_name": "x",
            "level": "ERROR",
            "status_message": "no",
            "usage_details": {},
        },
        {"status": "error", "error_type": "no", "input_tokens": None},
    ),
    "litellm_slp": (
        {
            "id": "s",
            "litellm_call_id": "k",
            "startTime": 1795451075.5,
            "endTime": 1795451076.5,
            "call_type": "acompletion",
            "completionStartTime": 1795451075.75,
            "stream": True,
            "status": "success",
            "model": "x",
            "response_cost": 0.5,
            "prompt_tokens": 10,
            "completion_tokens": 2,
            "messages": [{"content": "SECRET"}],
            "metadata": {},
        },
        {"latency_ms": 1000.0, "ttft_ms": 250.0, "input_tokens": 10, "cost_usd": 0.5, "cache_read_tokens": None},
    ),
    "portkey_export": (
        {
            "id": "p",
            "created_at": "2026-01-05T12:00:00Z",
            "is_success": 1,
            "ai_org": "openai",
            "ai_model": "x",
            "req_units": 100,
            "res_units": 5,
            "cost": 12.5,
            "response_time": 40,
            "response_status_code": 200,
            "response": {"body": {"usage": OPENAI}},
        },
        {"cost_usd": 0.125, "input_tokens": 100, "cache_read_tokens": 60, "status": "success"},
    ),
    "mlflow_trace": (
        {
            "info": {"trace_id": "tr-1", "tags": {"query_type": "faq"}, "trace_metadata": {}},
            "data": {
                "spans": [
                    {
                        "span_id": "AeQckbuKnHc=",
                        "start_time_unix_nano": 1795451687000000000,
                        "status": {"code": "STATUS_CODE_OK"},
                        "end_time_unix_nano": 1795451688000000000,
                        "events": [],
                        "attributes": {
                            "mlflow.spanType": '"LLM"',
                            "mlflow.llm.model": '"x"',
                            "mlflow.spanInputs": '"SECRET"',
                            "mlflow.chat.tokenUsage": '{"input_tokens": 8, "output_tokens": 2}',
                        },
                    }
                ]
            },
        },
        {"input_tokens": 8, "query_type": "faq", "latency_ms": 1000.0, "model_served": "x", "cache_read_tokens": None},
    ),
    "otlp_openinference": (
        {
            "traceId": "ab" * 16,
            "spanId": "cd" * 8,
            "name": "ChatCompletion",
            "startTimeUnixNano": "1795451687000000000",
            "endTimeUnixNano": "1795451688000000000",
            "events": [],
            "status": {"code": "STATUS_CODE_OK"},
            "attributes": [
                {"key": "openinference.span.kind", "value": {"stringValue": "LLM"}},
                {"key": "llm.model_name", "value": {"stringValue": "x"}},
                {"key": "input.value", "value": {"stringValue": "SECRET"}},
                {"key": "llm.token_count.prompt", "value": {"intValue": "9"}},
                {"key": "llm.token_count.completion", "value": {"intValue": 3}},
            ],
        },
        {"input_tokens": 9, "output_tokens": 3, "latency_ms": 1000.0, "model_served": "x"},
    ),
    "vllm_semantic_router_replay": (
        {
            "id": "v",
            "timestamp": "2026-08-01T09:00:00Z",
            "lifecycle_state": "failed",
            "decision": "hard",
            "selected_model": "x",
            "signals": {"reask": ["high"]},
            "prompt_tokens": 4,
            "completion_tokens": 1,
        },
        {"status": "error", "feedback": "reask", "gateway_cache_hit": False, "gate_decision": "hard"},
    ),
    "mooncake_trace": (
        {"timestamp": 1500, "input_length": 12, "output_length": 3, "hash_ids": [1]},
        {"t_rel_s": 1.5, "ts": None, "input_tokens": 12, "model_served": None},
    ),
    "vsr_fleetsim_trace": (
        {"timestamp": 0.5, "prompt_tokens": 4, "generated_tokens": 2, "selected_model": "x", "complexity": "low"},
        {"t_rel_s": 0.5, "output_tokens": 2, "gate_tier": "low"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_line_becomes_the_row_it_means(name: str, tmp_path: Path) -> None:
    line, wanted = CASES[name]
    (tmp_path / "log.jsonl").write_text(json.dumps({**line, "unrelated": {"key": "SECRET"}}) + "\n", encoding="utf-8")
    outcome = run(tmp_path, "ingest", "log.jsonl", "--json")
    assert outcome.code == 0, outcome.stderr
    assert outcome.document["totals"]["rows_new"] == 1, outcome.stdout
    with connect(tmp_path / "routecli.duckdb", write=False) as con:
        found = con.execute(f"SELECT source_format, {', '.join(wanted)} FROM requests").fetchone()
    assert found is not None and found[0] == name
    stored = dict(zip(wanted, found[1:], strict=True))
    assert {
        key: float(value) if key == "cost_usd" and value is not None else value for key, value in stored.items()
    } == wanted
    assert b"SECRET" not in (tmp_path / "routecli.duckdb").read_bytes()
    again = run(tmp_path, "ingest", "log.jsonl", "--json").document["totals"]
    assert again["rows_new"] == 0


@pytest.mark.parametrize(
    ("header", "row", "wanted"),
    [
        (
            "TIMESTAMP,ContextTokens,GeneratedTokens",
            "2023-11-16 18:17:03.9799609,4808,10",
            {"source_format": "azure_trace_2023", "input_tokens": 4808, "model_served": None},
        ),
        (
            "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type",
            "60,GPT-4,417,0,417,API log",
            {"source_format": "burstgpt", "status": "error", "t_rel_s": 60.0, "output_tokens": 0},
        ),
        (
            "response_id,response_created_at,response_status,request_created_at,request_properties,prompt_tokens,completion_tokens",
            "r,2026-02-03 04:05:09,200,2026-02-03 04:05:06,{},7,3",
            {"source_format": "helicone_csv", "uncached_input_tokens": 7, "input_tokens": None, "latency_ms": 3000.0},
        ),
    ],
)
def test_a_csv_row_becomes_what_it_means(header: str, row: str, wanted: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    outcome = run(tmp_path, "ingest", "log.csv", "--json")
    assert outcome.code == 0, outcome.stderr
    with connect(tmp_path / "routecli.duckdb", write=False) as con:
        found = con.execute(f"SELECT {', '.join(wanted)} FROM requests").fetchone()
    assert found is not None and dict(zip(wanted, found, strict=True)) == wanted


def test_observations_exported_twice_are_one(tmp_path: Path) -> None:
    old = CASES["langfuse_export"][0]
    new = {**old, "updatedAt": "2026-04-01T10:00:00Z", "usageDetails": {"input": 1, "output": 2, "total": 3}}
    (tmp_path / "a.jsonl").write_text(json.dumps(old) + "\n", encoding="utf-8")
    (tmp_path / "b.jsonl").write_text(json.dumps(old) + "\n" + json.dumps(new) + "\n", encoding="utf-8")
    for name in ("a.jsonl", "b.jsonl"):
        assert run(tmp_path, "ingest", name).code == 0
    with connect(tmp_path / "routecli.duckdb", write=False) as con:
        assert con.execute("SELECT count(*), sum(output_tokens) FROM requests").fetchone() == (1, 2)
