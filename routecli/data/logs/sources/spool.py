"""Spools: what cannot be read in place is copied into a temporary file, decompressed and checked to its last byte.

Memory is bounded by the chunk. A spool has no name while it is read, where the system allows that, so that a killed
ingest leaves nothing of it behind.
"""

import gzip
import io
import itertools
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from routecli.data.logs.sources.digest import new_digest
from routecli.errors import DataError

_GZIP, _ZSTD, _BOM = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xef\xbb\xbf"
_PARQUET = b"PAR1"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CHUNK = 1 << 20
_CONTROL = b"\x1e"
_PREFIX = ".routecli-spool-"


@dataclass(frozen=True, slots=True)
class Spooled:
    """A spool at `path`: `size` and `digest` are of the source's own bytes, `last` is the last byte of the text."""

    path: str
    size: int
    digest: str
    last: bytes

    @property
    def complete(self) -> bool:
        """Whether the text ends with a line break."""
        return self.last in (b"\n", b"\r", b"")


def needs_spool(head: bytes) -> bool:
    """Whether a file with these first bytes cannot be read in place."""
    return head.startswith((_GZIP, _ZSTD, _BOM, *_UTF16)) or _ends_with_returns(head)


def _ends_with_returns(head: bytes) -> bool:
    """Whether lines end with a carriage return alone: nothing that reads the file takes that for the end of a line."""
    return b"\r" in head[:-1] and b"\n" not in head and not head.startswith(_PARQUET)


class _Digesting(io.RawIOBase):
    """Reads a stream and digests what goes by."""

    def __init__(self, raw: BinaryIO) -> None:
        self.raw, self.digest, self.size = raw, new_digest(), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        data = self.raw.read(len(buffer))
        buffer[: len(data)] = data
        self.digest.update(data)
        self.size += len(data)
        return len(data)


@contextmanager
def spooled(raw: BinaryIO, name: str, beside: Path, chunk: int = _CHUNK) -> Iterator[Spooled]:
    """All of the stream in a file in the folder `beside`, gone after the `with`. Raises DataError `unreadable-file`.

    `chunk` is how many bytes are asked of the stream at once.
    """
    source = _Digesting(raw)
    with temporary(beside) as (path, spool):
        last = _copy(_decompressed(io.BufferedReader(cast(io.RawIOBase, source), chunk)), spool, name)
        # What follows the end of the compressed data belongs to the digest too.
        while source.read(_CHUNK):
            pass
        spool.flush()
        yield Spooled(path, source.size, source.digest.hexdigest(), last)


@contextmanager
def temporary(beside: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """A new file in the folder and a path to it, gone after the `with`; nameless where the system allows that."""
    with tempfile.TemporaryFile(dir=beside, prefix=_PREFIX) as nameless:
        by_descriptor = Path(f"/proc/{os.getpid()}/fd/{nameless.fileno()}")
        if by_descriptor.exists():
            yield str(by_descriptor), cast(IO[bytes], nameless)
            return
    with tempfile.NamedTemporaryFile(dir=beside, prefix=_PREFIX, delete=False) as spool:
        try:
            yield spool.name, cast(IO[bytes], spool)
        finally:
            Path(spool.name).unlink(missing_ok=True)


@contextmanager
def even_lines(path: Path, beside: Path) -> Iterator[str]:
    """The path of a copy in which every line ends with a line feed alone, gone after the `with`.

    A carriage return inside a line becomes another control character, which is as little a part of any value.
    """
    with path.open("rb") as file, temporary(beside) as (name, spool):
        for chunk in _with_line_feeds(iter(lambda: file.read(_CHUNK), b""), alone=_CONTROL):
            spool.write(chunk)
        spool.flush()
        yield name


def _with_line_feeds(chunks: Iterator[bytes], alone: bytes) -> Iterator[bytes]:
    """The text with a line feed for each pair of carriage return and line feed, and `alone` for each other return."""
    held = b""
    for chunk in chunks:
        chunk = held + chunk
        # A carriage return at the end waits for what comes next.
        held = chunk[-1:] if chunk.endswith(b"\r") else b""
        yield chunk[: len(chunk) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", alone)
    yield held.replace(b"\r", b"\n")


def _decompressed(source: io.BufferedReader) -> BinaryIO:
    head = source.peek(4)[:4]
    if head.startswith(_GZIP):
        return cast(BinaryIO, gzip.GzipFile(fileobj=source, mode="rb"))
    if head.startswith(_ZSTD):
        import pyarrow

        return cast(BinaryIO, pyarrow.CompressedInputStream(pyarrow.PythonFile(source, "r"), "zstd"))
    return source


def _copy(source: BinaryIO, spool: IO[bytes], name: str) -> bytes:
    """Copy all of it without a leading byte order mark, with line feeds; the last byte."""
    last = b""
    try:
        for chunk in _tidy(source, name):
            spool.write(chunk)
            last = chunk[-1:] or last
    except (EOFError, zlib.error, gzip.BadGzipFile, OSError) as fault:
        if isinstance(fault, OSError) and fault.errno is not None:
            raise
        raise _unreadable(name, f"the compressed data is damaged or cut off: {fault}") from None
    return last


def _tidy(source: BinaryIO, name: str) -> Iterator[bytes]:
    first = source.read(_CHUNK)
    if first.startswith(_UTF16):
        raise _unreadable(name, "it is UTF-16 text", fix="save it as UTF-8")
    chunks = itertools.chain([first.removeprefix(_BOM)], iter(lambda: source.read(_CHUNK), b""))
    yield from _with_line_feeds(chunks, alone=b"\n") if _ends_with_returns(first) else chunks


def _unreadable(name: str, why: str, fix: str = "fetch or write the file again") -> DataError:
    return DataError("unreadable-file", "the file cannot be read to its end", where=name, why=why, fix=fix)
