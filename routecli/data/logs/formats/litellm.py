"""LiteLLM's spend logs (table dump, API, pub-sub). Input includes the cache, for Anthropic models too."""

from routecli.data.logs.formats.record import Format, Skip, at, computed
from routecli.data.logs.formats.sql import first_word, micros, ms_between, one_of

_USAGE = "metadata.usage_object"
_GATE = "metadata.routing_decision"
_ROLES = {
    "gate": ("autorouter_classifier", "autorouter_compaction"),
    "shadow": ("shadow_eval_router",),
    "judge": ("shadow_eval_judge", "llm_as_a_judge_guardrail"),
}
_ORIGIN = "metadata.internal_call_origin"
_ROLE = (
    f"CASE {' '.join(f'WHEN {one_of(_ORIGIN, words)} THEN {role!r}' for role, words in _ROLES.items())} "
    f"WHEN {_ORIGIN} LIKE 'background_response_%' THEN 'system' "
    "WHEN metadata.is_silent_experiment = 'true' THEN 'shadow' ELSE 'user' END"
)
_ERROR = "metadata.error_information"
_FAILED = "coalesce(nullif(status, ''), metadata.status) = 'failure'"
_STATUS = (
    f"CASE WHEN metadata.client_disconnected = 'true' OR {_ERROR}.error_code = '499' "
    f"OR {_ERROR}.error_class = 'ClientDisconnected' "
    f"OR ({_FAILED} AND TRY_CAST(completion_tokens AS BIGINT) > 0) THEN 'partial' "
    f"WHEN {_FAILED} THEN 'error' ELSE 'success' END"
)
_STREAMED = (
    f"({micros('startTime')} < {micros('completionStartTime')} "
    f"AND {micros('completionStartTime')} < {micros('endTime')})"
)
_RANDOM = "regexp_full_match(session, '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}')"

SPEND_LOGS = Format(
    id="litellm_spend_logs",
    family="litellm",
    detects=(
        ("startTime", "endTime", "call_type", "spend", "request_id"),
        ("data[].startTime", "data[].call_type", "data[].spend", "data[].request_id"),
    ),
    each=("data[]", ""),
    decoded=("metadata",),
    figures=(("endTime", "instant"), ("completionStartTime", "instant")),
    paths=(
        "startTime",
        "completion_tokens",
        "status",
        "litellm_call_id",
        "request_id",
        "session_id",
        "cache_hit",
        "call_type",
        "model",
        "spend",
        "end_user",
        "user",
        "metadata.litellm_call_id",
        "metadata.status",
        "metadata.client_disconnected",
        "metadata.internal_call_origin",
        "metadata.is_silent_experiment",
        "metadata.user_api_key_user_id",
        f"{_ERROR}.error_code",
        f"{_ERROR}.error_class",
        f"{_GATE}.escalated",
    ),
    layers=({"session": "nullif(session_id, '')"}, {"copies": "count(*) OVER (PARTITION BY session)"}),
    readings={
        "request_id": (at("request_id"),),
        "session_id": (computed("session_id", "session"),),
        "session_synthetic": (computed("session_is_random", f"{_RANDOM} AND copies = 1"),),
        "trace_id": (computed("trace_id", "session"),),
        "ts": (at("startTime", ts_basis="start"),),
        "provider": (at("custom_llm_provider"),),
        "model_requested": (at("model_group"),),
        "model_served": (at("model"),),
        "operation": (
            computed(
                "operation",
                "CASE WHEN call_type LIKE '%completion' THEN 'chat' WHEN call_type LIKE '%embedding%' "
                "THEN 'embeddings' WHEN call_type LIKE '%responses' THEN 'responses' ELSE call_type END",
            ),
        ),
        "stream": (computed("streamed", f"CASE WHEN {_STREAMED} THEN true END"),),
        "service_tier": (at(f"{_USAGE}.service_tier"),),
        "input_tokens": (at("prompt_tokens"),),
        "cache_read_tokens": (at(f"{_USAGE}.prompt_tokens_details.cached_tokens"),),
        "cache_write_tokens": (
            at(f"{_USAGE}.prompt_tokens_details.cache_write_tokens"),
            at(f"{_USAGE}.prompt_tokens_details.cache_creation_tokens"),
        ),
        "cache_write_5m_tokens": (
            at(f"{_USAGE}.prompt_tokens_details.cache_creation_token_details.ephemeral_5m_input_tokens"),
        ),
        "cache_write_1h_tokens": (
            at(f"{_USAGE}.prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens"),
        ),
        "output_tokens": (at("completion_tokens"),),
        "reasoning_tokens": (at(f"{_USAGE}.completion_tokens_details.reasoning_tokens"),),
        # Not request_duration_ms, which is cut to whole milliseconds.
        "latency_ms": (computed("duration", ms_between("startTime", "endTime")),),
        "ttft_ms": (
            computed("first_token", f"CASE WHEN {_STREAMED} THEN {ms_between('startTime', 'completionStartTime')} END"),
        ),
        "status": (computed("outcome", _STATUS),),
        "http_status": (
            computed(
                "error_code", f"CASE WHEN regexp_full_match({_ERROR}.error_code, '[0-9]+') THEN {_ERROR}.error_code END"
            ),
        ),
        "error_type": (at(f"{_ERROR}.error_class"),),
        "user_id": (computed("user", first_word("end_user", "metadata.user_api_key_user_id", '"user"')),),
        "team_id": (at("team_id"),),
        "call_role": (computed("role", _ROLE),),
        "retry_count": (at("metadata.attempted_retries"),),
        "fallback_count": (at("metadata.attempted_fallbacks"),),
        "gate_router": (at(f"{_GATE}.router_model_name"),),
        "gate_decision": (at(f"{_GATE}.routed_model"),),
        "gate_tier": (at(f"{_GATE}.tier"),),
        "gate_score": (
            at(f"{_GATE}.score"),
            at(f"{_GATE}.classifier_confidence"),
            at(f"{_GATE}.classifier_p_solve"),
        ),
        "gate_cause": (at(f"{_GATE}.cause"),),
        "gate_cost_usd": (at(f"{_GATE}.classifier_cost"),),
        "escalated": (
            at(f"{_GATE}.escalated"),
            computed("not_escalated", f"CASE WHEN {_GATE}.routed_model IS NOT NULL THEN false END"),
        ),
        "escalated_from": (at(f"{_GATE}.context_escalation_original_tier"),),
        "baseline_model": (at(f"{_GATE}.savings_baseline_model"),),
        "gateway_cache_hit": (
            computed(
                "cache_hit",
                "CASE lower(cache_hit) WHEN 'true' THEN true WHEN 'false' THEN false WHEN 'none' THEN false END",
            ),
        ),
        "cost_usd": (at("spend"),),
        "saved_cost_usd": (at("metadata.autorouter_savings"),),
    },
    constants={"is_batch": "false"},
    skips=(Skip("daily-total", "request_id IS NULL AND spend IS NOT NULL", "a row of the summarized API"),),
    dedup="coalesce(litellm_call_id, metadata.litellm_call_id, nullif(request_id, ''))",
)
