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
            **{
                f"total_{kind}": f"CASE WHEN counts THEN {whole(f'{_INFO}.total_token_usage.{name}')} END"
                for kind, name in _KINDS.items()
            },
            "recorded": f"bool_or({_RECORD}) OVER ()",
            "session": "coalesce(payload.session_id, first_value(CASE type WHEN 'session_meta' THEN payload.id END "
            "IGNORE NULLS) OVER (ORDER BY pos, part ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), file)",
            "model": f"coalesce({_INFO}.model, last_value(CASE type WHEN 'turn_context' THEN payload.model END "
            "IGNORE NULLS) OVER (ORDER BY pos, part ROWS UNBOUNDED PRECEDING))",
            "copy": "CASE WHEN payload.response_id IS NOT NULL THEN row_number() OVER "
            "(PARTITION BY type, payload.response_id ORDER BY pos, part) END",
        },
        {f"before_{kind}": f"lag(total_{kind} IGNORE NULLS) OVER {_ORDER}" for kind in _KINDS},
        {
            "fell": " OR ".join(f"coalesce(total_{kind} < before_{kind}, false)" for kind in _KINDS),
            "same": " AND ".join(f"total_{kind} IS NOT DISTINCT FROM before_{kind}" for kind in _KINDS),
        },
    ),
    skips=(
        Skip(
            "not-a-model-call",
            f"NOT coalesce({_RECORD} OR type = 'event_msg' AND payload.type = 'token_count', false)",
            "a line of the session that counts no tokens",
        ),
        Skip("rate-limit-only", f"NOT ({_RECORD}) AND NOT counts", "a token count without any count"),
        Skip("counted-by-record", f"NOT ({_RECORD}) AND recorded", "the file says it per response, too"),
        Skip("re-emitted", "copy > 1", "a record logged twice"),
        Skip("unchanged-counter", f"NOT ({_RECORD}) AND same", "a counter logged again without any growth"),
    ),
    readings={
        "request_id": (at("payload.response_id"),),
        "session_id": (computed("session", "session"),),
        "ts": (at("timestamp", ts_basis="logged"),),
        "model_requested": (computed("model_asked", "model"),),
        "model_served": (computed("model", "model"),),
        "input_tokens": (computed("input_tokens", _used("input")),),
        "cache_read_tokens": (computed("cached_input_tokens", _used("cached")),),
        "cache_write_tokens": (computed("cache_write_input_tokens", _used("written")),),
        "output_tokens": (computed("output_tokens", _used("output")),),
        "reasoning_tokens": (computed("reasoning_output_tokens", _used("thought")),),
    },
    constants={"provider": "'openai'", "operation": "'responses'", "is_batch": "false"},
    warnings=(
        ("counter_rollback_used_last", "counts AND fell"),
        ("total_mismatch", f"{_used('sum')} <> {_used('input')} + {_used('output')}"),
        ("model_unknown", "model IS NULL"),
    ),
    dedup="coalesce(payload.response_id, session || ':' || total_input || ':' || total_output)",
)
