"""Codex CLI session files: token counters that grow over the session, re-emitted, and fall after a compaction.

A session that another one began may open with a replay of that one's counters, which are counted there.
"""

from collections.abc import Mapping
from dataclasses import replace

from routecli.data.logs.formats.record import Format, Kin, Parts, Skip, at, computed
from routecli.data.logs.formats.sql import micros, whole

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
_SO_FAR = "(ORDER BY pos, part ROWS UNBOUNDED PRECEDING)"
_SOURCES = ("payload.usage", f"{_INFO}.total_token_usage", f"{_INFO}.last_token_usage")
_RECORD = "type = 'token_usage_record'"
_COUNT = "type = 'event_msg' AND payload.type = 'token_count'"
_CALL = ("ts", "model_served", "input_tokens", "cache_read_tokens", "output_tokens", "reasoning_tokens")
"""What is equal in all copies of a call, whatever the session is called."""
_AT_ONCE_US = 1_000_000
"""No model answers twice in so short a time: counters that follow each other faster were copied."""


def _used(kind: str) -> str:
    """Of one kind of tokens: what the record itself says, else how much its counter grew."""
    grown = f"CASE WHEN fell OR carried THEN last_{kind} ELSE total_{kind} - coalesce(before_{kind}, 0) END"
    return f"CASE WHEN {_RECORD} THEN {whole(f'payload.usage.{_KINDS[kind]}')} ELSE {grown} END"


def _total(kind: str) -> str:
    return f"CASE WHEN counts THEN {whole(f'{_INFO}.total_token_usage.{_KINDS[kind]}')} END"


def _before(kind: str) -> str:
    """The counter before; one that the file never has is -1 meanwhile, for looking back for it would take very long."""
    return f"nullif(lag(CASE WHEN has_{kind} THEN total_{kind} ELSE -1 END IGNORE NULLS) OVER {_ORDER}, -1)"


def _first(sql: str, type: str) -> str:
    """What the first line of this type says."""
    return f"arg_min({sql}, pos) FILTER (type = '{type}') OVER ()"


def _layers(*, replays: bool) -> tuple[Mapping[str, str], ...]:
    """`replays`: with what finds out a replay, which costs as much as all the rest."""
    return (
        {
            "counts": f"coalesce({_COUNT} AND ({_INFO}.total_token_usage IS NOT NULL "
            f"OR {_INFO}.last_token_usage IS NOT NULL), false)",
            **{f"last_{kind}": whole(f"{_INFO}.last_token_usage.{name}") for kind, name in _KINDS.items()},
            **({"moment": micros("timestamp")} if replays else {}),
        },
        {
            **{f"total_{kind}": _total(kind) for kind in _KINDS},
            "recorded": f"min(pos) FILTER ({_RECORD}) OVER ()",
            **{
                f"recorded_{kind}": _first(whole(f"payload.usage.{_KINDS[kind]}"), "token_usage_record")
                for kind in ("input", "output")
            },
            "session": f"coalesce(payload.session_id, {_first('payload.id', 'session_meta')}, file)",
            # Not last_value, which looks back for a value row by row.
            "model": f"coalesce({_INFO}.model, arg_max(payload.model, pos) FILTER (type = 'turn_context') "
            f"OVER {_SO_FAR})",
            **{f"has_{kind}": f"bool_or({_total(kind)} IS NOT NULL) OVER ()" for kind in _KINDS},
            # As better(...), without putting them in order.
            "again": "payload.response_id IS NOT NULL AND pos > min(pos) FILTER (WHERE sound) OVER "
            "(PARTITION BY type, payload.response_id)",
            **(_ORIGIN if replays else {}),
        },
        {f"before_{kind}": _before(kind) for kind in _KINDS},
        {
            "first": f"coalesce({', '.join(f'before_{kind}' for kind in _KINDS)}) IS NULL",
            "unknown": f"coalesce({', '.join(f'total_{kind}' for kind in _KINDS)}) IS NULL",
        },
        {
            "fell": f"unknown OR {' OR '.join(f'coalesce(total_{kind} < before_{kind}, false)' for kind in _KINDS)} "
            # A counter that holds no more than the last call has started anew, though it is not below where it was.
            "OR coalesce(NOT first AND total_input = last_input AND total_output = last_output "
            "AND before_input + before_output > 0, false)",
            # Counted elsewhere: what a session that goes on under a new name has used before.
            "carried": "first AND coalesce(last_input < total_input OR last_output < total_output, false)",
            "grew": "counts AND (unknown OR "
            f"{' OR '.join(f'total_{kind} IS DISTINCT FROM before_{kind}' for kind in _KINDS)})",
        },
        {"fallen": "bool_or(counts AND fell) OVER ()"},
        {
            # Only after a fall can a counter come to the same totals again.
            "met": "fallen AND grew AND pos > min(pos) FILTER (grew) OVER "
            "(PARTITION BY CASE WHEN fallen THEN total_input END, CASE WHEN fallen THEN total_output END)",
        },
        *(_REPLAY if replays else ()),
        {f"used_{kind}": _used(kind) for kind in _KINDS},
    )


