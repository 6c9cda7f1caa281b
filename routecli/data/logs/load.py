"""Writing a staged file's good rows: what is new, what the file repeats, what the store already has.

A request is the same as another if it has the same dedup key: its own id (with attempt and tier, where it is not the
first) or, without an id, its file, position and content. So a growing file adds only its new records, and a rotated
one of the same name loses none. Repeats are found by joins, which is several times cheaper than a primary key.
"""

from typing import TYPE_CHECKING

from routecli.data import store
from routecli.data.logs.formats.record import Format, quoted
from routecli.data.logs.kin import displace, find_kin
from routecli.data.logs.normalise import Normal
from routecli.data.logs.origin import Origin
from routecli.data.logs.shape import ASIDE
from routecli.data.logs.sinks import Staged, number
from routecli.data.logs.sources import Found
from routecli.data.request_rows import NEWEST, OWN_KEY, ROW_HASH, ROWS, widen
from routecli.data.request_rows import dedup_key as stored_key
from routecli.data.sql_text import literal

if TYPE_CHECKING:
    import duckdb

_CALLS = ("attempt", "tier")
_SORTED = (500_000, 4_000_000)
"""From how many rows on, and up to how many, keys are compared by sorting: 32 MB."""
_COMPARED = ("ts", "model_served", "input_tokens", "cache_read_tokens", "output_tokens", "cost_usd")


def dedup_key(format: Format, normal: Normal, base: str) -> str:
    """SQL of a row's whole key over n, `own_key`, `row_hash` and the columns; see `request_rows.dedup_key`.

    `base` is SQL of the name that its file is known by.
    """
    request_id = "request_id" if "request_id" in normal.columns else "NULL"
    implied = f"coalesce({_place(base)}, {request_id})"
    return f"coalesce(own_key, {literal(format.family + ':')} || {implied})"


def _place(base: str) -> str:
    """What stands for the id of a record without one: its place and content."""
    return f"{base} || ':' || (n + 1) || ':' || row_hash"


def own_key(format: Format, normal: Normal, place: str = "NULL") -> str:
    """SQL of a row's key, or NULL where `dedup_key` finds it without. `place`: what a row without an id has instead."""
    columns, family = normal.columns, literal(f"{format.family}:")
    if format.dedup:
        implied = "WHEN dedup = request_id THEN NULL " if "request_id" in columns else ""
        return f"CASE {implied}WHEN dedup IS NULL THEN {place} ELSE {family} || dedup END"
    if "request_id" not in columns:
        return place
    # A retry or an escalation may be logged under its request's id: those are calls of their own.
    later = {name: f"'#{name}=' || CASE WHEN {name} <> 1 THEN {name} END" for name in _CALLS if name in columns}
    more = "".join(f" || coalesce({suffix}, '')" for suffix in later.values())
    if not later and place == "NULL":
        return place
    plain = " AND ".join([f"coalesce({name}, 1) = 1" for name in later]) or "true"
    return f"CASE WHEN request_id IS NULL THEN {place} WHEN {plain} THEN NULL ELSE {family} || request_id{more} END"


def made(format: Format, origin: Origin, ingest_id: str) -> str:
    """The columns that say where a row came from (SQL)."""
    id = f"coalesce(variant, {literal(format.id)})" if format.variant else literal(format.id)
    return f"{id} AS source_format, {origin.name} AS source_file, {ingest_id} AS ingest_id"


