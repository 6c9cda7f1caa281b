"""What can be asked of a request before any model runs."""

from dataclasses import dataclass

ANY_TYPE = "*"
COLUMNS = ("query_type", "user_tier", "endpoint", "model", "provider", "mode", "region", "input_tokens")
"""What a rule or `--where` can test: columns a router can see before any model runs."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One test on a request's columns: `values` for equality (any of), `low`/`high` inclusive for input_tokens."""

    column: str
    values: tuple[str | None, ...] = ()
    low: int | None = None
    high: int | None = None
    negate: bool = False
