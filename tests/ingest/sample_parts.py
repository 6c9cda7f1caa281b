"""What sample records are made of: usage, messages, spans. SECRET is the text that must never be stored."""

from typing import Any

SECRET = "SECRET-7f3a what the user wrote"


TEXT = {"role": "user", "content": SECRET}


TOOLS = [{"type": "function", "function": {"name": "f", "description": SECRET, "arguments": SECRET}}]


ANSWER = {"index": 0, "finish_reason": "stop", "message": {**TEXT, "tool_calls": TOOLS, "refusal": SECRET}}


OPENAI_USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 30,
    "total_tokens": 130,
    "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 10},
}


CLAUDE_USAGE = {
    "input_tokens": 10,
    "cache_creation_input_tokens": 20,
    "cache_read_input_tokens": 80,
    "cache_creation": {"ephemeral_5m_input_tokens": 5, "ephemeral_1h_input_tokens": 15},
    "output_tokens": 5,
    "output_tokens_details": {"thinking_tokens": 2},
    "service_tier": "standard",
    "speed": "standard",
    "inference_geo": "us",
}


CHAT = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1764000000,
    "model": "gpt-5.5",
    "service_tier": "default",
    "choices": [ANSWER],
    "metadata": {"query_type": "faq", "tier": "pro", "note": SECRET},
    "usage": OPENAI_USAGE,
    "system_fingerprint": SECRET,
}


MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-haiku-4-5",
    "content": [{"type": "text", "text": SECRET}, {"type": "tool_use", "name": "f", "input": {"query": SECRET}}],
    "stop_reason": "end_turn",
    "stop_sequence": SECRET,
    "usage": CLAUDE_USAGE,
}


ROUTING = {
    "router_model_name": "auto",
    "routed_model": "gpt-5-mini",
    "tier": "SIMPLE",
    "score": 0.25,
    "cause": "heuristic_scorer",
    "classifier_cost": 0.0001,
    "escalated": False,
    "signals": [SECRET],
    "matched_keyword": SECRET,
    "escalation_keyword": SECRET,
    "classifier_crux": SECRET,
}


LITELLM_METADATA = {
    "usage_object": OPENAI_USAGE,
    "routing_decision": ROUTING,
    "user_api_key_user_id": "SECRET-person",
    "user_api_key_team_id": "team",
    "requester_metadata": {"note": SECRET},
    "error_information": {"error_code": "", "error_class": "", "error_message": SECRET, "traceback": SECRET},
    "attempted_retries": 1,
    "status": "success",
}


def attributes(**values: Any) -> list[dict[str, Any]]:
    """OTLP attributes, their dots written as `__`."""
    kinds = {str: "stringValue", int: "intValue", float: "doubleValue", bool: "boolValue"}
    return [{"key": key.replace("__", "."), "value": {kinds[type(one)]: one}} for key, one in values.items()]


NOTED = attributes(note=SECRET)


def span(**values: Any) -> dict[str, Any]:
    """A span of OTLP JSON."""
    return {
        "traceId": "ab" * 16,
        "spanId": "cd" * 8,
        "parentSpanId": "",
        "name": "chat",
        "kind": 3,
        "startTimeUnixNano": "1795451687000000000",
        "endTimeUnixNano": "1795451688000000000",
        "status": {"code": 1, "message": SECRET},
        "events": [
            {"name": "gen_ai.content", "timeUnixNano": "1795451687500000000", "attributes": attributes(a=SECRET)}
        ],
        "attributes": attributes(**values),
    }


def export(*spans: dict[str, Any]) -> dict[str, Any]:
    """One line of OTLP JSON."""
    resource = {"attributes": attributes(service__name="app", note=SECRET)}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "s"}, "spans": list(spans)}]}]}


GEN_AI = {
    "gen_ai__operation__name": "chat",
    "gen_ai__provider__name": "openai",
    "gen_ai__request__model": "gpt-5-mini",
    "gen_ai__response__model": "gpt-5-mini-2025",
    "gen_ai__response__id": "resp-1",
    "gen_ai__usage__input_tokens": 100,
    "gen_ai__usage__cache_read__input_tokens": 60,
    "gen_ai__usage__output_tokens": 9,
    "gen_ai__conversation__id": "conv",
    "gen_ai__response__time_to_first_chunk": 0.25,
    "gen_ai__input__messages": SECRET,
    "gen_ai__output__messages": SECRET,
    "gen_ai__system_instructions": SECRET,
    "gen_ai__tool__call__arguments": SECRET,
}


OBSERVATION = {
    "id": "obs-1",
    "traceId": "tr",
    "type": "GENERATION",
    "startTime": "2026-04-01T09:00:00.000Z",
    "completionStartTime": "2026-04-01T09:00:00.420Z",
    "updatedAt": "2026-04-01T09:00:03.000Z",
    "endTime": "2026-04-01T09:00:02.500Z",
    "name": SECRET,
    "level": "DEFAULT",
    "statusMessage": "",
    "model": "x",
    "modelParameters": {"system": SECRET},
    "input": [TEXT],
    "output": SECRET,
    "metadata": {"query_type": "billing", "tier": "pro", "note": SECRET},
    "latency": 2.5,
    "timeToFirstToken": 0.42,
    "usageDetails": {"input": 40, "input_cached_tokens": 60, "output": 9, "output_reasoning_tokens": 3, "total": 112},
    "totalCost": 0.25,
    "userId": "SECRET-person",
}


_SNAKE = {
    "traceId": "trace_id",
    "startTime": "start_time",
    "completionStartTime": "completion_start_time",
    "updatedAt": "updated_at",
    "endTime": "end_time",
    "statusMessage": "status_message",
    "model": "provided_model_name",
    "usageDetails": "usage_details",
    "totalCost": "total_cost",
    "userId": "user_id",
    "timeToFirstToken": "time_to_first_token",
}
