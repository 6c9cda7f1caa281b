"""The table of what was ingested: one row per file. Nobody else writes to it while an ingest runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routecli.data import store
from routecli.data.logs.earlier import Asked
from routecli.data.logs.sources import Opened
from routecli.model.ingest import FileResult

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Ingested:
    """One file: `path` as reports name it, `size` and `digest` (None: it has none) of its bytes, how many records are
    `new`, sound but not new (`known`), skipped and quarantined, by reason, and how it was asked to be read."""

    path: str
    digest: str | None
    size: int
    format: str
    new: int
    known: int
    skipped: Mapping[str, int]
    reasons: Mapping[str, int]
    reading: str

    @property
    def passed(self) -> int:
        """How many records were skipped."""
        return sum(self.skipped.values())

    @property
    def bad(self) -> int:
        """How many records are in quarantine."""
        return sum(self.reasons.values())

    @property
    def read(self) -> int:
        """How many records it has."""
        return self.new + self.known + self.passed + self.bad

    def result(self, warnings: Sequence[str] = (), since: str | None = None) -> FileResult:
        """What is reported of it."""
        counts = (self.read, self.new, self.known, self.passed, self.bad)
        return FileResult(
            self.path, self.format, *counts, self.reasons, self.skipped, since=since, warnings=tuple(warnings)
        )


@dataclass(slots=True)
class Ingests:
    """All of them, as far as it matters: by their digests, with sizes and paths."""

    by_digest: dict[str, Ingested] = field(default_factory=dict)
    sizes: set[int] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)

    @staticmethod
    def of(con: "duckdb.DuckDBPyConnection") -> "Ingests":
        """Those of a store."""
        found = Ingests()
        if not store.is_empty(con):
            rows = con.execute(
                "SELECT path, digest, bytes, format, rows_new, rows_duplicate, skipped, reasons, reading FROM ingests "
                "ORDER BY ingest_id"
            )
            while batch := rows.fetchmany(1000):
                for row in batch:
                    found.note(Ingested(*row))
        return found

    def note(self, one: Ingested) -> None:
        """Remember one that is in the store."""
        self.sizes.add(one.size)
        self.paths.add(one.path)
        if one.digest is not None:
            self.by_digest.setdefault(one.digest, one)

    def unchanged(self, name: str, digest: str | None, asked: Asked) -> FileResult | None:
        """The result for a file whose bytes were ingested, None for any other. Raises DataError `read-otherwise`."""
        one = self.by_digest.get(digest) if digest is not None else None
        if one is None:
            return None
        asked.check(one.reading, one.format, name)
        counts = (one.read, 0, one.new + one.known, one.passed, one.bad)
        return FileResult(name, one.format, *counts, one.reasons, one.skipped, unchanged=True)

    def same(self, con: "duckdb.DuckDBPyConnection", name: str, source: Opened, asked: Asked) -> FileResult | None:
        """The result for a source whose bytes were ingested, whose state is remembered; None for any other.

        Raises DataError `read-otherwise`.
        """
        if not source.digest or source.size not in self.sizes:
            return None
        result = self.unchanged(name, source.digest(), asked)
        if result and source.remember:
            store.remember(con, *source.remember)
        return result


def add(con: "duckdb.DuckDBPyConnection", first: int, files: Sequence[Ingested]) -> None:
    """Write them under consecutive ids from `first` on, inside the caller's transaction."""
    columns: list[tuple[str, str, list[object]]] = [
        ("path", "VARCHAR", [one.path for one in files]),
        ("digest", "VARCHAR", [one.digest for one in files]),
        ("bytes", "BIGINT", [one.size for one in files]),
        ("format", "VARCHAR", [one.format for one in files]),
        ("rows_read", "BIGINT", [one.read for one in files]),
        ("rows_new", "BIGINT", [one.new for one in files]),
        ("rows_duplicate", "BIGINT", [one.known for one in files]),
        ("rows_skipped", "BIGINT", [one.passed for one in files]),
        ("rows_quarantined", "BIGINT", [one.bad for one in files]),
        ("reading", "VARCHAR", [one.reading for one in files]),
    ]
    named = [f"unnest(?::{type}[]) AS {name}" for name, type, _ in columns]
    values = [values for _, _, values in columns]
    for name, counts in (("reasons", [one.reasons for one in files]), ("skipped", [one.skipped for one in files])):
        named.append(f"MAP(unnest(?::VARCHAR[][]), unnest(?::BIGINT[][])) AS {name}")
        values += [[list(one) for one in counts], [list(one.values()) for one in counts]]
    con.execute(
        f"INSERT INTO ingests BY NAME SELECT {first} + unnest(range({len(files)})) AS ingest_id, {', '.join(named)}",
        values,
    )
