"""`render`: a report that was saved as JSON, in any format, without computing anything again."""

import json
from pathlib import Path
from typing import Any

from routecli.errors import DataError, EnvironmentFault
from routecli.report.documents import DOCUMENTS, schema_id
from routecli.report.view import View
from routecli.report.views import view_of


def saved_report(path: Path) -> tuple[dict[str, Any], View]:
    """The document in a file, and its view.

    Raises EnvironmentFault `no-report` or `unreadable-report`, DataError `not-a-report` or `other-report-version`.
    """
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise EnvironmentFault("no-report", f"there is no file {path}", fix="save one with -o json=FILE") from None
    except OSError as fault:
        why = fault.strerror or type(fault).__name__
        raise EnvironmentFault("unreadable-report", f"cannot read {path}", why=why) from None
    except (ValueError, RecursionError) as fault:
        raise _no_report(path, f"it is no JSON: {fault}") from None
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema not in {schema_id(name) for name in DOCUMENTS}:
        raise _no_report(path, "it has no `schema` of a report" if schema is None else f"its schema is {schema!r}")
    try:
        return document, view_of(document)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as fault:
        maker = document.get("routecli", "of unknown version")
        raise DataError(
            "other-report-version",
            f"this {schema} report lacks what this version shows",
            where=str(path),
            why=f"{type(fault).__name__}: {fault}; it was made by routecli {maker}",
            fix="make the report again",
        ) from None


def _no_report(path: Path, why: str) -> DataError:
    return DataError(
        "not-a-report", "this is no saved report", where=str(path), why=why, fix="save one with -f json or -o json=FILE"
    )
