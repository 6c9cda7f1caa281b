"""Loading without a detour: every row of a file is appended to the store at once, dead, and brought to life at the end.

Appending the rows a second time, from a temporary table, would cost a third of the whole ingest. So they are appended
while they are parsed, in a transaction of their own; `record` says that they are dead, so that the view `requests` does
not show them. Their order is that of the file, which gives each its number. The transaction that keeps the file brings
those to life that count: new ones, and sound ones. The rest is swept out, as is all that a killed ingest leaves.

Not in one transaction: a row that is changed or deleted in the transaction that appended it makes the engine write all
of them twice.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from routecli.data import store
from routecli.data.logs.containers import Container
from routecli.data.logs.formats.record import Format, quoted
from routecli.data.logs.load import Load, dedup_key, made, own_key
from routecli.data.logs.normalise import Normal
from routecli.data.logs.sources import Found
from routecli.data.logs.staging import Staged

if TYPE_CHECKING:
    import duckdb

_PLAIN, _BARE, _OTHER, _BAD = 0, -1, -2, -3
"""What `record` says of dead rows: `_BARE` ones have a latency without a unit, `_OTHER` ones a value under a key that
was taken to be absent. `_BAD` ones are no requests: their `warnings` are problem, detail and excerpt; of what was
skipped, NULL and why."""


def fits(container: Container, format: Format) -> bool:
    """Whether every line of the file is one row, so that a row's order is its record number."""
    return container.kind in ("lines", "array", "objects") and not format.staged


class Direct:
    """The rows of one file in the store (see `routecli.data.logs.staging.Sink`)."""

    def __init__(self, con: "duckdb.DuckDBPyConnection", found: Found) -> None:
        self.con, self.found = con, found
        self.ingest_id = self.first = 0
        self._other = False

    def rows(self, where: str) -> str:
        """SQL of this file's rows for which the condition holds, with n."""
        mine = f"ingest_id = {self.ingest_id} AND ({where})"
        return f"SELECT rowid - {self.first} AS n, * FROM {store.ROWS} WHERE {mine}"

    @property
    def bad(self) -> str:
        """See `Sink`."""
        packed = "warnings[1] AS problem, warnings[2] AS detail, warnings[3] AS excerpt"
        return f"SELECT n, n AS pos, {packed} FROM ({self.rows(f'record = {_BAD} AND warnings[1] IS NOT NULL')})"

    @property
    def sound(self) -> str:
        """See `Sink`."""
        return f"SELECT n, n AS pos FROM ({self.rows(f'record <> {_BAD}')})"

    def has_other(self) -> bool:
        """See `Sink`."""
        return self._other

    def fill(self, normal: Normal, rows: str) -> None:
        """See `Sink`."""
        con = self.con
        store.sweep(con)
        with store.transaction(con):
            if store.is_empty(con):
                store.initialise(con)
            store.widen(con, normal.columns)
            self.ingest_id = store.next_ingest(con)
            record = f"WHEN problem IS NOT NULL THEN {_BAD} WHEN unitless THEN {_BARE} ELSE {_PLAIN} END"
            packed = "CASE WHEN problem IS NOT NULL THEN [problem, detail, excerpt]"
            if normal.format.shaped:
                record = f"WHEN skip IS NOT NULL THEN {_BAD} {record}"
                packed += " WHEN skip IS NOT NULL THEN [NULL, skip]"
            record = f"CASE WHEN other THEN {_OTHER} {record}"
            key = f"CASE WHEN problem IS NULL THEN {own_key(normal.format, normal)} END"
            con.execute(
                f"INSERT INTO {store.ROWS} BY NAME SELECT {made(normal.format, self.found, self.ingest_id)}, "
                f"{record} AS record, {key} AS own_key, row_hash, {packed} ELSE warnings END AS warnings, "
                f"{', '.join(map(quoted, normal.columns))} FROM ({rows})"
            )
        self.first, count, last, self._other = con.execute(
            "SELECT coalesce(min(rowid), 0), count(*), coalesce(max(rowid), -1), "
            f"coalesce(bool_or(record = {_OTHER}), false) FROM {store.ROWS} WHERE ingest_id = {self.ingest_id}"
        ).fetchall()[0]
        # The engine promises it; wrong numbers would be worse than none.
        assert count == last - self.first + 1

    def load(self, staged: Staged) -> "DirectLoad":
        """What writes the file that was staged here."""
        return DirectLoad(self.con, self.found, staged, self)

    def enliven(self, dead: Sequence[str]) -> None:
        """Number the sound rows, but for those whose n is in one of the tables `dead`."""
        but = "".join(f" AND rowid - {self.first} NOT IN (SELECT n FROM {one} WHERE n IS NOT NULL)" for one in dead)
        self.con.execute(
            f"UPDATE {store.ROWS} SET record = rowid - {self.first} + 1 "
            f"WHERE ingest_id = {self.ingest_id} AND record > {_BAD}{but}"
        )


class DirectLoad(Load):
    """The good rows of a file whose rows are in the store already."""

    def __init__(self, con: "duckdb.DuckDBPyConnection", found: Found, staged: Staged, sink: Direct) -> None:
        self.sink = sink
        super().__init__(con, found, staged)
        self.bare = self._one(f"SELECT count(*) FROM keyed WHERE record = {_BARE}")

    def _keyed(self) -> str:
        refused = f" AND rowid - {self.sink.first} NOT IN (SELECT n FROM refused)" if self.staged.lenient else ""
        key = dedup_key(self.format, self.staged.normal, self.found)
        return f"SELECT *, {key} AS dedup_key FROM ({self.sink.rows(f'record > {_BAD}{refused}')})"

    def _skipped(self) -> dict[str, int]:
        rows = self.sink.rows(f"record = {_BAD} AND warnings[1] IS NULL")
        return self._count(f"SELECT warnings[2] AS skip FROM ({rows})")

    def _bare(self) -> int:
        return self.bare

    def write(self, ingest_id: int) -> int:
        """Bring to life what is new: how many rows that is."""
        self._find_repeats()
        self.sink.enliven([*(["repeats"] if self.repeated else ()), *(["refused"] if self.staged.lenient else ())])
        return self.good - self.repeated
