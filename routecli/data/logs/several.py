"""The rows of several files of one format in the store, appended by one statement, as `Direct` does for one file.

To plan the statement of a nested format takes longer than to read a small file. Only what is plain is kept so: the
first file with anything to be refused, and all after it, are left for later, because of two copies of a call the one
that comes first counts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routecli.data.logs import load
from routecli.data.logs.direct import BAD, BARE, CODES, OTHER, Direct, packed_item
from routecli.data.logs.formats.record import Format
from routecli.data.logs.kin import first_kindred
from routecli.data.logs.normalise import Normal
from routecli.data.logs.origin import FILE_INDEX, Origin, nth
from routecli.data.logs.shape import ASIDE
from routecli.data.logs.sources import Found
from routecli.data.request_rows import NEWEST, ROWS, dedup_key

if TYPE_CHECKING:
    import duckdb

_BEFORE = "file_before"
"""The variable that holds how many rows or records there are before those of each file."""


class KindredError(Exception):
    """One of the files, with so many `before` it, has a call that stands under another key in what comes before it."""

    def __init__(self, before: int) -> None:
        super().__init__()
        self.before = before


@dataclass(slots=True)
class Part:
    """What is known of one of the files: how many of its records are sound, have a latency without a unit (`bare`), or
    are to be refused (`bad`), how many are skipped, by reason, and whether it is not as its samples were (`other`).

    Once it is written: how many are `new`, `replaced` an earlier copy, `differ` from the first one.
    """

    good: int = 0
    bare: int = 0
    bad: int = 0
    other: bool = False
    skipped: dict[str, int] = field(default_factory=dict)
    new: int = 0
    replaced: int = 0
    differ: int = 0

    @property
    def odd(self) -> bool:
        """Whether the file has to be loaded alone."""
        return bool(self.bad or self.other or not (self.good or self.skipped))

    def notes(self) -> list[str]:
        """What a user must know about its rows."""
        told = ((load.replaced, self.replaced), (load.unitless, self.bare), (load.differing, self.differ))
        return [note(count) for note, count in told if count]


class Several(Direct):
    """The rows of these files. `parts` says what is known of each, once they are appended."""

    def __init__(
        self,
        con: "duckdb.DuckDBPyConnection",
        found: Sequence[Found],
        format: Format,
        meanwhile: Callable[[], None],
    ) -> None:
        super().__init__(con, found[0], format, meanwhile)
        self.origin = Origin.of_several(con, found)
        self.parts = [Part() for _ in found]
        self.count = len(found)

    @property
    def n(self) -> str:
        """See `Direct`."""
        before = nth(_BEFORE, f"ingest_id - {self.ingest_id}")
        if not self.format.windowed:
            return f"rowid - {before}"
        return f"CASE WHEN record > 0 THEN record - 1 ELSE (-record) // {CODES} - 1 - {before} END"

    @property
    def mine(self) -> str:
        """See `Direct`; of those files that are to be kept."""
        return f"ingest_id BETWEEN {self.ingest_id} AND {self.ingest_id + self.count - 1}"

    def fill(self, normal: Normal, rows: str) -> None:
        """See `Sink`."""
        self.append(normal, rows, f" + {FILE_INDEX}")
        before = [0] * len(self.parts)
        ends = -1
        for i, first, last, count, *told in self._rows(
            f"min(rowid), max(rowid), count(*), count(*) FILTER ((-record) % {CODES} <> {BAD}), "
            f"count(*) FILTER ((-record) % {CODES} = {BARE}), "
            f"count(*) FILTER ((-record) % {CODES} = {BAD} AND {packed_item(0)} IS NOT NULL), "
            f"bool_or((-record) % {CODES} = {OTHER})"
        ):
            # The engine promises it, but for joins; wrong numbers would be worse than none.
            assert self.format.windowed or (first > ends and count == last - first + 1)
            before[i], ends, part = first, last, self.parts[i]
            part.good, part.bare, part.bad = told[:3]
            part.other = bool(told[3])
        if self.format.windowed:
            for i, first in self._aside("min(n)"):
                before[i] = first
        self.con.execute(f"SET VARIABLE {_BEFORE} = ?::BIGINT[]", [before])
        if self.format.shaped:
            self._count_skipped()

    def _rows(self, sql: str, where: str = "true") -> list[tuple[int, ...]]:
        """Aggregates over the rows of each file that has any, after its number."""
        rows = f"SELECT ingest_id - {self.ingest_id} AS i, {sql} FROM {ROWS} WHERE {self.mine} AND {where}"
        return self.con.execute(f"{rows} GROUP BY ALL ORDER BY i").fetchall()

    def _aside(self, sql: str) -> list[tuple[int, ...]]:
        return self.con.execute(f"SELECT {FILE_INDEX}, {sql} FROM {ASIDE} GROUP BY ALL").fetchall()

    def _count_skipped(self) -> None:
        if self.format.windowed:
            found = self.con.execute(
                f"SELECT {FILE_INDEX}, skip, count(*) FROM {ASIDE} WHERE skip IS NOT NULL GROUP BY ALL"
            ).fetchall()
        else:
            found = self._rows(
                f"{packed_item(1)} AS skip, count(*)", f"(-record) % {CODES} = {BAD} AND {packed_item(0)} IS NULL"
            )
        # The most frequent first.
        for i, skip, count in sorted(found, key=lambda one: (one[0], -one[2], one[1])):
            self.parts[i].skipped[str(skip)] = count

    def write(self, normal: Normal, count: int) -> None:
        """Keep the first `count` files, inside the caller's transaction; all of `parts` is known of them then.

        Raises KindredError if that was not right.
        """
        con, self.count = self.con, count
        key = load.dedup_key(self.format, normal, nth("file_base", f"ingest_id - {self.ingest_id}"))
        sound = self.rows(f"code IS DISTINCT FROM {BAD}")
        con.execute(f"CREATE OR REPLACE TEMP VIEW keyed AS SELECT *, {key} AS dedup_key FROM ({sound})")
        self._find_copies()
        con.execute(
            f"DELETE FROM {ROWS} WHERE record > 0 AND {dedup_key(con)} IN "
            "(SELECT dedup_key FROM holders WHERE row IS NULL AND NOT holds)"
        )
        con.execute(
            f"UPDATE {ROWS} SET record = {self.n} + 1 WHERE {self.mine} AND (-record) % {CODES} <> {BAD} "
            "AND rowid NOT IN (SELECT row FROM repeats)"
        )
        kindred = first_kindred(con, self.format, self.ingest_id)
        if kindred is not None:
            raise KindredError(kindred - self.ingest_id)
        self._tell(normal)

    def _find_copies(self) -> None:
        """Of calls that occur more than once: all rows (`copies`), the ones that stand for a file or for the store
        (`holders`: which is the first, which take another's place, which is kept), and those not kept (`repeats`)."""
        con, newest = self.con, NEWEST if self.format.newest else "NULL::DOUBLE"
        stored = f"SELECT {dedup_key(con)} AS dedup_key, {newest} AS newest FROM {ROWS} WHERE record > 0"
        con.execute(
            "CREATE OR REPLACE TEMP TABLE again AS SELECT dedup_key FROM keyed GROUP BY 1 HAVING count(*) > 1 "
            f"UNION SELECT dedup_key FROM keyed WHERE dedup_key IN (SELECT dedup_key FROM ({stored}))"
        )
        within = "newest DESC NULLS LAST, n DESC" if self.format.newest else "n"
        con.execute(
            "CREATE OR REPLACE TEMP TABLE copies AS SELECT ingest_id, row, dedup_key, newest, "
            f"row_number() OVER (PARTITION BY ingest_id, dedup_key ORDER BY {within}) AS k "
            "FROM keyed WHERE dedup_key IN (FROM again)"
        )
        # One whose size is not known stays as it is, whatever comes later.
        con.execute(
            "CREATE OR REPLACE TEMP TABLE holders AS SELECT *, "
            "ingest_id = max(ingest_id) FILTER (begins OR improves) OVER (PARTITION BY dedup_key) AS holds FROM "
            "(SELECT *, NOT begins AND oldest IS NOT NULL AND coalesce(newest > best, false) AS improves FROM "
            "(SELECT *, row_number() OVER w = 1 AS begins, first_value(newest) OVER w AS oldest, "
            "max(newest) OVER (PARTITION BY dedup_key ORDER BY ingest_id ROWS BETWEEN UNBOUNDED PRECEDING "
            "AND 1 PRECEDING) AS best FROM "
            "(SELECT ingest_id, row, dedup_key, newest FROM copies WHERE k = 1 UNION ALL "
            f"SELECT 0, NULL, dedup_key, newest FROM ({stored}) WHERE dedup_key IN (FROM again)) "
            "WINDOW w AS (PARTITION BY dedup_key ORDER BY ingest_id)))"
        )
        con.execute(
            "CREATE OR REPLACE TEMP TABLE repeats AS SELECT row FROM copies "
            "WHERE row NOT IN (SELECT row FROM holders WHERE holds AND row IS NOT NULL)"
        )

    def _tell(self, normal: Normal) -> None:
        """Complete what is known of the files that were written."""
        parts, con, i = self.parts[: self.count], self.con, f"ingest_id - {self.ingest_id}"
        for part in parts:
            part.new = part.good
        for index, count in con.execute(f"SELECT {i}, count(*) FROM copies GROUP BY 1").fetchall():
            parts[index].new -= count
        begun = f"SELECT {i}, count(*) FILTER (begins), count(*) FILTER (improves) FROM holders WHERE row IS NOT NULL"
        for index, count, improved in con.execute(f"{begun} GROUP BY 1").fetchall():
            parts[index].new += count
            parts[index].replaced = improved
        differ = load.differ(normal)
        others = (
            f"SELECT k.{i}, count(*) FROM keyed AS k JOIN repeats USING (row) JOIN requests AS r "
            f"ON r.dedup_key = k.dedup_key WHERE {differ} GROUP BY 1"
        )
        for index, count in con.execute(others).fetchall() if differ else ():
            parts[index].differ = count
