"""A file that comes again: under another reading, grown since, growing while it is read."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from samples import DOCUMENTS

from routecli.data.store import connect
from tests.inprocess import run

CALLS = [{"when": f"2026-11-01T00:00:0{i}Z", "llm": "m", "asked": 10 + i, "told": 2} for i in range(3)]
MAP = {"ts": "when", "model": "llm", "input_tokens": "asked", "output_tokens": "told"}


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ({"map": MAP}, {"map": {**MAP, "output_tokens": "asked"}}, "--map would read them in another way"),
        ({"map": MAP}, {"map": MAP, "set": {"user_tier": "pro"}}, "--set would"),
        ({"map": MAP, "set": {"user_tier": "pro"}}, {"map": MAP, "set": {"user_tier": "free"}}, "--set user_tier=pro"),
        ({"map": MAP}, {"map": MAP, "latency_unit": "s"}, "--latency-unit would"),
        ({"map": MAP}, {"map": MAP}, None),
        ({"map": MAP}, {}, None),
    ],
)
def test_the_same_bytes_asked_for_in_another_way(
    bench: Any, first: dict[str, Any], second: dict[str, Any], said: str | None
) -> None:
    assert bench.load(CALLS, **first).rows_new == 3
    before = bench.rows()
    result = bench.load(CALLS, "copy.jsonl", **second)
    if said is None:
        assert (result.error, result.unchanged) == (None, True)
    else:
        assert result.error is not None
        assert (result.error.id, result.error.exit_code, result.rows_new) == ("read-otherwise", 3, 0)
        assert said in result.error.line() and "--db" in result.error.line()
    assert bench.rows() == before


def test_the_same_bytes_as_another_format(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text(json.dumps(DOCUMENTS["openai_chat"]) + "\n", encoding="utf-8")
    assert run(tmp_path, "ingest", "log.jsonl").code == 0
    assert "already ingested" in run(tmp_path, "ingest", "log.jsonl", "--input-format", "openai_chat").stdout
    outcome = run(tmp_path, "ingest", "log.jsonl", "--input-format", "native")
    assert (outcome.code, "read as openai_chat: --input-format would" in outcome.stderr) == (3, True)


def test_no_person_that_is_set_is_stored(bench: Any) -> None:
    options = {"map": MAP, "set": {"user_id": "somebody@example.org"}}
    bench.load(CALLS, **options)
    assert bench.load(CALLS, **options).unchanged
    other = bench.load(CALLS, map=MAP, set={"user_id": "else@example.org"})
    assert other.error is not None and "example.org" not in other.error.line()
    assert b"example.org" not in bench.db.read_bytes()


def lines(bench: Any) -> list[tuple[int | None, str]]:
    return [(one.line, one.reason) for one in bench.quarantined()]


@pytest.mark.parametrize("name", ["log.jsonl", "log.csv"])
def test_a_line_that_was_cut_off_and_is_whole_now(bench: Any, good: Any, name: str) -> None:
    records = [{**good, "request_id": f"r{i}"} for i in range(4)]
    text = "\n".join(map(json.dumps, records)) + "\n"
    if name == "log.csv":
        text = "\n".join(",".join(map(str, row)) for row in [list(good), *(one.values() for one in records)]) + "\n"
    rows = text.splitlines(keepends=True)
    rows.insert(2, "broken\n")
    whole, cut = "".join(rows), "".join(rows)[:-20]
    reason = "broken-json" if name == "log.jsonl" else "too-few-columns"
    bench.load(cut, name)
    assert lines(bench) == [(3, reason), (len(rows), reason)]
    assert bench.load(whole, name).rows_new == 1
    assert lines(bench) == [(3, reason)]


def test_what_another_log_of_the_same_name_left_stays(bench: Any, good: Any) -> None:
    bench.load(json.dumps(good) + "\nbroken\n")
    bench.load(json.dumps({**good, "request_id": "r2"}) + "\nalso broken\n" + "\n" * 99)
    assert lines(bench) == [(2, "broken-json")] * 2


def test_a_file_that_grows_while_it_is_read(bench: Any, good: Any) -> None:
    records = [json.dumps({**good, "request_id": f"r{i}", "note": "x" * 300}) for i in range(30_000)]
    path = bench.write("log.jsonl", "\n".join(records[:20_000]) + "\nbroken\n")
    going = threading.Event()

    def grow() -> None:
        with path.open("a", encoding="utf-8") as file:
            for record in records[20_000:]:
                file.write(record[:50])
                file.flush()
                file.write(record[50:] + "\n")
                if going.is_set():
                    break
                going.wait(0.002)
            else:
                return
            file.writelines(f"{one}\n" for one in records[records.index(record) + 1 :])

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        first = bench.run(path)[0]
    finally:
        going.set()
        writer.join()
    assert first.error is None and first.rows_new >= 20_000
    assert any("while it was read" in note for note in first.warnings)
    assert bench.run(path)[0].rows_new == 30_000 - first.rows_new
    assert (lines(bench), len(bench.rows("1", "1"))) == ([(20_001, "broken-json")], 30_000)
    with connect(bench.db, write=False) as con:
        assert con.execute("SELECT count(digest) FROM ingests").fetchall() == [(2,)]
