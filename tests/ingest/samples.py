"""One document per log format, shaped like the real ones, with prompt, answer, tool and metadata text in it.

Every text nobody may see starts with `SECRET`. The number of requests in each document is `REQUESTS` (default 1).
"""

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

DOCUMENTS: dict[str, dict[str, Any]] = {
    "native": {
        "request_id": "r1",
        "timestamp": "2026-11-01T00:00:00Z",
        "model": "m",
        "input_tokens": 100,
        "cache_read_tokens": 60,
        "cache_write_tokens": 20,
        "output_tokens": 9,
        "reasoning_tokens": 2,
        "latency_ms": 500.5,
        "ttft_ms": 100,
        "cost_usd": "0.25",
        "status": "success",
        "query_type": "faq",
        "user_id": "SECRET-person",
        "stream": True,
        "attempt": 1,
        "gate_score": 0.5,
        "prompt": SECRET,
        "messages": [TEXT],
        "metadata": {"note": SECRET},
    },
    "openai_chat": CHAT,
    "openai_responses": {
        "id": "resp_1",
        "object": "response",
        "created_at": 1764000000,
        "completed_at": 1764000002,
        "status": "completed",
        "model": "gpt-5.5",
        "instructions": SECRET,
        "previous_response_id": "resp_0",
        "metadata": {"query_type": "faq", "note": SECRET},
        "output": [{"type": "message", "content": [{"type": "output_text", "text": SECRET}]}],
        "incomplete_details": {"reason": None},
        "error": None,
        "tools": TOOLS,
        "usage": {
            "input_tokens": 70,
            "input_tokens_details": {"cached_tokens": 20},
            "output_tokens": 30,
            "output_tokens_details": {"reasoning_tokens": 10},
        },
    },
    "openai_batch": {
        "id": "batch_req_1",
        "custom_id": "q-1",
        "error": None,
        "response": {"status_code": 200, "request_id": "req", "body": {**CHAT, "id": "chatcmpl-2"}},
    },
    "anthropic_message": MESSAGE,
    "anthropic_batch": {"custom_id": "q-1", "result": {"type": "succeeded", "message": {**MESSAGE, "id": "msg_2"}}},
    "gemini_response": {
        "responseId": "g",
        "modelVersion": "gemini-3.1-pro",
        "createTime": "2026-04-02T10:00:00.123456Z",
        "candidates": [{"finishReason": "STOP", "content": {"role": "model", "parts": [{"text": SECRET}]}}],
        "promptFeedback": {"safetyRatings": [SECRET]},
        "usageMetadata": {
            "promptTokenCount": 50,
            "cachedContentTokenCount": 20,
            "toolUsePromptTokenCount": 5,
            "candidatesTokenCount": 4,
            "thoughtsTokenCount": 6,
            "totalTokenCount": 65,
        },
    },
    "helicone_jsonl": {
        "request_id": "h",
        "request_created_at": "2026-02-03 04:05:06.789",
        "delay_ms": 900,
        "time_to_first_token": 100,
        "response_status": 200,
        "request_model": "a",
        "response_model": "b",
        "provider": "OPENAI",
        "prompt_tokens": 10,
        "completion_tokens": 4,
        "reasoning_tokens": 6,
        "prompt_cache_read_tokens": 90,
        "prompt_cache_write_tokens": 0,
        "cost": 0.25,
        "cache_reference_id": "00000000-0000-0000-0000-000000000000",
        "request_user_id": "SECRET-person",
        "request_properties": {"Helicone-Session-Id": "s", "query_type": "faq", "note": SECRET},
        "request_body": {"messages": [TEXT]},
        "response_body": {"choices": [ANSWER]},
    },
    "langfuse_export": OBSERVATION,
    "langfuse_blob": {
        _SNAKE.get(key, key): value.removesuffix("Z").replace("T", " ") if key.endswith(("Time", "At")) else value
        for key, value in OBSERVATION.items()
    },
    "litellm_slp": {
        "id": "slp-1",
        "litellm_call_id": "call-1",
        "trace_id": "t",
        "call_type": "acompletion",
        "startTime": 1795451075.5,
        "endTime": 1795451076.5,
        "completionStartTime": 1795451075.75,
        "stream": True,
        "status": "success",
        "custom_llm_provider": "openai",
        "model": "x",
        "model_group": "alias",
        "response_cost": 0.5,
        "prompt_tokens": 100,
        "completion_tokens": 30,
        "end_user": "SECRET-person",
        "messages": [TEXT],
        "response": {"choices": [ANSWER], "system_fingerprint": SECRET},
        "model_parameters": {"tools": TOOLS},
        "error_str": SECRET,
        "error_information": {"error_code": "", "error_class": "", "error_message": SECRET},
        "metadata": LITELLM_METADATA,
    },
    "litellm_spend_logs": {
        "request_id": "spend-1",
        "litellm_call_id": "call-2",
        "call_type": "acompletion",
        "startTime": "2026-11-01T00:00:00.000000+00:00",
        "completionStartTime": "2026-11-01T00:00:00.500000+00:00",
        "endTime": "2026-11-01T00:00:02.000000+00:00",
        "spend": 0.5,
        "prompt_tokens": 100,
        "completion_tokens": 30,
        "custom_llm_provider": "openai",
        "model": "x",
        "model_group": "alias",
        "session_id": "s",
        "status": "success",
        "cache_hit": "False",
        "end_user": "SECRET-person",
        "team_id": "team",
        "messages": [TEXT],
        "response": {"choices": [ANSWER]},
        "proxy_server_request": {"body": SECRET},
        "request_tags": [SECRET],
        "metadata": LITELLM_METADATA,
    },
    "openrouter_generation": {
        "data": {
            "id": "gen-1",
            "created_at": "2026-02-03T04:05:06.789Z",
            "provider_name": "Anthropic",
            "model": "anthropic/claude-sonnet-4.6",
            "streamed": True,
            "cancelled": False,
            "native_tokens_prompt": 100,
            "native_tokens_cached": 60,
            "native_tokens_completion": 30,
            "native_tokens_reasoning": 10,
            "latency": 400,
            "generation_time": 2000,
            "finish_reason": "stop",
            "external_user": "SECRET-person",
            "provider_responses": [{"status": 200, "body": SECRET}],
            "total_cost": 0.25,
            "http_referer": SECRET,
        }
    },
    "portkey_export": {
        "id": "p",
        "trace_id": "t",
        "created_at": "2026-01-05T12:00:00Z",
        "is_success": 1,
        "ai_org": "openai",
        "ai_model": "x",
        "req_units": 100,
        "res_units": 5,
        "cost": 12.5,
        "response_time": 40,
        "response_status_code": 200,
        "cache_status": "MISS",
        "stream_mode": 0,
        "retry_success_count": 0,
        "metadata": {"_user": "SECRET-person", "query_type": "faq", "note": SECRET},
        "request": {"body": {"model": "x", "messages": [TEXT], "tools": TOOLS}},
        "response": {"body": {"model": "x-1", "choices": [ANSWER], "usage": OPENAI_USAGE}},
    },
    "mlflow_trace": {
        "info": {
            "trace_id": "tr-1",
            "request_preview": SECRET,
            "response_preview": SECRET,
            "tags": {"query_type": "faq", "note": SECRET},
            "trace_metadata": {
                "mlflow.trace.session": "s",
                "mlflow.trace.user": "SECRET-person",
                "mlflow.traceInputs": SECRET,
            },
        },
        "data": {
            "spans": [
                {
                    "span_id": "AeQckbuKnHc=",
                    "parent_span_id": None,
                    "start_time_unix_nano": 1795451687000000000,
                    "end_time_unix_nano": 1795451688000000000,
                    "status": {"code": "STATUS_CODE_OK", "message": SECRET},
                    "events": [
                        {
                            "name": "exception",
                            "attributes": {
                                "exception.type": "RateLimitError",
                                "exception.message": f"Error code: 429 {SECRET}",
                                "exception.stacktrace": SECRET,
                            },
                        }
                    ],
                    "attributes": {
                        "mlflow.spanType": '"LLM"',
                        "mlflow.llm.model": '"x"',
                        "model": '"x"',
                        "mlflow.message.format": '"openai"',
                        "mlflow.spanInputs": SECRET,
                        "mlflow.spanOutputs": SECRET,
                        "mlflow.chat.tools": SECRET,
                        "mlflow.chat.tokenUsage": '{"input_tokens": 8, "output_tokens": 2}',
                        "mlflow.llm.cost": '{"total_cost": 0.25}',
                    },
                }
            ]
        },
    },
    "otlp_gen_ai": export(span(**GEN_AI), span(**{**GEN_AI, "gen_ai__response__id": "resp-2"}) | {"spanId": "ef" * 8}),
    "otlp_openinference": export(
        span(
            openinference__span__kind="LLM",
            llm__model_name="x",
            llm__invocation_parameters='{"model": "x", "system": "' + SECRET + '"}',
            metadata='{"query_type": "faq", "note": "' + SECRET + '"}',
            session__id="s",
            user__id="SECRET-person",
            input__value=SECRET,
            output__value=SECRET,
            llm__input_messages__0__message__content=SECRET,
            llm__token_count__prompt=90,
            llm__token_count__prompt_details__cache_read=60,
            llm__token_count__completion=30,
            llm__cost__total=0.25,
        )
        | {"events": [{"name": "First Token Stream Event", "timeUnixNano": "1795451687250000000", "attributes": []}]}
    ),
    "vllm_semantic_router_replay": {
        "object": "router_replay.list",
        "data": [
            {
                "id": "v",
                "request_id": "rq",
                "session_id": "s",
                "turn_index": 1,
                "timestamp": "2026-08-01T09:00:00Z",
                "lifecycle_state": "completed",
                "decision": "hard",
                "decision_tier": 2,
                "category": "math",
                "confidence_score": 0.9,
                "selection_method": "elo",
                "original_model": "auto",
                "selected_model": "x",
                "signals": {"reask": ["high"], "keyword": [SECRET]},
                "outcomes": [{"verdict": "good_fit", "reason": SECRET}],
                "request_body": SECRET,
                "response_body": SECRET,
                "response_status": 200,
                "duration_ms": 800,
                "prompt_tokens": 100,
                "cached_prompt_tokens": 60,
                "completion_tokens": 9,
                "actual_cost": 0.25,
                "baseline_cost": 0.5,
            }
        ],
    },
    "claude_code": {
        "type": "assistant",
        "sessionId": "s",
        "uuid": "u",
        "parentUuid": "p",
        "timestamp": "2026-11-01T00:00:00Z",
        "cwd": SECRET,
        "gitBranch": SECRET,
        "requestId": "req-1",
        "isSidechain": False,
        "costUSD": 0.25,
        "message": {**MESSAGE, "id": "msg_3"},
        "toolUseResult": {"stdout": SECRET},
    },
    "codex": {
        "timestamp": "2026-07-01T10:00:05.000Z",
        "type": "token_usage_record",
        "payload": {
            "session_id": "s9",
            "response_id": "resp_9",
            "instructions": SECRET,
            "content": [{"text": SECRET}],
            "usage": {
                "input_tokens": 5000,
                "cached_input_tokens": 4096,
                "cache_write_input_tokens": 512,
                "output_tokens": 600,
                "reasoning_output_tokens": 256,
                "total_tokens": 5600,
            },
        },
    },
    "codex_exec": {
        "type": "turn.completed",
        "thread_id": "t9",
        "item": {"text": SECRET},
        "usage": {"input_tokens": 5000, "cached_input_tokens": 4096, "output_tokens": 600},
    },
    "mooncake_trace": {"timestamp": 1500, "input_length": 12, "output_length": 3, "hash_ids": [1, 2]},
    "ragpulse_trace": {
        "timestamp": "1.5",
        "input_length": 12,
        "output_length": 3,
        "session_id": "1761",
        "hash_ids": {"sys_prompt": [1]},
    },
    "vsr_fleetsim_trace": {
        "timestamp": 0.5,
        "prompt_tokens": 4,
        "generated_tokens": 2,
        "selected_model": "x",
        "complexity": "low",
        "category": "math",
        "prompt": SECRET,
    },
}
"""By the id that a row of it has as its source."""

