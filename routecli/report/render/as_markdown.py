"""Headline, tables and notes as GitHub-flavoured Markdown."""

import re
from collections.abc import Mapping, Sequence
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


def render(document: Mapping[str, Any], view: View, *, width: int | None = None, colour: bool = False) -> str:
    """Write the first headline bold, one paragraph each, a pipe table per table and the notes as a list."""
    first, *others = [*view.headline] or [""]
    blocks = [f"**{escape(first)}**"] if first.strip() else []
    blocks += [_paragraph(line) for line in others]
    for table in view.tables:
        blocks += [f"### {escape(table.title)}"] if table.title else []
        blocks.append(_table(table))
    if view.notes:
        blocks.append("\n".join(f"- {_paragraph(note)}" for note in view.notes))
    return "".join(f"{block}\n" for block in "\n\n".join(blocks).splitlines())


def _table(table: Table) -> str:
    headings = [escape(column.label) for column in table.shown]
    rules = ["---" if column.kind in TEXT_KINDS else "---:" for column in table.shown]
    rows = [[escape(write(row.get(column.key), column.kind)) for column in table.shown] for row in table.rows]
    return "\n".join(_pipes(cells) for cells in (headings, rules, *rows))


def _pipes(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
