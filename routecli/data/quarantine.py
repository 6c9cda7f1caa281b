"""Records that were not loaded: where they stand, why, and their allow-listed fields. Never prompt text.

The temporary table `refused` holds what is to be quarantined of one file: n (rowid in `incoming`, NULL for a CSV row
that does not fit its header), line, problem, detail, excerpt.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routecli.data import lines
from routecli.data.checks import UNREAD, sentence
from routecli.data.containers import Container
from routecli.data.formats.record import Format
from routecli.data.sources import Opened
from routecli.data.staging import Staged
from routecli.model.ingest import QuarantinedRecord

if TYPE_CHECKING:
    import duckdb

    from routecli.data.lines import Integers

_MISFITS = {
    "MISSING COLUMNS": "too-few-columns",
    "TOO MANY COLUMNS": "too-many-columns",
    "UNQUOTED VALUE": "broken-quotes",
    "INVALID ENCODING": "bad-encoding",
    "LINE SIZE OVER MAXIMUM": "line-too-long",
}
_BATCH = 10_000
_LONGEST_SHOWN = 64
_MOST_SHOWN = 12
_PAIR = re.compile(
    r'\s*,?\s*"((?:[^"\\]|\\.)*)"\s*:\s*(?:"((?:[^"\\\x00-\x1f]|\\.)*)"|(-?[0-9][0-9.eE+-]*|true|false|null|NaN))'
)
_PLAIN = re.compile(r"[A-Za-z0-9 _.:/@+-]*")


def collect(con: "duckdb.DuckDBPyConnection", source: Opened, container: Container, staged: Staged) -> None:
    """Fill `refused` with every bad record of the staged file."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE refused (n BIGINT, line BIGINT, problem VARCHAR, detail VARCHAR, excerpt VARCHAR)"
    )
    if container.kind in ("csv", "parquet"):
        con.execute("CREATE OR REPLACE TEMP VIEW bad AS SELECT rowid AS n, * FROM incoming WHERE problem IS NOT NULL")
        _collect_rows(con, source, container)
        return
    format, twice = staged.normal.format, _twice(con, source, container, staged) if staged.lenient else {}
    bad = con.execute("SELECT rowid AS n, problem = ? AS unread FROM incoming WHERE problem IS NOT NULL", [UNREAD])
    found = bad.fetchnumpy()
    unread = set(found["n"][found["unread"]].tolist())
    wanted = _sorted([*found["n"].tolist(), *twice])
    path, batch = Path(source.path), list[tuple[Any, ...]]()
    for n, line, raw in _places(path, container, wanted, unread):
        if n in twice:
            batch.append((n, line, f"duplicate-key|{twice[n]}", None, None))
        elif n in unread:
            reason, excerpt = _why(raw, format)
            batch.append((n, line, reason, None, excerpt))
        else:
            batch.append((n, line, None, None, None))
        if len(batch) >= _BATCH:
            _refuse(con, batch)
    _refuse(con, batch)


def _sorted(ordinals: list[int]) -> "Integers":
    import numpy as np

    return np.unique(np.array(ordinals, np.int64))


def _refuse(con: "duckdb.DuckDBPyConnection", batch: list[tuple[Any, ...]]) -> None:
    """Add records; what is None is taken from the staged row."""
    import pyarrow as pa

    if not batch:
        return
    types = {"n": pa.int64(), "line": pa.int64(), "problem": pa.string(), "detail": pa.string(), "excerpt": pa.string()}
    columns = [pa.array(values, kind) for values, kind in zip(zip(*batch, strict=True), types.values(), strict=True)]
    con.register("batch", pa.table(columns, names=list(types)))
    con.execute(
        "INSERT INTO refused SELECT n, line, coalesce(b.problem, i.problem), coalesce(b.detail, i.detail), "
        "coalesce(b.excerpt, i.excerpt, '') FROM batch AS b LEFT JOIN incoming AS i ON i.rowid = b.n"
    )
    con.unregister("batch")
    batch.clear()


def _places(
    path: Path, container: Container, wanted: "Integers", unread: set[int]
) -> Iterator[tuple[int, int, bytes | Any]]:
    """(ordinal, line, raw) of the wanted records: raw bytes of a line or the value of an element, where unread."""
    if not len(wanted):
        return
    if container.kind != "lines":
        yield from lines.document_places(path, wanted)
        return
    with path.open("rb") as file:
        for places in lines.line_places(path, wanted):
            columns = (places.ordinals, places.lines, places.starts, places.ends)
            for n, line, start, end in zip(*(column.tolist() for column in columns), strict=True):
                raw = b""
                if n in unread:
                    file.seek(start)
                    raw = file.read(end - start)
                yield n, line, raw


def _twice(con: "duckdb.DuckDBPyConnection", source: Opened, container: Container, staged: Staged) -> dict[int, str]:
    """Records in which a key that is read occurs more than once: ordinal -> key."""
    layout = {"lines": "newline_delimited", "array": "array", "objects": "unstructured"}[container.kind]
    path = source.path.replace("'", "''")
    found = con.execute(
        "SELECT n - 1, keys FROM (SELECT json_keys(json) AS keys, row_number() OVER () AS n FROM read_json_objects("
        f"'{path}', format = '{layout}', compression = 'none', ignore_errors = true, maximum_object_size = 268435456)) "
        "WHERE len(keys) <> list_unique(keys)"
    )
    read, twice = set(staged.normal.format.keys), dict[int, str]()
    while rows := found.fetchmany(_BATCH):
        for n, keys in rows:
            again = sorted(key for key in read if keys.count(key) > 1)
            if again:
                twice[n] = again[0]
    return twice


