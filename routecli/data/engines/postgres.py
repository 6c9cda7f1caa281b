"""PostgreSQL: the query runs in the server, in one read-only transaction; only the cells come back."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from routecli.data.engines import Where
from routecli.data.logs.sources.database import columns_of, connected, rows, table_named
from routecli.data.logs.sources.database_url import database_url
from routecli.errors import UsageError

_SETTINGS = ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", "SET LOCAL TimeZone = 'UTC'")


class Postgres:
    """A connection, closed by `close`."""

    dialect = "postgres"

    def __init__(self, where: Where) -> None:
        if where.url is None or where.table is None:
            raise UsageError(
                "no-source",
                "the engine needs a database and a table",
                fix="add --url postgresql://host/database --table NAME",
            )
        self._address = database_url(where.url)
        self._stack = ExitStack()
        try:
            self._con = self._stack.enter_context(connected(self._address, self._address.name))
            for setting in _SETTINGS:
                with self._con.cursor() as cursor:
                    cursor.execute(setting)
            self._table = table_named(self._con, where.table, self._address)
        except BaseException:
            self._stack.close()
            raise
        self.relation = self._table.sql

    def columns(self) -> dict[str, str]:
        """As the catalog has them."""
        return {column.name: column.type for column in columns_of(self._con, self._table)}

    def rows(self, sql: str) -> list[Sequence[Any]]:
        """The rows of a query."""
        return list(rows(self._con, sql))

    def close(self) -> None:
        """End the transaction and the connection."""
        self._stack.close()


def engine(where: Where) -> Postgres:
    """The table of `where`."""
    return Postgres(where)
