"""Router Replay of the vLLM semantic router: nearly every field of a gate's decision. Input includes the cache."""

from routecli.data.logs.formats.record import Format, at, computed

FORMAT = Format(
    id="vllm_semantic_router_replay",
    family="vsr",
    detects=(("object=router_replay.list",), ("lifecycle_state", "decision", "selected_model")),
    each=("data[]", ""),
    paths=(
        "id",
        "lifecycle_state",
        "terminal_reason",
        "session_id",
        "streaming",
        "from_cache",
        "outcomes[].verdict",
        "signals.reask[]",
    ),
    readings={
        "request_id": (at("request_id"),),
        "session_id": (at("session_id"),),
        "session_synthetic": (computed("logged session", "CASE WHEN session_id IS NOT NULL THEN false END"),),
        "turn_index": (at("turn_index"),),
        "ts": (at("timestamp", ts_basis="start"),),
        "model_requested": (at("original_model"),),
        "model_served": (at("selected_model"),),
        # Flags that are false are left out.
        "stream": (computed("streaming", "coalesce(streaming, 'false')"),),
        "gateway_cache_hit": (computed("from_cache", "coalesce(from_cache, 'false')"),),
        "input_tokens": (at("prompt_tokens"),),
        "cache_read_tokens": (at("cached_prompt_tokens"),),
        "cache_write_tokens": (at("cache_write_tokens"),),
        "output_tokens": (at("completion_tokens"),),
        "latency_ms": (at("duration_ms"),),
        "status": (
            computed(
                "outcome",
                "CASE lifecycle_state WHEN 'completed' THEN 'success' WHEN 'failed' THEN 'error' ELSE 'partial' END",
            ),
        ),
        "http_status": (at("response_status"),),
        "error_type": (at("terminal_reason"),),
        "query_type": (at("category"),),
        "gate_decision": (at("decision"),),
        "gate_tier": (at("decision_tier"),),
        "gate_score": (at("confidence_score"),),
        "gate_cause": (at("selection_method"),),
        "baseline_model": (at("baseline_model"),),
        "baseline_cost_usd": (at("baseline_cost"),),
        "cost_usd": (at("actual_cost"),),
        # The router computes it from prices of its own configuration.
        "cost_source": (computed("priced", "CASE WHEN actual_cost IS NOT NULL THEN 'estimated' END"),),
        "feedback": (
            computed("verdict", "coalesce(outcomes[1].verdict, CASE WHEN len(signals.reask) > 0 THEN 'reask' END)"),
        ),
    },
    constants={"operation": "'chat'", "is_batch": "false", "gate_router": "'vllm-semantic-router'"},
    dedup="id",
)
