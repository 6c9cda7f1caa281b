"""`ingest` and `quarantine show`."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from routecli.data.logs import ingest as reader
from routecli.data.logs.quarantine import count_by_reason, list_quarantine
from routecli.data.store import connect
from routecli.errors import RoutecliError, UsageError
from routecli.model.ingest import FileResult, IngestOptions
from routecli.report.documents import Report
from routecli.report.documents.ingest import (
    IngestDocument,
    IngestedFile,
    IngestedFormat,
    IngestTotals,
    QuarantinedLine,
    QuarantineDocument,
)


def ingest(db: Path, paths: Sequence[str], options: IngestOptions, now: datetime, mapping: str | None = None) -> Report:
    """Load files into the store; files that could not be taken are on the report and decide the exit code.

    `mapping` is one of `routecli.yaml`; what the options map or set themselves comes first.
    """
    if mapping is not None:
        from routecli.data.logs.mapping_file import read_mapping

        map, set = read_mapping(mapping)
        options = replace(options, map=map | dict(options.map), set=set | dict(options.set))
    if options.format and options.map:
        fix = "leave out --input-format, or map nothing"
        raise UsageError("format-and-map", "a known format and a mapping of one's own exclude each other", fix=fix)
    results = reader.ingest(db, paths, options, now=now)
    files = [_file(result) for result in results]
    taken = [one for one in files if one.error is None]
    totals = IngestTotals(len(files), *_rows(taken))
    document = IngestDocument(str(db), files, _formats(taken), totals)
    errors = [result.error for result in results if result.error is not None]
    worst: RoutecliError | None = max(errors, key=lambda error: error.exit_code, default=None)
    if worst:
        worst.problems = tuple(error.line() for error in errors if error is not worst)
    return Report("ingest", document, worst.exit_code if worst else 0, worst)


def _rows(files: Sequence[IngestedFile]) -> tuple[int, int, int, int, int]:
    """How many records they have, and how many of them are new, duplicate, skipped and quarantined."""
    return (
        sum(one.rows_read for one in files),
        sum(one.rows_new for one in files),
        sum(one.rows_duplicate for one in files),
        sum(one.rows_skipped for one in files),
        sum(one.rows_quarantined for one in files),
    )


def _formats(taken: Sequence[IngestedFile]) -> list[IngestedFormat]:
    groups: dict[tuple[str | None, bool], list[IngestedFile]] = {}
    for one in taken:
        groups.setdefault((one.format, one.unchanged), []).append(one)
    found = [
        IngestedFormat(
            format,
            unchanged,
            len(files),
            *_rows(files),
            _added(one.reasons for one in files),
            _added(one.skipped for one in files),
        )
        for (format, unchanged), files in groups.items()
    ]
    return sorted(found, key=lambda one: (-one.files, one.format or "", one.unchanged))


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Counts by word added up, the most frequent first."""
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def _file(result: FileResult) -> IngestedFile:
    return IngestedFile(
        path=result.path,
        format=result.format,
        rows_read=result.rows_read,
        rows_new=result.rows_new,
        rows_duplicate=result.rows_duplicate,
        rows_skipped=result.rows_skipped,
        rows_quarantined=0 if result.error else result.rows_quarantined,
        reasons=dict(result.reasons),
        skipped=dict(result.skipped),
        unchanged=result.unchanged,
        since=result.since,
        warnings=list(result.warnings),
        error=None if result.error is None else result.error.line(),
    )


def quarantine_show(db: Path, limit: int) -> Report:
    """The lines that were not loaded, with file, line, reason and a safe excerpt."""
    with connect(db, write=False) as con:
        reasons = count_by_reason(con)
        lines = [
            QuarantinedLine(
                line.ingest_id, line.latest, line.file, line.line, line.record, line.reason, line.sentence, line.excerpt
            )
            for line in list_quarantine(con, limit)
        ]
    return Report("quarantine", QuarantineDocument(str(db), sum(reasons.values()), reasons, lines))
