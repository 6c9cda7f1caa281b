"""Claude Code session files. Input EXCLUDES the cache; a message is logged once per content block while it grows."""

from dataclasses import replace

from routecli.data.logs.formats import iterations
from routecli.data.logs.formats.record import Format, Kin, Parts, Reading, Skip, at, computed
from routecli.data.logs.formats.sql import better, whole

_USAGE = "message.usage"
_OUTPUT = whole(f"{_USAGE}.output_tokens")
_UNREADABLE = f"coalesce({_USAGE}.output_tokens <> '' AND {_OUTPUT} IS NULL, false)"
"""No count, so that nobody knows how large it is: such a copy counts as the largest and is refused for it."""
_CALL = f"coalesce(type, message.role) = 'assistant' AND {_USAGE} IS NOT NULL"
_FAILED = "(isApiErrorMessage = 'true' OR message.model = '<synthetic>')"
_STOP = f"CASE WHEN NOT {_FAILED} OR {_FAILED} IS NULL THEN message.stop_reason END"
_OUTCOME = f"CASE WHEN {_FAILED} THEN 'error' WHEN message.stop_reason = 'max_tokens' THEN 'partial' ELSE 'success' END"
_ROLE = "CASE WHEN sidechain THEN 'subagent' ELSE 'user' END"
_MODEL = "nullif(message.model, '<synthetic>')"
_ID = "message.id"
_REQUEST = "coalesce(':' || request, '')"


def _merged(row: str = "") -> str:
    """Whether a row is also of a side chain's copies, whose request it may have."""
    return f"coalesce(contains({row}warnings::VARCHAR, 'merged_sidechain_copy'), false)"


def _layers(parts: str = "") -> tuple[dict[str, str], ...]:
    """`parts`: what tells apart records of one message that are no copies of each other."""
    return (
        {
            "call": _CALL,
            "sidechain": "coalesce(isSidechain = 'true', false)",
        },
        {
            # Behind a gateway, and in copies that a side chain makes, the request's id may be missing.
            "bare": "bool_or(call AND sound AND requestId IS NULL) OVER (PARTITION BY message.id)",
            "main": "bool_or(call AND sound AND NOT sidechain) OVER (PARTITION BY message.id)",
            "copied": "bool_or(call AND sound AND sidechain) OVER (PARTITION BY message.id)",
        },
        {"own": "CASE WHEN main AND copied OR bare THEN NULL ELSE requestId END"},
        {
            "behind": better(
                f"call, message.id, own{parts}", f"sidechain, {_UNREADABLE} DESC, {_OUTPUT} DESC NULLS LAST, pos DESC"
            ),
            "request": "coalesce(requestId, "
            "max(CASE WHEN call AND NOT sidechain THEN requestId END) OVER (PARTITION BY message.id, own), "
            "max(CASE WHEN call THEN requestId END) OVER (PARTITION BY message.id, own))",
        },
    )