READ_AS = {
    "openai_responses": "openai_chat",
    "openai_batch": "openai_chat",
    "anthropic_batch": "anthropic_message",
}
"""The format that reads it, where that has another id."""

ELEMENTS: dict[str, tuple[str, ...]] = {
    "otlp_gen_ai": ("resourceSpans", "scopeSpans", "spans"),
    "otlp_openinference": ("resourceSpans", "scopeSpans", "spans"),
    "mlflow_trace": ("data{}", "spans"),
    "litellm_spend_logs": ("data",),
    "vllm_semantic_router_replay": ("data",),
}
"""Where the records of a document stand, for formats that may have several in one: lists, and objects (`{}`)."""

TABLES: dict[str, tuple[str, list[str]]] = {
    "openrouter_activity_csv": (
        "generation_id,created_at,cost_total,cost_cache,byok_usage_inference,tokens_prompt,tokens_completion,"
        "tokens_reasoning,tokens_cached,model_permaslug,provider_name,variant,cancelled,streamed,user,"
        "finish_reason_normalized,generation_time_ms,time_to_first_token_ms,api_key_name,app_name",
        [
            "gen-1",
            "2026-02-03 04:05:06.789",
            "0.25",
            "0",
            "0.05",
            "100",
            "30",
            "10",
            "60",
            "openai/gpt-5.5",
            "OpenAI",
            "",
            "false",
            "true",
            "SECRET-person",
            "stop",
            "900",
            "100",
            SECRET,
            SECRET,
        ],
    ),
    "azure_trace_2023": (
        "TIMESTAMP,ContextTokens,GeneratedTokens",
        ["2023-11-16 18:17:03.9799609", "4808", "10"],
    ),
    "burstgpt": (
        "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type",
        ["60", "s", "1.5", "GPT-4", "417", "12", "429", "API log"],
    ),
    "helicone_csv": (
        "response_id,response_created_at,response_status,request_created_at,request_properties,request_body,"
        "response_body,request_user_id,prompt_tokens,completion_tokens,model,latency",
        [
            "r",
            "2026-02-03 04:05:09",
            "200",
            "2026-02-03 04:05:06",
            '{"query_type": "faq", "note": "' + SECRET + '"}',
            '{"model": "x", "messages": "' + SECRET + '"}',
            SECRET,
            "SECRET-person",
            "7",
            "3",
            "",
            "",
        ],
    ),
    "native": (
        "request_id,timestamp,model,input_tokens,output_tokens,latency_ms,cost_usd,prompt,user_id",
        ["r1", "2026-11-01T00:00:00Z", "m", "10", "2", "500", "0.25", SECRET, "SECRET-person"],
    ),
}
"""Formats that come as CSV: the header, and one row."""
