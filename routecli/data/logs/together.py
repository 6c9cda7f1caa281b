"""Small logs of lines in one file, each record marked with the number of the file it is from.

The engine reads several files as well, but it prepares itself anew for each, which takes longer than to read a small
one. A mark is one more key at the head of the record, so that no place has to be reckoned back.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from routecli.data.logs.origin import FILE_INDEX
from routecli.data.logs.sources import Opened, temporary

_SPACE = b" \t\r\n\v\f"
_FIRST = re.compile(rb"^[ \t\r]*\{", re.MULTILINE)


class UnmarkedError(Exception):
    """A file, with so many `before` it, has lines that are no objects."""

    def __init__(self, before: int) -> None:
        super().__init__()
        self.before = before


@contextmanager
def together(sources: Sequence[Opened], beside: Path) -> Iterator[str]:
    """The path of a file with all their records, gone after the `with`. Raises UnmarkedError."""
    with temporary(beside) as (path, file):
        for i, source in enumerate(sources):
            lines = marked(Path(source.path).read_bytes(), i)
            if lines is None:
                raise UnmarkedError(i)
            file.write(lines)
        file.flush()
        yield path


def marked(lines: bytes, index: int) -> bytes | None:
    """The lines with this mark in each; None where some are neither blank nor the beginning of an object."""
    mark = b'{"%s":%d,' % (FILE_INDEX.encode(), index)
    if not lines.endswith(b"\n"):
        lines += b"\n"
    if lines.startswith(b"{") and lines.count(b"\n{") == lines.count(b"\n") - 1:
        return mark + lines[1:].replace(b"\n{", b"\n" + mark)
    found, count = _FIRST.subn(mark, lines)
    return found if count == sum(1 for line in lines.split(b"\n") if line.strip(_SPACE)) else None
