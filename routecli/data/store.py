"""The one DuckDB file everything is kept in: requests, quarantine, ingests, meta. No prompt or response text.

Reading never creates it. Nothing is fetched: extensions are neither installed nor loaded on demand.
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from routecli.data import request_rows
from routecli.data.request_rows import ROWS
from routecli.data.store_faults import bad_store, no_store, unopened
from routecli.errors import EnvironmentFault, UsageError

if TYPE_CHECKING:
    import duckdb

SCHEMA_VERSION = 5
_MUCH = 256 << 20
_LOG_SIZES = ("1KB", "128MB")
"""How long the engine's own log may grow: with much to come, and otherwise."""

_TABLES = (
    "CREATE TABLE quarantine (ingest_id BIGINT NOT NULL, digest VARCHAR, file VARCHAR NOT NULL, line BIGINT, "
    "reason VARCHAR NOT NULL, sentence VARCHAR NOT NULL, excerpt VARCHAR NOT NULL, record BIGINT)",
    "CREATE TABLE ingests (ingest_id BIGINT NOT NULL, path VARCHAR NOT NULL, digest VARCHAR, bytes BIGINT NOT NULL, "
    "format VARCHAR NOT NULL, rows_read BIGINT NOT NULL, rows_new BIGINT NOT NULL, rows_duplicate BIGINT NOT NULL, "
    "rows_skipped BIGINT NOT NULL, rows_quarantined BIGINT NOT NULL, reasons MAP(VARCHAR, BIGINT) NOT NULL, "
    "skipped MAP(VARCHAR, BIGINT) NOT NULL, reading VARCHAR NOT NULL, "
    "CHECK (rows_read = rows_new + rows_duplicate + rows_skipped + rows_quarantined))",
    "CREATE TABLE meta (product VARCHAR NOT NULL, schema_version INTEGER NOT NULL)",
)


def is_base(con: "duckdb.DuckDBPyConnection", name: str, base: str) -> bool:
    """Whether a row's dedup key finds this base in this name of a file."""
    return bool(con.execute(f"SELECT {request_rows.BASE.format(name='?')} = ?", [name, base]).fetchall()[0][0])


def connect(path: Path, *, write: bool, memory: str | None = None) -> "duckdb.DuckDBPyConnection":
    """Open the store; with `write` a missing file is created (empty: see `initialise`).

    `memory` limits the engine's memory, such as `1GB`. Raises EnvironmentFault `no-store` where there is nothing to
    read, `store-is-a-folder`, `store-not-permitted`, `store-locked` where another process holds it, `bad-store` where
    the file is not a store of this version.
    """
    import duckdb

    if path.is_dir():
        raise EnvironmentFault(
            "store-is-a-folder", "this is a folder, not a store", where=str(path), fix="name a file with --db"
        )
    if not write and not path.is_file():
        raise no_store(path)
    if write and not path.parent.is_dir():
        raise EnvironmentFault("no-such-directory", "the store's directory does not exist", where=str(path.parent))
    spill, fresh = Path(f"{path}.tmp"), not path.exists()
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": str(spill),
    }
    try:
        con = duckdb.connect(str(path), read_only=not write, config=config)
    except (duckdb.Error, RuntimeError) as fault:
        raise unopened(path, str(fault)) from None
    try:
        _prepare(con, path, write=write, memory=memory)
        if write:
            # Only this process has the store open: what lies there was left by one that was killed.
            shutil.rmtree(spill, ignore_errors=True)
    except BaseException:
        release(con, path, discard=fresh)
        raise
    return con


def _prepare(con: "duckdb.DuckDBPyConnection", path: Path, *, write: bool, memory: str | None) -> None:
    import duckdb

    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET enable_progress_bar = false")
    if memory is not None:
        try:
            con.execute("SET memory_limit = $limit", {"limit": memory})
        except duckdb.Error:
            raise UsageError("bad-memory", f"{memory!r} is not an amount of memory", fix="write it like 1GB") from None
    if is_empty(con):
        if not write:
            raise no_store(path)
    else:
        _check(con, path)


def is_empty(con: "duckdb.DuckDBPyConnection") -> bool:
    """Whether the file holds no table at all yet: a new store."""
    return (
        con.execute("SELECT count(*) = 0 FROM duckdb_tables() WHERE NOT internal AND NOT temporary").fetchall()[0][0]
        is True
    )


def holds_requests(path: Path) -> bool:
    """Whether the store has any request (not only evaluation sets); True where it cannot be read, to be said later."""
    try:
        with connect(path, write=False) as con:
            return con.execute("SELECT 1 FROM requests LIMIT 1").fetchone() is not None
    except EnvironmentFault:
        return True


