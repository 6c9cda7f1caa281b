"""Headline, aligned tables and notes for a person at a terminal, and for grep behind a pipe.

Two blanks between columns, one rule under the headings, no borders: the same text on a terminal and in a file,
except that a terminal may colour verdict words and hides whole columns that do not fit.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len

from routecli.report.format import TEXT_KINDS, inert, write
from routecli.report.view import Column, Table, View

_GAP = "  "
_LONGEST_LABEL = 40
_GOOD, _DOUBTFUL, _BAD = "green", "yellow", "red"
_COLOURS = {
    "route": _GOOD,
    "pass": _GOOD,
    "not enough evidence": _DOUBTFUL,
    "warn": _DOUBTFUL,
    "warning": _DOUBTFUL,
    "do not route": _BAD,
    "fail": _BAD,
    "error": _BAD,
}
"""Colour only repeats what the word already says."""


def render(document: Mapping[str, Any], view: View, *, width: int | None = None, colour: bool = False) -> str:
    """Write headline, tables and notes, parted by blank lines.

    `width` None draws every column at its natural width. With a width, columns of the highest priority are hidden
    until the table fits, and the number hidden is said; numbers are never cut.
    """
    blocks = ["\n".join(inert(line) for line in view.headline)] if view.headline else []
    blocks += [_table(table, width, colour) for table in view.tables if table.shown]
    if view.notes:
        blocks.append("\n".join(f"note: {inert(note)}" for note in view.notes))
    return "\n\n".join(blocks) + "\n"


def _table(table: Table, width: int | None, colour: bool) -> str:
    drawn = [_Drawn(column, table.rows) for column in table.shown]
    shown, remarks = _fit(drawn, width)
    lines = [inert(table.title)] if table.title else []
    lines.append(_GAP.join(column.heading() for column in shown).rstrip())
    lines.append(_GAP.join("-" * column.width for column in shown))
    # Colour wraps the word, not its padding, so rstrip never meets an escape sequence at a padded end.
    lines += [_GAP.join(column.cell(at, colour) for column in shown).rstrip() for at in range(len(table.rows))]
    lines += ["(no rows)"] if not table.rows else []
    return "\n".join([*lines, *remarks])


class _Drawn:
    """A column's words and their width in terminal cells."""

    def __init__(self, column: Column, rows: Sequence[Mapping[str, Any]]) -> None:
        self.column = column
        self.label = inert(column.label)
        self.right = column.kind not in TEXT_KINDS
        self.words = [write(row.get(column.key), column.kind) for row in rows]
        self.width = self._natural_width()

    def _natural_width(self) -> int:
        return max(cell_len(text) for text in (self.label, *self.words, " "))

    def shorten(self) -> bool:
        """Cut the middle out of long labels; False where there was nothing to cut (and always for numbers)."""
        if self.column.kind != "text" or self.width <= _LONGEST_LABEL:
            return False
        self.words = [_shortened(text) for text in self.words]
        self.width = self._natural_width()
        return True

    def heading(self) -> str:
        return _padded(self.label, self.label, self.width, self.right)

    def cell(self, at: int, colour: bool) -> str:
        text = self.words[at]
        name = _COLOURS.get(text.casefold()) if colour and self.column.kind == "word" else None
        return _padded(_coloured(text, name) if name else text, text, self.width, self.right)


def _coloured(text: str, name: str) -> str:
    # Imported here, because most tables are drawn without colour.
    from rich.color import ColorSystem
    from rich.style import Style

    return Style(color=name).render(text, color_system=ColorSystem.STANDARD)


def _padded(drawn: str, text: str, width: int, right: bool) -> str:
    blanks = " " * (width - cell_len(text))
    return blanks + drawn if right else drawn + blanks


def _shortened(text: str) -> str:
    """A label in at most `_LONGEST_LABEL` terminal cells; both ends stay, as ids differ at either."""
    if cell_len(text) <= _LONGEST_LABEL:
        return text
    room = (_LONGEST_LABEL - 3) // 2
    return _head(text, room) + "..." + _head(text[::-1], room)[::-1]


def _head(text: str, cells: int) -> str:
    """The first characters of a text that fit in so many terminal cells."""
    end = used = 0
    while end < len(text) and used + cell_len(text[end]) <= cells:
        used += cell_len(text[end])
        end += 1
    return text[:end]


def _fit(drawn: list[_Drawn], width: int | None) -> tuple[list[_Drawn], list[str]]:
    """The columns that fit, and what to say about the rest."""
    if width is None or _total(drawn) <= width:
        return drawn, []
    shortened = [column for column in drawn if column.shorten()]
    shown = list(drawn)
    # Among equals the rightmost goes first. One column always stays, or nothing would be left to say.
    for _, at in sorted(((-column.column.priority, -at) for at, column in enumerate(drawn))):
        column = drawn[-at]
        if _total(shown) <= width or column.column.priority <= 0 or len(shown) == 1:
            break
        shown.remove(column)
    hidden = [column.label for column in drawn if column not in shown]
    remarks = ["(long labels shortened; widen the terminal or use -f json)"] if shortened else []
    if hidden:
        noun = "column" if len(hidden) == 1 else "columns"
        remarks.append(f"({len(hidden)} {noun} hidden: {', '.join(hidden)}; widen the terminal or use -f json)")
    return shown, remarks


def _total(columns: Sequence[_Drawn]) -> int:
    return sum(column.width for column in columns) + len(_GAP) * (len(columns) - 1)
