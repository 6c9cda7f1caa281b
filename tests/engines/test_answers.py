"""Answers of the printed queries, got elsewhere and saved by hand: the store's own file, or a refusal."""

import json
import re
import shutil
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pytest
from inprocess import Outcome, run
from rows import log, parquet, rows

COUNT = 2000
SAVED = {"csv": "csv, header", "jsonl": "json", "parquet": "parquet"}
PARTS = ("cells", "latencies", "span")


def printed(folder: Path, part: str, dialect: str, more: str = "") -> str:
    outcome = run(folder, f"workload sql --dialect {dialect} --part {part} {more}")
    assert outcome.code == 0, outcome.stderr
    return outcome.stdout.rstrip().removesuffix(";")


def answered(world: Path, folder: Path, more: str = "", formats: tuple[str, ...] = ("csv", "csv", "csv")) -> None:
    folder.mkdir()
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"CREATE VIEW requests AS SELECT * FROM '{world / 'rows.parquet'}'")
        for part, suffix in zip(PARTS, formats, strict=True):
            sql = printed(world, part, "duckdb", more)
            con.execute(f"COPY ({sql}) TO '{folder / part}.{suffix}' (FORMAT {SAVED[suffix]})")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("answers")
    found = rows(COUNT)
    log(folder / "log.jsonl", found)
    parquet(folder / "rows.parquet", found)
    assert run(folder, "ingest log.jsonl").code == 0
    assert run(folder, "workload build -o store.json -q").code == 0
    answered(folder, folder / "csv")
    return folder


def build(world: Path, folder: Path, more: str = "") -> Outcome:
    return run(world, f"workload build --answers {folder} -o {folder.parent}/{folder.name}-found.json -q {more}")


def found(folder: Path) -> bytes:
    return (folder.parent / f"{folder.name}-found.json").read_bytes()


@pytest.mark.parametrize("formats", [("csv",) * 3, ("jsonl",) * 3, ("parquet",) * 3, ("parquet", "csv", "jsonl")])
def test_the_file_is_the_stores(formats, world, tmp_path):
    answered(world, tmp_path / "got", formats=formats)
    outcome = build(world, tmp_path / "got")
    assert outcome.code == 0, outcome.stderr
    assert found(tmp_path / "got") == (world / "store.json").read_bytes()


def test_json_without_what_is_null_and_as_one_array(world, tmp_path):
    answered(world, tmp_path / "got", formats=("jsonl",) * 3)
    for part in PARTS:
        path = tmp_path / "got" / f"{part}.jsonl"
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        rows = [{key.upper(): value for key, value in row.items() if value is not None} for row in rows]
        path.with_suffix(".json").write_text(json.dumps(rows))
        path.unlink()
    outcome = build(world, tmp_path / "got")
    assert outcome.code == 0, outcome.stderr
    assert found(tmp_path / "got") == (world / "store.json").read_bytes()


def test_a_window_is_asked_for_on_both_sides(world, tmp_path):
    window = "--since 2026-11-14 --until 2026-11-16"
    answered(world, tmp_path / "got", window)
    assert build(world, tmp_path / "got", window).code == 0
    assert run(world, f"workload build {window} -o {tmp_path}/store.json -q").code == 0
    assert found(tmp_path / "got") == (tmp_path / "store.json").read_bytes()
    without = build(world, tmp_path / "got")
    assert (without.code, "[cut-differently]" in without.stderr) == (3, True)


@pytest.mark.engines
@pytest.mark.skipif(find_spec("chdb") is None, reason="chdb is not installed")
def test_what_clickhouse_answers(world, tmp_path):
    query = import_module("chdb").query
    (tmp_path / "got").mkdir()
    for part in PARTS:
        first, sql = printed(world, part, "clickhouse", "--table lake_of_requests").split("\n", 1)
        assert first.endswith("SET session_timezone = 'UTC';")
        sql = sql.replace("lake_of_requests", f"file('{world}/rows.parquet', 'Parquet')")
        answer = query(f"{sql} SETTINGS session_timezone = 'UTC'", "CSVWithNames")
        (tmp_path / "got" / f"{part}.csv").write_bytes(answer.bytes())
    outcome = build(world, tmp_path / "got")
    assert outcome.code == 0, outcome.stderr
    assert found(tmp_path / "got") == (world / "store.json").read_bytes()


