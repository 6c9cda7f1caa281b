"""The cost-matched control: what the same mix delivers at random."""

import numpy as np
import pytest

from routecli.maths.evidence.bootstrap import Design
from routecli.maths.evidence.control import control

RNG = np.random.default_rng(11)
N = 2_000
EASY = RNG.random(N) < 0.6
WEAK = np.where(EASY, 1.0, 0.0)
STRONG = (RNG.random(N) < 0.9).astype(float)


def test_by_hand():
    """Half to each: the control delivers (0.5 + 0.75) / 2; the policy 1."""
    weak, strong = np.array([1.0, 1.0, 0.0, 0.0]), np.array([0.0, 1.0, 1.0, 1.0])
    found = control(np.ones(4), np.array([0, 0, 1, 1]), [weak, strong], resamples=500, seed=1)
    assert found.quality == pytest.approx(0.625)
    assert found.difference.estimate == pytest.approx(0.375)


def test_a_router_that_knows_adds_and_a_coin_does_not():
    knows = np.where(EASY, 0, 1)
    found = control(np.where(EASY, WEAK, STRONG), knows, [WEAK, STRONG], resamples=1000, seed=1)
    assert found.word == "adds" and found.difference.low > 0.2
    coin = (RNG.random(N) < 0.4).astype(int)
    found = control(np.where(coin == 1, STRONG, WEAK), coin, [WEAK, STRONG], resamples=1000, seed=1)
    assert found.word == "does not add" and found.difference.low < 0 < found.difference.high


def test_a_router_that_sends_the_easy_ones_up_does_harm():
    wrong = np.where(EASY, 1, 0)
    found = control(np.where(EASY, STRONG, WEAK), wrong, [WEAK, STRONG], resamples=1000, seed=1)
    assert found.word == "does not add" and found.difference.high < 0


def test_it_is_the_mean_of_many_shuffles():
    """Same counts, shuffled requests."""
    who = np.repeat([0, 1], [1500, 500])
    found = control(np.where(who == 1, STRONG, WEAK), who, [WEAK, STRONG], resamples=100, seed=1)
    shuffled = [np.where(RNG.permutation(who) == 1, STRONG, WEAK).mean() for _ in range(2000)]
    assert found.quality == pytest.approx(np.mean(shuffled), abs=0.001)


def test_weights_are_those_of_the_traffic():
    weak, strong = np.array([1.0, 1.0, 0.0, 0.0]), np.array([0.0, 1.0, 1.0, 1.0])
    weights = np.array([3.0, 1.0, 1.0, 1.0])
    who = np.array([0, 0, 1, 1])
    found = control(np.ones(4), who, [weak, strong], Design(weights=weights), resamples=100, seed=1)
    assert found.quality == pytest.approx(4 / 6 * 4 / 6 + 2 / 6 * 3 / 6)
