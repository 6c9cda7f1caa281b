"""Portkey's logs export. Cost in US CENTS; cache and reasoning stand only in the provider's own usage object."""

from routecli.data.logs.formats.record import Format, at, computed
from routecli.data.logs.formats.sql import or_text

_USAGE = "response.body.usage"

FORMAT = Format(
    id="portkey_export",
    family="portkey",
    detects=(("req_units", "res_units", "is_success"),),
    paths=("id", "trace_id", "created_at", "is_success", "cache_status", "stream_mode", "cost", "response_status_code"),
    decoded=("metadata", "request", "response"),
    loose=("request", "response"),
    readings={
        "request_id": (at("id"),),
        "trace_id": (at("trace_id"),),
        "ts": (at("created_at", ts_basis="created"),),
        "provider": (at("ai_org"),),
        "model_requested": (at("request.body.model"),),
        "model_served": (at("response.body.model"), at("ai_model")),
        "stream": (computed("streamed", "CASE stream_mode WHEN '1' THEN true WHEN '0' THEN false END"),),
        "input_tokens": (at("req_units"),),
        "cache_read_tokens": (
            at(f"{_USAGE}.prompt_tokens_details.cached_tokens"),
            at(f"{_USAGE}.input_tokens_details.cached_tokens"),
            at(f"{_USAGE}.cache_read_input_tokens"),
        ),
        "cache_write_tokens": (at(f"{_USAGE}.cache_creation_input_tokens"),),
        "output_tokens": (at("res_units"),),
        "reasoning_tokens": (
            at(f"{_USAGE}.completion_tokens_details.reasoning_tokens"),
            at(f"{_USAGE}.output_tokens_details.reasoning_tokens"),
        ),
        "latency_ms": (at("response_time"),),
        "status": (
            computed(
                "outcome",
                "CASE WHEN response_status_code = '499' THEN 'partial' "
                "WHEN lower(is_success) IN ('1', 'true') THEN 'success' ELSE 'error' END",
            ),
        ),
        "http_status": (at("response_status_code"),),
        "error_type": (at("response.body.error.type"), at("response.body.error.code")),
        "user_id": (at("metadata._user"),),
        "query_type": (at("metadata.query_type"),),
        "user_tier": (at("metadata.tier"),),
        "retry_count": (at("retry_success_count"),),
        "gateway_cache_hit": (computed("cache_status", "upper(cache_status) IN ('HIT', 'SEMANTIC HIT')"),),
        "cost_usd": (computed("cost", or_text("TRY_CAST(cost AS DECIMAL(38,12)) / 100", "cost")),),
    },
    constants={"operation": "'chat'", "is_batch": "false"},
    dedup="coalesce(id, trace_id || ':' || created_at)",
)
