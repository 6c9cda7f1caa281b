"""One document per log format, shaped like the real ones, with prompt, answer, tool and metadata text in it.

Every text nobody may see starts with `SECRET`. The number of requests in each document is `REQUESTS` (default 1).
"""

from typing import Any

from sample_parts import (
    CHAT,
    MESSAGE,
    SECRET,
    TEXT,
    TOOLS,
    export,
    span,
)
from sample_tools import TOOL_DOCUMENTS

__all__ = ["DOCUMENTS", "ELEMENTS", "READ_AS", "SECRET", "TABLES", "export", "span"]


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
    **TOOL_DOCUMENTS,
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
