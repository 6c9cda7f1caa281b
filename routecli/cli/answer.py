"""Between Typer and the actions: the clock, and putting a report where it was asked for."""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from routecli import diagnostics
from routecli.errors import UsageError

if TYPE_CHECKING:
    from routecli.report.documents import Report
    from routecli.report.view import View


def today() -> date:
    """ROUTECLI_TODAY, else the UTC date: read once here, nothing below the command line has a clock."""
    text = os.environ.get("ROUTECLI_TODAY")
    if not text:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            "bad-date", f"'{text}' is not a date", where="ROUTECLI_TODAY", fix="set it to a date like 2026-11-23"
        ) from None


def now() -> datetime:
    """The end of ROUTECLI_TODAY where it is set, else the present instant (UTC)."""
    if os.environ.get("ROUTECLI_TODAY"):
        return datetime.combine(today() + timedelta(days=1), datetime.min.time(), tzinfo=UTC)
    return datetime.now(UTC)


def prepare(quiet: bool, verbose: bool, format: str, json: bool, outputs: Sequence[str] | None) -> None:
    """Set how much is narrated, and refuse outputs that cannot be written before any work is done."""
    diagnostics.configure(quiet=quiet, verbose=verbose)
    if json and format not in ("table", "json"):
        raise UsageError("two-formats", f"--json and --format {format} are both given", fix="leave one of them out")
    if outputs:
        from routecli.report.outputs import check_outputs, parse_outputs

        check_outputs(parse_outputs(outputs))


def answer(report: "Report", format: str, json: bool, outputs: Sequence[str] | None) -> int:
    """Print a report, write its files, say what is wrong with it; returns the exit code."""
    from routecli.report.views import view_of

    document = report.to_dict()
    shown(document, view_of(document), format, json, outputs)
    for text in report.cautions:
        diagnostics.warn(text)
    if report.complaint is not None:
        diagnostics.report_error(report.complaint)
    return report.exit_code


def answer_text(report: "Report", text: str, outputs: Sequence[str] | None) -> int:
    """Print a text that a document holds instead of the report, whose headline and notes go to stderr."""
    from routecli.report.outputs import parse_outputs, print_report, write_outputs
    from routecli.report.views import view_of

    document = report.to_dict()
    view = view_of(document)
    write_outputs(parse_outputs(outputs or ()), document, view)
    print_report(text)
    for line in (*view.headline, *view.notes):
        diagnostics.note(line)
    return report.exit_code


def shown(document: Mapping[str, Any], view: "View", format: str, json: bool, outputs: Sequence[str] | None) -> int:
    """Print a document in a format and write its files; returns 0."""
    import sys

    from routecli.report.outputs import parse_outputs, print_report, write_outputs
    from routecli.report.render import render
    from routecli.report.terminal import terminal_width, wants_colour

    files = parse_outputs(outputs or ())
    text = render(
        "json" if json else format,
        document,
        view,
        width=terminal_width(sys.stdout, os.environ),
        colour=wants_colour(sys.stdout, os.environ),
    )
    write_outputs(files, document, view)
    print_report(text)
    return 0
