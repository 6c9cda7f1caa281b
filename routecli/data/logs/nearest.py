"""Which canonical column a field of an unknown log may be, guessed from its words. Only ever suggested."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from routecli.data.logs.formats import native

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_INPUT = frozenset({"input", "prompt", "context", "request", "in", "prefill", "sent"})
_OUTPUT = frozenset({"output", "completion", "generated", "response", "out", "decode", "generation", "received"})
_COUNTS = frozenset({"token", "tokens", "length", "len", "toks", "units"})
_CACHED = frozenset({"cached", "cache", "hit"})
_RULES = (
    ("cache_read_tokens", (_CACHED, _COUNTS)),
    ("input_tokens", (_INPUT, _COUNTS)),
    ("output_tokens", (_OUTPUT, _COUNTS)),
    ("ts", (frozenset({"timestamp", "time", "date", "datetime", "created", "started", "start", "at"}),)),
    ("model", (frozenset({"model", "deployment", "engine", "llm"}),)),
    ("cost_usd", (frozenset({"cost", "price", "spend", "charge", "usd"}),)),
    ("latency_ms", (frozenset({"latency", "duration", "elapsed"}),)),
    ("session_id", (frozenset({"session", "conversation", "thread", "chat"}),)),
    ("status", (frozenset({"status", "outcome", "result"}),)),
    ("query_type", (frozenset({"intent", "category", "type", "task"}),)),
)
"""Column (by its everyday name), and the kinds of words that its name must have one each of."""


def nearest(fields: Iterable[str]) -> dict[str, str]:
    """The likeliest column of each field, at most one field per column, short names first."""
    found: dict[str, str] = {}
    for field in sorted(fields, key=lambda field: len(_WORD.findall(field))):
        column = _column(field)
        if column and column not in found.values():
            found[field] = column
    return found


def _column(field: str) -> str | None:
    words = {word.lower() for word in _WORD.findall(field)}
    for column, kinds in _RULES:
        if all(words & kind for kind in kinds):
            return column
    return next(iter(get_close_matches(field.lower(), native.FORMAT.keys, 1, 0.8)), None)
