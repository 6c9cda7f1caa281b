"""Codex CLI session files: token counters that grow over the session, re-emitted, and fall after a compaction.

A session that another one began may open with a replay of that one's counters, which are counted there.
"""

from collections.abc import Mapping
from dataclasses import replace

from routecli.data.logs.formats.record import Format, Kept, Kin, Parts, Plain, Skip, at, computed, number
from routecli.data.logs.formats.sql import micros

_INFO = "payload.info"
_KINDS = {
    "input": "input_tokens",
    "cached": "cached_input_tokens",
    "written": "cache_write_input_tokens",
    "output": "output_tokens",
    "thought": "reasoning_output_tokens",
    "sum": "total_tokens",
}
_ORDER = "(ORDER BY pos)"
_SO_FAR = "(ORDER BY pos ROWS UNBOUNDED PRECEDING)"
_USAGE, _TOTAL, _LAST = _SOURCES = ("payload.usage", f"{_INFO}.total_token_usage", f"{_INFO}.last_token_usage")
_CALL = ("ts", "model_served", "input_tokens", "cache_read_tokens", "output_tokens", "reasoning_tokens")
"""What is equal in all copies of a call, whatever the session is called."""
_AT_ONCE_US = 1_000_000
"""No model answers twice in so short a time: counters that follow each other faster were copied."""


def _each(sql: str, joined: str) -> str:
    """The SQL for every kind of tokens."""
    return f" {joined} ".join(sql.format(kind) for kind in _KINDS)


_FIELDS: tuple[Mapping[str, str], ...] = (
    {
        "line": "CASE WHEN type = 'token_usage_record' THEN 'record' "
        "WHEN type = 'event_msg' AND payload.type = 'token_count' THEN 'count' "
        "WHEN type = 'session_meta' THEN 'meta' WHEN type = 'turn_context' THEN 'turn' END"
    },
    {"counts": f"coalesce(line = 'count' AND ({_TOTAL} IS NOT NULL OR {_LAST} IS NOT NULL), false)"},
    {
        **{f"total_{kind}": f"CASE WHEN counts THEN {number(f'{_TOTAL}.{name}')} END" for kind, name in _KINDS.items()},
        # What a record says itself, and a count of the last call.
        **{
            f"said_{kind}": f"CASE WHEN line = 'record' THEN {number(f'{_USAGE}.{name}')} "
            f"WHEN counts THEN {number(f'{_LAST}.{name}')} END"
            for kind, name in _KINDS.items()
        },
        "response_id": "CASE WHEN line IS NOT NULL THEN payload.response_id END",
        "own_session": "CASE WHEN line IS NOT NULL THEN payload.session_id END",
        "own_model": "CASE WHEN line IS NOT NULL THEN payload.info.model END",
        "turn_model": "CASE WHEN line = 'turn' THEN payload.model END",
        "meta_id": "CASE WHEN line = 'meta' THEN payload.id END",
        "timestamp": "CASE WHEN line IS NOT NULL THEN timestamp END",
    },
)
_FACTS: Mapping[str, str] = {
    "session_began": "arg_min(meta_id, pos)",
    "recorded": "min(pos) FILTER (line = 'record')",
    **{f"recorded_{kind}": f"arg_min(said_{kind}, pos) FILTER (line = 'record')" for kind in ("input", "output")},
    **{f"has_{kind}": f"bool_or(total_{kind} IS NOT NULL)" for kind in _KINDS},
}


def _before(kind: str) -> str:
    """The counter before; one that the file never has is -1 meanwhile, for looking back for it would take very long."""
    known = f"CASE WHEN has_{kind} THEN total_{kind}::HUGEINT ELSE -1 END"
    return f"nullif(lag({known} IGNORE NULLS) OVER {_ORDER}, -1)"


def _used(kind: str) -> str:
    """Of one kind of tokens: what the record itself says, else how much its counter grew."""
    grown = f"total_{kind} - coalesce(before_{kind}, 0::UBIGINT)"
    return f"CASE WHEN line = 'record' OR fell OR carried THEN said_{kind} ELSE {grown} END"


