"""Objects of S3 and Google Cloud Storage, through pyarrow: one by its key, all under a prefix, or by a pattern.

Credentials, region and endpoint are those of the environment (docs/formats.md). An object is spooled; one whose entity
tag (S3) or generation (Google), size and time are those of its last ingest is not fetched again.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, cast

from routecli.data.logs.sources.faults import object_fault
from routecli.data.logs.sources.files import SUFFIXES, base_name, is_log, suffix_of
from routecli.data.logs.sources.patterns import has_magic, pattern
from routecli.data.logs.sources.source import Ask, Found, Kind, Opened
from routecli.data.logs.sources.spool import spooled
from routecli.errors import EnvironmentFault, RoutecliError, UsageError
from routecli.model.ingest import IngestOptions

if TYPE_CHECKING:
    from pyarrow.fs import FileInfo, FileSystem

_CHUNK = 8 << 20
"""One request per this many bytes: small enough for memory, large enough that its latency hardly counts."""
_RETRY_S = 20
"""How long Google's client tries again; its own default is a quarter of an hour."""
_VERSION = ("ETag", "Last-Modified", "Content-Length", "generation", "updated", "size")
_STRONG = ("ETag", "generation")
_ENVIRONMENT = ("AWS_", "GOOGLE_", "CLOUD_STORAGE_")
_EMULATOR = "CLOUD_STORAGE_EMULATOR_ENDPOINT"


@dataclass(frozen=True, slots=True)
class _Address:
    """`scheme://[user@]bucket/key`, taken literally: a key may hold any character."""

    scheme: str
    user: str
    bucket: str
    key: str

    @property
    def path(self) -> str:
        return f"{self.bucket}/{self.key}".rstrip("/")

    def named(self, path: str) -> str:
        """What another object of the bucket is called."""
        return f"{self.scheme}://{path}"

    def at(self, path: str) -> str:
        return f"{self.scheme}://{self.user}@{path}" if self.user else self.named(path)

    @property
    def name(self) -> str:
        return self.named(f"{self.bucket}/{self.key}")


def _address(given: str) -> _Address:
    scheme, _, rest = given.partition("://")
    bucket, _, key = rest.partition("/")
    user, _, bucket = bucket.rpartition("@")
    address = _Address(scheme, user, bucket, key)
    if user and (scheme, user) != ("gs", "anonymous"):
        fix = "take them out of the address and set the usual environment variables"
        raise UsageError("credentials-in-address", "credentials do not belong in it", where=address.name, fix=fix)
    if not bucket:
        raise UsageError("no-bucket", "this names no bucket", where=address.name, fix=f"write {scheme}://BUCKET/KEY")
    return address


def _filesystem(address: _Address) -> "FileSystem":
    environment = tuple(sorted(pair for pair in os.environ.items() if pair[0].startswith(_ENVIRONMENT)))
    try:
        return _connected(address.scheme, address.user, address.bucket, environment)
    except ImportError:
        what = f"this build of pyarrow cannot read {address.scheme}:// addresses"
        raise EnvironmentFault("missing-extra", what, fix="pip install 'routecli[s3]'") from None


@lru_cache(maxsize=16)
def _connected(scheme: str, user: str, bucket: str, environment: tuple[tuple[str, str], ...]) -> "FileSystem":
    from datetime import timedelta

    from pyarrow import fs

    if scheme == "gs":
        # An emulator takes no credentials, and the client would look for some for minutes.
        anonymous = bool(user) or _EMULATOR in dict(environment)
        return fs.GcsFileSystem(anonymous=anonymous, retry_time_limit=timedelta(seconds=_RETRY_S))
    # Not S3FileSystem(), which leaves AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_S3 out of account.
    return fs.S3FileSystem.from_uri(f"s3://{bucket}")[0]


def _find(given: str, options: IngestOptions) -> Iterator[Found]:
    address = _address(given)
    try:
        yield from _objects(address)
    except RoutecliError as error:
        yield Found(address.name, error=error)
    except OSError as fault:
        yield Found(address.name, error=object_fault(fault, address.name))


def _objects(address: _Address) -> Iterator[Found]:
    from pyarrow.fs import FileType

    filesystem = _filesystem(address)
    if address.key and not address.key.endswith("/"):
        info = filesystem.get_file_info(address.path)
        if info.type == FileType.File:
            yield _found(address, info)
            return
        if info.type == FileType.NotFound and has_magic(address.key):
            yield from _matching(address, filesystem)
            return
    files = _listed(filesystem, address, address.path, recursive=True)
    logs = [info for info in files if is_log(PurePosixPath(info.path).relative_to(address.path))]
    if not logs:
        what = f"no {', '.join(SUFFIXES)} object under this prefix" if files else "no such object or prefix"
        raise EnvironmentFault("no-such-object", what, where=address.name, fix="check the bucket and the key")
    yield from (_found(address, info) for info in logs)


