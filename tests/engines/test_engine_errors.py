"""What an engine is asked wrongly, and where it cannot answer."""

import pytest
from inprocess import run
from rows import parquet, rows

CASES = {
    "--engine duckdb": ("no-source", 2),
    "--engine duckdb --source rows.txt": ("unknown-source", 2),
    "--engine duckdb --source none.parquet": ("engine-failed", 4),
    "--engine duckdb --source rows.parquet --map ts=nothing": ("no-such-field", 3),
    "--engine duckdb --source rows.parquet --map tokens=input_tokens": ("unknown-column", 2),
    "--engine duckdb --source other.parquet": ("not-requests", 3),
    "--engine duckdb --source rows.parquet --db routecli.duckdb": ("workload-and-store", 2),
    "--engine duckdb --source rows.parquet --since 2030-01-01": ("no-requests", 3),
    "--source rows.parquet": ("unused-option", 2),
    "--engine clickhouse --url http://127.0.0.1:9 --table t": ("no-server", 4),
    "--engine clickhouse --url file:///etc/passwd --table t": ("bad-url", 2),
    "--engine clickhouse --url http://127.0.0.1:9": ("no-source", 2),
    "--engine postgres --url postgresql://127.0.0.1:9/none": ("no-source", 2),
    "--engine postgres --url postgresql://127.0.0.1:9/none --table t": ("database-unreachable", 4),
    "--engine duckdb --source rows.parquet --mapping none": ("unknown-mapping", 2),
}


@pytest.mark.parametrize("words", CASES)
def test_refusal(words, tmp_path):
    found = rows(5)
    parquet(tmp_path / "rows.parquet", found)
    parquet(tmp_path / "other.parquet", found)
    (tmp_path / "routecli.yaml").write_text("mappings: {one: {map: {ts: ts}}}\n", encoding="utf-8")
    if "other" in words:
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table({"name": ["a"], "price": [1]}), tmp_path / "other.parquet")
    outcome = run(tmp_path, f"workload build {words} -o w.json -q")
    id, code = CASES[words]
    assert (outcome.code, f"[{id}]" in outcome.stderr) == (code, True), outcome.stderr
    assert outcome.stderr.count("\n") == 1
    assert not (tmp_path / "w.json").exists()


def test_a_password_is_never_said(tmp_path):
    words = "workload build --engine clickhouse --url http://me:secret@127.0.0.1:9 --table t -o w.json"
    outcome = run(tmp_path, words)
    assert outcome.code == 4
    assert "secret" not in outcome.stderr + outcome.stdout


@pytest.mark.parametrize(
    "dialect", ["duckdb", "spark", "clickhouse", "bigquery", "snowflake", "trino", "databricks", "postgres"]
)
@pytest.mark.parametrize("part", ["cells", "latencies", "span"])
def test_every_dialect_prints_sql_that_parses_there(dialect, part, tmp_path):
    import sqlglot

    outcome = run(tmp_path, f"workload sql --dialect {dialect} --part {part} --table lake.requests --since 2026-11-01")
    assert outcome.code == 0, outcome.stderr
    tree = sqlglot.parse_one(outcome.stdout.rstrip(";\n"), read=dialect)
    assert {table.sql(dialect=dialect) for table in tree.find_all(sqlglot.exp.Table)} == {"lake.requests"}
    if part == "cells":
        assert [column.alias_or_name for column in tree.selects] == ["*", "cut_for"]
        names = [column.alias_or_name for column in list(tree.find_all(sqlglot.exp.Select))[1].selects]
        assert names[0] == "key_model" and "sum_input" in names and len(names) == len(set(names))


def test_the_printed_query_gives_the_cells(tmp_path):
    import duckdb

    parquet(tmp_path / "rows.parquet", rows(400))
    sql = run(
        tmp_path,
        ["workload", "sql", "--dialect", "duckdb", "--table", "'rows.parquet'"][0]
        + " sql --dialect duckdb --table rows",
    ).stdout
    with duckdb.connect() as con:
        con.execute(f"CREATE VIEW rows AS FROM read_parquet('{tmp_path}/rows.parquet')")
        answered = con.execute(sql.rstrip().rstrip(";")).fetchall()
    built = run(tmp_path, "workload build --engine duckdb --source rows.parquet -o w.json --json").document
    assert len(answered) == built["cells"]
    assert sum(row[16] for row in answered) == built["requests"] == 400
