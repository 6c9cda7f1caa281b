"""Reading a file's documents into a relation, whatever it is made of.

JSON is first read strictly, which is the engine's only way to notice a key that occurs twice; a file with broken lines
is read again leniently, in which broken lines become rows without any value, and its keys are counted in a scan of
their own.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from routecli.data.logs.containers import Container
from routecli.data.logs.formats.paths import quoted
from routecli.data.logs.sources import Opened, even_lines
from routecli.data.sql_text import literal
from routecli.errors import DataError

if TYPE_CHECKING:
    import duckdb

OBJECT_SIZES = (4 << 20, 16 << 20, 64 << 20)
"""The longest record in bytes: tried in this order, for every thread reads twice as much at once. Small pieces stay in
the processor's cache, and more of them keep all threads busy."""
_CELL_SIZE = 16 << 20
JSON_LAYOUT = {"lines": "newline_delimited", "array": "array", "objects": "unstructured"}


_TOO_LONG = "maximum_object_size"
"""In what the engine says of a record that is longer than it was allowed."""


class NotStrictError(Exception):
    """A log that cannot be read strictly to its end. `broken`: it is not all JSON."""

    def __init__(self, *, broken: bool) -> None:
        super().__init__()
        self.broken = broken


class Reader:
    """Reads these columns (name to SQL type) of the documents of one file."""

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

    def load(self, take: Callable[[str], object], *, strict: bool = False, lenient: bool = False) -> bool:
        """Let the relation of the documents be taken; whether the file had to be read leniently.

        With `strict` it is not: NotStrictError. With `lenient` it is so at once.
        """
        self.take, self.strict, self.lenient = take, strict, lenient
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
        if _TOO_LONG in str(fault):
            what = f"a record is longer than {OBJECT_SIZES[-1] >> 20} MB, the most that is read at once"
            fix = "split it: of one JSON document with many records in it, jq -c writes one line for each"
            return DataError("record-too-long", what, where=self.name, fix=fix)
        # What shows a piece of the text, cut inside a letter, is no message that could be shown.
        shown = not isinstance(fault, UnicodeDecodeError)
        why = str(fault).split("\n", 1)[0].replace(self.source.path, self.name) if shown else ""
        return DataError("unreadable-file", "the file cannot be read to its end", where=self.name, why=why)

    def _json(self) -> bool:
        import duckdb

        kind, size = self.container.kind, OBJECT_SIZES[0]
        lenient = self.lenient
        while True:
            try:
                self.take(json_lines(self.path, self.columns, kind, lenient=lenient, size=size))
                return lenient
            except (duckdb.InvalidInputException, duckdb.IOException, UnicodeDecodeError) as fault:
                # The engine's message may end inside a letter of the text that it shows.
                if _TOO_LONG in str(fault) and size != OBJECT_SIZES[-1]:
                    size = OBJECT_SIZES[OBJECT_SIZES.index(size) + 1]
                    if size == OBJECT_SIZES[-1]:
                        self.con.execute("SET threads = 2")
                elif self.strict:
                    raise NotStrictError(broken="Malformed JSON" in str(fault)) from None
                elif lenient:
                    raise self._unreadable(fault) from None
                else:
                    lenient = True

    def _parquet(self) -> None:
        import duckdb

        fields = ", ".join(self._converted(name, type) for name, type in self.columns.items())
        try:
            self.take(f"SELECT {fields} FROM read_parquet({self.path})")
        except (duckdb.Error, UnicodeDecodeError) as fault:
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

        # Of a header with a line break in a name the engine learns the wrong end of line, and finds no row.
        even = not any("\n" in name or "\r" in name for name in self.container.header)
        try:
            try:
                if even:
                    self.take(self._csv_rows(self.path))
            except (duckdb.InvalidInputException, UnicodeDecodeError):
                even = False
            if not even:
                # Lines that end now with and now without a carriage return: the engine takes one kind only.
                with even_lines(Path(self.source.path), self.beside) as path:
                    self.take(self._csv_rows(literal(path)))
        except (duckdb.InvalidInputException, duckdb.IOException, UnicodeDecodeError) as fault:
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
            f"rejects_scan = 'csv_scans', rejects_limit = 0, max_line_size = {_CELL_SIZE})"
        )


def texts(keys: Iterable[str]) -> dict[str, str]:
    """Plain text columns with these names."""
    return dict.fromkeys(keys, "VARCHAR")


def json_lines(path: str, columns: Mapping[str, str], kind: str, *, lenient: bool, size: int) -> str:
    """The relation of these columns (name to SQL type) over a JSON file (`path` as an SQL literal), or over several."""
    listed = ", ".join(f"{literal(name)}: {literal(type)}" for name, type in columns.items())
    layout = JSON_LAYOUT[kind]
    return (
        f"SELECT * FROM read_json({path}, format = '{layout}', records = 'true', compression = 'none', "
        f"ignore_errors = {str(lenient).lower()}, maximum_object_size = {size}, columns = {{{listed}}})"
    )
