"""What an earlier ingest has to say about this one: how the same bytes were read, which states of the file it had.

Bytes are ingested once, under one reading: a request that is in the store under two would count twice.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from routecli.data.logs.formats import by_id
from routecli.data.logs.mapping import names_a_person
from routecli.data.logs.sources import Opened
from routecli.data.logs.sources.digest import new_digest, update
from routecli.errors import DataError
from routecli.model.ingest import IngestOptions

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Asked:
    """How a log is asked to be read; what is not asked for is left to the content."""

    format: str | None
    more: Mapping[str, object]
    """`map`, `set` and `latency_unit`, as far as they are given."""

    def stored(self) -> str:
        """As it is kept with an ingest."""
        return json.dumps(self.more, sort_keys=True)

    def check(self, stored: str, format: str, name: str) -> None:
        """Raises DataError `read-otherwise` where bytes that were read as `format`, as `stored` says, are asked for in
        another way."""
        before: dict[str, object] = json.loads(stored)
        differ = [option for option, value in self.more.items() if before.get(option) != value]
        mapped = "map" in self.more or "map" in before
        declared = by_id(self.format) if self.format and not mapped else None
        if declared and declared.id != format:
            differ.insert(0, "format")
        if not differ:
            return
        shown = {"format": "--input-format", "latency_unit": "--latency-unit"}
        options = ", ".join(shown.get(option, f"--{option}") for option in differ)
        how = f"read as {format}" + (f" with {_words(before)}" if before else "")
        raise DataError(
            "read-otherwise",
            f"these bytes are in the store already, {how}: {options} would read them in another way",
            where=name,
            why="a request that is in the store under two readings would count twice",
            fix="ingest the logs into a new store with --db to read them so, or leave the option out",
        )


def asked(options: IngestOptions) -> Asked:
    """How these options ask for a log to be read."""
    given = {"map": dict(options.map), "set": _without_people(options.set), "latency_unit": options.latency_unit}
    return Asked(options.format, {name: value for name, value in given.items() if value})


def _without_people(values: Mapping[str, str]) -> dict[str, str]:
    """The values, as a digest where they say who somebody is: no such thing is stored."""
    return {
        name: f"sha256:{hashlib.sha256(value.encode()).hexdigest()[:16]}" if names_a_person(name) else value
        for name, value in values.items()
    }


def _words(reading: Mapping[str, object]) -> str:
    """The options that were given, as they are typed."""
    words = []
    for name, value in reading.items():
        if isinstance(value, dict):
            words += [f"--{name} {column}={text}" for column, text in value.items()]
        else:
            words.append(f"--{name.replace('_', '-')} {value}")
    return " ".join(words)


def grown_from(con: "duckdb.DuckDBPyConnection", source: Opened, name: str) -> list[int]:
    """The ingests that left something in the quarantine of a file that has only grown since: its records are here
    again, and one that was cut off then may be whole now."""
    if source.digest is None:
        return []
    found = con.execute(
        "SELECT bytes, digest, ingest_id FROM ingests WHERE path = ? AND bytes <= ? AND digest IS NOT NULL "
        "AND ingest_id IN (SELECT ingest_id FROM quarantine) ORDER BY bytes",
        [name, source.size],
    ).fetchall()
    ids, begun, read = [], new_digest(), 0
    if not found:
        return []
    with Path(source.path).open("rb") as file:
        for size, digest, id in found:
            read += update(begun, file, size - read)
            if read == size and begun.hexdigest() == digest:
                ids.append(id)
    return ids
