"""Headline, tables and notes as GitHub-flavoured Markdown.

A report that is made to be a comment starts with a mark that later runs find it by, keeps its first table in sight,
folds the rest, and is cut from its end, table rows first, to what a comment may hold.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from routecli.report.format import TEXT_KINDS, inert, write
from routecli.report.view import Table, View

_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_SPECIAL = re.compile(r"[\\`*\[\]|~<>&]|(?<![^\W_])_|_(?![^\W_])|(?<!\w)@(?=\w)")
_BLOCK_START = re.compile(r"^(#|[-+](?=\s)|=+$|-+$)|^(\d{1,9})([.)])(?=\s)")


def escape(text: str) -> str:
    r"""Words that Markdown shows as they are: no markup, no HTML, no mention of a GitHub user.

    >>> escape("a|b `c` <d>"), escape("claude_x @team")
    ('a\\|b \\`c\\` &lt;d&gt;', 'claude_x @<!-- -->team')
    """
    return _SPECIAL.sub(lambda match: _spell(match.group()), inert(text).strip())


def _spell(character: str) -> str:
    if character == "@":
        # An entity would not do: GitHub looks for mentions in the rendered text.
        return "@<!-- -->"
    return _ENTITIES.get(character, f"\\{character}")


def _paragraph(text: str) -> str:
    """Escaped words that do not start a heading, a list or a rule."""
    return _BLOCK_START.sub(lambda match: f"{match[2]}\\{match[3]}" if match[2] else f"\\{match[1]}", escape(text))


LONGEST_COMMENT = 60_000
"""Characters; GitHub refuses comments of more than 65,536."""


def render(document: Mapping[str, Any], view: View, *, width: int | None = None, colour: bool = False) -> str:
    """Write the first headline bold, one paragraph each, a pipe table per table and the notes as a list."""
    if not view.comment:
        return _text([*_opening(view), *_tables(view.tables), *_notes(view.notes)])
    text = _comment(view, view.tables, view.notes)
    most = max((len(table.rows) for table in view.tables), default=0)
    while len(text) > LONGEST_COMMENT and most:
        most //= 2
        text = _comment(view, [_cut(table, most) for table in view.tables], view.notes[:most])
    return text if len(text) <= LONGEST_COMMENT else text[: LONGEST_COMMENT - 2].rpartition("\n")[0] + "\n"


def mark(view: View) -> str:
    """The hidden line a comment is found by."""
    return f"<!-- routecli {view.name} -->"


def _comment(view: View, tables: Sequence[Table], notes: Sequence[str]) -> str:
    blocks = [mark(view), *_opening(view), *_tables(tables[:1])]
    folded = [*_tables(tables[1:]), *_notes(notes)]
    if folded:
        blocks += ["<details><summary>Details</summary>", *folded, "</details>"]
    return _text(blocks)


def _cut(table: Table, most: int) -> Table:
    """The first rows of a table, with how many are left out in its title."""
    left = len(table.rows) - most
    if left <= 0:
        return table
    return replace(table, rows=table.rows[:most], title=f"{table.title} ({left:,} more rows are left out)".strip())


def _opening(view: View) -> list[str]:
    first, *others = [*view.headline] or [""]
    return [*([f"**{escape(first)}**"] if first.strip() else []), *(_paragraph(line) for line in others)]


def _tables(tables: Sequence[Table]) -> list[str]:
    blocks = []
    for table in tables:
        blocks += [f"### {escape(table.title)}"] if table.title else []
        blocks.append(_table(table))
    return blocks


def _notes(notes: Sequence[str]) -> list[str]:
    return ["\n".join(f"- {_paragraph(note)}" for note in notes)] if notes else []


def _text(blocks: Sequence[str]) -> str:
    return "".join(f"{block}\n" for block in "\n\n".join(blocks).splitlines())


def _table(table: Table) -> str:
    headings = [escape(column.label) for column in table.shown]
    rules = ["---" if column.kind in TEXT_KINDS else "---:" for column in table.shown]
    rows = [[escape(write(row.get(column.key), column.kind)) for column in table.shown] for row in table.rows]
    return "\n".join(_pipes(cells) for cells in (headings, rules, *rows))


def _pipes(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
