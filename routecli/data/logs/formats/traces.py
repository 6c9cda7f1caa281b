"""Public research traces: a few columns, no prices, no ids; most count their time from the start of the trace."""

from routecli.data.logs.formats.record import Format, at, computed
from routecli.data.logs.formats.sql import or_text

_PLAIN = {"operation": "'chat'", "is_batch": "false"}
_RELATIVE = {**_PLAIN, "ts_basis": "'relative'"}

AZURE = Format(
    id="azure_trace_2023",
    family="azure",
    detects=(("TIMESTAMP", "ContextTokens", "GeneratedTokens"),),
    paths=("TIMESTAMP",),
    readings={
        # 100-nanosecond ticks: seven digits, of which a timestamp holds six.
        "ts": (computed("TIMESTAMP", "substr(TIMESTAMP, 1, 26)", ts_basis="start"),),
        "input_tokens": (at("ContextTokens"),),
        "output_tokens": (at("GeneratedTokens"),),
        "query_type": (
            computed(
                "part", "CASE WHEN file LIKE '%code%' THEN 'code' WHEN file LIKE '%conv%' THEN 'conversation' END"
            ),
        ),
    },
    constants=_PLAIN,
)

MOONCAKE = Format(
    id="mooncake_trace",
    family="mooncake",
    detects=(("timestamp", "input_length", "output_length", "hash_ids[]"),),
    paths=("timestamp",),
    readings={
        "t_rel_s": (computed("timestamp", or_text("TRY_CAST(timestamp AS DOUBLE) / 1000", "timestamp")),),
        "input_tokens": (at("input_length"),),
        "output_tokens": (at("output_length"),),
    },
    constants=_RELATIVE,
    timed=False,
)

RAGPULSE = Format(
    id="ragpulse_trace",
    family="ragpulse",
    detects=(("timestamp", "input_length", "output_length", "hash_ids.sys_prompt", "session_id"),),
    readings={
        "t_rel_s": (at("timestamp"),),
        "input_tokens": (at("input_length"),),
        "output_tokens": (at("output_length"),),
        "session_id": (at("session_id"),),
    },
    constants={**_RELATIVE, "query_type": "'rag'", "session_synthetic": "false"},
    timed=False,
)

_NOTHING = 'TRY_CAST("Response tokens" AS BIGINT) = 0'

BURSTGPT = Format(
    id="burstgpt",
    family="burstgpt",
    detects=(("Timestamp", "Model", "Request tokens", "Response tokens", "Log Type"),),
    paths=('"Response tokens"', '"Session ID"'),
    readings={
        "t_rel_s": (at("Timestamp"),),
        "model_served": (at("Model"),),
        "input_tokens": (at('"Request tokens"'),),
        "output_tokens": (at('"Response tokens"'),),
        "latency_ms": (at('"Elapsed time"', kind="seconds"),),
        "status": (computed("outcome", f"CASE WHEN {_NOTHING} THEN 'error' ELSE 'success' END"),),
        "error_type": (computed("failure", f"CASE WHEN {_NOTHING} THEN 'no_response' END"),),
        "query_type": (at('"Log Type"'),),
        "session_id": (at('"Session ID"'),),
        "session_synthetic": (computed("logged session", 'CASE WHEN "Session ID" IS NOT NULL THEN false END'),),
    },
    constants={**_RELATIVE, "provider": "'openai'"},
    timed=False,
)

FLEETSIM = Format(
    id="vsr_fleetsim_trace",
    family="fleetsim",
    detects=(("timestamp", "prompt_tokens", "generated_tokens"),),
    readings={
        "t_rel_s": (at("timestamp"),),
        "model_served": (at("selected_model"),),
        "input_tokens": (at("prompt_tokens"),),
        "output_tokens": (at("generated_tokens"),),
        "query_type": (at("category"),),
        "gate_decision": (at("selected_model"),),
        "gate_tier": (at("complexity"),),
    },
    constants=_RELATIVE,
    timed=False,
)
