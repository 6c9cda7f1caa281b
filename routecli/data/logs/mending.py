"""Arrays and sequences of JSON objects that are broken somewhere: each element on a line of its own, as in JSON lines.

The engine reads such a file not at all. From lines it takes the sound ones, and each other one goes to quarantine.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from routecli.data.logs.containers import Container
from routecli.data.logs.elements import Elements, UncertainError
from routecli.data.logs.sources import Opened, temporary
from routecli.errors import DataError

if TYPE_CHECKING:
    import duckdb

_TAIL = 1 << 12
NO_END = "the array has no end: the file may be cut off, and what is missing is not counted here"


@dataclass(frozen=True, slots=True)
class Mended:
    """A copy of a log in lines: `lines` are those its elements began at, `broken` says where (by element, from 1)."""

    source: Opened
    lines: list[int]
    broken: dict[int, str]
    notes: tuple[str, ...]

    def place(self, con: "duckdb.DuckDBPyConnection") -> None:
        """Let `refused` name the lines of the log itself instead of the copy's, and the places of breaks."""
        import pyarrow as pa

        elements = pa.array(range(1, len(self.lines) + 1), pa.int64())
        breaks = pa.array([self.broken.get(i + 1) for i in range(len(self.lines))], pa.string())
        con.register("elements", pa.table([elements, pa.array(self.lines, pa.int64()), breaks], names=["i", "l", "b"]))
        con.execute(
            "UPDATE refused SET line = l, "
            "problem = CASE WHEN problem = 'broken-json|' AND b IS NOT NULL THEN 'broken-json|at' ELSE problem END, "
            "detail = CASE WHEN problem = 'broken-json|' THEN b ELSE detail END FROM elements WHERE refused.line = i"
        )
        con.unregister("elements")


@contextmanager
def mended(source: Opened, shape: Container, name: str, beside: Path) -> Iterator[Mended]:
    """The copy of a log that is an array or a sequence of objects, gone after the `with`.

    Raises DataError `broken-array` where it is not certain which element a piece of the text belongs to.
    """
    elements = Elements(Path(source.path), array=shape.kind == "array")
    lines, broken = list[int](), dict[int, str]()
    with temporary(beside) as (path, copy):
        try:
            for piece in elements:
                copy.write(piece.text.encode("utf-8", "surrogateescape") + b"\n")
                lines.append(piece.line)
                if piece.broken:
                    broken[len(lines)] = _words(piece.broken)
        except UncertainError as fault:
            raise _uncertain(fault, shape, name) from None
        copy.flush()
        notes = tuple(_notes(elements, len(lines), len(broken)))
        # The suffix says that it is one of lines.
        yield Mended(replace(source, path=path, suffix=".jsonl"), lines, broken, notes)


def cut_off(source: Opened, shape: Container) -> tuple[str, ...]:
    """A note where a file that is an array, and could be read, has no end all the same."""
    if shape.kind != "array":
        return ()
    with Path(source.path).open("rb") as file:
        end = file.seek(0, 2)
        while end > 0:
            start = max(end - _TAIL, 0)
            file.seek(start)
            rest = file.read(end - start).rstrip()
            if rest:
                return () if rest.endswith(b"]") else (NO_END,)
            end = start
    return ()


def _words(place: tuple[int, int]) -> str:
    return f"line {place[0]}, column {place[1]}"


def _notes(elements: Elements, count: int, broken: int) -> Iterator[str]:
    if elements.odd:
        read = f"its {count} elements were told apart" + (f", {broken} of them broken" if broken else "")
        yield f"the file is no valid JSON, first at {_words(elements.odd)}: {read}"
    if elements.cut:
        yield NO_END


def _uncertain(fault: UncertainError, shape: Container, name: str) -> DataError:
    what = "JSON array" if shape.kind == "array" else "JSON"
    at = _words((fault.line, fault.column))
    return DataError(
        "broken-array",
        f"the {what} breaks at {at}, and where the next element begins is not certain",
        where=name,
        why=f"sound elements before it: {fault.sound}",
        fix=f"repair it there, or keep what stands before it (head -c {fault.size}) and ingest that",
    )
