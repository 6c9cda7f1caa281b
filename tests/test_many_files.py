"""What `ingest` says of a folder with more files than anybody would read line by line."""

import csv
import io
import json
from pathlib import Path

from inprocess import run

LINE = {"timestamp": "2026-11-01T00:00:00Z", "model": "m", "input_tokens": 1, "output_tokens": 2}


def folder_of(path: Path, files: int) -> Path:
    logs = path / "logs"
    logs.mkdir()
    for i in range(files):
        lines = [{**LINE, "request_id": f"r{i}-{j}"} for j in range(2)]
        (logs / f"{i:02d}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    with (logs / "07.jsonl").open("a") as file:
        file.write("{broken\n")
    (logs / "09.jsonl").write_text("")
    return logs


def test_up_to_twenty_files_are_shown_one_by_one(tmp_path: Path) -> None:
    folder_of(tmp_path, 20)
    shown = run(tmp_path, "ingest logs").stdout
    assert all(f"logs/{i:02d}.jsonl" in shown for i in range(20))


def test_of_more_files_the_formats_are_shown_and_what_is_odd(tmp_path: Path) -> None:
    folder_of(tmp_path, 30)
    outcome = run(tmp_path, "ingest logs")
    lines = outcome.stdout.splitlines()
    assert outcome.code == 3
    assert lines[0] == "58 new requests in routecli.duckdb (0 duplicates, 1 bad line in quarantine)"
    (native,) = (line.split() for line in lines if line.startswith("native"))
    assert native == ["native", "29", "59", "58", "0", "0", "1", "loaded"]
    assert [line.split()[0] for line in lines if line.startswith("logs/")] == ["logs/07.jsonl", "logs/09.jsonl"]
    assert "note: native: 1 x broken-json" in lines
    assert "note: every file: --format csv or json" in lines


def test_programs_get_every_file(tmp_path: Path) -> None:
    folder_of(tmp_path, 30)
    document = json.loads(run(tmp_path, "ingest logs --json").stdout)
    assert len(document["files"]) == document["totals"]["files"] == 30
    (group,) = document["formats"]
    taken = [one for one in document["files"] if not one["error"]]
    assert (group["format"], group["files"], group["unchanged"]) == ("native", len(taken), False)
    for name in ("rows_read", "rows_new", "rows_duplicate", "rows_skipped", "rows_quarantined"):
        assert group[name] == sum(one[name] for one in taken)
    again = run(tmp_path, "ingest logs --format csv")
    rows = list(csv.DictReader(io.StringIO(again.stdout)))
    assert [row["path"] for row in rows] == [one["path"] for one in document["files"]]
