"""Loading without a detour: every row of a file is appended to the store at once, dead, and brought to life at the end.

Appending the rows a second time, from a temporary table, would cost a third of the whole ingest. So they are appended
while they are parsed, in a transaction of their own; `record` says that they are dead, so that the view `requests` does
not show them. Their order is that of the file, which gives each its number. The transaction that keeps the file brings
those to life that count: new ones, and sound ones. The rest is swept out, as is all that a killed ingest leaves.

Not in one transaction: a row that is changed or deleted in the transaction that appended it makes the engine write all
of them twice.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from routecli.data import store
from routecli.data.logs.containers import Container
from routecli.data.logs.formats.record import Format, quoted
from routecli.data.logs.load import Load, dedup_key, made, own_key
from routecli.data.logs.normalise import Normal
from routecli.data.logs.origin import Origin
from routecli.data.logs.sinks import PASSED, Incoming, Sink, Staged
from routecli.data.logs.sources import Found
from routecli.data.request_rows import HIDDEN, NEWEST, OWN_KEY, ROW_HASH, ROWS, column, stored, widen

if TYPE_CHECKING:
    import duckdb

PLAIN, BARE, OTHER, BAD = 0, 1, 2, 3
"""What a dead row is: `BARE` ones have a latency without a unit, `OTHER` ones a value under a key that was taken to
be absent. `BAD` ones are no requests: their `warnings` are a JSON list of problem, detail, excerpt and the document's
position; if it was skipped, of null and why."""
CODES = 4


def fits(container: Container, format: Format) -> bool:
    """Whether the file can be loaded so."""
    return container.kind in ("lines", "array", "objects") and format.identity is None


class Direct:
    """The rows of one file in the store (see `routecli.data.logs.sinks.Sink`).

    `record` of a dead row is minus its code, from which 4 (n + 1) is taken where n does not follow from the order, or
    4 times the number of its values where those are counted. `meanwhile` begins what is to be done while the engine
    reads: not earlier, for it would hold up the preparations.
    """

    def __init__(
        self, con: "duckdb.DuckDBPyConnection", found: Found, format: Format, meanwhile: Callable[[], None]
    ) -> None:
        self.con, self.found, self.format, self.meanwhile = con, found, format, meanwhile
        self.origin = Origin.of(found)
        self.ingest_id = self.first = 0
        self.unstored: list[str] = []
        self.values = 0
        self._other = False

    @property
    def n(self) -> str:
        """SQL of a row's n."""
        if not self.format.windowed:
            return f"rowid - {self.first}"
        return f"CASE WHEN record > 0 THEN record - 1 ELSE (-record) // {CODES} - 1 END"

    @property
    def mine(self) -> str:
        """SQL that holds of the rows of what is loaded here."""
        return f"ingest_id = {self.ingest_id}"

    def rows(self, where: str) -> str:
        """SQL of the rows loaded here (`row` is their place in the table), with n and code (NULL of the living), for
        which the condition holds."""
        code = f"CASE WHEN record <= 0 THEN (-record) % {CODES} END"
        columns = ", ".join(["rowid AS row", f"{self.n} AS n", f"{code} AS code", "*", *self.unstored])
        return f"SELECT * FROM (SELECT {columns} FROM {ROWS} WHERE {self.mine}) WHERE {where}"

    @property
    def bad(self) -> str:
        """See `Sink`."""
        pos = f"{packed_item(3)}::BIGINT" if self.format.staged else "n"
        told = (f"{packed_item(i)} AS {name}" for i, name in enumerate(("problem", "detail", "excerpt")))
        rows = self.rows(f"code = {BAD} AND {packed_item(0)} IS NOT NULL")
        return f"SELECT n, {pos} AS pos, 0 AS part, {', '.join(told)} FROM ({rows})"

    @property
    def others(self) -> str:
        """See `Sink`."""
        passed = f" UNION ALL BY NAME {PASSED}" if self.format.windowed else ""
        rows = self.rows(f"code <> {BAD} OR {packed_item(0)} IS NULL")
        return f"SELECT n, n AS pos, 0 AS part FROM ({rows}){passed}"

    def has_other(self) -> bool:
        """See `Sink`."""
        return self._other

    def fill(self, normal: Normal, rows: str) -> None:
        """See `Sink`."""
        self.append(normal, rows)
        self.first, count, last, self._other, self.values = self.con.execute(
            "SELECT coalesce(min(rowid), 0), count(*), coalesce(max(rowid), -1), "
            f"coalesce(bool_or((-record) % {CODES} = {OTHER}), false), "
            f"coalesce(sum((-record) // {CODES}), 0)::BIGINT "
            f"FROM {ROWS} WHERE {self.mine}"
        ).fetchall()[0]
        # The engine promises it; wrong numbers would be worse than none.
        assert count == last - self.first + 1

    def append(self, normal: Normal, rows: str, index: str = "") -> None:
        """Append these rows, dead. `index` is SQL of what to add to the first ingest's id for a row's own."""
        con, format = self.con, normal.format
        self.format = format
        store.sweep(con)
        with store.transaction(con):
            values = {name: quoted(name) for name in normal.columns} | _hidden(format, normal)
            if store.is_empty(con):
                store.initialise(con, values)
            else:
                widen(con, values)
            there = stored(con)
            self.unstored = [column(name, there) for name in HIDDEN if name not in there]
            self.ingest_id = store.next_ingest(con)
            self.meanwhile()
            con.execute(
                f"INSERT INTO {ROWS} BY NAME SELECT {made(format, self.origin, f'{self.ingest_id}{index}')}, "
                f"{_dead(normal)} AS record, {_packed(format)} AS warnings, "
                f"{', '.join(f'{sql} AS {quoted(name)}' for name, sql in values.items())} FROM ({rows})"
            )

    def for_documents(self) -> Sink:
        """See `Sink`."""
        return Incoming(self.con, self.origin)

    def load(self, staged: Staged) -> "DirectLoad":
        """What writes the file that was staged here."""
        return DirectLoad(self.con, self.found, staged, self)

    def enliven(self, dead: Sequence[str]) -> None:
        """Number the sound rows, but for those whose n is in one of the tables `dead`."""
        but = "".join(f" AND {self.n} NOT IN (SELECT n FROM {one} WHERE n IS NOT NULL)" for one in dead)
        self.con.execute(
            f"UPDATE {ROWS} SET record = {self.n} + 1 WHERE {self.mine} AND (-record) % {CODES} <> {BAD}{but}"
        )


