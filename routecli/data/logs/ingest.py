"""From log files to the store: one transaction per file or batch of small files, idempotent, losing nothing.

rows_read = rows_new + rows_duplicate + rows_skipped + rows_quarantined holds for every file. A failed file writes
nothing and does not stop the others.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from routecli.data import store
from routecli.data.logs import ingests, quarantine, tally
from routecli.data.logs.batch import CHANGED, Batches
from routecli.data.logs.beside import Beside
from routecli.data.logs.containers import Container, chosen, container
from routecli.data.logs.direct import Direct, fits
from routecli.data.logs.earlier import asked, grown_from, moved_here, replaced_by
from routecli.data.logs.formats import Format
from routecli.data.logs.ingests import Ingested, Ingests
from routecli.data.logs.load import Load
from routecli.data.logs.mapping import mapped, with_constants
from routecli.data.logs.mending import cut_off, mended
from routecli.data.logs.origin import Origin
from routecli.data.logs.refusal import collect
from routecli.data.logs.room import exhausted, is_out_of_room
from routecli.data.logs.sinks import Incoming, Staged
from routecli.data.logs.sources import Ask, Found, Held, Opened, find, opened
from routecli.data.logs.staging import stage
from routecli.errors import DataError, EnvironmentFault, UsageError
from routecli.model.ingest import FileResult, IngestOptions

if TYPE_CHECKING:
    import duckdb

MEMORY = "700MB"
"""The engine's limit where none is asked for: with what it does not count, a whole process stays below 1 GB. Beyond it
rows that have to wait go to disk."""

Progress = Callable[[str, int, int], None]
"""Called before each file with its name, its position (from 0) and the number of files."""


def ingest(
    db: Path,
    paths: Sequence[str],
    options: IngestOptions,
    *,
    now: datetime,
    on_progress: Progress | None = None,
) -> list[FileResult]:
    """Load every file the paths name into the store at `db`, making it if need be: one result per file, in order.

    A file that cannot be loaded has its `error` set. `now` bounds believable times (naive means UTC). Raises
    EnvironmentFault `store-locked`, `bad-store` or `no-such-directory`, UsageError for impossible options.
    """
    if not 0 <= options.max_bad <= 1:
        raise UsageError("bad-share", f"max_bad is {options.max_bad}", fix="give a share from 0 to 1")
    found = find(paths, options)
    if all(one.error for one in found):
        return [FileResult(one.name, error=one.error) for one in found]
    fresh = not db.exists()
    with ThreadPoolExecutor(1) as pool:
        con = _connected(db, options)
        run = _Run(con, db, options, _latest(now), pool, Ingests.of(con))
        try:
            return run.results(found, on_progress or (lambda *_: None))
        finally:
            run.held.clear()
            store.release(run.con, db, discard=fresh)


def _connected(db: Path, options: IngestOptions) -> "duckdb.DuckDBPyConnection":
    return store.connect(db, write=True, memory=MEMORY if options.memory is None else options.memory)


def _latest(now: datetime) -> str:
    utc = now.replace(tzinfo=UTC) if now.tzinfo is None else now.astimezone(UTC)
    return (utc + timedelta(days=1)).replace(tzinfo=None).isoformat(sep=" ")


@dataclass(slots=True)
class _Run:
    con: "duckdb.DuckDBPyConnection"
    db: Path
    options: IngestOptions
    latest: str
    pool: ThreadPoolExecutor
    known: Ingests
    lost: EnvironmentFault | None = None
    """Why the store cannot be written any more."""
    held: Held = field(init=False)
    asking: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.held = Held(lambda found, stack: stack.enter_context(opened(found, self._ask(found))))

    def results(self, found: Sequence[Found], on_progress: Progress) -> list[FileResult]:
        """The files' results, in order; the error of one that has one is kept on it."""
        import duckdb

        done: list[FileResult] = []
        held, beside = self.held, self.db.parent
        batches = Batches(self.con, self.options, self.known, self.latest, self.pool, held, beside, self._format)
        told = 0

        def begin(i: int) -> None:
            nonlocal told
            at = len(done) + i
            if at >= told and not (found[at].error or self.lost):
                on_progress(found[at].name, at, len(found))
            told = max(told, at + 1)

        while len(done) < len(found):
            try:
                rest = found[len(done) : len(done) + batches.most]
                done += batches.results(rest, begin) or [self._result(rest[0])]
            except (duckdb.Error, OSError) as fault:
                self._recover(fault)
                # One by one, it can be told which file there is no room for.
                batches.most = 1
            batches.con = self.con
        return done

    def _result(self, found: Found) -> FileResult:
        import duckdb

        error = found.error or self.lost
        if error:
            return FileResult(found.name, error=error)
        try:
            return self._load(found, self.held.take(found))
        except (DataError, EnvironmentFault) as error:
            return FileResult(found.name, error=error)
        except (duckdb.Error, OSError) as fault:
            self._recover(fault)
            return FileResult(found.name, error=exhausted(self.db, fault))
        finally:
            self.held.close(found)

    def _recover(self, fault: Exception) -> None:
        """From running out of memory or disk; anything else is raised again."""
        import duckdb

        if not is_out_of_room(fault):
            raise fault
        # After a write that failed the engine may refuse all further work until it is started again.
        with suppress(duckdb.Error):
            self.con.close()
        try:
            self.con = _connected(self.db, self.options)
        except EnvironmentFault as fault:
            self.lost = fault

    def _ask(self, found: Found) -> Ask:
        def format(columns: Sequence[str]) -> Format:
            names = frozenset(columns)
            return self._format(Container("parquet", (names,), names, tuple(columns)), found.name)

        def known(digest: str) -> bool:
            return self.known.unchanged(found.name, digest, asked(self.options)) is not None

        def recall(key: str) -> str | None:
            # Several sources may be opened at once.
            with self.asking:
                return store.recall(self.con, key)

        return Ask(self.db.parent, self.options, recall, known, format, self.latest)

    def _load(self, found: Found, source: Opened) -> FileResult:
        known = self.known.same(self.con, found.name, source, asked(self.options))
        if known:
            return known
        shape = container(source, found.name)
        tallied = shape.kind == "lines" and shape.flat and source.size >= tally.LEAST
        bytes = Beside(self.pool, source, tally.Tally(nulls=shape.nulls) if tallied else None)
        store.expect(self.con, source.size)
        try:
            try:
                staged = self._staged(found, source, shape, bytes)
                source = replace(source, notes=(*source.notes, *cut_off(source, shape)))
            except DataError as error:
                if error.id != "unreadable-file" or shape.kind not in ("array", "objects"):
                    raise
                with mended(source, shape, found.name, self.db.parent) as copy:
                    staged = self._staged(found, copy.source, container(copy.source, found.name), bytes)
                    copy.place(self.con)
                source = replace(source, notes=(*source.notes, *copy.notes))
            load = staged.sink.load(staged) if isinstance(staged.sink, Direct) else Load(self.con, found, staged)
            return self._judge(load, source, shape, bytes.digest())
        finally:
            self._sweep()

    def _staged(self, found: Found, source: Opened, shape: Container, bytes: Beside) -> Staged:
        """The file in a sink, and its bad records in `refused`."""
        format = source.format or self._format(shape, found.name)
        unit, beside = self.options.latency_unit, self.db.parent
        sink = self._sink(found, shape, format, bytes)
        if format.shaped or isinstance(sink, Incoming):
            bytes.begin()
        total = bytes.total if bytes.tally else None
        staged = stage(self.con, source, found.name, shape, format, self.latest, unit, beside, sink, total)
        collect(self.con, source, shape, staged, beside)
        return staged

    def _sweep(self) -> None:
        import duckdb

        # Where it fails the dead rows stay, which nobody sees.
        with suppress(duckdb.Error):
            store.sweep(self.con)

    def _sink(self, found: Found, shape: Container, format: Format, bytes: Beside) -> Direct | Incoming:
        # Of a log that grew most rows are in the store already: only the new ones are to be appended.
        placed = store.is_base(self.con, found.name, found.base)
        if fits(shape, format) and placed and not store.has_ingested(self.con, found.base):
            return Direct(self.con, found, format, bytes.begin)
        return Incoming(self.con, Origin.of(found))

    def _format(self, shape: Container, name: str) -> Format:
        map, set = self.options.map, self.options.set
        if map:
            return mapped(map, set, shape.keys, name)
        try:
            format = chosen(shape, self.options.format, name)
        except DataError as error:
            if set and error.id == "unrecognised-log":
                return mapped({}, set, shape.keys, name)
            raise
        return with_constants(format, set) if set else format

    def _judge(self, load: Load, source: Opened, shape: Container, digest: str | None) -> FileResult:
        found, id = load.found, load.format.id
        reasons = quarantine.reasons(self.con)
        bad = sum(reasons.values())
        passed = sum(load.skipped.values())
        read = load.good + passed + bad
        error: DataError | None = None
        worst = quarantine.first_lines(self.con)
        if not load.good + passed and source.since is None:
            few = ("there is no record in it", "its only record cannot be loaded")
            what = few[read] if read < len(few) else f"none of its {read} records can be loaded"
            fix = "see what the lines hold: docs of the log schema, or name another with --input-format"
            error = DataError("nothing-to-load", what, where=found.name, why=worst, fix=fix)
        elif bad > self.options.max_bad * read:
            what = f"{bad} of {read} records are bad, more than the share of {self.options.max_bad:g} allowed"
            error = DataError("too-many-bad-lines", what, where=found.name, why=worst, fix="repair them, or allow more")
        if error:
            return FileResult(found.name, id, read, 0, 0, 0, bad, reasons, error=error)
        done, notes = self._write(load, source, digest, reasons)
        notes = [*source.notes, *notes]
        if shape.kind == "csv" and not source.complete:
            notes.append("the last line has no line break: if the file is still being written, a value may be cut off")
        if source.digest and (digest is None or source.grew()):
            notes.append(CHANGED)
        return done.result(notes, source.since)

    def _outlived(self, source: Opened, found: Found) -> tuple[list[int], list[int]]:
        """The ingests of this file whose quarantine it replaces, and those of others whose records it has as well."""
        con = self.con
        gone = grown_from(con, source, found.name)
        if source.since is not None:
            # Part of a table: what is not in it was not read.
            return gone, []
        # What is piped in has no name to know it by.
        same = replaced_by(con, found.name) if found.kind != "stdin" else []
        return [*gone, *same], moved_here(con, found.name)

    def _write(
        self, load: Load, source: Opened, digest: str | None, reasons: dict[str, int]
    ) -> tuple[Ingested, list[str]]:
        """Everything of one file in one transaction; what it was and warnings."""
        con = self.con
        with store.transaction(con):
            if store.is_empty(con):
                store.initialise(con)
            id = store.next_ingest(con)
            format, name = load.format, load.found.name
            gone, moved = self._outlived(source, load.found)
            new = load.write(id)
            quarantine.forget(con, gone)
            quarantine.keep(con, id, digest, name, format, moved)
            counts, reading = (new, load.good - new, load.skipped, reasons), asked(self.options).stored()
            done = Ingested(name, digest, source.size, format.id, *counts, reading)
            ingests.add(con, id, [done])
            if source.remember:
                store.remember(con, *source.remember)
            notes = load.notes()
        self.known.note(done)
        return done, notes
