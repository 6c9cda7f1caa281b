"""The product's own log schema: the canonical names and their everyday synonyms.

Input is the TOTAL (cache included) and output includes reasoning. Keys of which that is not sure are refused.
"""

from routecli.data.columns import COLUMNS, MADE
from routecli.data.logs.formats.record import Format, Reading, Refusal, spelled

_SYNONYMS: dict[str, tuple[Reading, ...]] = {
    "ts": (
        spelled("ts"),
        spelled("timestamp"),
        spelled("time"),
        spelled("datetime"),
        spelled("start_time", ts_basis="start"),
        spelled("created_at", ts_basis="created"),
    ),
    "model_served": (spelled("model_served"), spelled("model"), spelled("model_name")),
    "model_requested": (spelled("model_requested"), spelled("requested_model")),
    "input_tokens": (spelled("input_tokens"), spelled("prompt_tokens")),
    "output_tokens": (spelled("output_tokens"), spelled("completion_tokens")),
    "cache_read_tokens": (
        spelled("cache_read_tokens"),
        spelled("cached_tokens"),
        spelled("cache_read_input_tokens"),
    ),
    "cache_write_tokens": (spelled("cache_write_tokens"), spelled("cache_creation_input_tokens")),
    "cost_usd": (spelled("cost_usd"), spelled("cost"), spelled("total_cost")),
    "latency_ms": (
        spelled("latency_ms"),
        spelled("duration_ms"),
        spelled("latency_s", "seconds"),
        spelled("latency_seconds", "seconds"),
        spelled("duration_s", "seconds"),
        spelled("latency", "duration"),
        spelled("duration", "duration"),
    ),
    "ttft_ms": (spelled("ttft_ms"), spelled("ttft_s", "seconds"), spelled("ttft", "duration")),
    "http_status": (spelled("http_status"), spelled("status_code")),
    "user_id": (spelled("user_id"), spelled("user")),
}

_EXCLUSIVE = tuple(
    Refusal(
        "ambiguous-cache-keys",
        (key,),
        f"\"{key}\" IS NOT NULL AND \"{key}\" NOT IN ('0', '0.0')",
        f"{key} is a name under which some tools count the tokens inside the input and others beside it: log "
        f"{better} as part of input_tokens",
    )
    for key, better in (
        ("cache_read_input_tokens", "cache_read_tokens"),
        ("cache_creation_input_tokens", "cache_write_tokens"),
    )
)

_MODEL_OR_TIME = tuple(reading.keys for name in ("ts", "model_served") for reading in _SYNONYMS[name])

FORMAT = Format(
    id="native",
    family="native",
    detects=_MODEL_OR_TIME,
    readings={
        column.name: _SYNONYMS.get(column.name, (spelled(column.name),)) for column in COLUMNS if column.kind != MADE
    },
    refusals=_EXCLUSIVE,
    strict=True,
    priority=0,
    shaped=False,
)
