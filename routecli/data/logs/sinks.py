"""Where the rows of one file go while it is read, and what is known of it then."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from routecli.data.logs.contest import Contest
from routecli.data.logs.formats import Format
from routecli.data.logs.normalise import Normal
from routecli.data.logs.origin import Origin
from routecli.data.logs.shape import ASIDE

if TYPE_CHECKING:
    import duckdb


class Sink(Protocol):
    """Where the rows of one file, `origin`, go. A row is known by n, its ordinal among the file's records, from 0.

    `bad` is SQL of the rows with a problem (n, pos, part, problem, detail, excerpt), `others` of all the rest, the
    skipped ones as well (n, pos, part); pos is the ordinal of the document that the record stands in, part its place
    there.
    """

    origin: Origin

    @property
    def bad(self) -> str:
        """See above."""

    @property
    def others(self) -> str:
        """See above."""

    def fill(self, normal: Normal, rows: str) -> None:
        """Take these rows (SQL by `normal`) in place of any that were taken before."""

    def has_other(self) -> bool:
        """Whether some row has a value under a key that `normal` was told to be absent."""

    @property
    def values(self) -> int:
        """How many values the rows have, where `normal` was told to count them."""

    def for_documents(self) -> "Sink":
        """The sink for documents of several records where the place of every row is asked for."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A file in a sink. `lenient`: it has lines that are not JSON objects, or keys that occur twice. `contest`: what
    is refused may change which of its records count.

    With CSV, rows that do not fit the header are in the temporary table `misfits` (record, error), not in the sink.
    """

    normal: Normal
    lenient: bool
    sink: Sink
    contest: Contest | None = None


PASSED = f"SELECT n, pos, part FROM {ASIDE} WHERE skip IS NOT NULL"
"""SQL of the skipped records of a format with window functions: those never reach a sink."""


def number(format: Format) -> str:
    """SQL of n over `incoming`."""
    return "n" if format.windowed else "rowid"


class Incoming:
    """The temporary table `incoming`."""

    def __init__(self, con: "duckdb.DuckDBPyConnection", origin: Origin) -> None:
        self.con, self.origin = con, origin

    @property
    def bad(self) -> str:
        """See `Sink`."""
        return f"SELECT {self._places}, problem, detail, excerpt FROM incoming WHERE problem IS NOT NULL"

    @property
    def others(self) -> str:
        """See `Sink`."""
        return f"SELECT {self._places} FROM incoming WHERE problem IS NULL{self._passed}"

    def fill(self, normal: Normal, rows: str) -> None:
        """See `Sink`."""
        format = normal.format
        self._places = f"{number(format)} AS n, {'pos, part' if format.staged else 'rowid AS pos, 0 AS part'}"
        self._passed = f" UNION ALL BY NAME {PASSED}" if format.windowed else ""
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE incoming AS {rows}")

    def has_other(self) -> bool:
        """See `Sink`."""
        return bool(self.con.execute("SELECT bool_or(other) FROM incoming").fetchall()[0][0])

    @property
    def values(self) -> int:
        """See `Sink`."""
        return int(self.con.execute("SELECT coalesce(sum(seen), 0)::BIGINT FROM incoming").fetchall()[0][0])

    def for_documents(self) -> Sink:
        """See `Sink`."""
        return self
