"""Addresses, passwords and what stands in the way of reading a PostgreSQL."""

import subprocess
import sys
from pathlib import Path

import pytest

from routecli.data.store import connect
from tests import servers
from tests.databases import Base
from tests.inprocess import run

SECRET = "s3cr3t@t0ken/#%"


def test_a_password_is_nowhere_but_in_the_connection(litellm: Base) -> None:
    litellm.run(f"CREATE ROLE \"{litellm.name}\" SUPERUSER LOGIN PASSWORD '{SECRET}'")
    litellm.log({"request_id": "a"}, {"request_id": "bad", "prompt_tokens": -1, "metadata": '{"usage_object": 5}'})
    url = litellm.server.url(litellm.name, litellm.name, SECRET)
    in_query = litellm.server.url(litellm.name, litellm.name) + f"?password={url.split(':')[2].split('@')[0]}"
    said = ""
    for address in (
        url,
        in_query,
        url.replace(litellm.name + "?", "none?") + "x",
        url.replace("127.0.0.1", "127.0.0.9"),
    ):
        for words in (["--json"], ["-v"], ["-f", "csv"]):
            outcome = run(litellm.folder, "ingest", address, "--table", "LiteLLM_SpendLogs", *words)
            said += outcome.stdout + outcome.stderr
    assert "/public.LiteLLM_SpendLogs" in said
    stored = b"".join(path.read_bytes() for path in litellm.folder.iterdir())
    with connect(litellm.folder / "routecli.duckdb", write=False) as con:
        tables = [row[0] for row in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        stored += str([con.execute(f"SELECT * FROM {table}").fetchall() for table in tables]).encode()
    for secret in (SECRET, SECRET.replace("@", "%40").replace("/", "%2F").replace("#", "%23"), "s3cr3t", "t0ken"):
        assert secret not in said
        assert secret.encode() not in stored


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:s3cr3t@t0ken@127.0.0.1/db",
        "postgresql://me:s3cr3t/t0ken@127.0.0.1/db",
        "postgresql://me:s3cr3t#t0ken@127.0.0.1/db",
        "postgresql://me:s3cr3t?t0ken@127.0.0.1/db",
        "postgresql://me:s3cr3t%t0ken@127.0.0.1/db",
        "postgresql://me:s3cr3t t0ken@127.0.0.1/db",
        "postgres://me@127.0.0.1/db/s3cr3t?password=t0ken",
        "postgresql://me@127.0.0.1/db?t0ken",
    ],
)
def test_addresses_whose_parts_cannot_be_told_apart(tmp_path: Path, address: str) -> None:
    outcome = run(tmp_path, "ingest", address, "--table", "t")
    assert (outcome.code, outcome.stderr.count("\n")) == (2, 1)
    assert outcome.stderr.endswith("[bad-database-url]\n")
    assert "s3cr3t" not in outcome.stderr and "t0ken" not in outcome.stderr


def test_passwords_from_a_file(litellm: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    litellm.log({"request_id": "a"})
    monkeypatch.delenv("PGPASSWORD")
    monkeypatch.setenv("PGPASSFILE", str(litellm.folder / "none"))
    outcome = litellm.ingest()
    assert (outcome.code, outcome.stderr.endswith("[database-not-permitted]\n")) == (4, True)
    assert "PGPASSWORD or ~/.pgpass" in outcome.stderr
    passwords = litellm.folder / "pgpass"
    passwords.write_text(f"127.0.0.1:*:*:admin:{servers.PASSWORD}\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    assert litellm.counts() == (1, 0, 0)


def test_what_stands_in_the_way(litellm: Base) -> None:
    host = f"127.0.0.1:{litellm.server.port}"
    for url, id in {
        f"postgresql://admin:wrong@{host}/{litellm.name}": "database-not-permitted",
        f"postgresql://nobody@{host}/{litellm.name}": "database-not-permitted",
        f"postgresql://admin@{host}/none": "no-such-database",
        f"postgresql://admin@127.0.0.1:{servers.free_port()}/{litellm.name}": "database-unreachable",
        f"postgresql://admin@no-such-host.invalid/{litellm.name}": "database-unreachable",
        f"{litellm.url}?sslmode=require": "database-unreachable",
        f"{litellm.url}?nonsense=1": "database-unreachable",
    }.items():
        outcome = litellm.ingest(url=url)
        assert (outcome.code, outcome.stderr.count("\n")) == (4, 1), url
        assert outcome.stderr.endswith(f"[{id}]\n"), outcome.stderr
    assert not (litellm.folder / "routecli.duckdb").exists()


def test_a_query_that_fails_midway_leaves_the_store_as_it_was(base: Base) -> None:
    base.run(
        "CREATE TABLE numbers AS SELECT i FROM generate_series(1, 200000) AS i;\n"
        "CREATE VIEW calls AS SELECT timestamptz '2026-11-20' + i * interval '1 second' AS ts, 'm' AS model, "
        "100 / (200000 - i) AS input_tokens FROM numbers"
    )
    outcome = base.ingest(table="calls")
    assert (outcome.code, outcome.stderr.endswith("(division by zero) [database-failed]\n")) == (4, True)
    assert not (base.folder / "routecli.duckdb").exists()


def test_a_full_disk_leaves_the_store_as_it_was(base: Base, small_disk: Path) -> None:
    base.run(
        "CREATE TABLE calls AS SELECT timestamptz '2026-11-01' + i * interval '1 second' AS ts, 'm' AS model, "
        "md5(i::text) || md5((i + 1)::text) AS request_id FROM generate_series(1, 5) AS i"
    )
    store = ["--db", str(small_disk / "store.duckdb")]
    assert base.counts(*store, table="calls") == (5, 0, 0)
    base.run(
        "INSERT INTO calls SELECT timestamptz '2026-11-02' + i * interval '1 second', 'm', "
        "md5(i::text) || md5((i + 1)::text) FROM generate_series(6, 60000) AS i"
    )
    outcome = base.ingest(*store, table="calls")
    assert (outcome.code, outcome.stderr.endswith("[out-of-room]\n")) == (4, True), outcome.stderr
    assert outcome.document["totals"]["rows_new"] == 0
    subprocess.run(["mount", "-o", "remount,size=99m", str(small_disk)], check=True)
    assert base.counts(*store, table="calls") == (59995, 5, 0)


def test_without_the_driver_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    outcome = run(tmp_path, "ingest", "postgresql://localhost/db", "--table", "t")
    assert (outcome.code, outcome.stderr.count("\n")) == (4, 1)
    assert outcome.stderr.endswith("pip install 'routecli[postgres]' [missing-extra]\n")


@pytest.mark.parametrize("words", [["--table", "t"], ["--watermark", "id"], ["--full"]])
def test_options_that_are_about_databases_only(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "log.jsonl").write_text("{}\n")
    outcome = run(tmp_path, "ingest", "log.jsonl", *words)
    assert (outcome.code, outcome.stderr.endswith("[unused-option]\n")) == (2, True)
