"""Hostile files through the real command: counts add up, the exit code is right, nothing crashes or is made up."""

import gzip
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from tests.inprocess import Outcome, run

GOOD = {"request_id": "r1", "timestamp": "2026-11-01T00:00:00Z", "model": "m", "input_tokens": 10, "output_tokens": 2}
LINE = json.dumps(GOOD)
PARTS = ("rows_new", "rows_duplicate", "rows_skipped", "rows_quarantined")
BOM = b"\xef\xbb\xbf"


def other(i: int, **more: Any) -> str:
    return json.dumps({**GOOD, "request_id": f"x{i}", **more})


def raw(**texts: str) -> str:
    """The good record with other JSON text for some values."""
    return "{" + ", ".join(f'"{key}": {texts.get(key, json.dumps(value))}' for key, value in GOOD.items()) + "}"


def packed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def ingest(folder: Path, *paths: str) -> Outcome:
    """The answer, whose counts add up: of every file, and of all."""
    outcome = run(folder, "ingest", *paths, "--json")
    assert "Traceback" not in outcome.stderr and outcome.stderr.count("\n") <= 1 + len(paths)
    if not outcome.stdout:
        return outcome
    document = outcome.document
    for one in [*document["files"], document["totals"]]:
        if not one.get("error"):
            assert one["rows_read"] == sum(one[part] for part in PARTS), one
            assert "reasons" not in one or sum(one["reasons"].values()) == one["rows_quarantined"]
        else:
            assert [one[part] for part in PARTS] == [0, 0, 0, 0]
    for part in ("rows_new", "rows_quarantined"):
        assert document["totals"][part] == sum(one[part] for one in document["files"])
    return outcome


def files(outcome: Outcome) -> list[dict[str, Any]]:
    return list(outcome.document["files"])


def stored(folder: Path, columns: str) -> list[tuple[Any, ...]]:
    import duckdb

    with duckdb.connect(str(folder / "routecli.duckdb"), read_only=True) as con:
        return con.execute(f"SELECT {columns} FROM requests ORDER BY request_id").fetchall()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (other(1, prompt="x" * 10_000_000), None),
        (other(1, prompt="x" * 10_000_000)[:-2], "broken-json"),
        (LINE[:-1] + ', "note": ' + "[" * 10_000 + "]" * 10_000 + "}", None),
        (LINE[:-1] + ', "note": ' + '{"a":' * 10_000 + "1" + "}" * 10_000 + "}", None),
        ("[" * 10_000, "broken-json"),
        (raw(model='"\\ud800"'), "broken-json"),
        (raw(model='"\\udc00\\ud800"'), "broken-json"),
        (raw(model='"\\ud83d\\ude00"'), None),
        (raw(model='"a\\u0000b"'), "bad-label"),
        (raw(request_id='"a\\u0000b"'), "bad-label"),
        (LINE[:-1] + ', "model": "n"}', "duplicate-key"),
        (LINE[:-1] + ', "model": "m"}', "duplicate-key"),
        (raw(input_tokens='"10"'), None),
        (raw(input_tokens='" 10 "'), "bad-integer"),
        (raw(input_tokens='"1,000"'), "bad-integer"),
        (raw(input_tokens="1e999"), "bad-integer"),
        (raw(input_tokens="NaN"), "bad-integer"),
        (raw(input_tokens="-0"), None),
        (raw(input_tokens="1e-400"), None),
        (raw(input_tokens="1" * 30), "bad-integer"),
        (raw(input_tokens="-1"), "bad-integer"),
        (raw(input_tokens="1.5"), "bad-integer"),
        (raw(model='"x\'); DROP TABLE request_rows; --"'), None),
        (LINE[:-1] + ', "x\'); DROP TABLE request_rows; --": 1, "\\"; SELECT 1": {"$": "{}"}}', None),
    ],
    ids=lambda case: str(case)[-44:],
)
def test_one_hostile_line_among_good_ones(tmp_path: Path, line: str, reason: str | None) -> None:
    (tmp_path / "log.jsonl").write_text(f"{other(2)}\n{line}\n{other(3)}\n", encoding="utf-8")
    outcome = ingest(tmp_path, "log.jsonl")
    (file,) = files(outcome)
    assert (outcome.code, file["rows_read"], file["rows_new"]) == (0, 3, 2 if reason else 3)
    assert file["reasons"] == ({reason: 1} if reason else {})
    shown = run(tmp_path, "quarantine", "show", "--json").document["lines"]
    assert [(one["line"], one["record"]) for one in shown] == ([(2, 2)] if reason else [])
    counts = stored(tmp_path, "input_tokens, output_tokens")
    assert set(counts) <= {(10, 2), (0, 2)} and counts.count((0, 2)) == (": -0" in line or "1e-400" in line)


