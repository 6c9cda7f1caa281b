"""What can go wrong with objects of S3 and Google Cloud Storage, on real servers on loopback."""

import gzip
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.fs
import pyarrow.parquet
import pytest

from routecli.data.logs.sources import objects
from routecli.data.logs.sources.patterns import pattern
from tests import servers
from tests.ingest.conftest import GOOD
from tests.inprocess import run
from tests.shelves import ROWS, Shelf, jsonl


@pytest.mark.parametrize(
    ("path", "id"),
    [
        ("{scheme}://none/log.jsonl", "no-such-bucket"),
        ("{scheme}://none/*.jsonl", "no-such-bucket"),
        ("{scheme}://none", "no-such-bucket"),
        ("{url}/none.jsonl", "no-such-object"),
        ("{url}/none/", "no-such-object"),
        ("{url}/none-*.jsonl", "no-such-object"),
        ("{url}/texts/", "no-such-object"),
    ],
)
def test_what_is_not_there(shelf: Shelf, path: str, id: str) -> None:
    shelf.put("texts/notes.txt", b"x")
    outcome = shelf.ingest(path.format(scheme=shelf.server.scheme, url=shelf.url))
    assert outcome.code == 4
    assert outcome.stderr.count("\n") == 1 and outcome.stderr.endswith(f"[{id}]\n")
    assert not (shelf.folder / "routecli.duckdb").exists()


def test_other_objects_load_beside_one_that_is_missing(shelf: Shelf) -> None:
    path = shelf.put("log.jsonl", jsonl(ROWS[0]))
    outcome = shelf.ingest(f"{shelf.url}/none.jsonl", path)
    assert outcome.code == 4
    assert outcome.document["totals"]["rows_new"] == 1


