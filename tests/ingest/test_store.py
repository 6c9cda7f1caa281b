"""The store: never made by reading, never half written, one writer at a time, no prompt text in it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from routecli.data.columns import COLUMNS
from routecli.data.logs.ingest import ingest
from routecli.data.store import connect
from routecli.errors import EnvironmentFault, UsageError
from routecli.model.ingest import IngestOptions

CHILD = """
import sys
from datetime import datetime
from pathlib import Path
from routecli.data.logs.ingest import ingest
from routecli.model.ingest import IngestOptions
print("ready", flush=True)
results = ingest(Path(sys.argv[1]), sys.argv[2:], IngestOptions(), now=datetime(2026, 11, 24))
print([(one.rows_read, one.rows_new, one.error and one.error.id) for one in results])
"""


def fault_of(path: Path, *, write: bool = False) -> str:
    with pytest.raises(EnvironmentFault) as caught:
        connect(path, write=write).close()
    assert str(path) in caught.value.line()
    return caught.value.id


def test_reading_never_makes_a_store(tmp_path: Path) -> None:
    assert fault_of(tmp_path / "none.duckdb") == "no-store"
    assert list(tmp_path.iterdir()) == []


def test_an_empty_engine_file_is_no_store_yet_and_can_become_one(bench: Any, good: Any) -> None:
    duckdb.connect(str(bench.db)).close()
    assert fault_of(bench.db) == "no-store"
    assert bench.load([good]).rows_new == 1


@pytest.mark.parametrize("write", [False, True])
def test_what_is_not_a_store(tmp_path: Path, write: bool) -> None:
    text, other, older = (tmp_path / name for name in ("text", "other", "older"))
    text.write_text("not a database, whatever its name says\n" * 500)
    with duckdb.connect(str(other)) as con:
        con.execute("CREATE TABLE guests (name VARCHAR)")
    with duckdb.connect(str(older)) as con:
        con.execute("CREATE TABLE meta AS SELECT 'routecli' AS product, 0 AS schema_version")
    assert {fault_of(path, write=write) for path in (text, other, older)} == {"bad-store"}
    assert text.read_text().startswith("not a database")


def test_a_directory_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault) as caught:
        connect(tmp_path / "none" / "s.duckdb", write=True)
    assert caught.value.id == "no-such-directory"


def test_a_store_in_use_by_another_process(bench: Any, good: Any) -> None:
    bench.load([good])
    hold = "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(bench.db)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert fault_of(bench.db) == "store-locked"
        assert fault_of(bench.db, write=True) == "store-locked"
        holder.communicate("")
    assert bench.one("request_id") == "r1"


def test_the_engine_works_in_utc_and_fetches_nothing(bench: Any, good: Any) -> None:
    bench.load([good])
    with connect(bench.db, write=False) as con:
        settings = "SELECT name, value FROM duckdb_settings() WHERE name IN (?, ?, ?) ORDER BY name"
        names = ["TimeZone", "autoinstall_known_extensions", "autoload_known_extensions"]
        assert [value for _, value in con.execute(settings, names).fetchall()] == ["UTC", "false", "false"]
        with pytest.raises(duckdb.Error):
            con.execute("DELETE FROM ingests")


def test_requests_has_the_canonical_columns_in_order(bench: Any, good: Any) -> None:
    bench.load([good])
    with connect(bench.db, write=False) as con:
        described = [(row[0], row[1]) for row in con.execute("DESCRIBE requests").fetchall()]
    assert described == [(column.name, column.sql_type) for column in COLUMNS]


@pytest.mark.parametrize("memory", ["many", "0x", ""])
def test_a_memory_limit_that_is_none(bench: Any, good: Any, memory: str) -> None:
    with pytest.raises(UsageError) as caught:
        bench.load([good], memory=memory)
    assert caught.value.id == "bad-memory"
    assert not bench.db.exists()


def test_a_small_memory_limit_is_kept(bench: Any, good: Any) -> None:
    content = [{**good, "request_id": f"r{i}", "session_id": f"{i:040}", "endpoint": f"{i:060}"} for i in range(60_000)]
    assert bench.load(content, memory="120MB").rows_new == 60_000


def test_too_many_bad_lines_write_nothing(bench: Any, good: Any) -> None:
    bad = {**good, "input_tokens": -1}
    content = [{**good, "request_id": f"r{i}"} for i in range(8)] + [bad, bad]
    refused = bench.load(content, max_bad=0.19)
    assert refused.error is not None
    assert (refused.error.id, refused.error.exit_code, refused.rows_new) == ("too-many-bad-lines", 3, 0)
    assert "bad-integer 2x from line 9" in refused.error.line()
    assert not bench.db.exists()
    assert bench.load(content, max_bad=0.2).rows_new == 8
    with pytest.raises(UsageError):
        bench.load(content, max_bad=1.5)


def test_a_failed_first_ingest_leaves_no_store(bench: Any) -> None:
    assert bench.load("broken\n").error is not None
    assert [path.name for path in bench.folder.iterdir()] == ["log.jsonl"]


def test_one_bad_file_does_not_stop_the_others(bench: Any, good: Any) -> None:
    paths = [bench.write("a.jsonl", [good]), bench.write("b.jsonl", "broken"), bench.folder / "none.jsonl"]
    paths.append(bench.write("d.jsonl", [{**good, "request_id": "r2"}]))
    results = bench.run(*paths)
    assert [one.error and one.error.id for one in results] == [None, "nothing-to-load", "no-such-file", None]
    assert len(bench.rows()) == 2


def test_progress_is_told_before_each_file(bench: Any, good: Any) -> None:
    paths = [str(bench.write(name, [{**good, "request_id": name}])) for name in ("a.jsonl", "b.jsonl")]
    from datetime import datetime

    told: list[tuple[str, int, int]] = []
    now = datetime(2026, 11, 24)
    ingest(bench.db, paths, IngestOptions(), now=now, on_progress=lambda *where: told.append(where))
    assert told == [(paths[0], 0, 2), (paths[1], 1, 2)]


@pytest.mark.parametrize("known", [False, True], ids=["first", "later"])
def test_an_ingest_killed_midway_leaves_nothing_half_done(bench: Any, good: Any, known: bool) -> None:
    if known:
        bench.load([{**good, "request_id": "before"}], "before.jsonl")
    line = (
        '{"request_id": "r%07d", "timestamp": "2026-11-01T00:00:00Z", "model": "m", "input_tokens": 1, '
        '"output_tokens": 1, "session_id": "s%07d"}'
    )
    big = bench.write("big.jsonl", "\n".join(line % (i, i) for i in range(300_000)))
    command = [sys.executable, "-c", CHILD, str(bench.db), str(big)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        before = bench.db.stat().st_size if known else 0
        deadline = time.monotonic() + 60
        # Killed as soon as the store's file is there and being written.
        while child.poll() is None and time.monotonic() < deadline:
            if bench.db.exists() and bench.db.stat().st_size > before + 200_000:
                break
            time.sleep(0.002)
        child.send_signal(signal.SIGKILL)
        child.wait()
    if known:
        with connect(bench.db, write=False) as con:
            assert con.execute("SELECT count(*) FROM ingests").fetchall()[0][0] in (1, 2)
            assert con.execute("SELECT count(*) FROM requests").fetchall()[0][0] in (1, 300_001)
    (again,) = bench.run(big)
    assert again.error is None
    assert len(bench.rows("request_id")) == 300_000 + known
    leftovers = {path.name for path in bench.folder.iterdir()} - {"store.duckdb", "big.jsonl", "before.jsonl"}
    assert leftovers == set()


SECRETS = [
    f"secret-{word}" for word in ("prompt", "broken", "typed", "nested", "cell", "user", "cut", "error", "misfit")
]


def test_no_prompt_text_reaches_the_store(bench: Any, good: Any) -> None:
    import json

    prompt, broken, typed, nested, cell, user, cut, error, misfit = SECRETS
    lines = [
        json.dumps({**good, "prompt": prompt, "messages": [{"content": prompt}], "user": user}),
        json.dumps({**good, "request_id": "r2", "input_tokens": -1, "prompt": prompt, "user_id": user}),
        json.dumps({**good, "request_id": "r3", "query_type": {"text": nested}}),
        json.dumps({**good, "request_id": "r4", "input_tokens": [typed]}),
        json.dumps({**good, "request_id": "r5", "error_type": f"{error} " * 40}),
        f'{{"prompt": "say \\"model\\": \\"{broken}\\"", "model": "m", "text": "a "model": "{broken}" b"}}',
        f'{{"model": "m", "user_id": "{user}", "prompt": "{cut}',
        f'["{prompt}"]',
    ]
    bench.load("\n".join(lines))
    rows = [
        f'm,2026-11-01T00:00:00Z,5,"{cell}\n{cell}"',
        f"m,2026-11-01T00:00:00Z,-5,{cell}",
        f"m,2026-11-01T00:00:00Z,5,{misfit},{misfit}",
        f'm,2026-11-01T00:00:00Z,"{misfit}" x,5',
    ]
    bench.load("model,timestamp,input_tokens,prompt\n" + "\n".join(rows) + "\n", "log.csv")
    with connect(bench.db, write=True) as con:
        con.execute("CHECKPOINT")
        tables = [row[0] for row in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        shown = str([con.execute(f"SELECT * FROM {table}").fetchall() for table in tables])
    assert len(bench.quarantined()) == 9
    files = [path for path in bench.folder.rglob("*") if path.name.startswith("store")]
    stored = b"".join(path.read_bytes() for path in files)
    for secret in SECRETS:
        assert secret not in shown
        assert secret.encode() not in stored


def test_spooled_text_has_no_name_while_it_is_read(bench: Any, good: Any) -> None:
    if not Path(f"/proc/{os.getpid()}/fd").exists():
        pytest.skip("this system has no path to a file without a name")
    from routecli.data.logs.sources import Ask, find, opened

    path = bench.write("log.jsonl", b"\xef\xbb\xbf{}\n")
    (found,) = find([str(path)])
    with opened(found, Ask(bench.folder)) as source:
        assert Path(source.path).read_bytes() == b"{}\n"
        assert [one.name for one in bench.folder.iterdir()] == ["log.jsonl"]
