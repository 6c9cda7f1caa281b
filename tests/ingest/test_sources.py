"""Which files the paths on the command line name."""

import gzip
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow
import pytest

from routecli.data.logs.sources import find

CHILD = """
import sys
from datetime import datetime
from pathlib import Path
from routecli.data.logs.ingest import ingest
from routecli.model.ingest import IngestOptions
(one,) = ingest(Path(sys.argv[1]), ["-"], IngestOptions(), now=datetime(2026, 11, 24))
print(one.path, one.rows_new, one.rows_duplicate, one.unchanged, one.error and one.error.id)
"""


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    names = ["b.jsonl", "a.csv", "sub/c.json.gz", "sub/deep/d.PARQUET", "e.ndjson.zst", "notes.txt", ".hidden.jsonl"]
    for name in [*names, ".git/x.json", "store.duckdb"]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    return tmp_path


def names(folder: Path, *paths: str) -> list[str]:
    found = find([str(folder / path) for path in paths])
    assert all(one.error is None for one in found)
    return [os.path.relpath(one.name, folder) for one in found]


def test_a_directory_is_searched_for_known_suffixes_in_order(logs: Path) -> None:
    assert names(logs, ".") == ["a.csv", "b.jsonl", "e.ndjson.zst", "sub/c.json.gz", "sub/deep/d.PARQUET"]


def test_patterns(logs: Path) -> None:
    assert names(logs, "*.jsonl") == ["b.jsonl"]
    assert names(logs, "*.[jc]*") == ["a.csv", "b.jsonl"]
    assert names(logs, "**/*.gz") == ["sub/c.json.gz"]


def test_a_name_that_looks_like_a_pattern_is_itself_first(tmp_path: Path) -> None:
    (tmp_path / "a[1].jsonl").write_text("x")
    (tmp_path / "a1.jsonl").write_text("x")
    assert names(tmp_path, "a[1].jsonl") == ["a[1].jsonl"]


def test_a_file_named_twice_is_read_once(logs: Path) -> None:
    assert names(logs, "b.jsonl", "*.jsonl", "sub/../b.jsonl") == ["b.jsonl"]


@pytest.mark.parametrize("path", ["none.jsonl", "*.none", "empty"])
def test_nothing_there(logs: Path, path: str) -> None:
    (logs / "empty").mkdir()
    (found,) = find([str(logs / path)])
    assert found.error is not None
    assert (found.error.id, found.error.exit_code) == ("no-such-file", 4)


def test_no_permission(bench: Any, good: Any) -> None:
    path = bench.write("log.jsonl", [good])
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    (result,) = bench.run(path)
    assert result.error.id == "unreadable-path"


@pytest.mark.parametrize("wrap", [bytes, gzip.compress, lambda data: pyarrow.compress(data, "zstd", asbytes=True)])
def test_standard_input_is_spooled(bench: Any, good: Any, wrap: Any) -> None:
    data = wrap(bench.write("log.jsonl", [good, {**good, "request_id": "r2"}]).read_bytes())
    said = [
        subprocess.run([sys.executable, "-c", CHILD, str(bench.db)], input=data, capture_output=True, check=True).stdout
        for _ in range(2)
    ]
    assert said == [b"- 2 0 False None\n", b"- 0 2 True None\n"]
    assert {row[0] for row in bench.rows("source_file")} == {"-"}
    assert sorted(path.name for path in bench.folder.iterdir()) == ["log.jsonl", "store.duckdb"]


def test_empty_standard_input(bench: Any) -> None:
    done = subprocess.run([sys.executable, "-c", CHILD, str(bench.db)], input=b"", capture_output=True, check=True)
    assert done.stdout == b"- 0 0 False nothing-to-load\n"
