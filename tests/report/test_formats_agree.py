"""A law: the table, Markdown and CSV of any view show the same cells, read back by independent readers."""

import csv
import io
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.cells import cell_len

from routecli.report.format import TEXT_KINDS, write
from routecli.report.render import render
from routecli.report.view import Column, Table, View

HOSTILE = [*list("|`<>*_[]\\~&@#$=+-\"',;!()\n\r\t\x1b\x00\x9b\u2028\u202e日本"), "[red]", "<b>", "**", "://", "\\|"]
NUMBER_KINDS = ["int", "usd", "usd_delta", "pct", "share", "ms", "factor", "number"]

labels = st.lists(
    st.one_of(st.sampled_from(HOSTILE), st.characters(max_codepoint=0x2FF, exclude_characters="\xad")), min_size=1
).map("".join)
numbers = st.one_of(
    st.integers(-(10**18), 10**18),
    st.floats(-1e15, 1e15, allow_nan=False),
    st.integers(-(10**24), 10**24).map(str),
)


@st.composite
def tables(draw):
    kinds = draw(st.lists(st.sampled_from(["text", "word", *NUMBER_KINDS]), min_size=1, max_size=5))
    columns = [Column(f"c{at}", draw(labels), kind) for at, kind in enumerate(kinds)]
    raw = {kind: st.none() | (labels if kind in TEXT_KINDS else numbers) for kind in kinds}
    rows = draw(st.lists(st.tuples(*(raw[kind] for kind in kinds)), max_size=4))
    keys = [column.key for column in columns]
    return Table("t", columns, [dict(zip(keys, row, strict=True)) for row in rows])


def words(table):
    return [[write(row[column.key], column.kind).strip() for column in table.columns] for row in table.rows]


def read_table(text):
    """Cells cut at the columns that the rule under the headings marks."""
    lines = text.split("\n")
    rule = next(line for line in lines if re.fullmatch(r"-+(  -+)*", line))
    spans, at = [], 0
    for width in map(len, rule.split("  ")):
        spans.append((at, at + width))
        at += width + 2
    body = lines[lines.index(rule, 1) + 1 : -1]
    return [[cut(line, *span).strip() for span in spans] for line in body if line != "(no rows)"]


def cut(line, start, end):
    """The characters between two terminal columns."""
    at, kept = 0, ""
    for character in line:
        if start <= at < end:
            kept += character
        at += cell_len(character)
    return kept


def read_markdown(text):
    """Cells as a CommonMark parser understands them; anything but plain words would be markup that got through."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    assert {token.type for token in tokens} <= {
        f"{part}_{edge}" for part in ("table", "thead", "tbody", "tr", "th", "td") for edge in ("open", "close")
    } | {"inline"}
    rows, row = [], []
    for token in tokens:
        if token.type == "inline":
            assert {child.type for child in token.children} <= {"text", "text_special", "html_inline"}
            html = {child.content for child in token.children if child.type == "html_inline"}
            assert html <= {"<!-- -->"}
            row.append("".join(child.content for child in token.children if child.type != "html_inline").strip())
        elif token.type == "tr_close":
            rows.append(row)
            row = []
    return rows[1:]


def read_csv(text, columns):
    """Raw CSV cells written as words again."""
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert header == [column.key for column in columns]
    return [[from_csv(cell, column) for cell, column in zip(row, columns, strict=True)] for row in rows]


def from_csv(cell, column):
    if cell == "":
        return write(None, column.kind)
    if column.kind in TEXT_KINDS and re.match("'+[=+@\t\r\n＝＋－＠-]", cell):
        cell = cell[1:]
    return write(cell, column.kind).strip()


@settings(deadline=None, derandomize=True)
@given(tables())
def test_every_format_shows_the_same_cells(table):
    view = View([], [table])
    expected = words(table)
    assert read_table(render("table", {}, view)) == expected
    assert read_markdown(render("markdown", {}, view)) == expected
    assert read_csv(render("csv", {}, view), table.columns) == expected


@settings(deadline=None, derandomize=True)
@given(st.lists(labels), st.lists(labels), labels)
def test_headlines_titles_and_notes_cannot_smuggle_markup(headline, notes, title):
    view = View(headline, [Table("t", [Column("a", "a")], [], title=title)], notes)
    text = render("table", {}, view)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", text)
    kinds = set()
    for token in MarkdownIt("commonmark").enable("table").parse(render("markdown", {}, view)):
        kinds |= {token.type} | {child.type for child in token.children or ()}
    assert not kinds & {"code_inline", "code_block", "fence", "link_open", "image", "em_open", "html_block", "hr"}
    assert not kinds & {"blockquote_open", "ordered_list_open"}


@settings(deadline=None, derandomize=True)
@given(tables(), st.integers(1, 200))
def test_a_narrow_table_shows_whole_numbers_or_none(table, width):
    columns = [Column(c.key, c.label, c.kind, priority=at) for at, c in enumerate(table.columns)]
    text = render("table", {}, View([], [Table("t", columns, table.rows)]), width=width)
    hidden = re.search(r"^\((\d+) columns? hidden: ", text, re.MULTILINE)
    shown = columns[: len(columns) - (int(hidden[1]) if hidden else 0)]
    for row in table.rows:
        assert all(write(row[c.key], c.kind) in text for c in shown if c.kind not in TEXT_KINDS)
