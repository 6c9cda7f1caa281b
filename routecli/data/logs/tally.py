"""How many values a log of flat JSON objects has, told from its bytes.

To know that a log has no key besides those that were read, reading all that a format knows costs a fifth of the whole
ingest. Counting is cheaper: before every value that is not null stands a colon, and before that a quote or a blank. So
there are at most as many values as there are colons after a quote or a blank, but for those with null behind them. If
that is the number of values that were read, there is no other. Colons in texts make it larger, never smaller, and the
log is read the long way.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from routecli.data.logs.containers import Container
from routecli.data.logs.formats import Format

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Bytes = NDArray[numpy.uint8]
    Flags = NDArray[numpy.bool_]

_QUOTE, _COLON, _BLANK, _N = b'": n'
"""A value that may count has a colon before it, and that a byte up to the quote, which all blanks are, too."""
_NULLS = (b"null", b" nul")
"""What follows the colon where there is no value."""
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
        self._room: Flags | None = None

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

        count = len(piece) - _AHEAD
        if count <= 0:
            return
        if self._room is None or count > len(self._room[0]):
            # Arrays made anew for every piece would cost several times as much as what is done with them.
            self._room = numpy.empty((3, max(count, _CHUNK)), numpy.bool_)
        bytes = numpy.frombuffer(piece, numpy.uint8)
        keys, colons, spare = (row[:count] for row in self._room)
        numpy.less_equal(bytes[:count], _QUOTE, out=keys)
        numpy.equal(bytes[1 : count + 1], _COLON, out=colons)
        numpy.logical_and(keys, colons, out=keys)
        self._total += int(numpy.count_nonzero(keys))
        if self.nulls:
            self._total -= self._null(bytes, keys, colons, spare)

    @staticmethod
    def _null(bytes: "Bytes", keys: "Flags", first: "Flags", second: "Flags") -> int:
        """How many of the keys have a null behind them; the other flags are room to work in."""
        import numpy

        count = len(keys)
        numpy.equal(bytes[3 : count + 3], _N, out=second)
        numpy.equal(bytes[2 : count + 2], _BLANK, out=first)
        numpy.logical_and(first, second, out=second)
        numpy.equal(bytes[2 : count + 2], _N, out=first)
        numpy.logical_or(first, second, out=first)
        numpy.logical_and(first, keys, out=first)
        at = numpy.flatnonzero(first)
        follow = numpy.stack([bytes[at + i] for i in range(2, 6)], axis=1)
        return sum(int((follow == numpy.frombuffer(null, numpy.uint8)).all(axis=1).sum()) for null in _NULLS)
