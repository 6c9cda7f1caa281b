"""What is wrong with a store that cannot be opened."""

from pathlib import Path

from routecli.errors import EnvironmentFault


def unopened(path: Path, message: str) -> EnvironmentFault:
    """Where the engine would not open the file, by what it said."""
    if "lock" in message.lower():
        return EnvironmentFault(
            "store-locked",
            "the store is in use by another process",
            where=str(path),
            fix="wait for it to finish, or name another store with --db",
        )
    denied = "permission denied" in message.lower() or "read-only file system" in message.lower()
    if denied and path.is_file():
        return EnvironmentFault("store-not-permitted", "no permission to open the store", where=str(path))
    if not path.exists():
        return EnvironmentFault(
            "store-not-permitted",
            "the store cannot be made here",
            where=str(path),
            why="no permission to write in that folder" if denied else "",
            fix="name a store elsewhere with --db",
        )
    return bad_store(path, "it is not a DuckDB file, or one of another DuckDB version")


def no_store(path: Path) -> EnvironmentFault:
    """Where there is nothing to read."""
    return EnvironmentFault("no-store", "there is no store here yet", where=str(path), fix="routecli ingest PATH")


def bad_store(path: Path, why: str, fix: str = "name a store with --db, or ingest into a new file") -> EnvironmentFault:
    """Where the file is no store of this version."""
    return EnvironmentFault("bad-store", "this is not a store this routecli can use", where=str(path), why=why, fix=fix)
