"""LiteLLM's own table in a real PostgreSQL on loopback, through the real command."""

import json
from pathlib import Path

import pytest

from routecli.data.columns import COLUMNS
from routecli.data.store import connect
from tests.databases import ORIGIN, Base, after
from tests.inprocess import run


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


def test_the_address_that_litellm_itself_uses(litellm: Base) -> None:
    litellm.log({"request_id": "a"})
    parameters = "?schema=public&connection_limit=10&pool_timeout=60&pgbouncer=true&sslmode=disable"
    assert litellm.counts(url=litellm.url.replace("postgresql", "postgres") + parameters) == (1, 0, 0)


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
    # Rows of a table are in no order.
    assert {(line["line"], line["record"]) for line in lines} == {(None, None)}
    assert sorted(int(line["excerpt"].partition("=")[2].partition(",")[0]) for line in lines) == [1, 2, 3, 4, 5, 6, 7]
    again = base.file(table="calls")
    assert (again["rows_new"], again["rows_duplicate"]) == (0, 1)
    assert len(run(base.folder, "quarantine show --json").document["lines"]) == 7
