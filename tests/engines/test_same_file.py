"""The same test body on every engine: the workload file it makes is the store's own, byte for byte."""

import os
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from inprocess import run
from rows import TYPES, log, parquet, rows
from servers import PASSWORD, Postgres, postgres, postgres_binaries

COUNT = 3000


def needs(package: str, *programs: str) -> list[pytest.MarkDecorator]:
    lacking = [name for name in (package,) if find_spec(name) is None]
    lacking += [name for name in programs if shutil.which(name) is None]
    return [pytest.mark.engines, pytest.mark.skipif(bool(lacking), reason=f"{', '.join(lacking)} is not installed")]


ENGINES = [
    pytest.param("--engine duckdb --source rows.parquet", id="duckdb"),
    pytest.param("--engine duckdb --source parts", id="duckdb, a folder of parts"),
    pytest.param("--engine clickhouse --source rows.parquet", id="clickhouse", marks=needs("chdb")),
    pytest.param(
        "--engine clickhouse --url {server} --table lake_of_requests", id="clickhouse, a server", marks=needs("chdb")
    ),
    pytest.param(
        "--engine postgres --url {database} --table requests",
        id="postgres",
        marks=[
            pytest.mark.engines,
            pytest.mark.skipif(postgres_binaries() is None, reason="there is no PostgreSQL server on this machine"),
        ],
    ),
    pytest.param("--engine spark --source rows.parquet --master local[2]", id="spark", marks=needs("pyspark", "java")),
    pytest.param(
        "--engine spark --source parts --master local-cluster[2,1,1024]",
        id="spark, a cluster of two",
        marks=needs("pyspark", "java"),
    ),
]


class Handler(BaseHTTPRequestHandler):
    """ClickHouse's HTTP interface with the real engine behind it."""

    table: str

    def do_POST(self) -> None:
        sql = self.rfile.read(int(self.headers["Content-Length"])).decode()
        query: Any = import_module("chdb").query
        try:
            body, code = str(query(sql.replace("lake_of_requests", self.table)).data()).encode(), 200
        except Exception as fault:
            body, code = str(fault).encode(), 500
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("engines")
    found = rows(COUNT)
    log(folder / "log.jsonl", found)
    parquet(folder / "rows.parquet", found)
    (folder / "parts").mkdir()
    for number in range(3):
        parquet(folder / "parts" / f"{number}.parquet", found[number::3])
    outcome = run(folder, "ingest log.jsonl --json")
    assert outcome.document["totals"]["rows_new"] == COUNT, outcome.stderr
    assert run(folder, "workload build -o store.json -q").code == 0
    return folder


@pytest.fixture
def server(world: Path) -> Iterator[str]:
    if find_spec("chdb") is None:
        yield ""
        return
    handler = type("Served", (Handler,), {"table": f"file('{world}/rows.parquet', 'Parquet')"})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def database(world: Path) -> Iterator[str]:
    """The same rows in a table of a real server."""
    if postgres_binaries() is None:
        yield ""
        return
    with postgres() as server:
        _fill(server, world / "rows.parquet")
        yield server.url(password=PASSWORD)


def _fill(server: Postgres, source: Path) -> None:
    import pyarrow.parquet as pq
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(server.url(password=PASSWORD)) as con, con.cursor() as cursor:
        cursor.adbc_ingest("requests", pq.read_table(source, columns=list(TYPES)), mode="create")
        con.commit()


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    monkeypatch.setenv("PYSPARK_PYTHON", os.environ.get("PYSPARK_PYTHON", "python3"))


@pytest.mark.parametrize("engine", ENGINES)
def test_the_file_is_the_stores(engine, world, server, database, tmp_path):
    words = f"workload build {engine.format(server=server, database=database)} -o {tmp_path}/found.json --json"
    outcome = run(world, words)
    assert outcome.code == 0, outcome.stderr
    assert (tmp_path / "found.json").read_bytes() == (world / "store.json").read_bytes()
    assert outcome.document["requests"] == COUNT


@pytest.mark.parametrize("engine", ENGINES)
def test_a_window_and_raw_columns(engine, world, server, database, tmp_path):
    """Bounds are applied where the rows are, and columns of other names are mapped."""
    more = "--since 2026-11-14 --until 2026-11-16 --map query_type=endpoint --set user_tier=paid"
    found = run(
        world, f"workload build {engine.format(server=server, database=database)} {more} -o {tmp_path}/found.json -q"
    )
    assert found.code == 0, found.stderr
    words = f"workload build --engine duckdb --source rows.parquet {more} -o {tmp_path}/same.json -q"
    assert run(world, words).code == 0
    assert (tmp_path / "found.json").read_bytes() == (tmp_path / "same.json").read_bytes()
    document = run(tmp_path, "baseline --workload found.json --by user_tier,query_type --json").document
    assert {group["user_tier"] for group in document["groups"]} == {"paid"}
    assert {group["query_type"] for group in document["groups"]} == {None, "/a", "/a?b=1;--"}
