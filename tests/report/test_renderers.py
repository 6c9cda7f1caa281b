"""Each format's exact text for one view; the files in golden/ are meant to be read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sample_view import COLUMNS, DOCUMENT, ROWS, VIEW

import routecli
from routecli.errors import UsageError
from routecli.report.render import FORMATS, render
from routecli.report.render.as_markdown import escape
from routecli.report.view import Column, Table, View

GOLDEN = Path(__file__).parent / "golden"
ROOT = Path(routecli.__file__).parents[1]


@pytest.mark.parametrize(
    ("format", "file"), [("table", "view.txt"), ("json", "view.json"), ("csv", "view.csv"), ("markdown", "view.md")]
)
def test_the_sample_view_is_drawn_byte_for_byte(format, file):
    assert render(format, DOCUMENT, VIEW).encode() == (GOLDEN / file).read_bytes()


@pytest.mark.parametrize("width", [80, 60])
def test_a_narrow_terminal_hides_whole_columns_and_says_so(width):
    text = render("table", DOCUMENT, VIEW, width=width)
    assert (
        "(6 columns hidden: requests, saved, reach, p95, ratio, threshold; widen the terminal or use -f json)" in text
    )
    assert "$123,456,789,012.35" in text
    assert "9,007,199,254,740,993" not in text


def test_columns_go_by_priority_and_the_rightmost_first_among_equals():
    row = {"a": 1, "b": 22, "c": 333, "d": 4444}
    columns = [Column("a", "a", "int", 0), *(Column(key, key, "int", 1) for key in "bc"), Column("d", "d", "int", 2)]
    view = View([], [Table("t", columns, [row])])
    natural = render("table", {}, view)
    assert natural == "a   b    c      d\n-  --  ---  -----\n1  22  333  4,444\n"
    assert render("table", {}, view, width=17) == natural

    def hidden(width):
        lines = render("table", {}, view, width=width).splitlines()
        return lines[0].split(), lines[-1]

    assert hidden(16) == (["a", "b", "c"], "(1 column hidden: d; widen the terminal or use -f json)")
    assert hidden(9) == (["a", "b"], "(2 columns hidden: c, d; widen the terminal or use -f json)")
    assert hidden(4) == (["a"], "(3 columns hidden: b, c, d; widen the terminal or use -f json)")
    assert hidden(1) == (["a"], "(3 columns hidden: b, c, d; widen the terminal or use -f json)")


def test_one_column_always_stays():
    view = View([], [Table("t", [Column("a", "a", "int", 3), Column("b", "b", "int", 4)], [{"a": 10**12, "b": 1}])])
    assert render("table", {}, view, width=3).splitlines()[2] == "1,000,000,000,000"


def test_a_long_label_gives_way_before_columns_do_but_only_on_a_terminal():
    columns = [Column("name", "endpoint"), Column("usd", "monthly", "usd", 1)]
    name = "/v1/" + "x" * 300 + "/tail"
    view = View([], [Table("t", columns, [{"name": name, "usd": 5}])])
    assert name in render("table", {}, view)
    narrow = render("table", {}, view, width=60)
    assert "/v1/xxxxxxxxxxxxxx...xxxxxxxxxxxxx/tail    $5.00\n(long labels shortened; widen" in narrow
    assert "hidden" not in narrow


def test_only_verdict_words_are_coloured_and_only_when_asked():
    plain = render("table", DOCUMENT, VIEW)
    coloured = render("table", DOCUMENT, VIEW, colour=True)
    assert "\x1b" not in plain
    for word, code in (("route", 32), ("do not route", 31), ("not enough evidence", 33)):
        assert f"\x1b[{code}m{word}\x1b[0m" in coloured
    assert coloured.count("\x1b") == 6
    unpainted = coloured
    for code in ("\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"):
        unpainted = unpainted.replace(code, "")
    assert unpainted == plain


def test_an_unknown_word_keeps_its_own_colour():
    view = View([], [Table("t", [Column("w", "w", "word")], [{"w": "\x1b[32mpass"}, {"w": "maybe"}])])
    assert "\x1b" not in render("table", {}, view, colour=True)


@pytest.mark.parametrize("variable", ["FORCE_COLOR", "GITHUB_ACTIONS", "COLUMNS", "TTY_COMPATIBLE", "CLICOLOR_FORCE"])
def test_the_environment_does_not_change_what_a_renderer_writes(variable, monkeypatch):
    monkeypatch.setenv(variable, "1")
    assert render("table", DOCUMENT, VIEW).encode() == (GOLDEN / "view.txt").read_bytes()


def test_json_is_the_document_and_nothing_else():
    text = render("json", DOCUMENT, VIEW)
    assert json.loads(text) == DOCUMENT
    assert text.endswith("}\n")
    assert "日本" in text
    text.encode("utf-8")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_json_never_holds_what_json_has_no_word_for(value):
    with pytest.raises(ValueError, match="JSON compliant"):
        render("json", {"usd": value}, VIEW)


@pytest.mark.parametrize(
    ("label", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", '"\'\rx"'),
        ("＝1+1", "'＝1+1"),
        ("'=1", "''=1"),
        ("'tis", "'tis"),
        ("a=1", "a=1"),
        ("a,b", '"a,b"'),
        ('a"b', '"a""b"'),
        ("a\rb", '"a\rb"'),  # the csv module leaves this one bare
        ("\x1b[31m", r"\x1b[31m"),
        (True, "true"),
        (["a", "b"], "a;b"),
        (["=a"], "'=a"),
    ],
)
def test_a_label_in_csv_runs_no_formula(label, cell):
    view = View([], [Table("t", [Column("a", "A"), Column("n", "N", "usd")], [{"a": label, "n": -3.2}])])
    assert render("csv", {}, view) == f"a,n\n{cell},-3.2\n"


def test_csv_writes_raw_numbers_and_keeps_words_in_a_number_column_harmless():
    columns = [Column("p", "pico", "int"), Column("f", "f", "number")]
    rows = [{"p": "342000000000000", "f": 0.1}, {"p": "-5", "f": 1e-12}, {"p": "=1+1", "f": 1e22}, {"p": None}]
    text = render("csv", {}, View([], [Table("t", columns, rows)]))
    assert text == "p,f\n342000000000000,0.1\n-5,1e-12\n'=1+1,1e+22\n,\n"


def test_csv_of_one_unknown_cell_is_a_row_and_of_no_table_is_nothing():
    assert render("csv", {}, View([], [Table("t", [Column("a", "a")], [{"a": None}])])) == 'a\n""\n'
    assert render("csv", {}, View(["nothing to tabulate"], [])) == ""


@pytest.mark.parametrize(
    ("raw", "escaped"),
    [
        ("claude-haiku-4-5_x", "claude-haiku-4-5_x"),
        ("_private_", r"\_private\_"),
        ("*bold* [a](b) ~x~", r"\*bold\* \[a\](b) \~x\~"),
        ("<script>&amp;", "&lt;script&gt;&amp;amp;"),
        ("back\\slash|pipe", r"back\\slash\|pipe"),
        ("ask @team, not me@host", "ask @<!-- -->team, not me@host"),
        ("a\nb", r"a\\nb"),
    ],
)
def test_markdown_shows_a_label_as_it_is(raw, escaped):
    assert escape(raw) == escaped


def test_a_view_of_nothing_is_still_a_text():
    empty = View([], [])
    plain = ("table", "json", "csv", "markdown")
    assert [render(name, {}, empty) for name in plain] == ["\n", "{}\n", "", ""]
    assert render("github", {}, empty) == ""
    assert all(render(name, {}, empty).endswith("\n") for name in set(FORMATS) - {*plain, "github"})
    assert render("markdown", {}, View(["", "x"], [])) == "x\n"


def test_an_unknown_format_is_a_usage_error_with_a_guess():
    with pytest.raises(UsageError, match=r"no output format is called 'jsn'; did you mean 'json'\? \[unknown-format\]"):
        render("jsn", DOCUMENT, VIEW)
    with pytest.raises(UsageError, match=r"use one of table, json, csv, markdown"):
        render("xyz", DOCUMENT, VIEW)


def test_a_number_column_that_holds_words_is_refused_not_guessed():
    view = View([], [Table("t", [Column("a", "a", "usd")], [{"a": "lots"}])])
    for name in ("table", "markdown"):
        with pytest.raises(ValueError, match="cannot hold 'lots'"):
            render(name, {}, view)


def test_the_sample_covers_every_kind():
    assert {column.kind for column in COLUMNS} == {
        "text", "word", "int", "usd", "usd_delta", "pct", "share", "ms", "factor", "number"
    }  # fmt: skip
    assert all(any(row.get(column.key) is None for row in ROWS) for column in COLUMNS)


@pytest.mark.parametrize(
    ("format", "loads_rich"), [("json", False), ("csv", False), ("markdown", False), ("table", True)]
)
def test_only_the_table_loads_rich(format, loads_rich):
    script = (
        "import sys; from routecli.report.render import render; from routecli.report.view import View\n"
        "import routecli.diagnostics, routecli.report.outputs\n"
        f"render({format!r}, {{}}, View([], []))\n"
        "print(sorted({n.partition('.')[0] for n in sys.modules} & {'rich', 'typer', 'duckdb', 'pandas', 'numpy'}))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ("['rich']" if loads_rich else "[]")
