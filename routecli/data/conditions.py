"""Conditions (`--where`) as SQL on the store; `routecli.maths.selection` says the same of cells."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from routecli.model.names import Spelling
from routecli.model.policy import Condition

METERED = "(input_tokens IS NOT NULL AND output_tokens IS NOT NULL)"

STANDARD_TIERS = ("", "default", "standard", "auto", "standard_only", "on_demand", "on-demand")
"""What vendors call the ordinary way of processing."""

# Compared one by one: a long IN list is a join of every row.
_STANDARD = " OR ".join(f"lower(service_tier) = '{tier}'" for tier in STANDARD_TIERS)
MODE = f"""CASE WHEN is_batch OR lower(service_tier) = 'batch' THEN 'batch'
  WHEN lower(speed) = 'fast' THEN 'fast'
  WHEN service_tier IS NULL OR {_STANDARD} THEN 'standard'
  ELSE lower(service_tier) END"""

DIMENSIONS: dict[str, str] = {
    "model": "coalesce(model_served, model_requested)",
    "provider": "provider",
    "mode": MODE,
    "query_type": "query_type",
    "user_tier": "user_tier",
    "endpoint": "endpoint",
    "status": "CAST(status AS VARCHAR)",
    "attempt": "coalesce(attempt, 1)",
    "tier": "tier",
    "call_role": "coalesce(CAST(call_role AS VARCHAR), 'user')",
    "gateway_cache_hit": "coalesce(gateway_cache_hit, FALSE)",
    "region": "region",
    "speed": "speed",
}


def times(since: datetime | None, until: datetime | None) -> tuple[list[str], list[Any]]:
    """Tests on the request's time with their values: `since` is inclusive, `until` exclusive."""
    bounds = [(test, bound) for test, bound in (("ts >= ?", since), ("ts < ?", until)) if bound is not None]
    return [test for test, _ in bounds], [bound.replace(tzinfo=None) for _, bound in bounds]


def tests(conditions: Sequence[Condition], names_of: Mapping[str, Sequence[Spelling]]) -> tuple[list[str], list[Any]]:
    """One test per condition, and the values of their places. `names_of`: card id -> its names in the logs."""
    said, values = [], []
    for condition in conditions:
        test, bounds = _test(condition, names_of)
        said.append(test)
        values += bounds
    return said, values


def where(parts: Sequence[str]) -> str:
    """Tests as a WHERE clause; empty without any."""
    return "WHERE " + " AND ".join(parts) if parts else ""


def spelled(spelling: Spelling) -> tuple[str, list[Any]]:
    """Whether a request carries a name at a time when it stood for the model, and the values of the places."""
    test, values = f"{DIMENSIONS['model']} = ?", [spelling.name]
    bounds, instants = times(spelling.since, spelling.until)
    return f"({' AND '.join([test, *bounds])})" if bounds else test, [*values, *instants]


def _test(condition: Condition, names_of: Mapping[str, Sequence[Spelling]]) -> tuple[str, list[Any]]:
    if condition.column == "input_tokens":
        pairs = ((">=", condition.low), ("<=", condition.high))
        known = [(sign, bound) for sign, bound in pairs if bound is not None]
        inside = "(" + (" AND ".join(f"input_tokens {sign} ?" for sign, _ in known) or "TRUE") + ")"
        # Without usage no length is known, so no length test holds, negated or not.
        return f"({METERED} AND {'NOT ' if condition.negate else ''}{inside})", [bound for _, bound in known]
    expression = DIMENSIONS[condition.column]
    words = [value for value in condition.values if value is not None]
    named: list[tuple[str, list[Any]]] = [(f"{expression} = ?", [value]) for value in words]
    if condition.column == "model":
        named = [spelled(spelling) for value in words for spelling in names_of.get(value, ())]
    equal = [text for text, _ in named] + ([f"{expression} IS NULL"] if None in condition.values else [])
    test = "(" + (" OR ".join(equal) or "FALSE") + ")"
    bounds = [value for _, values in named for value in values]
    return (f"NOT coalesce({test}, FALSE)" if condition.negate else test), bounds
