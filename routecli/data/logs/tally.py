"""How many values a log of flat JSON objects has, told from its bytes.

To know that a log has no key besides those that were read, reading all that a format knows costs a fifth of the whole
ingest. Counting is cheaper: before every value that is not null stands a colon, and before that a quote or a blank. So
there are at most as many values as there are colons after a quote or a blank, but for those with null behind them. If
that is the number of values that were read, there is no other. Colons in texts make it larger, never smaller, and the
log is read the long way.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from routecli.data.logs.containers import Container
from routecli.data.logs.formats import Format

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COLON, _ABOVE_QUOTE = 0x3A00, 0x23
"""Little-endian pairs of bytes: a colon after a byte up to the quote, which all blanks are, too."""
_NULLS = ((0x6E20, 0x6C75), (0x756E, 0x6C6C))
"""What follows the colon where there is no value: ` nul`, `null`, as two such pairs."""
_AHEAD = 6
"""How many bytes after the first tell what it is: those of `: null`."""
_CHUNK = 1 << 18
LEAST = 16 << 20
"""Of smaller logs, in bytes, the long way costs less than to load what counts."""
_MOST_OTHERS = 12
"""Of keys that are read for nothing but their number: more cost as much as the long way."""


def countable(container: Container, format: Format) -> frozenset[str] | None:
    """The keys to be counted beside the format's, as far as the samples tell; None where counting is no use."""
    known = frozenset(format.keys)
    others = container.keys - known
    fit = container.kind == "lines" and container.flat and not format.shaped and not known.issubset(container.keys)
    return others if fit and len(others) <= _MOST_OTHERS else None


class Tally:
    """The number of values in the bytes it is given, one piece after the other, in any cuts.

    `nulls`: nulls are to be looked for; without, each counts as a value.
    """

    def __init__(self, *, nulls: bool) -> None:
        self.nulls, self.begun = nulls, False
        self._tail, self._total = b"", 0

    def end(self) -> int:
        """After the last piece, once: at least as many values as there are."""
        self(memoryview(bytes(_AHEAD)))
        return self._total

    def __call__(self, piece: memoryview) -> None:
        """The next bytes."""
        self.begun = True
        if len(piece) > _AHEAD:
            self._count(memoryview(self._tail + piece[:_AHEAD]))
            self._count(piece)
            self._tail = bytes(piece[-_AHEAD:])
        else:
            joined = self._tail + piece
            self._count(memoryview(joined))
            self._tail = joined[-_AHEAD:]

    def read(self, path: str) -> None:
        """All bytes of a file."""
        buffer = memoryview(bytearray(_CHUNK))
        with Path(path).open("rb", buffering=0) as file:
            while n := file.readinto(buffer):
                self(buffer[:n])

    def _count(self, piece: memoryview) -> None:
        """What begins in the piece, but for its last bytes."""
        import numpy

        for first in (0, 1):
            count = (len(piece) - _AHEAD - first + 1) // 2
            if count <= 0:
                continue
            pairs = numpy.frombuffer(piece, "<u2", offset=first, count=(len(piece) - first) // 2)
            keys = pairs[:count] - numpy.uint16(_COLON) < _ABOVE_QUOTE
            self._total += int(numpy.count_nonzero(keys)) - (self._null(pairs, keys) if self.nulls else 0)

    @staticmethod
    def _null(pairs: "NDArray[Any]", keys: "NDArray[Any]") -> int:
        follow, total = pairs[1 : len(keys) + 1], 0
        for one, two in _NULLS:
            total += int((pairs[(keys & (follow == one)).nonzero()[0] + 2] == two).sum())
        return total
