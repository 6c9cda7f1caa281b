"""The documents of `routecli ingest` and `routecli quarantine show`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IngestedFile:
    """One file: rows_read = rows_new + rows_duplicate + rows_skipped + rows_quarantined, always, when it was taken.

    `reasons` counts quarantined records, `skipped` those that are no model call of their own. With an `error` nothing
    of it was stored: rows_read and `reasons` then say what was seen, the other counts are 0. `since` is where the
    read of a database table went on from the last one: only rows from there on were read.
    """

    path: str
    format: str | None
    rows_read: int
    rows_new: int
    rows_duplicate: int
    rows_skipped: int
    rows_quarantined: int
    reasons: dict[str, int]
    skipped: dict[str, int]
    unchanged: bool
    since: str | None
    warnings: list[str]
    error: str | None


@dataclass(frozen=True, slots=True)
class IngestTotals:
    """`files` counts all of them, the rows are of those that were taken."""

    files: int
    rows_read: int
    rows_new: int
    rows_duplicate: int
    rows_skipped: int
    rows_quarantined: int


@dataclass(frozen=True, slots=True)
class IngestedFormat:
    """The files of one format that were taken, those that were ingested before (`unchanged`) apart from the others."""

    format: str | None
    unchanged: bool
    files: int
    rows_read: int
    rows_new: int
    rows_duplicate: int
    rows_skipped: int
    rows_quarantined: int
    reasons: dict[str, int]
    skipped: dict[str, int]


@dataclass(frozen=True, slots=True)
class IngestDocument:
    """What one `ingest` did. `formats` is the sum of `files` by format, the most files first."""

    db: str
    files: list[IngestedFile]
    formats: list[IngestedFormat]
    totals: IngestTotals


@dataclass(frozen=True, slots=True)
class QuarantinedLine:
    """A line that was not loaded; the excerpt never holds prompt text.

    `ingest_id` is the ingest that read it, `latest` whether the file was not ingested again since: an earlier version
    of a file may have been repaired. `record` counts the file's records from 1: the element of an array.
    """

    ingest_id: int
    latest: bool
    file: str
    line: int | None
    record: int | None
    reason: str
    message: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class QuarantineDocument:
    """`total` counts all quarantined lines, `lines` holds at most `--limit` of them."""

    db: str
    total: int
    reasons: dict[str, int]
    lines: list[QuarantinedLine]
