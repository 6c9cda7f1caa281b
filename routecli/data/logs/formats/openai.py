"""OpenAI's own objects: Chat Completions and Responses bodies, and the lines of a batch's output and error files.

Input includes the cache, output includes reasoning. One file may hold all of them, so it is decided per record.
"""

from routecli.data.logs.formats.record import Format, Skip, at, computed
from routecli.data.logs.formats.sql import one_of

_BODIES = ("response.body.", "")
"""Where the object stands: inside a batch line, or alone."""


def _first(path: str) -> str:
    return f"coalesce({', '.join(f'{body}{path}' for body in _BODIES)})"


def _both(path: str) -> tuple[str, ...]:
    return tuple(body + path for body in _BODIES)


_BATCH = "(custom_id IS NOT NULL)"
_OBJECT = _first('"object"')
_STATE = _first('"status"')
_CHAT = f"{_OBJECT} LIKE 'chat.completion%'"
_CODE = "TRY_CAST(response.status_code AS INTEGER)"
_FINISH = "coalesce(response.body.choices[1].finish_reason, choices[1].finish_reason)"
_FAILURE = (
    "coalesce(nullif(error.code, ''), nullif(error.type, ''), nullif(response.body.error.code, ''), "
    "nullif(response.body.error.type, ''))"
)
_OUTCOME = (
    f"CASE WHEN {_FAILURE} IS NOT NULL OR {_STATE} = 'failed' OR {_CODE} >= 400 THEN 'error' "
    f"WHEN {one_of(_STATE, ('incomplete', 'cancelled'))} OR {one_of('finish', ('length', 'content_filter'))} "
    "THEN 'partial' ELSE 'success' END"
)
_USAGES = tuple(f"{body}usage." for body in _BODIES)

FORMAT = Format(
    id="openai_chat",
    family="openai",
    detects=(
        ("object=chat.completion",),
        ("object=response", "created_at"),
        ("custom_id", "response.status_code", "response.body"),
        ("custom_id", "id", "response", "error"),
    ),
    figures=(*((path, "number") for path in _both("completed_at")), ("response.status_code", "number")),
    paths=(
        "custom_id",
        "id",
        "error.code",
        "error.type",
        "response.body.error.code",
        "response.body.error.type",
        *_both("choices[].finish_reason"),
        *_both('"object"'),
        *_both('"status"'),
        *_both("id"),
        *_both("created"),
        *_both("created_at"),
        *_both("incomplete_details.reason"),
    ),
    layers=({"finish": f"coalesce({_FINISH}, {_first('incomplete_details.reason')})"},),
    skips=(Skip("not-finished", one_of(_STATE, ("in_progress", "queued")), "a response that has not ended"),),
    readings={
        "request_id": (at("response.body.id"), at("id")),
        "parent_id": (at("response.body.previous_response_id"), at("previous_response_id")),
        "ts": (
            at("response.body.created", ts_basis="created"),
            at("response.body.created_at", ts_basis="created"),
            at("created", ts_basis="created"),
            at("created_at", ts_basis="created"),
        ),
        "model_served": (at("response.body.model"), at("model")),
        "operation": (
            computed("kind", f"CASE WHEN {_CHAT} THEN 'chat' WHEN {_OBJECT} = 'response' THEN 'responses' END"),
        ),
        "is_batch": (computed("batch", _BATCH),),
        "service_tier": (at("response.body.service_tier"), at("service_tier")),
        "input_tokens": tuple(at(u + name) for u in _USAGES for name in ("prompt_tokens", "input_tokens")),
        "cache_read_tokens": tuple(
            at(f"{u}{name}_tokens_details.cached_tokens") for u in _USAGES for name in ("prompt", "input")
        ),
        "cache_write_tokens": tuple(
            at(f"{u}{name}_tokens_details.cache_write_tokens") for u in _USAGES for name in ("prompt", "input")
        ),
        "output_tokens": tuple(at(u + name) for u in _USAGES for name in ("completion_tokens", "output_tokens")),
        "reasoning_tokens": tuple(
            at(f"{u}{name}_tokens_details.reasoning_tokens") for u in _USAGES for name in ("completion", "output")
        ),
        # Whole seconds are all that the object says.
        "latency_ms": (
            computed(
                "took",
                f"TRY_CAST({_first('completed_at')} AS DOUBLE) - TRY_CAST({_first('created_at')} AS DOUBLE)",
                kind="seconds",
            ),
        ),
        "status": (computed("outcome", _OUTCOME),),
        "http_status": (at("response.status_code"),),
        "error_type": (computed("failure", _FAILURE),),
        "finish_reason": (computed("finish", "finish"),),
        "query_type": (at("response.body.metadata.query_type"), at("metadata.query_type")),
        "user_tier": (at("response.body.metadata.tier"), at("metadata.tier")),
    },
    constants={"provider": "'openai'"},
    dedup="coalesce(response.body.id, CASE WHEN custom_id IS NULL THEN id END)",
    variant=f"CASE WHEN {_BATCH} THEN 'openai_batch' WHEN {_OBJECT} = 'response' THEN 'openai_responses' "
    "ELSE 'openai_chat' END",
    timed=False,
)
