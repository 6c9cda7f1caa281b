"""Codex CLI session files: token counters that grow over the session, re-emitted, and fall after a compaction."""

from routecli.data.logs.formats.record import Format, Skip, at, computed
from routecli.data.logs.formats.sql import whole

_INFO = "payload.info"
_KINDS = {
    "input": "input_tokens",
    "cached": "cached_input_tokens",
    "written": "cache_write_input_tokens",
    "output": "output_tokens",
    "thought": "reasoning_output_tokens",
    "sum": "total_tokens",
}
_ORDER = "(ORDER BY pos, part)"
_SOURCES = ("payload.usage", f"{_INFO}.total_token_usage", f"{_INFO}.last_token_usage")
_RECORD = "type = 'token_usage_record'"


def _used(kind: str) -> str:
    """Of one kind of tokens: what the record itself says, else how much its counter grew."""
    grown = f"CASE WHEN fell THEN last_{kind} ELSE total_{kind} - coalesce(before_{kind}, 0) END"
    return f"CASE WHEN {_RECORD} THEN {whole(f'payload.usage.{_KINDS[kind]}')} ELSE {grown} END"


def _total(kind: str) -> str:
    return f"CASE WHEN counts THEN {whole(f'{_INFO}.total_token_usage.{_KINDS[kind]}')} END"


def _before(kind: str) -> str:
    """The counter before; one that the file never has is -1 meanwhile, for looking back for it would take very long."""
    return f"nullif(lag(CASE WHEN has_{kind} THEN total_{kind} ELSE -1 END IGNORE NULLS) OVER {_ORDER}, -1)"


FORMAT = Format(
    id="codex",
    family="codex",
    detects=tuple(
        (f"type={type}", "payload", "timestamp")
        for type in ("session_meta", "turn_context", "event_msg", "response_item", "token_usage_record")
    ),
    paths=(
        "timestamp",
        "type",
        "payload.type",
        "payload.id",
        "payload.model",
        "payload.session_id",
        "payload.response_id",
        f"{_INFO}.model",
    ),
    figures=tuple((f"{source}.{name}", "tokens") for source in _SOURCES for name in _KINDS.values()),
    layers=(
        {
            "counts": f"coalesce(type = 'event_msg' AND payload.type = 'token_count' AND {_INFO}.total_token_usage "
            "IS NOT NULL, false)",
            **{f"last_{kind}": whole(f"{_INFO}.last_token_usage.{name}") for kind, name in _KINDS.items()},
        },
        {
            **{f"total_{kind}": _total(kind) for kind in _KINDS},
            "recorded": f"bool_or({_RECORD}) OVER ()",
            "session": "coalesce(payload.session_id, arg_min(payload.id, pos) FILTER (type = 'session_meta') OVER (), "
            "file)",
            # Not last_value, which looks back for a value row by row.
            "model": f"coalesce({_INFO}.model, arg_max(payload.model, pos) FILTER (type = 'turn_context') "
            "OVER (ORDER BY pos, part ROWS UNBOUNDED PRECEDING))",
            **{f"has_{kind}": f"bool_or({_total(kind)} IS NOT NULL) OVER ()" for kind in _KINDS},
            "copy": "payload.response_id IS NOT NULL AND pos > min(pos) OVER (PARTITION BY type, payload.response_id)",
        },
        {f"before_{kind}": _before(kind) for kind in _KINDS},
        {
            "fell": " OR ".join(f"coalesce(total_{kind} < before_{kind}, false)" for kind in _KINDS),
            "same": " AND ".join(f"total_{kind} IS NOT DISTINCT FROM before_{kind}" for kind in _KINDS),
        },
        {f"used_{kind}": _used(kind) for kind in _KINDS},
    ),
    skips=(
        Skip(
            "not-a-model-call",
            f"NOT coalesce({_RECORD} OR type = 'event_msg' AND payload.type = 'token_count', false)",
            "a line of the session that counts no tokens",
            f"NOT coalesce({_RECORD} OR type = 'session_meta' OR type = 'turn_context' "
            "OR type = 'event_msg' AND payload.type = 'token_count', false)",
        ),
        Skip("rate-limit-only", f"NOT ({_RECORD}) AND NOT counts", "a token count without any count"),
        Skip("counted-by-record", f"NOT ({_RECORD}) AND recorded", "the file says it per response, too"),
        Skip("re-emitted", "copy", "a record logged twice"),
        Skip("unchanged-counter", f"NOT ({_RECORD}) AND same", "a counter logged again without any growth"),
    ),
    readings={
        "request_id": (at("payload.response_id"),),
        "session_id": (computed("session", "session"),),
        "ts": (at("timestamp", ts_basis="logged"),),
        "model_requested": (computed("model_asked", "model"),),
        "model_served": (computed("model", "model"),),
        "input_tokens": (computed("input_tokens", "used_input"),),
        "cache_read_tokens": (computed("cached_input_tokens", "used_cached"),),
        "cache_write_tokens": (computed("cache_write_input_tokens", "used_written"),),
        "output_tokens": (computed("output_tokens", "used_output"),),
        "reasoning_tokens": (computed("reasoning_output_tokens", "used_thought"),),
    },
    constants={"provider": "'openai'", "operation": "'responses'", "is_batch": "false"},
    warnings=(
        ("counter_rollback_used_last", "counts AND fell"),
        ("total_mismatch", "used_sum <> used_input + used_output"),
        ("model_unknown", "model IS NULL"),
    ),
    dedup="coalesce(payload.response_id, session || ':' || total_input || ':' || total_output)",
)
