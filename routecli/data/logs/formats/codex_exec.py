"""What `codex exec --json` prints: one line per turn of a thread, with what the thread has used up to then."""

from routecli.data.logs.formats.record import Format, Skip, at, computed
from routecli.data.logs.formats.sql import whole

_KINDS = {
    "input": "input_tokens",
    "cached": "cached_input_tokens",
    "output": "output_tokens",
    "thought": "reasoning_output_tokens",
}
_ORDER = "ORDER BY pos, part"
_TURN = "coalesce(type = 'turn.completed' OR type = 'turn.failed', false)"


def _before(kind: str) -> str:
    return f"lag(total_{kind} IGNORE NULLS) OVER (PARTITION BY thread {_ORDER})"


FORMAT = Format(
    id="codex_exec",
    family="codex",
    detects=(("type=thread.started", "thread_id"), ("type=turn.completed", "usage.input_tokens")),
    paths=("type", "thread_id", "timestamp", "model"),
    figures=tuple((f"usage.{name}", "tokens") for name in _KINDS.values()),
    layers=(
        {f"total_{kind}": f"CASE WHEN {_TURN} THEN {whole(f'usage.{name}')} END" for kind, name in _KINDS.items()},
        {
            "thread": "coalesce(thread_id, arg_max(thread_id, pos) FILTER (type = 'thread.started') "
            f"OVER ({_ORDER} ROWS UNBOUNDED PRECEDING), file)",
        },
        {f"before_{kind}": _before(kind) for kind in _KINDS},
        {
            "fell": " OR ".join(f"coalesce(total_{kind} < before_{kind}, false)" for kind in _KINDS),
            "same": "total_input IS NOT NULL AND "
            + " AND ".join(f"total_{kind} IS NOT DISTINCT FROM before_{kind}" for kind in _KINDS),
        },
        {
            f"used_{kind}": f"CASE WHEN fell THEN total_{kind} ELSE total_{kind} - coalesce(before_{kind}, 0) END"
            for kind in _KINDS
        },
    ),
    skips=(
        Skip("not-a-model-call", f"NOT {_TURN}", "a line that ends no turn"),
        Skip("unchanged-counter", "same", "a turn in which nothing was used"),
    ),
    readings={
        "session_id": (computed("thread", "thread"),),
        "ts": (at("timestamp", ts_basis="logged"),),
        "model_requested": (computed("model_asked", "model"),),
        "model_served": (at("model"),),
        "input_tokens": (computed("input_tokens", "used_input"),),
        "cache_read_tokens": (computed("cached_input_tokens", "used_cached"),),
        "output_tokens": (computed("output_tokens", "used_output"),),
        "reasoning_tokens": (computed("reasoning_output_tokens", "used_thought"),),
        "status": (computed("outcome", "CASE WHEN type = 'turn.failed' THEN 'error' ELSE 'success' END"),),
        "error_type": (computed("failure", "CASE WHEN type = 'turn.failed' THEN type END"),),
    },
    constants={"provider": "'openai'", "operation": "'responses'", "is_batch": "false"},
    warnings=(
        ("several_calls_in_one_row", "type = 'turn.completed'"),
        ("counter_rollback_used_total", "fell"),
        ("model_unknown", "model IS NULL"),
    ),
    dedup="thread || ':' || total_input || ':' || total_output",
    timed=False,
)
