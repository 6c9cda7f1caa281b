"""Files of this machine: named, in folders, or matching a pattern."""

import glob
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath

from routecli.data.logs.sources.digest import Watch, new_digest, update
from routecli.data.logs.sources.source import Ask, Found, Kind, Opened
from routecli.data.logs.sources.spool import needs_spool, spooled
from routecli.errors import EnvironmentFault, UsageError
from routecli.model.ingest import IngestOptions

SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".parquet")
COMPRESSED = (".gz", ".zst")
_HEAD = 4096


def is_log(path: PurePath) -> bool:
    """Whether a file found in a folder is taken for a log: by its suffix, hidden files never."""
    name = path.name.lower()
    for suffix in COMPRESSED:
        name = name.removesuffix(suffix)
    return name.endswith(SUFFIXES) and not any(part.startswith(".") for part in path.parts)


def base_name(name: str) -> str:
    """The file's name without compression suffix: the same log before and after rotation."""
    return name.removesuffix(".gz").removesuffix(".zst") or name


def suffix_of(base: str) -> str:
    """Its lower-case suffix."""
    return PurePath(base).suffix.lower()


def found_file(path: Path | str) -> Found:
    """A file of this machine, by its path."""
    name = Path(path).name
    return Found(str(path), base_name(name), str(Path(path).resolve()), str(path), "file")


def _find(given: str, options: IngestOptions) -> Iterator[Found]:
    path = Path(given)
    if path.is_dir():
        yield from _in_folder(path)
    elif path.exists():
        yield found_file(given)
    elif glob.has_magic(given):
        # Not Path.glob, which wants the pattern apart from the directory it starts at.
        matches = sorted(match for match in glob.glob(given, recursive=True) if Path(match).is_file())  # noqa: PTH207
        yield from map(found_file, matches)
        if not matches:
            yield Found(given, error=_missing(given, "no file matches this pattern"))
    elif re.match(r"[a-z][a-z0-9+.-]+://", given, re.IGNORECASE):
        scheme = given.partition("://")[0]
        fix = "give a file, a folder, s3://, gs:// or postgresql://, or fetch it and pipe it in with -"
        raise UsageError("unknown-source", f"nothing can be read from {scheme}:// addresses", fix=fix)
    else:
        yield Found(given, error=_missing(given, "no such file or directory"))


def _in_folder(folder: Path) -> Iterator[Found]:
    """The logs in it and in its folders, in order; links to folders are not followed, so that none goes in circles."""
    closed: list[str] = []
    files: list[Path] = []
    for path, _, names in os.walk(folder, onerror=lambda fault: closed.append(str(fault.filename))):
        files += [Path(path, name) for name in names]
    files = sorted(file for file in files if is_log(file.relative_to(folder)) and file.is_file())
    yield from map(found_file, files)
    yield from (Found(one, error=_closed(one, "this folder")) for one in sorted(closed))
    if not files and not closed:
        given = str(folder)
        yield Found(given, error=_missing(given, f"no {', '.join(SUFFIXES)} file in this directory"))


def _closed(name: str, what: str) -> EnvironmentFault:
    return EnvironmentFault("unreadable-path", f"no permission to read {what}", where=name)


def _missing(given: str, what: str) -> EnvironmentFault:
    return EnvironmentFault("no-such-file", what, where=given, fix="check the path; quote patterns with * in them")


@contextmanager
def _opened(found: Found, ask: Ask) -> Iterator[Opened]:
    """Raises EnvironmentFault `no-such-file` or `unreadable-path`, DataError `unreadable-file`."""
    path, suffix = Path(found.at), suffix_of(found.base)
    try:
        with path.open("rb") as raw:
            # A pipe can be read once, and a log is read more often.
            if not path.is_file() or needs_spool(raw.peek(_HEAD)):
                with spooled(raw, found.name, ask.beside) as spool:
                    yield Opened(spool.path, spool.size, suffix, lambda watch=None: spool.digest, spool.complete)
                return
        yield _plain(path, suffix)
    except FileNotFoundError:
        raise _missing(found.name, "no such file or directory") from None
    except PermissionError:
        raise _closed(found.name, "this") from None
    except IsADirectoryError:
        raise EnvironmentFault("unreadable-path", "this is a directory", where=found.name) from None


def _plain(path: Path, suffix: str) -> Opened:
    before = path.stat()

    def grew() -> bool:
        after = path.stat()
        return (before.st_ino, before.st_dev) == (after.st_ino, after.st_dev) and after.st_size > before.st_size

    def digest(watch: Watch | None = None) -> str | None:
        with path.open("rb") as file:
            known = new_digest()
            update(known, file, before.st_size, watch)
        after = path.stat()
        same = (before.st_size, before.st_mtime_ns, before.st_ino) == (after.st_size, after.st_mtime_ns, after.st_ino)
        # A log that grows while it is read is fine: it is known as far as it went, and read again next time.
        return known.hexdigest() if same or grew() else None

    with path.open("rb") as file:
        file.seek(max(before.st_size - 1, 0))
        complete = file.read(1) in (b"\n", b"\r", b"")
    return Opened(str(path), before.st_size, suffix, digest, complete, grew=grew)


FILES = Kind("file", lambda given: True, _find, _opened)