def initialise(con: "duckdb.DuckDBPyConnection", columns: Iterable[str] = ()) -> None:
    """Make the tables of a new store, with room for these columns of requests, inside the caller's transaction."""
    request_rows.create(con, columns)
    for table in _TABLES:
        con.execute(table)
    con.execute("INSERT INTO meta VALUES ('routecli', ?)", [SCHEMA_VERSION])


def next_ingest(con: "duckdb.DuckDBPyConnection") -> int:
    """The id of the next ingest."""
    return int(con.execute("SELECT coalesce(max(ingest_id), 0) + 1 FROM ingests").fetchall()[0][0])


def has_ingested(con: "duckdb.DuckDBPyConnection", base: str) -> bool:
    """Whether a file of this name, without folders and compression suffixes, was ingested before."""
    if is_empty(con):
        return False
    return bool(
        con.execute(
            f"SELECT count(*) > 0 FROM ingests WHERE {request_rows.BASE.format(name='path')} = ?", [base]
        ).fetchall()[0][0]
    )


def sweep(con: "duckdb.DuckDBPyConnection") -> None:
    """Delete dead rows: what an ingest appended and did not keep, or was killed before it could."""
    if not is_empty(con) and con.execute(f"SELECT count(*) FROM {ROWS} WHERE record <= 0").fetchall()[0][0]:
        con.execute(f"DELETE FROM {ROWS} WHERE record <= 0")


def expect(con: "duckdb.DuckDBPyConnection", size: int) -> None:
    """Prepare for a log of so many bytes: much goes into the file at once, little by way of the engine's own log."""
    # By way of that log much would be written twice; to bring the file up to date for a little takes longer, and the
    # longer, the more rows it has.
    con.execute(f"SET wal_autocheckpoint = '{_LOG_SIZES[size < _MUCH]}'")


@contextmanager
def transaction(con: "duckdb.DuckDBPyConnection") -> Iterator[None]:
    """All or nothing of what is written inside."""
    import duckdb

    con.execute("BEGIN")
    try:
        yield
        con.execute("COMMIT")
    except BaseException:
        # An engine error may have rolled back already.
        with suppress(duckdb.Error):
            con.execute("ROLLBACK")
        raise


def recall(con: "duckdb.DuckDBPyConnection", key: str) -> str | None:
    """What was last remembered under the key: the state of a source as of its last ingest."""
    known = con.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'sources' AND NOT temporary"
    ).fetchall()
    if not known[0][0]:
        return None
    row = con.execute("SELECT state FROM sources WHERE source = ?", [key]).fetchone()
    return None if row is None else str(row[0])


def remember(con: "duckdb.DuckDBPyConnection", key: str, state: str) -> None:
    """Keep the state of a source in place of the one before, inside the caller's transaction if there is one."""
    con.execute("CREATE TABLE IF NOT EXISTS sources (source VARCHAR NOT NULL, state VARCHAR NOT NULL)")
    con.execute("DELETE FROM sources WHERE source = ?", [key])
    con.execute("INSERT INTO sources VALUES (?, ?)", [key, state])


def _check(con: "duckdb.DuckDBPyConnection", path: Path) -> None:
    import duckdb

    try:
        rows = con.execute("SELECT product, schema_version FROM meta").fetchall()
    except duckdb.Error:
        rows = []
    if len(rows) != 1 or rows[0][0] != "routecli":
        raise bad_store(path, "it is a DuckDB file of something else")
    if rows[0][1] != SCHEMA_VERSION:
        age = "an older" if rows[0][1] < SCHEMA_VERSION else "a newer"
        why = f"it has schema version {rows[0][1]}, made by {age} routecli; this one reads version {SCHEMA_VERSION}"
        raise bad_store(path, why, fix="ingest the logs into a new file with --db, or use the matching routecli")


def _is_blank(con: "duckdb.DuckDBPyConnection") -> bool:
    """Whether nothing was ever kept in the store."""
    if is_empty(con):
        return True
    tables = con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary").fetchall()
    kept = [name for (name,) in tables if name not in ("meta", ROWS)]
    return not any(con.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchall() for name in [*kept, "requests"])


def release(con: "duckdb.DuckDBPyConnection", path: Path, *, discard: bool) -> None:
    """Close the store; with `discard` one that never got its first row is removed, with what lies beside it."""
    import duckdb

    empty = False
    with suppress(duckdb.Error):
        empty = discard and _is_blank(con)
    if empty:
        # Before it is closed: as long as it is open nobody else can have begun to fill it.
        for leftover in (path, Path(f"{path}.wal")):
            with suppress(PermissionError):
                leftover.unlink(missing_ok=True)
        shutil.rmtree(Path(f"{path}.tmp"), ignore_errors=True)
    with suppress(duckdb.Error):
        con.close()
