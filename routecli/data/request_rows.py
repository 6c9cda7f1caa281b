"""The table behind the view `requests`: only the columns that some log had.

A column of NULLs costs as much to append as one of numbers, and most logs fill a third of the columns. So a column is
added with the first file that has it, and the view shows every canonical column, in order. What follows from other
columns of the row is not stored either.
"""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from routecli.data.columns import BY_NAME, COLUMNS, Column

if TYPE_CHECKING:
    import duckdb

ROWS = "request_rows"
_PACKED = "USING COMPRESSION zstd"
"""For texts of which hardly two are the same: packed as small as by what the engine tries, at a third of the time."""
_FIRST = {
    "source_format": "VARCHAR NOT NULL",
    "source_file": "VARCHAR NOT NULL",
    "ingest_id": "BIGINT NOT NULL",
    "record": "BIGINT NOT NULL",
    "status": "VARCHAR NOT NULL",
    "request_id": f"VARCHAR {_PACKED}",
    "warnings": "VARCHAR",
}
"""The columns that every store has. `warnings` are words with commas between, for a list costs as much as three
columns; dead rows have other text."""
OWN_KEY, ROW_HASH, NEWEST = "own_key", "row_hash", "newest"
HIDDEN = {OWN_KEY: f"VARCHAR {_PACKED}", ROW_HASH: "UBIGINT", NEWEST: "DOUBLE"}
"""Columns that the view does not show. `own_key` and `row_hash`: see `dedup_key`. `newest`: of two copies of a call
that grew, the one with the larger number is kept."""

_FAMILIES = {"vllm_semantic_router_replay": "vsr", "vsr_fleetsim_trace": "fleetsim"}
"""Families of formats whose id does not begin with it."""
_FAMILY = (
    f"CASE source_format {' '.join(f'WHEN {id!r} THEN {family!r}' for id, family in _FAMILIES.items())} "
    "ELSE split_part(source_format, '_', 1) END"
)
BASE = "regexp_replace(parse_filename({name}), '\\.(gz|zst)$', '')"
"""SQL of a file's name without folders and compression suffix."""
_DEDUP_KEY = (
    f"coalesce({{own_key}}, {_FAMILY} || ':' || "
    f"coalesce({BASE.format(name='source_file')} || ':' || record || ':' || {{row_hash}}, request_id))"
)
_MADE = {
    "record_ref": "parse_filename(source_file) || ':' || record",
    "dedup_key": _DEDUP_KEY,
    "warnings": "CASE WHEN warnings IS NULL THEN [] ELSE string_split(warnings, ',') END",
}
_UNLESS_STORED = {
    "ts_basis": "CASE WHEN {ts} IS NULL THEN 'none' ELSE 'logged' END",
    "call_role": "'user'",
    "cost_source": "CASE WHEN {cost_usd} IS NOT NULL THEN 'reported' END",
    "uncached_input_tokens": "{input_tokens} - {cache_read_tokens} - coalesce({cache_write_tokens}, 0)",
}
"""What a column is where nothing else is stored: most logs never say otherwise, and a word in every row costs more than
a number."""


class _Names(dict[str, str]):
    """The stored columns by name; those that are not stored are NULL."""

    def __missing__(self, name: str) -> str:
        return _null(name)


def _null(name: str) -> str:
    return f"NULL::{HIDDEN[name].split()[0] if name in HIDDEN else BY_NAME[name].sql_type}"


def family(format: str) -> str:
    """The family that a row's dedup key takes a format to be of."""
    return _FAMILIES.get(format, format.split("_", 1)[0])


def dedup_key(con: "duckdb.DuckDBPyConnection") -> str:
    """SQL of what makes two rows of the table the same request.

    What follows from the other columns is not stored a second time: the family of the format and the request's id or,
    where there is a `row_hash`, the place in the file and the content. Any other key is the row's `own_key`.
    """
    return _filled(_DEDUP_KEY, stored(con))


def stored(con: "duckdb.DuckDBPyConnection") -> set[str]:
    """The columns of the table."""
    # Several times as fast as to ask the catalog.
    return {column[0] for column in con.execute(f"SELECT * FROM {ROWS} LIMIT 0").description or ()}


def create(con: "duckdb.DuckDBPyConnection", columns: Iterable[str] = ()) -> None:
    """Make the table and its view, with room for these columns, inside the caller's transaction."""
    types = _FIRST | {name: _type(name) for name in columns if name not in _FIRST}
    con.execute(f"CREATE TABLE {ROWS} ({', '.join(f'{name} {type}' for name, type in types.items())})")
    _show(con, types)


def widen(con: "duckdb.DuckDBPyConnection", columns: Iterable[str]) -> None:
    """Make room for these columns, canonical or hidden, inside the caller's transaction."""
    there = stored(con)
    missing = [name for name in columns if name not in there]
    for name in missing:
        con.execute(f"ALTER TABLE {ROWS} ADD COLUMN {name} {_type(name)}")
    if missing:
        _show(con, there.union(missing))


def _type(name: str) -> str:
    return HIDDEN.get(name) or BY_NAME[name].sql_type


def _show(con: "duckdb.DuckDBPyConnection", there: Collection[str]) -> None:
    shown = ", ".join(f"{_shown(column, there)} AS {column.name}" for column in COLUMNS)
    con.execute(f"CREATE OR REPLACE VIEW requests AS SELECT {shown} FROM {ROWS} WHERE record > 0")


def column(name: str, there: Collection[str]) -> str:
    """SQL of a column of the table, NULL where it is not stored."""
    return name if name in there else f"{_null(name)} AS {name}"


def _filled(sql: str, there: Collection[str]) -> str:
    return sql.format_map(_Names({name: name for name in there}))


def _shown(column: Column, there: Collection[str]) -> str:
    name = column.name
    if name in _MADE:
        return _filled(_MADE[name], there)
    kept = _Names({name: name for name in there})[name]
    return f"coalesce({kept}, {_filled(_UNLESS_STORED[name], there)})" if name in _UNLESS_STORED else kept
