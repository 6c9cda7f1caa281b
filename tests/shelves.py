"""Prefixes in buckets of object storage on loopback, for tests that read what is in them."""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from tests import servers
from tests.inprocess import Outcome, run

GOOD = {"request_id": "r1", "timestamp": "2026-11-01T00:00:00Z", "model": "m", "input_tokens": 10, "output_tokens": 2}
SERVERS = {"s3": (servers.s3, "moto"), "gs": (servers.gcs, "gcp_storage_emulator")}


ROWS = [{**GOOD, "request_id": f"r{i}"} for i in range(3)]


def jsonl(*rows: Any) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def parquet(*rows: Any) -> bytes:
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(rows)), sink)
    return bytes(sink.getvalue())


@pytest.fixture(scope="session", params=SERVERS)
def storage(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Storage]:
    start, package = SERVERS[request.param]
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    with start(tmp_path_factory.mktemp("storage")) as running:
        yield running


class Shelf:
    """A prefix of its own in the bucket, and the command that reads it."""

    def __init__(self, server: servers.Storage, folder: Path) -> None:
        self.server, self.folder, self.prefix = server, folder, folder.name
        self.url = f"{server.scheme}://logs/{self.prefix}"

    def put(self, key: str, content: bytes) -> str:
        self.server.put(f"{self.prefix}/{key}", content)
        return f"{self.url}/{key}"

    def ingest(self, *paths: str) -> Outcome:
        outcome = run(self.folder, "ingest", *paths, "--json")
        assert (outcome.code == 0) == (outcome.stderr == ""), outcome.stderr
        assert [path.name for path in self.folder.iterdir() if "spool" in path.name] == []
        return outcome

    def files(self, *paths: str) -> list[dict[str, Any]]:
        outcome = self.ingest(*paths)
        assert outcome.code == 0, outcome.stderr
        found: list[dict[str, Any]] = outcome.document["files"]
        return found


@pytest.fixture
def shelf(storage: servers.Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    for name, value in storage.environment().items():
        monkeypatch.setenv(name, value)
    return Shelf(storage, tmp_path)
