"""Spans and traces: OpenTelemetry GenAI, OpenInference, MLflow."""

import json
from random import Random
from typing import Any

from benchmarks.logs.draws import EPOCH, OPENAI, moment, token

Records = list[dict[str, Any]]


def _attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    kinds = {str: "stringValue", int: "intValue", float: "doubleValue", bool: "boolValue"}
    return [{"key": key, "value": {kinds[type(value)]: value}} for key, value in values.items()]


def _trace(scope: str, spans: list[dict[str, Any]]) -> dict[str, Any]:
    resource = _attributes({"service.name": "demo-app", "telemetry.sdk.language": "python"})
    scoped = [{"scope": {"name": scope, "version": "1.0.0"}, "spans": spans}]
    return {"resourceSpans": [{"resource": {"attributes": resource}, "scopeSpans": scoped}]}


def _span(number: int, draw: Random, name: str, values: dict[str, Any]) -> dict[str, Any]:
    start = (EPOCH + number // 12) * 10**9 + number % 1000 * 10**6
    return {
        "traceId": token(Random(number // 3), "", 128),
        "spanId": token(draw, "", 64),
        "parentSpanId": "",
        "name": name,
        "kind": 3,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + draw.randint(2, 300) * 10**8),
        "attributes": _attributes(values),
        "status": {},
    }


def _otlp(number: int, draw: Random, text: str) -> Records:
    tokens, output = draw.randint(100, 9_000), draw.randint(5, 900)
    values = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5-mini",
        "gen_ai.response.model": OPENAI[number % 3],
        "gen_ai.response.id": token(draw, "chatcmpl-"),
        "gen_ai.conversation.id": f"conversation-{number // 7}",
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": 0.42,
        "gen_ai.usage.input_tokens": tokens,
        "gen_ai.usage.cache_read.input_tokens": tokens // 2,
        "gen_ai.usage.output_tokens": output,
        "gen_ai.usage.reasoning.output_tokens": output // 3,
        "gen_ai.input.messages": text,
        "server.address": "api.openai.com",
    }
    return [_trace("demo", [_span(number, draw, "chat gpt-5-mini", values)])]


def _openinference(number: int, draw: Random, text: str) -> Records:
    tokens, output = draw.randint(100, 9_000), draw.randint(5, 900)
    values = {
        "openinference.span.kind": "LLM",
        "llm.system": "openai",
        "llm.provider": "openai",
        "input.value": text,
        "session.id": f"session-{number // 7}",
        "user.id": f"user-{number % 5_003}",
        "metadata": json.dumps({"query_type": "faq", "tier": "free"}),
        "llm.model_name": OPENAI[number % 3],
        "llm.token_count.total": tokens + output,
        "llm.token_count.prompt": tokens,
        "llm.token_count.completion": output,
        "llm.token_count.prompt_details.cache_read": tokens // 2,
        "llm.token_count.completion_details.reasoning": output // 3,
        "llm.output_messages.0.message.role": "assistant",
    }
    return [_trace("openinference.instrumentation.openai", [_span(number, draw, "ChatCompletion", values)])]


def _mlflow(number: int, draw: Random, text: str) -> Records:
    tokens, output = draw.randint(100, 9_000), draw.randint(5, 900)
    start = (EPOCH + number // 12) * 10**9
    usage = {"input_tokens": tokens, "output_tokens": output, "total_tokens": tokens + output}
    trace = token(draw, "tr-", 128)
    attributes = {
        "mlflow.traceRequestId": json.dumps(trace),
        "mlflow.spanType": json.dumps("CHAT_MODEL"),
        "mlflow.spanInputs": json.dumps({"messages": text}),
        "mlflow.chat.tokenUsage": json.dumps(usage),
        "mlflow.llm.model": json.dumps(OPENAI[number % 3]),
        "mlflow.llm.provider": json.dumps("openai"),
    }
    span: dict[str, Any] = {
        "trace_id": token(draw, "", 128),
        "span_id": token(draw, "", 64),
        "parent_span_id": None,
        "name": "Completions",
        "start_time_unix_nano": start,
        "end_time_unix_nano": start + draw.randint(2, 300) * 10**8,
        "events": [],
        "status": {"code": "STATUS_CODE_OK", "message": ""},
        "attributes": attributes,
    }
    info = {
        "trace_id": trace,
        "request_time": moment(number),
        "state": "OK",
        "trace_metadata": {"mlflow.user": "root", "mlflow.source.type": "LOCAL"},
        "tags": {"mlflow.traceName": "Completions"},
        "execution_duration_ms": 51,
    }
    return [{"info": info, "data": {"spans": [span]}}]


FORMATS = {"otlp_gen_ai": _otlp, "otlp_openinference": _openinference, "mlflow_trace": _mlflow}