def test_a_truncated_object_leaves_the_store_as_it_was(shelf: Shelf) -> None:
    shelf.files(shelf.put("good.jsonl", jsonl(ROWS[0])))
    content = gzip.compress(jsonl(*({**GOOD, "request_id": f"t{i}"} for i in range(1000))))
    path = shelf.put("cut.jsonl.gz", content[: len(content) // 2])
    outcome = shelf.ingest(path)
    assert (outcome.code, outcome.stderr.endswith("[unreadable-file]\n")) == (3, True)
    assert run(shelf.folder, "bill --allow-unpriced --json").document["total"]["requests"] == 0
    (good,) = shelf.files(f"{shelf.url}/good.jsonl")
    assert good["unchanged"]


def test_a_full_disk_leaves_the_store_as_it_was(shelf: Shelf, small_disk: Path) -> None:
    store = ["--db", str(small_disk / "store.duckdb")]
    assert shelf.ingest(shelf.put("log.jsonl", jsonl(*ROWS)), *store).code == 0
    noise = "".join(f"{i * 2654435761 % 2**32:08x}" for i in range(40_000))
    path = shelf.put("big.jsonl", jsonl(*({**GOOD, "request_id": f"t{i}", "other": noise[i:]} for i in range(20))))
    outcome = shelf.ingest(path, *store)
    assert (outcome.code, outcome.stderr.endswith("[out-of-room]\n")) == (4, True), outcome.stderr
    again = shelf.ingest(f"{shelf.url}/log.jsonl", *store)
    assert again.document["files"][0]["unchanged"]


@pytest.mark.parametrize("address", ["s3://KEY:sEcReT@logs/a.jsonl", "gs://sEcReT@logs/a.jsonl"])
def test_credentials_in_an_address_are_refused_and_not_repeated(tmp_path: Path, address: str) -> None:
    outcome = run(tmp_path, "ingest", address, "--json")
    assert (outcome.code, outcome.stdout) == (2, "")
    assert "[credentials-in-address]" in outcome.stderr and "sEcReT" not in outcome.stderr


@pytest.mark.parametrize("address", ["s3://", "gs:///key", "https://example.com/log.jsonl", "abfs://x/y"])
def test_addresses_that_name_nothing(tmp_path: Path, address: str) -> None:
    outcome = run(tmp_path, "ingest", address)
    assert outcome.code == 2
    assert outcome.stderr.endswith("[no-bucket]\n" if address[1] in "3s" else "[unknown-source]\n")


def test_no_network(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    name, port = next(iter(shelf.server.environment())), servers.free_port()
    monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
    monkeypatch.setattr(objects, "_RETRY_S", 1)
    monkeypatch.setattr(pyarrow.fs, "S3FileSystem", servers.impatient_s3(port))
    outcome = shelf.ingest(f"{shelf.url}/log.jsonl")
    assert outcome.code == 4
    assert outcome.stderr.count("\n") == 1 and outcome.stderr.endswith("[storage-unreachable]\n")
    assert "ould not connect" in outcome.stderr or "onnection" in outcome.stderr


def test_no_permission(shelf: Shelf) -> None:
    if shelf.server.scheme == "gs":
        pytest.skip("the emulator knows no permissions")
    path = shelf.put("log.jsonl", jsonl(ROWS[0]))
    servers.ask("POST", f"{shelf.server.url}/moto-api/reset-auth", b"0")
    try:
        outcomes = [shelf.ingest(one) for one in (path, f"{shelf.url}/", f"{shelf.url}/*.jsonl")]
    finally:
        servers.ask("POST", f"{shelf.server.url}/moto-api/reset-auth", b"inf")
    for outcome in outcomes:
        assert outcome.code == 4
        assert outcome.stderr.count("\n") == 1 and outcome.stderr.endswith("[object-not-permitted]\n")


def test_an_object_that_is_replaced_while_it_is_read_is_not_loaded(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shelf.put("log.jsonl", jsonl(ROWS[0]))
    read = objects._Remote.read

    def replaced(self: Any, size: int) -> bytes:
        shelf.put("log.jsonl", jsonl(ROWS[1]))
        return read(self, size)

    monkeypatch.setattr(objects._Remote, "read", replaced)
    outcome = shelf.ingest(path)
    if shelf.server.scheme == "s3":
        assert (outcome.code, outcome.stderr.endswith("[object-changed]\n")) == (4, True)
        assert not (shelf.folder / "routecli.duckdb").exists()
    elif outcome.code:
        # The emulator keeps no older generation to be read to its end.
        assert outcome.code == 4


class Cut(threading.Thread):
    """A relay to a server that passes on so many bytes of answers, and from then on hangs up."""

    def __init__(self, port: int, most: int) -> None:
        super().__init__(daemon=True)
        self.to, self.left = port, most
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def run(self) -> None:
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.to))
            threading.Thread(target=self.pump, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, client, True), daemon=True).start()

    def pump(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        try:
            while self.left > 0 and (data := source.recv(1 << 16)):
                self.left -= len(data) if counted else 0
                target.sendall(data)
        except OSError:
            pass
        for one in (source, target):
            # Closing alone would not end the connection while the other thread waits for more of it.
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@pytest.mark.parametrize("wrap", [bytes, gzip.compress, lambda data: pyarrow.compress(data, "zstd", asbytes=True)])
def test_a_connection_that_breaks_is_no_damaged_file(shelf: Shelf, monkeypatch: pytest.MonkeyPatch, wrap: Any) -> None:
    if shelf.server.scheme == "gs":
        pytest.skip("Google's client resumes until its time is up; S3's gives up after three attempts")
    noise = "".join(f"{i * 2654435761 % 2**32:08x}" for i in range(40_000))
    content = jsonl(*({**GOOD, "request_id": f"t{i}", "other": noise[i:]} for i in range(60)))
    path = shelf.put("log.jsonl", bytes(wrap(content)))
    monkeypatch.setattr(objects, "_CHUNK", 1 << 16)
    relay = Cut(shelf.server.port, 200_000)
    relay.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{relay.port}")
    monkeypatch.setattr(pyarrow.fs, "S3FileSystem", servers.impatient_s3(relay.port))
    outcome = shelf.ingest(path)
    relay.listener.close()
    assert relay.left <= 0
    assert (outcome.code, outcome.stderr.endswith("[storage-unreachable]\n")) == (4, True), outcome.stderr
    assert not (shelf.folder / "routecli.duckdb").exists()


@pytest.mark.parametrize(
    ("given", "fixed"), [("a/b*", "a/"), ("*", ""), ("a/b/**/c", "a/b/"), ("a?c/d", ""), ("a/x[1]/y", "a/")]
)
def test_only_what_can_match_is_listed(given: str, fixed: str) -> None:
    assert pattern(given)[0] == fixed


def test_names_outside_a_pattern() -> None:
    for given, names in {
        "[!a].x": ["a.x", "/.x"],
        "[^a].x": ["b.x"],
        "*.x": [".x", "a/b.x"],
        "**/a": ["b", ".b/a"],
        "a.x": ["abx"],
        "[": ["a"],
    }.items():
        for name in names:
            assert not pattern(given)[1].fullmatch(name), (given, name)
    for given, name in {
        "[!a].x": "b.x",
        "[^a].x": "^.x",
        "**/a": "x/y/a",
        "[": "[",
        "[]]": "]",
        ".h/*": ".h/a",
    }.items():
        assert pattern(given)[1].fullmatch(name), (given, name)


@pytest.mark.parametrize(
    ("address", "client"), [("s3://logs/a.jsonl", "S3FileSystem"), ("gs://logs/a", "GcsFileSystem")]
)
def test_a_build_without_the_client_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, client: str
) -> None:
    import pyarrow.fs

    # As in a build without it: the module then knows the name, but has nothing under it.
    monkeypatch.delattr(pyarrow.fs, client)
    monkeypatch.setattr(pyarrow.fs, "_not_imported", [client])
    monkeypatch.setenv("AWS_REGION", "nowhere-1")
    outcome = run(tmp_path, "ingest", address)
    assert (outcome.code, outcome.stderr.count("\n")) == (4, 1)
    assert outcome.stderr.endswith("pip install 'routecli[s3]' [missing-extra]\n")
