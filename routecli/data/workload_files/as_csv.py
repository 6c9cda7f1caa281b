"""A workload as CSV: a comment line with the header, the cells, a comment line, the latency counts.

Columns in which all rows agree stand in the header, once. An empty field is null. A label that a spreadsheet would run
as a formula has a quote before it, and so has one that looks like that already: it reads back as it was.
"""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from routecli.data.workload_files.columns import FLAGS, MOVED, SCHEMA, TEXT, Columns, Table, bad, columns_in

_MARK = f"# {SCHEMA} "
_SECOND = "# latencies"
_COUNTS = ("bucket", "n", "sum_us")
_EXECUTED = tuple("=+-@\t\r\n＝＋－＠")
"""First characters that make a spreadsheet run a cell as a formula."""
_FLAGS = {"True": True, "False": False}


def write(table: Table) -> bytes:
    """The file's bytes."""
    same = {name: values[0] for name, values in table.cells.items() if len(set(values)) == 1}
    header = {**table.header, "same": same, "rows": len(table.cells["n"])}
    out = io.StringIO()
    out.write(_MARK + json.dumps(header, separators=(",", ":"), ensure_ascii=False) + "\n")
    _write(out, {name: values for name, values in table.cells.items() if name not in same})
    out.write(_SECOND + "\n")
    _write(out, _gathered(table.latencies))
    return out.getvalue().encode()


def _write(out: io.StringIO, columns: Columns) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    inert = ([_inert(name, one) for one in values] for name, values in columns.items())
    writer.writerows(zip(*inert, strict=True))


def _inert(name: str, value: Any) -> Any:
    return f"'{value}" if name in TEXT and _is_run(value or "") else value


def _is_run(text: str) -> bool:
    return text.lstrip("'").startswith(_EXECUTED)


def read(content: bytes, where: str) -> Table:
    """The table in a file's bytes. Raises DataError `bad-workload-file`."""
    try:
        text = content.decode()
        first, _, rest = text.partition("\n")
        if not first.startswith(_MARK):
            raise ValueError(f"its first line does not start with '{_MARK.strip()}'")
        header = json.loads(first.removeprefix(_MARK))
        same, rows = header.pop("same"), header.pop("rows")
        body, mark, counts = rest.partition(f"{_SECOND}\n")
        if not mark:
            raise ValueError(f"it has no line '{_SECOND}': it may have been cut off")
        cells = _columns(body)
        names = columns_in({*same, *cells})
        cells = {name: [same[name]] * rows if name in same else cells[name] for name in names}
        return Table(header, cells, _spread(_columns(counts)))
    except (ValueError, KeyError, TypeError, AttributeError, csv.Error, RecursionError) as fault:
        raise bad(where, str(fault) or type(fault).__name__) from None


def _gathered(latencies: Columns) -> Columns:
    """One row per model, query type and epoch, its buckets as `bucket:n:sum_us` one after the other."""
    keys = [name for name in ("model", "query_type", "epoch") if name in latencies]
    groups: dict[tuple[Any, ...], list[str]] = {}
    for *key, bucket, n, sum_us in zip(*(latencies[name] for name in (*keys, *_COUNTS)), strict=True):
        groups.setdefault(tuple(key), []).append(f"{bucket}:{n}:{sum_us}")
    columns: Columns = {name: [key[place] for key in groups] for place, name in enumerate(keys)}
    return {**columns, "buckets": [" ".join(counts) for counts in groups.values()]}


def _spread(groups: Columns) -> Columns:
    *keys, _ = groups
    rows = [
        (*key, *map(int, counts.split(":")))
        for *key, buckets in zip(*groups.values(), strict=True)
        for counts in buckets.split(" ")
    ]
    found = {name: [row[place] for row in rows] for place, name in enumerate((*keys, *_COUNTS))}
    # The checksum is over the columns in their order.
    return {name: found[name] for name in MOVED if name in found}


def _columns(text: str) -> Columns:
    names, *rows = csv.reader(io.StringIO(text))
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return {name: _values(name, texts) for name, texts in zip(names, columns, strict=True)}


def _values(name: str, texts: Sequence[str]) -> list[Any]:
    if name in ("windows", "buckets"):
        return list(texts)
    if name in TEXT:
        return [(text[1:] if text.startswith("'") and _is_run(text) else text) or None for text in texts]
    if name in FLAGS:
        return [_FLAGS[text] for text in texts]
    return [int(text) if text else None for text in texts]