def _layers(
    before: Mapping[str, str], again: str, fallen: str, met: str, replay: tuple[Mapping[str, str], ...] = ()
) -> tuple[Mapping[str, str], ...]:
    return (
        # Apart from what follows, because windows that sort keep all that they do not make.
        {"session": "coalesce(own_session, session_began, file)", "model": "coalesce(own_model, turned_to)"},
        {"again": again, **before},
        {
            "first": f"coalesce({_each('before_{}', ',')}) IS NULL",
            "unknown": f"coalesce({_each('total_{}', ',')}) IS NULL",
        },
        {
            "fell": f"unknown OR {_each('coalesce(total_{0} < before_{0}, false)', 'OR')} "
            # A counter that holds no more than the last call has started anew, though it is not below where it was.
            "OR coalesce(NOT first AND total_input = said_input AND total_output = said_output "
            "AND before_input::HUGEINT + before_output > 0, false)",
            # Counted elsewhere: what a session that goes on under a new name has used before.
            "carried": "first AND coalesce(said_input < total_input OR said_output < total_output, false)",
            "grew": f"counts AND (unknown OR {_each('total_{0} IS DISTINCT FROM before_{0}', 'OR')})",
        },
        {"fallen": fallen},
        {"met": met},
        *replay,
        {f"used_{kind}": _used(kind) for kind in _KINDS},
    )


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
"""What finds out a replay, which costs as much as all the rest."""


def _every_layer(replay: tuple[Mapping[str, str], ...] = ()) -> tuple[Mapping[str, str], ...]:
    return _layers(
        {f"before_{kind}": _before(kind) for kind in _KINDS},
        # As better(...), without putting them in order.
        again="response_id IS NOT NULL AND pos > min(pos) FILTER (WHERE sound) OVER (PARTITION BY line, response_id)",
        fallen="bool_or(counts AND fell) OVER ()",
        # Only after a fall can a counter come to the same totals again.
        met="fallen AND grew AND pos > min(pos) FILTER (grew) OVER "
        "(PARTITION BY CASE WHEN fallen THEN total_input END, CASE WHEN fallen THEN total_output END)",
        replay=replay,
    )


_KEPT = Kept(
    fields=_FIELDS,
    facts=_FACTS,
    latest={"turned_to": "turn_model"},
    plain=Plain(
        layers=_layers(
            # In the order in which the records come, which takes no sorting: `odd` holds where that is not the file's.
            {f"before_{kind}": f"lag(total_{kind}) OVER ()" for kind in _KINDS} | {"behind": "lag(pos) OVER ()"},
            again="false",
            fallen="false",
            met="false",
        ),
        odd="behind >= pos OR blank OR line = 'record' OR response_id IS NOT NULL OR fell "
        f"OR NOT first AND ({_each('(total_{0} IS NULL) <> (before_{0} IS NULL)', 'OR')})",
        apart={
            "not-a-model-call": "coalesce(line NOT IN ('record', 'count'), true)",
            "rate-limit-only": "coalesce(line = 'count' AND NOT counts, false)",
        },
    ),
)
"""Each count after the one before it, where no line but these has to be looked at."""

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
    kept=_KEPT,
    layers=_every_layer(),
    skips=(
        Skip(
            "not-a-model-call",
            "coalesce(line NOT IN ('record', 'count'), true)",
            "a line of the session that counts no tokens",
            "line IS NULL",
        ),
        Skip("rate-limit-only", "line <> 'record' AND NOT counts", "a token count without any count"),
        Skip(
            "counted-by-record",
            "line <> 'record' AND coalesce(pos > recorded OR used_input = recorded_input "
            "AND used_output = recorded_output, false)",
            "the file says it per response, too",
        ),
        Skip("re-emitted", "again", "a record logged twice", beaten=True),
        Skip("unchanged-counter", "line <> 'record' AND NOT grew", "a counter logged again without any growth"),
    ),
    readings={
        "request_id": (computed("payload.response_id", "response_id"),),
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
        ("total_mismatch", "used_sum <> used_input::HUGEINT + used_output"),
        ("model_unknown", "model IS NULL"),
    ),
    dedup="coalesce(response_id, session || ':' || total_input || ':' || total_output "
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
    kept=Kept(
        fields=(
            *_FIELDS,
            {
                "moment": f"CASE WHEN line IS NOT NULL THEN {micros('timestamp')} END",
                "meta_origin": "CASE WHEN line = 'meta' THEN payload.source END",
                "meta_fork": "CASE WHEN line = 'meta' THEN payload.forked_from_id END",
            },
        ),
        facts={
            **_FACTS,
            "origin": "arg_min(meta_origin, pos)",
            "fork": "arg_min(meta_fork, pos)",
            "began": "min(moment) FILTER (NOT counts AND line <> 'record')",
        },
        latest=_KEPT.latest,
    ),
    layers=_every_layer(_REPLAY),
    skips=(
        *_PLAIN.skips,
        Skip("replayed-history", "line <> 'record' AND replayed", "a counter of the session that began this one"),
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
