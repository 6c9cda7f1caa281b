"""Loading without a detour: the rows of a file go into the store at once, inside the transaction that keeps them.

Appending them a second time, from a temporary table, would cost a third of the whole ingest. So every row of the file
is appended, in order, with what else must be known of it packed into columns of its own:

- `record` is set at the end, from the rows' order: positive for what counts, negative (dead) for what is refused or a
  repeat. The view `requests` does not show the dead; they are swept out after the transaction, because a row deleted
  inside it would make the engine append all the others again.
- `warnings` of a refused row hold its problem, detail and excerpt.
"""

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

_PLAIN, _BARE, _OTHER, _BAD = 0, 1, 2, -1
"""What `record` says while the order is not known: `_BARE` rows have a latency without a unit, `_OTHER` ones a value
under a key thought to be absent."""


def fits(container: Container, format: Format) -> bool:
    """Whether every line of the file is one row, so that a row's order is its record number."""
    return container.kind in ("lines", "array", "objects") and not format.staged and not format.skips


class Direct:
    """The rows of one file in the store (see `routecli.data.logs.staging.Sink`), in a transaction of their own."""

    def __init__(self, con: "duckdb.DuckDBPyConnection", transaction: store.Transaction, found: Found) -> None:
        self.con, self.transaction, self.found = con, transaction, found
        self.ingest_id = 0
        self.bare = 0
        self._other = False

    @property
    def rows(self) -> str:
        """SQL of this file's rows, with n."""
        return f"SELECT abs(record) - 1 AS n, * FROM {store.ROWS} WHERE ingest_id = {self.ingest_id}"

    @property
    def bad(self) -> str:
        """See `Sink`."""
        packed = "warnings[1] AS problem, warnings[2] AS detail, warnings[3] AS excerpt"
        return f"SELECT n, n AS pos, {packed} FROM ({self.rows} AND record < 0)"

    @property
    def sound(self) -> str:
        """See `Sink`."""
        return f"SELECT n, n AS pos FROM ({self.rows} AND record > 0)"

    def has_other(self) -> bool:
        """See `Sink`."""
        return self._other

    def fill(self, normal: Normal, rows: str) -> None:
        """See `Sink`."""
        con = self.con
        self.transaction.undo()
        self.transaction.begin()
        if store.is_empty(con):
            store.initialise(con)
        store.widen(con, normal.columns)
        self.ingest_id = store.next_ingest(con)
        bad, other = (
            f"WHEN problem IS NOT NULL THEN {_BAD}",
            "" if normal.format.shaped else f"WHEN other THEN {_OTHER}",
        )
        record = f"CASE {other} {bad} WHEN unitless THEN {_BARE} ELSE {_PLAIN} END"
        packed = "CASE WHEN problem IS NOT NULL THEN [problem, detail, excerpt] ELSE warnings END"
        con.execute(
            f"INSERT INTO {store.ROWS} BY NAME SELECT {made(normal.format, self.found, self.ingest_id)}, "
            f"{record} AS record, CASE WHEN problem IS NULL THEN {own_key(normal.format, normal)} END AS own_key, "
            f"row_hash, {packed} AS warnings, "
            f"{', '.join(map(quoted, normal.columns))} FROM ({rows})"
        )
        self._number()

    def _number(self) -> None:
        """Give every row its record number: the rows of one append are in the order of the file."""
        mine = f"FROM {store.ROWS} WHERE ingest_id = {self.ingest_id}"
        first, self.bare, self._other = self.con.execute(
            f"SELECT min(rowid), count(*) FILTER (record = {_BARE}), coalesce(bool_or(record = {_OTHER}), false) {mine}"
        ).fetchall()[0]
        if first is None or self._other:
            return
        number = f"rowid - {first} + 1"
        self.con.execute(
            f"UPDATE {store.ROWS} SET record = CASE WHEN record = {_BAD} THEN -({number}) ELSE {number} END "
            f"WHERE ingest_id = {self.ingest_id}"
        )

    def kill(self, where: str) -> None:
        """Let those living rows of the file be dead for which the condition over n holds."""
        self.con.execute(
            f"UPDATE {store.ROWS} SET record = -record WHERE ingest_id = {self.ingest_id} AND record > 0 "
            f"AND record - 1 IN (SELECT n FROM {where})"
        )


class DirectLoad(Load):
    """The good rows of a file whose rows are in the store already."""

    def __init__(self, con: "duckdb.DuckDBPyConnection", found: Found, staged: Staged, sink: Direct) -> None:
        self.sink = sink
        if staged.lenient:
            sink.kill("refused")
        super().__init__(con, found, staged)
        self._repeated_rows = self._with_key("record < 0")
        self._elsewhere = f" AND requests.ingest_id <> {sink.ingest_id}"

    def _with_key(self, condition: str) -> str:
        key = dedup_key(self.format, self.staged.normal, self.found)
        return f"SELECT *, {key} AS dedup_key FROM ({self.sink.rows} AND {condition})"

    def _keyed(self) -> str:
        return self._with_key("record > 0")

    def _skipped(self) -> dict[str, int]:
        return {}

    def _bare(self) -> int:
        return self.sink.bare

    def write(self, ingest_id: int) -> int:
        """Let what the file repeats be dead: how many rows are new."""
        self._find_repeats()
        if self.repeated:
            self.sink.kill("repeats")
        return self.good - self.repeated
