"""Sessions of coding agents: each call is several lines that grow, between lines of other kinds."""

from random import Random
from typing import Any

from benchmarks.logs.draws import CLAUDE, moment, token, uuid

Records = list[dict[str, Any]]
_CALLS = 40
"""Calls of one session."""


def _claude_code(number: int, draw: Random, text: str) -> Records:
    session, tokens = uuid(Random(number // _CALLS)), draw.randint(1, 900)
    written = draw.randint(0, 4_000)
    usage = {
        "input_tokens": tokens,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": draw.randint(0, 90_000),
        "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0},
        "output_tokens": 1,
        "service_tier": "standard",
    }
    shared = {
        "parentUuid": uuid(draw),
        "isSidechain": False,
        "userType": "external",
        "cwd": "/srv/app",
        "sessionId": session,
        "version": "2.0.28",
        "gitBranch": "main",
    }
    asked = {**shared, "type": "user", "message": {"role": "user", "content": text}}
    records = [{**asked, "uuid": uuid(draw), "timestamp": moment(number)}]
    message, request = token(draw, "msg_", 96), token(draw, "req_", 96)
    for part in range(2):
        usage = {**usage, "output_tokens": draw.randint(1, 900) if part else 1}
        body = {
            "id": message,
            "type": "message",
            "role": "assistant",
            "model": CLAUDE[number % 3],
            "content": [{"type": ("text", "tool_use")[part], "text": text}],
            "stop_reason": "tool_use" if part else None,
            "usage": usage,
        }
        line = {**shared, "type": "assistant", "message": body, "requestId": request, "uuid": uuid(draw)}
        records.append({**line, "timestamp": moment(number, 900 * part)})
    return records


def _used(calls: int) -> dict[str, int]:
    """Tokens of so many calls together."""
    tokens = calls * 4_000 + calls % 100 * 7
    return {
        "input_tokens": tokens,
        "cached_input_tokens": tokens // 2,
        "output_tokens": calls * 300 + calls % 100,
        "reasoning_output_tokens": calls * 100,
        "total_tokens": tokens + calls * 300 + calls % 100,
    }


def _codex(number: int, draw: Random, text: str) -> Records:
    records: Records = []
    if not number:
        meta = {"id": uuid(draw), "timestamp": moment(number), "cwd": "/srv/app", "cli_version": "0.99.0"}
        records.append({"timestamp": moment(number), "type": "session_meta", "payload": meta})
    if not number % _CALLS:
        turn = {"cwd": "/srv/app", "model": "gpt-5.2-codex", "approval_policy": "never"}
        records.append({"timestamp": moment(number), "type": "turn_context", "payload": turn})
    said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}
    records.append({"timestamp": moment(number), "type": "response_item", "payload": said})
    total, before = _used(number + 1), _used(number)
    last = {name: value - before[name] for name, value in total.items()}
    info = {"total_token_usage": total, "last_token_usage": last, "model_context_window": 272_000}
    count = {"type": "token_count", "info": info, "rate_limits": None}
    records.append({"timestamp": moment(number, 500), "type": "event_msg", "payload": count})
    return records


FORMATS = {"claude_code": _claude_code, "codex": _codex}
