"""Where records stand in a file: physical line numbers and byte ranges of the few that are wanted.

One pass over the bytes with vectorised newline search, in pieces; only run for files with something to quarantine.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Integers = np.ndarray[tuple[int], np.dtype[np.int64]]

_PIECE = 16 << 20
_SPACE = b" \t\r\n\v\f"


@dataclass(frozen=True, slots=True)
class Places:
    """Some wanted records, in order: their ordinals, physical lines (from 1) and byte ranges. Arrays of equal length.

    Ordinals count from 0. `starts` and `ends` are empty where the container has no byte ranges.
    """

    ordinals: "Integers"
    lines: "Integers"
    starts: "Integers"
    ends: "Integers"

    def only(self, mask: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> "Places":
        """Those where the mask is true."""
        return Places(self.ordinals[mask], self.lines[mask], self.starts[mask], self.ends[mask])


@dataclass(frozen=True, slots=True)
class _Lines:
    """All records of one piece: physical line, byte range, and which are not blank."""

    lines: "Integers"
    starts: "Integers"
    ends: "Integers"
    filled: "np.ndarray[tuple[int], np.dtype[np.bool_]]"


def _pieces(path: Path, *, quoted: bool) -> Iterator[_Lines]:
    """Lines, or with `quoted` CSV records, in which a line break between quotes does not count."""
    import numpy as np

    carry, offset, line = b"", 0, 1
    with path.open("rb") as file:
        while True:
            piece = file.read(_PIECE)
            data = carry + piece
            if not piece and data and not data.endswith(b"\n"):
                data += b"\n"
            if not data:
                return
            breaks = np.flatnonzero(np.frombuffer(data, np.uint8) == 10).astype(np.int64)
            at = breaks
            if quoted:
                quotes = np.flatnonzero(np.frombuffer(data, np.uint8) == 34)
                parity = np.searchsorted(quotes, breaks) & 1
                at = breaks[parity == 0] if piece else breaks[(parity == 0) | (breaks == len(data) - 1)]
            if len(at):
                starts = np.concatenate([[0], at[:-1] + 1]).astype(np.int64)
                # The line of a record is the line of its first byte: one more than the breaks before it.
                lines = line + np.searchsorted(breaks, starts)
                yield _Lines(lines, offset + starts, offset + at, _filled(data, starts, at))
                done = int(at[-1]) + 1
                line += int(np.searchsorted(breaks, done))
                offset += done
                carry = data[done:]
            else:
                carry = data
            if not piece:
                return


def _filled(data: bytes, starts: "Integers", ends: "Integers") -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    import numpy as np

    array = np.frombuffer(data, np.uint8)
    filled = (ends > starts) & (array[starts] > 32)
    for i in np.flatnonzero((ends > starts) & ~filled):
        filled[i] = bool(data[starts[i] : ends[i]].strip(_SPACE))
    return filled


def line_places(path: Path, wanted: "Integers") -> Iterator[Places]:
    """The wanted records (sorted ordinals among non-blank lines) of a file of lines."""
    seen = 0
    for piece in _pieces(path, quoted=False):
        records = piece.filled.nonzero()[0]
        here = wanted[(wanted >= seen) & (wanted < seen + len(records))]
        if len(here):
            rows = records[here - seen]
            yield Places(here, piece.lines[rows], piece.starts[rows], piece.ends[rows])
        seen += len(records)


def csv_places(path: Path, skip: int, misfits: "Integers", wanted: "Integers", total: int) -> Iterator[Places]:
    """The wanted records of a CSV file, and its misfits (with ordinals -1 - record number).

    `misfits` are sorted record numbers (blank lines and the header counted, from 1) of rows that are not among the
    `total` good ones; `wanted` are sorted ordinals among the good ones.
    """
    import numpy as np

    lines, filled = _csv_lines(path)
    rows = np.arange(1, len(lines) + 1)
    good = filled & (rows > skip + 1) & ~np.isin(rows, misfits)
    if int(good.sum()) != total:
        # A quote inside an unquoted value hides line breaks from the fast pass: the slow one understands it.
        lines, filled = _csv_lines_slowly(path)
        rows = np.arange(1, len(lines) + 1)
        good = filled & (rows > skip + 1) & ~np.isin(rows, misfits)
    lines_of_good = lines[good]
    none = np.empty(0, np.int64)
    known = wanted[wanted < len(lines_of_good)]
    yield Places(known, lines_of_good[known], none, none)
    known = misfits[misfits <= len(lines)]
    yield Places(-1 - known, lines[known - 1], none, none)


def _csv_lines(path: Path) -> "tuple[Integers, np.ndarray[tuple[int], np.dtype[np.bool_]]]":
    import numpy as np

    pieces = [(piece.lines, piece.filled) for piece in _pieces(path, quoted=True)]
    return np.concatenate([p[0] for p in pieces]), np.concatenate([p[1] for p in pieces])


def _csv_lines_slowly(path: Path) -> "tuple[Integers, np.ndarray[tuple[int], np.dtype[np.bool_]]]":
    import numpy as np

    lines, filled, line = [], [], 1
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        reader = csv.reader(file)
        for row in reader:
            lines.append(line)
            filled.append(bool(row))
            line = reader.line_num + 1
    return np.array(lines, np.int64), np.array(filled, np.bool_)


def document_places(path: Path, wanted: "Integers") -> Iterator[tuple[int, int, Any]]:
    """(ordinal, line, value) of the wanted elements of a JSON array, or of concatenated JSON objects."""
    sought = set(wanted.tolist())
    for ordinal, line, value in documents(path, json.JSONDecoder()) if sought else ():
        if ordinal in sought:
            yield ordinal, line, value
        if ordinal >= max(sought):
            return


def documents(path: Path, decoder: json.JSONDecoder) -> Iterator[tuple[int, int, Any]]:
    """(ordinal, line, value) of the elements of a JSON array, or of concatenated JSON objects, up to a broken one."""
    text, at, line, ordinal, blank = "", 0, 1, 0, " \t\r\n,["
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        while True:
            while at < len(text) and text[at] in blank:
                # Only the first bracket is the array's own.
                blank = " \t\r\n," if text[at] == "[" else blank
                line += text[at] == "\n"
                at += 1
            value, end = _decoded(decoder, text, at)
            if end is None or end == len(text):
                # It may go on after what was read so far.
                more = file.read(max(_PIECE >> 4, len(text) - at))
                if more:
                    text, at = text[at:] + more, 0
                    continue
                if end is None:
                    return
            yield ordinal, line, value
            line += text.count("\n", at, end)
            at, ordinal = end, ordinal + 1


def _decoded(decoder: json.JSONDecoder, text: str, at: int) -> tuple[Any, int | None]:
    try:
        return decoder.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, None
