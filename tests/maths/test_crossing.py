"""Curves by hand: one quotient has an exact root, several are bisected, and what cannot be said is not said."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routecli.maths.case import Asked
from routecli.maths.crossing import Curve

F = Fraction


def curve(*ends: tuple[str, str, str, str], closed: bool = True) -> Curve:
    """One (cost, first asks) at 0 and at 1 for each part."""
    low = Asked(tuple((F(cost), F(once)) for cost, once, _, _ in ends))
    high = Asked(tuple((F(cost), F(once)) for _, _, cost, once in ends))
    return Curve(low, high, F(0), F(1), closed=closed)


def test_a_line() -> None:
    assert curve(("180", "1", "-360", "1")).cross() == (F(1, 3), "above")
    assert curve(("-180", "1", "360", "1")).cross() == (F(1, 3), "below")
    assert curve(("180", "1", "90", "1")).cross() == (None, "none")
    assert curve(("180", "1", "90", "1"), closed=False).cross() == (F(2), "above")
    assert curve(("-1", "1", "0", "1")).cross() == (F(1), "below")
    assert curve(("-2", "1", "-1", "1")).cross() == (None, "always")


def test_one_quotient_is_exact() -> None:
    # (720 - 540 x) / (1/2 + x / 2) = 540  ->  450 = 810 x
    assert curve(("720", "1/2", "180", "1"), ("-540", "1", "-540", "1")).cross() == (F(5, 9), "above")
    # Without end at 0: (720 - 540 x) / x = 540.
    assert curve(("720", "0", "180", "1"), ("-540", "1", "-540", "1")).cross() == (F(2, 3), "above")


def test_several_quotients_are_bisected() -> None:
    # 1 / (1 + x) + 2 / (2 + x) = 3/2  ->  3 x^2 + 3 x - 2 = 0
    value, word = curve(("1", "1", "1", "2"), ("2", "2", "2", "3"), ("-3/2", "1", "-3/2", "1")).cross()
    assert word == "above" and float(value or 0) == pytest.approx((33**0.5 - 3) / 6, abs=1e-15)


def test_a_curve_that_crosses_twice_has_no_break_even() -> None:
    # 3 (1 - x) + 1 / (11/10 - x) falls from 3.91 to 3.16 and rises to 10.
    bowl = (("3", "1", "0", "1"), ("1", "11/10", "1", "1/10"))
    assert curve(*bowl, ("-7/2", "1", "-7/2", "1")).cross() == (None, "mixed")
    assert curve(*bowl, ("-3", "1", "-3", "1")).cross() == (None, "none")
    assert curve(*bowl, ("-20", "1", "-20", "1")).cross() == (None, "always")


@given(st.lists(st.tuples(*[st.integers(1, 50)] * 4), min_size=1, max_size=4), st.integers(1, 200))
def test_the_side_named_pays(parts: list[tuple[int, int, int, int]], goal: int) -> None:
    value, word = Curve(
        Asked((*((F(a), F(b)) for a, b, _, _ in parts), (F(-goal), F(1)))),
        Asked((*((F(c), F(d)) for _, _, c, d in parts), (F(-goal), F(1)))),
        F(0),
        F(1),
    ).cross()

    def excess(x: Fraction) -> Fraction:
        return sum(((a + x * (c - a)) / (b + x * (d - b)) for a, b, c, d in parts), start=F(-goal))

    places = [F(i, 16) for i in range(17)]
    if value is None:
        pays = [excess(x) <= 0 for x in places]
        assert word == "mixed" or (all(pays) if word == "always" else not all(pays))
        return
    assert abs(excess(value)) <= F(1, 10**9)
    for x in places:
        if abs(x - value) > F(1, 1000):
            assert (excess(x) < 0) == ((x > value) == (word == "above"))
