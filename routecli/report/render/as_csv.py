"""One table's raw values as CSV, for programs and spreadsheets."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import TEXT_KINDS, inert, is_digits
from routecli.report.view import Column, View

_EXECUTED = tuple("=+-@\t\r\n＝＋－＠")
"""First characters that make a spreadsheet run a cell as a formula (the full-width ones count in some)."""

_QUOTED = frozenset('",\r\n')


def render(document: Mapping[str, Any], view: View, *, width: int | None = None, colour: bool = False) -> str:
    r"""Write column keys, then one line per row, each ended by \n; a view without tables is an empty text."""
    if not view.tables:
        return ""
    table = view.exported or view.tables[0]
    lines = [[column.key for column in table.columns]]
    lines += [[_cell(row.get(column.key), column) for column in table.columns] for row in table.rows]
    return "".join(_line(cells) for cells in lines)


def _cell(value: Any, column: Column) -> str:
    """A raw value: empty for unknown, true and false, numbers shortest, words that no spreadsheet runs."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return _words(";".join("" if item is None else str(item) for item in value))
    if column.kind in TEXT_KINDS or not _is_number(value):
        return _words(str(value))
    return repr(value) if isinstance(value, float) else str(value)


def _is_number(value: Any) -> bool:
    return is_digits(value) if isinstance(value, str) else True


def _words(text: str) -> str:
    # Line breaks and tabs are CSV's own business (they are quoted); other control characters would reach a terminal.
    shown = "".join(character if character in "\t\r\n" else inert(character) for character in text)
    # Past quotes already there, too: else the labels `=a` and `'=a` would become one.
    return f"'{shown}" if shown.lstrip("'").startswith(_EXECUTED) else shown


def _line(cells: list[str]) -> str:
    # The csv module leaves a bare carriage return unquoted when lines end in \n, and readers then split the row.
    if cells == [""]:
        return '""\n'
    return ",".join(_quote(cell) for cell in cells) + "\n"


def _quote(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _QUOTED & set(cell) else cell