def _matching(address: _Address, filesystem: "FileSystem") -> Iterator[Found]:
    fixed, names = pattern(address.key)
    # Below the fixed part everything has to be listed, unless only its own level is asked for.
    recursive = any(part in address.key[len(fixed) :] for part in ("/", "**"))
    files = _listed(filesystem, address, f"{address.bucket}/{fixed}".rstrip("/"), recursive)
    start = len(address.bucket) + 1
    matches = [info for info in files if names.fullmatch(info.path[start:])]
    if not matches:
        what = "no object matches this pattern"
        raise EnvironmentFault("no-such-object", what, where=address.name, fix="check the bucket and the pattern")
    yield from (_found(address, info) for info in matches)


def _listed(filesystem: "FileSystem", address: _Address, path: str, recursive: bool) -> "list[FileInfo]":
    """The objects under a prefix in order of their keys; none where there is no such prefix."""
    from pyarrow.fs import FileSelector, FileType

    bucket = filesystem.get_file_info(address.bucket)
    if bucket.type == FileType.NotFound:
        raise EnvironmentFault(
            "no-such-bucket", f"there is no bucket {address.bucket!r}", where=address.name, fix="check its name"
        )
    infos = filesystem.get_file_info(FileSelector(path, allow_not_found=True, recursive=recursive))
    return sorted((info for info in infos if info.type == FileType.File), key=lambda info: info.path)


def _found(address: _Address, info: "FileInfo") -> Found:
    name = address.named(info.path)
    base, at = base_name(PurePosixPath(info.path).name), address.at(info.path)
    return Found(name, base, name, at, address.scheme, size=info.size)


class _Remote:
    """A remote stream whose faults are the user's errors."""

    def __init__(self, raw: BinaryIO, name: str) -> None:
        self.raw, self.name = raw, name

    def read(self, size: int) -> bytes:
        try:
            return self.raw.read(size)
        except OSError as fault:
            raise object_fault(fault, self.name) from None


@contextmanager
def _opened(found: Found, ask: Ask) -> Iterator[Opened]:
    """Raises EnvironmentFault `no-such-object`, `object-not-permitted`, `storage-unreachable`, `object-changed`, ..."""
    address = _address(found.at)
    filesystem, suffix = _filesystem(address), suffix_of(found.base)
    try:
        file = filesystem.open_input_file(address.path)
    except OSError as fault:
        raise object_fault(fault, found.name) from None
    with file:
        version = _version(file.metadata())
        size, digest = file.size(), _unchanged(version, ask.recall(found.key))
        if digest and ask.known(digest):
            yield Opened("", size, suffix, lambda watch=None: digest, known=True)
            return
        with spooled(cast(BinaryIO, _Remote(file, found.name)), found.name, ask.beside, _CHUNK) as spool:
            # Google reads one generation to the end; S3 whatever is there.
            if "generation" not in version and _version(_metadata(filesystem, address, found.name)) != version:
                what, fix = "the object was replaced while it was read", "ingest it again"
                raise EnvironmentFault("object-changed", what, where=found.name, fix=fix)
            state = json.dumps({"version": version, "digest": spool.digest}, sort_keys=True)
            keep = (found.key, state) if version else None
            yield Opened(spool.path, spool.size, suffix, lambda watch=None: spool.digest, spool.complete, keep)


def _metadata(filesystem: "FileSystem", address: _Address, name: str) -> dict[bytes | str, bytes]:
    try:
        with filesystem.open_input_file(address.path) as file:
            return cast("dict[bytes | str, bytes]", file.metadata())
    except OSError as fault:
        raise object_fault(fault, name) from None


def _version(metadata: dict[bytes | str, bytes] | None) -> dict[str, str]:
    """What tells one state of an object from the next; empty where the server says nothing that does."""
    plain = {key if isinstance(key, str) else key.decode(): value.decode() for key, value in (metadata or {}).items()}
    version = {name: plain[name] for name in _VERSION if plain.get(name)}
    strong = [version[name] for name in _STRONG if name in version]
    return version if strong and not strong[0].startswith("W/") else {}


def _unchanged(version: dict[str, str], state: str | None) -> str | None:
    """The digest of the content, where the object is the one that was read before."""
    kept = json.loads(state) if state else {}
    return kept["digest"] if version and kept.get("version") == version else None


S3 = Kind("s3", lambda given: given.startswith("s3://"), _find, _opened)
GCS = Kind("gs", lambda given: given.startswith("gs://"), _find, _opened)
