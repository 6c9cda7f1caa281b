"""DuckDB on files: Parquet, CSV or JSON lines, without a store."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from routecli.data.engines import Where, failed
from routecli.data.sql_text import literal
from routecli.errors import UsageError

READERS = {".parquet": "read_parquet", ".csv": "read_csv", ".json": "read_json", ".jsonl": "read_json"}


class Duck:
    """DuckDB in this process."""

    dialect = "duckdb"

    def __init__(self, where: Where) -> None:
        import duckdb

        self.relation = files_sql(where.source)
        self._con = duckdb.connect()
        self._con.execute("SET TimeZone = 'UTC'")

    def columns(self) -> dict[str, str]:
        """As the files say."""
        return {str(row[0]): str(row[1]) for row in self.rows(f"DESCRIBE SELECT * FROM {self.relation}")}

    def rows(self, sql: str) -> list[Sequence[Any]]:
        """The rows of a query."""
        import duckdb

        try:
            return list(self._con.execute(sql).fetchall())
        except duckdb.Error as fault:
            raise failed("duckdb", fault) from None

    def close(self) -> None:
        """Close the connection."""
        self._con.close()


def files_sql(source: Sequence[str]) -> str:
    """The reader of some files; a directory is all Parquet files in it. UsageError `no-source` or `unknown-source`."""
    if not source:
        raise UsageError("no-source", "the engine needs files to read", fix="add --source 'logs/*.parquet'")
    paths = [f"{one.rstrip('/')}/**/*.parquet" if Path(one).is_dir() else one for one in source]
    suffixes = {suffix_of(path) for path in paths}
    if len(suffixes) != 1 or (suffix := suffixes.pop()) not in READERS:
        known = ", ".join(READERS)
        raise UsageError(
            "unknown-source", f"'{', '.join(source)}' does not say its format", fix=f"name files that end in {known}"
        )
    listed = ", ".join(literal(path) for path in paths)
    return f"{READERS[suffix]}([{listed}])"


def suffix_of(path: str) -> str:
    """A path's format, compression left out."""
    name = path.casefold().removesuffix(".gz").removesuffix(".zst")
    return Path(name).suffix


def engine(where: Where) -> Duck:
    """DuckDB on the files of `where`."""
    return Duck(where)
