"""From the one query to another engine's SQL."""

from typing import TYPE_CHECKING

from routecli.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from sqlglot import exp

DIALECTS = ("duckdb", "spark", "clickhouse", "bigquery", "snowflake", "trino", "databricks", "postgres")
"""What `workload sql` prints."""

IN_UTC = {
    "duckdb": "SET TimeZone = 'UTC'",
    "spark": "SET TIME ZONE 'UTC'",
    "databricks": "SET TIME ZONE 'UTC'",
    "clickhouse": "SET session_timezone = 'UTC'",
    "snowflake": "ALTER SESSION SET TIMEZONE = 'UTC'",
    "trino": "SET TIME ZONE 'UTC'",
    "postgres": "SET TIME ZONE 'UTC'",
}
"""What makes a session read instants as UTC; BigQuery always does."""

WIDE = ("bigquery",)
"""Dialects whose whole numbers are 64 bits and raise where a sum does not fit: DECIMAL(38, 0) does not exist there."""


def require_dialect(name: str) -> str:
    """The name; UsageError `unknown-dialect` with a suggestion where there is none."""
    if name not in DIALECTS:
        fix = did_you_mean(name, DIALECTS) or f"one of {', '.join(DIALECTS)}"
        raise UsageError("unknown-dialect", f"there is no SQL dialect '{name}'", fix=fix)
    return name


def transpiled(sql: str, dialect: str, *, pretty: bool = False) -> str:
    """A query of DuckDB's dialect in another one."""
    if dialect == "duckdb" and not pretty:
        return sql
    import sqlglot

    tree = sqlglot.parse_one(sql, read="duckdb")
    if dialect in WIDE:
        tree = tree.transform(_whole)
    if dialect == "clickhouse":
        tree = tree.transform(_nullable)
    return tree.sql(dialect=dialect, pretty=pretty)


def _whole(node: "exp.Expression") -> "exp.Expression":
    from sqlglot import exp

    wide = isinstance(node, exp.Cast) and node.to.is_type("decimal")
    return exp.cast(node.this, "bigint") if wide else node


def _nullable(node: "exp.Expression") -> "exp.Expression":
    """ClickHouse's casts refuse NULL unless the type says that there may be one."""
    from sqlglot import exp

    if isinstance(node, exp.DataType) and not isinstance(node.parent, exp.DataType):
        node.set("nullable", True)
    return node
