"""The bad records of one file: where they stand, why, and their allow-listed fields. Never prompt text.

The temporary table `refused` holds what is to be quarantined: n (as in the sink, NULL for a CSV row that does not fit
its header), line, problem, detail, excerpt.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routecli.data.columns import BY_NAME
from routecli.data.logs import lines
from routecli.data.logs.checks import HIDDEN, UNREAD
from routecli.data.logs.containers import Container
from routecli.data.logs.flaws import Look, as_object, flaws
from routecli.data.logs.formats import Format, by_id
from routecli.data.logs.sinks import Staged
from routecli.data.logs.sources import Opened

if TYPE_CHECKING:
    import duckdb

    from routecli.data.logs.lines import Integers

_MISFITS = {
    "MISSING COLUMNS": "too-few-columns",
    "TOO MANY COLUMNS": "too-many-columns",
    "UNQUOTED VALUE": "broken-quotes",
    "INVALID ENCODING": "bad-encoding",
    "LINE SIZE OVER MAXIMUM": "line-too-long",
}
_BATCH = 10_000
_TABLES = {
    "located": {"pos": "BIGINT", "line": "BIGINT", "problem": "VARCHAR", "detail": "VARCHAR", "excerpt": "VARCHAR"},
    "flawed": {"pos": "BIGINT", "part": "BIGINT", "problem": "VARCHAR", "detail": "VARCHAR"},
    "refused": {"n": "BIGINT", "line": "BIGINT", "problem": "VARCHAR", "detail": "VARCHAR", "excerpt": "VARCHAR"},
}
"""Temporary tables: documents with a problem and where they stand, what is wrong with single records of them, and all
that is to be quarantined."""
_EMPTY = {False: "missing-model|model_served", True: "unknown-record|"}
"""What a record without any field that is read lacks, by whether its format is a shaped one."""
_READ = object()
"""In place of the raw text of a record whose values were read."""
_LONGEST_SHOWN = 64
_MOST_SHOWN = 12
_PAIR = re.compile(
    r'\s*,?\s*"((?:[^"\\]|\\.)*)"\s*:\s*(?:"((?:[^"\\\x00-\x1f]|\\.)*)"|(-?[0-9][0-9.eE+-]*|true|false|null|NaN))'
)
_PLAIN = re.compile(r"[A-Za-z0-9 _.:/@+-]*")


def collect(
    con: "duckdb.DuckDBPyConnection", source: Opened, container: Container, staged: Staged, beside: Path
) -> None:
    """Fill `refused` with every bad record of the staged file. `beside` is the directory for temporary files.

    Where a bad record had pushed out a sound copy of the same call, the sound one is in the sink afterwards.
    """
    _collect(con, source, container, staged, beside)
    if staged.contest:
        if staged.contest.held_again():
            _collect(con, source, container, staged, beside)
        staged.contest.close()


def _collect(
    con: "duckdb.DuckDBPyConnection", source: Opened, container: Container, staged: Staged, beside: Path
) -> None:
    for table, columns in _TABLES.items():
        listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        con.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({listed})")
    format, sink = staged.normal.format, staged.sink
    con.execute(f"CREATE OR REPLACE TEMP TABLE bad AS {sink.bad}")
    if container.kind in ("csv", "parquet"):
        _collect_rows(con, source, container, format)
        return
    if not staged.lenient and not con.execute("SELECT count(*) FROM bad").fetchall()[0][0]:
        return
    by_document = "SELECT pos, bool_or(problem = ?) AS unread FROM bad GROUP BY 1 ORDER BY 1"
    found = con.execute(by_document, [UNREAD]).fetchnumpy()
    path, batch = Path(source.path), list[tuple[Any, ...]]()
    unread, broken = found["pos"][found["unread"]], list[lines.Places]()
    look = Look(format)
    for pos, line, raw in _places(path, container, found["pos"], unread, broken):
        batch.append((pos, line, *((None, None, None) if raw is _READ else _why(raw, look))))
        _add(con, "located", batch, _BATCH)
    _add(con, "located", batch)
    flawed = "f.pos = r.pos AND (f.part IS NULL OR f.part = r.part)"
    if staged.lenient:
        _collect_flaws(con, path, container, staged, beside, broken)
        # A flaw may be why a record seems to be one that is skipped.
        con.execute(
            f"INSERT INTO bad BY NAME SELECT * FROM ({sink.others}) AS r WHERE EXISTS (SELECT 1 FROM flawed AS f "
            f"WHERE {flawed})"
        )
    # What was not found out from the raw text is taken from the row.
    con.execute(
        "INSERT INTO refused SELECT r.n, line, coalesce(l.problem, f.problem, r.problem), "
        "CASE WHEN l.problem IS NOT NULL THEN l.detail WHEN f.problem IS NOT NULL THEN f.detail ELSE r.detail END, "
        "coalesce(l.excerpt, r.excerpt, '') "
        f"FROM bad AS r JOIN located AS l ON l.pos = r.pos LEFT JOIN flawed AS f ON {flawed}"
    )


def _collect_flaws(
    con: "duckdb.DuckDBPyConnection",
    path: Path,
    container: Container,
    staged: Staged,
    beside: Path,
    broken: list[lines.Places],
) -> None:
    """Records that only strict reading refuses, unless they are refused already."""
    import numpy as np

    batch = list[tuple[Any, ...]]()
    for flaw in flaws(con, path, container.kind, staged.normal, beside, broken):
        batch.append(flaw)
        _add(con, "flawed", batch, _BATCH)
    _add(con, "flawed", batch)
    missing = "SELECT DISTINCT pos FROM flawed WHERE pos NOT IN (SELECT pos FROM located) ORDER BY pos"
    wanted = con.execute(missing).fetchnumpy()["pos"].astype(np.int64)
    for pos, line, _ in _places(path, container, wanted, wanted[:0], []):
        batch.append((pos, line, None, None, None))
        _add(con, "located", batch, _BATCH)
    _add(con, "located", batch)


def _add(con: "duckdb.DuckDBPyConnection", table: str, batch: list[tuple[Any, ...]], least: int = 1) -> None:
    """Move the rows to the table once there are `least`."""
    if len(batch) < least:
        return
    import pyarrow as pa

    types = [pa.string() if kind == "VARCHAR" else pa.int64() for kind in _TABLES[table].values()]
    columns = [pa.array(values, kind) for values, kind in zip(zip(*batch, strict=True), types, strict=True)]
    con.register("batch", pa.table(columns, names=list(_TABLES[table])))
    con.execute(f"INSERT INTO {table} SELECT * FROM batch")
    con.unregister("batch")
    batch.clear()


def _places(
    path: Path, container: Container, wanted: "Integers", unread: "Integers", broken: list[lines.Places]
) -> Iterator[tuple[int, int, Any]]:
    """(ordinal, line, raw) of the wanted records. Of the unread ones, raw is the line's bytes or the element's value.

    The places of unread lines are added to `broken`.
    """
    import numpy as np

    if container.kind != "lines":
        sought = set(unread.tolist())
        for n, line, value in lines.document_places(path, wanted):
            yield n, line, value if n in sought else _READ
        return
    with path.open("rb") as file:
        for places in lines.line_places(path, wanted):
            mask = np.isin(places.ordinals, unread)
            if mask.any():
                broken.append(places.only(mask))
            columns = (places.ordinals, places.lines, places.starts, places.ends, mask)
            for n, line, start, end, seek in zip(*(column.tolist() for column in columns), strict=True):
                if seek:
                    file.seek(start)
                yield n, line, file.read(end - start) if seek else _READ


def _why(raw: bytes | Any, look: Look) -> tuple[str, str | None, str]:
    """(problem, detail, excerpt) of a record in which the engine found no value."""
    format, value, size = look.format, raw, ""
    if isinstance(raw, bytes):
        size = f"{len(raw)} bytes"
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            return "bad-encoding|", None, _joined(_pairs(raw, format), size)
        try:
            value = json.loads(text, object_pairs_hook=as_object)
        except (ValueError, RecursionError):
            return "broken-json|", None, _joined(_pairs(raw, format), size)
    if not isinstance(value, dict):
        return "not-an-object|", None, size
    flaw = next((flaw for _, flaw in look.into(value)), None)
    if flaw:
        return *flaw, size
    if any(value.get(key) not in (None, "") for key in format.fields):
        # Python's reader forgives something here that the engine's does not, such as half a surrogate pair.
        return "broken-json|", None, size
    return _EMPTY[format.shaped], None, size


@cache
def _shown(id: str) -> frozenset[str]:
    """The keys of a format that an excerpt may show: neither people nor free text."""
    format = by_id(id)
    readings = format.readings.items() if format else ()
    return frozenset(way.keys[0] for column, ways in readings if BY_NAME[column].kind not in HIDDEN for way in ways)


def _pairs(raw: bytes, format: Format) -> list[str]:
    """`key=value` of the fields before the line breaks off, as far as it is sound JSON of plain values.

    Reading stops at the first thing that is not a key with a plain value, so nothing inside a text is ever taken for
    a field; only allow-listed keys with short plain values are kept.
    """
    text = raw[: 1 << 16].decode("utf-8", "replace").lstrip()
    if not text.startswith("{"):
        return []
    at, pairs = 1, []
    shown = _shown(format.id)
    while found := _PAIR.match(text, at):
        key, string, other = found.groups()
        value = other if string is None else string
        if key in shown and value and len(value) <= _LONGEST_SHOWN and _PLAIN.fullmatch(value):
            pairs.append(f"{key}={value}")
        at = found.end()
    return pairs[:_MOST_SHOWN]


def _joined(pairs: list[str], size: str) -> str:
    return "; ".join(part for part in (", ".join(pairs), size) if part)


def _collect_rows(con: "duckdb.DuckDBPyConnection", source: Opened, container: Container, format: Format) -> None:
    """CSV and Parquet: a row without any value is known to miss its model; misfits have no fields to show."""
    import numpy as np
    import pyarrow as pa

    ordinals = con.execute("SELECT DISTINCT pos FROM bad ORDER BY pos").fetchnumpy()["pos"].astype(np.int64)
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
    found = {"pos": np.concatenate([p.ordinals for p in places]), "line": np.concatenate([p.lines for p in places])}
    con.register("places", pa.table(found))
    # The rows of a table are in no order, so none has a number.
    line = "line" if format.identity is None else "NULL"
    con.execute(
        f"INSERT INTO refused SELECT n, {line}, CASE problem WHEN ? THEN ? ELSE problem END, "
        "detail, coalesce(excerpt, '') FROM bad LEFT JOIN places USING (pos)",
        [UNREAD, _EMPTY[format.shaped]],
    )
    if container.kind == "csv":
        reasons = " ".join(f"WHEN '{error}' THEN '{reason}|'" for error, reason in _MISFITS.items())
        con.execute(
            f"INSERT INTO refused SELECT NULL, line, CASE error {reasons} ELSE 'broken-row|' END, NULL, "
            "CASE WHEN bytes < 10000 THEN bytes || ' bytes' ELSE '10000 bytes or more' END "
            "FROM misfits LEFT JOIN places ON pos = -1 - record"
        )
    con.unregister("places")
