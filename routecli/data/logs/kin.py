"""The same call under two keys: in the copy of a session that was forked, or of a side chain with a request of its own.

Within a file the format's windows find such copies; here they are found among what is stored.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from routecli.data.columns import BY_NAME
from routecli.data.logs.formats.record import Format, Kin
from routecli.data.logs.normalise import Normal
from routecli.data.request_rows import ROWS, dedup_key

if TYPE_CHECKING:
    import duckdb


def find_kin(con: "duckdb.DuckDBPyConnection", format: Format, normal: Normal, *, grown: bool) -> int:
    """Add to `repeats` what of `keyed` the store has under another key, unless it is to take the place of that.

    How many rows that is; the keys that they replace are in the temporary table `displaced`. `grown`: some of `keyed`
    replace what has their own key.
    """
    kin = format.kin
    if kin is None:
        return 0
    con.execute(f"CREATE OR REPLACE TEMP TABLE kin AS {_pairs(format, kin, normal, grown=grown)}")
    if not con.execute("SELECT count(*) FROM kin").fetchall()[0][0]:
        return 0
    con.execute("INSERT INTO repeats SELECT n FROM kin GROUP BY n HAVING NOT bool_and(instead)")
    con.execute("CREATE OR REPLACE TEMP TABLE displaced AS FROM kin WHERE n NOT IN (SELECT n FROM repeats)")
    return int(con.execute("SELECT count(DISTINCT n) FROM displaced").fetchall()[0][0])


def first_kindred(con: "duckdb.DuckDBPyConnection", format: Format, first: int) -> int | None:
    """The first ingest, from the one with this id on, with a stored row that an earlier one has under another key."""
    kin = format.kin
    if kin is None:
        return None
    columns = f"SELECT ingest_id, dedup_key, {', '.join(kin.columns)} FROM requests WHERE"
    joined = _joined(kin, f"{columns} ingest_id >= {first}", f"{columns} source_format = '{format.id}'")
    found = con.execute(f"SELECT min(k.ingest_id) FROM {joined} AND r.ingest_id < k.ingest_id").fetchall()
    return None if found[0][0] is None else int(found[0][0])


def displace(con: "duckdb.DuckDBPyConnection") -> None:
    """Delete what is replaced, inside the caller's transaction."""
    keys = "SELECT stored_key FROM displaced"
    con.execute(f"DELETE FROM {ROWS} WHERE record > 0 AND {dedup_key(con)} IN ({keys})")


def _pairs(format: Format, kin: Kin, normal: Normal, *, grown: bool) -> str:
    """SQL of n, stored_key and instead of every pair of a new row and a stored one that are the same call."""
    other = "n NOT IN (SELECT n FROM repeats)"
    if grown:
        other += " AND NOT EXISTS (SELECT 1 FROM requests AS r WHERE r.dedup_key = keyed.dedup_key)"
    new = f"SELECT n, dedup_key, {', '.join(_own(normal, kin))} FROM keyed WHERE {other}"
    old = f"SELECT dedup_key, {', '.join(kin.columns)} FROM requests WHERE source_format = '{format.id}'"
    pair = f"k.n, r.dedup_key AS stored_key, coalesce({kin.instead}, false) AS instead"
    return f"SELECT {pair} FROM {_joined(kin, new, old)}"


def _joined(kin: Kin, new: str, old: str) -> str:
    """The join of both relations, as k and r, and its conditions. The SQL of `old` ends with one."""
    by = list(_named(kin))
    if kin.within:
        # So that the engine reads no more of the store than may match.
        old += "".join(
            f" AND {kin.within} {compared} (SELECT {least}({kin.within}) FROM ({new}))"
            for compared, least in ((">=", "min"), ("<=", "max"))
        )
    if kin.odd:
        old += f" AND (({kin.odd}) OR EXISTS (SELECT 1 FROM ({new}) WHERE {kin.odd}))"
    equal = " AND ".join(
        f"k.{name} {'=' if not i else 'IS NOT DISTINCT FROM'} r.{name}" for i, (name, _) in enumerate(by)
    )
    made = ", ".join(f"({sql}) AS {name}" for name, sql in by)
    return (
        f"(SELECT *, {made} FROM ({new})) AS k JOIN (SELECT *, {made} FROM ({old})) AS r "
        f"ON {equal} AND k.dedup_key <> r.dedup_key WHERE ({kin.when})"
    )


def _named(kin: Kin) -> Iterator[tuple[str, str]]:
    return ((f"by{i}", sql) for i, sql in enumerate(kin.by))


def _own(normal: Normal, kin: Kin) -> Iterator[str]:
    """The columns, also those that no record of this file has a value in."""
    for name in kin.columns:
        yield name if name == "warnings" or name in normal.columns else f"NULL::{BY_NAME[name].sql_type} AS {name}"
