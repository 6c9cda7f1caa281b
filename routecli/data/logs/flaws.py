"""What only strict reading refuses in a record: a key that occurs twice, text where an object or a list belongs.

Of a key twice, readers disagree on which one counts, so neither does. What is no object reads as if it were absent,
which it is not. The engine notices both only when it reads strictly, which broken lines do not survive. So a file with
broken lines is read strictly once more without them; only if that fails is every record looked at by itself, at several
times the cost.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routecli.data.logs.formats.paths import Node, segments, tree
from routecli.data.logs.formats.record import Format, quoted
from routecli.data.logs.lines import Places, documents
from routecli.data.logs.normalise import Normal
from routecli.data.logs.reading import OBJECT_SIZES, json_lines, texts
from routecli.data.logs.shape import document_types, fields_of, record_fields
from routecli.data.logs.sources import temporary
from routecli.data.sql_text import literal

if TYPE_CHECKING:
    import duckdb

Flaw = tuple[str, str | None]
"""A problem (`reason|column`) and its detail."""
Flawed = tuple[int, int | None, str, str | None]
"""A flaw with where it is: the document's ordinal, and the record's in it (from 0); None: all of the document."""
_TOO_DEEP: Flaw = ("nested-too-deep|", None)
_SPACE = b" \t\r\n\v\f"


class _Twice(dict[str, Any]):
    """An object in which the keys `again` occur more than once."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        names = [name for name, _ in pairs]
        self.again = {name for name in self if names.count(name) > 1}


def flaws(
    con: "duckdb.DuckDBPyConnection", path: Path, kind: str, normal: Normal, beside: Path, broken: list[Places]
) -> Iterator[Flawed]:
    """The flaws of every record, in order.

    `broken` are the places of lines that are not JSON objects, in order. Temporary files go to `beside`.
    """
    if kind == "lines" and broken and _strict_without(con, path, normal.format, beside, broken):
        return
    look = Look(normal.format)
    for n, value in _values(path, kind):
        if isinstance(value, tuple):
            yield n, None, *value
        else:
            yield from ((n, part, *flaw) for part, flaw in look.into(value))


class Look:
    """What documents of a format are expected to hold: around their records, and in each of them."""

    def __init__(self, format: Format) -> None:
        self.format, self.each = format, format.each
        self.around: Mapping[str, Node] = {}
        if not format.shaped:
            self.inside: Mapping[str, Node] = {key: Node() for key in format.keys}
        elif not format.each:
            self.inside = fields_of(format)
        else:
            self.around = tree([*format.doc, *(path.removesuffix("{}") for path in format.each if path)])
            self.inside = record_fields(format)
            for name in format.decoded:
                self.inside[name].given = "VARCHAR"
        self.record = Node(dict(self.inside))

    def into(self, document: dict[str, Any]) -> Iterator[tuple[int | None, Flaw]]:
        """(record, flaw) of everything that is wrong with a document."""
        outer = _in_object(document, self.around, "")
        if outer or not self.each:
            flaw = outer or _in_object(document, self.inside, "")
            if flaw:
                yield None, flaw
            return
        place, records = _records(document, self.each)
        for part, record in enumerate(records):
            flaw = _in_field(record, self.record, place) if record is not None else None
            if flaw:
                yield part, flaw


def _records(document: dict[str, Any], each: Iterable[str]) -> tuple[str, list[Any]]:
    """Where the records stand that count, and they themselves."""
    for place in each:
        found = _at([document], segments(place.removesuffix("{}"))) if place else [document]
        if found is not None:
            return place, found
    return "", []


def _at(values: list[Any], steps: tuple[tuple[str, bool], ...]) -> list[Any] | None:
    """Everything at the end of the steps; None where the first of them leads nowhere."""
    for depth, (name, many) in enumerate(steps):
        found = [value[name] for value in values if isinstance(value, dict) and value.get(name) is not None]
        if not found and not depth:
            return None
        values = [inner for one in found if isinstance(one, list) for inner in one] if many else found
    return values


def as_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON that remembers which of its keys occur twice."""
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Twice(pairs)


def _values(path: Path, kind: str) -> Iterator[tuple[int, Any]]:
    """(ordinal, object) of every document that is one; the flaw of those nested too deep to be read here."""
    decoder = json.JSONDecoder(object_pairs_hook=as_object)
    if kind != "lines":
        yield from ((n, value) for n, _, value in documents(path, decoder) if isinstance(value, dict))
        return
    with path.open("rb") as file:
        for n, line in enumerate(line for line in file if line.strip(_SPACE)):
            try:
                value = decoder.decode(line.decode("utf-8"))
            except ValueError:
                continue
            except RecursionError:
                value = _TOO_DEEP
            if isinstance(value, dict | tuple):
                yield n, value


def _in_object(value: Mapping[str, Any], expected: Mapping[str, Node], at: str) -> Flaw | None:
    """The first flaw among the expected fields of an object that stands at `at`."""
    if isinstance(value, _Twice):
        again = sorted(value.again & expected.keys())
        if again:
            return f"duplicate-key|{at}{again[0]}", None
    for name, node in expected.items():
        inner = value.get(name)
        if inner and (node.kids or node.many):
            flaw = _in_field(inner, node, at + name)
            if flaw:
                return flaw
    return None


def _in_field(value: Any, node: Node, at: str) -> Flaw | None:
    """The first flaw in what is no plain value."""
    inner: Iterable[Any] = (value,)
    if not isinstance(value, list if node.many else dict):
        return None if node.loose or node.given else ("wrong-shape|", at)
    if node.given or not node.kids:
        return None
    if node.many or node.keyed:
        inner = value if isinstance(value, list) else value.values()
    before = f"{at}." if at else ""
    for one in inner:
        if one is None:
            continue
        flaw = _in_object(one, node.kids, before) if isinstance(one, dict) else ("wrong-shape|", at)
        if flaw:
            return flaw
    return None


def _strict_without(
    con: "duckdb.DuckDBPyConnection", path: Path, format: Format, beside: Path, broken: list[Places]
) -> bool:
    """Whether everything but the broken lines can be read strictly."""
    import duckdb

    columns = document_types(format) if format.shaped else texts(format.keys)
    counts = ", ".join(f"count({quoted(name)})" for name in columns)
    with temporary(beside) as (name, rest):
        try:
            with path.open("rb") as file:
                for start, end in ((s, e) for b in broken for s, e in zip(b.starts, b.ends, strict=True)):
                    while (left := int(start) - file.tell()) > 0:
                        rest.write(file.read(min(left, 1 << 20)))
                    file.seek(int(end))
                shutil.copyfileobj(file, rest, 1 << 20)
            rest.flush()
            for size in OBJECT_SIZES:
                try:
                    sql = json_lines(literal(name), columns, "lines", lenient=False, size=size)
                    con.execute(f"SELECT {counts} FROM ({sql})").fetchall()
                    return True
                except (duckdb.InvalidInputException, UnicodeDecodeError):
                    continue
            return False
        except OSError:
            # No room for the copy: the slow way needs none.
            return False
