"""The canonical request row: every column of the `requests` table, once.

`kind` says how text from a log becomes a value (`routecli.data.logs.kinds`); `made` columns are set by
the ingest itself. NULL means "not reported" and stays distinct from 0.
"""

from dataclasses import dataclass

MADE = "made"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, SQL type, kind of value and meaning. `rule` is a constraint of the table."""

    name: str
    sql_type: str
    kind: str
    doc: str
    rule: str = ""


def _words(name: str, *words: str) -> str:
    return f"CHECK ({name} IN ({', '.join(repr(word) for word in words)}))"


STATUSES = ("success", "error", "partial")
TS_BASES = ("start", "end", "created", "logged", "relative", "none")
CALL_ROLES = ("user", "gate", "judge", "shadow", "subagent", "system")
COST_SOURCES = ("reported", "estimated", "computed")

COLUMNS = (
    Column("source_format", "VARCHAR", MADE, "id of the log format the record was read as", "NOT NULL"),
    Column("source_file", "VARCHAR", MADE, "name of the log file", "NOT NULL"),
    Column("record_ref", "VARCHAR", MADE, "file:n, the n-th record (blank lines and a header not counted)", "NOT NULL"),
    Column("ingest_id", "BIGINT", MADE, "the load this row came with (table ingests)", "NOT NULL"),
    Column("dedup_key", "VARCHAR", MADE, "what makes two records the same request", "NOT NULL"),
    Column("request_id", "VARCHAR", "label", "the request's own id"),
    Column("trace_id", "VARCHAR", "label", "the user request this call belongs to"),
    Column("parent_id", "VARCHAR", "label", "the call that made this call"),
    Column("session_id", "VARCHAR", "label", "conversation"),
    Column("session_synthetic", "BOOLEAN", "truth", "the session id is a random one, seen once"),
    Column("turn_index", "INTEGER", "count", "position in the conversation"),
    Column("ts", "TIMESTAMP", "instant", "UTC, microseconds"),
    Column("ts_basis", "VARCHAR", "ts_basis", "what ts is the time of", f"NOT NULL {_words('ts_basis', *TS_BASES)}"),
    Column("t_rel_s", "DOUBLE", "number", "seconds from the start of a trace without absolute times"),
    Column("provider", "VARCHAR", "label", "as logged"),
    Column("model_requested", "VARCHAR", "label", "the model asked for, as logged"),
    Column("model_served", "VARCHAR", "label", "the model that answered, as logged"),
    Column("operation", "VARCHAR", "label", "chat, responses, embeddings, ..."),
    Column("endpoint", "VARCHAR", "label", "the product's endpoint or feature"),
    Column("region", "VARCHAR", "label", "where the model ran, where that changes the price"),
    Column("speed", "VARCHAR", "label", "a paid speed setting"),
    Column("stream", "BOOLEAN", "truth", "the answer was streamed"),
    Column("is_batch", "BOOLEAN", "truth", "sent through a batch interface"),
    Column("service_tier", "VARCHAR", "label", "standard, batch, flex, priority, as logged"),
    Column("input_tokens", "BIGINT", "tokens", "TOTAL input, cache reads and writes included"),
    Column("uncached_input_tokens", "BIGINT", "tokens", "input less cache reads and writes"),
    Column("cache_read_tokens", "BIGINT", "tokens", "part of input read from the provider's cache"),
    Column("cache_write_tokens", "BIGINT", "tokens", "part of input written to the provider's cache"),
    Column("cache_write_5m_tokens", "BIGINT", "tokens", "cache writes kept 5 minutes"),
    Column("cache_write_1h_tokens", "BIGINT", "tokens", "cache writes kept 1 hour"),
    Column("output_tokens", "BIGINT", "tokens", "output, reasoning included"),
    Column("reasoning_tokens", "BIGINT", "tokens", "part of output"),
    Column("tool_use_input_tokens", "BIGINT", "tokens", "part of input"),
    Column("latency_ms", "DOUBLE", "ms", "start to end"),
    Column("ttft_ms", "DOUBLE", "ms", "start to first token"),
    Column(
        "status",
        "VARCHAR",
        "status",
        "missing: from http_status or error_type, else success",
        f"NOT NULL {_words('status', *STATUSES)}",
    ),
    Column("http_status", "INTEGER", "count", "status code"),
    Column("error_type", "VARCHAR", "note", "class of the error"),
    Column("finish_reason", "VARCHAR", "note", "the provider's word"),
    Column("query_type", "VARCHAR", "label", "kind of question"),
    Column("user_tier", "VARCHAR", "label", "plan of the user"),
    Column("user_id", "VARCHAR", "person", "first 16 hex digits of the sha256 of the logged id"),
    Column("team_id", "VARCHAR", "label", "team or project"),
    Column("feedback", "VARCHAR", "note", "reask, good_fit, thumbs_down, ..."),
    Column("call_role", "VARCHAR", "call_role", "whose call", f"NOT NULL {_words('call_role', *CALL_ROLES)}"),
    Column("attempt", "INTEGER", "count", "1 for the first try"),
    Column("tier", "INTEGER", "count", "tier of a cascade, 1 for the first"),
    Column("route_id", "VARCHAR", "label", "the route that was taken"),
    Column("canary", "BOOLEAN", "truth", "part of a canary"),
    Column("retry_count", "INTEGER", "count", "retries inside this call"),
    Column("fallback_count", "INTEGER", "count", "fallbacks inside this call"),
    Column("gate_router", "VARCHAR", "label", "the router or gate that ran"),
    Column("gate_decision", "VARCHAR", "label", "what it decided"),
    Column("gate_tier", "VARCHAR", "label", "the tier it chose"),
    Column("gate_score", "DOUBLE", "number", "its score"),
    Column("gate_cause", "VARCHAR", "note", "why"),
    Column("gate_cost_usd", "DECIMAL(38,12)", "usd", "attribution only, never summed into spend"),
    Column("escalated", "BOOLEAN", "truth", "the cheap answer was refused"),
    Column("escalated_from", "VARCHAR", "label", "the model or tier that was refused"),
    Column("baseline_model", "VARCHAR", "label", "as the logging tool claimed"),
    Column("baseline_cost_usd", "DECIMAL(38,12)", "usd", "as the logging tool claimed"),
    Column("gateway_cache_hit", "BOOLEAN", "truth", "a gateway answered from its own cache: no provider call"),
    Column("cost_usd", "DECIMAL(38,12)", "usd", "cost as logged"),
    Column("cost_source", "VARCHAR", "cost_source", "how it is known: reported, estimated, computed"),
    Column("saved_cost_usd", "DECIMAL(38,12)", "signed_usd", "as the logging tool claimed"),
    Column("warnings", "VARCHAR[]", MADE, "what was assumed about this row; never NULL"),
)

BY_NAME = {column.name: column for column in COLUMNS}
