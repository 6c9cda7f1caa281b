"""The engine's own load of a log: `CREATE TABLE AS SELECT FROM read_json` with a type for each column, nothing checked.

The columns are the fields that `routecli ingest` reads of the format, as far as the log has them, in their own types.
"""

import json
import re
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from routecli.data.logs.formats import by_id
from routecli.data.logs.formats.paths import Node, tree
from routecli.data.logs.formats.record import Format

_VARIANTS = {"openai_responses": "openai_chat", "openai_batch": "openai_chat", "anthropic_batch": "anthropic_message"}
"""Ids that are given per record, by the format that reads them."""
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")
_SCRIPT = '''
import duckdb, sys
con = duckdb.connect(sys.argv[2])
con.execute(
    """CREATE TABLE requests AS SELECT * FROM read_json($log, format = 'newline_delimited', columns = %s)""",
    {"log": sys.argv[1]},
)
con.close()
'''


def load_script(path: Path, format: str) -> str:
    """A Python program that loads its first argument into its second, a new database."""
    return _SCRIPT % _columns(path, format)


def _columns(path: Path, id: str) -> dict[str, str]:
    format = by_id(_VARIANTS.get(id, id))
    assert format is not None, id
    with path.open(encoding="utf-8") as file:
        records = [json.loads(line) for line in islice(file, 1000)]
    return _fields(tree(_paths(format)) if format.shaped else {key: Node() for key in format.keys}, records)


def _paths(format: Format) -> list[str]:
    around = [f"{each}." if each else "" for each in format.each or ("",)]
    return [*format.doc, *(f"{prefix}{path}" for prefix in around for path in format.every_path)]


def _fields(nodes: Mapping[str, Node], records: Iterable[Any]) -> dict[str, str]:
    seen = [record for record in records if isinstance(record, dict)]
    typed = {
        name: _type(node, [one[name] for one in seen if one.get(name) is not None]) for name, node in nodes.items()
    }
    return {name: type for name, type in typed.items() if type}


def _type(node: Node, values: list[Any]) -> str:
    """The SQL type of a field with these values; empty where there is none."""
    if not values:
        return ""
    if any(isinstance(value, list) for value in values):
        inner = _type(node, [item for value in values if isinstance(value, list) for item in value])
        return f"{inner}[]" if inner else ""
    if node.kids and any(isinstance(value, dict) for value in values):
        inner = ", ".join(f'"{name}" {type}' for name, type in _fields(node.kids, values).items())
        return f"STRUCT({inner})" if inner else ""
    kinds = {type(value) for value in values}
    if kinds <= {bool}:
        return "BOOLEAN"
    if kinds <= {int}:
        return "BIGINT"
    if kinds <= {int, float}:
        return "DOUBLE"
    if kinds == {str} and all(_TIME.match(value) for value in values):
        return "TIMESTAMP"
    return "VARCHAR"
