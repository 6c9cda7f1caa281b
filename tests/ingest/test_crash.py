"""Ingests that are killed, interrupted, run twice at once or out of room, for real: nothing lost, nothing twice.

`python -m benchmarks.crash` repeats the kills many more times.
"""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.crash import Crashes, broken_state, command, content, write_logs

LINES = 1_500


@pytest.fixture(scope="module")
def crashes(tmp_path_factory: pytest.TempPathFactory) -> Crashes:
    return Crashes(tmp_path_factory.mktemp("crashes"), LINES)


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_ingest_run_again_equals_a_clean_one(crashes: Crashes, seed: int) -> None:
    assert crashes.repeat(seed) == ""


def test_the_clean_run_has_what_the_kills_are_about(crashes: Crashes) -> None:
    requests, keys = crashes.clean["requests"][0][:2]
    assert requests == keys > LINES
    assert {row[0] for row in crashes.clean["formats"]} == {"native", "claude_code", "otlp_gen_ai"}
    assert len(crashes.clean["quarantine"]) == 102
    assert crashes.clean_later != crashes.clean


def test_ingests_at_once_wait_or_say_that_the_store_is_locked(tmp_path: Path) -> None:
    write_logs(tmp_path / "all", LINES)
    lines = (tmp_path / "all" / "app.jsonl").read_bytes()
    logs = [tmp_path / f"own{i}.jsonl" for i in range(2)]
    for one in logs:
        # Each has its own requests.
        one.write_bytes(lines.replace(b'"request_id": "', f'"request_id": "{one.stem}-'.encode()))
    db, clean = tmp_path / "store.duckdb", tmp_path / "clean.duckdb"
    for one in logs:
        subprocess.run(command(one, clean), check=True, stdout=subprocess.DEVNULL)
    children = [
        subprocess.Popen(command(one, db), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for one in logs
    ]
    answers = [(child.communicate()[1], child.returncode) for child in children]
    assert 0 in [code for _, code in answers]
    for said, code in answers:
        assert code == 0 or (code == 4 and "store-locked" in said and said.count("\n") == 1), said
    for one in logs:
        subprocess.run(command(one, db), check=True, stdout=subprocess.DEVNULL)
    assert content(db) == content(clean)


def _interruptible() -> None:
    """What a shell starts in the background ignores interrupts, and so does all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interrupted_ingest_answers_130_and_leaves_the_store_as_it_was(tmp_path: Path, crashes: Crashes) -> None:
    logs, db, seconds = tmp_path / "logs", tmp_path / "store.duckdb", crashes.seconds
    write_logs(logs, LINES)
    subprocess.run(command(logs / "table.csv", db), check=True, stdout=subprocess.DEVNULL)
    before, stored = content(db), db.read_bytes()
    (logs / "app.jsonl").write_bytes((logs / "app.jsonl").read_bytes() * 30)
    words = command(logs / "app.jsonl", db)
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    whole = content(db)
    assert whole != before
    interrupted = 0
    for _ in range(60):
        db.write_bytes(stored)
        child = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=_interruptible
        )
        time.sleep(seconds)
        child.send_signal(signal.SIGINT)
        out, said = child.communicate()
        if child.returncode == -signal.SIGINT or "site.py" in said:
            # The interpreter itself had not started yet: nothing of ours can answer.
            seconds *= 1.5
            continue
        if child.returncode != 0:
            assert (child.returncode, out, said) == (130, "", "routecli: interrupted\n")
            assert sorted(path.name for path in tmp_path.iterdir()) == ["logs", "store.duckdb"]
        if content(db) == whole:
            # It had kept everything before that, and only the report was missing.
            seconds *= 0.6
            continue
        assert content(db) == before
        interrupted += 1
        seconds *= 0.8
        if interrupted == 2:
            return
    pytest.fail("no interrupt met a running ingest")


@pytest.mark.parametrize("name", ["app.jsonl", "app.jsonl.gz"])
def test_a_full_disk_leaves_the_store_as_it_was(tmp_path: Path, small_disk: Path, name: str) -> None:
    import gzip

    logs, db = tmp_path / "logs", small_disk / "store.duckdb"
    write_logs(logs, LINES)
    subprocess.run(command(logs / "table.csv", db), check=True, stdout=subprocess.DEVNULL)
    before = content(db)
    lines = (logs / "app.jsonl").read_bytes()
    big = b"".join(lines.replace(b'"request_id": "', f'"request_id": "{i}-'.encode()) for i in range(30))
    (logs / name).write_bytes(gzip.compress(big, 1) if name.endswith(".gz") else big)
    words = [sys.executable, "-m", "routecli", "ingest", logs / name, logs / "spans.jsonl", "--db", db, "-f", "csv"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (4, 1)
    assert "out-of-room" in done.stderr and str(db) in done.stderr
    # The file after it is tried all the same.
    assert f"{logs / 'spans.jsonl'},otlp_gen_ai,498,498" in done.stdout
    assert content(db)["quarantine"] == before["quarantine"]
    assert content(db)["requests"][0][0] == before["requests"][0][0] + 498
    assert [path.name for path in small_disk.iterdir() if path.suffix != ".wal"] == ["store.duckdb"]
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    subprocess.run(command(logs / name, db), check=True, stdout=subprocess.DEVNULL)
    assert content(db)["requests"][0][0] > before["requests"][0][0] + 498 + 30 * LINES // 2


def test_a_first_ingest_on_a_full_disk_leaves_no_store(tmp_path: Path, small_disk: Path) -> None:
    logs, db = tmp_path / "logs", small_disk / "store.duckdb"
    write_logs(logs, 200)
    (small_disk / "filler").write_bytes(b"x" * 2_050_000)
    done = subprocess.run(command(logs / "app.jsonl", db), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (4, 1)
    assert "Traceback" not in done.stderr
    assert [path.name for path in small_disk.iterdir()] == ["filler"]


def test_small_files_on_a_full_disk_are_tried_one_by_one(tmp_path: Path, small_disk: Path) -> None:
    write_logs(tmp_path / "all", LINES)
    lines = (tmp_path / "all" / "app.jsonl").read_bytes().splitlines(keepends=True)[200:1200]
    logs, db, clean = tmp_path / "logs", small_disk / "store.duckdb", tmp_path / "clean.duckdb"
    logs.mkdir()
    for i in range(40):
        own = b"".join(lines).replace(b'"request_id": "', f'"request_id": "{i}-'.encode())
        (logs / f"{i:02d}.jsonl").write_bytes(own)
    words = [*command(logs, db), "-f", "csv"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (4, False), done.stderr
    loaded = done.stdout.count(",loaded")
    assert 0 < loaded < 40
    assert done.stdout.count("out-of-room") == 40 - loaded
    assert broken_state(db) == ""
    assert [path.name for path in small_disk.iterdir() if path.suffix != ".wal"] == ["store.duckdb"]
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    for one in (db, clean):
        subprocess.run(command(logs, one), check=True, stdout=subprocess.DEVNULL)
    assert content(db) == content(clean)
