"""MLflow traces. Attributes are JSON in text, twice encoded; usage at the trace is its spans' sum and is not read."""

from routecli.data.logs.formats.otlp import identifier
from routecli.data.logs.formats.record import Format, Skip, computed
from routecli.data.logs.formats.sql import one_of, or_text, part, parts, whole

_USAGE, _COST = 'attributes."mlflow.chat.tokenUsage"', 'attributes."mlflow.llm.cost"'
_START, _END = (whole(f"{name}_time_unix_nano") for name in ("start", "end"))
_BEGUN = or_text(f"make_timestamp(({_START} // 1000)::BIGINT)", "start_time_unix_nano")
_RAISED = "list_filter(events, lambda e: e.name = 'exception')[1].attributes"


def _plain(path: str) -> str:
    """A word that stands in its own quotes."""
    return f"nullif(trim({path}, '\"'), '')"


_COUNTS = {
    "input_tokens": "input_tokens",
    "cache_read_tokens": "cache_read_input_tokens",
    "cache_write_tokens": "cache_creation_input_tokens",
    "cache_write_1h_tokens": "cache_creation_input_tokens_above_1hr",
    "output_tokens": "output_tokens",
}
_SERVED = _plain('attributes."mlflow.llm.model"')

FORMAT = Format(
    id="mlflow_trace",
    family="mlflow",
    detects=(("info.trace_id", "data.spans[]"),),
    each=("data.spans[]",),
    doc=(
        "info.trace_id",
        'info.trace_metadata."mlflow.trace.session"',
        'info.trace_metadata."mlflow.trace.user"',
        "info.tags.query_type",
    ),
    figures=(("end_time_unix_nano", "number"),),
    paths=(
        "span_id",
        "parent_span_id",
        "start_time_unix_nano",
        "status.code",
        "events[].name",
        'events[].attributes."exception.type"',
        'events[].attributes."exception.message"',
        *(f'attributes."{name}"' for name in ("mlflow.spanType", "model", "mlflow.message.format", "mlflow.llm.model")),
        _USAGE,
        _COST,
    ),
    layers=(
        {
            "kind": _plain('attributes."mlflow.spanType"'),
            "span": identifier("span_id", 8),
            "parent": identifier("parent_span_id", 8),
            "failed": "coalesce(status.code = 'STATUS_CODE_ERROR' OR status.code = '2', false)",
            "raised": f'{_RAISED}."exception.type"',
            "told": f"""regexp_extract({_RAISED}."exception.message", 'Error code: ([1-5][0-9][0-9])', 1)""",
            "used": parts(_USAGE, _COUNTS.values()),
            "paid": parts(_COST, ("total_cost",)),
            "session": 'doc.info.trace_metadata."mlflow.trace.session"',
        },
    ),
    skips=(
        Skip(
            "not-a-model-call",
            f"NOT coalesce({one_of('kind', ('LLM', 'CHAT_MODEL', 'EMBEDDING'))}, false)",
            "a span that is no call of a model",
        ),
    ),
    readings={
        "trace_id": (computed("trace", "doc.info.trace_id"),),
        "parent_id": (computed("parent", "parent"),),
        "session_id": (computed("session", "session"),),
        "session_synthetic": (computed("logged session", "CASE WHEN session IS NOT NULL THEN false END"),),
        "ts": (computed("start", _BEGUN, ts_basis="start"),),
        "provider": (computed("provider", _plain('attributes."mlflow.message.format"')),),
        "model_requested": (computed("model_asked", _plain("attributes.model")),),
        "model_served": (computed("model", f"CASE WHEN NOT failed THEN {_SERVED} END"),),
        "operation": (computed("operation", "CASE kind WHEN 'EMBEDDING' THEN 'embeddings' ELSE 'chat' END"),),
        **{name: (computed(f"{name} used", part("used", key, _USAGE)),) for name, key in _COUNTS.items()},
        "latency_ms": (computed("duration", f"round(({_END} - {_START}) / 1000000.0, 3)"),),
        "status": (computed("outcome", "CASE WHEN failed THEN 'error' ELSE 'success' END"),),
        "http_status": (computed("code", "nullif(told, '')"),),
        "error_type": (computed("raised", "raised"),),
        "user_id": (computed("user", 'doc.info.trace_metadata."mlflow.trace.user"'),),
        "query_type": (computed("query type", "doc.info.tags.query_type"),),
        "cost_usd": (computed("cost", part("paid", "total_cost", _COST)),),
        # From a price list of MLflow's, at the five-minute price for every cache write.
        "cost_source": (computed("priced", f"CASE WHEN {_COST} IS NOT NULL THEN 'estimated' END"),),
    },
    constants={"is_batch": "false"},
    dedup="doc.info.trace_id || ':' || span",
)
