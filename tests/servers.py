"""Real servers on loopback for tests of remote sources: S3 (moto), Google Cloud Storage (gcp-storage-emulator),
PostgreSQL.

Each is a process of its own on a free port, with its log in a file, and is ended by its process id.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START_S = 60
SIGNED = "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
"""The S3 server wants to know who it is, but does not check the signature."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def process(argv: Sequence[str], log: Path, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        started = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **options)
        try:
            yield started
        finally:
            started.send_signal(signal.SIGINT)
            try:
                started.wait(20)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()


def wait_for(url: str, started: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError as answer:
            answer.close()
            return
        except OSError:
            assert started.poll() is None and time.monotonic() < deadline, log.read_text(encoding="utf-8")
            time.sleep(0.05)


def ask(method: str, url: str, body: bytes = b"") -> bytes:
    headers = {"Content-Type": "application/octet-stream", "Authorization": SIGNED}
    request = urllib.request.Request(url, data=body, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        data: bytes = answer.read()
        return data


@dataclass(frozen=True)
class Storage:
    """A server with the bucket `logs`. `scheme` is s3 or gs."""

    scheme: str
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """What a user would set to reach it."""
        if self.scheme == "gs":
            return {"CLOUD_STORAGE_EMULATOR_ENDPOINT": self.url}
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def put(self, key: str, content: bytes) -> None:
        path = urllib.request.pathname2url(key)
        if self.scheme == "gs":
            name = path.replace("/", "%2F")
            ask("POST", f"{self.url}/upload/storage/v1/b/logs/o?uploadType=media&name={name}", content)
        else:
            ask("PUT", f"{self.url}/logs/{path}", content)

    def fetched(self) -> int:
        """How often the content of an object was asked for."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        if self.scheme == "gs":
            return sum("alt=media" in line for line in lines)
        return sum("GET /logs/" in line for line in lines)


@contextlib.contextmanager
def s3(folder: Path) -> Iterator[Storage]:
    port, log = free_port(), folder / "s3.log"
    argv = [sys.executable, "-c", "import sys; from moto.server import main; main(sys.argv[1:])"]
    with process([*argv, "-H", "127.0.0.1", "-p", str(port)], log, env={**os.environ, "NO_COLOR": "1"}) as started:
        storage = Storage("s3", port, log)
        wait_for(storage.url, started, log)
        ask("PUT", f"{storage.url}/logs")
        yield storage


@contextlib.contextmanager
def gcs(folder: Path) -> Iterator[Storage]:
    port, log = free_port(), folder / "gcs.log"
    argv = [sys.executable, "-m", "gcp_storage_emulator", "start", "--host=127.0.0.1", f"--port={port}"]
    with process([*argv, "--in-memory", "--default-bucket=logs"], log) as started:
        storage = Storage("gs", port, log)
        wait_for(f"{storage.url}/storage/v1/b/logs", started, log)
        yield storage


PASSWORD = "p@ss/w#rd%"
"""Every character that has to be written otherwise in an address."""


def postgres_binaries() -> Path | None:
    """Where initdb and postgres are; None where there is no server on this machine."""
    found = [
        Path(shutil.which("initdb") or "-").parent,
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
    ]
    return next((folder for folder in found if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


@dataclass(frozen=True)
class Postgres:
    """A server on loopback whose administrator is `admin`, with PASSWORD."""

    port: int

    def url(self, database: str = "postgres", user: str = "admin", password: str = "") -> str:
        word = f":{urllib.parse.quote(password, safe='')}" if password else ""
        return f"postgresql://{user}{word}@127.0.0.1:{self.port}/{database}"

    def run(self, sql: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run statements; the rows of the last one."""
        from adbc_driver_postgresql import dbapi

        with dbapi.connect(self.url(database, password=PASSWORD), autocommit=True) as con, con.cursor() as cursor:
            for statement in filter(str.strip, sql.split(";\n")):
                cursor.execute(statement)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []


@contextlib.contextmanager
def postgres() -> Iterator[Postgres]:
    binaries, port = postgres_binaries(), free_port()
    assert binaries is not None
    options: dict[str, Any] = {"env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "America/New_York"}}
    # Not below pytest's folder, which the server's user may not enter.
    with tempfile.TemporaryDirectory(prefix="routecli-postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.getuid() == 0:
            # The server refuses to run as the superuser.
            names = {user.pw_name: user for user in pwd.getpwall()}
            user = names.get("postgres") or names["nobody"]
            os.chown(folder, user.pw_uid, user.pw_gid)
            options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        secret = folder / "password"
        secret.write_text(PASSWORD, encoding="utf-8")
        secret.chmod(0o644)
        made = [binaries / "initdb", "-D", folder / "data", "-U", "admin", "-A", "scram-sha-256", "-N", "-E", "UTF8"]
        subprocess.run([*made, f"--pwfile={secret}"], check=True, capture_output=True, cwd=folder, **options)
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "timezone": "Asia/Tokyo",
        }
        words = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        log = folder / "log"
        argv = [str(binaries / "postgres"), "-D", str(folder / "data"), "-p", str(port), *words]
        with process(argv, log, cwd=folder, **options) as started:
            deadline = time.monotonic() + START_S
            while "ready to accept connections" not in log.read_text(encoding="utf-8", errors="replace"):
                assert started.poll() is None and time.monotonic() < deadline, log.read_text(encoding="utf-8")
                time.sleep(0.05)
            yield Postgres(port)


def impatient_s3(port: int) -> type:
    """The client of a server here, which does not try again for six seconds what failed."""
    from pyarrow import fs

    real, once = fs.S3FileSystem, fs.AwsStandardS3RetryStrategy(max_attempts=1)

    class Client:
        @staticmethod
        def from_uri(uri: str) -> tuple[Any, str]:
            return real(endpoint_override=f"127.0.0.1:{port}", scheme="http", retry_strategy=once), ""

    return Client
