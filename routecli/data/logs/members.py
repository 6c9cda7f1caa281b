"""Which small files go together in a batch."""

import glob
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from routecli.data.logs.containers import Container
from routecli.data.logs.formats import Format
from routecli.data.logs.normalise import Normal
from routecli.data.logs.sources import Found, Opened
from routecli.data.logs.sources.files import FILES
from routecli.data.logs.staging import Thin

MOST_SPOOLED = 50
"""How many there are at most as long as one of them had to be fetched or unpacked: for each, two files are open."""
LARGEST = 8 << 20
"""In bytes: of a larger file, reading it costs more than planning its statement."""
_MOST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """A small file, what it is made of, and how it is read."""

    found: Found
    source: Opened
    shape: Container
    format: Format

    @property
    def inputs(self) -> tuple[bool, bool]:
        """Which counts of input tokens it has: what the others are follows from that."""
        normal = Normal(self.format, _keys(self.format, self.shape), "", None)
        return normal.has("input_tokens"), normal.has("uncached_input_tokens")

    def goes_with(self, other: "Member") -> bool:
        """Whether both can be read by one statement."""
        alike = self.shape.keys == other.shape.keys or self.inputs == other.inputs
        return alike and self.format == other.format


def _keys(format: Format, shape: Container) -> Iterable[str]:
    return next(Thin.of(format, shape)).keys if format.shaped else frozenset(format.keys) & shape.keys


def joined(members: Sequence[Member]) -> Container:
    """What files are made of together."""
    shapes = [one.shape for one in members]
    records = tuple(marks for shape in shapes for marks in shape.records)
    return Container("lines", records, frozenset[str]().union(*(shape.keys for shape in shapes)))


def is_remote(found: Found) -> bool:
    """Whether a file is small, as far as is known, and has to be fetched."""
    return not found.error and found.kind != FILES.id and found.size is not None and found.size <= LARGEST


def is_small(found: Found, members: Sequence[Member]) -> bool:
    """Whether there is room for a file among the members, and its name is plain."""
    size = found.size
    if found.kind == FILES.id:
        path = Path(found.at)
        # A pipe can be opened only once, and in names of this kind the engine looks for patterns.
        size = path.stat().st_size if path.is_file() and not glob.has_magic(str(path)) else None
    elif len(members) >= MOST_SPOOLED:
        return False
    if size is None or "\\" in found.name:
        return False
    plain = PurePath(found.name).name in (found.base, f"{found.base}.gz", f"{found.base}.zst")
    return plain and size <= LARGEST and sum(one.source.size for one in members) + size <= _MOST_BYTES
