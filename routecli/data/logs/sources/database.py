"""A connection to PostgreSQL, its catalog, and what its faults mean to a user."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from routecli.data.logs.formats.paths import quoted
from routecli.data.logs.sources.database_url import DatabaseUrl
from routecli.errors import EnvironmentFault, UsageError, did_you_mean

if TYPE_CHECKING:
    from adbc_driver_postgresql.dbapi import Connection

_NOT_PERMITTED = re.compile(
    r"authentication failed|no password supplied|no pg_hba.conf entry|role \".*\" does not exist"
    r"|not permitted to log in|permission denied"
)
_PLAIN = ("bool", "int2", "int4", "int8", "float4", "float8", "text", "varchar", "timestamp", "timestamptz", "date")
"""What the driver has types of its own for; the rest comes as text."""
_NESTED = ("A", "C")
_IDENTIFIER = re.compile(r'"((?:[^"]|"")+)"|([^".]+)')


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its type by PostgreSQL's short name, whether that is nested, its place in the primary key (from 1)."""

    name: str
    type: str
    nested: bool
    key: int | None

    @property
    def sql(self) -> str:
        """Its value in a type that the driver reads as it stands."""
        if self.type in _PLAIN:
            return quoted(self.name)
        return f"to_json({quoted(self.name)})::text" if self.nested else f"{quoted(self.name)}::text"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a database. `key` is the same from whatever host it is reached, and another once it is made anew."""

    database: str
    schema: str
    name: str
    key: str

    @property
    def sql(self) -> str:
        """Its name for a query."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def shown(self) -> str:
        """Its name for people."""
        parts = (part if re.fullmatch(r"\w+", part) else quoted(part) for part in (self.schema, self.name))
        return ".".join(parts)


@contextmanager
def connected(address: DatabaseUrl, name: str, *, autocommit: bool = False) -> Iterator["Connection"]:
    """A connection; what goes wrong in the `with` becomes the user's error about `name`.

    Raises EnvironmentFault `missing-extra`, `database-unreachable`, `database-not-permitted`, `no-such-database`,
    `database-failed`.
    """
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError:
        what = "reading a PostgreSQL database needs an optional package"
        raise EnvironmentFault("missing-extra", what, where=name, fix="pip install 'routecli[postgres]'") from None
    import pyarrow

    open_ = False
    try:
        with dbapi.connect(address.url, autocommit=autocommit) as con:
            open_ = True
            yield con
    except (dbapi.Error, dbapi.Warning, pyarrow.ArrowException, OSError) as fault:
        # Our own files' faults have a number and are not about the database.
        if isinstance(fault, OSError) and fault.errno is not None:
            raise
        raise _fault(fault, address, name, open_) from None


def _fault(fault: Exception, address: DatabaseUrl, name: str, open_: bool) -> EnvironmentFault:
    text = str(fault)
    said = re.search(r"(?:ERROR|FATAL):\s+([^\n]+)", text) or re.search(r"Failed to connect: ([^\n]+)", text)
    why = address.scrubbed(said[1] if said else text)[:300]
    state = getattr(fault, "sqlstate", None) or ""
    if state in ("42501", "28000", "28P01") or _NOT_PERMITTED.search(text):
        what, fix = "the database does not let this user read it", "check the user, and PGPASSWORD or ~/.pgpass"
        return EnvironmentFault("database-not-permitted", what, where=name, why=why, fix=fix)
    if state == "3D000" or re.search(r"database \".*\" does not exist", text):
        return EnvironmentFault("no-such-database", "there is no such database", where=name, why=why)
    if not open_ or re.search(r"connection.*(?:closed|lost|terminat)|terminating connection|no connection", text):
        what, fix = "the database cannot be reached", "check host, port and network"
        return EnvironmentFault("database-unreachable", what, where=name, why=why, fix=fix)
    return EnvironmentFault("database-failed", "the database refused", where=name, why=why)


def rows(con: "Connection", sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with con.cursor() as cursor:
        cursor.execute(sql, list(parameters) or None)
        return [tuple(row) for row in cursor.fetchall()]


def table_named(con: "Connection", given: str, address: DatabaseUrl) -> Table:
    """The table, view or partitioned table `[schema.]name`; a name in double quotes may hold anything.

    Raises UsageError `bad-table`, EnvironmentFault `no-such-table`, UsageError `ambiguous-table`.
    """
    parts = _parts(given)
    visible = "pg_table_is_visible(c.oid)" if address.schema is None else f"n.nspname = {text(address.schema)}"
    found = rows(
        con,
        f"SELECT n.nspname, c.relname, c.oid::bigint, {visible} FROM pg_catalog.pg_class AS c "
        "JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') "
        r"AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' ORDER BY 1, 2",
    )
    # As typed first; without quotes PostgreSQL itself would fold it to lower case.
    for spelled in (parts, tuple(part.lower() for part in parts)):
        fits = [row for row in found if spelled == row[2 - len(spelled) : 2]]
        fits = [row for row in fits if row[3]] or fits
        if len(fits) > 1:
            what = f"{given} is in the schemas {', '.join(row[0] for row in fits)}"
            raise UsageError("ambiguous-table", what, where=address.name, fix="name one: --table SCHEMA.NAME")
        if fits:
            schema, name, oid, _ = fits[0]
            database = rows(con, "SELECT current_database()::text")[0][0]
            return Table(database, schema, name, f"postgresql:{_cluster(con)}:{database}:{schema}.{name}:{oid}")
    shown = [row[1] if row[3] else f"{row[0]}.{row[1]}" for row in found]
    fix = did_you_mean(parts[-1], [row[1] for row in found])
    fix = fix or (f"there are {', '.join(shown[:20])}" if shown else "it has no table")
    raise EnvironmentFault("no-such-table", f"there is no table {given}", where=address.name, fix=fix)


def _parts(given: str) -> tuple[str, ...]:
    found, at = [], 0
    while match := _IDENTIFIER.match(given, at):
        found.append(match[1].replace('""', '"') if match[1] else match[2].strip())
        at = match.end()
        if at == len(given) and len(found) <= 2 and all(found):
            return tuple(found)
        if given[at : at + 1] != ".":
            break
        at += 1
    raise UsageError("bad-table", f"{given!r} is no name of a table", fix='write NAME, SCHEMA.NAME or "Any Name"')


def _cluster(con: "Connection") -> str:
    """What tells this server from others, by whatever name it was reached."""
    from adbc_driver_postgresql import dbapi

    try:
        return str(rows(con, "SELECT system_identifier::text FROM pg_catalog.pg_control_system()")[0][0])
    except dbapi.Error:
        # Not everything that speaks like PostgreSQL has this, or shows it to everybody.
        return str(rows(con, "SELECT concat_ws(':', inet_server_addr()::text, inet_server_port())")[0][0])


def columns_of(con: "Connection", table: Table) -> list[Column]:
    """The columns of a table in order."""
    oid = int(table.key.rpartition(":")[2])
    found = rows(
        con,
        "SELECT a.attname::text, t.typname::text, t.typcategory::text, array_position(i.indkey::int2[], a.attnum) + 1 "
        "FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid "
        "LEFT JOIN pg_catalog.pg_index AS i ON i.indrelid = a.attrelid AND i.indisprimary "
        f"WHERE a.attrelid = {oid} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
    )
    return [Column(name, type, category in _NESTED, key) for name, type, category, key in found]


def text(value: str) -> str:
    """A text as a literal (with standard_conforming_strings on, which it is unless somebody turned it off)."""
    return "'" + value.replace("'", "''") + "'"
