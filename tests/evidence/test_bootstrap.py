"""Resampling: intervals that textbooks give, sessions and query types respected, the same draws for the same seed."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routecli.maths.evidence import bootstrap as b

RNG = np.random.default_rng(7)
COSTS = RNG.lognormal(0, 0.8, 400)
BASE = COSTS * RNG.uniform(2, 6, 400)
GOOD = (RNG.random(400) < 0.7).astype(float)


def spread(draws: b.Draws, index: int = 0) -> float:
    return float(np.std(draws.resampled[:, index]))


def test_the_spread_of_a_mean_is_its_standard_error():
    """m - 1 draws of m: s / sqrt(n) with the n - 1 in s, also for five rows."""
    for rows in (COSTS, COSTS[:5]):
        draws = b.draw(rows[:, None], resamples=40_000)
        assert spread(draws) == pytest.approx(np.std(rows, ddof=1) / math.sqrt(rows.size), rel=0.02)
        assert draws.estimate[0] == pytest.approx(rows.mean())


def test_strata_add_their_own_spreads_and_nothing_between_them():
    """Two types of 0.3 and 0.7 of the traffic, far apart in cost: var = sum of share^2 s^2 / n."""
    strata = np.repeat([0, 1], [40, 60])
    values = np.where(strata == 0, 0.0, 1000.0) + COSTS[:100]
    weights = b.mix_weights(strata, np.array([0.3, 0.7]))
    draws = b.draw(values[:, None], b.Design(strata, weights=weights), resamples=40_000)
    parts = [0.3**2 * np.var(values[:40], ddof=1) / 40, 0.7**2 * np.var(values[40:], ddof=1) / 60]
    assert draws.estimate[0] == pytest.approx(0.3 * values[:40].mean() + 0.7 * values[40:].mean())
    assert spread(draws) == pytest.approx(math.sqrt(sum(parts)), rel=0.02)


def test_types_without_rows_are_stood_for_by_all_rows_alike():
    strata = np.array([0, 0, 0, 2])
    weights = b.mix_weights(strata, np.array([0.5, 0.0, 0.2]), rest=0.3)
    assert weights == pytest.approx([0.5 / 3 + 0.075] * 3 + [0.2 + 0.075])
    assert weights.sum() == pytest.approx(1)


def test_rows_of_a_session_that_are_alike_count_once():
    """Every row four times over, in one session each: the interval is that of the rows taken once."""
    once = b.draw(COSTS[:60, None], resamples=20_000)
    again = b.draw(np.repeat(COSTS[:60], 4)[:, None], b.Design(clusters=np.repeat(np.arange(60), 4)), resamples=20_000)
    naive = b.draw(np.repeat(COSTS[:60], 4)[:, None], resamples=20_000)
    assert np.array_equal(once.resampled, again.resampled)
    assert spread(again) == pytest.approx(2 * spread(naive), rel=0.03)


def test_a_single_session_gives_no_interval():
    draws = b.draw(COSTS[:5, None], b.Design(clusters=np.zeros(5, dtype=np.int64)))
    found = b.interval(draws, b.mean_of(0))
    assert found.estimate == pytest.approx(COSTS[:5].mean())
    assert math.isnan(found.low) and math.isnan(found.high)


def test_a_type_of_one_query_adds_its_uncertainty_rather_than_none():
    """Thirty types of one query each: drawn together, the spread is that of the thirty, not zero."""
    draws = b.draw(COSTS[:30, None], b.Design(np.arange(30)), resamples=20_000)
    assert spread(draws) == pytest.approx(np.std(COSTS[:30], ddof=1) / math.sqrt(30), rel=0.03)
    one_alone = b.draw(COSTS[:11, None], b.Design(np.array([0] * 10 + [1])), resamples=20_000)
    assert spread(one_alone) == pytest.approx(np.std(COSTS[:11], ddof=1) / math.sqrt(11), rel=0.05)


def test_sessions_across_types_are_drawn_whole():
    strata, sessions = np.tile([0, 1], 50), np.repeat(np.arange(50), 2)
    values = np.repeat(COSTS[:50], 2)[:, None]
    draws = b.draw(values, b.Design(strata, sessions), resamples=20_000)
    assert draws.clusters == 50 and set(draws.stratum) == {0}
    assert spread(draws) == pytest.approx(np.std(COSTS[:50], ddof=1) / math.sqrt(50), rel=0.03)


def test_pairs_stay_together():
    """The saving of a policy that costs exactly half of the baseline has no spread at all."""
    draws = b.draw(np.column_stack([BASE / 2, BASE]))
    found = b.interval(draws, b.saving(0, 1))
    assert (found.low, found.high) == pytest.approx((0.5, 0.5))
    assert b.interval(draws, b.difference(1, 0)).low == pytest.approx(b.interval(draws, b.mean_of(0)).low)


def test_the_interval_of_a_mean_is_near_the_normal_one_and_leans_the_right_way():
    found = b.interval(b.draw(COSTS[:, None]), b.mean_of(0))
    half = 1.96 * np.std(COSTS, ddof=1) / 20
    assert found.high - found.low == pytest.approx(2 * half, rel=0.05)
    # Costs have a long right tail: the upper side is the longer one.
    assert found.high - found.estimate > found.estimate - found.low


def test_the_same_seed_draws_the_same_and_another_one_does_not():
    table = np.column_stack([COSTS, BASE])
    assert np.array_equal(b.draw(table, resamples=50).resampled, b.draw(table, resamples=50).resampled)
    assert not np.array_equal(b.draw(table, resamples=50).resampled, b.draw(table, resamples=50, seed=1).resampled)


def test_draws_do_not_depend_on_how_many_are_held_at_a_time(monkeypatch):
    whole = b.draw(COSTS[:, None], resamples=100).resampled
    monkeypatch.setattr(b, "CHUNK", 1200)
    assert np.allclose(b.draw(COSTS[:, None], resamples=100).resampled, whole)


def test_a_ratio_to_nothing_is_unknown():
    draws = b.draw(np.column_stack([GOOD, np.zeros(400)]))
    assert math.isnan(b.interval(draws, b.ratio(0, 1)).low)
    rare = np.zeros(400)
    rare[0] = 1.0  # a third of the resamples hold none of it
    assert math.isnan(b.interval(b.draw(np.column_stack([GOOD * rare, rare])), b.ratio(0, 1)).low)


def test_shares_are_wilsons():
    """280 of 400 good: (0.7 + z^2/800 +- ...) / (1 + z^2/400) = 65.33 % to 74.29 %."""
    good = np.repeat([1.0, 0.0], [280, 120])
    found = b.share(b.draw(good[:, None], resamples=40_000), 0)
    assert (found.low, found.high) == pytest.approx((0.6533, 0.7429), abs=0.002)


@pytest.mark.parametrize(("n", "low"), [(35, 0.9011), (10, 0.7225), (400, 0.9905)])
def test_nothing_but_good_answers_is_no_certainty(n, low):
    """n of n: 1 / (1 + z^2 / n)."""
    found = b.share(b.draw(np.ones((n, 1)), resamples=100), 0)
    assert (found.estimate, found.low, found.high) == pytest.approx((1.0, low, 1.0), abs=1e-4)


def test_a_difference_that_was_never_seen_is_not_ruled_out():
    found = b.share_difference(b.draw(np.zeros((35, 2)), resamples=100), 0, 1)
    assert (found.low, found.high) == pytest.approx((-1.96 / 37, 1.96 / 37), abs=1e-4)


def test_a_difference_of_shares_by_hand():
    """Of 200 rows, 14 gained and 4 lost: (10 +- 1.96 sqrt(18 + 1 - 100 / 202)) / 202 = 0.77 to 9.13 points.

    The rows have the variance n / (n - 1) times that of the table, so n counts as 199.
    """
    gains, losses = np.repeat([1.0, 0.0], [14, 186]), np.repeat([0.0, 1.0, 0.0], [14, 4, 182])
    found = b.share_difference(b.draw(np.column_stack([gains, losses]), resamples=40_000), 0, 1)
    assert found.estimate == pytest.approx(0.05)
    assert (found.low, found.high) == pytest.approx((0.0077, 0.0913), abs=0.001)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=40),
    st.integers(1, 4),
    st.integers(1, 5),
)
def test_intervals_hold_their_estimate_and_shares_stay_shares(pairs, types, session):
    x, y = np.array(pairs).T
    rows = np.arange(x.size)
    table = np.column_stack([x, np.maximum(x - y, 0), np.maximum(y - x, 0)])
    draws = b.draw(table, b.Design(rows % types, rows // session), resamples=200)
    one, apart = b.share(draws, 0), b.share_difference(draws, 1, 2)
    assert 0 <= one.low <= one.estimate <= one.high <= 1
    assert -1 <= apart.low <= apart.estimate <= apart.high <= 1
    assert np.isfinite(draws.resampled).all()
    assert draws.clusters == 1 or np.isfinite(draws.left_out).all()
