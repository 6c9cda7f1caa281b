"""OpenRouter: the activity export (CSV) and generation records (`/generation`). Input includes cache reads."""

from routecli.data.logs.formats.record import Format, at, computed
from routecli.data.logs.formats.sql import total

ACTIVITY = Format(
    id="openrouter_activity_csv",
    family="openrouter",
    detects=(("generation_id", "model_permaslug", "tokens_prompt"),),
    figures=(("byok_usage_inference", "usd"), ("cost_total", "usd")),
    paths=("cancelled", "generation_id"),
    readings={
        "request_id": (at("generation_id"),),
        "ts": (at("created_at", ts_basis="created"),),
        "provider": (at("provider_name"),),
        "model_served": (at("model_permaslug"),),
        "stream": (at("streamed"),),
        "input_tokens": (at("tokens_prompt"),),
        "cache_read_tokens": (at("tokens_cached"),),
        "output_tokens": (at("tokens_completion"),),
        "reasoning_tokens": (at("tokens_reasoning"),),
        "latency_ms": (at("generation_time_ms"),),
        "ttft_ms": (at("time_to_first_token_ms"),),
        "status": (computed("outcome", "CASE lower(cancelled) WHEN 'true' THEN 'partial' ELSE 'success' END"),),
        "error_type": (computed("error", "CASE lower(cancelled) WHEN 'true' THEN 'cancelled' END"),),
        "finish_reason": (at("finish_reason_normalized"), at("finish_reason_raw")),
        "user_id": (at("user"),),
        # What goes to the provider directly is not in the total; cost_cache, a credit, is.
        "cost_usd": (computed("cost", total("cost_total", "byok_usage_inference")),),
    },
    constants={"operation": "'chat'", "is_batch": "false"},
    warnings=(("byok_cost_added", "TRY_CAST(byok_usage_inference AS DECIMAL(38,12)) > 0"),),
    dedup="generation_id",
)

_LATENCY, _GENERATION = "TRY_CAST(latency AS DOUBLE)", "TRY_CAST(generation_time AS DOUBLE)"
_FIRST = f"(streamed = 'true' AND {_LATENCY} < {_GENERATION})"
"""The field called latency is often the time to the first token."""

GENERATION = Format(
    id="openrouter_generation",
    family="openrouter",
    detects=(("data.native_tokens_prompt",), ("native_tokens_prompt",)),
    each=("data", ""),
    figures=(("latency", "ms"), ("generation_time", "ms")),
    paths=("streamed", "cancelled", "provider_responses[].status", "total_cost", "usage"),
    readings={
        "request_id": (at("id"),),
        "session_id": (at("session_id"),),
        "ts": (at("created_at", ts_basis="created"),),
        "provider": (at("provider_name"),),
        "model_requested": (at("router"),),
        "model_served": (at("model"),),
        "stream": (at("streamed"),),
        "service_tier": (at("service_tier"),),
        # Not tokens_prompt: that is another tokenizer's count and not what was billed.
        "input_tokens": (at("native_tokens_prompt"),),
        "cache_read_tokens": (at("native_tokens_cached"),),
        "output_tokens": (at("native_tokens_completion"),),
        "reasoning_tokens": (at("native_tokens_reasoning"),),
        "latency_ms": (computed("total_latency", f"greatest({_LATENCY}, {_GENERATION})"),),
        "ttft_ms": (computed("first_token", f"CASE WHEN {_FIRST} THEN latency END"),),
        "status": (computed("outcome", "CASE cancelled WHEN 'true' THEN 'partial' ELSE 'success' END"),),
        "error_type": (computed("error", "CASE cancelled WHEN 'true' THEN 'cancelled' END"),),
        "finish_reason": (at("finish_reason"), at("native_finish_reason")),
        "user_id": (at("external_user"),),
        "retry_count": (computed("retries", "nullif(greatest(len(provider_responses) - 1, -1), -1)"),),
        "cost_usd": (at("total_cost"), at("usage")),
    },
    constants={"operation": "'chat'", "is_batch": "false"},
    warnings=(("latency_meaning_guessed", _FIRST),),
    dedup="id",
)
