"""The shape of a format's declaration."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """One way a format spells a canonical column.

    `sql` is text over the record's keys; the first reading with a value wins, and in a strict format the others must
    agree with it. `kind` overrides the column's own. `ts_basis` says what a time read here is the time of.
    """

    keys: tuple[str, ...]
    sql: str
    kind: str | None = None
    ts_basis: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Records that cannot be read without guessing: where `sql` (a condition over the keys) holds."""

    reason: str
    keys: tuple[str, ...]
    sql: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Format:
    """A log format.

    `recognises` is given the set of keys of one record. `readings` are canonical columns with their readings, in
    order of preference. `strict` formats quarantine readings that contradict each other. `family` prefixes the
    dedup keys. A `fallback` format is chosen only where no other one matches.
    """

    id: str
    family: str
    recognises: Callable[[frozenset[str]], bool]
    readings: dict[str, tuple[Reading, ...]]
    refusals: tuple[Refusal, ...] = ()
    strict: bool = True
    fallback: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key the format reads, each once, in order."""
        used = [key for readings in self.readings.values() for reading in readings for key in reading.keys]
        used += [key for refusal in self.refusals for key in refusal.keys]
        return tuple(dict.fromkeys(used))


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def spelled(key: str, kind: str | None = None, ts_basis: str | None = None) -> Reading:
    """The key as it stands."""
    return Reading((key,), quoted(key), kind, ts_basis)
