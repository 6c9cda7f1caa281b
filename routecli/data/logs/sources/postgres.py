"""Tables of a PostgreSQL database: typed rows, fetched in batches into a temporary Parquet file.

Only the columns that the format reads are selected, in one read-only transaction that sees one state of the table.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import IO, TYPE_CHECKING

from routecli.data.logs.formats import Format
from routecli.data.logs.formats.paths import quoted, segments
from routecli.data.logs.formats.record import Identity, at, spelled
from routecli.data.logs.sources import watermark as marks
from routecli.data.logs.sources.database import Column, Table, columns_of, connected, table_named
from routecli.data.logs.sources.database_url import SCHEMES, DatabaseUrl, database_url
from routecli.data.logs.sources.source import Ask, Found, Kind, Opened
from routecli.data.logs.sources.spool import temporary
from routecli.errors import DataError, EnvironmentFault, UsageError
from routecli.model.ingest import IngestOptions

if TYPE_CHECKING:
    from adbc_driver_postgresql.dbapi import Connection

_ROW = "routecli_row"
"""The column of the spool with what tells a row from others; no format reads a field of that name."""
_SETTINGS = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    # Times and numbers as text, the same from every server.
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO, YMD'",
    "SET LOCAL standard_conforming_strings = on",
)


@dataclass(frozen=True, slots=True)
class _Place:
    address: DatabaseUrl = field(repr=False)
    table: Table


def _find(given: str, options: IngestOptions) -> Iterator[Found]:
    address = database_url(given)
    if not options.table:
        fix = "name one: --table LiteLLM_SpendLogs"
        raise UsageError("no-table", "a database is read by the table", where=address.name, fix=fix)
    try:
        with connected(address, address.name, autocommit=True) as con:
            table = table_named(con, options.table, address)
    except EnvironmentFault as error:
        yield Found(address.name, error=error)
        return
    base = f"{table.database}.{table.shown}"
    yield Found(f"{address.name}/{table.shown}", base, table.key, _Place(address, table), "postgresql")


@contextmanager
def _opened(found: Found, ask: Ask) -> Iterator[Opened]:
    """Raises EnvironmentFault `database-unreachable`, ..., DataError for a table that no format fits."""
    place: _Place = found.at
    if ask.format is None:
        raise UsageError("not-a-file", "this command reads files, not databases", where=found.name)
    with temporary(ask.beside) as (path, spool):
        with connected(place.address, found.name) as con:
            for setting in _SETTINGS:
                with con.cursor() as cursor:
                    cursor.execute(setting)
            read = _Read(con, found, ask, place.table)
            read.into(spool)
        yield read.opened(path, spool)


class _Read:
    """One read of a table: what of it, as what, and how far it was read before."""

    def __init__(self, con: "Connection", found: Found, ask: Ask, table: Table) -> None:
        assert ask.format is not None
        self.con, self.found, self.table, self.options = con, found, table, ask.options
        columns = columns_of(con, table)
        self.format = _of_table(ask.format([column.name for column in columns]))
        self.columns = [column for column in columns if column.name in self.format.fields]
        self.column = marks.chosen_column(columns, ask.options.watermark, _times(self.format))
        self.key = sorted((column for column in columns if column.key), key=lambda column: column.key or 0)
        self.signature = [self.format.id, *(column.name for column in self.columns)]
        before, signature = marks.recalled(ask.recall(table.key))
        if before and signature != self.signature:
            self._check_recognisable()
        again = ask.options.full or signature != self.signature
        self.now = marks.now_at(con, table, self.column, ask.latest, before) if self.column else None
        self.window = marks.window(self.column, None if again else before, self.now)
        self.again = again and before is not None

    def _check_recognisable(self) -> None:
        ids = self.format.dedup or any(
            c.name in ("request_id", *_paths(self.format, "request_id")) for c in self.columns
        )
        if not self.key and not ids:
            what = "the table was read with other columns before, and its rows have no id to know them again by"
            raise DataError("table-read-otherwise", what, where=self.found.name, fix="ingest it into a new store")

    def _identity(self) -> tuple[str, bool]:
        """SQL of what tells a row from others, and whether no two rows have the same."""
        columns: list[Column] = self.key or ([self.column] if self.column else [])
        texts = [f"{quoted(column.name)}::text" for column in columns]
        sql = f"json_build_array({', '.join(texts)})::text" if len(texts) > 1 else next(iter(texts), "''")
        return sql, bool(self.key) and not self.format.each

    def into(self, spool: IO[bytes]) -> None:
        """Write the rows to the spool."""
        import pyarrow.parquet

        selected = [f"{column.sql} AS {quoted(column.name)}" for column in self.columns]
        selected.append(f"{self._identity()[0]} AS {quoted(_ROW)}")
        sql = f"SELECT {', '.join(selected)} FROM {self.table.sql} WHERE {self.window.condition}"
        with self.con.cursor() as cursor:
            cursor.execute(sql)
            with cursor.fetch_record_batch() as batches, pyarrow.parquet.ParquetWriter(spool, batches.schema) as writer:
                for batch in batches:
                    writer.write_batch(batch)
        spool.flush()

    def opened(self, path: str, spool: IO[bytes]) -> Opened:
        """The spool as a source."""
        _, unique = self._identity()
        reading = at(_ROW) if self.format.shaped else spelled(_ROW)
        format = replace(self.format, identity=Identity(reading, unique))
        keep = (self.table.key, marks.kept(self.now, self.signature)) if self.now else None
        since = self.window.since
        return Opened(
            path, spool.tell(), ".parquet", None, remember=keep, format=format, since=since, notes=tuple(self._notes())
        )

    def _notes(self) -> Iterator[str]:
        if self.column is None:
            yield "the table is read whole each time: name the column that only grows with --watermark"
        elif self.window.since:
            yield f"read on from {self.column.name} {self.window.since}, a little before where the last ingest ended"
        elif self.again:
            yield "the whole table was read again"
        if self.window.late:
            yield f"{self.window.late} rows of earlier days came late: those days were read again"


def _of_table(format: Format) -> Format:
    """The format of single rows: each is one record."""
    return replace(format, each=()) if "" in format.each else format


def _paths(format: Format, column: str) -> tuple[str, ...]:
    """The names at the top of a record from which the column is read as it stands."""
    found = []
    for reading in format.readings.get(column, ()):
        steps = segments(reading.path) if reading.path else ((reading.keys[0], False),)
        if len(steps) == 1:
            found.append(steps[0][0])
    return tuple(found)


def _times(format: Format) -> tuple[str, ...]:
    return _paths(format, "ts")


POSTGRES = Kind(
    "postgresql", lambda given: given.startswith(SCHEMES), _find, _opened, options=("table", "watermark", "full")
)
