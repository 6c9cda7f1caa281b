"""Small files that go together: looked at one by one, loaded at once.

The store is the same, in every row, as if each had been loaded alone and in order. Whatever is not plain ends a batch:
the files before it are kept, it is loaded alone, and the next batch begins after it.
"""

import glob
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from routecli.data import store
from routecli.data.logs import ingests
from routecli.data.logs.condensed import shape_of
from routecli.data.logs.containers import Container, container
from routecli.data.logs.contest import Contest
from routecli.data.logs.direct import fits
from routecli.data.logs.earlier import asked
from routecli.data.logs.formats import Format
from routecli.data.logs.ingests import Ingested, Ingests
from routecli.data.logs.normalise import Normal
from routecli.data.logs.origin import FILE_INDEX
from routecli.data.logs.reading import json_lines, texts
from routecli.data.logs.several import KindredError, Several
from routecli.data.logs.shape import Shape, document_types
from routecli.data.logs.sources import Ask, Found, Opened, opened
from routecli.data.logs.sources.files import FILES
from routecli.data.logs.staging import Thin, filled, full
from routecli.data.logs.together import UnmarkedError, together
from routecli.data.sql_text import literal, quoted
from routecli.errors import RoutecliError
from routecli.model.ingest import FileResult, IngestOptions

if TYPE_CHECKING:
    import duckdb

MOST = 400
"""How many files are loaded at once at most: all may be open, and systems allow a thousand of those."""
_MOST_SPOOLED = 50
"""As long as one of these is among them: for each, two files are open."""
_LARGEST = 8 << 20
"""In bytes: of a larger file, reading it costs more than planning its statement."""
_MOST_BYTES = 64 << 20
_LONGEST = _LARGEST + 64
"""Of a record, with its mark."""
_INDEX = {FILE_INDEX: "BIGINT"}
CHANGED = "the file changed while it was read: ingest it again for what was added"


@dataclass(frozen=True, slots=True)
class Member:
    """A small file, what it is made of, and how it is read."""

    found: Found
    source: Opened
    shape: Container
    format: Format

    @property
    def inputs(self) -> tuple[bool, bool]:
        """Which counts of input tokens it has: what the others are follows from that."""
        normal = Normal(self.format, _keys(self.format, self.shape), "", None)
        return normal.has("input_tokens"), normal.has("uncached_input_tokens")

    def goes_with(self, other: "Member") -> bool:
        """Whether both can be read by one statement."""
        alike = self.shape.keys == other.shape.keys or self.inputs == other.inputs
        return alike and self.format == other.format


def _keys(format: Format, shape: Container) -> Iterable[str]:
    return next(Thin.of(format, shape)).keys if format.shaped else frozenset(format.keys) & shape.keys


def _joined(members: Sequence[Member]) -> Container:
    """What they are made of together."""
    shapes = [one.shape for one in members]
    records = tuple(marks for shape in shapes for marks in shape.records)
    return Container("lines", records, frozenset[str]().union(*(shape.keys for shape in shapes)))


