"""LiteLLM's standard logging payload (S3, GCS, custom callbacks). Input includes the cache, times are epoch seconds."""

from dataclasses import replace

from routecli.data.logs.formats.litellm import SPEND_LOGS
from routecli.data.logs.formats.record import Format, at, computed
from routecli.data.logs.formats.sql import first_word

_START, _FIRST, _END = (f"TRY_CAST({name} AS DOUBLE)" for name in ("startTime", "completionStartTime", "endTime"))
_FAILED = "status = 'failure'"
_OUTCOME = (
    "CASE WHEN metadata.client_disconnected = 'true' OR error_information.error_code = '499' "
    "OR error_information.error_class = 'ClientDisconnected' "
    f"OR ({_FAILED} AND TRY_CAST(completion_tokens AS BIGINT) > 0) OR finish = 'length' THEN 'partial' "
    f"WHEN {_FAILED} THEN 'error' ELSE 'success' END"
)

PAYLOAD: Format = replace(
    SPEND_LOGS,
    id="litellm_slp",
    detects=(("startTime", "endTime", "call_type", "response_cost"),),
    each=(),
    # In place of an answer that is not to be logged stands a word.
    decoded=("metadata", "response"),
    loose=("response",),
    paths=(
        *(path for path in SPEND_LOGS.paths if not path.startswith("metadata.error")),
        "trace_id",
        "stream",
        "response_cost",
        "error_information.error_code",
        "error_information.error_class",
        "response.choices[].finish_reason",
        "zero_cost_diagnostic.reason",
    ),
    layers=(
        {"session": "coalesce(nullif(session_id, ''), trace_id)", "finish": "response.choices[1].finish_reason"},
        {"copies": "count(*) OVER (PARTITION BY session)"},
    ),
    readings={
        **SPEND_LOGS.readings,
        "request_id": (at("id"),),
        "ts": (at("startTime", ts_basis="start"),),
        "stream": (computed("streamed", "coalesce(stream, 'false')"),),
        # Not response_time: that is the time to the first token of a stream.
        "latency_ms": (computed("duration", f"round(({_END} - {_START}) * 1000, 3)"),),
        "ttft_ms": (
            computed(
                "first_token",
                f"CASE WHEN stream = 'true' AND {_FIRST} < {_END} THEN round(({_FIRST} - {_START}) * 1000, 3) END",
            ),
        ),
        "status": (computed("outcome", _OUTCOME),),
        "http_status": (
            computed(
                "error_code",
                "CASE WHEN regexp_full_match(error_information.error_code, '[0-9]+') "
                "THEN error_information.error_code END",
            ),
        ),
        "error_type": (computed("failure", "nullif(error_information.error_class, '')"),),
        "finish_reason": (computed("finish", "finish"),),
        "user_id": (computed("user", first_word("end_user", "metadata.user_api_key_user_id")),),
        "team_id": (at("metadata.user_api_key_team_id"),),
        "gateway_cache_hit": (computed("cache_hit", "coalesce(cache_hit, 'false')"),),
        "cost_usd": (
            computed(
                "cost",
                "CASE WHEN zero_cost_diagnostic.reason = 'missing_pricing_key' "
                "AND TRY_CAST(response_cost AS DOUBLE) = 0 THEN NULL ELSE response_cost END",
            ),
        ),
        "saved_cost_usd": (at("saved_cache_cost"), at("autorouter_savings")),
    },
    skips=(),
    dedup="litellm_call_id",
)
