"""OpenTelemetry spans of GenAI calls as OTLP JSON. Input includes the cache, output includes reasoning."""

from collections.abc import Iterable

from routecli.data.logs.formats.record import Format, Reading, Skip, computed
from routecli.data.logs.formats.sql import one_of, or_text, whole

_CALLS = ("chat", "generate_content", "text_completion", "embeddings", "responses")
_SPAN = "resourceSpans[].scopeSpans[].spans[]"
_LEGACY = ("gen_ai.system", "gen_ai.usage.prompt_tokens")
_CUT = ("length", "max_tokens", "content_filter")


def attribute(*names: str) -> str:
    """SQL of the first of these attributes that has a value."""
    found = (f"nullif(shown[list_position(names, '{name}')], '')" for name in names)
    return f"coalesce({', '.join(found)})"


def _has(names: Iterable[str]) -> str:
    return "(" + " OR ".join(f"{attribute(name)} IS NOT NULL" for name in names) + ")"


def identifier(path: str, size: int) -> str:
    """SQL of an id in hex, which some exporters write in base64."""
    plain = f"regexp_full_match({path}, '[0-9a-fA-F]{{{2 * size}}}')"
    return f"CASE WHEN {plain} THEN lower({path}) ELSE coalesce(lower(hex(TRY(from_base64({path})))), {path}) END"


_OPERATION = attribute("gen_ai.operation.name")
_START, _END = (whole(f"{name}TimeUnixNano") for name in ("start", "end"))
_BEGUN = or_text(f"make_timestamp(({_START} // 1000)::BIGINT)", "startTimeUnixNano")
_FINISH = 'coalesce(regexp_extract(finish_reasons, \'"stringValue":"([^"]*)"\', 1), finish_reasons)'
_FAILED = f"(status.code = '2' OR status.code = 'STATUS_CODE_ERROR' OR {attribute('error.type')} IS NOT NULL)"
_STATUS = f"CASE WHEN {_FAILED} THEN 'error' WHEN {one_of('finish', _CUT)} THEN 'partial' ELSE 'success' END"


def _reading(name: str, *attributes: str, kind: str | None = None) -> tuple[Reading, ...]:
    return (computed(name, attribute(*attributes), kind),)


FORMAT = Format(
    id="otlp_gen_ai",
    family="otlp",
    detects=(
        ("resourceSpans", f"{_SPAN}.attributes[].key=gen_ai.*"),
        ("traceId", "spanId", "attributes[].key=gen_ai.*"),
    ),
    each=(_SPAN, ""),
    paths=(
        "attributes[].key",
        *(f"attributes[].value.{kind}Value" for kind in ("string", "int", "double", "bool", "array")),
        "status.code",
        "kind",
        "traceId",
        "spanId",
        "parentSpanId",
        "startTimeUnixNano",
    ),
    figures=(("endTimeUnixNano", "number"),),
    layers=(
        {
            "names": "list_transform(attributes, lambda a: a.key)",
            "shown": "list_transform(attributes, lambda a: coalesce(a.value.stringValue, a.value.intValue, "
            "a.value.doubleValue, a.value.boolValue, a.value.arrayValue))",
        },
        {
            "trace": identifier("traceId", 16),
            "span": identifier("spanId", 8),
            "parent": identifier("parentSpanId", 8),
            "conversation": attribute("gen_ai.conversation.id", "session.id"),
            "finish_reasons": attribute("gen_ai.response.finish_reasons"),
        },
        {
            "finish": "nullif(CASE WHEN finish_reasons LIKE '{%' THEN "
            'regexp_extract(finish_reasons, \'"stringValue":"([^"]*)"\', 1) ELSE finish_reasons END, \'\')',
            "shared": "CASE WHEN trace IS NOT NULL THEN min(conversation) OVER (PARTITION BY trace) END",
        },
    ),
    skips=(
        Skip("agent-or-tool", f"{_OPERATION} IS NOT NULL AND NOT {one_of(_OPERATION, _CALLS)}", "not a model call"),
        Skip(
            "not-a-model-call",
            f"{_OPERATION} IS NULL AND ({attribute('gen_ai.request.model')} IS NULL "
            "OR NOT coalesce(kind = '3' OR kind = 'SPAN_KIND_CLIENT', false))",
            "a span that is no call of a model",
        ),
    ),
    readings={
        "request_id": _reading("gen_ai.response.id", "gen_ai.response.id"),
        "trace_id": (computed("traceId", "trace"),),
        "parent_id": (computed("parentSpanId", "nullif(parent, '')"),),
        "session_id": (computed("session", "coalesce(conversation, shared)"),),
        "ts": (computed("startTimeUnixNano", _BEGUN, ts_basis="start"),),
        "provider": _reading("gen_ai.provider.name", "gen_ai.provider.name", "gen_ai.system"),
        "model_requested": _reading("gen_ai.request.model", "gen_ai.request.model"),
        "model_served": _reading("gen_ai.response.model", "gen_ai.response.model"),
        "operation": _reading("gen_ai.operation.name", "gen_ai.operation.name"),
        "stream": _reading("gen_ai.request.stream", "gen_ai.request.stream", "gen_ai.is_streaming"),
        "service_tier": _reading("service_tier", "openai.response.service_tier", "gen_ai.openai.response.service_tier"),
        "input_tokens": _reading(
            "gen_ai.usage.input_tokens", "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"
        ),
        "cache_read_tokens": _reading(
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_read_input_tokens",
        ),
        "cache_write_tokens": _reading(
            "gen_ai.usage.cache_write.input_tokens",
            "gen_ai.usage.cache_write.input_tokens",
            "gen_ai.usage.cache_creation.input_tokens",
            "gen_ai.usage.cache_creation_input_tokens",
        ),
        "output_tokens": _reading(
            "gen_ai.usage.output_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"
        ),
        "reasoning_tokens": _reading(
            "gen_ai.usage.reasoning.output_tokens",
            "gen_ai.usage.reasoning.output_tokens",
            "gen_ai.usage.reasoning_tokens",
        ),
        "latency_ms": (computed("duration", f"round(({_END} - {_START}) / 1000000.0, 3)"),),
        "ttft_ms": _reading("time_to_first_chunk", "gen_ai.response.time_to_first_chunk", kind="seconds"),
        "status": (computed("outcome", _STATUS),),
        "http_status": (
            computed(
                "http_status",
                f"CASE WHEN regexp_full_match({attribute('error.type')}, '[1-5][0-9][0-9]') "
                f"THEN {attribute('error.type')} END",
            ),
            computed("http.response.status_code", attribute("http.response.status_code")),
        ),
        "error_type": _reading("error.type", "error.type"),
        "finish_reason": (computed("finish", "finish"),),
        "query_type": _reading("routecli.query_type", "routecli.query_type"),
        "user_tier": _reading("routecli.user_tier", "routecli.user_tier"),
        "user_id": _reading("user.id", "user.id", "enduser.id"),
        "cost_usd": _reading("gen_ai.usage.cost", "gen_ai.usage.cost"),
    },
    constants={"is_batch": "false"},
    warnings=(
        *((f"legacy_attribute:{name}", _has([name])) for name in _LEGACY),
        ("session_inherited_from_trace", "conversation IS NULL AND shared IS NOT NULL"),
    ),
    dedup="trace || ':' || span",
)
