"""The quarantine: records that were not loaded, with file, line, reason and a safe excerpt. Never prompt text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from routecli.data.logs.checks import sentence
from routecli.data.logs.formats.record import Format
from routecli.model.ingest import QuarantinedRecord

if TYPE_CHECKING:
    import duckdb


def reasons(con: "duckdb.DuckDBPyConnection") -> dict[str, int]:
    """How many refused records there are by reason, the most frequent first."""
    counts = "SELECT split_part(problem, '|', 1) AS reason, count(*) AS n FROM refused GROUP BY 1 ORDER BY n DESC, 1"
    return dict(con.execute(counts).fetchall())


def first_lines(con: "duckdb.DuckDBPyConnection", most: int = 3) -> str:
    """The most frequent reasons with the line each first occurs at: `broken-json 12x from line 3, ...`."""
    rows = con.execute(
        "SELECT split_part(problem, '|', 1) AS reason, count(*) AS n, min(line) FROM refused "
        "GROUP BY 1 ORDER BY n DESC, 1 LIMIT ?",
        [most],
    ).fetchall()
    return ", ".join(f"{reason} {n}x" + (f" from line {line}" if line else "") for reason, n, line in rows)


def keep(
    con: "duckdb.DuckDBPyConnection",
    ingest_id: int,
    digest: str | None,
    file: str,
    format: Format,
    moved: Sequence[int] = (),
) -> None:
    """Write `refused` to the quarantine, inside the caller's transaction.

    A record of this file that an earlier ingest already put there, word for word, is replaced, not repeated; so is one
    that an ingest in `moved` put there of another file.
    """
    problems = [row[0] for row in con.execute("SELECT DISTINCT problem FROM refused").fetchall()]
    if not problems:
        return
    con.execute("CREATE OR REPLACE TEMP TABLE worded (problem VARCHAR, said VARCHAR)")
    con.executemany("INSERT INTO worded VALUES (?, ?)", [(one, sentence(one, format)) for one in problems])
    con.execute(
        "DELETE FROM quarantine AS q USING refused AS r WHERE (q.file = ? OR list_contains(?, q.ingest_id)) "
        "AND q.line IS NOT DISTINCT FROM r.line AND q.reason = split_part(r.problem, '|', 1) "
        "AND q.excerpt = r.excerpt",
        [file, list(moved)],
    )
    # The rows of a table are in no order, so none has a number.
    record = "n + 1" if format.identity is None else "NULL"
    con.execute(
        "INSERT INTO quarantine SELECT ?, ?, ?, line, split_part(problem, '|', 1), "
        f"replace(said, '{{value}}', coalesce(detail, 'not readable')), excerpt, {record} "
        "FROM refused JOIN worded USING (problem) ORDER BY line, n",
        [ingest_id, digest, file],
    )


def forget(con: "duckdb.DuckDBPyConnection", ingests: Sequence[int]) -> None:
    """Remove what these ingests put there, inside the caller's transaction."""
    if ingests:
        con.execute("DELETE FROM quarantine WHERE list_contains(?, ingest_id)", [list(ingests)])


def list_quarantine(con: "duckdb.DuckDBPyConnection", limit: int | None = None) -> list[QuarantinedRecord]:
    """Quarantined records in order of ingest and line, at most `limit`."""
    most = "ALL" if limit is None else str(int(limit))
    rows = con.execute(
        f"SELECT ingest_id, file, line, reason, sentence, excerpt, record, "
        "ingest_id = (SELECT max(ingest_id) FROM ingests WHERE path = file) FROM quarantine "
        f"ORDER BY ingest_id, file, line, record, reason LIMIT {most}"
    ).fetchall()
    return [QuarantinedRecord(*row) for row in rows]


def count_by_reason(con: "duckdb.DuckDBPyConnection") -> dict[str, int]:
    """How many quarantined records the store holds by reason, the most frequent first."""
    return dict(con.execute("SELECT reason, count(*) AS n FROM quarantine GROUP BY 1 ORDER BY n DESC, 1").fetchall())
