"""Formats of evaluation results: a new one is one new file beside this one and one line in `FORMATS`."""

from routecli.data.evidence.formats import deepeval, helicone, inspect, promptfoo, tables
from routecli.data.evidence.formats.record import Format
from routecli.data.evidence.source import Source
from routecli.errors import DataError, UsageError, did_you_mean

FORMATS: tuple[Format, ...] = (
    promptfoo.JSON,
    promptfoo.LINES,
    promptfoo.CSV,
    inspect.FORMAT,
    deepeval.FORMAT,
    helicone.FORMAT,
    tables.WIDE,
    tables.LONG,
)
"""The first that fits is taken; tables come last, for any file of records is one."""


def chosen(source: Source, asked: str | None, *, wide: bool) -> Format:
    """The format a file is read as; `wide`: outcomes of several models stand in one row.

    Raises UsageError `unknown-evaluation-format`, DataError `unrecognised-evaluation`.
    """
    if asked is not None:
        found = next((format for format in FORMATS if format.id == asked), None)
        if found is None:
            known = [format.id for format in FORMATS]
            fix = did_you_mean(asked, known) or f"one of {', '.join(known)}"
            raise UsageError("unknown-evaluation-format", f"there is no evaluation format '{asked}'", fix=fix)
        return found
    if wide:
        return tables.WIDE
    for format in FORMATS:
        if format is not tables.WIDE and format.fits(source):
            return format
    raise DataError(
        "unrecognised-evaluation",
        "this is neither a table of answers nor a result of a known evaluation tool",
        where=source.name,
        fix="docs/evidence.md lists what is read",
    )
