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
from routecli.data.logs.staging import PASSED, Incoming, Sink, Staged

if TYPE_CHECKING:
    import duckdb

_PLAIN, _BARE, _OTHER, _BAD = 0, 1, 2, 3
"""What a dead row is: `_BARE` ones have a latency without a unit, `_OTHER` ones a value under a key that was taken to
be absent. `_BAD` ones are no requests: their `warnings` are problem, detail, excerpt and the document's position; if it
was skipped, NULL and why."""
_CODES = 4


def fits(container: Container, format: Format) -> bool:
    """Whether the file can be loaded so."""
    return container.kind in ("lines", "array", "objects") and format.identity is None


class Direct:
    """The rows of one file in the store (see `routecli.data.logs.staging.Sink`).

    `record` of a dead row is minus its code, from which 4 (n + 1) is taken where n does not follow from the order.
    """

    def __init__(self, con: "duckdb.DuckDBPyConnection", found: Found, format: Format) -> None:
        self.con, self.found, self.format = con, found, format
        self.ingest_id = self.first = 0
        self._other = False

    @property
    def n(self) -> str:
        """SQL of a row's n."""
        if not self.format.windowed:
            return f"rowid - {self.first}"
        return f"CASE WHEN record > 0 THEN record - 1 ELSE (-record) // {_CODES} - 1 END"

    def rows(self, where: str) -> str:
        """SQL of this file's rows, with n and code (NULL of the living), for which the condition holds."""
        mine = f"FROM {store.ROWS} WHERE ingest_id = {self.ingest_id}"
        code = f"CASE WHEN record <= 0 THEN (-record) % {_CODES} END"
        return f"SELECT * FROM (SELECT {self.n} AS n, {code} AS code, * {mine}) WHERE {where}"

    @property
    def bad(self) -> str:
        """See `Sink`."""
        pos = "warnings[4]::BIGINT" if self.format.staged else "n"
        packed = f"{pos} AS pos, 0 AS part, warnings[1] AS problem, warnings[2] AS detail, warnings[3] AS excerpt"
        return f"SELECT n, {packed} FROM ({self.rows(f'code = {_BAD} AND warnings[1] IS NOT NULL')})"

    @property
    def others(self) -> str:
        """See `Sink`."""
        passed = f" UNION ALL BY NAME {PASSED}" if self.format.windowed else ""
        rows = self.rows(f"code <> {_BAD} OR warnings[1] IS NULL")
        return f"SELECT n, n AS pos, 0 AS part FROM ({rows}){passed}"

    def has_other(self) -> bool:
        """See `Sink`."""
        return self._other

    def fill(self, normal: Normal, rows: str) -> None:
        """See `Sink`."""
        con, format = self.con, normal.format
        self.format = format
        store.sweep(con)
        with store.transaction(con):
            if store.is_empty(con):
                store.initialise(con)
            store.widen(con, normal.columns)
            if format.newest:
                store.remember_newest(con)
            self.ingest_id = store.next_ingest(con)
            con.execute(
                f"INSERT INTO {store.ROWS} BY NAME SELECT {made(format, self.found, self.ingest_id)}, "
                f"{_dead(format)} AS record, CASE WHEN problem IS NULL THEN {own_key(format, normal)} END AS own_key, "
                f"row_hash, {_packed(format)} AS warnings, {f'{store.NEWEST}, ' if format.newest else ''}"
                f"{', '.join(map(quoted, normal.columns))} FROM ({rows})"
            )
        self.first, count, last, self._other = con.execute(
            "SELECT coalesce(min(rowid), 0), count(*), coalesce(max(rowid), -1), "
            f"coalesce(bool_or((-record) % {_CODES} = {_OTHER}), false) FROM {store.ROWS} "
            f"WHERE ingest_id = {self.ingest_id}"
        ).fetchall()[0]
        # The engine promises it; wrong numbers would be worse than none.
        assert count == last - self.first + 1

    def for_documents(self) -> Sink:
        """See `Sink`."""
        return Incoming(self.con)

    def load(self, staged: Staged) -> "DirectLoad":
        """What writes the file that was staged here."""
        return DirectLoad(self.con, self.found, staged, self)

    def enliven(self, dead: Sequence[str]) -> None:
        """Number the sound rows, but for those whose n is in one of the tables `dead`."""
        but = "".join(f" AND {self.n} NOT IN (SELECT n FROM {one} WHERE n IS NOT NULL)" for one in dead)
        self.con.execute(
            f"UPDATE {store.ROWS} SET record = {self.n} + 1 "
            f"WHERE ingest_id = {self.ingest_id} AND (-record) % {_CODES} <> {_BAD}{but}"
        )


def _dead(format: Format) -> str:
    """SQL of `record`."""
    skipped = f"WHEN skip IS NOT NULL THEN {_BAD} " if format.shaped else ""
    other = "" if format.staged else f"WHEN other THEN {_OTHER} "
    code = f"CASE {other}{skipped}WHEN problem IS NOT NULL THEN {_BAD} WHEN unitless THEN {_BARE} ELSE {_PLAIN} END"
    return f"-{_CODES} * (n + 1) - {code}" if format.windowed else f"-({code})"


def _packed(format: Format) -> str:
    """SQL of `warnings`."""
    pos = ", pos::VARCHAR" if format.staged else ""
    skipped = "WHEN skip IS NOT NULL THEN [NULL, skip] " if format.shaped else ""
    return f"CASE WHEN problem IS NOT NULL THEN [problem, detail, excerpt{pos}] {skipped}ELSE warnings END"


class DirectLoad(Load):
    """The good rows of a file whose rows are in the store already."""

    def __init__(self, con: "duckdb.DuckDBPyConnection", found: Found, staged: Staged, sink: Direct) -> None:
        self.sink = sink
        super().__init__(con, found, staged)
        self.bare = self._one(f"SELECT count(*) FROM keyed WHERE code = {_BARE}")

    def _keyed(self) -> str:
        refused = " AND n NOT IN (SELECT n FROM refused)" if self.staged.lenient else ""
        key = dedup_key(self.format, self.staged.normal, self.found)
        return f"SELECT *, {key} AS dedup_key FROM ({self.sink.rows(f'code IS DISTINCT FROM {_BAD}{refused}')})"

    def _skipped(self) -> dict[str, int]:
        if self.format.windowed:
            return super()._skipped()
        refused = " AND n NOT IN (SELECT n FROM refused)" if self.staged.lenient else ""
        rows = self.sink.rows(f"code = {_BAD} AND warnings[1] IS NULL{refused}")
        return self._count(f"SELECT warnings[2] AS skip FROM ({rows})")

    def _bare(self) -> int:
        return self.bare

    def _append(self, ingest_id: int) -> None:
        dead = ["repeats"] if self.repeated else []
        self.sink.enliven([*dead, "refused"] if self.staged.lenient else dead)
