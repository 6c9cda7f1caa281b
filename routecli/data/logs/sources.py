"""Log files: found from paths, globs, directories or stdin, and opened as one plain file each.

Compressed files (by content, not by name), stdin and files with a byte order mark are spooled: decompressed to a
temporary file next to the store, checked to their last byte. The spool has no name while it is read, where the
system allows that, so that a killed ingest leaves nothing of it behind.
"""

import glob
import gzip
import hashlib
import io
import os
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from routecli.errors import DataError, EnvironmentFault, RoutecliError

SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".parquet")
COMPRESSED = (".gz", ".zst")
STDIN = "-"
_GZIP, _ZSTD, _BOM = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CHUNK = 1 << 20
_SPOOL = ".routecli-spool-"


@dataclass(frozen=True, slots=True)
class Found:
    """One thing to ingest, or why it cannot be. `path` is None for stdin."""

    name: str
    path: Path | None = None
    error: RoutecliError | None = None

    @property
    def base(self) -> str:
        """The file's name without directories and compression suffix: the same log before and after rotation."""
        name = self.path.name if self.path else "stdin"
        return name.removesuffix(".gz").removesuffix(".zst") or name


@dataclass(frozen=True, slots=True)
class Opened:
    """A plain file to read at `path` (for the length of the `with`). `size` is of the source's own bytes.

    `digest()` gives their sha256, or None where the file changed while it was read. `suffix` is the lower-case
    suffix without compression.
    """

    path: str
    size: int
    suffix: str
    digest: Callable[[], str | None]
    complete: bool


def find(paths: Sequence[str]) -> list[Found]:
    """Everything the paths name, each file once, in the order given (directories and globs sorted)."""
    found: list[Found] = []
    seen: set[Path] = set()
    for path in paths:
        for one in _find_one(path):
            resolved = one.path.resolve() if one.path else None
            if resolved is not None:
                if resolved in seen:
                    continue
                seen.add(resolved)
            found.append(one)
    return found


def _find_one(given: str) -> Iterator[Found]:
    if given == STDIN:
        yield Found(STDIN)
        return
    path = Path(given)
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if _is_log(file.relative_to(path)) and file.is_file())
        yield from (Found(str(file), file) for file in files)
        if not files:
            yield Found(given, error=_missing(given, f"no {', '.join(SUFFIXES)} file in this directory"))
    elif path.exists():
        yield Found(given, path)
    elif glob.has_magic(given):
        # Not Path.glob, which wants the pattern apart from the directory it starts at.
        matches = sorted(match for match in glob.glob(given, recursive=True) if Path(match).is_file())  # noqa: PTH207
        yield from (Found(match, Path(match)) for match in matches)
        if not matches:
            yield Found(given, error=_missing(given, "no file matches this pattern"))
    else:
        yield Found(given, error=_missing(given, "no such file or directory"))


def _is_log(path: Path) -> bool:
    name = path.name.lower()
    for suffix in COMPRESSED:
        name = name.removesuffix(suffix)
    hidden = any(part.startswith(".") for part in path.parts)
    return name.endswith(SUFFIXES) and not hidden


def _missing(given: str, what: str) -> EnvironmentFault:
    return EnvironmentFault("no-such-file", what, where=given, fix="check the path; quote patterns with * in them")


@contextmanager
def opened(found: Found, beside: Path) -> Iterator[Opened]:
    """The source as one plain file. `beside` is the directory that spools go to.

    Raises EnvironmentFault `no-such-file` or `unreadable-path`, DataError `unreadable-file`.
    """
    try:
        with _raw(found) as raw:
            head = raw.peek(4)[:4]
            spool = found.path is None or head.startswith((_GZIP, _ZSTD, _BOM, *_UTF16))
            if spool:
                with _spooled(found, raw, head, beside) as source:
                    yield source
                return
        assert found.path is not None
        yield _plain(found.path, _suffix(found))
    except FileNotFoundError:
        raise _missing(found.name, "no such file or directory") from None
    except PermissionError:
        raise EnvironmentFault("unreadable-path", "no permission to read this", where=found.name) from None
    except IsADirectoryError:
        raise EnvironmentFault("unreadable-path", "this is a directory", where=found.name) from None


def _suffix(found: Found) -> str:
    return Path(found.base).suffix.lower()


