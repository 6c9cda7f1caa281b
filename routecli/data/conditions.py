"""Conditions (`--where`) as SQL on the store; `routecli.maths.selection` says the same of cells."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from routecli.model.conditions import Condition
from routecli.model.names import Spelling
from routecli.model.wrappings import OWN_PRICES

if TYPE_CHECKING:
    import duckdb

METERED = "(input_tokens IS NOT NULL AND output_tokens IS NOT NULL)"

WRITE_1H = "coalesce(cache_write_1h_tokens, 0)"
WRITE_5M = f"coalesce(cache_write_5m_tokens, greatest(coalesce(cache_write_tokens, 0) - {WRITE_1H}, 0))"
"""Writes without the 5-minute / 1-hour split count as 5-minute ones, the default retention."""

INPUT = "input_tokens"

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


_OPENROUTER = "source_format IN ('openrouter_activity_csv', 'openrouter_generation')"
_HOSTS = ", ".join(f"'{host}'" for host in OWN_PRICES)


def model_sql(con: "duckdb.DuckDBPyConnection") -> str:
    """The expression of a request's model in this store: its name as logged, with the host that sets its own price.

    `openai/gpt-5.5` that OpenRouter served is `openrouter/openai/gpt-5.5`. Most stores have no such rows, and looking
    for one costs far less than looking at each.
    """
    hosted = f"(provider IN ({_HOSTS}) OR {_OPENROUTER})"
    if not con.execute(f"SELECT 1 FROM requests WHERE {hosted} LIMIT 1").fetchall():
        return DIMENSIONS["model"]
    return hosted_sql(hosted, f"CASE WHEN {_OPENROUTER} THEN 'openrouter' ELSE provider END")


def hosted_sql(hosted: str = f"(provider IN ({_HOSTS}))", host: str = "provider") -> str:
    """The model's name as logged, behind the host's name where a host with prices of its own served it (`hosted`)."""
    name = DIMENSIONS["model"]
    said = " OR ".join(f"starts_with(lower({name}), {host} || '{sign}')" for sign in "/:")
    return f"(CASE WHEN {hosted} AND NOT ({said}) THEN {host} || '/' || {name} ELSE {name} END)"


def cached_sql(wide: str = "BIGINT") -> str:
    """How many tokens of a request were read from or written to the provider's cache; 0 where none are known."""
    return f"(CAST(coalesce(cache_read_tokens, 0) AS {wide}) + {WRITE_5M} + {WRITE_1H})"


def whole_sql(wide: str = "BIGINT") -> str:
    """A request's whole input. A log may have more cached tokens than input: their input is what was cached.

    Else the rest, input less what was cached, would be negative and take from the price of other requests.
    """
    cached = cached_sql(wide)
    return f"CASE WHEN {cached} > {INPUT} THEN {cached} ELSE {INPUT} END"


def input_sql(con: "duckdb.DuckDBPyConnection") -> str:
    """The expression of a request's whole input in this store: the column itself unless more was cached somewhere."""
    wide = "HUGEINT"
    more = f"cache_read_tokens > {INPUT} OR (cache_write_tokens > 0 AND {cached_sql(wide)} > {INPUT})"
    return whole_sql(wide) if con.execute(f"SELECT 1 FROM requests WHERE {more} LIMIT 1").fetchall() else INPUT


def times(since: datetime | None, until: datetime | None) -> tuple[list[str], list[Any]]:
    """Tests on the request's time with their values: `since` is inclusive, `until` exclusive."""
    bounds = [(test, bound) for test, bound in (("ts >= ?", since), ("ts < ?", until)) if bound is not None]
    return [test for test, _ in bounds], [bound.replace(tzinfo=None) for _, bound in bounds]


def tests(
    conditions: Sequence[Condition], names_of: Mapping[str, Sequence[Spelling]], model: str, whole: str = INPUT
) -> tuple[list[str], list[Any]]:
    """One test per condition, and the values of their places.

    `names_of`: card id -> its names in the logs; `model` is the expression of a request's name (`model_sql`), `whole`
    that of its input (`input_sql`).
    """
    said, values = [], []
    for condition in conditions:
        test, bounds = _test(condition, names_of, model, whole)
        said.append(test)
        values += bounds
    return said, values


def where(parts: Sequence[str]) -> str:
    """Tests as a WHERE clause; empty without any."""
    return "WHERE " + " AND ".join(parts) if parts else ""


def spelled(spelling: Spelling, model: str) -> tuple[str, list[Any]]:
    """Whether a request carries a name at a time when it stood for the model, and the values of the places."""
    test, values = f"{model} = ?", [spelling.name]
    bounds, instants = times(spelling.since, spelling.until)
    return f"({' AND '.join([test, *bounds])})" if bounds else test, [*values, *instants]


def _test(
    condition: Condition, names_of: Mapping[str, Sequence[Spelling]], model: str, whole: str
) -> tuple[str, list[Any]]:
    if condition.column == "input_tokens":
        pairs = ((">=", condition.low), ("<=", condition.high))
        known = [(sign, bound) for sign, bound in pairs if bound is not None]
        inside = "(" + (" AND ".join(f"{whole} {sign} ?" for sign, _ in known) or "TRUE") + ")"
        # Without usage no length is known, so no length test holds, negated or not.
        return f"({METERED} AND {'NOT ' if condition.negate else ''}{inside})", [bound for _, bound in known]
    expression = model if condition.column == "model" else DIMENSIONS[condition.column]
    words = [value for value in condition.values if value is not None]
    named: list[tuple[str, list[Any]]] = [(f"{expression} = ?", [value]) for value in words]
    if condition.column == "model":
        named = [spelled(spelling, model) for value in words for spelling in names_of.get(value, ())]
    equal = [text for text, _ in named] + ([f"{expression} IS NULL"] if None in condition.values else [])
    test = "(" + (" OR ".join(equal) or "FALSE") + ")"
    bounds = [value for _, values in named for value in values]
    return (f"NOT coalesce({test}, FALSE)" if condition.negate else test), bounds
