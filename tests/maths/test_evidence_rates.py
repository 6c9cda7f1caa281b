"""Intervals and sample sizes against independent formulas, and the laws of a 2x2 table."""

import random
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routecli.maths.evidence.pairs import pair
from routecli.maths.evidence.rates import graded, queries_for_drop, queries_for_drop_apart, wilson, z_of


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_ends_solve_the_score_equation(counts):
    hits, n = counts
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n <= high <= 1
    for end in (low, high):
        if 0 < end < 1:
            # The ends are the p at which the observed share is exactly z standard errors away.
            assert (hits / n - end) ** 2 == pytest.approx(z_of(0.95) ** 2 * end * (1 - end) / n, rel=1e-6, abs=1e-12)


def test_wilson_covers_about_as_often_as_it_says():
    n, p = 40, 0.9
    inside = sum(
        comb(n, hits) * p**hits * (1 - p) ** (n - hits)
        for hits in range(n + 1)
        if wilson(hits, n)[0] <= p <= wilson(hits, n)[1]
    )
    assert 0.92 < inside < 0.98


@pytest.mark.parametrize(("drop", "discordant"), [(0.05, 0.2), (0.02, 0.1), (0.05, 0.05)])
def test_a_paired_sample_of_that_size_sees_the_drop(drop, discordant):
    """Monte Carlo of McNemar's test: 80 % power at the size named, clearly less at half of it."""
    draw = random.Random(7)
    lost, gained = (discordant + drop) / 2, (discordant - drop) / 2

    def power(n: int) -> float:
        seen = 0
        for _ in range(600):
            falls = rises = 0
            for _ in range(n):
                u = draw.random()
                falls += u < lost
                rises += lost <= u < lost + gained
            seen += falls > rises and (falls - rises) ** 2 > z_of(0.95) ** 2 * (falls + rises)
        return seen / 600

    n = queries_for_drop(drop, discordant)
    assert 0.72 < power(n) <= 1 if discordant == drop else 0.75 < power(n) < 0.86
    assert power(n // 2) < power(n)


def test_fewer_queries_are_needed_for_larger_drops_and_for_pairs_that_agree():
    assert queries_for_drop(0.01, 0.2) > queries_for_drop(0.02, 0.2) > queries_for_drop(0.05, 0.2)
    assert queries_for_drop(0.02, 0.1) < queries_for_drop(0.02, 0.3)
    assert queries_for_drop(0.05, 0.1) < queries_for_drop_apart(0.05, 0.85)


outcomes = st.lists(st.tuples(*[st.sampled_from([0.0, 1.0, float("nan")])] * 2), min_size=1, max_size=60)


@given(outcomes)
def test_the_laws_of_a_pair(rows):
    cheap, strong = (np.array(column) for column in zip(*rows, strict=True))
    found, back = pair(cheap, strong), pair(strong, cheap)
    known = [(c, s) for c, s in rows if c == c and s == s]
    assert found.n == len(known) == back.n
    assert (found.both, found.strong_only, found.cheap_only) == (back.both, back.cheap_only, back.strong_only)
    if not known:
        assert found.oracle.value is None and found.rescued.value is None
        return
    assert found.oracle.value == sum(max(c, s) for c, s in known) / len(known)
    wrong = [s for c, s in known if c == 0]
    assert found.rescued.value == (sum(wrong) / len(wrong) if wrong else None)
    if found.correlation is not None:
        expected = np.corrcoef([c for c, _ in known], [s for _, s in known])[0, 1]
        assert found.correlation == pytest.approx(expected, abs=1e-9)


def test_what_is_not_graded_counts_on_neither_side():
    assert graded(np.array([1.0, 0.0, float("nan"), 1.0])) == (2, 3)
