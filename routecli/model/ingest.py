"""What an ingest is asked for and what it reports: one record per file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from routecli.errors import RoutecliError

LatencyUnit = Literal["s", "ms"]


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """How log files are read.

    `format` is a format id (None: found from the content). `latency_unit` is the unit of a bare `latency` or
    `duration` without one. `max_bad` is the share (0-1) of bad records a file may hold and still be loaded.
    `memory` is an upper limit for the engine (None: `1GB`). `map` names the field of a column, `set` gives a column one
    value for all records; with `map`, no format is looked for. `table` is the table of a database, `watermark` its
    column that only grows (None: the time of the request); `full` reads it whole, however far it was read before.
    """

    format: str | None = None
    latency_unit: LatencyUnit | None = None
    max_bad: float = 1.0
    memory: str | None = None
    map: Mapping[str, str] = field(default_factory=dict)
    set: Mapping[str, str] = field(default_factory=dict)
    table: str | None = None
    watermark: str | None = None
    full: bool = False


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file: rows_read = rows_new + rows_duplicate + rows_skipped + rows_quarantined, always.

    `reasons` counts quarantined records by reason, `skipped` those that are no model call of their own. `unchanged`:
    these bytes were ingested before, nothing was parsed. `since` is where the read of a table went on from the last
    one. With `error` set the file wrote nothing: the counts then say
    what was read before it was refused.
    """

    path: str
    format: str | None = None
    rows_read: int = 0
    rows_new: int = 0
    rows_duplicate: int = 0
    rows_skipped: int = 0
    rows_quarantined: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)
    unchanged: bool = False
    since: str | None = None
    warnings: tuple[str, ...] = ()
    error: RoutecliError | None = None


@dataclass(frozen=True, slots=True)
class QuarantinedRecord:
    """One record that was not loaded: where it stands, why, and its allow-listed fields (never prompt text).

    `line` is the physical line the record starts at (1-based; the row number in a Parquet file), `record` which of
    the file's records it is (from 1; None: not known). `latest`: the ingest it is from is the last one of this file.
    """

    ingest_id: int
    file: str
    line: int | None
    reason: str
    sentence: str
    excerpt: str
    record: int | None = None
    latest: bool = True
