"""Anthropic's own objects: messages, and the lines of a batch's results. Input EXCLUDES the cache; no times."""

from dataclasses import replace

from routecli.data.logs.formats import iterations
from routecli.data.logs.formats.record import Format, Parts, Reading, at, computed
from routecli.data.logs.formats.sql import one_of

_CUT = ("max_tokens", "pause_turn", "model_context_window_exceeded")


_STOP = "coalesce(result.message.stop_reason, stop_reason)"
_KIND = "result.type"
_THOUGHT = "output_tokens_details.thinking_tokens"
_ID = "coalesce(result.message.id, id)"
_OUTCOME = (
    f"CASE WHEN {_KIND} IS NOT NULL AND {_KIND} <> 'succeeded' THEN 'error' "
    f"WHEN {one_of(_STOP, _CUT)} THEN 'partial' ELSE 'success' END"
)
_USAGES = ("result.message.usage", "usage")

_PLAIN = Format(
    id="anthropic_message",
    family="anthropic",
    detects=(
        ("type=message", "stop_reason", "usage.input_tokens"),
        ("custom_id", "result.type"),
    ),
    paths=(
        "custom_id",
        "result.type",
        "result.message.stop_reason",
        "stop_reason",
        "result.message.id",
        "id",
        *(f"{usage}.iterations[].type" for usage in _USAGES),
    ),
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
                _OUTCOME,
            ),
        ),
        "error_type": (
            at("result.error.error.type"),
            computed("ended", f"CASE WHEN {one_of(_KIND, ('canceled', 'expired', 'errored'))} THEN {_KIND} END"),
        ),
        "finish_reason": (computed("stop", _STOP),),
    },
    constants={"provider": "'anthropic'"},
    dedup=_ID,
    variant="CASE WHEN custom_id IS NOT NULL THEN 'anthropic_batch' ELSE 'anthropic_message' END",
    timed=False,
)


def _of_both(name: str) -> str:
    return f"coalesce({', '.join(f'{usage}.{name}' for usage in _USAGES)})"


def _iterated() -> Format:
    """With a row per iteration."""
    both = ("iterations", "input_tokens", iterations.READ, iterations.WRITE, "cache_creation", "output_tokens")
    spent = {"spent": f"struct_pack({', '.join(f'{name} := {_of_both(name)}' for name in both)})"}
    thought = _of_both(_THOUGHT)
    own: dict[str, tuple[Reading, ...]] = {
        **iterations.amounts("spent"),
        "parent_id": (computed("message", f"CASE WHEN child IS NOT NULL THEN {_ID} END"),),
        "model_served": (computed("model", iterations.model("coalesce(result.message.model, model)")),),
        "reasoning_tokens": (computed("thought", iterations.itself(f"CASE WHEN NOT split THEN {thought} END")),),
        "status": (computed("outcome", f"CASE WHEN child IS NULL THEN {_OUTCOME} ELSE 'success' END"),),
        "finish_reason": (computed("stop", iterations.itself(_STOP)),),
        "call_role": (computed("role", iterations.ROLE),),
    }
    return replace(
        _PLAIN,
        paths=(
            *_PLAIN.paths,
            *(f"{usage}.{name}" for usage in _USAGES for name in (*iterations.COLUMNS.values(), _THOUGHT)),
            "model",
            "result.message.model",
            *(path for usage in _USAGES for path in iterations.paths(usage)),
        ),
        children=_of_both("iterations"),
        layers=(spent, *iterations.layers("spent")),
        skips=iterations.SKIPS,
        readings={**_PLAIN.readings, **own},
        warnings=(("iterations_below_total", iterations.below("spent")),),
        dedup=f"{_ID} || {iterations.IDENTITY}",
    )


FORMAT = replace(_PLAIN, parts=Parts(" OR ".join(map(iterations.several, _USAGES)), _iterated()))
