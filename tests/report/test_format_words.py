"""How numbers and labels are spelled, one line per case a reader can check by eye."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routecli.report import format as words

SPELLINGS = [
    # kind, raw value, as written
    ("usd", 1234.56, "$1,234.56"),
    ("usd", 342, "$342.00"),
    ("usd", 0, "$0.00"),
    ("usd", 0.0, "$0.00"),
    ("usd", -0.0, "$0.00"),
    ("usd", -3.2, "-$3.20"),
    ("usd", 2.675, "$2.68"),  # the binary neighbour is 2.67499..., and round() says 2.67
    ("usd", 1.005, "$1.01"),
    ("usd", 2.665, "$2.67"),  # half up, not to even
    ("usd", 0.01, "$0.01"),
    ("usd", 0.001234, "$0.001234"),
    ("usd", 0.00123456, "$0.001235"),
    ("usd", 0.005, "$0.005000"),
    ("usd", 0.009999, "$0.009999"),
    ("usd", 0.0099999, "$0.01"),  # four digits round it up to a cent
    ("usd", -0.001234, "-$0.001234"),
    ("usd", 1e-12, "$0.000000000001000"),
    ("usd", 9_999_999_999.994, "$9,999,999,999.99"),
    ("usd", "123456789012345678901234567890.125", "$123,456,789,012,345,678,901,234,567,890.13"),
    ("usd_delta", 198, "+$198.00"),
    ("usd_delta", -3.2, "-$3.20"),
    ("usd_delta", 0, "$0.00"),
    ("usd_delta", -0.0, "$0.00"),
    ("usd_delta", 0.001234, "+$0.001234"),
    ("pct", 36.7, "36.7 %"),
    ("pct", 36.65, "36.7 %"),
    ("pct", 100, "100.0 %"),
    ("pct", -0.04, "0.0 %"),
    ("pct", -0.0, "0.0 %"),
    ("pct", -12.5, "-12.5 %"),
    ("pct", 1234.56, "1,234.6 %"),
    ("share", 0.367, "36.7 %"),
    ("share", 0.3665, "36.7 %"),
    ("share", 1, "100.0 %"),
    ("share", -0.0004, "0.0 %"),
    ("ms", 800, "800 ms"),
    ("ms", 1250, "1,250 ms"),
    ("ms", 9.5, "9.5 ms"),
    ("ms", 9.96, "10 ms"),
    ("ms", 10.5, "11 ms"),
    ("ms", 0, "0.0 ms"),
    ("ms", -3, "-3.0 ms"),
    ("int", 1234, "1,234"),
    ("int", 0, "0"),
    ("int", 1234.5, "1,235"),
    ("int", "342000000000000", "342,000,000,000,000"),
    ("int", 10**30, "1,000,000,000,000,000,000,000,000,000,000"),
    ("factor", 2.1, "x 2.1"),
    ("factor", 1 / 3, "x 0.3333"),
    ("factor", 12345.6, "x 12,346"),
    ("factor", 10, "x 10"),
    ("factor", -0.5, "x -0.5"),
    ("number", 0.1 + 0.2, "0.3"),
    ("number", 1 / 3, "0.333333"),
    ("number", 12345678, "12345678"),
    ("number", 1e-9, "0.000000001"),
    ("number", -0.0, "0"),
    ("number", 100, "100"),
    ("text", "faq", "faq"),
    ("text", 7, "7"),
    ("text", True, "yes"),
    ("text", ["a", None, "b"], "a, -, b"),
    ("word", "do not route", "do not route"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), SPELLINGS)
def test_a_raw_value_is_spelled(kind, value, expected):
    assert words.write(value, kind) == expected


@pytest.mark.parametrize("kind", sorted(words._WRITERS))
def test_unknown_is_a_dash_in_every_kind(kind):
    assert words.write(None, kind) == "-"


@pytest.mark.parametrize("kind", sorted(set(words._WRITERS) - words.TEXT_KINDS))
@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "many", [1]])
def test_a_column_of_numbers_refuses_what_is_no_number(kind, value):
    with pytest.raises(ValueError, match="cannot hold"):
        words.write(value, kind)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (100_000_000, "100M"),
        (1_500_000, "1.5M"),
        (999_999, "1M"),
        (999_499, "999K"),
        (999.6, "1K"),
        (1234, "1.23K"),
        (2_000_000_000, "2B"),
        (3 * 10**15, "3000T"),
        (42, "42"),
        (0, "0"),
        (-2500, "-2.5K"),
    ],
)
def test_a_large_count_is_said_short(value, expected):
    assert words.short_count(value) == expected


@settings(deadline=None, derandomize=True)
@given(st.floats(allow_nan=False, allow_infinity=False, width=64))
def test_a_money_spelling_is_within_its_last_digit_of_the_value_and_keeps_its_sign(value):
    text = words.money(value)
    read = Decimal(text.replace("$", "").replace(",", ""))
    exact = Decimal(repr(value))
    # Half a cent, or half a unit in the fourth significant digit below one cent.
    error = max(abs(read - exact), Decimal(0))
    assert (
        error <= max(Decimal("0.005"), abs(exact).scaleb(-20))
        if abs(exact) >= Decimal("0.01")
        else (error <= abs(exact) * Decimal("0.0005"))
    )
    assert text.startswith("-") == (value < 0)


@settings(deadline=None, derandomize=True)
@given(st.lists(st.floats(0.0001, 1e9), min_size=2, max_size=5))
def test_a_bigger_amount_never_reads_smaller(values):
    read = [Decimal(words.money(value).replace("$", "").replace(",", "")) for value in sorted(values)]
    assert all(low <= high for low, high in itertools.pairwise(read))


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\nb\tc\rd", r"a\nb\tc\rd"),
        ("\x9b31m", r"\x9b31m"),
        ("\x00\x7f", r"\x00\x7f"),
        ("safe\u202eevil", r"safe\u202eevil"),
        ("half \ud800", r"half \ud800"),
        ("line\u2028sep", r"line\u2028sep"),
        ("日本 👩‍👧 é", "日本 👩‍👧 é"),
    ],
)
def test_control_characters_become_visible(raw, shown):
    assert words.inert(raw) == shown


@settings(deadline=None, derandomize=True)
@given(st.text())
def test_inert_text_can_be_stored_and_moves_no_cursor(text):
    shown = words.inert(text)
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert not any(words.is_unprintable(character) for character in shown)
    assert len(shown.splitlines()) <= 1
