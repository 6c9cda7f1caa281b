"""What becomes of quarantined records when their file comes again: repaired, grown, moved, or as another one."""

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow
import pytest

from tests.inprocess import run

BOM = b"\xef\xbb\xbf"
FORMS: dict[str, tuple[str, Any]] = {
    "plain": ("log.jsonl", bytes),
    "gzip": ("log.jsonl.gz", gzip.compress),
    "zstd": ("log.jsonl.zst", lambda data: pyarrow.compress(data, "zstd", asbytes=True)),
    "byte order mark": ("log.jsonl", lambda data: BOM + data),
    "carriage returns": ("log.jsonl", lambda data: data.replace(b"\n", b"\r")),
    "array": ("log.json", lambda data: b"[\n" + b",\n".join(data.splitlines()) + b"\n]"),
}


def record(i: int, *, known: bool = True) -> str:
    made = {"request_id": f"r{i}"} if known else {}
    return json.dumps({**made, "timestamp": "2026-11-01T00:00:00Z", "model": "m", "input_tokens": i})


def text(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def left(bench: Any) -> list[tuple[str, int | None, int, bool]]:
    return [(Path(one.file).name, one.line, one.ingest_id, one.latest) for one in bench.quarantined()]


@pytest.mark.parametrize("known", [True, False], ids=["ids", "no ids"])
@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_is_repaired_or_grows(bench: Any, form: str, known: bool) -> None:
    name, pack = FORMS[form]
    good, line = [record(i, known=known) for i in range(6)], 1 + (form == "array")

    def load(*lines: str) -> Any:
        return bench.load(pack(text(*lines)), name)

    first = load(good[0], "broken", good[1], good[2].replace(": 2}", ": -1}"))
    assert (first.rows_new, left(bench)) == (2, [(name, line + 1, 1, True), (name, line + 3, 1, True)])
    # One of the two is repaired.
    second = load(good[0], "broken", good[1], good[2])
    assert (second.rows_new, left(bench)) == (1, [(name, line + 1, 2, True)])
    # It grows by another bad one, and then that is repaired too.
    third = load(good[0], "broken", good[1], good[2], "{also")
    assert (third.rows_new, third.rows_duplicate) == (0, 3)
    assert left(bench) == [(name, line + 1, 3, True), (name, line + 4, 3, True)]
    fourth = load(good[0], good[3], good[1], good[2], good[4])
    assert (fourth.rows_new, left(bench)) == (2, [])


@pytest.mark.parametrize("form", FORMS)
def test_another_file_of_the_same_name(bench: Any, form: str) -> None:
    name, pack = FORMS[form]
    line = 2 + (form == "array")
    bench.load(pack(text(record(0), "broken", record(1))), name)
    # A record of the earlier one is missing: it is not the same log any more.
    bench.load(pack(text(record(1), "{broken too", record(2))), name)
    assert left(bench) == [(name, line, 1, False), (name, line, 2, True)]
    bench.load(pack(text(record(1), record(3), record(2))), name)
    assert left(bench) == [(name, line, 1, False)]


def test_a_file_that_is_compressed_after_a_while(bench: Any) -> None:
    content = text(record(0, known=False), "broken", record(1, known=False))
    bench.load(content, "app.jsonl")
    packed = bench.load(gzip.compress(content + text(record(2, known=False))), "app.jsonl.gz")
    assert (packed.rows_new, packed.rows_duplicate, left(bench)) == (1, 2, [("app.jsonl.gz", 2, 2, True)])


def test_a_file_under_another_name_that_was_repaired_since(bench: Any) -> None:
    bench.load(text(record(0), "broken", record(1)), "a.jsonl")
    bench.load(text(record(0), record(2), record(1)), "b.jsonl")
    # Nobody knows whether it is the same one.
    assert left(bench) == [("a.jsonl", 2, 1, True)]


def test_records_that_look_alike_in_files_that_are_not(bench: Any) -> None:
    for i, name in enumerate(("a.jsonl", "b.jsonl")):
        bench.load(text(record(2 * i), "broken", record(2 * i + 1)), name)
    assert left(bench) == [("a.jsonl", 2, 1, True), ("b.jsonl", 2, 2, True)]


def test_what_is_piped_in_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys

    def piped(*lines: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text(*lines))))
        assert run(tmp_path, "ingest", "-").code == 0

    piped(record(0), "broken")
    piped(record(0), record(1))
    shown = run(tmp_path, "quarantine", "show", "--json").document["lines"]
    assert [(one["file"], one["line"], one["ingest_id"], one["latest"]) for one in shown] == [("-", 2, 1, False)]


def test_the_command_says_which_version_of_a_file_it_was(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_bytes(text(record(0), "broken"))
    run(tmp_path, "ingest", "log.jsonl")
    (tmp_path / "log.jsonl").write_bytes(text(record(1), record(2), "broken too"))
    run(tmp_path, "ingest", "log.jsonl")
    shown = run(tmp_path, "quarantine", "show").stdout
    rows = [line.split()[:4] for line in shown.splitlines() if "log.jsonl" in line]
    assert rows == [["1", "log.jsonl", "2", "2"], ["2", "log.jsonl", "3", "3"]]
    assert "note: 1 line of an earlier version of a file that was ingested again since" in shown