@pytest.mark.parametrize("bad", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x00"], ids=repr)
@pytest.mark.parametrize(
    "place", [b"{", b'"request_id', b'"r1', b'"model', b'"m', b"10", b"}", b"before", b"behind"], ids=repr
)
def test_bytes_that_are_no_text_anywhere(tmp_path: Path, place: bytes, bad: bytes) -> None:
    line = LINE.encode()
    at = {b"before": 0, b"behind": len(line)}.get(place, line.find(place) + len(place))
    spoiled = line[:at] + bad + line[at:]
    (tmp_path / "log.jsonl").write_bytes(b"\n".join([other(2).encode(), spoiled, bad, other(3).encode(), b""]))
    outcome = ingest(tmp_path, "log.jsonl")
    (file,) = files(outcome)
    assert (outcome.code, file["rows_read"], file["rows_new"]) == (0, 4, 2)
    assert set(file["reasons"]) <= {"bad-encoding", "broken-json"}
    assert [one[0] for one in stored(tmp_path, "request_id")] == ["x2", "x3"]


@pytest.mark.parametrize(
    ("name", "content", "code", "new", "bad"),
    [
        ("a.jsonl", BOM + f"{LINE}\n".encode(), 0, 1, 0),
        ("a.json", BOM + f"[{LINE}]".encode(), 0, 1, 0),
        ("a.csv", BOM + b"model,timestamp\nm,1793491200\n", 0, 1, 0),
        ("a.jsonl", f"{LINE}\n".encode("utf-16"), 3, 0, 0),
        ("a.jsonl", b"\xfe\xff" + f"{LINE}\n".encode("utf-16-be"), 3, 0, 0),
        ("a.csv", "model,timestamp\nm,1793491200\n".encode("utf-16"), 3, 0, 0),
        ("a.jsonl", f"{LINE}\n".encode("utf-16-le"), 3, 0, 0),
        ("a.jsonl", f"{LINE}\r\n{other(2)}\r\n\r\n".encode(), 0, 2, 0),
        ("a.jsonl", f"{LINE}\r{other(2)}\r\r".encode(), 0, 2, 0),
        ("a.json", f"[\r\n{LINE},\r\n{other(2)}\r\n]\r\n".encode(), 0, 2, 0),
        ("a.jsonl", LINE.encode(), 0, 1, 0),
        ("a.json", b"[" + LINE.encode() + b"]", 0, 1, 0),
        ("a.csv", b"model,timestamp\nm,1793491200", 0, 1, 0),
        ("a.jsonl", b"", 3, 0, 0),
        ("a.jsonl", b"\n \n\t\r\n\n", 3, 0, 0),
        ("a.csv", b"\n\n\n", 3, 0, 0),
        ("a.parquet", b"", 3, 0, 0),
        ("a.jsonl", b"\x00" * 5000, 3, 0, 0),
        ("a.jsonl", f"{LINE}\n".encode() + b"\x00" * 5000, 0, 1, 1),
        ("a.jsonl.gz", b"", 3, 0, 0),
        ("a.jsonl.gz", packed(b""), 3, 0, 0),
        ("a.jsonl.gz", packed(f"{LINE}\n".encode()) + b"garbage", 3, 0, 0),
        ("a.jsonl.gz", packed(f"{LINE}\n".encode()) + b"\x00" * 64, 0, 1, 0),
        ("a.jsonl.gz", packed(f"{LINE}\n".encode()) + packed(f"{other(2)}\n".encode()), 0, 2, 0),
        ("a.jsonl.gz", packed(f"{LINE}\n".encode())[:-3], 3, 0, 0),
        ("a.jsonl.zst", pyarrow.compress(f"{LINE}\n".encode(), "zstd", asbytes=True), 0, 1, 0),
        (
            "a.jsonl.zst",
            b"".join(pyarrow.compress(f"{one}\n".encode(), "zstd", asbytes=True) for one in (LINE, other(2))),
            0,
            2,
            0,
        ),
        ("a.jsonl.zst", pyarrow.compress(f"{LINE}\n".encode(), "zstd", asbytes=True)[:-3], 3, 0, 0),
        ("a.jsonl.zst", pyarrow.compress(f"{LINE}\n".encode(), "zstd", asbytes=True) + b"garbage", 3, 0, 0),
    ],
)
def test_whole_files(tmp_path: Path, name: str, content: bytes, code: int, new: int, bad: int) -> None:
    (tmp_path / name).write_bytes(content)
    outcome = ingest(tmp_path, name)
    (file,) = files(outcome)
    assert (outcome.code, file["rows_new"], file["rows_quarantined"]) == (code, new, bad), outcome.stderr
    assert bool(file["error"]) == bool(code) == (name in outcome.stderr)
    assert (tmp_path / "routecli.duckdb").exists() == (not code)
    again = ingest(tmp_path, name)
    assert (again.code, files(again)[0]["rows_new"], files(again)[0]["unchanged"]) == (code, 0, not code)


def test_a_folder_that_contains_itself(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    (folder / "deep").mkdir(parents=True)
    (folder / "log.jsonl").write_text(LINE + "\n", encoding="utf-8")
    (folder / "deep" / "log.jsonl").write_text(other(2) + "\n", encoding="utf-8")
    (folder / "deep" / "up").symlink_to(folder)
    (folder / "self.jsonl").symlink_to(folder / "self.jsonl")
    os.mkfifo(folder / "pipe.jsonl")
    outcome = ingest(tmp_path, "logs")
    assert (outcome.code, outcome.document["totals"]["files"], outcome.document["totals"]["rows_new"]) == (0, 2, 2)
    for path in ("logs/self.jsonl", "logs/nothing/../log.jsonl"):
        refused = ingest(tmp_path, path)
        assert (refused.code, "[no-such-file]" in refused.stderr) == (4, True), path


def test_two_names_for_one_file(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(f"{LINE}\nbroken\n", encoding="utf-8")
    (tmp_path / "soft.jsonl").symlink_to(tmp_path / "a.jsonl")
    os.link(tmp_path / "a.jsonl", tmp_path / "hard.jsonl")
    outcome = ingest(tmp_path, "a.jsonl", "soft.jsonl", "./a.jsonl", "hard.jsonl")
    assert outcome.code == 0
    assert [(one["path"], one["rows_new"], one["unchanged"]) for one in files(outcome)] == [
        ("a.jsonl", 1, False),
        ("hard.jsonl", 0, True),
    ]
    assert len(stored(tmp_path, "request_id")) == 1


def test_a_pipe_and_a_file_that_is_gone_before_it_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "later.jsonl").write_text(other(2) + "\n", encoding="utf-8")

    def write() -> None:
        # The command waits here, and has listed both by now.
        with (tmp_path / "pipe").open("w", encoding="utf-8") as pipe:
            (tmp_path / "later.jsonl").unlink()
            pipe.write(f"{LINE}\nbroken\n")

    writer = threading.Thread(target=write)
    writer.start()
    outcome = ingest(tmp_path, "pipe", "later.jsonl")
    writer.join()
    pipe, gone = files(outcome)
    assert (outcome.code, pipe["rows_new"], pipe["rows_quarantined"]) == (4, 1, 1)
    assert "[no-such-file]" in gone["error"] and "later.jsonl" in outcome.stderr


CHILD = """
import contextlib, os, sys
from routecli.cli.app import app
from routecli.diagnostics import run_app
os.chdir(sys.argv[1])
with contextlib.redirect_stdout(None):
    # Another user may not be able to read the program: all of it is to be loaded before.
    run_app(app, ["ingest", "open.jsonl", "closed.jsonl", "--db", "other.duckdb", "--json"])
os.setgid(65534); os.setuid(65534)
sys.exit(run_app(app, ["ingest", *sys.argv[2:], "--json"]))
"""


def test_a_file_and_a_folder_that_may_not_be_read(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can stop being root")
    # Where the store goes anybody may write, and everybody may pass through what is above it.
    for folder in [tmp_path, *tmp_path.parents]:
        folder.chmod(folder.stat().st_mode | 0o755)
    tmp_path.chmod(0o777)
    (tmp_path / "open.jsonl").write_text(LINE + "\n", encoding="utf-8")
    (tmp_path / "closed.jsonl").write_text(other(2) + "\n", encoding="utf-8")
    (tmp_path / "closed.jsonl").chmod(0)
    (tmp_path / "shut").mkdir()
    (tmp_path / "shut").chmod(0)
    words = [sys.executable, "-c", CHILD, str(tmp_path), "closed.jsonl", "shut", "open.jsonl"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    document = json.loads(done.stdout)
    assert (done.returncode, [one["rows_new"] for one in document["files"]]) == (4, [0, 0, 1])
    assert [one["error"] and "[unreadable-path]" in one["error"] for one in document["files"]] == [True, True, None]


FIELDS = ["when'); DROP TABLE request_rows; --", 'llm" OR 1=1 --"', "in}to{k$1?", "out\ntokens"]


def written(kind: str, rows: list[list[Any]]) -> bytes:
    import csv
    import io

    records = [dict(zip(FIELDS, row, strict=True)) for row in rows]
    if kind == "jsonl":
        return "\n".join(map(json.dumps, records)).encode()
    if kind == "json":
        return json.dumps(records).encode()
    if kind == "parquet":
        sink = pyarrow.BufferOutputStream()
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(records), sink)
        return bytes(sink.getvalue())
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n" if kind == "crlf.csv" else "\n")
    writer.writerows([FIELDS, *rows])
    return text.getvalue().encode()


@pytest.mark.parametrize("kind", ["jsonl", "json", "parquet", "csv", "crlf.csv"])
def test_names_of_fields_are_names_and_nothing_else(tmp_path: Path, kind: str) -> None:
    times = ["2026-11-01T00:00:00Z", "2026-11-01T00:00:01Z"]
    rows: list[list[Any]] = [[times[0], "m'; DROP TABLE requests; --", 10, 2], [times[1], 'x"y', 11, -2]]
    (tmp_path / f"log.{kind}").write_bytes(written(kind, rows))
    columns = ("ts", "model", "input_tokens", "output_tokens")
    maps = [word for pair in zip(columns, FIELDS, strict=True) for word in ("--map", "=".join(pair))]
    outcome = ingest(tmp_path, f"log.{kind}", *maps)
    (file,) = files(outcome)
    assert (outcome.code, file["rows_new"], file["reasons"]) == (0, 1, {"bad-integer": 1}), outcome.stderr
    assert stored(tmp_path, "model_served, input_tokens, output_tokens") == [("m'; DROP TABLE requests; --", 10, 2)]
    (line,) = run(tmp_path, "quarantine", "show", "--json").document["lines"]
    assert FIELDS[0] in line["excerpt"] and line["reason"] == "bad-integer"


LABELS = ["=cmd()", "+1", "-1", "@x", "\t=x", "＝x", "'=x"]
LISTS = [
    "bill --by query_type",
    "baseline --by query_type",
    "latency --by query_type",
    "simulate --cascade haiku:sonnet --success 0.7",
    "quarantine show",
    "workload show --by query_type",
]


def test_no_label_is_a_formula_in_any_csv(tmp_path: Path) -> None:
    import csv

    lines = [
        json.dumps({**GOOD, "model": "claude-sonnet-4-6", "request_id": f"r{i}", "query_type": label, "latency_ms": 5})
        for i, label in enumerate(LABELS)
    ]
    bad = [json.dumps({**GOOD, "request_id": label, "input_tokens": -1}) for label in LABELS]
    (tmp_path / "=log.jsonl").write_text("\n".join([*lines, *bad]), encoding="utf-8")
    assert ingest(tmp_path, "=log.jsonl").code == 0
    seen = set()
    for words in LISTS:
        outcome = run(tmp_path, *words.split(), "-f", "csv")
        if outcome.code == 2:
            continue
        assert outcome.code == 0, outcome.stderr
        seen.add(words)
        cells = [cell for row in csv.reader(outcome.stdout.splitlines()) for cell in row]
        assert cells and not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "＝")) or cell == "-1"], (
            words
        )
    assert {"bill --by query_type", "baseline --by query_type", "quarantine show"} <= seen
    assert run(tmp_path, "workload", "build", "-o", "w.csv").code == 0
    text = (tmp_path / "w.csv").read_text(encoding="utf-8")
    cells = [cell for row in csv.reader(text.splitlines()[1:]) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "＝")) or cell == "-1"]
    # And it reads back as it was.
    told = [run(tmp_path, "bill", "--by", "query_type", "--json", *more) for more in ([], ["--workload", "w.csv"])]
    types = [sorted(one["query_type"] for one in outcome.document["groups"]) for outcome in told]
    assert types[0] == types[1] == sorted(label for label in LABELS if "\t" not in label)
