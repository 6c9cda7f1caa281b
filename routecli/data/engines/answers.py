"""The answers of the printed queries, run by hand where none of our engines reaches, as the workload they describe.

Three files in one folder, `cells`, `latencies` and `span`: CSV, JSON lines or Parquet. Everything is read as text and
must be what the queries answer, to the last digit: a tool that rounds large sums would change a bill unnoticed.
"""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from routecli.data.cell_query import CELL_SUMS
from routecli.data.conditions import DIMENSIONS
from routecli.data.engines.duck import READERS
from routecli.data.sql_text import literal
from routecli.data.workload import IdOf, asked_span, cells_of, moved_names
from routecli.errors import DataError, EnvironmentFault
from routecli.model.workload import Cell, Cuts, LatencyCount, Span, Workload

CUT_FOR = "cut_for"
"""The column that says what the queries were cut for."""

_WHOLE = re.compile(r"-?[0-9]+(\.0*)?")
_FLAGS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
_CSV = ", all_varchar = true, header = true, nullstr = ['', '\\N']"


def fingerprint(cuts: Cuts, since: datetime | None, until: datetime | None) -> str:
    """What queries were cut for, in 12 digits: thresholds, instants, hours and the window asked for."""
    bounds = [None if bound is None else bound.isoformat() for bound in (since, until)]
    said = [list(cuts.edges), [one.isoformat() for one in cuts.epochs], list(cuts.windows), bounds]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:12]


def marked(sql: str, cuts: Cuts, since: datetime | None, until: datetime | None) -> str:
    """The query, which also answers what it was cut for."""
    return f"SELECT answer.*, '{fingerprint(cuts, since, until)}' AS {CUT_FOR} FROM ({sql}) AS answer"


def read_answers(folder: Path, cuts: Cuts, since: datetime | None, until: datetime | None, id_of: IdOf) -> Workload:
    """The workload of the answers in a folder.

    Raises EnvironmentFault `no-answers` for a missing file, DataError `bad-answers` for one that is no such answer, and
    `cut-differently` where the query was printed for other cards, policies or dates.
    """
    cut_for = fingerprint(cuts, since, until)
    rows = {part: _rows(folder, part, columns, cut_for) for part, columns in _COLUMNS.items()}
    hours = list(_COLUMNS["cells"]).index("key_windows")
    if any(row[hours] >> len(cuts.windows) for row in rows["cells"]):
        raise _bad(folder / "cells", "a cell lies in hours that it was not cut at")
    cells = cells_of(rows["cells"], cuts)
    if not cells:
        raise DataError("no-requests", "no requests to judge", where=str(folder), fix="widen --since/--until")
    _check(cells, cuts, folder)
    moved = set(moved_names(cells, cuts, id_of))
    (first, last), *_ = rows["span"] or [(None, None)]
    span = Span() if first is None else asked_span(first, last, since, until)
    return Workload("store", cells, cuts, span, _latencies(rows["latencies"], moved))


def _latencies(rows: Sequence[Sequence[Any]], moved: set[str]) -> tuple[LatencyCount, ...]:
    """Epochs are told apart only under names that stood for several models, as the other engines do."""
    sums: dict[tuple[str, str | None, int, int | None], list[int]] = {}
    for model, kind, bucket, n, sum_us, epoch in rows:
        known = sums.setdefault((model, kind, bucket, epoch if model in moved else None), [0, 0])
        known[0] += n
        known[1] += sum_us
    return tuple(LatencyCount(*key[:3], n, sum_us, key[3]) for key, (n, sum_us) in sums.items())


def _check(cells: Sequence[Cell], cuts: Cuts, folder: Path) -> None:
    edges = (0, *cuts.edges)
    if len({cell.key for cell in cells}) != len(cells):
        raise _bad(folder / "cells", "a cell stands in it twice")
    for cell in cells:
        band, least, most = cell.key.band, cell.input_min, cell.input_max
        above = None if band is None else next((edge for edge in cuts.edges if edge > band), None)
        fits = band is None or (least is not None and most is not None and band <= least <= most)
        inside = fits and (above is None or (most or 0) < above) and (band is None or band in edges)
        if not inside or not 0 <= (cell.key.epoch or 0) <= len(cuts.epochs):
            raise _bad(folder / "cells", f"a cell of {cell.key.model} lies outside what it was cut at")


