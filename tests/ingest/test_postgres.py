"""Tables of a real PostgreSQL on loopback, through the real command."""

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routecli.data import store
from routecli.data.columns import COLUMNS
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
def server() -> Iterator[servers.Postgres]:
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
def base(server: servers.Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Base:
    name = re.sub(r"\W", "_", tmp_path.name)
    server.run(f'CREATE DATABASE "{name}"')
    monkeypatch.setenv("PGPASSWORD", servers.PASSWORD)
    return Base(server, tmp_path, name)


@pytest.fixture
def litellm(base: Base) -> Base:
    base.run(SPEND_LOGS)
    return base


def after(**time: float) -> datetime:
    return ORIGIN + timedelta(**time)


def test_rows_of_litellm_become_requests(litellm: Base) -> None:
    usage = {"prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 1}}
    litellm.log(
        {
            "request_id": "a",
            "spend": 0.00123,
            "metadata": json.dumps({"usage_object": usage, "user_api_key_user_id": "u"}),
            "custom_llm_provider": "openai",
            "endTime": after(milliseconds=1500),
            "status": "success",
            "cache_hit": "False",
        },
        {
            "request_id": "b",
            "status": "failure",
            "prompt_tokens": 0,
            "completion_tokens": 0,
            "startTime": after(hours=1),
        },
    )
    one = litellm.file()
    assert one["format"] == "litellm_spend_logs"
    assert one["path"] == f"postgresql://127.0.0.1:{litellm.server.port}/{litellm.name}/public.LiteLLM_SpendLogs"
    columns = (
        "request_id, ts, model_served, input_tokens, cache_read_tokens, output_tokens, reasoning_tokens, latency_ms"
    )
    assert litellm.rows(columns) == [
        ("a", ORIGIN, "gpt-5.5", 10, 4, 2, 1, 1500.0),
        ("b", after(hours=1), "gpt-5.5", None, None, None, None, 1000.0),
    ]
    assert litellm.rows("status, cost_usd::VARCHAR, provider, source_file, record_ref")[0] == (
        "success",
        "0.001230000000",
        "openai",
        one["path"],
        "public.LiteLLM_SpendLogs:1",
    )


def test_text_of_prompts_is_not_even_selected(litellm: Base) -> None:
    litellm.log({"request_id": "a", "messages": '["s"]', "response": '["s"]', "proxy_server_request": '["s"]'})
    columns = litellm.run(
        "SELECT attname FROM pg_attribute WHERE attnum > 0 AND attrelid = '\"LiteLLM_SpendLogs\"'::regclass"
    )
    hidden = {
        "messages",
        "response",
        "proxy_server_request",
        "requester_ip_address",
        "api_key",
        "api_base",
        "cache_key",
    }
    shown = ", ".join(f'"{name}"' for (name,) in columns if name not in hidden)
    litellm.run(f"CREATE ROLE \"reader of {litellm.name}\" LOGIN PASSWORD 'x'")
    litellm.run(f'GRANT SELECT ({shown}) ON "LiteLLM_SpendLogs" TO "reader of {litellm.name}"')
    reader = litellm.server.url(litellm.name, f"reader%20of%20{litellm.name}", "x")
    assert litellm.counts(url=reader) == (1, 0, 0)
    litellm.run(f'REVOKE SELECT (metadata) ON "LiteLLM_SpendLogs" FROM "reader of {litellm.name}"')
    outcome = litellm.ingest(url=reader)
    assert (outcome.code, outcome.stderr.count("\n")) == (4, 1)
    assert outcome.stderr.endswith("[database-not-permitted]\n")


def test_a_nightly_run_adds_only_what_is_new_and_says_so(litellm: Base) -> None:
    litellm.log(*({"request_id": f"old {i}", "startTime": after(days=-i)} for i in range(10)))
    first = litellm.file()
    assert (first["rows_new"], first["since"], first["warnings"]) == (10, None, [])
    again = litellm.file()
    assert (again["rows_read"], again["rows_new"], again["rows_duplicate"]) == (2, 0, 2)
    assert again["since"] == "2026-11-19"
    litellm.log({"request_id": "new", "startTime": after(days=1)}, {"request_id": "newer", "startTime": after(days=2)})
    assert litellm.counts() == (2, 2, 0)
    assert litellm.counts() == (0, 2, 0)
    assert len(litellm.rows("request_id")) == 12
    table = run(litellm.folder, "ingest", litellm.url, "--table", "LiteLLM_SpendLogs")
    assert table.stdout.startswith("nothing new in routecli.duckdb")
    assert "read on from startTime 2026-11-21," in table.stdout


def test_late_rows_are_not_lost(litellm: Base) -> None:
    litellm.log({"request_id": "a"}, {"request_id": "older", "startTime": after(days=-5)})
    assert litellm.counts() == (2, 0, 0)
    litellm.log({"request_id": "same time"}, {"request_id": "hours late", "startTime": after(hours=-23)})
    assert litellm.counts() == (2, 1, 0)
    litellm.log({"request_id": "days late", "startTime": after(days=-5, hours=-3)})
    one = litellm.file()
    # The whole day is read again, with the row that was known.
    assert (one["rows_new"], one["rows_duplicate"]) == (1, 4)
    assert "1 rows of earlier days came late: those days were read again" in one["warnings"]
    assert litellm.counts() == (0, 3, 0)
    litellm.log({"request_id": "beyond what is counted", "startTime": after(days=-60)})
    assert litellm.counts() == (0, 3, 0)
    full = litellm.file("--full")
    assert (full["rows_new"], full["rows_duplicate"], full["since"]) == (1, 5, None)


def test_a_transaction_that_commits_late_is_not_lost(litellm: Base) -> None:
    from adbc_driver_postgresql import dbapi

    litellm.log({"request_id": "a"})
    assert litellm.counts() == (1, 0, 0)
    url = litellm.server.url(litellm.name, password=servers.PASSWORD)
    insert = 'INSERT INTO "LiteLLM_SpendLogs" (request_id, call_type, "startTime", "endTime", model) VALUES '
    with dbapi.connect(url) as open_, open_.cursor() as cursor:
        cursor.execute(f"{insert} ('open', 'c', '2026-11-20 13:00', '2026-11-20 13:00', 'm')")
        litellm.log({"request_id": "committed", "startTime": after(hours=2)})
        assert litellm.counts() == (1, 1, 0)
        open_.commit()
    assert litellm.counts() == (1, 2, 0)


def test_rows_that_were_removed_there_stay_here(litellm: Base) -> None:
    litellm.log({"request_id": "a", "startTime": after(days=-3)}, {"request_id": "b"})
    assert litellm.counts() == (2, 0, 0)
    litellm.run('DELETE FROM "LiteLLM_SpendLogs"')
    assert litellm.counts() == (0, 0, 0)
    litellm.log({"request_id": "c", "startTime": after(hours=5)})
    assert litellm.counts() == (1, 0, 0)
    assert len(litellm.rows("request_id")) == 3


def test_a_time_that_cannot_be_does_not_hide_what_comes_after_it(litellm: Base) -> None:
    litellm.log({"request_id": "a"}, {"request_id": "wrong", "startTime": datetime(2099, 1, 1)})
    assert litellm.counts() == (1, 0, 1)
    litellm.log({"request_id": "b", "startTime": after(hours=30)})
    assert litellm.counts() == (1, 1, 1)
    litellm.log({"request_id": "c", "startTime": after(hours=80)})
    # Yet the wrong row is in quarantine once, without a number but with its key.
    assert litellm.counts() == (1, 2, 1)
    shown = run(litellm.folder, "quarantine show --json").document
    assert [(line["line"], line["reason"]) for line in shown["lines"]] == [(None, "time-out-of-range")]
    assert "routecli_row=wrong" in shown["lines"][0]["excerpt"]


def test_rows_and_watermark_are_kept_together_or_not_at_all(litellm: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    litellm.log({"request_id": "a"})
    assert litellm.counts() == (1, 0, 0)
    litellm.log({"request_id": "b", "startTime": after(days=2)})
    with monkeypatch.context() as patch:
        patch.setattr(store, "remember", lambda *_: 1 / 0)
        assert run(litellm.folder, "ingest", litellm.url, "--table", "LiteLLM_SpendLogs").code == 70
    assert litellm.rows("request_id") == [("a",)]
    assert litellm.counts() == (1, 1, 0)


def test_a_table_made_anew_is_read_from_the_start(litellm: Base) -> None:
    litellm.log({"request_id": "a"})
    assert litellm.counts() == (1, 0, 0)
    litellm.run('DROP TABLE "LiteLLM_SpendLogs"')
    litellm.run(SPEND_LOGS)
    litellm.log({"request_id": "b", "startTime": after(days=-300)})
    assert litellm.counts() == (1, 0, 0)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.lists(st.tuples(st.integers(-30 * 24, 48), st.booleans()), max_size=3), min_size=2, max_size=3))
def test_whatever_the_order_in_which_rows_come_every_one_is_stored_once(base: Base, nights: Any) -> None:
    """Rows up to 30 days late and twins at one time, in a table with ids and in one without."""
    base.run("DROP TABLE IF EXISTS ided;\nDROP TABLE IF EXISTS bare")
    base.run("CREATE TABLE ided (ts timestamptz, model text, request_id text)")
    base.run("CREATE TABLE bare (ts timestamptz, model text)")
    (base.folder / "routecli.duckdb").unlink(missing_ok=True)
    times = [ORIGIN]
    for night in [[(0, False)], *nights]:
        inserts = []
        for hours, twin in night:
            times += [after(hours=hours)] * (1 + twin)
            for i in range(1 + twin):
                inserts.append(f"INSERT INTO ided VALUES ('{times[-1]}Z', 'm', '{len(times) - i}')")
                inserts.append(f"INSERT INTO bare VALUES ('{times[-1]}Z', 'm')")
        base.run(";\n".join(inserts))
        for table in ("ided", "bare"):
            base.file(table=table)
        stored = base.rows("request_id IS NULL, ts", "1, 2")
        assert stored == [(bare, ts) for bare in (False, True) for ts in sorted(times[1:])]


def test_own_tables_are_read_by_their_column_names(base: Base) -> None:
    base.run(
        "CREATE TYPE plan AS ENUM ('free', 'pro');\n"
        "CREATE TABLE calls (id bigserial PRIMARY KEY, request_id uuid, ts timestamptz, model varchar(20), "
        "input_tokens bigint, output_tokens numeric, cost_usd numeric(20, 12), latency_ms real, user_tier plan, "
        "stream boolean, user_id char(6), session_id bytea, prompt text);\n"
        "INSERT INTO calls VALUES (7, '00000000-0000-4000-8000-000000000001', '2026-11-20 12:00:00.123456+02', "
        "'gpt-5.5', 4000000000, 12, 0.000000000001, 0.1, 'pro', true, 'u1', '\\x01', 'SECRET'), "
        "(8, NULL, '2026-11-20', 'm', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"
    )
    one = base.file(table="calls")
    assert (one["format"], one["rows_new"]) == ("native", 2)
    columns = (
        "request_id, ts, input_tokens, output_tokens, cost_usd::VARCHAR, latency_ms, user_tier, stream, session_id"
    )
    assert base.rows(columns, "ts DESC") == [
        (
            "00000000-0000-4000-8000-000000000001",
            datetime(2026, 11, 20, 10, 0, 0, 123456),
            4000000000,
            12,
            "0.000000000001",
            pytest.approx(0.1),
            "pro",
            True,
            "\\x01",
        ),
        # The server's zone is Tokyo, its user's New York: a date without one is where it was written.
        (None, datetime(2026, 11, 19, 15), None, None, None, None, None, None, None),
    ]
    assert base.counts(table="calls") == (0, 2, 0)
    base.run("UPDATE calls SET output_tokens = 5 WHERE id = 8")
    assert base.counts(table="calls") == (0, 2, 0)


def test_rows_without_any_key_are_counted_as_often_as_they_are_there(base: Base) -> None:
    base.run("CREATE TABLE calls (ts timestamptz, model text, note text)")
    row = "('2026-11-20 12:00Z', 'm', {})"
    base.run(f"INSERT INTO calls VALUES {row.format(1)}, {row.format(2)}, ('2026-11-10 12:00Z', 'm', 0)")
    assert base.counts(table="calls") == (3, 0, 0)
    base.run(f"INSERT INTO calls VALUES {row.format(3)}")
    assert base.counts(table="calls") == (1, 2, 0)
    assert base.counts(table="calls") == (0, 3, 0)
    assert len(base.rows("ts", "ts")) == 4


def test_any_table_by_mapping(base: Base) -> None:
    base.run(
        'CREATE TABLE usage (at timestamp, info jsonb, tin int, "T out" int);\n'
        'INSERT INTO usage VALUES (\'2026-11-20 12:00\', \'{"m": {"name": "gpt-5.5"}}\', 5, 6)'
    )
    refused = base.ingest(table="usage")
    assert (refused.code, "[unrecognised-log]" in refused.stderr) == (3, True)
    maps = ["--map", "ts=at", "--map", "model=info.m.name", "--map", "input_tokens=tin"]
    one = base.file(*maps, "--map", "output_tokens='T out'".replace("'", ""), "--set", "query_type=faq", table="usage")
    assert (one["format"], one["rows_new"]) == ("mapped", 1)
    assert base.rows("ts, model_served, input_tokens, output_tokens, query_type") == [(ORIGIN, "gpt-5.5", 5, 6, "faq")]
    base.run('INSERT INTO usage VALUES (\'2026-11-20 12:00\', \'{"m": {"name": "gpt-5.5"}}\', 5, 6)')
    (base.folder / "routecli.yaml").write_text(
        "mappings:\n  ours:\n    map: {ts: at, model: info.m.name, input_tokens: tin, output_tokens: T out}\n"
        "    set: {query_type: faq}\n"
    )
    assert base.counts("--mapping", "ours", table="usage") == (1, 1, 0)
    other = base.ingest(*maps, table="usage")
    assert (other.code, other.stderr.endswith("[table-read-otherwise]\n")) == (3, True)


def test_a_watermark_of_ones_own(base: Base) -> None:
    base.run(
        "CREATE TABLE calls (id bigint PRIMARY KEY, at bigint, model text, doc jsonb);\n"
        "INSERT INTO calls SELECT i, 1795000000 + i, 'm', '{}' FROM generate_series(1, 30000) AS i"
    )
    maps = ["--map", "ts=at"]
    whole = base.file(*maps, table="calls")
    assert whole["rows_new"] == 30000 and "--watermark" in whole["warnings"][0]
    assert base.file(*maps, table="calls")["rows_duplicate"] == 30000
    assert base.file(*maps, "--watermark", "id", table="calls")["rows_duplicate"] == 30000
    base.run("INSERT INTO calls SELECT i, 1795000000 + i, 'm', '{}' FROM generate_series(30001, 30005) AS i")
    one = base.file(*maps, "--watermark", "id", table="calls")
    assert (one["rows_new"], one["rows_duplicate"], one["since"]) == (5, 10001, "30000 less 10,000")
    for column, id in {"doc": "bad-watermark", "idd": "unknown-watermark"}.items():
        outcome = base.ingest(*maps, "--watermark", column, table="calls")
        assert (outcome.code, outcome.stderr.endswith(f"[{id}]\n")) == (2, True)
    assert "did you mean 'id'?" in outcome.stderr


@pytest.mark.parametrize(
    ("made", "given"),
    [
        ("calls", "calls"),
        ("calls", "CALLS"),
        ("calls", "public.calls"),
        ('"Calls"', "Calls"),
        ('"My Calls.x"', '"My Calls.x"'),
        ('"say ""x"""', 'public."say ""x"""'),
        ('other."Calls"', "other.Calls"),
        ('other."Calls"', "Calls"),
        ("other.calls", '"other"."calls"'),
    ],
)
def test_names_of_tables(base: Base, made: str, given: str) -> None:
    base.run("CREATE SCHEMA other")
    base.run(f"CREATE TABLE {made} (ts timestamptz, model text);\nINSERT INTO {made} VALUES ('2026-11-20', 'm')")
    assert base.counts(table=given) == (1, 0, 0)
    assert base.counts(table=given) == (0, 1, 0)


def test_views_and_partitions(base: Base) -> None:
    base.run(
        "CREATE TABLE calls (ts timestamptz, model text, request_id text) PARTITION BY RANGE (ts);\n"
        "CREATE TABLE calls_1 PARTITION OF calls FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');\n"
        "INSERT INTO calls VALUES ('2026-11-20', 'm', 'a'), ('2026-11-21', 'm', 'b');\n"
        "CREATE VIEW seen AS SELECT * FROM calls WHERE request_id = 'a'"
    )
    assert base.counts(table="seen") == (1, 0, 0)
    assert base.counts(table="calls") == (1, 1, 0)


@pytest.mark.parametrize(
    ("table", "code", "id", "said"),
    [
        ("LiteLLM_SpendLog", 4, "no-such-table", "did you mean 'LiteLLM_SpendLogs'?"),
        ("zzz", 4, "no-such-table", "there are a.calls, b.calls, LiteLLM_SpendLogs"),
        ("calls", 2, "ambiguous-table", "a, b"),
        ("a.b.c", 2, "bad-table", "SCHEMA.NAME"),
        ('"a', 2, "bad-table", "SCHEMA.NAME"),
        ("", 2, "no-table", "--table"),
    ],
)
def test_tables_that_are_not_there(litellm: Base, table: str, code: int, id: str, said: str) -> None:
    litellm.run("CREATE SCHEMA a;\nCREATE SCHEMA b;\nCREATE TABLE a.calls ();\nCREATE TABLE b.calls ()")
    outcome = litellm.ingest(table=table)
    assert (outcome.code, outcome.stderr.count("\n")) == (code, 1)
    assert outcome.stderr.endswith(f"[{id}]\n") and said in outcome.stderr


def test_an_empty_table(litellm: Base) -> None:
    outcome = litellm.ingest()
    assert (outcome.code, outcome.stderr.endswith("[nothing-to-load]\n")) == (3, True)
    assert not (litellm.folder / "routecli.duckdb").exists()


SECRET = "s3cr3t@t0ken/#%"


def test_a_password_is_nowhere_but_in_the_connection(litellm: Base) -> None:
    litellm.run(f"CREATE ROLE \"{litellm.name}\" SUPERUSER LOGIN PASSWORD '{SECRET}'")
    litellm.log({"request_id": "a"}, {"request_id": "bad", "prompt_tokens": -1, "metadata": '{"usage_object": 5}'})
    url = litellm.server.url(litellm.name, litellm.name, SECRET)
    in_query = litellm.server.url(litellm.name, litellm.name) + f"?password={url.split(':')[2].split('@')[0]}"
    said = ""
    for address in (
        url,
        in_query,
        url.replace(litellm.name + "?", "none?") + "x",
        url.replace("127.0.0.1", "127.0.0.9"),
    ):
        for words in (["--json"], ["-v"], ["-f", "csv"]):
            outcome = run(litellm.folder, "ingest", address, "--table", "LiteLLM_SpendLogs", *words)
            said += outcome.stdout + outcome.stderr
    assert "/public.LiteLLM_SpendLogs" in said
    stored = b"".join(path.read_bytes() for path in litellm.folder.iterdir())
    with connect(litellm.folder / "routecli.duckdb", write=False) as con:
        tables = [row[0] for row in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        stored += str([con.execute(f"SELECT * FROM {table}").fetchall() for table in tables]).encode()
    for secret in (SECRET, SECRET.replace("@", "%40").replace("/", "%2F").replace("#", "%23"), "s3cr3t", "t0ken"):
        assert secret not in said
        assert secret.encode() not in stored


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:s3cr3t@t0ken@127.0.0.1/db",
        "postgresql://me:s3cr3t/t0ken@127.0.0.1/db",
        "postgresql://me:s3cr3t#t0ken@127.0.0.1/db",
        "postgresql://me:s3cr3t?t0ken@127.0.0.1/db",
        "postgresql://me:s3cr3t%t0ken@127.0.0.1/db",
        "postgresql://me:s3cr3t t0ken@127.0.0.1/db",
        "postgres://me@127.0.0.1/db/s3cr3t?password=t0ken",
        "postgresql://me@127.0.0.1/db?t0ken",
    ],
)
def test_addresses_whose_parts_cannot_be_told_apart(tmp_path: Path, address: str) -> None:
    outcome = run(tmp_path, "ingest", address, "--table", "t")
    assert (outcome.code, outcome.stderr.count("\n")) == (2, 1)
    assert outcome.stderr.endswith("[bad-database-url]\n")
    assert "s3cr3t" not in outcome.stderr and "t0ken" not in outcome.stderr


