"""Helicone's requests: API export and the CSV exporter. Input EXCLUDES the cache, completion EXCLUDES reasoning."""

from routecli.data.logs.formats.record import Format, at, computed
from routecli.data.logs.formats.sql import ms_between, total, whole

_CODE = "TRY_CAST(response_status AS INTEGER)"
_OUTCOME = f"CASE WHEN {_CODE} BETWEEN 200 AND 299 THEN 'success' WHEN {_CODE} = -3 THEN 'partial' ELSE 'error' END"
_FAILURE = f"CASE WHEN {_CODE} = -3 THEN 'cancelled' WHEN {_CODE} NOT BETWEEN 200 AND 299 THEN 'http_' || {_CODE} END"
_NO_CACHE = "00000000-0000-0000-0000-000000000000"
_SESSION = 'request_properties."Helicone-Session-Id"'
_SHARED = {
    "session_id": (at(_SESSION),),
    "session_synthetic": (computed("logged session", f"CASE WHEN {_SESSION} IS NOT NULL THEN false END"),),
    "ts": (at("request_created_at", ts_basis="start"),),
    "status": (computed("outcome", _OUTCOME),),
    "http_status": (computed("code", f"CASE WHEN {_CODE} BETWEEN 100 AND 599 THEN response_status END"),),
    "error_type": (computed("failure", _FAILURE),),
    "uncached_input_tokens": (at("prompt_tokens"),),
    "user_id": (at("request_user_id"),),
    "query_type": (at("request_properties.query_type"),),
    "user_tier": (at("request_properties.tier"),),
    "cost_usd": (at("cost"),),
}
_CACHED = f"coalesce({whole('prompt_cache_read_tokens')}, 0) + coalesce({whole('prompt_cache_write_tokens')}, 0)"
_PLAIN = {"operation": "'chat'", "is_batch": "false"}

JSONL = Format(
    id="helicone_jsonl",
    family="helicone",
    detects=(("request_id", "request_created_at", "delay_ms"),),
    figures=(("completion_tokens", "tokens"), ("reasoning_tokens", "tokens"), ("response_status", "number")),
    paths=(
        "provider",
        "time_to_first_token",
        "cache_reference_id",
        "request_id",
        "prompt_tokens",
        "prompt_cache_read_tokens",
        "prompt_cache_write_tokens",
    ),
    decoded=("request_properties",),
    readings={
        **_SHARED,
        "request_id": (at("request_id"),),
        "provider": (computed("provider", "lower(provider)"),),
        "model_requested": (at("request_model"),),
        "model_served": (at("response_model"),),
        "stream": (computed("streamed", "CASE WHEN time_to_first_token IS NOT NULL THEN true END"),),
        "cache_read_tokens": (at("prompt_cache_read_tokens"),),
        "cache_write_tokens": (at("prompt_cache_write_tokens"),),
        "output_tokens": (computed("output", total("completion_tokens", "reasoning_tokens")),),
        "reasoning_tokens": (at("reasoning_tokens"),),
        "latency_ms": (at("delay_ms"),),
        "ttft_ms": (at("time_to_first_token"),),
        "gateway_cache_hit": (computed("cached", f"cache_reference_id <> '{_NO_CACHE}'"),),
    },
    constants=_PLAIN,
    warnings=(
        (
            # Rows of older versions include the cache, and no row says which version wrote it.
            "input_may_include_cache",
            f"{whole('prompt_tokens')} >= {_CACHED} AND {_CACHED} > 0",
        ),
    ),
    dedup="request_id",
)

CSV = Format(
    id="helicone_csv",
    family="helicone",
    detects=(("response_id", "request_created_at", "request_properties", "!delay_ms"),),
    figures=(("response_status", "number"), ("response_created_at", "instant")),
    paths=("prompt_tokens", "response_id", "request_created_at", "latency", "model"),
    decoded=("request_properties", "request_body"),
    readings={
        **_SHARED,
        # The cache is not exported at all, so the total is not known.
        "input_tokens": (computed("total input", "CASE WHEN response_id IS NULL THEN prompt_tokens END"),),
        # The exporter leaves its own model and latency columns empty.
        "model_requested": (at("request_body.model"),),
        "model_served": (at("model"),),
        "output_tokens": (at("completion_tokens"),),
        "latency_ms": (
            at("latency", kind="ms"),
            computed("took", ms_between("request_created_at", "response_created_at")),
        ),
    },
    constants=_PLAIN,
    warnings=(
        ("cache_columns_absent", "true"),
        ("latency_from_timestamps", "nullif(latency, '') IS NULL"),
        ("model_from_request_body", "nullif(model, '') IS NULL"),
    ),
    dedup="'response:' || response_id",
)
