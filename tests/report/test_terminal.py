"""What a real terminal shows, and what a pipe gets, whatever the environment says."""

import io
from pathlib import Path

import pytest

pytest.importorskip("pty")

from processes import on_terminal, run

from routecli.report.terminal import is_terminal, terminal_width, wants_colour

GOLDEN = (Path(__file__).parent / "golden" / "view.txt").read_text(encoding="utf-8")
HIDDEN = "(6 columns hidden: requests, saved, reach, p95, ratio, threshold; widen the terminal or use -f json)"


def test_a_wide_terminal_shows_every_column_and_colours_the_verdicts():
    drawn = on_terminal("table", columns=200)
    assert "\x1b[32mroute\x1b[0m" in drawn
    assert "threshold" in drawn
    assert "hidden" not in drawn


def test_a_narrow_terminal_hides_columns():
    assert HIDDEN in on_terminal("table", columns=90)


def test_no_color_removes_the_colour_and_nothing_else():
    assert on_terminal("table", columns=200, NO_COLOR="1") == GOLDEN
    assert "\x1b[" in on_terminal("table", columns=200, NO_COLOR="")


def test_force_color_does_not_overrule_no_color():
    assert "\x1b" not in on_terminal("table", NO_COLOR="1", FORCE_COLOR="1")


def test_a_dumb_terminal_is_drawn_like_a_file():
    assert on_terminal("table", columns=90, TERM="dumb") == GOLDEN


def test_columns_from_the_environment_win_over_the_terminal():
    assert HIDDEN in on_terminal("table", columns=200, COLUMNS="90")


def test_a_terminal_that_does_not_know_its_size_hides_nothing():
    assert on_terminal("table", columns=0, NO_COLOR="1") == GOLDEN


@pytest.mark.parametrize("name", ["FORCE_COLOR", "GITHUB_ACTIONS", "CI", "NO_COLOR", "PY_COLORS", "CLICOLOR_FORCE"])
def test_a_pipe_gets_the_whole_plain_table_whatever_the_environment(name):
    done = run("table", COLUMNS="40", **{name: "1"})
    assert (done.stdout, done.stderr, done.returncode) == (GOLDEN, "", 0)


class Screen(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("columns", ["0", "-5", "wide", "²", ""])
def test_a_useless_columns_variable_is_no_width(columns):
    assert terminal_width(Screen(), {"COLUMNS": columns}) is None


def test_no_stream_and_a_closed_stream_are_no_terminal():
    closed = Screen()
    closed.close()
    assert not is_terminal(None, {})
    assert not is_terminal(closed, {})
    assert not wants_colour(None, {})
    assert terminal_width(None, {"COLUMNS": "80"}) is None
    assert terminal_width(Screen(), {"COLUMNS": "5"}) == 20