def _why(raw: bytes | Any, format: Format) -> tuple[str, str]:
    """(problem, excerpt) of a record in which the engine found no value."""
    if isinstance(raw, bytes):
        size = f"{len(raw)} bytes"
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            return "bad-encoding|", _joined(_pairs(raw, format), size)
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            return "broken-json|", _joined(_pairs(raw, format), size)
    else:
        value, size = raw, ""
    if not isinstance(value, dict):
        return "not-an-object|", size
    if any(value.get(key) not in (None, "") for key in format.keys):
        # Python's reader forgives something here that the engine's does not, such as half a surrogate pair.
        return "broken-json|", size
    return "missing-model|model_served", size


def _pairs(raw: bytes, format: Format) -> list[str]:
    """`key=value` of the fields before the line breaks off, as far as it is sound JSON of plain values.

    Reading stops at the first thing that is not a key with a plain value, so nothing inside a text is ever taken for
    a field; only allow-listed keys with short plain values are kept.
    """
    text = raw[: 1 << 16].decode("utf-8", "replace").lstrip()
    if not text.startswith("{"):
        return []
    at, pairs = 1, []
    shown = {r.keys[0] for c, readings in format.readings.items() for r in readings if c not in ("user_id",)}
    hidden = {"error_type", "finish_reason", "feedback", "gate_cause"}
    while found := _PAIR.match(text, at):
        key, string, other = found.groups()
        value = other if string is None else string
        if key in shown - hidden and value and len(value) <= _LONGEST_SHOWN and _PLAIN.fullmatch(value):
            pairs.append(f"{key}={value}")
        at = found.end()
    return pairs[:_MOST_SHOWN]


def _joined(pairs: list[str], size: str) -> str:
    return "; ".join(part for part in (", ".join(pairs), size) if part)


def _collect_rows(con: "duckdb.DuckDBPyConnection", source: Opened, container: Container) -> None:
    """CSV and Parquet: a row without any value is known to miss its model; misfits have no fields to show."""
    import numpy as np
    import pyarrow as pa

    ordinals = con.execute("SELECT n FROM bad ORDER BY n").fetchnumpy()["n"].astype(np.int64)
    misfits = np.empty(0, np.int64)
    if container.kind == "csv":
        misfits = con.execute("SELECT record FROM misfits ORDER BY record").fetchnumpy()["record"].astype(np.int64)
    if not len(ordinals) and not len(misfits):
        return
    if container.kind == "csv":
        total = con.execute("SELECT count(*) FROM incoming").fetchall()[0][0]
        places = list(lines.csv_places(Path(source.path), container.skip, misfits, ordinals, total))
    else:
        places = [lines.Places(ordinals, ordinals + 1, ordinals, ordinals)]
    at = {"n": np.concatenate([p.ordinals for p in places]), "line": np.concatenate([p.lines for p in places])}
    con.register("places", pa.table(at))
    con.execute(
        "INSERT INTO refused SELECT n, line, CASE problem WHEN ? THEN 'missing-model|model_served' ELSE problem END, "
        "detail, coalesce(excerpt, '') FROM bad LEFT JOIN places USING (n)",
        [UNREAD],
    )
    if container.kind == "csv":
        reasons = " ".join(f"WHEN '{error}' THEN '{reason}|'" for error, reason in _MISFITS.items())
        con.execute(
            f"INSERT INTO refused SELECT NULL, line, CASE error {reasons} ELSE 'broken-row|' END, NULL, "
            "bytes || ' bytes' FROM misfits LEFT JOIN places ON n = -1 - record"
        )
    con.unregister("places")


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
    return ", ".join(f"{reason} {n}x from line {line}" for reason, n, line in rows)


def keep(con: "duckdb.DuckDBPyConnection", ingest_id: int, sha256: str | None, file: str, format: Format) -> None:
    """Write `refused` to the quarantine, inside the caller's transaction.

    A record of this file that an earlier ingest already put there, word for word, is replaced, not repeated.
    """
    problems = [row[0] for row in con.execute("SELECT DISTINCT problem FROM refused").fetchall()]
    if not problems:
        return
    con.execute("CREATE OR REPLACE TEMP TABLE worded (problem VARCHAR, said VARCHAR)")
    con.executemany("INSERT INTO worded VALUES (?, ?)", [(one, sentence(one, format)) for one in problems])
    con.execute(
        "DELETE FROM quarantine AS q USING refused AS r WHERE q.file = ? AND q.line = r.line "
        "AND q.reason = split_part(r.problem, '|', 1) AND q.excerpt = r.excerpt",
        [file],
    )
    con.execute(
        "INSERT INTO quarantine SELECT ?, ?, ?, line, split_part(problem, '|', 1), "
        "replace(said, '{value}', coalesce(detail, 'not readable')), excerpt "
        "FROM refused JOIN worded USING (problem) ORDER BY line",
        [ingest_id, sha256, file],
    )


def list_quarantine(con: "duckdb.DuckDBPyConnection", limit: int | None = None) -> list[QuarantinedRecord]:
    """Quarantined records in order of ingest and line, at most `limit`."""
    most = "ALL" if limit is None else str(int(limit))
    rows = con.execute(
        "SELECT ingest_id, file, line, reason, sentence, excerpt FROM quarantine "
        f"ORDER BY ingest_id, file, line, reason LIMIT {most}"
    ).fetchall()
    return [QuarantinedRecord(*row) for row in rows]


def count_by_reason(con: "duckdb.DuckDBPyConnection") -> dict[str, int]:
    """How many quarantined records the store holds by reason, the most frequent first."""
    return dict(con.execute("SELECT reason, count(*) AS n FROM quarantine GROUP BY 1 ORDER BY n DESC, 1").fetchall())
