"""Reading one file into the temporary table `incoming`: canonical rows in file order, each with its first problem.

The row's position (rowid, from 0) is its ordinal among the file's records. JSON is first read strictly, which is the
engine's only way to notice a key that occurs twice; a file with broken lines is read again leniently, in which broken
lines become rows without any value, and its keys are counted in a scan of their own.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from routecli.data.logs.containers import Container
from routecli.data.logs.formats import Format
from routecli.data.logs.formats.record import quoted
from routecli.data.logs.normalise import Normal
from routecli.data.logs.sources import Opened, even_lines
from routecli.errors import DataError
from routecli.model.ingest import LatencyUnit

if TYPE_CHECKING:
    import duckdb

OBJECT_SIZES = (16 << 20, 64 << 20)
"""The longest record in bytes: tried in this order, for every thread holds twice as much in memory."""
JSON_LAYOUT = {"lines": "newline_delimited", "array": "array", "objects": "unstructured"}


@dataclass(frozen=True, slots=True)
class Staged:
    """A file in `incoming`. `lenient`: it has lines that are not JSON objects, or keys that occur twice.

    With CSV, rows that do not fit the header are in the temporary table `misfits` (record, error), not in `incoming`.
    """

    normal: Normal
    lenient: bool


def stage(
    con: "duckdb.DuckDBPyConnection",
    source: Opened,
    name: str,
    container: Container,
    format: Format,
    latest: str,
    latency_unit: LatencyUnit | None,
    beside: Path,
) -> Staged:
    """Read the whole file. `latest` is the last believable instant (ISO, UTC), `beside` where spools go.

    Raises DataError `unreadable-file`.
    """
    reader = _Reader(con, source, name, container, beside)
    keys = set(format.keys)
    present = keys & container.keys or keys
    rest = [] if container.header else sorted(keys - present)
    normal = Normal(format, present, latest, latency_unit)
    lenient = reader.load(normal, rest)
    if rest and con.execute("SELECT bool_or(other) FROM incoming").fetchall()[0][0]:
        # A key that the samples did not show occurs after all.
        normal = Normal(format, keys, latest, latency_unit)
        lenient = reader.load(normal, [])
    return Staged(normal, lenient)


class _Reader:
    def __init__(
        self, con: "duckdb.DuckDBPyConnection", source: Opened, name: str, container: Container, beside: Path
    ) -> None:
        self.con, self.source, self.name, self.container, self.beside = con, source, name, container, beside
        self.path = literal(source.path)

    def load(self, normal: Normal, rest: list[str]) -> bool:
        """Make `incoming`; whether it had to be read leniently."""
        kind = self.container.kind
        if kind == "parquet":
            self._parquet(normal)
            return False
        if kind == "csv":
            self._csv(normal)
            return False
        return self._json(normal, rest)

    def _create(self, normal: Normal, lines: str, rest: list[str]) -> None:
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE incoming AS {normal.select(lines, rest)}")

    def _unreadable(self, fault: Exception) -> DataError:
        """The error for a file the engine cannot read; what is not about the file is raised again."""
        import duckdb

        full = isinstance(fault, duckdb.IOException) and "space" in str(fault)
        if full or isinstance(fault, duckdb.OutOfMemoryException):
            raise fault
        why = str(fault).split("\n", 1)[0].replace(self.source.path, self.name)
        return DataError("unreadable-file", "the file cannot be read to its end", where=self.name, why=why)

    def _json(self, normal: Normal, rest: list[str]) -> bool:
        import duckdb

        keys, kind, size = [*normal.keys, *rest], self.container.kind, OBJECT_SIZES[0]
        lenient = False
        while True:
            try:
                self._create(normal, json_lines(self.path, keys, kind, lenient=lenient, size=size), rest)
                return lenient
            except (duckdb.InvalidInputException, duckdb.IOException) as fault:
                if "maximum_object_size" in str(fault) and size != OBJECT_SIZES[-1]:
                    size = OBJECT_SIZES[-1]
                    self.con.execute("SET threads = 2")
                elif lenient:
                    raise self._unreadable(fault) from None
                else:
                    lenient = True

    def _parquet(self, normal: Normal) -> None:
        import duckdb

        keys = ", ".join(f"{quoted(key)}::VARCHAR AS {quoted(key)}" for key in normal.keys)
        try:
            self._create(normal, f"SELECT {keys} FROM read_parquet({self.path})", [])
        except duckdb.Error as fault:
            raise self._unreadable(fault) from None

    def _csv(self, normal: Normal) -> None:
        import duckdb

        try:
            try:
                self._create(normal, self._csv_rows(normal, self.path), [])
            except duckdb.InvalidInputException:
                # Lines that end now with and now without a carriage return: the engine takes one kind only.
                with even_lines(Path(self.source.path), self.beside) as path:
                    self._create(normal, self._csv_rows(normal, literal(path)), [])
        except (duckdb.InvalidInputException, duckdb.IOException) as fault:
            raise self._unreadable(fault) from None
        self.con.execute(
            "CREATE OR REPLACE TEMP TABLE misfits AS SELECT line AS record, min(error_type::VARCHAR) AS error, "
            "max(strlen(csv_line)) AS bytes FROM csv_errors GROUP BY line"
        )
        self.con.execute("DROP TABLE csv_errors; DROP TABLE csv_scans")

    def _csv_rows(self, normal: Normal, path: str) -> str:
        header = self.container.header
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(header)))
        self.con.execute("DROP TABLE IF EXISTS csv_errors; DROP TABLE IF EXISTS csv_scans")
        keys = ", ".join(f"trim(c{header.index(key)}) AS {quoted(key)}" for key in normal.keys)
        return (
            f"SELECT {keys} FROM read_csv({path}, auto_detect = false, header = true, skip = {self.container.skip}, "
            f"compression = 'none', delim = '{self.container.delimiter}', quote = '\"', escape = '\"', "
            f"columns = {{{columns}}}, store_rejects = true, rejects_table = 'csv_errors', "
            f"rejects_scan = 'csv_scans', rejects_limit = 0, max_line_size = {OBJECT_SIZES[0]})"
        )


def literal(text: str) -> str:
    """The text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def json_lines(path: str, keys: list[str], kind: str, *, lenient: bool, size: int) -> str:
    """The relation of text columns over a JSON file (`path` as an SQL literal)."""
    columns = ", ".join(f"'{key}': 'VARCHAR'" for key in keys)
    return (
        f"SELECT * FROM read_json({path}, format = '{JSON_LAYOUT[kind]}', records = 'true', compression = 'none', "
        f"ignore_errors = {str(lenient).lower()}, maximum_object_size = {size}, columns = {{{columns}}})"
    )
