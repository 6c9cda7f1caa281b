"""OpenInference spans (Phoenix) as OTLP JSON. Input includes the cache, also of Anthropic's models."""

from dataclasses import replace

from routecli.data.logs.formats.otlp import FORMAT as OTLP
from routecli.data.logs.formats.otlp import attribute
from routecli.data.logs.formats.record import Format, Reading, Skip, computed
from routecli.data.logs.formats.sql import one_of, whole

_SPAN = "resourceSpans[].scopeSpans[].spans[]"
_START, _END = (whole(f"{name}TimeUnixNano") for name in ("start", "end"))
_FAILED = "coalesce(status.code = '2' OR status.code = 'STATUS_CODE_ERROR', false)"
_CUT = ("length", "max_tokens", "content_filter")
_COUNT = "llm.token_count."
_FIRST = "list_filter(events, lambda e: e.name = 'First Token Stream Event')[1].timeUnixNano"
_RAISED = "list_filter(events, lambda e: e.name = 'exception')[1].attributes"


def _of(name: str, *attributes: str) -> tuple[Reading, ...]:
    return (computed(name, attribute(*attributes)),)


FORMAT: Format = replace(
    OTLP,
    id="otlp_openinference",
    priority=2,
    detects=(
        ("resourceSpans", f"{_SPAN}.attributes[].key=openinference.span.kind"),
        ("traceId", "spanId", "attributes[].key=openinference.span.kind"),
    ),
    paths=(
        *OTLP.paths,
        "name",
        "status.message",
        "events[].name",
        "events[].timeUnixNano",
        "events[].attributes[].key",
        "events[].attributes[].value.stringValue",
    ),
    layers=(
        *OTLP.layers,
        {
            "first": whole(_FIRST),
            "session": attribute("session.id"),
            "asked": attribute("llm.invocation_parameters"),
            "noted": attribute("metadata"),
            "ended": attribute("llm.finish_reason"),
            "raised": f"list_filter({_RAISED}, lambda a: a.key = 'exception.type')[1].value.stringValue",
            "told": "regexp_extract(status.message, 'Error code: ([1-5][0-9][0-9])', 1)",
        },
    ),
    skips=(
        Skip(
            "not-a-model-call",
            f"NOT coalesce({one_of(attribute('openinference.span.kind'), ('LLM', 'EMBEDDING'))}, false)",
            "a span that is no call of a model",
        ),
    ),
    readings={
        "trace_id": OTLP.readings["trace_id"],
        "parent_id": OTLP.readings["parent_id"],
        "ts": OTLP.readings["ts"],
        "session_id": (computed("session", "session"),),
        "session_synthetic": (computed("logged session", "CASE WHEN session IS NOT NULL THEN false END"),),
        "provider": _of("llm.provider", "llm.provider", "llm.system"),
        "model_requested": (
            computed(
                "model_asked",
                f"coalesce({attribute('llm.request.model_name')}, "
                "json_extract_string(TRY_CAST(asked AS JSON), '$.model'))",
            ),
        ),
        "model_served": _of("model", "llm.response.model_name", "llm.model_name"),
        "operation": (
            computed(
                "kind",
                f"CASE WHEN {attribute('openinference.span.kind')} = 'EMBEDDING' THEN 'embeddings' "
                "WHEN name = 'Response' THEN 'responses' ELSE 'chat' END",
            ),
        ),
        "stream": (computed("streamed", "CASE WHEN first IS NOT NULL THEN true END"),),
        "input_tokens": _of("prompt", f"{_COUNT}prompt"),
        "cache_read_tokens": _of("cache_read", f"{_COUNT}prompt_details.cache_read"),
        "cache_write_tokens": _of("cache_write", f"{_COUNT}prompt_details.cache_write"),
        "output_tokens": _of("completion", f"{_COUNT}completion"),
        "reasoning_tokens": _of("reasoning", f"{_COUNT}completion_details.reasoning"),
        "latency_ms": (computed("duration", f"round(({_END} - {_START}) / 1000000.0, 3)"),),
        "ttft_ms": (computed("first token", f"round((first - {_START}) / 1000000.0, 3)"),),
        "status": (
            computed(
                "outcome",
                f"CASE WHEN {_FAILED} THEN 'error' WHEN {one_of('ended', _CUT)} THEN 'partial' ELSE 'success' END",
            ),
        ),
        "http_status": (computed("code", "nullif(told, '')"),),
        "error_type": (computed("raised", "regexp_extract(raised, '[^.]+$')"),),
        "finish_reason": (computed("ended", "ended"),),
        "query_type": (computed("query type", "json_extract_string(TRY_CAST(noted AS JSON), '$.query_type')"),),
        "user_tier": (computed("tier", "json_extract_string(TRY_CAST(noted AS JSON), '$.tier')"),),
        "user_id": _of("user.id", "user.id"),
        "cost_usd": _of("llm.cost.total", "llm.cost.total"),
    },
    warnings=(
        (
            # The span of a response that was cut short says OK; only its body tells.
            "body_status_incomplete_only_in_output.value",
            f'regexp_matches({attribute("output.value")}, \'"status": ?"incomplete"\')',
        ),
    ),
)
