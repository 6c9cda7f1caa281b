"""What a record looks like, for telling formats apart: the set of its marks.

Marks are the paths of a record's fields (`usage.prompt_tokens`, `resourceSpans[].scopeSpans[]`; dots inside names
stay as they are), and `path=value` for short texts. A format asks for marks; `x*` is any mark that starts with x, `!x`
that there is none.
"""

from collections.abc import Iterable, Iterator
from typing import Any

_DEEPEST, _LONGEST, _MOST = 12, 64, 5000
_ITEMS = 40
"""How many items of a list are looked at."""


def marks(record: Any) -> frozenset[str]:
    """The marks of a record."""
    found: set[str] = set()
    for mark in _marks(record, "", 0):
        found.add(mark)
        if len(found) >= _MOST:
            break
    return frozenset(found)


def _marks(value: Any, path: str, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            here = f"{path}.{name}" if path else name
            yield here
            yield from _marks(inner, here, depth + 1)
    elif isinstance(value, list):
        yield f"{path}[]"
        for inner in value[:_ITEMS]:
            yield from _marks(inner, f"{path}[]", depth + 1)
    elif isinstance(value, str) and len(value) <= _LONGEST:
        yield f"{path}={value}"


def fits(marks: frozenset[str], wanted: Iterable[str]) -> bool:
    """Whether the record has every wanted mark."""
    return all(_has(marks, mark) for mark in wanted)


def _has(marks: frozenset[str], mark: str) -> bool:
    if mark.startswith("!"):
        return not _has(marks, mark[1:])
    if mark.endswith("*"):
        return any(one.startswith(mark[:-1]) for one in marks)
    return mark in marks
