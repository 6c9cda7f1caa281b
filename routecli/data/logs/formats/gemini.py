"""Gemini's response bodies. Input includes the cache but not tool prompts; thoughts ADD to the output.

Its JSON leaves zeros out: where there is usage at all, an absent count is 0.
"""

from routecli.data.logs.formats.record import Format, Skip, at, computed
from routecli.data.logs.formats.sql import better, whole

_USAGE = "usageMetadata"


def _count(name: str) -> str:
    """A count: 0 where it is left out beside others."""
    return f"CASE WHEN counted THEN coalesce({whole(f'{_USAGE}.{name}')}, 0) END"


_FINISH = "candidates[1].finishReason"
_BLOCKED = "promptFeedback.blockReason"

FORMAT = Format(
    id="gemini_response",
    family="gemini",
    detects=((f"{_USAGE}.totalTokenCount",), (f"{_USAGE}.promptTokenCount",), ("candidates[]", "modelVersion")),
    paths=("candidates[].finishReason", "promptFeedback.blockReason", "responseId"),
    figures=tuple(
        (f"{_USAGE}.{name}", "tokens")
        for name in (
            "promptTokenCount",
            "cachedContentTokenCount",
            "candidatesTokenCount",
            "responseTokenCount",
            "thoughtsTokenCount",
            "toolUsePromptTokenCount",
            "totalTokenCount",
        )
    ),
    layers=(
        {
            "counted": f"coalesce({_USAGE}.promptTokenCount, {_USAGE}.totalTokenCount) IS NOT NULL",
            "finish": _FINISH,
            "later": f"CASE WHEN responseId IS NOT NULL THEN {better('responseId', 'pos DESC, part DESC')} END",
        },
        {
            "answered": f"coalesce({whole(f'{_USAGE}.candidatesTokenCount')}, "
            f"{whole(f'{_USAGE}.responseTokenCount')}, 0)",
            "thought": f"coalesce({whole(f'{_USAGE}.thoughtsTokenCount')}, 0)",
            "tooled": f"coalesce({whole(f'{_USAGE}.toolUsePromptTokenCount')}, 0)",
        },
    ),
    skips=(
        Skip("stream-chunk", "later > 0", "an earlier chunk of a response; counts grow over the stream", beaten=True),
    ),
    readings={
        "request_id": (at("responseId"),),
        "ts": (at("createTime", ts_basis="created"),),
        "model_served": (at("modelVersion"),),
        "input_tokens": (computed("input", f"{_count('promptTokenCount')} + tooled"),),
        "cache_read_tokens": (computed("cached", _count("cachedContentTokenCount")),),
        "output_tokens": (computed("output", "CASE WHEN counted THEN answered + thought END"),),
        "reasoning_tokens": (computed("thoughts", _count("thoughtsTokenCount")),),
        "tool_use_input_tokens": (at(f"{_USAGE}.toolUsePromptTokenCount"),),
        "status": (
            computed(
                "outcome",
                f"CASE WHEN {_BLOCKED} IS NOT NULL THEN 'error' WHEN finish IS NOT NULL AND finish <> 'STOP' "
                "THEN 'partial' ELSE 'success' END",
            ),
        ),
        "error_type": (computed("blocked", f"'blocked:' || {_BLOCKED}"),),
        "finish_reason": (computed("finish", "finish"),),
    },
    constants={"provider": "'google'", "operation": "'chat'", "is_batch": "false"},
    warnings=(
        (
            "gemini_absent_means_zero",
            f"counted AND ({_USAGE}.cachedContentTokenCount IS NULL OR {_USAGE}.candidatesTokenCount IS NULL)",
        ),
    ),
    dedup="responseId",
    timed=False,
)