def _rows(folder: Path, part: str, columns: dict[str, Callable[[str], Any]], cut_for: str) -> list[tuple[Any, ...]]:
    path = _path(folder, part)
    names = (*columns, CUT_FOR)
    found = _json(path, names) if READERS[path.suffix] == "read_json" else _table(path, names)
    if {row[-1] for row in found} - {cut_for}:
        raise DataError(
            "cut-differently",
            "the query was printed for other cards, policies or dates",
            where=str(path),
            fix="print it again with the same --rates, --cards, --policy, --static, --since and --until, and run it",
        )
    return [_converted(row, columns, path) for row in found]


def _table(path: Path, names: Sequence[str]) -> list[tuple[str | None, ...]]:
    """The columns of a CSV or Parquet file as text."""
    import duckdb

    reader = READERS[path.suffix]
    source = f"{reader}({literal(str(path))}{_CSV if reader == 'read_csv' else ''})"
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        try:
            described = con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
            # Snowflake answers in capitals.
            known = {str(row[0]).casefold(): str(row[0]) for row in described}
            missing = [name for name in names if name not in known]
            if missing:
                raise _bad(path, f"it has no column {', '.join(missing)}")
            listed = ", ".join(f'CAST("{known[name]}" AS VARCHAR)' for name in names)
            return con.execute(f"SELECT {listed} FROM {source}").fetchall()
        except duckdb.Error as fault:
            raise _bad(path, str(fault).split("\n", 1)[0]) from None


def _json(path: Path, names: Sequence[str]) -> list[tuple[str | None, ...]]:
    """The columns of JSON lines, or of one array, as text.

    Not by the engine, whose reader makes 1.5e5 a number that looks whole. BigQuery leaves out what is null.
    """
    try:
        text = path.read_text(encoding="utf-8")
        lines = [text] if text.lstrip().startswith("[") else [line for line in text.split("\n") if line.strip()]
        read = [json.loads(line, parse_float=str) for line in lines]
        records = read[0] if read and isinstance(read[0], list) else read
        rows = [{key.casefold(): value for key, value in record.items()} for record in records]
    except (ValueError, AttributeError, RecursionError) as fault:
        raise _bad(path, str(fault)) from None
    missing = [name for name in names if (_required(name) or name == CUT_FOR) and any(name not in row for row in rows)]
    if missing:
        raise _bad(path, f"it has no column {', '.join(missing)}")
    return [tuple(_text(row.get(name)) for name in names) for row in rows]


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _converted(row: Sequence[str | None], columns: dict[str, Callable[[str], Any]], path: Path) -> tuple[Any, ...]:
    values = []
    for text, (name, convert) in zip(row, columns.items(), strict=False):
        try:
            values.append(None if text is None else convert(text))
        except (ValueError, KeyError):
            raise _bad(path, f"{text!r} is no value of {name}") from None
    lacking = next((name for name, value in zip(columns, values, strict=True) if value is None and _required(name)), "")
    if lacking:
        raise _bad(path, f"{lacking} is missing in a row")
    return tuple(values)


def _required(name: str) -> bool:
    return name.startswith(("n_", "sum_")) or name in ("key_windows", "key_bucket", "key_mode", "key_status")


def _path(folder: Path, part: str) -> Path:
    found = [path for suffix in READERS if (path := folder / f"{part}{suffix}").is_file()]
    if len(found) != 1:
        what = f"there is no answer of the query for {part}" if not found else f"there are two answers for {part}"
        raise EnvironmentFault(
            "no-answers",
            what,
            where=str(folder),
            fix=f"run what `routecli workload sql --part {part}` prints and save it as {part}.csv, .jsonl or .parquet",
        )
    return found[0]


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text.partition(".")[0])


def _flag(text: str) -> bool:
    return _FLAGS[text.casefold()]


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text.strip().removesuffix(" UTC").removesuffix(" Z"))
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def _bad(path: Path, why: str) -> DataError:
    return DataError(
        "bad-answers",
        "this is not the answer of the printed query",
        where=str(path),
        why=why,
        fix="save the whole answer with its column names and without rounding",
    )


_READ: dict[str, Callable[[str], Any]] = {"attempt": _whole, "tier": _whole, "gateway_cache_hit": _flag}
_COLUMNS: dict[str, dict[str, Callable[[str], Any]]] = {
    "cells": {
        **{f"key_{name}": _READ.get(name, str) for name in DIMENSIONS},
        **dict.fromkeys(("key_windows", "key_band", "key_epoch", *CELL_SUMS), _whole),
    },
    "latencies": {
        "key_model": str,
        "key_query_type": str,
        **dict.fromkeys(("key_bucket", "n_requests", "sum_us", "key_epoch"), _whole),
    },
    "span": {"first_ts": _instant, "last_ts": _instant},
}
"""The columns of each query in their order, and how their text is read."""