_PLAIN = Format(
    id="claude_code",
    family="claude",
    detects=(
        ("sessionId", "message.usage", "type=assistant"),
        ("sessionId", "message.usage", "message.role=assistant"),
        ("sessionId", "uuid", "parentUuid", "message"),
    ),
    paths=(
        "type",
        "isSidechain",
        "isApiErrorMessage",
        "requestId",
        "message.role",
        "message.model",
        "message.id",
        "message.stop_reason",
        f"{_USAGE}.output_tokens",
        f"{_USAGE}.iterations[].type",
        f"{_USAGE}.service_tier",
        f"{_USAGE}.speed",
        "summary",
        "leafUuid",
    ),
    loose=("message",),
    layers=_layers(),
    skips=(
        Skip(
            "not-a-model-call",
            "NOT coalesce(call, false)",
            "a line of the session without usage of its own",
            f"NOT coalesce({_CALL}, false)",
        ),
        Skip(
            "sidechain-copy",
            "message.id IS NOT NULL AND behind > 0 AND sidechain AND main",
            "a side chain's copy of a message of the main chain",
            beaten=True,
        ),
        Skip(
            "stream-snapshot",
            "message.id IS NOT NULL AND behind > 0",
            "an earlier state of a message that grew",
            beaten=True,
        ),
    ),
    readings={
        "request_id": (computed("requestId", "request"),),
        "session_id": (at("sessionId"),),
        "ts": (at("timestamp", ts_basis="logged"),),
        "model_requested": (computed("model_asked", _MODEL),),
        "model_served": (computed("model", _MODEL),),
        "service_tier": (computed("service_tier", f"CASE WHEN {_FAILED} THEN NULL ELSE {_USAGE}.service_tier END"),),
        "speed": (at(f"{_USAGE}.speed"),),
        "region": (at(f"{_USAGE}.inference_geo"),),
        "uncached_input_tokens": (at(f"{_USAGE}.input_tokens"),),
        "cache_read_tokens": (at(f"{_USAGE}.cache_read_input_tokens"),),
        "cache_write_tokens": (at(f"{_USAGE}.cache_creation_input_tokens"),),
        "cache_write_5m_tokens": (at(f"{_USAGE}.cache_creation.ephemeral_5m_input_tokens"),),
        "cache_write_1h_tokens": (at(f"{_USAGE}.cache_creation.ephemeral_1h_input_tokens"),),
        "output_tokens": (at(f"{_USAGE}.output_tokens"),),
        "status": (
            computed(
                "outcome",
                _OUTCOME,
            ),
        ),
        "error_type": (at("error"),),
        "finish_reason": (computed("stop_reason", _STOP),),
        "call_role": (computed("role", _ROLE),),
        "cost_usd": (at("costUSD"),),
    },
    constants={"provider": "'anthropic'", "operation": "'chat'", "is_batch": "false"},
    warnings=(
        ("speed=fast", f"{_USAGE}.speed = 'fast'"),
        ("synthetic_message", "message.model = '<synthetic>'"),
        ("merged_sidechain_copy", "main AND copied"),
    ),
    dedup=f"{_ID} || {_REQUEST}",
    newest=_OUTPUT,
    kin=Kin(
        columns=("request_id", "call_role", "output_tokens", "warnings"),
        # The message, of the key of a message and a request.
        by=(
            "CASE WHEN request_id IS NULL THEN dedup_key WHEN ends_with(dedup_key, ':' || request_id) "
            "THEN left(dedup_key, length(dedup_key) - length(request_id) - 1) END",
        ),
        when=f"k.request_id IS NULL OR r.request_id IS NULL OR k.call_role <> r.call_role OR {_merged('k.')} "
        f"OR {_merged('r.')}",
        instead="CASE WHEN k.call_role = r.call_role THEN k.output_tokens > r.output_tokens "
        "ELSE k.call_role = 'user' END",
        odd=f"request_id IS NULL OR call_role = 'subagent' OR {_merged()}",
    ),
)


def _iterated() -> Format:
    """With a row per iteration."""
    served = iterations.model(_MODEL)
    own: dict[str, tuple[Reading, ...]] = {
        **iterations.amounts(_USAGE),
        "parent_id": (computed("message", f"CASE WHEN child IS NOT NULL THEN {_ID} END"),),
        "model_requested": (computed("model_asked", served),),
        "model_served": (computed("model", served),),
        "status": (computed("outcome", f"CASE WHEN child IS NULL THEN {_OUTCOME} ELSE 'success' END"),),
        "error_type": (computed("failure", iterations.itself("error")),),
        "finish_reason": (computed("stop_reason", iterations.itself(_STOP)),),
        "call_role": (computed("role", f"coalesce({iterations.ROLE}, {_ROLE})"),),
        "cost_usd": (computed("cost", iterations.itself("costUSD")),),
    }
    return replace(
        _PLAIN,
        paths=(
            *_PLAIN.paths,
            "error",
            "costUSD",
            *(f"{_USAGE}.{n}" for n in iterations.COLUMNS.values()),
            *iterations.paths(_USAGE),
        ),
        children=f"{_USAGE}.iterations",
        layers=(*_layers(", part"), *iterations.layers(_USAGE)),
        skips=(*_PLAIN.skips, *iterations.SKIPS),
        readings={**_PLAIN.readings, **own},
        warnings=(*_PLAIN.warnings, ("iterations_below_total", iterations.below(_USAGE))),
        dedup=f"{_ID} || {iterations.IDENTITY} || {_REQUEST}",
    )


FORMAT = replace(_PLAIN, parts=Parts(iterations.several(_USAGE), _iterated()))
