"""Any table of PostgreSQL: its columns, its name, a mapping, a watermark of one's own."""

from datetime import datetime

import pytest

from tests.databases import ORIGIN, Base


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
