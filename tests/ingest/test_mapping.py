"""`--map`, `--set` and `--mapping`, through the real command; and what an unknown log is told."""

from pathlib import Path

import pytest

from routecli.data.store import connect
from tests.inprocess import run

AZURE = "Timestamp,ContextTokens,GeneratedTokens\n2026-11-16 18:17:03.9799600,4808,10\n2026-11-16 18:17:04,1.5,8\n"
MAPPED = ["--map", "ts=Timestamp", "--map", "input_tokens=ContextTokens", "--map", "output_tokens=GeneratedTokens"]
CONFIG = """
mappings:
  azure:
    map: {ts: Timestamp, input_tokens: ContextTokens, output_tokens: GeneratedTokens}
    set: {model: gpt-4}
  wrong: {maps: {}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "azure.csv").write_text(AZURE, encoding="utf-8")
    (tmp_path / "routecli.yaml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def rows(folder: Path, columns: str) -> list[tuple]:
    with connect(folder / "routecli.duckdb", write=False) as con:
        return con.execute(f"SELECT {columns} FROM requests ORDER BY record_ref").fetchall()


def test_columns_are_mapped_and_values_set(folder: Path) -> None:
    outcome = run(folder, "ingest", "azure.csv", *MAPPED, "--set", "model=gpt-4", "--json")
    (file,) = outcome.document["files"]
    assert (file["format"], file["rows_new"], file["reasons"]) == ("mapped", 1, {"bad-integer": 1})
    found = rows(folder, "strftime(ts, '%S.%f'), model_served, input_tokens, output_tokens")
    assert found == [("03.979960", "gpt-4", 4808, 10)]


def test_a_mapping_of_the_configuration_is_the_same(folder: Path) -> None:
    assert run(folder, "ingest", "azure.csv", "--mapping", "azure").code == 0
    assert rows(folder, "model_served, input_tokens") == [("gpt-4", 4808)]


def test_paths_units_and_names_beside_the_mapping(folder: Path) -> None:
    line = '{"when": 1793491200, "model": "m", "use": {"in": 7, "o.ut": 3}, "took": 1.25, "user": "u"}\n'
    (folder / "log.jsonl").write_text(line, encoding="utf-8")
    words = ["--map", "ts=when", "--map", "input_tokens=use.in", "--map", 'output_tokens=use."o.ut"']
    outcome = run(folder, "ingest", "log.jsonl", *words, "--map", "latency_s=took", "--map", "session_id=user")
    assert outcome.code == 0, outcome.stderr
    found = rows(folder, "model_served, input_tokens, output_tokens, latency_ms, session_id, user_id")
    assert found == [("m", 7, 3, 1250.0, "u", None)]


def test_relative_times_need_no_absolute_one(folder: Path) -> None:
    (folder / "log.csv").write_text("T,model,input_tokens\n5.5,m,1\n", encoding="utf-8")
    assert run(folder, "ingest", "log.csv", "--map", "t_rel_s=T").code == 0
    assert rows(folder, "ts, ts_basis, t_rel_s") == [(None, "relative", 5.5)]


def test_input_without_the_cache_is_added_up(folder: Path) -> None:
    line = '{"ts": 1793491200, "model": "m", "fresh": 7, "cache_read_tokens": 5, "input_tokens": 999}\n'
    (folder / "log.jsonl").write_text(line, encoding="utf-8")
    assert run(folder, "ingest", "log.jsonl", "--map", "uncached_input_tokens=fresh").code == 0
    assert rows(folder, "input_tokens, uncached_input_tokens, cache_read_tokens") == [(12, 7, 5)]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 3, "--map ts=Timestamp --map input_tokens=ContextTokens --map output_tokens=GeneratedTokens --set model"),
        (["--map", "input_token=ContextTokens"], 2, "did you mean 'input_tokens'"),
        (["--map", "dedup_key=ContextTokens"], 2, "it is set by the ingest itself"),
        (["--map", "input_tokens"], 2, "--map takes COLUMN=..."),
        (["--map", "ts=A", "--map", "ts=B"], 2, "--map names ts twice"),
        (["--map", "input_tokens=ContexTokens"], 3, "did you mean 'ContextTokens'"),
        (["--map", "ts=Timestamp", "--set", "input_tokens=1.5"], 2, "a whole number of 0 or more"),
        (["--map", "ts=Timestamp", "--set", "status=fine"], 2, "success, error, partial"),
        (["--mapping", "azur"], 2, "did you mean 'azure'"),
        (["--mapping", "wrong"], 3, "routecli.yaml:6: mapping 'wrong': 'maps' is not known here"),
        (["--input-format", "codex", *MAPPED], 2, "exclude each other"),
        (["--map", 'ts="; DROP TABLE x'], 3, "there is no field"),
    ],
)
def test_what_is_refused(folder: Path, words: list[str], code: int, said: str) -> None:
    outcome = run(folder, "ingest", "azure.csv", *words)
    assert outcome.code == code
    assert said in outcome.stderr
    assert not (folder / "routecli.duckdb").exists()


def test_sql_in_names_and_values_is_only_text(folder: Path) -> None:
    name = 'a"); DROP TABLE requests; --'
    (folder / "log.csv").write_text(f'"{name.replace(chr(34), chr(34) * 2)}",ts\n7,2026-11-01\n', encoding="utf-8")
    words = ["--map", f"input_tokens={name}", "--set", "model=m'); DROP TABLE requests; --"]
    outcome = run(folder, "ingest", "log.csv", *words)
    assert outcome.code == 0, outcome.stderr
    assert rows(folder, "model_served, input_tokens") == [("m'); DROP TABLE requests; --", 7)]


def test_a_value_set_for_a_known_format_leaves_the_format_as_it_is(folder: Path) -> None:
    (folder / "known.csv").write_text(AZURE.replace("Timestamp", "TIMESTAMP"), encoding="utf-8")
    outcome = run(folder, "ingest", "known.csv", "--set", "model=gpt-5.5", "--set", "query_type=code", "--json")
    (file,) = outcome.document["files"]
    assert (file["format"], file["rows_new"], file["reasons"]) == ("azure_trace_2023", 1, {"bad-integer": 1})
    assert rows(folder, "model_served, query_type, input_tokens") == [("gpt-5.5", "code", 4808)]


def test_a_value_set_goes_before_what_was_logged(folder: Path) -> None:
    log = '{"timestamp": "2026-11-01T00:00:00Z", "model": "logged", "input_tokens": 1}\n'
    (folder / "log.jsonl").write_text(log, encoding="utf-8")
    run(folder, "ingest", "log.jsonl", "--set", "model=said", "--input-format", "native")
    assert rows(folder, "model_served, source_format") == [("said", "native")]


def test_a_log_of_no_format_takes_its_values_from_the_command(folder: Path) -> None:
    (folder / "log.csv").write_text("input_tokens,output_tokens\n5,6\n", encoding="utf-8")
    outcome = run(folder, "ingest", "log.csv", "--set", "model=m", "--set", "ts=2026-11-01", "--json")
    assert outcome.document["files"][0]["format"] == "mapped"
    assert rows(folder, "model_served, input_tokens, strftime(ts, '%Y-%m-%d')") == [("m", 5, "2026-11-01")]
