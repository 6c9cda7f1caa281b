"""How many records a log holds, by readers of the tests' own: nothing here is shared with the product."""

import csv
import io
import json
from typing import Any

from samples import ELEMENTS

_BLANK = b" \t\r\n\v\f"
_CHILDREN: dict[str, tuple[tuple[str, ...], ...]] = {
    "anthropic_message": (("usage", "iterations"), ("result", "message", "usage", "iterations")),
    "claude_code": (("message", "usage", "iterations"),),
}
"""Where lists stand in a record whose items are records besides it."""


def value_of(line: bytes) -> Any:
    """The JSON value of a line, or None where it is not sound JSON (as strict readers see it)."""
    try:
        # Decoded here: of bytes the reader would guess the encoding.
        value = json.loads(line.decode("utf-8"))
        # Half a surrogate pair is no text.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no key may occur twice (a hook for Python's reader)."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key occurs twice")
    return dict(pairs)


def _sure(line: bytes) -> Any:
    """The JSON value of a line about which readers agree, else None."""
    try:
        json.loads(line.decode("utf-8"), object_pairs_hook=once)
    except (ValueError, RecursionError):
        return None
    return value_of(line)


def _children(documents: list[Any], format: str) -> int:
    """Records beside those that the documents are: they are read where some document has more than itself in them."""
    lists = [found for one in documents for path in _CHILDREN.get(format, ()) if (found := _list(one, path))]
    more = any(len(items) > 1 or _type(items[0]) not in (None, "message") for items in lists)
    return sum(map(len, lists)) if more else 0


def _list(value: Any, path: tuple[str, ...]) -> list[Any]:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, list) else []


def _type(item: Any) -> Any:
    return item.get("type") if isinstance(item, dict) else None


def in_document(document: Any, format: str) -> int:
    """Records in one JSON document: what stands at the format's place for them, or the document itself."""
    found = _elements(document, ELEMENTS.get(format, ()))
    return max(found or 0, 1)


def _elements(value: Any, steps: tuple[str, ...]) -> int | None:
    """How many there are at the end of the steps; None where the first list is missing."""
    if not steps or not isinstance(value, dict):
        return None
    inner = value.get(steps[0].removesuffix("{}"))
    if steps[0].endswith("{}"):
        # One object on the way, and the list in it.
        return _elements(inner, steps[1:])
    if not isinstance(inner, list):
        return None
    if len(steps) == 1:
        return len(inner)
    return sum(_elements(one, steps[1:]) or 0 for one in inner)


def in_lines(content: bytes, format: str) -> int:
    """Records in a file of lines: a line that is not sound JSON is one."""
    lines = [line for line in content.split(b"\n") if line.strip(_BLANK)]
    return sum(in_document(value_of(line), format) for line in lines) + _children(list(map(_sure, lines)), format)


def in_array(content: bytes, format: str) -> int:
    """Records in a sound JSON array."""
    # An object with a key twice has nothing in it that is certain.
    sure = json.loads(content, object_pairs_hook=lambda pairs: dict(pairs) if len(dict(pairs)) == len(pairs) else {})
    return sum(in_document(one, format) for one in json.loads(content)) + _children(sure, format)


def in_csv(content: bytes) -> int:
    """Rows under the header of a CSV file whose quotes are sound; blank lines do not count."""
    rows = [row for row in csv.reader(io.StringIO(content.decode("utf-8", "replace"), newline="")) if row]
    return max(len(rows) - 1, 0)
