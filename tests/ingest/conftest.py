"""A small ingest bench: write bytes to a file, ingest, look at what is in the store."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from routecli.data.logs.ingest import ingest
from routecli.data.logs.quarantine import list_quarantine
from routecli.data.store import connect
from routecli.model.ingest import FileResult, IngestOptions, QuarantinedRecord
from tests.databases import base, litellm, postgres
from tests.shelves import GOOD, shelf, storage

__all__ = ["GOOD", "Bench", "base", "litellm", "postgres", "shelf", "storage"]

NOW = datetime(2026, 11, 24)


class Bench:
    """One store in a directory of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.db = folder, folder / "store.duckdb"

    def write(self, name: str, content: bytes | str | Sequence[Any]) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = content.encode()
        elif not isinstance(content, bytes):
            content = b"".join(json.dumps(one).encode() + b"\n" for one in content)
        path.write_bytes(content)
        return path

    def run(self, *paths: Path | str, **options: Any) -> list[FileResult]:
        results = ingest(self.db, [str(path) for path in paths], IngestOptions(**options), now=NOW)
        for one in results:
            if not one.error:
                assert one.rows_read == one.rows_new + one.rows_duplicate + one.rows_skipped + one.rows_quarantined
                assert sum(one.reasons.values()) == one.rows_quarantined
                assert sum(one.skipped.values()) == one.rows_skipped
        return results

    def load(self, content: bytes | str | Sequence[Any], name: str = "log.jsonl", **options: Any) -> FileResult:
        return self.run(self.write(name, content), **options)[0]

    def rows(self, columns: str = "*", order: str = "ingest_id, record_ref") -> list[tuple[Any, ...]]:
        with connect(self.db, write=False) as con:
            return con.execute(f"SELECT {columns} FROM requests ORDER BY {order}").fetchall()

    def one(self, columns: str) -> Any:
        (row,) = self.rows(columns)
        return row if len(row) > 1 else row[0]

    def quarantined(self) -> list[QuarantinedRecord]:
        with connect(self.db, write=False) as con:
            return list_quarantine(con)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Bench]:
    return lambda: Bench(tmp_path_factory.mktemp("bench"))


@pytest.fixture
def good() -> dict[str, Any]:
    return dict(GOOD)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    mount = shutil.which("mount")
    if mount is None or os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root can mount a small file system to fill")
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)
