"""Response bodies of providers, their batches, and OpenRouter's generations."""

from random import Random
from typing import Any

from benchmarks.logs.draws import CLAUDE, EPOCH, OPENAI, moment, token

Records = list[dict[str, Any]]


def _chat_body(number: int, draw: Random, text: str) -> dict[str, Any]:
    tokens, output = draw.randint(100, 9_000), draw.randint(5, 900)
    usage = {
        "prompt_tokens": tokens,
        "completion_tokens": output,
        "total_tokens": tokens + output,
        "prompt_tokens_details": {"cached_tokens": tokens // 2, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": output // 3, "audio_tokens": 0},
    }
    return {
        "id": token(draw, "chatcmpl-"),
        "object": "chat.completion",
        "created": EPOCH + number // 12,
        "model": OPENAI[number % 3],
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": usage,
        "service_tier": "default",
    }


def _chat(number: int, draw: Random, text: str) -> Records:
    return [_chat_body(number, draw, text)]


def _responses(number: int, draw: Random, text: str) -> Records:
    tokens, output = draw.randint(100, 9_000), draw.randint(5, 900)
    usage = {
        "input_tokens": tokens,
        "input_tokens_details": {"cached_tokens": tokens // 2},
        "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": output // 3},
        "total_tokens": tokens + output,
    }
    return [
        {
            "id": token(draw, "resp_"),
            "object": "response",
            "created_at": EPOCH + number // 12,
            "status": "completed",
            "model": OPENAI[number % 3],
            "output": [{"type": "message", "content": [{"type": "output_text", "text": text}]}],
            "usage": usage,
            "service_tier": "default",
        }
    ]


def _batch(number: int, draw: Random, text: str) -> Records:
    answer = {"status_code": 200, "request_id": token(draw, "req_"), "body": _chat_body(number, draw, text)}
    return [{"id": token(draw, "batch_req_"), "custom_id": f"q-{number}", "response": answer, "error": None}]


def _message_body(number: int, draw: Random, text: str) -> dict[str, Any]:
    tokens, written = draw.randint(100, 9_000), draw.randint(0, 2_000)
    usage = {
        "input_tokens": tokens,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": tokens * 2,
        "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0},
        "output_tokens": draw.randint(5, 900),
        "service_tier": "standard",
    }
    return {
        "id": token(draw, "msg_", 96),
        "type": "message",
        "role": "assistant",
        "model": CLAUDE[number % 3],
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": usage,
    }


def _message(number: int, draw: Random, text: str) -> Records:
    return [_message_body(number, draw, text)]


def _message_batch(number: int, draw: Random, text: str) -> Records:
    return [{"custom_id": f"q-{number}", "result": {"type": "succeeded", "message": _message_body(number, draw, text)}}]


def _gemini(number: int, draw: Random, text: str) -> Records:
    tokens, output = draw.randint(100, 9_000), draw.randint(5, 900)
    usage = {
        "promptTokenCount": tokens,
        "cachedContentTokenCount": tokens // 2,
        "candidatesTokenCount": output,
        "thoughtsTokenCount": 30,
        "totalTokenCount": tokens + output + 30,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": tokens}],
    }
    return [
        {
            "candidates": [
                {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": "STOP", "index": 0}
            ],
            "usageMetadata": usage,
            "modelVersion": ("gemini-2.5-flash", "gemini-2.5-pro")[number % 2],
            "responseId": token(draw, "", 96),
            "createTime": moment(number),
        }
    ]


def _generation(number: int, draw: Random, text: str) -> Records:
    tokens, output, ms = draw.randint(100, 9_000), draw.randint(5, 900), draw.randint(200, 30_000)
    return [
        {
            "data": {
                "id": token(draw, "gen-1774838271-", 80),
                "upstream_id": token(draw, "chatcmpl-"),
                "total_cost": round(tokens * 3e-6, 8),
                "created_at": moment(number),
                "model": "openai/" + OPENAI[number % 3],
                "app_id": 7,
                "streamed": True,
                "cancelled": False,
                "provider_name": "OpenAI",
                "latency": ms // 4,
                "generation_time": ms,
                "finish_reason": "stop",
                "tokens_prompt": tokens,
                "tokens_completion": output,
                "native_tokens_prompt": tokens,
                "native_tokens_completion": output,
                "native_tokens_reasoning": output // 3,
                "native_tokens_cached": tokens // 2,
                "usage": round(tokens * 3e-6, 8),
                "is_byok": False,
                "router": "openrouter/auto",
                "session_id": f"session-{number // 7}",
                "external_user": f"user-{number % 5_003}",
                "provider_responses": [{"provider_name": "OpenAI", "status": 200, "latency": ms // 4}],
            }
        }
    ]


FORMATS = {
    "openai_chat": _chat,
    "openai_responses": _responses,
    "openai_batch": _batch,
    "anthropic_message": _message,
    "anthropic_batch": _message_batch,
    "gemini_response": _gemini,
    "openrouter_generation": _generation,
}
