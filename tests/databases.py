"""Databases of a PostgreSQL on loopback, for tests that read their tables."""

import importlib.util
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from routecli.data.store import connect
from tests import servers
from tests.inprocess import Outcome, run

# LiteLLM's own table, as its schema.prisma makes it (index on the time and key on the id included).
SPEND_LOGS = """
CREATE TABLE "LiteLLM_SpendLogs" (
    request_id text NOT NULL PRIMARY KEY, call_type text NOT NULL, api_key text NOT NULL DEFAULT '',
    spend double precision NOT NULL DEFAULT 0, total_tokens integer NOT NULL DEFAULT 0,
    prompt_tokens integer NOT NULL DEFAULT 0, completion_tokens integer NOT NULL DEFAULT 0,
    "startTime" timestamp(3) NOT NULL, "endTime" timestamp(3) NOT NULL, "completionStartTime" timestamp(3),
    model text NOT NULL DEFAULT '', model_id text DEFAULT '', model_group text DEFAULT '',
    custom_llm_provider text DEFAULT '', api_base text DEFAULT '', "user" text DEFAULT '',
    metadata jsonb DEFAULT '{}', cache_hit text DEFAULT '', cache_key text DEFAULT '', request_tags jsonb DEFAULT '[]',
    team_id text, end_user text, requester_ip_address text, messages jsonb DEFAULT '{}', response jsonb DEFAULT '{}',
    session_id text, status text, mcp_namespaced_tool_name text, proxy_server_request jsonb DEFAULT '{}'
);
CREATE INDEX ON "LiteLLM_SpendLogs" ("startTime")
"""


ORIGIN = datetime(2026, 11, 20, 12)


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.Postgres]:
    if importlib.util.find_spec("adbc_driver_postgresql") is None:
        pytest.skip("adbc-driver-postgresql is not installed")
    if servers.postgres_binaries() is None:
        pytest.skip("there is no PostgreSQL server on this machine")
    with servers.postgres() as running:
        yield running


class Base:
    """A database of its own, and the command that reads its tables."""

    def __init__(self, server: servers.Postgres, folder: Path, name: str) -> None:
        self.server, self.folder, self.name = server, folder, name
        self.url = server.url(name)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        return self.server.run(sql, self.name)

    def ingest(self, *words: str, url: str | None = None, table: str = "LiteLLM_SpendLogs") -> Outcome:
        outcome = run(self.folder, "ingest", url or self.url, "--table", table, "--json", *words)
        assert (outcome.code == 0) == (outcome.stderr == ""), outcome.stderr
        assert [path.name for path in self.folder.iterdir() if "spool" in path.name] == []
        return outcome

    def file(self, *words: str, **options: Any) -> dict[str, Any]:
        outcome = self.ingest(*words, **options)
        assert outcome.code == 0, outcome.stderr
        (one,) = outcome.document["files"]
        assert one["rows_read"] == sum(one[f"rows_{n}"] for n in ("new", "duplicate", "skipped", "quarantined"))
        found: dict[str, Any] = one
        return found

    def counts(self, *words: str, **options: Any) -> tuple[int, int, int]:
        one = self.file(*words, **options)
        return one["rows_new"], one["rows_duplicate"], one["rows_quarantined"]

    def rows(self, columns: str, order: str = "request_id") -> list[tuple[Any, ...]]:
        with connect(self.folder / "routecli.duckdb", write=False) as con:
            return con.execute(f"SELECT {columns} FROM requests ORDER BY {order}").fetchall()

    def log(self, *rows: dict[str, Any]) -> None:
        """Add rows to LiteLLM's table."""
        for row in rows:
            start = row.get("startTime", ORIGIN)
            words = {"call_type": "acompletion", "model": "gpt-5.5", "prompt_tokens": 10, "completion_tokens": 2} | row
            words |= {"startTime": start, "endTime": row.get("endTime", start + timedelta(seconds=1))}
            names = ", ".join(f'"{name}"' for name in words)
            values = ", ".join("NULL" if v is None else "'" + str(v).replace("'", "''") + "'" for v in words.values())
            self.run(f'INSERT INTO "LiteLLM_SpendLogs" ({names}) VALUES ({values})')


@pytest.fixture
def base(postgres: servers.Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Base:
    name = re.sub(r"\W", "_", tmp_path.name)
    postgres.run(f'CREATE DATABASE "{name}"')
    monkeypatch.setenv("PGPASSWORD", servers.PASSWORD)
    return Base(postgres, tmp_path, name)


@pytest.fixture
def litellm(base: Base) -> Base:
    base.run(SPEND_LOGS)
    return base


def after(**time: float) -> datetime:
    return ORIGIN + timedelta(**time)