@dataclass(slots=True)
class Batches:
    """Loads files from the head of a list, as many at once as go together.

    `format` says what a file is read as, `known` what the store has.
    """

    con: "duckdb.DuckDBPyConnection"
    options: IngestOptions
    known: Ingests
    latest: str
    pool: Executor
    ask: Callable[[Found], Ask]
    format: Callable[[Container, str], Format]
    most: int = field(default_factory=lambda: MOST)
    _looked: dict[str, tuple[Container, Format]] = field(default_factory=dict)
    _digests: dict[str, str | None] = field(default_factory=dict)

    def results(self, found: Sequence[Found], begin: Callable[[int], None]) -> list[FileResult]:
        """The results of the first of these files; none where the first has to be loaded alone.

        `begin` is called with the number of each file when work on it begins, again if it has to wait after all.
        """
        gathered: list[FileResult | Member] = []
        members: list[Member] = []
        self._digests.clear()
        with ExitStack() as stack:
            for i, one in enumerate(found[: self.most]):
                begin(i)
                got = self._gathered(one, members, stack)
                if got is None:
                    break
                gathered.append(got)
                if isinstance(got, Member):
                    members.append(got)
            loaded = self._loaded(members) if len(members) > 1 else []
        if len(members) > 1:
            # After a file that is not plain the next one may not be, either.
            self.most = min(2 * self.most, MOST) if len(loaded) == len(members) else max(2 * len(loaded), 2)
        if len(self._looked) > 2 * MOST:
            self._looked.clear()
        rest, done = iter(loaded), list[FileResult]()
        for got in gathered:
            result = next(rest, None) if isinstance(got, Member) else got
            if result is None:
                break
            done.append(result)
        return done

    def _gathered(self, found: Found, members: Sequence[Member], stack: ExitStack) -> FileResult | Member | None:
        """The next member; or the result of a file that the store has; None where a file has to wait."""
        if found.error or found.kind != FILES.id or not _is_small(found, members):
            return None
        try:
            source = stack.enter_context(opened(found, self.ask(found)))
            if not source.digest or Path(source.path).stat().st_size > _LARGEST:
                return None
            if source.path != found.at and len(members) >= _MOST_SPOOLED:
                return None
            if source.size in self.known.sizes:
                result = self.known.unchanged(found.name, source.digest(), asked(self.options))
                if result:
                    return result
            if found.name in self.known.paths or self._is_again(source, members):
                return None
            member = Member(found, source, *self._look(found, source))
        except (RoutecliError, OSError):
            return None
        fit = member.shape.kind == "lines" and fits(member.shape, member.format)
        return member if fit and (not members or member.goes_with(members[0])) else None

    def _is_again(self, source: Opened, members: Sequence[Member]) -> bool:
        """Whether one of the members has the same bytes."""
        alike = [one.source for one in members if one.source.size == source.size]
        return any(self._digest(one) == self._digest(source) for one in alike)

    def _digest(self, source: Opened) -> str | None:
        if source.path not in self._digests:
            self._digests[source.path] = source.digest() if source.digest else None
        return self._digests[source.path]

    def _look(self, found: Found, source: Opened) -> tuple[Container, Format]:
        """What a file is made of. Only a hint: it may be looked at long before it is loaded."""
        if found.key not in self._looked:
            shape = container(source, found.name)
            self._looked[found.key] = shape, self.format(shape, found.name)
        return self._looked[found.key]

    def _loaded(self, members: list[Member]) -> list[FileResult]:
        """The results of the first of the members."""
        import duckdb

        digests = self.pool.submit(lambda: [one.source.digest() if one.source.digest else None for one in members])
        while len(members) > 1:
            try:
                with together([one.source for one in members], self.ask(members[0].found).beside) as path:
                    sink, normal = self._staged(members, path)
            except UnmarkedError as odd:
                members = members[: odd.before]
                continue
            except (duckdb.InvalidInputException, UnicodeDecodeError):
                members = members[: self._readable(members)]
                continue
            try:
                count = next((i for i, part in enumerate(sink.parts) if part.odd), len(members))
                while count:
                    kept = self._kept(members[:count], digests.result(), sink, normal)
                    if isinstance(kept, list):
                        return kept
                    count = kept
                return []
            finally:
                store.sweep(self.con)
        return []

    def _readable(self, members: Sequence[Member]) -> int:
        """How many members there are before the one that cannot be read; half of them, if it cannot be told."""
        import duckdb

        format, shape = members[0].format, _joined(members)
        self.con.execute("SET VARIABLE file_paths = ?::VARCHAR[]", [[one.source.path for one in members]])
        columns = _columns(next(Thin.of(format, shape))) if format.shaped else texts(format.keys)
        counts = ", ".join(f"count({quoted(name)})" for name in columns)
        apart = _documents("getvariable('file_paths')", columns)
        try:
            self.con.execute(f"SELECT {counts} FROM ({apart})")
        except (duckdb.InvalidInputException, UnicodeDecodeError) as fault:
            text = fault.object.decode("utf-8", "replace") if isinstance(fault, UnicodeDecodeError) else str(fault)
            named = [i for i, one in enumerate(members) if f'"{one.source.path}"' in text]
            if len(named) == 1:
                return named[0]
        return len(members) // 2

    def _staged(self, members: Sequence[Member], path: str) -> tuple[Several, Normal]:
        """All their records, dead, in the store. `path` is where they stand together."""
        con, format, shape = self.con, members[0].format, _joined(members)
        store.expect(con, sum(one.source.size for one in members))
        path = literal(path)
        sink = Several(con, [one.found for one in members], format, lambda: None)
        if not format.shaped:
            keys = frozenset(format.keys)
            rest = sorted(keys - shape.keys)
            normal = Normal(format, keys & shape.keys, self.latest, self.options.latency_unit, several=True)
            documents = _documents(path, texts([*normal.keys, *rest]) | _INDEX)
            sink.fill(normal, normal.select(documents, rest))
            return sink, normal
        thin = next(Thin.of(format, shape))
        normal = Normal(thin.format, thin.keys, self.latest, self.options.latency_unit, several=True)
        documents = full(document_types(thin.format), thin)(_documents(path, _columns(thin) | _INDEX))
        self._fill_shaped(sink, thin, normal, shape_of(thin.format, shape, sink.origin), documents)
        return sink, normal

    def _fill_shaped(self, sink: Several, thin: Thin, normal: Normal, shape: Shape, documents: str) -> None:
        con = self.con
        if not thin.format.staged:
            sink.fill(normal, normal.select(shape.records(documents)))
            return
        con.execute(f"CREATE OR REPLACE TEMP TABLE documents AS {shape.condensed(documents)}")
        others = con.execute(f"SELECT DISTINCT {FILE_INDEX} FROM documents WHERE other").fetchall()
        documents = "SELECT rowid AS pos, * EXCLUDE (other) FROM documents"
        if shape.in_advance:
            con.execute(f"CREATE OR REPLACE TEMP TABLE prepared AS {shape.prepared(documents)}")
            documents = "SELECT * FROM prepared"
        contest = Contest(con, shape, normal, documents, lambda: filled(con, shape, normal, documents, sink))
        if thin.format.windowed:
            contest.find()
        contest.fill()
        contest.close()
        for (index,) in others:
            sink.parts[index].other = True

    def _kept(
        self, members: Sequence[Member], digests: Sequence[str | None], sink: Several, normal: Normal
    ) -> list[FileResult] | int:
        """Keep these members, in one transaction: their results; or none of them: how many of them may be kept."""
        reading, done, results = asked(self.options).stored(), list[Ingested](), list[FileResult]()
        try:
            with store.transaction(self.con):
                sink.write(normal, len(members))
                for one, part, digest in zip(members, sink.parts, digests, strict=False):
                    size, id, again = one.source.size, normal.format.id, part.good - part.new
                    done.append(Ingested(one.found.name, digest, size, id, part.new, again, part.skipped, {}, reading))
                    notes = [*one.source.notes, *part.notes()]
                    if digest is None or one.source.grew():
                        notes.append(CHANGED)
                    results.append(done[-1].result(notes))
                ingests.add(self.con, sink.ingest_id, done)
        except KindredError as kindred:
            return kindred.before
        for ingested in done:
            self.known.note(ingested)
        return results


def _documents(path: str, columns: Mapping[str, str]) -> str:
    return json_lines(path, columns, "lines", lenient=False, size=_LONGEST)


def _columns(thin: Thin) -> dict[str, str]:
    return document_types(thin.format) | dict.fromkeys(thin.absent, "VARCHAR")


def _is_small(found: Found, members: Sequence[Member]) -> bool:
    """Whether there is room for a file among the members, and its name is plain."""
    path = Path(found.at)
    # A pipe can be opened only once, and in names of this kind the engine looks for patterns.
    if not path.is_file() or glob.has_magic(str(path)) or "\\" in found.name:
        return False
    size = path.stat().st_size
    plain = PurePath(found.name).name in (found.base, f"{found.base}.gz", f"{found.base}.zst")
    return plain and size <= _LARGEST and sum(one.source.size for one in members) + size <= _MOST_BYTES
