"""The product's own log schema, and public traces with a few columns."""

from collections.abc import Callable
from random import Random
from typing import Any

from benchmarks.logs.draws import MODELS, moment


def native(number: int, draw: Random, text: str) -> list[dict[str, Any]]:
    """15 fields of the product's own schema; with text also a prompt."""
    tokens, latency = draw.randint(100, 9_000), draw.randint(200, 30_000)
    record = {
        "request_id": f"{draw.getrandbits(128):032x}",
        "timestamp": moment(number),
        "model": MODELS[number % 3],
        "provider": ("anthropic", "anthropic", "openai")[number % 3],
        "input_tokens": tokens,
        "cache_read_tokens": tokens // 3,
        "output_tokens": draw.randint(5, 900),
        "latency_ms": latency + 0.5,
        "ttft_ms": latency / 4,
        "status": "success" if number % 50 else "error",
        "query_type": ("faq", "code", "summary", "chat")[number % 4],
        "user_tier": ("free", "paid")[number % 2],
        "user_id": f"user-{number % 5_003}",
        "session_id": f"session-{number // 7}",
        "cost_usd": round(tokens * 3e-6, 8),
    }
    return [{**record, "prompt": text} if text else record]


def _mooncake(number: int, draw: Random, text: str) -> list[dict[str, Any]]:
    tokens = draw.randint(100, 30_000)
    ids = [number + i for i in range(tokens // 512 + 1)]
    return [{"timestamp": number * 3, "input_length": tokens, "output_length": draw.randint(1, 900), "hash_ids": ids}]


def _ragpulse(number: int, draw: Random, text: str) -> list[dict[str, Any]]:
    ids = {
        "sys_prompt": [draw.randint(1, 20_000) for _ in range(3)],
        "passages_ids": [draw.randint(1, 20_000) for _ in range(6)],
        "history": [draw.randint(1, 20_000)],
        "web_search": [],
        "user_input": [draw.randint(1, 30_000)],
    }
    return [
        {
            "timestamp": str(number // 4),
            "input_length": draw.randint(100, 9_000),
            "output_length": draw.randint(1, 900),
            "hash_ids": ids,
            "session_id": f"{1757476916095 + number // 5}-{number // 5:012x}",
        }
    ]


def _fleetsim(number: int, draw: Random, text: str) -> list[dict[str, Any]]:
    return [
        {
            "timestamp": number / 8,
            "prompt_tokens": draw.randint(50, 9_000),
            "generated_tokens": draw.randint(1, 900),
            "selected_model": ("llama8b", "llama70b")[number % 2],
            "complexity": ("low", "medium", "high")[number % 3],
            "category": ("prose", "rag", "code")[number % 3],
        }
    ]


TRACES: dict[str, Callable[[int, Random, str], list[dict[str, Any]]]] = {
    "mooncake_trace": _mooncake,
    "ragpulse_trace": _ragpulse,
    "vsr_fleetsim_trace": _fleetsim,
}