@contextmanager
def _raw(found: Found) -> Iterator[io.BufferedReader]:
    if found.path is None:
        yield cast(io.BufferedReader, sys.stdin.buffer)
    else:
        with found.path.open("rb") as raw:
            yield raw


def _plain(path: Path, suffix: str) -> Opened:
    before = path.stat()

    def digest() -> str | None:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        after = path.stat()
        # A log that grows while it is read is fine: it is read again next time.
        same = (before.st_size, before.st_mtime_ns, before.st_ino) == (after.st_size, after.st_mtime_ns, after.st_ino)
        return sha256 if same else None

    with path.open("rb") as file:
        file.seek(max(before.st_size - 1, 0))
        complete = file.read(1) in (b"\n", b"\r", b"")
    return Opened(str(path), before.st_size, suffix, digest, complete)


class _Digesting(io.RawIOBase):
    """Reads a stream and digests what goes by."""

    def __init__(self, raw: BinaryIO) -> None:
        self.raw, self.sha256, self.size = raw, hashlib.sha256(), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        data = self.raw.read(len(buffer))
        buffer[: len(data)] = data
        self.sha256.update(data)
        self.size += len(data)
        return len(data)


@contextmanager
def _spooled(found: Found, raw: io.BufferedReader, head: bytes, beside: Path) -> Iterator[Opened]:
    source = _Digesting(raw)
    with tempfile.NamedTemporaryFile(dir=beside, prefix=_SPOOL, delete=False) as spool:
        try:
            path = unnamed(spool.name, spool.fileno())
            last = _copy(_decompressed(io.BufferedReader(source, _CHUNK), head), spool, found.name)
            while source.read(_CHUNK):
                pass
            spool.flush()
            digest = source.sha256.hexdigest()
            yield Opened(path, source.size, _suffix(found), lambda: digest, last in (b"\n", b"\r", b""))
        finally:
            Path(spool.name).unlink(missing_ok=True)


@contextmanager
def even_lines(path: Path, beside: Path) -> Iterator[str]:
    """The path of a copy in which every line ends with a line feed alone, gone after the `with`."""
    with path.open("rb") as file, tempfile.NamedTemporaryFile(dir=beside, prefix=_SPOOL, delete=False) as spool:
        try:
            name, held = unnamed(spool.name, spool.fileno()), b""
            while chunk := file.read(_CHUNK):
                chunk = held + chunk
                # A carriage return at the end waits for what comes next.
                held = chunk[-1:] if chunk.endswith(b"\r") else b""
                spool.write(chunk[: len(chunk) - len(held)].replace(b"\r\n", b"\n"))
            spool.write(held)
            spool.flush()
            yield name
        finally:
            Path(spool.name).unlink(missing_ok=True)


def unnamed(name: str, descriptor: int) -> str:
    """A path to the open file that outlives its name, where the system has one; else its name."""
    by_descriptor = Path(f"/proc/{os.getpid()}/fd/{descriptor}")
    if not by_descriptor.exists():
        return name
    Path(name).unlink()
    return str(by_descriptor)


def _decompressed(source: io.BufferedReader, head: bytes) -> BinaryIO:
    if head.startswith(_GZIP):
        return cast(BinaryIO, gzip.GzipFile(fileobj=source, mode="rb"))
    if head.startswith(_ZSTD):
        import pyarrow

        return cast(BinaryIO, pyarrow.CompressedInputStream(pyarrow.PythonFile(source, "r"), "zstd"))
    return source


def _copy(source: BinaryIO, spool: "tempfile._TemporaryFileWrapper[bytes]", name: str) -> bytes:
    """Copy all of it without a leading byte order mark; the last byte."""
    last, first = b"", True
    try:
        while chunk := source.read(_CHUNK):
            if first:
                if chunk.startswith(_UTF16):
                    raise _unreadable(name, "it is UTF-16 text", fix="save it as UTF-8")
                chunk, first = chunk.removeprefix(_BOM), False
            spool.write(chunk)
            last = chunk[-1:] or last
    except (EOFError, zlib.error, gzip.BadGzipFile, OSError) as fault:
        if isinstance(fault, OSError) and fault.errno is not None:
            raise
        raise _unreadable(name, f"the compressed data is damaged or cut off: {fault}") from None
    return last


def _unreadable(name: str, why: str, fix: str = "fetch or write the file again") -> DataError:
    return DataError("unreadable-file", "the file cannot be read to its end", where=name, why=why, fix=fix)
