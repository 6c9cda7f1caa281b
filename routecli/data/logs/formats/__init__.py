"""Log formats, declared: a new format is one new file beside this one and one line in `FORMATS`.

A format says which keys of a record it reads and how each canonical column follows from them. Every expression is
SQL over text, so that no type is ever guessed; what the text means is the business of `routecli.data.logs.kinds`.
How to write one: docs/contributing-formats.md.
"""

from collections.abc import Iterable

from routecli.data.logs.formats import (
    anthropic,
    claude_code,
    codex,
    codex_exec,
    gemini,
    helicone,
    langfuse,
    litellm,
    litellm_payload,
    mlflow,
    native,
    openai,
    openinference,
    openrouter,
    otlp,
    portkey,
    traces,
    vsr,
)
from routecli.data.logs.formats.marks import fits, may_fit
from routecli.data.logs.formats.record import Format, Reading, Refusal

__all__ = ["FORMATS", "Format", "Reading", "Refusal", "by_id", "matching"]

FORMATS: tuple[Format, ...] = (
    litellm.SPEND_LOGS,
    litellm_payload.PAYLOAD,
    langfuse.EXPORT,
    langfuse.BLOB,
    helicone.JSONL,
    helicone.CSV,
    openinference.FORMAT,
    otlp.FORMAT,
    claude_code.FORMAT,
    codex.FORMAT,
    codex_exec.FORMAT,
    openrouter.ACTIVITY,
    openrouter.GENERATION,
    openai.FORMAT,
    anthropic.FORMAT,
    gemini.FORMAT,
    portkey.FORMAT,
    mlflow.FORMAT,
    vsr.FORMAT,
    traces.AZURE,
    traces.BURSTGPT,
    traces.MOONCAKE,
    traces.RAGPULSE,
    traces.FLEETSIM,
    native.FORMAT,
)
"""The product's own schema is last and of the lowest priority, because its keys are everyday words."""


VALUED = frozenset(
    mark.removeprefix("!").split("=", 1)[0].rsplit(".", 1)[-1]
    for format in FORMATS
    for wanted in format.detects
    for mark in wanted
    if "=" in mark
)
"""The names of fields whose values some format asks for."""


def by_id(id: str) -> Format | None:
    """The format with this id, or that reads the records which are stored under this id; None where there is none."""
    return next((format for format in FORMATS if format.id == id or f"'{id}'" in format.variant), None)


def matching(records: Iterable[frozenset[str]]) -> list[Format]:
    """Formats of the highest priority that recognise any of the records (each given as the set of its marks)."""
    seen = list(records)
    all = frozenset[str]().union(*seen)
    may = {f.id: [wanted for wanted in f.detects if may_fit(all, wanted)] for f in FORMATS}
    found = [f for f in FORMATS if any(fits(marks, wanted) for wanted in may[f.id] for marks in seen)]
    best = max((format.priority for format in found), default=0)
    return [format for format in found if format.priority == best]
