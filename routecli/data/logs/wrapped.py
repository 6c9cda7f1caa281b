"""One JSON document that is no line of JSON lines, such as a page of an API with its records in a list, and is broken.

What is whole in it is not told apart: it may be any list in it. So the error says where it breaks, and how to make an
array of the list, of which the sound elements load.
"""

import json
import re
from collections.abc import Iterable

from routecli.data.logs.formats import FORMATS, VALUED, matching
from routecli.data.logs.formats.marks import marks
from routecli.errors import DataError

_FEW = 3
"""Lines. A file of fewer might be one of JSON lines of which the first is broken."""
_MARGIN = 1 << 20
"""In letters: how far before the end of what was read a break may be due to that end."""
_KEY = re.compile(r'[ \t\r\n]*[{,][ \t\r\n]*("(?:[^"\\\x00-\x1f]|\\.)*")[ \t\r\n]*:[ \t\r\n]*')
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\[\]")
_LIST = re.compile(r"\[[ \t\r\n]*{")
_END = re.compile(r"\]([ \t\r\n]*}[ \t\r\n]*)$")


def broken_document(head: bytes, sound_lines: int, name: str, *, whole: bool, plain: bool) -> DataError | None:
    """The error for a file that is one JSON document, but a broken one; None where it may be something else.

    `sound_lines` is how many of its lines are sound objects, as far as is known. `whole`: `head` is all of the file.
    `plain`: these are the file's own bytes, not what it was made of.
    """
    if sound_lines > 1:
        return None
    # Bytes that are no UTF-8 count as one each.
    text = head.decode("utf-8", "surrogateescape")
    fault = _fault(text)
    if fault is None or (not whole and fault.pos > len(text) - _MARGIN):
        return None
    lines = sum(1 for line in text.split("\n") if line.strip())
    found = _list(text)
    one_line = lines == 1 and found is not None
    if not one_line and (lines < _FEW or fault.lineno <= _first(text)):
        return None
    cut = fault.msg.startswith("Unterminated string") or not text[fault.pos :].strip()
    how = "is cut off" if cut else "breaks"
    return DataError(
        "broken-document",
        f"the JSON document {how} at line {fault.lineno}, column {fault.colno}",
        where=name,
        why="what is sound in it is not told apart",
        fix=f"repair it there{_or_list(text, *found, cut=cut, plain=whole and plain) if found else ''}",
    )


def hint_at_list(records: Iterable[frozenset[str]]) -> str:
    """How to read the records (given by their marks) that a format recognises in a list of these documents; or ""."""
    for marks_of in records:
        for key in sorted(mark.removesuffix("[]") for mark in marks_of if _NAME.fullmatch(mark)):
            inner = frozenset(mark.removeprefix(f"{key}[].") for mark in marks_of if mark.startswith(f"{key}[]."))
            if matching([inner]):
                return f"its records stand in a list: jq -c '.{key}[]' writes a line for each, to be ingested instead"
    return ""


def _fault(text: str) -> json.JSONDecodeError | None:
    start = len(text) - len(text.lstrip())
    if not text.startswith("{", start):
        return None
    try:
        json.JSONDecoder().raw_decode(text, start)
    except json.JSONDecodeError as fault:
        return fault
    except RecursionError:
        return None
    return None


def _first(text: str) -> int:
    """The number of the line that the document begins at."""
    return text.count("\n", 0, len(text) - len(text.lstrip())) + 1


def _list(text: str) -> tuple[str, int] | None:
    """The name of the first list of objects at the top of a document, and where its bracket stands."""
    decoder, at = json.JSONDecoder(), 0
    while key := _KEY.match(text, at):
        at = key.end()
        if _LIST.match(text, at):
            return str(json.loads(key[1])), at
        try:
            at = decoder.raw_decode(text, at)[1]
        except (ValueError, RecursionError):
            return None
    return None


def _or_list(text: str, key: str, at: int, *, cut: bool, plain: bool) -> str:
    """What else there is to do: to keep the list, where its elements are records."""
    if not _are_records(text, key, at):
        return ""
    # The end of a text that is cut off may be that of a list inside an element.
    end = None if cut else _END.search(text)
    kept = f"head -c {_bytes(text[: end.start(1)])} | " if end else ""
    command = f" ({kept}tail -c +{_bytes(text[:at]) + 1})" if plain else ""
    return f", or keep its list {key!r} alone{command} and ingest that: its sound elements load"


def _are_records(text: str, key: str, at: int) -> bool:
    if any(path == f"{key}[]" for format in FORMATS for path in format.each):
        return True
    try:
        first, _ = json.JSONDecoder().raw_decode(text, text.index("{", at))
    except (ValueError, RecursionError):
        return False
    return bool(matching([marks(first, VALUED)]))


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))
