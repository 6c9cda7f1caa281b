"""Logs of gateways and of observability services."""

import json
from random import Random
from typing import Any

from benchmarks.logs.draws import CLAUDE, OPENAI, epoch, moment, stamp, token, uuid

Records = list[dict[str, Any]]


def _messages(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def _usage(tokens: int, output: int) -> dict[str, Any]:
    return {
        "completion_tokens": output,
        "prompt_tokens": tokens,
        "total_tokens": tokens + output,
        "completion_tokens_details": {"reasoning_tokens": output // 3},
        "prompt_tokens_details": {"cached_tokens": tokens // 2},
    }


def _litellm_metadata(number: int, usage: dict[str, Any], call: str) -> dict[str, Any]:
    return {
        "user_api_key": None,
        "user_api_key_alias": "production",
        "user_api_key_team_id": f"team-{number % 9}",
        "user_api_key_user_id": f"user-{number % 5_003}",
        "spend_logs_metadata": None,
        "litellm_call_id": call,
        "applied_guardrails": [],
        "routing_decision": None,
        "internal_call_origin": None,
        "status": None,
        "error_information": None,
        "usage_object": usage,
        "attempted_retries": 0,
        "attempted_fallbacks": 0,
    }


def _spend_logs(number: int, draw: Random, text: str) -> Records:
    tokens, output, ms = draw.randint(100, 9_000), draw.randint(5, 900), draw.randint(200, 30_000)
    call = uuid(draw)
    return [
        {
            "request_id": "chatcmpl-" + uuid(draw),
            "call_type": "acompletion",
            "api_key": token(draw, "", 256),
            "cache_hit": "None",
            "startTime": stamp(number).isoformat(),
            "endTime": stamp(number, ms).isoformat(),
            "completionStartTime": stamp(number, ms // 4).isoformat(),
            "model": OPENAI[number % 3],
            "user": f"user-{number % 5_003}",
            "team_id": f"team-{number % 9}",
            "organization_id": "",
            "metadata": json.dumps(_litellm_metadata(number, _usage(tokens, output), call)),
            "cache_key": "Cache OFF",
            "spend": round(tokens * 3e-6, 8),
            "total_tokens": tokens + output,
            "prompt_tokens": tokens,
            "completion_tokens": output,
            "request_tags": [],
            "end_user": "",
            "api_base": "https://api.openai.com",
            "model_group": "smart",
            "model_id": "",
            "custom_llm_provider": "openai",
            "session_id": uuid(Random(number // 3)),
            "status": "success" if number % 50 else "failure",
            "litellm_call_id": call,
            "messages": _messages(text) if text else {},
            "response": {},
        }
    ]


def _payload(number: int, draw: Random, text: str) -> Records:
    tokens, output, ms = draw.randint(100, 9_000), draw.randint(5, 900), draw.randint(200, 30_000)
    call, model = uuid(draw), OPENAI[number % 3]
    choice = {"finish_reason": "stop", "index": 0, "message": {"content": text, "role": "assistant"}}
    return [
        {
            "id": "chatcmpl-" + uuid(draw),
            "litellm_call_id": call,
            "trace_id": uuid(Random(number // 3)),
            "session_id": "",
            "call_type": "acompletion",
            "cache_hit": False,
            "stream": True,
            "status": "success",
            "custom_llm_provider": "openai",
            "saved_cache_cost": 0.0,
            "startTime": epoch(number),
            "endTime": epoch(number, ms),
            "completionStartTime": epoch(number, ms // 4),
            "response_time": ms / 4000,
            "model": model,
            "metadata": _litellm_metadata(number, _usage(tokens, output), call),
            "response_cost": round(tokens * 3e-6, 8),
            "total_tokens": tokens + output,
            "prompt_tokens": tokens,
            "completion_tokens": output,
            "request_tags": ["env:test"],
            "end_user": f"user-{number % 5_003}",
            "model_group": "smart",
            "messages": _messages(text),
            "response": {"id": "chatcmpl-1", "model": model, "object": "chat.completion", "choices": [choice]},
            "error_information": {"error_code": "", "error_class": "", "llm_provider": ""},
        }
    ]


def _langfuse(number: int, draw: Random, text: str) -> Records:
    tokens, output, ms = draw.randint(100, 9_000), draw.randint(5, 900), draw.randint(200, 30_000)
    usage = {"input": tokens, "input_cached_tokens": tokens // 2, "output": output, "output_reasoning_tokens": 20}
    return [
        {
            "id": uuid(draw),
            "traceId": uuid(Random(number // 3)),
            "startTime": moment(number),
            "endTime": moment(number, ms),
            "projectId": "project",
            "parentObservationId": None,
            "type": "GENERATION",
            "environment": "default",
            "name": "chat",
            "level": "DEFAULT" if number % 50 else "ERROR",
            "statusMessage": "",
            "version": None,
            "createdAt": moment(number, ms),
            "updatedAt": moment(number, ms),
            "input": _messages(text),
            "output": None,
            "metadata": {"query_type": ("faq", "code")[number % 2], "tier": "pro"},
            "model": OPENAI[number % 3],
            "modelParameters": {},
            "completionStartTime": moment(number, ms // 4),
            "latency": ms / 1000,
            "timeToFirstToken": ms / 4000,
            "usageDetails": {**usage, "total": sum(usage.values())},
            "costDetails": {"total": round(tokens * 3e-6, 8)},
            "totalCost": round(tokens * 3e-6, 8),
            "userId": f"user-{number % 5_003}",
            "sessionId": f"session-{number // 7}",
        }
    ]


def _langfuse_blob(number: int, draw: Random, text: str) -> Records:
    tokens, output, ms = draw.randint(100, 9_000), draw.randint(5, 900), draw.randint(200, 30_000)
    usage = {"input": tokens, "input_cached_tokens": tokens // 2, "output": output, "output_reasoning_tokens": 20}
    return [
        {
            "id": uuid(draw),
            "trace_id": uuid(Random(number // 3)),
            "project_id": "project",
            "environment": "default",
            "type": "GENERATION",
            "parent_observation_id": None,
            "start_time": moment(number)[:-1].replace("T", " "),
            "end_time": moment(number, ms)[:-1].replace("T", " "),
            "name": "chat",
            "metadata": {"tier": "free"},
            "level": "DEFAULT",
            "status_message": None,
            "input": text,
            "output": None,
            "provided_model_name": "gemini-2.5-flash",
            "model_parameters": "{}",
            "usage_details": {**usage, "total": sum(usage.values())},
            "cost_details": {"total": round(tokens * 3e-6, 8)},
            "completion_start_time": None,
            "total_cost": round(tokens * 3e-6, 8),
            "latency": ms / 1000,
            "time_to_first_token": None,
            "updated_at": moment(number, ms)[:-1].replace("T", " "),
        }
    ]


def _helicone(number: int, draw: Random, text: str) -> Records:
    tokens, output, ms = draw.randint(100, 9_000), draw.randint(5, 900), draw.randint(200, 30_000)
    return [
        {
            "request_id": uuid(draw),
            "response_id": uuid(draw),
            "request_created_at": moment(number)[:-1].replace("T", " "),
            "response_created_at": moment(number, ms)[:-1].replace("T", " "),
            "request_body": {"messages": _messages(text)},
            "response_status": 200 if number % 50 else 500,
            "delay_ms": ms,
            "time_to_first_token": ms // 4,
            "request_model": "claude-sonnet-4-5",
            "response_model": CLAUDE[number % 3],
            "provider": "ANTHROPIC",
            "total_tokens": tokens + output,
            "prompt_tokens": tokens,
            "prompt_cache_read_tokens": tokens // 2,
            "prompt_cache_write_tokens": 0,
            "completion_tokens": output,
            "reasoning_tokens": None,
            "cost": round(tokens * 3e-6, 8),
            "request_user_id": f"user-{number % 5_003}",
            "target_url": "https://api.anthropic.com/v1/messages",
            "request_properties": {"Helicone-Session-Id": f"session-{number // 7}", "query_type": "search"},
            "cache_reference_id": "00000000-0000-0000-0000-000000000000",
            "country_code": "US",
        }
    ]


def _portkey(number: int, draw: Random, text: str) -> Records:
    tokens, output, ms = draw.randint(100, 9_000), draw.randint(5, 900), draw.randint(200, 30_000)
    body = {"model": OPENAI[number % 3], "usage": _usage(tokens, output)}
    return [
        {
            "id": uuid(draw),
            "created_at": moment(number),
            "request": {"body": {"model": "gpt-5-mini", "stream": True, "messages": _messages(text)}},
            "response": {"body": body},
            "is_success": 1 if number % 50 else 0,
            "ai_org": "openai",
            "ai_model": OPENAI[number % 3],
            "req_units": tokens,
            "res_units": output,
            "total_units": tokens + output,
            "cost": round(tokens * 3e-4, 6),
            "cost_currency": "USD",
            "request_url": "https://api.openai.com/v1/chat/completions",
            "response_status_code": 200 if number % 50 else 500,
            "response_time": ms,
            "cache_status": "MISS",
            "stream_mode": 1,
            "retry_success_count": 0,
            "trace_id": uuid(Random(number // 3)),
            "metadata": {"_user": f"user-{number % 5_003}", "tier": "free"},
        }
    ]


FORMATS = {
    "litellm_spend_logs": _spend_logs,
    "litellm_slp": _payload,
    "langfuse_export": _langfuse,
    "langfuse_blob": _langfuse_blob,
    "helicone_jsonl": _helicone,
    "portkey_export": _portkey,
}