def _hidden(format: Format, normal: Normal) -> dict[str, str]:
    """SQL of the columns that the view does not show, by name; not of those that are NULL in every row."""
    key = own_key(format, normal)
    values = {} if key == "NULL" else {OWN_KEY: f"CASE WHEN problem IS NULL THEN {key} END"}
    values |= {} if normal.typed else {ROW_HASH: "row_hash"}
    return values | ({NEWEST: "newest"} if format.newest else {})


def _dead(normal: Normal) -> str:
    """SQL of `record`."""
    format = normal.format
    skipped = f"WHEN skip IS NOT NULL THEN {BAD} " if format.shaped else ""
    other = "" if format.staged else f"WHEN other THEN {OTHER} "
    code = f"CASE {other}{skipped}WHEN problem IS NOT NULL THEN {BAD} WHEN unitless THEN {BARE} ELSE {PLAIN} END"
    if format.windowed:
        return f"-{CODES} * (n + 1) - {code}"
    return f"-({code})" if normal.counted is None else f"-{CODES} * seen - {code}"


def _packed(format: Format) -> str:
    """SQL of `warnings`."""
    pos = ", pos::VARCHAR" if format.staged else ""
    skipped = "WHEN skip IS NOT NULL THEN to_json([NULL, skip])::VARCHAR " if format.shaped else ""
    bad = f"to_json([problem, detail, excerpt{pos}])::VARCHAR"
    return f"CASE WHEN problem IS NOT NULL THEN {bad} {skipped}ELSE warnings END"


def packed_item(i: int) -> str:
    """SQL of an item of what `_packed` packed."""
    return f"(warnings ->> '$[{i}]')"


class DirectLoad(Load):
    """The good rows of a file whose rows are in the store already."""

    def __init__(self, con: "duckdb.DuckDBPyConnection", found: Found, staged: Staged, sink: Direct) -> None:
        self.sink = sink
        super().__init__(con, found, staged)
        self.bare = self._one(f"SELECT count(*) FROM keyed WHERE code = {BARE}")

    def _keyed(self) -> str:
        refused = " AND n NOT IN (SELECT n FROM refused)" if self.staged.lenient else ""
        key = dedup_key(self.format, self.staged.normal, self.origin.base)
        return f"SELECT *, {key} AS dedup_key FROM ({self.sink.rows(f'code IS DISTINCT FROM {BAD}{refused}')})"

    def _skipped(self) -> dict[str, int]:
        if self.format.windowed:
            return super()._skipped()
        refused = " AND n NOT IN (SELECT n FROM refused)" if self.staged.lenient else ""
        rows = self.sink.rows(f"code = {BAD} AND {packed_item(0)} IS NULL{refused}")
        return self._count(f"SELECT {packed_item(1)} AS skip FROM ({rows})")

    def _bare(self) -> int:
        return self.bare

    def _append(self, ingest_id: int) -> None:
        dead = ["repeats"] if self.repeated else []
        self.sink.enliven([*dead, "refused"] if self.staged.lenient else dead)
