"""What a record looks like, for telling formats apart: the set of its marks.

Marks are the paths of a record's fields (`usage.prompt_tokens`, `resourceSpans[].scopeSpans[]`; dots inside names
stay as they are), and `path=value` for short texts. A format asks for marks; `x*` is any mark that starts with x, `!x`
that there is none.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Any

_DEEPEST, _LONGEST, _MOST = 12, 64, 5000
_ITEMS = 40
"""How many items of a list are looked at."""


def marks(record: Any, valued: frozenset[str]) -> frozenset[str]:
    """The marks of a record; of values, only those under the names `valued`."""
    found: set[str] = set()
    _collect(record, "", 0, valued, found)
    return frozenset(found)


def _collect(value: Any, path: str, depth: int, valued: frozenset[str], found: set[str]) -> None:
    # In one function and with few calls, because every small file is looked at.
    if depth > _DEEPEST or len(found) >= _MOST:
        return
    if isinstance(value, dict):
        before = f"{path}." if path else ""
        for name, inner in islice(value.items(), _MOST):
            here = before + name
            found.add(here)
            if isinstance(inner, dict | list):
                _collect(inner, here, depth + 1, valued, found)
            elif name in valued and isinstance(inner, str) and len(inner) <= _LONGEST:
                found.add(f"{here}={inner}")
    elif isinstance(value, list):
        path = f"{path}[]"
        found.add(path)
        for inner in value[:_ITEMS]:
            _collect(inner, path, depth + 1, valued, found)


def may_fit(all: frozenset[str], wanted: Iterable[str]) -> bool:
    """Whether one of some records may have every wanted mark, given the marks of all of them."""
    return all.issuperset(mark for mark in wanted if not mark.startswith("!") and not mark.endswith("*"))


def fits(marks: frozenset[str], wanted: Iterable[str]) -> bool:
    """Whether the record has every wanted mark."""
    return all(_has(marks, mark) for mark in wanted)


def _has(marks: frozenset[str], mark: str) -> bool:
    if mark.startswith("!"):
        return not _has(marks, mark[1:])
    if mark.endswith("*"):
        return any(one.startswith(mark[:-1]) for one in marks)
    return mark in marks
