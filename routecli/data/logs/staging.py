"""Reading one file: its records become canonical rows in file order, each with its first problem, in a `Sink`.

JSON is first read strictly, which is the engine's only way to notice a key that occurs twice; a file with broken lines
is read again leniently, in which broken lines become rows without any value, and its keys are counted in a scan of
their own.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from routecli.data.logs.containers import Container
from routecli.data.logs.formats import Format
from routecli.data.logs.formats.paths import quoted, segments
from routecli.data.logs.normalise import Normal
from routecli.data.logs.shape import ASIDE, Shape, document_types
from routecli.data.logs.sources import Opened, even_lines
from routecli.errors import DataError
from routecli.model.ingest import LatencyUnit

if TYPE_CHECKING:
    import duckdb

OBJECT_SIZES = (16 << 20, 64 << 20)
"""The longest record in bytes: tried in this order, for every thread holds twice as much in memory."""
JSON_LAYOUT = {"lines": "newline_delimited", "array": "array", "objects": "unstructured"}


class Sink(Protocol):
    """Where the rows of one file go. A row is known by n, its ordinal among the file's records, from 0.

    `bad` is SQL of the rows with a problem (n, pos, problem, detail, excerpt), `sound` of those without one that are
    calls of their own (n, pos); pos is the ordinal of the document that the record stands in.
    """

    @property
    def bad(self) -> str:
        """See above."""

    @property
    def sound(self) -> str:
        """See above."""

    def fill(self, normal: Normal, rows: str) -> None:
        """Take these rows (SQL by `normal`) in place of any that were taken before."""

    def has_other(self) -> bool:
        """Whether some row has a value under a key that `normal` was told to be absent."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A file in a sink. `lenient`: it has lines that are not JSON objects, or keys that occur twice.

    With CSV, rows that do not fit the header are in the temporary table `misfits` (record, error), not in the sink.
    """

    normal: Normal
    lenient: bool
    sink: Sink


def number(format: Format) -> str:
    """SQL of n over `incoming`."""
    return "n" if format.windowed else "rowid"


class Incoming:
    """The temporary table `incoming`."""

    def __init__(self, con: "duckdb.DuckDBPyConnection", format: Format) -> None:
        self.con = con
        self.n = number(format)
        self._pos = "pos" if format.staged else "rowid"
        self._taken = " AND skip IS NULL" if format.shaped else ""

    @property
    def bad(self) -> str:
        """See `Sink`."""
        columns = f"{self.n} AS n, {self._pos} AS pos, problem, detail, excerpt"
        return f"SELECT {columns} FROM incoming WHERE problem IS NOT NULL"

    @property
    def sound(self) -> str:
        """See `Sink`."""
        return f"SELECT {self.n} AS n, {self._pos} AS pos FROM incoming WHERE problem IS NULL{self._taken}"

    def fill(self, normal: Normal, rows: str) -> None:
        """See `Sink`."""
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE incoming AS {rows}")

    def has_other(self) -> bool:
        """See `Sink`."""
        return bool(self.con.execute("SELECT bool_or(other) FROM incoming").fetchall()[0][0])


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
        fields = document_types(format)
        absent = set() if container.header else fields.keys() - container.keys
        for missing in (absent, set[str]()) if absent else (absent,):
            reader = _Reader(con, source, name, container, beside, _thin(fields, missing))
            staged = _shaped(reader, format, latest, latency_unit, sink, missing)
            if staged:
                return staged
    keys = set(format.keys)
    present = keys & container.keys or keys
    rest = [] if container.header else sorted(keys - present)
    normal = Normal(format, present, latest, latency_unit)
    reader = _Reader(con, source, name, container, beside, texts([*normal.keys, *rest]))
    lenient = reader.load(lambda documents: sink.fill(normal, normal.select(documents, rest)))
    if rest and sink.has_other():
        # A key that the samples did not show occurs after all.
        every = Normal(format, keys, latest, latency_unit)
        reader = _Reader(con, source, name, container, beside, texts(every.keys))
        return Staged(every, reader.load(lambda documents: sink.fill(every, every.select(documents))), sink)
    return Staged(normal, lenient, sink)


def _thin(fields: Mapping[str, str], absent: set[str]) -> dict[str, str]:
    """The columns to read where some fields seem to be absent: of those only whether there is anything."""
    return {name: "VARCHAR" if name in absent else type for name, type in fields.items()}


def _shaped(
    reader: "_Reader",
    format: Format,
    latest: str,
    latency_unit: LatencyUnit | None,
    sink: Sink,
    absent: set[str],
) -> Staged | None:
    """A format whose records are made by SQL: in one go where each line is one record, else by way of a table.

    `absent` are fields at the top that the samples did not show. None if one of them occurs after all.
    """
    normal = Normal(format, _present(format, absent), latest, latency_unit)
    shape = Shape(format, reader.container, Path(reader.name).name.split(".")[0])
    full = _full(document_types(format), absent)
    if not format.staged:
        take = reader.load(lambda documents: sink.fill(normal, normal.select(shape.records(full(documents)))))
        return None if absent and sink.has_other() else Staged(normal, take, sink)
    con, create = reader.con, "CREATE OR REPLACE TEMP TABLE"
    lenient = reader.load(lambda documents: con.execute(f"{create} documents AS {full(documents)}"))
    if absent and con.execute("SELECT bool_or(other) FROM documents").fetchall()[0][0]:
        return None
    documents = "SELECT rowid AS pos, * EXCLUDE (other) FROM documents"
    if shape.in_advance:
        con.execute(f"{create} prepared AS {shape.prepared(documents)}")
        con.execute("DROP TABLE documents")
        documents = "SELECT * FROM prepared"
    if format.windowed:
        con.execute(f"{create} {ASIDE} AS {shape.aside(documents)}")
    # The documents stay on the side of a join that streams, so that their order is kept.
    con.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    try:
        sink.fill(normal, normal.select(shape.records(documents)))
    finally:
        con.execute("RESET disabled_optimizers")
    con.execute("DROP TABLE IF EXISTS documents; DROP TABLE IF EXISTS prepared")
    return Staged(normal, lenient, sink)


def _present(format: Format, absent: set[str]) -> set[str]:
    """The keys that can have a value."""
    paths = {one.keys[0]: one.path for every in format.readings.values() for one in every if one.path}
    gone = absent if not format.each else set[str]()
    return {key for key in format.keys if key not in paths or segments(paths[key])[0][0] not in gone}


def _full(fields: Mapping[str, str], absent: set[str]) -> Callable[[str], str]:
    """SQL of all fields, and of `other`: whether there is anything in an absent one."""
    empty = ", ".join(f"NULL::{fields[name]} AS {quoted(name)}" for name in sorted(absent))
    other = f"coalesce({', '.join(map(quoted, sorted(absent)))}) IS NOT NULL" if absent else "false"
    return lambda documents: f"SELECT *{f' REPLACE ({empty})' if absent else ''}, {other} AS other FROM ({documents})"


class _Reader:
    def __init__(
        self,
        con: "duckdb.DuckDBPyConnection",
        source: Opened,
        name: str,
        container: Container,
        beside: Path,
        columns: Mapping[str, str],
    ) -> None:
        self.con, self.source, self.name, self.container, self.beside = con, source, name, container, beside
        self.path, self.columns = literal(source.path), columns

    def load(self, take: Callable[[str], object]) -> bool:
        """Let the relation of the documents be taken; whether the file had to be read leniently."""
        self.take = take
        kind = self.container.kind
        if kind == "parquet":
            self._parquet()
            return False
        if kind == "csv":
            self._csv()
            return False
        return self._json()

    def _unreadable(self, fault: Exception) -> DataError:
        """The error for a file the engine cannot read; what is not about the file is raised again."""
        import duckdb

        full = isinstance(fault, duckdb.IOException) and "space" in str(fault)
        if full or isinstance(fault, duckdb.OutOfMemoryException):
            raise fault
        why = str(fault).split("\n", 1)[0].replace(self.source.path, self.name)
        return DataError("unreadable-file", "the file cannot be read to its end", where=self.name, why=why)

    def _json(self) -> bool:
        import duckdb

        kind, size = self.container.kind, OBJECT_SIZES[0]
        lenient = False
        while True:
            try:
                self.take(json_lines(self.path, self.columns, kind, lenient=lenient, size=size))
                return lenient
            except (duckdb.InvalidInputException, duckdb.IOException) as fault:
                if "maximum_object_size" in str(fault) and size != OBJECT_SIZES[-1]:
                    size = OBJECT_SIZES[-1]
                    self.con.execute("SET threads = 2")
                elif lenient:
                    raise self._unreadable(fault) from None
                else:
                    lenient = True

    def _parquet(self) -> None:
        import duckdb

        fields = ", ".join(self._converted(name, type) for name, type in self.columns.items())
        try:
            self.take(f"SELECT {fields} FROM read_parquet({self.path})")
        except duckdb.Error as fault:
            raise self._unreadable(fault) from None

    def _converted(self, name: str, type: str) -> str:
        """A column of a table as a field of that type, whatever its own: nested types go through JSON."""
        if name not in self.container.header:
            return f"NULL::{type} AS {quoted(name)}"
        if type == "VARCHAR":
            return f"{quoted(name)}::VARCHAR AS {quoted(name)}"
        text = name in self.container.texts
        json = f"TRY_CAST({quoted(name)} AS JSON)" if text else f"to_json({quoted(name)})"
        return f"TRY_CAST({json} AS {type}) AS {quoted(name)}"

    def _csv(self) -> None:
        import duckdb

        try:
            try:
                self.take(self._csv_rows(self.path))
            except duckdb.InvalidInputException:
                # Lines that end now with and now without a carriage return: the engine takes one kind only.
                with even_lines(Path(self.source.path), self.beside) as path:
                    self.take(self._csv_rows(literal(path)))
        except (duckdb.InvalidInputException, duckdb.IOException) as fault:
            raise self._unreadable(fault) from None
        self.con.execute(
            "CREATE OR REPLACE TEMP TABLE misfits AS SELECT line AS record, min(error_type::VARCHAR) AS error, "
            "max(strlen(csv_line)) AS bytes FROM csv_errors GROUP BY line"
        )
        self.con.execute("DROP TABLE csv_errors; DROP TABLE csv_scans")

    def _cell(self, name: str, type: str) -> str:
        if name not in self.container.header:
            return f"NULL::{type} AS {quoted(name)}"
        cell = f"trim(c{self.container.header.index(name)})"
        return f"{cell if type == 'VARCHAR' else f'TRY_CAST(TRY_CAST({cell} AS JSON) AS {type})'} AS {quoted(name)}"

    def _csv_rows(self, path: str) -> str:
        header = self.container.header
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(header)))
        self.con.execute("DROP TABLE IF EXISTS csv_errors; DROP TABLE IF EXISTS csv_scans")
        keys = ", ".join(self._cell(name, type) for name, type in self.columns.items())
        return (
            f"SELECT {keys} FROM read_csv({path}, auto_detect = false, header = true, skip = {self.container.skip}, "
            f"compression = 'none', delim = '{self.container.delimiter}', quote = '\"', escape = '\"', "
            f"columns = {{{columns}}}, store_rejects = true, rejects_table = 'csv_errors', "
            f"rejects_scan = 'csv_scans', rejects_limit = 0, max_line_size = {OBJECT_SIZES[0]})"
        )


def texts(keys: Iterable[str]) -> dict[str, str]:
    """Plain text columns with these names."""
    return dict.fromkeys(keys, "VARCHAR")


def literal(text: str) -> str:
    """The text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def json_lines(path: str, columns: Mapping[str, str], kind: str, *, lenient: bool, size: int) -> str:
    """The relation of these columns (name to SQL type) over a JSON file (`path` as an SQL literal)."""
    listed = ", ".join(f"{literal(name)}: {literal(type)}" for name, type in columns.items())
    return (
        f"SELECT * FROM read_json({path}, format = '{JSON_LAYOUT[kind]}', records = 'true', compression = 'none', "
        f"ignore_errors = {str(lenient).lower()}, maximum_object_size = {size}, columns = {{{listed}}})"
    )
