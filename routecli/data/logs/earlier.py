"""What an earlier ingest has to say about this one: how the same bytes were read, which states of the file it had.

Bytes are ingested once, under one reading: a request that is in the store under two would count twice.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from routecli.data.logs.formats import by_id
from routecli.data.logs.mapping import names_a_person
from routecli.data.logs.sources import Opened
from routecli.data.logs.sources.digest import new_digest, update
from routecli.data.request_rows import ROWS, dedup_key
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


def replaced_by(con: "duckdb.DuckDBPyConnection", file: str) -> list[int]:
    """The ingests that left something in the quarantine of this file and all of whose requests are in it again: it was
    repaired, or has grown. To be asked before the file is written, of its rows in `keyed`."""
    suspects = "SELECT DISTINCT ingest_id FROM quarantine WHERE file = ?"
    ids = [row[0] for row in con.execute(suspects, [file]).fetchall()]
    if not ids:
        return []
    earlier = [row[0] for row in con.execute("SELECT ingest_id FROM ingests WHERE path = ?", [file]).fetchall()]
    again = _all_again(con, earlier)
    # One that added nothing to what the file had brought before stands and falls with that.
    added = {one: max((id for id in again if id <= one), default=0) for one in ids}
    return [one for one in ids if again.get(added[one], False)]


def moved_here(con: "duckdb.DuckDBPyConnection", file: str) -> list[int]:
    """The same of other files some of whose quarantined records are among `refused`, word for word."""
    suspects = (
        "SELECT DISTINCT q.ingest_id FROM quarantine AS q JOIN refused AS r ON q.line IS NOT DISTINCT FROM r.line "
        "AND q.reason = split_part(r.problem, '|', 1) AND q.excerpt = r.excerpt WHERE q.file <> ?"
    )
    again = _all_again(con, [row[0] for row in con.execute(suspects, [file]).fetchall()])
    return [one for one, all in again.items() if all]


def _all_again(con: "duckdb.DuckDBPyConnection", ingests: Sequence[int]) -> dict[int, bool]:
    """Of each of these ingests that added a request: whether all that it added are in `keyed`."""
    if not ingests:
        return {}
    stored = (
        f"SELECT ingest_id, {dedup_key(con)} AS dedup_key FROM {ROWS} WHERE record > 0 AND list_contains(?, ingest_id)"
    )
    counted = (
        f"SELECT ingest_id, count(k.dedup_key) = count(*) FROM ({stored}) AS s "
        "LEFT JOIN (SELECT DISTINCT dedup_key FROM keyed) AS k USING (dedup_key) GROUP BY 1"
    )
    return dict(con.execute(counted, [list(ingests)]).fetchall())
