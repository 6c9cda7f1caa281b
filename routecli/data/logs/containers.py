"""What a log file is made of, found from its content: JSON lines, a JSON array, JSON objects, CSV or Parquet."""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from routecli.data.logs.formats import FORMATS, VALUED, Format, by_id, matching
from routecli.data.logs.formats.marks import marks
from routecli.data.logs.nearest import nearest
from routecli.data.logs.sources import Opened
from routecli.data.logs.wrapped import broken_document, hint_at_list
from routecli.errors import DataError, UsageError, did_you_mean

Kind = Literal["lines", "array", "objects", "csv", "parquet"]
_HEAD = 1 << 20
_LONG_HEAD = 64 << 20
"""How far to look where the first document is longer than the head."""
_SAMPLE = 50
_EMPTY = 1000
"""How many lines to look at for so many records with a field in them."""
_JSON_LINES = (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Container:
    """How to read a file. CSV and Parquet have a `header`; CSV also a `delimiter` and blank lines to `skip`.

    `records` are the marks of some records (`routecli.data.logs.formats.marks`), `keys` every key seen in them.
    `texts` are the columns of a Parquet file that hold text. `numbers` are keys that have a number above 0 in these
    records, other than 1, and nothing else. `flat`: no value in them is an object or a list; `nulls`: some are null.
    """

    kind: Kind
    records: tuple[frozenset[str], ...] = ()
    keys: frozenset[str] = frozenset()
    header: tuple[str, ...] = ()
    delimiter: str = ","
    skip: int = 0
    texts: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    flat: bool = False
    nulls: bool = False


def _sampled(kind: Kind, records: Iterable[Any]) -> Container:
    seen = [record for record in records if isinstance(record, dict)]
    keys, filled, odd = set[str](), set[str](), set[str]()
    flat, nulls = True, False
    for record in seen:
        keys.update(record)
        for key, value in record.items():
            if value is None:
                nulls = True
                continue
            filled.add(key)
            if type(value) not in (int, float) or value <= 0 or value == 1:
                odd.add(key)
                flat = flat and not isinstance(value, dict | list)
    found = tuple(marks(record, VALUED) for record in seen)
    return Container(kind, found, frozenset(keys), numbers=frozenset(filled - odd), flat=flat, nulls=nulls)


def container(source: Opened, name: str) -> Container:
    """Look at the head of the file. Raises DataError `nothing-to-load` for an empty one, `broken-document`."""
    path = Path(source.path)
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if _unfinished(head):
            head += file.read(_LONG_HEAD)
        file.seek(0, 2)
        size = file.tell()
    if not head.strip():
        raise DataError("nothing-to-load", "the file is empty", where=name)
    if head.startswith(b"PAR1"):
        return _parquet(source, name)
    text = head.decode("utf-8", "replace")
    found = _csv(text)
    if found is not None and len(_known_fields().intersection(found.header)) >= 2:
        return found
    kind = _json_kind(text, source.suffix)
    if kind == "lines":
        lines = _sampled("lines", _line_records(path, text, size))
        plain, whole = source.size == size, len(head) == size
        error = source.suffix not in _JSON_LINES and broken_document(
            head, len(lines.records), name, whole=whole, plain=plain
        )
        if error:
            raise error
        return lines
    if kind is not None:
        return _sampled(kind, _documents(text))
    return found or Container("lines")


@cache
def _known_fields(id: str = "") -> frozenset[str]:
    """The fields of one declared format, or of all."""
    return frozenset(key for format in FORMATS if id in ("", format.id) for key in format.fields)


def _unfinished(head: bytes) -> bool:
    """Whether the first document goes on after the head, so that nothing could be told from it."""
    if len(head) < _HEAD or not head.lstrip().startswith((b"{", b"[")):
        return False
    return not any(True for _ in _documents(head.decode("utf-8", "replace")))


def _json_kind(text: str, suffix: str) -> Kind | None:
    """The kind of JSON, or None where it does not look like JSON."""
    stripped = text.lstrip()
    if suffix in _JSON_LINES:
        return "lines"
    first, _, rest = stripped.partition("\n")
    try:
        end = json.JSONDecoder().raw_decode(stripped)[1]
    except (ValueError, RecursionError):
        end = -1
    if stripped.startswith("["):
        one_line = 0 <= end <= len(first.rstrip())
        return "lines" if one_line and rest.strip() else "array"
    if stripped.startswith("{") and end > len(first):
        return "objects"
    lines = [line.lstrip() for line in stripped.splitlines()[:_SAMPLE]]
    if suffix == ".json" or any(line.startswith("{") for line in lines):
        return "lines"
    return None


def _documents(text: str) -> Iterator[Any]:
    """The first values of an array or of concatenated objects, as far as they are whole."""
    decoder, at, blank = json.JSONDecoder(), 0, " \t\r\n,["
    for _ in range(_SAMPLE):
        while at < len(text) and text[at] in blank:
            # Only the first bracket is the array's own.
            blank = " \t\r\n," if text[at] == "[" else blank
            at += 1
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return
        yield value


def _line_records(path: Path, head: str, size: int) -> Iterator[Any]:
    """The records at the start of the file, and some in its middle and at its end."""
    lines = head.splitlines()
    # What is empty says nothing of the others.
    filled = list(islice(filter(None, _values(lines[:_EMPTY])), _SAMPLE))
    yield from filled or _values(lines[:_SAMPLE])
    if size > _HEAD:
        with path.open("rb") as file:
            for at in (size // 4, size // 2, 3 * size // 4, size - _HEAD // 8):
                file.seek(at)
                lines = file.read(_HEAD // 8).decode("utf-8", "replace").splitlines()
                yield from _values(lines[1:_SAMPLE])


def _values(lines: Iterable[str]) -> Iterator[Any]:
    for line in lines:
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            continue


def _csv(text: str) -> Container | None:
    """The header under the delimiter that yields the most names, or None where there is no line of text."""
    skip = len(text) - len(text.lstrip("\r\n"))
    best: tuple[str, ...] = ()
    delimiter = ","
    for candidate in (",", ";", "\t", "|"):
        try:
            row = next(csv.reader(text[skip:].splitlines(keepends=True), delimiter=candidate, strict=True), [])
        except csv.Error:
            continue
        if len(row) > len(best):
            best, delimiter = tuple(row), candidate
    if not best:
        return None
    header = tuple(name.strip() for name in best)
    names = frozenset(header)
    return Container("csv", (names,), names, header, delimiter, text[:skip].count("\n"))


def _rows(table: Any) -> list[dict[str, Any]]:
    try:
        return list(table.to_pylist())
    except OverflowError:
        # A time inside a nested value that Python cannot hold: the names have to do.
        return []


def _shown(column: Any) -> Any:
    """A column whose values Python can hold: of times, which may be too far away for that, whether they are there."""
    import pyarrow
    from pyarrow import compute

    if not pyarrow.types.is_temporal(column.type):
        return column
    return compute.if_else(column.is_valid(), pyarrow.scalar(1), pyarrow.scalar(None, pyarrow.int64()))


def _parquet(source: Opened, name: str) -> Container:
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(source.path) as file:
            schema = file.schema_arrow
            batch = next(file.iter_batches(_SAMPLE), None)
            rows = _rows(pyarrow.table(list(map(_shown, batch.columns)), names=schema.names)) if batch else []
    except (OSError, pyarrow.ArrowException) as fault:
        why = f"the Parquet file is damaged or cut off: {fault}"
        raise DataError("unreadable-file", "the file cannot be read to its end", where=name, why=why) from None
    names, types = frozenset(schema.names), pyarrow.types
    is_text = (types.is_string, types.is_large_string, types.is_string_view)
    texts = frozenset(one.name for one in schema if any(test(one.type) for test in is_text))
    records = tuple(marks(row, VALUED) for row in rows) or (names,)
    return Container("parquet", records, names, tuple(schema.names), texts=texts)


def chosen(found: Container, asked: str | None, name: str) -> Format:
    """The format the file is read as.

    Raises UsageError `unknown-log-format` for an id that does not exist, DataError `ambiguous-format`,
    `unrecognised-log` or `duplicate-column`.
    """
    if asked is not None:
        format = by_id(asked)
        if format is None:
            known = [one.id for one in FORMATS]
            fix = did_you_mean(asked, known) or f"one of {', '.join(known)}"
            raise UsageError("unknown-log-format", f"there is no log format {asked!r}", fix=fix)
    else:
        format = _matched(found, name)
    fields = _known_fields(format.id)
    twice = sorted({key for key in found.header if found.header.count(key) > 1} & fields)
    if twice:
        what = f"the header names {', '.join(twice)} more than once"
        raise DataError("duplicate-column", what, where=name, fix="leave one column of each name")
    if found.records and not found.keys & fields:
        raise _no_known_column(found, name)
    return format


def _matched(found: Container, name: str) -> Format:
    formats = matching(found.records)
    if len(formats) == 1:
        return formats[0]
    if formats:
        ids = ", ".join(format.id for format in formats)
        what = f"the records look like {ids}"
        raise DataError("ambiguous-format", what, where=name, fix="name one with --input-format")
    if not found.records:
        # Not one record could be read: every line goes to quarantine with its reason.
        return FORMATS[-1]
    raise _no_known_column(found, name)


def _no_known_column(found: Container, name: str) -> DataError:
    keys = sorted(found.keys)
    if not any(keys):
        return DataError("unrecognised-log", "its records have no field at all", where=name)
    shown = ", ".join(keys[:20]) + (", ..." if len(keys) > 20 else "")
    near = nearest(keys)
    maps = [f"--map {column}={key if key.isidentifier() else repr(key)}" for key, column in near.items()]
    if "model" not in near.values():
        maps.append("--set model=NAME")
    fix = f"if these are its fields: {' '.join(maps)}" if near else "say with --map where ts, model and tokens stand"
    fix = hint_at_list(found.records) or fix
    what = f"no column of a known log format, only: {shown}"
    return DataError("unrecognised-log", what, where=name, fix=fix)