def edit(part: str, change: Callable[[list[str]], list[str]]) -> Callable[[Path], None]:
    def edited(folder: Path) -> None:
        path = folder / f"{part}.csv"
        path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")

    return edited


def as_json(part: str, name: str, value: str) -> Callable[[Path], None]:
    """The answer as JSON lines, with another text for one number."""

    def changed(folder: Path) -> None:
        with duckdb.connect() as con:
            con.execute(f"COPY (SELECT * FROM '{folder / part}.csv') TO '{folder / part}.jsonl' (FORMAT json)")
        (folder / f"{part}.csv").unlink()
        first, *rest = (folder / f"{part}.jsonl").read_text().splitlines()
        spoiled = re.sub(rf'"{name}":[^,]+', f'"{name}":{value}', first)
        assert spoiled != first
        (folder / f"{part}.jsonl").write_text("\n".join([spoiled, *rest]) + "\n")

    return changed


def column(name: str, value: str, row: int = 1) -> Callable[[list[str]], list[str]]:
    def changed(lines: list[str]) -> list[str]:
        place, fields = lines[0].split(",").index(name), lines[row].split(",")
        fields[place] = value
        return [*lines[:row], ",".join(fields), *lines[row + 1 :]]

    return changed


WRONG = {
    "a file is missing": (lambda folder: (folder / "span.csv").unlink(), "no-answers", 4),
    "two files for one": (lambda folder: shutil.copy(folder / "span.csv", folder / "span.jsonl"), "no-answers", 4),
    "rounded": (edit("cells", column("sum_input", "1.5e5")), "bad-answers", 3),
    "rounded, in JSON": (as_json("cells", "sum_input", "1.5e5"), "bad-answers", 3),
    "rounded, in JSON, as a latency": (as_json("latencies", "sum_us", "1.2e7"), "bad-answers", 3),
    "a fraction": (edit("cells", column("n_requests", "1.5")), "bad-answers", 3),
    "no sum": (edit("cells", column("sum_output", "")), "bad-answers", 3),
    "no flag": (edit("cells", column("key_gateway_cache_hit", "maybe")), "bad-answers", 3),
    "another band": (edit("cells", column("key_band", "17")), "bad-answers", 3),
    "hours that nobody asked for": (edit("cells", column("key_windows", "4096")), "bad-answers", 3),
    "another epoch": (edit("cells", column("key_epoch", "9999")), "bad-answers", 3),
    "twice": (edit("cells", lambda lines: [*lines, lines[1]]), "bad-answers", 3),
    "other cuts": (edit("latencies", column("cut_for", "000000000000")), "cut-differently", 3),
    "no names": (edit("cells", lambda lines: lines[1:]), "bad-answers", 3),
    "no rows": (edit("cells", lambda lines: lines[:1]), "no-requests", 3),
    "no date": (edit("span", column("first_ts", "yesterday")), "bad-answers", 3),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_answer_is_refused(case, world, tmp_path):
    spoil, id, code = WRONG[case]
    shutil.copytree(world / "csv", tmp_path / "got")
    spoil(tmp_path / "got")
    outcome = build(world, tmp_path / "got")
    assert (outcome.code, f"[{id}]" in outcome.stderr) == (code, True), outcome.stderr
    assert outcome.stderr.count("\n") == 1
    assert not (tmp_path / "got-found.json").exists()


def test_answers_and_an_engine_are_two_sources(world):
    words = "workload build --answers csv --engine duckdb --source rows.parquet -o w.json"
    assert "[engine-and-answers]" in run(world, words).stderr
