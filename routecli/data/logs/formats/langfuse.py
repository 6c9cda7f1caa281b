"""Langfuse observations: the export of its pages and API (camelCase) and of its blob storage (snake_case).

What `input` means (with or without cache) and `output` (with or without reasoning) is told by the total beside them.
"""

from collections.abc import Mapping

from routecli.data.logs.formats.record import Format, Skip, at, computed
from routecli.data.logs.formats.sql import better, micros, whole

_READ = ("input_cached_tokens", "cache_read_input_tokens", "input_cache_read")
_WRITE = ("input_cache_creation", "cache_creation_input_tokens")
_THOUGHT = ("output_reasoning_tokens", "output_reasoning")
_PARTS = ("input", *_READ, *_WRITE, "input_cache_creation_5m", "input_cache_creation_1h", "output", *_THOUGHT, "total")


_WARNINGS = (
    ("input_included_cache_write", "NOT coalesce(apart, true) AND holds_write"),
    ("input_included_cache_read", "NOT coalesce(apart, true) AND holds_all"),
    (
        "total_mismatch",
        "NOT (coalesce(apart, true) OR coalesce(holds_write, false) OR coalesce(holds_all, false))",
    ),
)


def _observations(id: str, snake: bool) -> Format:
    def word(camel: str, other: str) -> str:
        return other if snake else camel

    usage = word("usageDetails", "usage_details")
    changed, start = word("updatedAt", "updated_at"), word("startTime", "start_time")
    error, first = word("statusMessage", "status_message"), word("timeToFirstToken", "time_to_first_token")
    begun = word("completionStartTime", "completion_start_time")
    cost = word("totalCost", "total_cost")

    return Format(
        id=id,
        family="langfuse",
        detects=((word("traceId", "trace_id"), usage, "type", start),),
        paths=("type", "level", "id", changed, begun, error, cost),
        figures=tuple((f"{usage}.{name}", "tokens") for name in _PARTS),
        decoded=(usage, "metadata"),
        loose=("metadata",),
        layers=_layers(usage, changed),
        skips=(
            Skip("not-a-model-call", "coalesce(type, '') NOT IN ('GENERATION', 'EMBEDDING')", "a step without a model"),
            Skip(
                "older-version",
                "id IS NOT NULL AND later > 0",
                "an earlier state of an observation that was exported again",
                beaten=True,
            ),
        ),
        readings={
            "request_id": (at("id"),),
            "trace_id": (at(word("traceId", "trace_id")),),
            "parent_id": (at(word("parentObservationId", "parent_observation_id")),),
            "session_id": (at(word("sessionId", "session_id")),),
            "ts": (at(start, ts_basis="start"),),
            "model_served": (at(word("model", "provided_model_name")), *(() if snake else (at("providedModelName"),))),
            "stream": (computed("streamed", f"CASE WHEN {begun} IS NOT NULL THEN true END"),),
            "operation": (computed("kind", "CASE type WHEN 'EMBEDDING' THEN 'embeddings' ELSE 'chat' END"),),
            "uncached_input_tokens": (computed("input", "plain"),),
            "cache_read_tokens": (computed("cache_read", "cached"),),
            "cache_write_tokens": (computed("cache_write", "stored"),),
            "cache_write_5m_tokens": (computed("cache_write_5m", "short"),),
            "cache_write_1h_tokens": (computed("cache_write_1h", "long"),),
            "output_tokens": (
                computed("output", "answered + coalesce(CASE WHEN holds_all THEN 0 ELSE thought END, 0)"),
            ),
            "reasoning_tokens": (computed("reasoning", "thought"),),
            "latency_ms": (at("latency", kind="seconds"),),
            "ttft_ms": (at(first, kind="seconds"),),
            "status": (computed("outcome", "CASE level WHEN 'ERROR' THEN 'error' ELSE 'success' END"),),
            "error_type": (computed("failure", f"CASE level WHEN 'ERROR' THEN {error} END"),),
            "user_id": (at(word("userId", "user_id")),),
            "query_type": (at("metadata.query_type"),),
            "user_tier": (at("metadata.tier"),),
            "cost_usd": (at(cost),),
        },
        constants={"is_batch": "false"},
        warnings=_WARNINGS,
        dedup="id",
        newest=micros(changed),
    )


def _layers(usage: str, changed: str) -> tuple[Mapping[str, str], ...]:
    """The counts, and which of them `input` and `output` already hold."""

    def count(*names: str) -> str:
        return f"coalesce({', '.join(whole(f'{usage}.{name}') for name in names)})"

    return (
        {
            "fed": count("input"),
            "cached": count(*_READ),
            "long": count("input_cache_creation_1h"),
            "short": count("input_cache_creation_5m"),
            "answered": count("output"),
            "thought": count(*_THOUGHT),
            "summed": count("total"),
            "later": better("id", f"{changed} DESC NULLS LAST, pos DESC, part DESC"),
        },
        {"stored": f"coalesce({count(*_WRITE)}, short + long, short, long)"},
        {
            "reads": "coalesce(cached, 0)",
            "writes": "coalesce(stored, 0)",
            "apart": "summed = fed + coalesce(cached, 0) + coalesce(stored, 0) + answered + coalesce(thought, 0)",
            "holds_write": "summed = fed + coalesce(cached, 0) + answered AND coalesce(stored, 0) > 0",
            "holds_all": "summed = fed + answered AND coalesce(cached, 0) + coalesce(stored, 0) > 0",
        },
        {
            "plain": "CASE WHEN coalesce(apart, true) THEN fed WHEN holds_write THEN fed - writes "
            "WHEN holds_all THEN fed - reads - writes ELSE fed END",
        },
    )


EXPORT = _observations("langfuse_export", snake=False)
BLOB = _observations("langfuse_blob", snake=True)
