"""One file: its records become canonical rows in file order, each with its first problem, in a `Sink`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from routecli.data.logs.containers import Container
from routecli.data.logs.contest import Contest
from routecli.data.logs.formats import Format
from routecli.data.logs.formats.paths import quoted, segments
from routecli.data.logs.normalise import Normal, typable
from routecli.data.logs.reading import NotStrictError, Reader, texts
from routecli.data.logs.shape import ASIDE, Shape, document_types
from routecli.data.logs.sources import Opened
from routecli.model.ingest import LatencyUnit

if TYPE_CHECKING:
    import duckdb


class Sink(Protocol):
    """Where the rows of one file go. A row is known by n, its ordinal among the file's records, from 0.

    `bad` is SQL of the rows with a problem (n, pos, part, problem, detail, excerpt), `others` of all the rest, the
    skipped ones as well (n, pos, part); pos is the ordinal of the document that the record stands in, part its place
    there.
    """

    @property
    def bad(self) -> str:
        """See above."""

    @property
    def others(self) -> str:
        """See above."""

    def fill(self, normal: Normal, rows: str) -> None:
        """Take these rows (SQL by `normal`) in place of any that were taken before."""

    def has_other(self) -> bool:
        """Whether some row has a value under a key that `normal` was told to be absent."""

    def for_documents(self) -> "Sink":
        """The sink for documents of several records where the place of every row is asked for."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A file in a sink. `lenient`: it has lines that are not JSON objects, or keys that occur twice. `contest`: what
    is refused may change which of its records count.

    With CSV, rows that do not fit the header are in the temporary table `misfits` (record, error), not in the sink.
    """

    normal: Normal
    lenient: bool
    sink: Sink
    contest: Contest | None = None


PASSED = f"SELECT n, pos, part FROM {ASIDE} WHERE skip IS NOT NULL"
"""SQL of the skipped records of a format with window functions: those never reach a sink."""


def number(format: Format) -> str:
    """SQL of n over `incoming`."""
    return "n" if format.windowed else "rowid"


class Incoming:
    """The temporary table `incoming`."""

    def __init__(self, con: "duckdb.DuckDBPyConnection") -> None:
        self.con = con

    @property
    def bad(self) -> str:
        """See `Sink`."""
        return f"SELECT {self._places}, problem, detail, excerpt FROM incoming WHERE problem IS NOT NULL"

    @property
    def others(self) -> str:
        """See `Sink`."""
        return f"SELECT {self._places} FROM incoming WHERE problem IS NULL{self._passed}"

    def fill(self, normal: Normal, rows: str) -> None:
        """See `Sink`."""
        format = normal.format
        self._places = f"{number(format)} AS n, {'pos, part' if format.staged else 'rowid AS pos, 0 AS part'}"
        self._passed = f" UNION ALL BY NAME {PASSED}" if format.windowed else ""
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE incoming AS {rows}")

    def has_other(self) -> bool:
        """See `Sink`."""
        return bool(self.con.execute("SELECT bool_or(other) FROM incoming").fetchall()[0][0])

    def for_documents(self) -> Sink:
        """See `Sink`."""
        return self


def stage(
    con: "duckdb.DuckDBPyConnection",
    source: Opened,
    name: str,
    container: Container,
    format: Format,
    latest: str,
    latency_unit: LatencyUnit | None,
    beside: Path,
    sink: Sink,
) -> Staged:
    """Read the whole file. `latest` is the last believable instant (ISO, UTC), `beside` where spools go.

    Raises DataError `unreadable-file`.
    """
    if format.shaped:
        for thin in Thin.of(format, container):
            fields = document_types(thin.format)
            reader = Reader(con, source, name, container, beside, {**fields, **dict.fromkeys(thin.absent, "VARCHAR")})
            staged = _shaped(reader, thin, latest, latency_unit, sink)
            if staged:
                return staged
    keys = set(format.keys)
    present = keys & container.keys or keys
    rest = [] if container.header else sorted(keys - present)
    broken, typed = False, _typed(format, container, present)
    if typed:
        normal = Normal(format, present, latest, latency_unit, typed)
        columns = texts([*normal.keys, *rest]) | dict.fromkeys(typed, "DOUBLE")
        try:
            _flat(Reader(con, source, name, container, beside, columns), normal, rest, sink, strict=True)
            return Staged(normal, False, sink)
        except NotStrictError as fault:
            broken = fault.broken
    normal = Normal(format, present, latest, latency_unit)
    reader = Reader(con, source, name, container, beside, texts([*normal.keys, *rest]))
    lenient = _flat(reader, normal, rest, sink, lenient=broken)
    if rest and sink.has_other():
        # A key that the samples did not show occurs after all.
        every = Normal(format, keys, latest, latency_unit)
        reader = Reader(con, source, name, container, beside, texts(every.keys))
        return Staged(every, reader.load(lambda documents: sink.fill(every, every.select(documents))), sink)
    return Staged(normal, lenient, sink)


def _flat(
    reader: Reader, normal: Normal, rest: list[str], sink: Sink, *, strict: bool = False, lenient: bool = False
) -> bool:
    rows = partial(normal.select, rest=rest)
    return reader.load(lambda documents: sink.fill(normal, rows(documents)), strict=strict, lenient=lenient)


def _typed(format: Format, container: Container, present: set[str]) -> frozenset[str]:
    """The keys worth to be read as numbers at first, because the samples are plain: that costs far less than text."""
    ids = {key for reading in format.readings.get("request_id", ()) for key in reading.keys}
    if Normal.careful or not ids & present:
        return frozenset()
    return container.numbers & typable(format) & present


@dataclass(frozen=True, slots=True)
class Thin:
    """A format less what a log seems not to have, which is worth a look at the samples: nested fields cost the most.

    `absent` are fields at the top of a document that no sample shows, `several` is SQL that holds of a document with
    more records in it than are read. With `strict` the log must be read to its end
    strictly, because it may have text where the samples have objects.
    """

    format: Format
    absent: frozenset[str] = frozenset()
    strict: bool = False
    several: str = ""

    @staticmethod
    def of(format: Format, container: Container) -> "Iterator[Thin]":
        """The ways to read a log, to be tried in this order."""
        parts = format.parts
        if parts:
            yield from (replace(thin, several=parts.several) for thin in Thin._of(format, container))
            format = parts.format
        yield from Thin._of(format, container)

    @staticmethod
    def _of(format: Format, container: Container) -> "Iterator[Thin]":
        absent = frozenset() if container.header else frozenset(document_types(format)) - container.keys
        lists = {path: segments(path.removesuffix("{}"))[0][0] for path in format.each if path}
        whole = "" in format.each and not format.doc and absent.issuperset(lists.values())
        marks = frozenset[str]().union(*container.records)
        objects = {name for name in format.decoded if any(mark.startswith(f"{name}.") for mark in marks)}
        thin = replace(format, each=() if whole else format.each)
        if objects:
            yield Thin(replace(thin, decoded=tuple(n for n in format.decoded if n not in objects)), absent, strict=True)
        if absent:
            yield Thin(thin, absent)
        yield Thin(format)

    @property
    def surmised(self) -> bool:
        """Whether `other` may hold of a document, so that the log is not as it seemed."""
        return bool(self.absent or self.several)

    @property
    def keys(self) -> set[str]:
        """The keys of the format that can have a value."""
        format = self.format
        paths = {one.keys[0]: one.path for every in format.readings.values() for one in every if one.path}
        absent = frozenset() if format.each else self.absent
        return {key for key in format.keys if key not in paths or segments(paths[key])[0][0] not in absent}


def _shaped(reader: "Reader", thin: Thin, latest: str, latency_unit: LatencyUnit | None, sink: Sink) -> Staged | None:
    """A format whose records are made by SQL: in one go where each line is one record, else by way of a table.

    None if the log is not as thin as it seemed.
    """
    con, create, format = reader.con, "CREATE OR REPLACE TEMP TABLE", thin.format
    normal = Normal(format, thin.keys, latest, latency_unit)
    shape = Shape(format, reader.container, Path(reader.name).name.split(".")[0])
    full = _full(document_types(format), thin)
    try:
        if not format.staged:
            lenient = reader.load(
                lambda documents: sink.fill(normal, normal.select(shape.records(full(documents)))), strict=thin.strict
            )
            return None if thin.surmised and sink.has_other() else Staged(normal, lenient, sink)
        lenient = reader.load(
            lambda documents: con.execute(f"{create} documents AS {full(documents)}"), strict=thin.strict
        )
    except NotStrictError:
        return None
    if thin.surmised and con.execute("SELECT bool_or(other) FROM documents").fetchall()[0][0]:
        return None
    if lenient and (format.each or format.children):
        sink = sink.for_documents()
    documents = "SELECT rowid AS pos, * EXCLUDE (other) FROM documents"
    if shape.in_advance:
        con.execute(f"{create} prepared AS {shape.prepared(documents)}")
        con.execute("DROP TABLE documents")
        documents = "SELECT * FROM prepared"
    contest = Contest(con, shape, normal, documents, partial(_fill, con, shape, normal, documents, sink))
    if format.windowed:
        contest.find()
    contest.fill()
    if not shape.beaten:
        contest.close()
    return Staged(normal, lenient, sink, contest if shape.beaten else None)


def _fill(con: "duckdb.DuckDBPyConnection", shape: Shape, normal: Normal, documents: str, sink: Sink) -> None:
    # The documents stay on the side of a join that streams, so that their order is kept.
    con.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    try:
        sink.fill(normal, normal.select(shape.records(documents)))
    finally:
        con.execute("RESET disabled_optimizers")


def _full(fields: Mapping[str, str], thin: Thin) -> Callable[[str], str]:
    """SQL of all fields, and of `other`: whether there is anything in an absent one, or more than is read."""
    absent, kept, other = thin.absent, "*", "false"
    if absent:
        empty = ", ".join(f"NULL::{type} AS {quoted(name)}" for name, type in fields.items() if name in absent)
        unread = ", ".join(map(quoted, sorted(set(absent).difference(fields))))
        kept = f"*{f' EXCLUDE ({unread})' if unread else ''}{f' REPLACE ({empty})' if empty else ''}"
        other = f"coalesce({', '.join(map(quoted, sorted(absent)))}) IS NOT NULL"
    more = f"* REPLACE (other OR coalesce({thin.several}, false) AS other)" if thin.several else "*"
    return lambda documents: f"SELECT {more} FROM (SELECT {kept}, {other} AS other FROM ({documents}))"
