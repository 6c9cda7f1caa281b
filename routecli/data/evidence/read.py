"""`evidence import`: files are found, read by their format, settled and stored as one named set."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from routecli.data import store
from routecli.data.evidence import sets
from routecli.data.evidence.formats import chosen
from routecli.data.evidence.frames import FEATURE, LABEL, Read
from routecli.data.evidence.settle import settle
from routecli.data.evidence.source import Source
from routecli.data.evidence.where import passing
from routecli.data.logs.sources import Ask, Found, find, found_file, opened
from routecli.errors import DataError, EnvironmentFault, RoutecliError, UsageError
from routecli.model.evidence_import import ImportedFile, ImportOptions, SetSummary

if TYPE_CHECKING:
    import duckdb

SUFFIXES = (".json", ".jsonl", ".ndjson", ".csv", ".parquet", ".eval")


class Imported:
    """What an import did: its files in order, the stored set (None: a file could not be taken), and whether the very
    same import had been stored before."""

    def __init__(self, files: list[ImportedFile], summary: SetSummary | None, unchanged: bool = False) -> None:
        self.files, self.summary, self.unchanged = files, summary, unchanged


def import_evidence(
    db: Path, paths: Sequence[str], name: str, options: ImportOptions, *, replace_set: bool, id_of: Callable[[str], str]
) -> Imported:
    """Read every file the paths name and store their answers as the set `name`; all files or none.

    Raises UsageError `evidence-exists` for a name that is taken (unless the import is the same, or `replace_set`).
    """
    found = [one for path in paths for one in _files(path)]
    fresh = not db.exists()
    with _connected(db) as con:
        reads, files, digests = _read_all(found, options, db.parent)
        digest = _digest(digests, options)
        if any(one.error for one in files):
            return Imported(files, None)
        known = {one.name: one for one in sets.summaries(con)} if not fresh else {}
        if name in known and known[name].digest == digest:
            return Imported(files, known[name], unchanged=True)
        if name in known and not replace_set:
            raise UsageError(
                "evidence-exists",
                f"there is an evaluation set '{name}' already, made of other files or options",
                fix="add --replace to put this one in its place, or choose another name",
            )
        settled = settle(reads, repeats=options.repeats)
        files = [replace(file, duplicates=settled.duplicates.get(i, 0)) for i, file in enumerate(files)]
        sources = {i: one.base for i, one in enumerate(found)}
        notes = dict.fromkeys([*settled.notes, *(note for file in files for note in file.notes)])
        draft = SetSummary(name, tuple(sources.values()), 0, 0, {}, (), tuple(notes), digest)
        return Imported(files, sets.write_set(con, draft, settled.frame, id_of, sources))


@contextmanager
def _connected(db: Path) -> Iterator["duckdb.DuckDBPyConnection"]:
    fresh = not db.exists()
    con = store.connect(db, write=True)
    try:
        yield con
    finally:
        store.release(con, db, discard=fresh)


def _files(path: str) -> list[Found]:
    """A folder's evaluation files, or what the path names."""
    folder = Path(path)
    if not folder.is_dir():
        return find([path])
    inside = sorted(file for file in folder.rglob("*") if file.is_file() and _is_evaluation(file.relative_to(folder)))
    if not inside:
        what = f"no {', '.join(SUFFIXES)} file in this directory"
        return [Found(path, error=EnvironmentFault("no-such-file", what, where=path))]
    return [found_file(file) for file in inside]


def _is_evaluation(path: Path) -> bool:
    name = path.name.lower().removesuffix(".gz").removesuffix(".zst")
    return name.endswith(SUFFIXES) and not any(part.startswith(".") for part in path.parts)


def _read_all(
    found: Sequence[Found], options: ImportOptions, beside: Path
) -> tuple[list[Read], list[ImportedFile], list[str]]:
    reads, files, digests = [], [], []
    for one in found:
        read: Read | None = None
        file, digest = ImportedFile(one.name, error=one.error), ""
        if one.error is None:
            try:
                read, file, digest = _read_one(one, options, beside)
            except (DataError, EnvironmentFault) as error:
                file = ImportedFile(one.name, error=error)
        files.append(file)
        if read is not None:
            reads.append(read)
            digests.append(digest)
    return reads, files, digests


def _read_one(one: Found, options: ImportOptions, beside: Path) -> tuple[Read, ImportedFile, str]:
    with opened(one, Ask(beside)) as plain:
        source = Source(one.name, plain)
        format = chosen(source, options.format, wide=bool(options.outcomes))
        read = format.read(source, options)
        if read.raw is None:
            read = _narrowed(read, options)
        digest = plain.digest() or "" if plain.digest else ""
    reasons = read.frame["reason"].dropna().value_counts().to_dict()
    notes = list(read.notes)
    if source.broken:
        notes.append(f"{len(source.broken)} lines are not JSON and were left out, first line {source.broken[0]}")
    file = ImportedFile(
        one.name,
        format.id,
        read.rows,
        read.left_out,
        len(read.frame),
        excluded={str(reason): int(count) for reason, count in sorted(reasons.items())},
        notes=tuple(notes),
    )
    return read, file, digest


def _narrowed(read: Read, options: ImportOptions) -> Read:
    """`--where` on what a tool's own format was read into: its canonical columns, features and labels."""
    if not options.where:
        return read
    shown = read.frame.rename(columns=lambda name: str(name).removeprefix(FEATURE).removeprefix(LABEL))
    mask = passing(shown, options.where)
    left = read.frame[mask].reset_index(drop=True)
    return replace(read, frame=left, left_out=len(read.frame) - len(left))


def _digest(digests: Sequence[str], options: ImportOptions) -> str:
    said = json.dumps([*digests, asdict(options)], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()


def worst_error(files: Sequence[ImportedFile]) -> RoutecliError | None:
    """The error that decides the exit code."""
    errors = [one.error for one in files if one.error is not None]
    return max(errors, key=lambda error: error.exit_code, default=None)
