"""Curves over attainable thresholds, worked by hand; hulls that others get wrong; ties that move together."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routecli.maths.evidence import curves as c
from routecli.maths.evidence.thresholds import operating_points, saturation, spread_out

# Four queries, the strong model right on all; the weak one on the first two. Costs 1 and 5.
WEAK = c.Side(np.array([1.0, 1.0, 0.0, 0.0]), np.ones(4))
STRONG = c.Side(np.ones(4), np.full(4, 5.0))


def test_a_perfect_ranking_by_hand():
    """Hard ones first: quality 0.5, 0.75, 1, 1, 1; PGR 0, .5, 1, 1, 1; APGR = (.25 + .75 + 1 + 1) / 4 = 0.75."""
    found = c.curve(np.array([1.0, 2.0, 4.0, 3.0]), WEAK, STRONG)
    assert found.share.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert found.quality.tolist() == [0.5, 0.75, 1, 1, 1]
    assert found.cost.tolist() == [1, 2, 3, 4, 5]
    assert c.apgr(found) == c.apgr(found, "cost") == pytest.approx(0.75)
    assert c.cpt(found, 0.5) == 0.25 and c.cpt(found, 0.8) == 0.5 and c.cpt(found, 1.1) is None
    assert c.area(found) == pytest.approx(0.875)


def test_equal_scores_are_one_step():
    """Three of four tie: no threshold separates them, and CPT(0.5) is what the tie costs."""
    found = c.curve(np.array([7.0, 7.0, 7.0, 9.0]), WEAK, STRONG)
    assert found.share.tolist() == [0, 0.25, 1]
    assert c.cpt(found, 0.6) == 1.0
    assert c.apgr(found) == pytest.approx(0.25 * 0.25 + 0.75 * 0.75)


def test_cost_and_calls_differ_where_the_hard_ones_are_long():
    """The first to go costs 9 and the others 1 more: (0, 0), (9/12, .5), (10/12, 1), (11/12, 1), (1, 1)."""
    strong = c.Side(np.ones(4), np.array([2.0, 2.0, 2.0, 10.0]))
    found = c.curve(np.array([1.0, 2.0, 3.0, 4.0]), WEAK, strong)
    assert c.apgr(found) == pytest.approx(0.75)
    assert c.apgr(found, "cost") == pytest.approx(0.5 * 0.75 * 0.5 + 0.75 / 12 + 2 / 12)
    assert c.cpt(found, 0.5, "cost") == pytest.approx(9 / 12)


def test_a_cascade_pays_the_weak_model_too_and_is_cut_where_the_strong_one_alone_costs_the_same():
    """Cost 1, 6/4+..., up to 6 for 5: on the cost axis 5/4 per escalated quarter of 4: 0, .3125, .625, .9375, 1.25."""
    found = c.curve(np.array([1.0, 2.0, 4.0, 3.0]), WEAK, STRONG, cascade=True)
    place = c.position(found, "cost")
    assert place is not None and place.tolist() == [0, 0.3125, 0.625, 0.9375, 1.25]
    assert c.apgr(found, "cost") == pytest.approx(0.3125 * (0.25 + 0.75) + 0.375)


def test_rows_without_a_score_go_to_the_strong_model_and_nobody_is_still_a_point():
    found = c.curve(np.array([1.0, np.nan, 2.0, 2.0]), WEAK, STRONG)
    assert found.share.tolist() == [0, 0.25, 0.75, 1]


def test_models_equally_good_or_equally_dear_have_no_gap_to_recover():
    same = c.curve(np.arange(4.0), STRONG, STRONG)
    assert c.pgr(same) is None and c.apgr(same) is None and c.cpt(same, 0.5) is None
    assert c.position(same, "cost") is None and c.apgr(same, "cost") is None and c.area(same, "cost") is None


def test_weights_count_rows_as_often_as_they_say():
    weights = np.array([1.0, 2.0, 3.0, 1.0])
    often = np.repeat(np.arange(4), [1, 2, 3, 1])
    ranking = np.array([3.0, 1.0, 2.0, 1.0])
    weighted = c.curve(ranking, WEAK, STRONG, weights)
    repeated = c.curve(
        ranking[often],
        c.Side(WEAK.score[often], WEAK.cost[often]),
        c.Side(STRONG.score[often], STRONG.cost[often]),
    )
    for name in ("share", "cost", "quality"):
        assert getattr(weighted, name) == pytest.approx(getattr(repeated, name))


def test_the_random_band_is_that_of_many_random_rankings():
    rng = np.random.default_rng(3)
    weak = c.Side((rng.random(200) < 0.6).astype(float), np.ones(200))
    strong = c.Side((rng.random(200) < 0.8).astype(float), np.ones(200))
    drawn = [c.apgr(c.curve(rng.random(200), weak, strong)) for _ in range(4000)]
    band = c.random_band(weak.score, strong.score)
    assert band is not None
    assert band == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])), abs=0.01)
    assert c.random_band(weak.score, weak.score) is None
    # Weighted rows: from random orders, which for nearly equal weights is the same band.
    nearly = np.ones(200)
    nearly[0] = 1.001
    assert c.random_band(weak.score, strong.score, nearly) == pytest.approx(band, abs=0.02)
    heavy = np.where(np.arange(200) < 10, 20.0, 1.0)
    wider = c.random_band(weak.score, strong.score, heavy)
    assert wider is not None and wider[1] - wider[0] > 1.3 * (band[1] - band[0])


@pytest.mark.parametrize(
    ("points", "corners", "mean"),
    [
        ([(2, 0.7)], [(2, 0.7)], 0.7),
        ([(1, 0.5), (3, 0.9)], [(1, 0.5), (3, 0.9)], 0.7),
        ([(1, 0.9), (3, 0.5)], [(1, 0.9)], 0.9),  # quality falls with cost: 0.9 all the way, not 0
        ([(1, 0.4), (1, 0.6), (1, 0.5)], [(1, 0.6)], 0.6),
        ([(0, 0.0), (1, 0.1), (2, 1.0)], [(0, 0.0), (2, 1.0)], 0.5),  # the middle one lies under the line
        ([(0, 0.0), (1, 0.8), (2, 1.0), (4, 0.9)], [(0, 0.0), (1, 0.8), (2, 1.0)], (0.4 + 0.9 + 2) / 4),
        ([(0, 0.5), (1, 0.5), (2, 0.5)], [(0, 0.5)], 0.5),
    ],
)
def test_hulls_and_their_mean_height(points, corners, mean):
    assert c.hull(points) == corners
    assert c.aiq(points) == pytest.approx(mean)


def test_hulls_are_compared_over_the_same_costs():
    """Own range 1 to 3, compared up to 5: flat after 3. Below 1 the curve cannot be used: that is not quality 0."""
    assert c.aiq([(1, 0.5), (3, 0.9)], low=0, high=5) == pytest.approx((0.7 * 2 + 0.9 * 2) / 4)
    assert c.aiq([(1, 0.5), (3, 0.9)], low=2, high=3) == pytest.approx(0.8)
    assert c.on_hull(c.hull([(1, 0.5), (3, 0.9)]), 0.5) is None
    assert c.aiq([]) is None


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=30))
def test_a_hull_lies_over_its_points_rises_and_turns_down(points):
    corners = c.hull(points)
    assert set(corners) <= set(points)
    for cost, quality in points:
        assert (c.on_hull(corners, cost) or 0) >= quality - 1e-9
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(corners)]
    assert all(slope > 0 for slope in slopes) and slopes == sorted(slopes, reverse=True)
    value = c.aiq(points)
    assert value is not None and corners[0][1] - 1e-9 <= value <= corners[-1][1] + 1e-9


scores = st.lists(st.sampled_from([0.0, 0.1, 0.5, 0.50001, 1.0, math.nan]), min_size=1, max_size=30)


@given(scores)
def test_operating_points_are_those_that_a_comparison_can_make(values):
    rows = np.array(values)
    points = operating_points(rows)
    passing = [int((rows >= threshold).sum()) for threshold in points.thresholds]
    assert [rows.size - start for start in points.starts] == passing
    for start, threshold in zip(points.starts, points.thresholds, strict=True):
        assert not (rows[points.order[:start]] >= threshold).any() and (rows[points.order[start:]] >= threshold).all()
    # Every threshold there is makes one of them.
    for threshold in (-1.0, 0.05, 0.1, 0.3, 0.500005, 2.0):
        assert int((rows >= threshold).sum()) in passing


@given(scores, st.integers(2, 5))
def test_fewer_points_keep_the_ends(values, most):
    points = operating_points(np.array(values))
    kept = spread_out(points, most)
    assert kept.starts.size <= most
    assert set(zip(kept.starts, kept.thresholds, strict=True)) <= set(
        zip(points.starts, points.thresholds, strict=True)
    )
    assert (kept.starts[0], kept.starts[-1]) == (points.starts[0], points.starts[-1])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([0.7] * 9, "every score is 0.7: only escalate-all or escalate-none is reachable"),
        ([math.nan] * 3, "no row has a score: only escalate-all is reachable"),
        (
            [math.nan, 1.0, 1.0, 1.0],
            "every score is 1: only escalating all, or the 25.0 % without a score, is reachable",
        ),
        ([0.0] * 3 + [0.2], "75.0 % of the scores are 0: no threshold escalates between 0.0 % and 75.0 %"),
        (list(np.arange(10.0)), None),
    ],
)
def test_what_saturated_scores_cannot_do_is_said(rows, said):
    assert saturation(np.array(rows)) == said
