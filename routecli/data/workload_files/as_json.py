"""A workload as JSON: the header's keys, then one line per column, words as places in a list of the distinct ones."""

import json
from typing import Any

from routecli.data.workload_files.columns import TEXT, Columns, Table, bad


def write(table: Table) -> bytes:
    """The file's bytes."""
    parts = [f"{json.dumps(name)}: {_compact(value)}" for name, value in table.header.items()]
    parts += [f'"{name}": {_packed(columns)}' for name, columns in _tables(table)]
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def _tables(table: Table) -> tuple[tuple[str, Columns], ...]:
    return ("cells", table.cells), ("latencies", table.latencies)


def _packed(columns: Columns) -> str:
    lines = [f"  {json.dumps(name)}: {_compact(_column(name, values))}" for name, values in columns.items()]
    return "{\n" + ",\n".join(lines) + "\n}"


def _column(name: str, values: list[Any]) -> Any:
    if len(set(values)) == 1:
        return {"all": values[0], "rows": len(values)}
    if name not in (*TEXT, "windows"):
        return values
    words = list(dict.fromkeys(values))
    places = {word: place for place, word in enumerate(words)}
    return {"values": words, "places": [places[value] for value in values]}


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def read(content: bytes, where: str) -> Table:
    """The table in a file's bytes. Raises DataError `bad-workload-file`."""
    try:
        document = json.loads(content)
        cells, latencies = (_unpacked(document.pop(name)) for name in ("cells", "latencies"))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as fault:
        raise bad(where, str(fault) or type(fault).__name__) from None
    return Table(document, cells, latencies)


def _unpacked(columns: dict[str, Any]) -> Columns:
    return {name: _values(column) for name, column in columns.items()}


def _values(column: Any) -> list[Any]:
    if isinstance(column, list):
        return column
    if "all" in column:
        return [column["all"]] * column["rows"]
    words = column["values"]
    return [words[place] for place in column["places"]]
