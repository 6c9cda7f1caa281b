"""Fitting and judging on different queries, and the figures of what is judged."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from evidence.boards import board as made

from routecli.maths.evidence.search.candidates import Objective
from routecli.maths.evidence.search.figures import figures, oracle, quantile, sent
from routecli.maths.evidence.search.fill import filled
from routecli.maths.evidence.search.trial import CHOSEN, LENGTH_RULE, LOOKUP, judge, parts
from routecli.maths.evidence.search.walk import walk
from routecli.model.conditions import Condition
from routecli.model.policy import Cascade, Classifier, Cut, Rule, Single, Static


def test_parts_are_even_within_types_and_keep_sessions_whole():
    board = made(600, sessions=150)
    part = parts(board, 5)
    assert all(np.unique(part[board.clusters == session]).size == 1 for session in range(150))
    alone = made(600)
    split = parts(alone, 2)
    for kind in range(3):
        assert abs(np.count_nonzero(split[alone.types == kind] == 0) - np.count_nonzero(alone.types == kind) / 2) <= 1
    assert np.array_equal(split, parts(alone, 2)) and not np.array_equal(split, parts(alone, 2, 1))


def test_halves_judge_the_very_policy_that_is_kept():
    board = made(1_000)
    judged = judge(board, Objective(0.01))
    assert judged.folds == 0 and judged.fitted_on + judged.board.n == 1_000
    assert {CHOSEN, LENGTH_RULE, LOOKUP, "single", "cascade"} <= judged.trials.keys()
    for trial in judged.trials.values():
        again = walk(trial.policy, judged.board)
        assert np.array_equal(again.cost, trial.outcome.cost) and np.array_equal(again.score, trial.outcome.score)
    assert judged.trials[CHOSEN].policy == judged.trials[str(judged.chosen)].policy


def test_few_queries_are_cross_fitted():
    """Every query is judged, by policies that were not fitted on it."""
    board = made(200, models=3)
    judged = judge(board, Objective(0.01))
    assert judged.folds == 5 and judged.board.n == judged.fitted_on == 200
    outcome = judged.trials["single"].outcome
    assert np.array_equal(outcome.score, board.score[np.arange(200), outcome.answered_by])
    assert (outcome.cost == board.cost[np.arange(200), outcome.answered_by]).all()


def test_figures_of_the_baseline_are_nothing_saved_and_nothing_lost():
    board = made(400)
    found = figures({"base": walk(Single("m3"), board)}, board, 3, resamples=500)["base"]
    assert (found.saving.low, found.saving.estimate, found.saving.high) == (0.0, 0.0, 0.0)
    assert (found.drop.low, found.drop.estimate, found.drop.high) == (0.0, 0.0, 0.0)
    assert found.quality.estimate == pytest.approx(board.score[:, 3].mean())
    assert found.cost == Fraction(int(board.cost[:, 3].sum()), 400)
    assert found.called.tolist() == [0, 0, 0, 1] and found.control.difference.estimate == pytest.approx(0)
    assert found.control.word == "does not add"


def test_figures_of_a_cascade_by_hand():
    """Six queries: gate at 0.5 accepts four, of which one is wrong; both escalated ones are put right."""
    board = made(6, models=2, types=1)
    board = replace(
        board,
        score=np.array([[1, 1], [1, 0], [1, 1], [0, 1], [0, 1], [0, 1.0]]),
        cost=np.array([[10, 100]] * 6),
        latency_ms=np.array([[100.0, 300.0]] * 6),
        gate_score=np.array([[0.9, 1], [0.8, 1], [0.5, 1], [0.6, 1], [0.1, 1], [np.nan, 1.0]]),
        judging=replace(board.judging, each=Fraction(1), latency_ms=20.0),
    )
    policy = Cascade(("m0", "m1"), thresholds=(0.5,))
    found = figures({"x": walk(policy, board)}, board, 1, resamples=200)["x"]
    assert found.cost == Fraction(6 * 10 + 6 * 1 + 2 * 100, 6)
    assert found.saving.estimate == pytest.approx(1 - 266 / 600)
    assert found.quality.estimate == pytest.approx(5 / 6)
    assert (found.worse, found.better, found.drop.estimate) == pytest.approx((1 / 6, 1 / 6, 0.0))
    assert found.called == pytest.approx([1, 1 / 3]) and found.answered == pytest.approx([2 / 3, 1 / 3])
    assert found.escalated == pytest.approx(1 / 3)
    assert found.latency is not None
    assert (found.latency.p50, found.latency.p95, found.latency.escalated_p95) == (120.0, 420.0, 420.0)
    assert found.control.quality == pytest.approx(2 / 3 * 0.5 + 1 / 3 * 5 / 6)
    rates = filled(policy, board)
    assert rates.confusion.quality == Fraction(1, 2) and rates.confusion.false_reject == 0
    assert float(rates.confusion.false_accept) == pytest.approx(1 / 3, abs=1e-6)
    assert rates.confusion.strong_quality == 1 and rates.gate.each == 1 and rates.gate.latency_ms == 20.0


def test_unknown_latencies_stay_unknown():
    board = made(50)
    board.latency_ms[3, 3] = math.nan
    assert figures({"x": walk(Single("m3"), board)}, board, 3, resamples=100)["x"].latency is None
    assert figures({"x": walk(Single("m0"), board)}, board, 3, resamples=100)["x"].latency is not None


def test_quantiles_are_nearest_rank_by_weight():
    values, weights = np.array([10.0, 20.0, 30.0, 40.0]), np.array([1.0, 1.0, 1.0, 7.0])
    assert [quantile(values, weights, part) for part in (0.1, 0.2, 0.3, 0.31, 1.0)] == [10, 20, 30, 40, 40]
    ninety_five = np.repeat([1.0, 2.0], [95, 5])
    assert quantile(ninety_five, np.ones(100), 0.95) == 1.0 and quantile(ninety_five, np.ones(100), 0.951) == 2.0


def test_an_oracle_takes_the_cheapest_that_is_right_and_pays_for_what_nobody_gets_right():
    board = replace(
        made(4, models=3, types=1),
        score=np.array([[0, 1, 1], [1, 1, 1], [0, 0, 0], [0, 0, 1.0]]),
        cost=np.array([[1, 5, 9], [7, 5, 9], [1, 5, 9], [1, 5, 9]]),
    )
    assert oracle(board, 2).answered_by.tolist() == [1, 1, 2, 2]
    assert oracle(board, 2).cost.sum() == 5 + 5 + 9 + 9


@pytest.mark.parametrize("weighted", [False, True])
def test_measured_rates_give_back_the_measured_shares(weighted):
    """Accept rate, cheap share and quality from the rates that are written: the same as from the queries."""
    board = made(900, gaps=True)
    if weighted:
        board = replace(board, weights=np.random.default_rng(1).random(900))
    two = filled(Cascade(("m0", "m3"), thresholds=(0.6,)), board)
    outcome = walk(two, board)
    accepted = 1 - board.mean(outcome.escalated.astype(float))
    assert float(two.confusion.accept) == pytest.approx(accepted, abs=1e-5)
    good = two.confusion.quality * (1 - two.confusion.false_reject)
    good += (1 - two.confusion.accept) * two.confusion.strong_quality
    assert float(good) == pytest.approx(board.mean(outcome.score), abs=1e-5)
    three = filled(Cascade(("m0", "m1", "m3"), thresholds=(0.6, 0.5)), board)
    outcome = walk(three, board)
    reach = board.mean(outcome.calls[:, 3].astype(float))
    first, second = (rates["*"] for rates in three.success.tiers)
    assert float((1 - first) * (1 - second)) == pytest.approx(reach, abs=1e-5)
    router = filled(Classifier("m0", "m3", Fraction(0), Fraction(0), cut=Cut("s0", 0.2)), board)
    cheap = board.mean((walk(router, board).answered_by == 0).astype(float))
    p = router.success.tiers[0]["*"]
    assert float(p * router.recall + (1 - p) * router.false_positive) == pytest.approx(cheap, abs=1e-5)
    assert three.success.basis == "measured"


def test_routes_of_rules_are_measured_on_the_queries_that_reach_them():
    board = made(600)
    inner = Cascade(("m0", "m3"), thresholds=(0.6,))
    policy = filled(Static((Rule((Condition("query_type", ("t1",)),), inner),), Single("m3")), board)
    alone = filled(inner, board.take(board.types == 1))
    assert policy.rules[0].route == alone


def test_escalated_requests_have_their_own_length():
    board = made(600)
    policy = filled(Cascade(("m0", "m3"), thresholds=(0.6,)), board)
    up = walk(policy, board).escalated
    assert float(policy.shape.input) == pytest.approx(board.length[up].mean() / board.length.mean(), abs=1e-5)
    written = board.tokens[1][:, 3]
    assert float(policy.shape.output) == pytest.approx(written[up].mean() / written.mean(), abs=1e-5)


def test_every_query_by_one_model_each():
    board = made(20)
    chosen = np.arange(20) % 4
    outcome = sent(board, chosen)
    assert np.array_equal(outcome.cost, board.cost[np.arange(20), chosen])
    assert outcome.calls.sum() == 20
