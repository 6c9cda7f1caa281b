"""Small files that go together: looked at one by one, loaded at once.

The store is the same, in every row, as if each had been loaded alone and in order. Whatever is not plain ends a batch:
the files before it are kept, it is loaded alone, and the next batch begins after it.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from routecli.data import store
from routecli.data.logs import ingests
from routecli.data.logs.condensed import shape_of
from routecli.data.logs.containers import Container, container
from routecli.data.logs.direct import fits
from routecli.data.logs.earlier import asked
from routecli.data.logs.formats import Format
from routecli.data.logs.ingests import Ingested, Ingests
from routecli.data.logs.members import LARGEST, MOST_SPOOLED, Member, is_remote, is_small, joined
from routecli.data.logs.normalise import Normal
from routecli.data.logs.origin import FILE_INDEX
from routecli.data.logs.reading import json_lines, texts
from routecli.data.logs.several import KindredError, Several
from routecli.data.logs.shape import Shape, document_types
from routecli.data.logs.sources import Found, Held, Opened
from routecli.data.logs.staging import Thin, filled, full, keep
from routecli.data.logs.together import UnmarkedError, together
from routecli.data.sql_text import literal, quoted
from routecli.errors import RoutecliError
from routecli.model.ingest import FileResult, IngestOptions

if TYPE_CHECKING:
    import duckdb

MOST = 400
"""How many files are loaded at once at most. More would gain little, and a kill would lose more."""
_LONGEST = LARGEST + 64
"""Of a record, with its mark."""
_INDEX = {FILE_INDEX: "BIGINT"}
CHANGED = "the file changed while it was read: ingest it again for what was added"


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
    held: Held
    beside: Path
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
        self.held.fetch(takewhile(is_remote, found[: min(self.most, MOST_SPOOLED)]))
        for i, one in enumerate(found[: self.most]):
            begin(i)
            got = self._gathered(one, members)
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
        for i, one in enumerate(found[: len(gathered) + 1]):
            (self.held.close if i < len(done) else self.held.put)(one)
        return done

    def _gathered(self, found: Found, members: Sequence[Member]) -> FileResult | Member | None:
        """The next member; or the result of a file that the store has; None where a file has to wait."""
        if found.error or not is_small(found, members):
            return None
        try:
            source = self.held.take(found)
            if not source.digest:
                return None
            result = self.known.same(self.con, found.name, source, asked(self.options))
            if result:
                return result
            if (source.path != found.at and len(members) >= MOST_SPOOLED) or Path(source.path).stat().st_size > LARGEST:
                return None
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
                with together([one.source for one in members], self.beside) as path:
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

        format, shape = members[0].format, joined(members)
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
        con, format, shape = self.con, members[0].format, joined(members)
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
        keep(con, shape.condensed(documents))
        others = con.execute(f"SELECT DISTINCT {FILE_INDEX} FROM documents WHERE other").fetchall()
        filled(con, shape, normal, sink).close()
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
                    if one.source.remember:
                        store.remember(self.con, *one.source.remember)
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
