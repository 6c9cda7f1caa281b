"""Anthropic's own objects: messages, and the lines of a batch's results. Input EXCLUDES the cache; no times."""

from routecli.data.logs.formats.record import Format, at, computed
from routecli.data.logs.formats.sql import one_of

_CUT = ("max_tokens", "pause_turn", "model_context_window_exceeded")


_STOP = "coalesce(result.message.stop_reason, stop_reason)"
_KIND = "result.type"

FORMAT = Format(
    id="anthropic_message",
    family="anthropic",
    detects=(
        ("type=message", "stop_reason", "usage.input_tokens"),
        ("custom_id", "result.type"),
    ),
    paths=("custom_id", "result.type", "result.message.stop_reason", "stop_reason", "result.message.id", "id"),
    readings={
        "request_id": (at("result.message.id"), at("id"), at("result.error.request_id")),
        "model_served": (at("result.message.model"), at("model")),
        "operation": (computed("kind", f"CASE WHEN {_KIND} IS NULL OR {_KIND} = 'succeeded' THEN 'chat' END"),),
        "is_batch": (computed("batch", "custom_id IS NOT NULL"),),
        "service_tier": (at("result.message.usage.service_tier"), at("usage.service_tier")),
        "speed": (at("result.message.usage.speed"), at("usage.speed")),
        "region": (at("result.message.usage.inference_geo"), at("usage.inference_geo")),
        "uncached_input_tokens": (at("result.message.usage.input_tokens"), at("usage.input_tokens")),
        "cache_read_tokens": (
            at("result.message.usage.cache_read_input_tokens"),
            at("usage.cache_read_input_tokens"),
        ),
        "cache_write_tokens": (
            at("result.message.usage.cache_creation_input_tokens"),
            at("usage.cache_creation_input_tokens"),
        ),
        "cache_write_5m_tokens": (
            at("result.message.usage.cache_creation.ephemeral_5m_input_tokens"),
            at("usage.cache_creation.ephemeral_5m_input_tokens"),
        ),
        "cache_write_1h_tokens": (
            at("result.message.usage.cache_creation.ephemeral_1h_input_tokens"),
            at("usage.cache_creation.ephemeral_1h_input_tokens"),
        ),
        "output_tokens": (at("result.message.usage.output_tokens"), at("usage.output_tokens")),
        "reasoning_tokens": (
            at("result.message.usage.output_tokens_details.thinking_tokens"),
            at("usage.output_tokens_details.thinking_tokens"),
        ),
        "status": (
            computed(
                "outcome",
                f"CASE WHEN {_KIND} IS NOT NULL AND {_KIND} <> 'succeeded' THEN 'error' "
                f"WHEN {one_of(_STOP, _CUT)} THEN 'partial' ELSE 'success' END",
            ),
        ),
        "error_type": (
            at("result.error.error.type"),
            computed("ended", f"CASE WHEN {one_of(_KIND, ('canceled', 'expired', 'errored'))} THEN {_KIND} END"),
        ),
        "finish_reason": (computed("stop", _STOP),),
    },
    constants={"provider": "'anthropic'"},
    dedup="coalesce(result.message.id, id)",
    variant="CASE WHEN custom_id IS NOT NULL THEN 'anthropic_batch' ELSE 'anthropic_message' END",
    timed=False,
)