_ORIGIN = {
    "origin": _first("payload.source", "session_meta"),
    "fork": _first("payload.forked_from_id", "session_meta"),
    "began": f"min(moment) FILTER (NOT counts AND NOT ({_RECORD})) OVER ()",
}
_REPLAY: tuple[Mapping[str, str], ...] = (
    {
        "began_by_other": "coalesce(contains(origin, 'thread_spawn'), false) OR fork IS NOT NULL",
        "pause": "CASE WHEN grew THEN moment "
        f"- coalesce(lag(CASE WHEN grew THEN moment END IGNORE NULLS) OVER {_ORDER}, began) END",
    },
    {
        "burst": "began_by_other AND grew AND NOT bool_or(grew AND NOT first "
        f"AND coalesce(pause >= {_AT_ONCE_US}, true)) OVER {_SO_FAR}",
    },
    {
        "replayed": "burst AND (count(*) FILTER (burst) OVER () > 1 OR "
        f"coalesce(bool_or(first AND grew AND pause < {_AT_ONCE_US}) OVER (), false))",
    },
)

_PLAIN = Format(
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
        "payload.source",
        "payload.forked_from_id",
        "payload.session_id",
        "payload.response_id",
        f"{_INFO}.model",
    ),
    figures=tuple((f"{source}.{name}", "tokens") for source in _SOURCES for name in _KINDS.values()),
    layers=_layers(replays=False),
    skips=(
        Skip(
            "not-a-model-call",
            f"NOT coalesce({_RECORD} OR {_COUNT}, false)",
            "a line of the session that counts no tokens",
            f"NOT coalesce({_RECORD} OR type = 'session_meta' OR type = 'turn_context' OR {_COUNT}, false)",
        ),
        Skip("rate-limit-only", f"NOT ({_RECORD}) AND NOT counts", "a token count without any count"),
        Skip(
            "counted-by-record",
            f"NOT ({_RECORD}) AND coalesce(pos > recorded OR used_input = recorded_input "
            "AND used_output = recorded_output, false)",
            "the file says it per response, too",
        ),
        Skip("re-emitted", "again", "a record logged twice", beaten=True),
        Skip("unchanged-counter", f"NOT ({_RECORD}) AND NOT grew", "a counter logged again without any growth"),
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
        ("counter_rollback_used_last", "counts AND fell AND NOT unknown"),
        ("counter_carried_over_used_last", "counts AND carried"),
        ("total_mismatch", "used_sum <> used_input + used_output"),
        ("model_unknown", "model IS NULL"),
    ),
    dedup="coalesce(payload.response_id, session || ':' || total_input || ':' || total_output "
    "|| CASE WHEN met THEN ':' || timestamp ELSE '' END)",
    kin=Kin(
        columns=(*_CALL, "request_id"),
        by=_CALL,
        when="k.request_id IS NULL OR r.request_id IS NULL",
        within="ts",
    ),
)

_BEGUN = replace(
    _PLAIN,
    layers=_layers(replays=True),
    skips=(
        *_PLAIN.skips,
        Skip("replayed-history", f"NOT ({_RECORD}) AND replayed", "a counter of the session that began this one"),
    ),
    readings={
        **_PLAIN.readings,
        "call_role": (computed("role", "CASE WHEN contains(origin, 'subagent') THEN 'subagent' END"),),
    },
)
"""For sessions that another one began."""

FORMAT = replace(
    _PLAIN,
    parts=Parts(
        "type = 'session_meta' AND (contains(payload.source, 'subagent') OR payload.forked_from_id IS NOT NULL)", _BEGUN
    ),
)
