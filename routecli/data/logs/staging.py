"""One file: its records become canonical rows in file order, each with its first problem, in a `Sink`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from routecli.data.logs.condensed import shape_of
from routecli.data.logs.containers import Container
from routecli.data.logs.contest import Contest
from routecli.data.logs.flat import Flat, Total
from routecli.data.logs.formats import Format
from routecli.data.logs.formats.paths import quoted, segments
from routecli.data.logs.normalise import Normal
from routecli.data.logs.reading import NotStrictError, Reader
from routecli.data.logs.shape import Shape, document_types
from routecli.data.logs.sinks import Sink, Staged
from routecli.data.logs.sources import Opened
from routecli.model.ingest import LatencyUnit

if TYPE_CHECKING:
    import duckdb


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
    total: Total | None = None,
) -> Staged:
    """Read the whole file. `latest` is the last believable instant (ISO, UTC), `beside` where spools go.
    `total` waits for the number of its values, where that is being counted.

    Raises DataError `unreadable-file`.
    """
    if format.shaped:
        for thin in Thin.of(format, container):
            fields = document_types(thin.format)
            reader = Reader(con, source, name, container, beside, {**fields, **dict.fromkeys(thin.absent, "VARCHAR")})
            staged = _shaped(reader, thin, latest, latency_unit, sink)
            if staged:
                return staged
    read = partial(Reader, con, source, name, container, beside)
    return Flat(read, container, format, latest, latency_unit, sink).staged(total)


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
    con, format = reader.con, thin.format
    normal = Normal(format, thin.keys, latest, latency_unit)
    shape = shape_of(format, reader.container, sink.origin)
    whole = full(document_types(format), thin)
    try:
        if not format.staged:
            lenient = reader.load(
                lambda documents: sink.fill(normal, normal.select(shape.records(whole(documents)))), strict=thin.strict
            )
            return None if thin.surmised and sink.has_other() else Staged(normal, lenient, sink)
        lenient = reader.load(lambda documents: keep(con, shape.condensed(whole(documents))), strict=thin.strict)
    except NotStrictError:
        return None
    if thin.surmised and con.execute("SELECT bool_or(other) FROM documents").fetchall()[0][0]:
        return None
    if lenient and (format.each or format.children):
        sink = sink.for_documents()
    contest = filled(con, shape, normal, sink)
    if not shape.beaten:
        contest.close()
    return Staged(normal, lenient, sink, contest if shape.beaten else None)


def keep(con: "duckdb.DuckDBPyConnection", documents: str) -> None:
    """Make the table `documents`."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE documents AS {documents}")


def filled(con: "duckdb.DuckDBPyConnection", shape: Shape, normal: Normal, sink: Sink) -> Contest:
    """Put the records of the table `documents` into the sink; they are kept until the contest is closed."""
    documents = "SELECT rowid AS pos, * EXCLUDE (other) FROM documents"
    if shape.in_advance:
        con.execute(f"CREATE OR REPLACE TEMP TABLE prepared AS {shape.prepared(documents)}")
        con.execute("DROP TABLE documents")
        documents = "SELECT * FROM prepared"
    contest = Contest(con, shape, normal, documents, partial(_fill, con, shape, normal, documents, sink))
    if shape.format.windowed:
        contest.find()
    contest.fill()
    return contest


def _fill(con: "duckdb.DuckDBPyConnection", shape: Shape, normal: Normal, documents: str, sink: Sink) -> None:
    # The documents stay on the side of a join that streams, so that their order is kept.
    con.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    try:
        sink.fill(normal, normal.select(shape.records(documents)))
    finally:
        con.execute("RESET disabled_optimizers")


def full(fields: Mapping[str, str], thin: Thin) -> Callable[[str], str]:
    """SQL of all fields, and of `other`: whether there is anything in an absent one, or more than is read."""
    absent, kept, other = thin.absent, "*", "false"
    if absent:
        empty = ", ".join(f"NULL::{type} AS {quoted(name)}" for name, type in fields.items() if name in absent)
        unread = ", ".join(map(quoted, sorted(set(absent).difference(fields))))
        kept = f"*{f' EXCLUDE ({unread})' if unread else ''}{f' REPLACE ({empty})' if empty else ''}"
        other = f"coalesce({', '.join(map(quoted, sorted(absent)))}) IS NOT NULL"
    more = f"* REPLACE (other OR coalesce({thin.several}, false) AS other)" if thin.several else "*"
    return lambda documents: f"SELECT {more} FROM (SELECT {kept}, {other} AS other FROM ({documents}))"
