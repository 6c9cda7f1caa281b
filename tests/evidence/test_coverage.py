"""A small run of `benchmarks.coverage`: intervals hold the truth; judged figures are unbiased, promised ones not."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks import coverage as bench

WORLDS, CHOSEN = 200, 40


@pytest.mark.parametrize("design", bench.DESIGNS)
def test_intervals_hold_the_truth_as_often_as_they_say(design):
    """200 worlds of 400 queries: 95 % give or take 4 standard errors of 1.5 points, and never all of them by width."""
    population = bench.populations(300_000)[design]
    found = bench.coverage(400, design, population, WORLDS, resamples=500)
    for name, share in found.share.items():
        assert share >= 0.89, (name, share)
        # An interval that is wide enough for anything would pass as well: at 400 queries these are a few points wide.
        assert found.width[name] < 0.15


def test_judged_figures_are_unbiased_and_promised_ones_are_not():
    found = bench.bias(CHOSEN, bench.world(60_000, np.random.default_rng(1)), size=800, resamples=200)
    for name, (mean, error) in found.judged.items():
        assert abs(mean) <= 3.5 * error, (name, mean, error)
    drop, error = found.promised["drop"]
    # Where a policy was fitted its quality drop looks smaller than it is.
    assert drop < -2.5 * error
