"""ClickHouse: a server over its HTTP interface (`--url`), or in this process on files (package chdb)."""

import json
from collections.abc import Sequence
from datetime import datetime
from importlib import import_module
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from routecli.data.engines import Where, failed
from routecli.data.engines.duck import suffix_of
from routecli.errors import EnvironmentFault, UsageError

FORMATS = {".parquet": "Parquet", ".csv": "CSVWithNames", ".json": "JSONEachRow", ".jsonl": "JSONEachRow"}
SETTINGS = "SETTINGS session_timezone = 'UTC', join_use_nulls = 1, enable_positional_arguments = 1"
TIMEOUT_S = 3600


class ClickHouse:
    """Queries as text, answers as JSON with the types beside them."""

    dialect = "clickhouse"

    def __init__(self, where: Where) -> None:
        self._url = where.url
        if where.url is not None:
            if where.table is None:
                raise UsageError("no-source", "which table of the server?", fix="add --table DATABASE.TABLE")
            self.relation = where.table
        else:
            self.relation = _files(where)

    def columns(self) -> dict[str, str]:
        """As ClickHouse sees them."""
        return {str(row[0]): str(row[1]) for row in self.rows(f"DESCRIBE TABLE {self.relation}")}

    def rows(self, sql: str) -> list[Sequence[Any]]:
        """The rows of a query."""
        settled = sql if sql.startswith("DESCRIBE") else f"{sql} {SETTINGS}"
        document = json.loads(self._ask(f"{settled} FORMAT JSONCompact"))
        types = [column["type"] for column in document["meta"]]
        return [[_value(value, type) for value, type in zip(row, types, strict=True)] for row in document["data"]]

    def _ask(self, sql: str) -> str:
        if self._url is None:
            return _in_process(sql)
        return _over_http(self._url, sql)

    def close(self) -> None:
        """Nothing is held open."""


def _files(where: Where) -> str:
    if not where.source:
        raise UsageError(
            "no-source", "the engine needs something to read", fix="add --url and --table, or --source 'logs/*.parquet'"
        )
    if len(where.source) > 1:
        raise UsageError("no-source", "ClickHouse reads one glob of files", fix="name them in one --source")
    path = where.source[0]
    if suffix_of(path) not in FORMATS:
        known = ", ".join(FORMATS)
        raise UsageError("unknown-source", f"'{path}' does not say its format", fix=f"end its name in {known}")
    return f"file('{path.replace(chr(39), chr(92) + chr(39))}', '{FORMATS[suffix_of(path)]}')"


def _in_process(sql: str) -> str:
    query: Any = import_module("chdb").query
    try:
        return str(query(sql).data())
    except Exception as fault:
        raise failed("clickhouse", fault) from None


def _over_http(url: str, sql: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            "bad-url", f"'{url}' is no address of ClickHouse's HTTP interface", fix="like http://host:8123"
        )
    address = f"{parts.scheme}://{parts.hostname}:{parts.port or (8443 if parts.scheme == 'https' else 8123)}/"
    headers = {"X-ClickHouse-User": parts.username or "default"}
    if parts.password:
        headers["X-ClickHouse-Key"] = parts.password
    # Integers beyond 2^53 come as text, so that no reader rounds them.
    query = f"{address}?output_format_json_quote_64bit_integers=1&output_format_json_quote_decimals=1"
    try:
        with urlopen(Request(query, sql.encode(), headers, method="POST"), timeout=TIMEOUT_S) as answer:
            return str(answer.read().decode())
    except HTTPError as fault:
        raise failed("clickhouse", Exception(fault.read().decode(errors="replace"))) from None
    except (URLError, OSError) as fault:
        why = str(getattr(fault, "reason", fault))
        raise EnvironmentFault(
            "no-server", f"ClickHouse does not answer at {parts.hostname}", why=why, fix="check --url"
        ) from None


def _value(value: Any, type: str) -> Any:
    """A JSON value as Python's, by ClickHouse's type."""
    if value is None:
        return None
    inner = type.removeprefix("LowCardinality(").removeprefix("Nullable(")
    if inner.startswith("Bool"):
        return bool(value)
    if inner.startswith(("Int", "UInt", "Decimal")):
        return int(float(value)) if "." in str(value) else int(value)
    if inner.startswith("DateTime"):
        return datetime.fromisoformat(value)
    return value


def engine(where: Where) -> ClickHouse:
    """ClickHouse on the server or the files of `where`."""
    return ClickHouse(where)