class Load:
    """The good rows of `incoming` (those not in `refused`), as the temporary view `keyed`. `good` counts them."""

    def __init__(self, con: "duckdb.DuckDBPyConnection", found: Found, staged: Staged) -> None:
        self.con, self.found, self.staged = con, found, staged
        self.format: Format = staged.normal.format
        self.origin = staged.sink.origin
        con.execute(f"CREATE OR REPLACE TEMP VIEW keyed AS {self._keyed()}")
        self.good: int = self._one("SELECT count(*) FROM keyed")
        self.repeated = self.replaced = self.displacing = 0
        self.skipped: dict[str, int] = self._skipped() if self.format.shaped else {}

    def _keyed(self) -> str:
        format, n = self.format, number(self.format)
        refused = f"AND NOT EXISTS (SELECT 1 FROM refused WHERE refused.n = i.{n})" if self.staged.lenient else ""
        taken = "AND skip IS NULL" if format.shaped else ""
        rows = (
            f"SELECT {n} AS n, {'* EXCLUDE (n)' if format.windowed else '*'} FROM incoming AS i "
            f"WHERE problem IS NULL {taken} {refused}"
        )
        key = own_key(format, self.staged.normal, self._own_place())
        rows = f"SELECT *, {key} AS own_key FROM ({rows})"
        return f"SELECT *, {dedup_key(format, self.staged.normal, self.origin.base)} AS dedup_key FROM ({rows})"

    def _own_place(self) -> str:
        """The key of a row without an id, where its place does not follow from what is stored besides."""
        format, family = self.format, literal(f"{self.format.family}:")
        if format.identity:
            count = "" if format.identity.unique else " || ':' || row_number() OVER (PARTITION BY row_hash ORDER BY n)"
            return f"{family} || {self.origin.base} || ':' || row_hash{count}"
        if store.is_base(self.con, self.found.name, self.found.base):
            return "NULL"
        return f"{family} || {_place(self.origin.base)}"

    def _skipped(self) -> dict[str, int]:
        """How many records were no call of their own, by reason, the most frequent first."""
        refused = " AND n NOT IN (SELECT n FROM refused)" if self.staged.lenient else ""
        n = number(self.format)
        rows = ASIDE if self.format.windowed else "incoming"
        return self._count(f"SELECT skip FROM (SELECT {n} AS n, skip FROM {rows}) WHERE skip IS NOT NULL{refused}")

    def _count(self, skips: str) -> dict[str, int]:
        counted = f"SELECT skip, count(*) AS n FROM ({skips}) GROUP BY 1 ORDER BY n DESC, 1"
        return dict(self.con.execute(counted).fetchall())

    def _one(self, sql: str) -> int:
        return int(self.con.execute(sql).fetchall()[0][0] or 0)

    def write(self, ingest_id: int) -> int:
        """Write what is new, inside the caller's transaction: how many rows that is."""
        self._find_repeats()
        if self.replaced:
            self.con.execute(
                f"DELETE FROM {ROWS} WHERE record > 0 AND {stored_key(self.con)} IN (SELECT dedup_key FROM keyed "
                "WHERE NOT EXISTS (SELECT 1 FROM repeats WHERE repeats.n = keyed.n))"
            )
        if self.displacing:
            displace(self.con)
        self._append(ingest_id)
        return self.good - self.repeated - self.replaced - self.displacing

    def _append(self, ingest_id: int) -> None:
        names = list(self.staged.normal.columns)
        if self.format.newest:
            names.append(NEWEST)
        widen(self.con, [*names, OWN_KEY, ROW_HASH])
        fresh = "WHERE NOT EXISTS (SELECT 1 FROM repeats WHERE repeats.n = keyed.n)" if self.repeated else ""
        self.con.execute(
            f"INSERT INTO {ROWS} BY NAME SELECT {made(self.format, self.origin, str(ingest_id))}, n + 1 AS record, "
            f"own_key, CASE WHEN own_key IS NULL THEN row_hash END AS row_hash, warnings, "
            f"{', '.join(map(quoted, names))} FROM keyed {fresh}"
        )

    def _find_repeats(self) -> None:
        con = self.con
        con.execute("CREATE OR REPLACE TEMP TABLE repeats (n BIGINT)")
        kept = "newest DESC NULLS LAST, n DESC" if self.format.newest else "n"
        # A place occurs once. Without keys of their own the ids tell the other rows apart.
        plain = "request_id" in self.staged.normal.columns and not self._one("SELECT count(own_key) FROM keyed")
        key = "request_id" if plain else "dedup_key"
        if self._any_twice(f"SELECT hash({key}) AS h FROM keyed WHERE own_key IS NOT NULL OR row_hash IS NULL"):
            con.execute(
                "INSERT INTO repeats SELECT n FROM (SELECT n, "
                f"row_number() OVER (PARTITION BY dedup_key ORDER BY {kept}) AS k FROM keyed WHERE hash(dedup_key) IN "
                "(SELECT hash(dedup_key) FROM keyed GROUP BY 1 HAVING count(*) > 1)) WHERE k > 1"
            )
        if self._one("SELECT count(*) FROM ingests"):
            self._find_stored()
            self.displacing = find_kin(con, self.format, self.staged.normal, grown=self.replaced > 0)
        self.repeated = self._one("SELECT count(*) FROM repeats")

    def _any_twice(self, hashes: str) -> bool:
        """Whether some hash occurs twice, by sorting them where that pays and memory allows it."""
        if _SORTED[0] <= self.good <= _SORTED[1]:
            one = self.con.execute(hashes).fetchnumpy()["h"]
            one.sort()
            return bool((one[1:] == one[:-1]).any())
        return bool(self._one(f"SELECT count(DISTINCT h) < count(*) FROM ({hashes})"))

    def _find_stored(self) -> None:
        """What the store has already, unless this copy is a later one of a record that grows."""
        other, stored = "n NOT IN (SELECT n FROM repeats)", "requests.dedup_key = keyed.dedup_key"
        if self.format.newest:
            widen(self.con, [NEWEST])
            stored_rows = f"SELECT {stored_key(self.con)} AS dedup_key, newest FROM {ROWS} WHERE record > 0"
            older = (
                f"SELECT 1 FROM ({stored_rows}) AS r WHERE r.dedup_key = keyed.dedup_key AND r.newest < keyed.newest"
            )
            self.replaced = self._one(f"SELECT count(*) FROM keyed WHERE {other} AND EXISTS ({older})")
            other = f"{other} AND NOT EXISTS ({older})"
        self.con.execute(
            f"INSERT INTO repeats SELECT n FROM keyed WHERE {other} AND EXISTS (SELECT 1 FROM requests WHERE {stored})"
        )

    def _bare(self) -> int:
        """How many rows have a latency without a unit."""
        return self._one("SELECT count(*) FROM keyed WHERE unitless")

    def notes(self) -> list[str]:
        """What a user must know about the rows just written."""
        notes = []
        if self.replaced or self.displacing:
            notes.append(replaced(self.replaced + self.displacing))
        if self.staged.contest and self.staged.contest.stand_ins:
            n = self.staged.contest.stand_ins
            notes.append(f"{n} calls count by a less complete copy: the fullest one is in quarantine")
        bare = self._bare()
        if bare:
            notes.append(unitless(bare))
        other = differ(self.staged.normal)
        if self.repeated and other:
            n = self._one(
                "SELECT count(*) FROM keyed AS k JOIN repeats USING (n) JOIN requests AS r "
                f"ON r.dedup_key = k.dedup_key WHERE {other}"
            )
            if n:
                notes.append(differing(n))
        return notes


def differ(normal: Normal) -> str:
    """SQL of whether the row `k` says something else than the stored row `r` of the same call; empty where that is as
    it should be."""
    compared = () if normal.format.newest else (name for name in _COMPARED if name in normal.columns)
    return " OR ".join(f"k.{name} IS DISTINCT FROM r.{name}" for name in compared)


def replaced(n: int) -> str:
    """A note on so many records."""
    return f"{n} records replace an earlier, less complete copy of the same call"


def unitless(n: int) -> str:
    """A note on so many records."""
    return (
        f"{n} records have a latency without a unit, kept as unknown: to use it, ingest the file into "
        "a new store with --latency-unit s or ms"
    )


def differing(n: int) -> str:
    """A note on so many records."""
    return (
        f"{n} records repeat a request_id with other values than the first one, which was kept: "
        "give each call its own request_id, or log attempt or tier"
    )