def test_passwords_from_a_file(litellm: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    litellm.log({"request_id": "a"})
    monkeypatch.delenv("PGPASSWORD")
    monkeypatch.setenv("PGPASSFILE", str(litellm.folder / "none"))
    outcome = litellm.ingest()
    assert (outcome.code, outcome.stderr.endswith("[database-not-permitted]\n")) == (4, True)
    assert "PGPASSWORD or ~/.pgpass" in outcome.stderr
    passwords = litellm.folder / "pgpass"
    passwords.write_text(f"127.0.0.1:*:*:admin:{servers.PASSWORD}\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    assert litellm.counts() == (1, 0, 0)


def test_the_address_that_litellm_itself_uses(litellm: Base) -> None:
    litellm.log({"request_id": "a"})
    parameters = "?schema=public&connection_limit=10&pool_timeout=60&pgbouncer=true&sslmode=disable"
    assert litellm.counts(url=litellm.url.replace("postgresql", "postgres") + parameters) == (1, 0, 0)


def test_what_stands_in_the_way(litellm: Base) -> None:
    host = f"127.0.0.1:{litellm.server.port}"
    for url, id in {
        f"postgresql://admin:wrong@{host}/{litellm.name}": "database-not-permitted",
        f"postgresql://nobody@{host}/{litellm.name}": "database-not-permitted",
        f"postgresql://admin@{host}/none": "no-such-database",
        f"postgresql://admin@127.0.0.1:{servers.free_port()}/{litellm.name}": "database-unreachable",
        f"postgresql://admin@no-such-host.invalid/{litellm.name}": "database-unreachable",
        f"{litellm.url}?sslmode=require": "database-unreachable",
        f"{litellm.url}?nonsense=1": "database-unreachable",
    }.items():
        outcome = litellm.ingest(url=url)
        assert (outcome.code, outcome.stderr.count("\n")) == (4, 1), url
        assert outcome.stderr.endswith(f"[{id}]\n"), outcome.stderr
    assert not (litellm.folder / "routecli.duckdb").exists()


def test_a_query_that_fails_midway_leaves_the_store_as_it_was(base: Base) -> None:
    base.run(
        "CREATE TABLE numbers AS SELECT i FROM generate_series(1, 200000) AS i;\n"
        "CREATE VIEW calls AS SELECT timestamptz '2026-11-20' + i * interval '1 second' AS ts, 'm' AS model, "
        "100 / (200000 - i) AS input_tokens FROM numbers"
    )
    outcome = base.ingest(table="calls")
    assert (outcome.code, outcome.stderr.endswith("(division by zero) [database-failed]\n")) == (4, True)
    assert not (base.folder / "routecli.duckdb").exists()


def test_a_full_disk_leaves_the_store_as_it_was(base: Base, small_disk: Path) -> None:
    base.run(
        "CREATE TABLE calls AS SELECT timestamptz '2026-11-01' + i * interval '1 second' AS ts, 'm' AS model, "
        "md5(i::text) || md5((i + 1)::text) AS request_id FROM generate_series(1, 5) AS i"
    )
    store = ["--db", str(small_disk / "store.duckdb")]
    assert base.counts(*store, table="calls") == (5, 0, 0)
    base.run(
        "INSERT INTO calls SELECT timestamptz '2026-11-02' + i * interval '1 second', 'm', "
        "md5(i::text) || md5((i + 1)::text) FROM generate_series(6, 60000) AS i"
    )
    outcome = base.ingest(*store, table="calls")
    assert (outcome.code, outcome.stderr.endswith("[out-of-room]\n")) == (4, True), outcome.stderr
    assert outcome.document["totals"]["rows_new"] == 0
    subprocess.run(["mount", "-o", "remount,size=99m", str(small_disk)], check=True)
    assert base.counts(*store, table="calls") == (59995, 5, 0)


def test_without_the_driver_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    outcome = run(tmp_path, "ingest", "postgresql://localhost/db", "--table", "t")
    assert (outcome.code, outcome.stderr.count("\n")) == (4, 1)
    assert outcome.stderr.endswith("pip install 'routecli[postgres]' [missing-extra]\n")


@pytest.mark.parametrize("words", [["--table", "t"], ["--watermark", "id"], ["--full"]])
def test_options_that_are_about_databases_only(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "log.jsonl").write_text("{}\n")
    outcome = run(tmp_path, "ingest", "log.jsonl", *words)
    assert (outcome.code, outcome.stderr.endswith("[unused-option]\n")) == (2, True)


GOLDEN = Path(__file__).resolve().parents[3] / "shared" / "golden"


@pytest.mark.real
@pytest.mark.skipif(not GOLDEN.exists(), reason="the golden logs are not beside the repository")
@pytest.mark.parametrize("name", ["02_litellm_spend_logs/input.jsonl", "20_litellm_gate/spend_logs_api.json"])
def test_real_rows_mean_the_same_in_the_table_as_in_its_dump(litellm: Base, name: str) -> None:
    log = GOLDEN / name
    text = log.read_text(encoding="utf-8")
    rows = json.loads(text) if log.suffix == ".json" else [json.loads(line) for line in text.splitlines()]
    # Microseconds, as in the dump, where LiteLLM's own table keeps milliseconds.
    times = ", ".join(
        f'ALTER COLUMN "{name}" TYPE timestamp' for name in ("startTime", "endTime", "completionStartTime")
    )
    litellm.run(f'ALTER TABLE "LiteLLM_SpendLogs" ADD COLUMN litellm_call_id text, {times}')
    for row in rows:
        nested = {key: json.loads(row[key]) for key in ("metadata", "request_tags") if isinstance(row.get(key), str)}
        literal = json.dumps({**row, **nested}).replace("'", "''")
        table = '"LiteLLM_SpendLogs"'
        filled = "jsonb_strip_nulls(to_jsonb(r)) || "
        litellm.run(
            f"INSERT INTO {table} SELECT f.* FROM json_populate_record(NULL::{table}, '{literal}') AS r, "
            f'jsonb_populate_record(NULL::{table}, {filled} \'{{"call_type": "{row["call_type"]}"}}\') AS f'
        )
    assert litellm.counts() == (len(rows), 0, 0)
    assert run(litellm.folder, "ingest", str(log), "--db", "file.duckdb").code == 0
    compared = [column.name for column in COLUMNS if column.name not in ("source_file", "record_ref", "ingest_id")]
    found = litellm.rows(", ".join(compared), "dedup_key")
    with connect(litellm.folder / "file.duckdb", write=False) as con:
        wanted = con.execute(f"SELECT {', '.join(compared)} FROM requests ORDER BY dedup_key").fetchall()
    assert [dict(zip(compared, row, strict=True)) for row in found] == [
        dict(zip(compared, row, strict=True)) for row in wanted
    ]


def test_values_that_only_a_database_has(base: Base) -> None:
    base.run(
        "CREATE TABLE calls (id int PRIMARY KEY, ts timestamptz, model text, cost_usd numeric, latency_ms float8);\n"
        "INSERT INTO calls VALUES (1, 'infinity', 'm', 1, 1), (2, '-infinity', 'm', 1, 1), "
        "(3, '4713-01-01 BC', 'm', 1, 1), (4, '2026-11-20', 'm', 'NaN', 1), (5, '2026-11-20', 'm', 1, 'infinity'), "
        "(6, '2026-11-20', E'\\x01', 1, 1), (7, '2026-11-20', 'm', 1e30, 1), (8, '2026-11-20', 'm', 1, 1)"
    )
    one = base.file(table="calls")
    assert one["rows_new"] == 1
    assert one["rows_quarantined"] == 7, one["reasons"]
    lines = run(base.folder, "quarantine show --json").document["lines"]
    assert sorted(int(line["excerpt"].partition("=")[2].partition(",")[0]) for line in lines) == [1, 2, 3, 4, 5, 6, 7]
    again = base.file(table="calls")
    assert (again["rows_new"], again["rows_duplicate"]) == (0, 1)
    assert len(run(base.folder, "quarantine show --json").document["lines"]) == 7
