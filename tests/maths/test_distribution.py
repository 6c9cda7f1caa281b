"""Distributions of latency: what is refused, the laws, and how much the gathering of large sums may move."""

import math
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routecli.maths import distribution as distribution_module
from routecli.maths.latency import Distribution, convolve, cut_off, maximum, mixture, path_latency, within

QUANTILES = (0.0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0)
repeatable = settings(derandomize=True, deadline=None, max_examples=150)

milliseconds = st.one_of(st.integers(0, 60_000).map(float), st.floats(0.0, 1e6, allow_subnormal=False))
atoms = st.lists(st.tuples(milliseconds, st.integers(1, 50)), min_size=1, max_size=12)


def from_atoms(pairs: list[tuple[float, int]]) -> Distribution:
    return mixture([(weight, Distribution.constant(ms)) for ms, weight in pairs])


distributions = atoms.map(from_atoms)


def log_normal(seed: int, median_ms: float, sigma: float, size: int) -> np.ndarray:
    return np.random.default_rng(seed).lognormal(math.log(median_ms), sigma, size)


def order_statistic(sample: list[float], q: float) -> float:
    """The smallest observation that at least a share q of the sample stays within."""
    return sorted(sample)[max(math.ceil(q * len(sample) - 1e-9) - 1, 0)]


# What is refused


@pytest.mark.parametrize("values", [[], [-1.0, 5.0], [math.nan], [math.inf]])
def test_values_that_are_no_latencies_are_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="latenc"):
        Distribution.from_values(values)


@pytest.mark.parametrize("weights", [[], [0], [Fraction(0), 0.0], [1, -1], [Fraction(-1, 2)], [math.nan]])
def test_weights_that_make_no_mixture_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="at least one above 0"):
        mixture([(weight, Distribution.constant(1)) for weight in weights])


def test_weightless_parts_drop_out() -> None:
    assert mixture([(Fraction(1), Distribution.constant(5)), (0, Distribution.constant(9))]).values.tolist() == [5.0]


@pytest.mark.parametrize("q", [-0.1, 1.1, math.nan])
def test_a_quantile_outside_0_to_1_is_refused(q: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Distribution.constant(1).quantile(q)


def test_an_empty_path_and_empty_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one call"):
        path_latency([])
    with pytest.raises(ValueError, match="at least one latency"):
        Distribution.from_counts([])


def test_a_malformed_distribution_is_refused_and_a_good_one_cannot_be_changed() -> None:
    for values, weights in (([2.0, 1.0], [0.5, 0.5]), ([1.0], [0.9]), ([1.0, 2.0], [1.0]), ([1.0, 2.0], [1.5, -0.5])):
        with pytest.raises(ValueError, match=r"latenc|weight"):
            Distribution(np.array(values), np.array(weights))
    with pytest.raises(ValueError, match="read-only"):
        Distribution.constant(1).values[0] = 2.0


# Laws


@repeatable
@given(distributions)
def test_a_mixture_of_the_same_is_the_same(part: Distribution) -> None:
    mixed = mixture([(Fraction(1, 3), part), (Fraction(2, 3), part)])
    assert mixed.values.tolist() == part.values.tolist()
    assert mixed.weights == pytest.approx(part.weights, abs=1e-14)


@repeatable
@given(distributions, distributions, st.fractions(0, 1))
def test_the_mean_of_a_mixture_is_the_mixture_of_means(a: Distribution, b: Distribution, share: Fraction) -> None:
    mixed = mixture([(share, a), (1 - share, b)])
    assert mixed.mean() == pytest.approx(float(share) * a.mean() + float(1 - share) * b.mean(), rel=1e-12, abs=1e-9)


@repeatable
@given(distributions, distributions)
def test_calls_in_a_row_commute_and_their_means_add(a: Distribution, b: Distribution) -> None:
    forth, back = convolve(a, b), convolve(b, a)
    assert forth.values.tolist() == back.values.tolist()
    assert forth.weights == pytest.approx(back.weights, abs=1e-14)
    assert forth.mean() == pytest.approx(a.mean() + b.mean(), rel=1e-12)


@repeatable
@given(atoms, atoms)
def test_a_small_sum_equals_every_pair_counted_exactly(a: list[tuple[float, int]], b: list[tuple[float, int]]) -> None:
    exact: dict[float, Fraction] = {}
    total = sum(w for _, w in a) * sum(w for _, w in b)
    for (x, v), (y, w) in product(a, b):
        exact[x + y] = exact.get(x + y, Fraction(0)) + Fraction(v * w, total)
    summed = convolve(from_atoms(a), from_atoms(b))
    assert summed.values.tolist() == sorted(exact)
    assert summed.weights == pytest.approx([float(exact[ms]) for ms in sorted(exact)], abs=1e-14)


@repeatable
@given(distributions)
def test_quantiles_rise_and_invert_the_cdf(part: Distribution) -> None:
    found = [part.quantile(q) for q in QUANTILES]
    assert all(low <= high for low, high in pairwise(found))
    assert (found[0], found[-1]) == (part.values[0], part.values[-1])
    for q, ms in zip(QUANTILES, found, strict=True):
        assert part.cdf(ms) >= q - 1e-12
        below = part.cdf(math.nextafter(ms, -math.inf))
        assert below < q or ms == part.values[0]


@repeatable
@given(distributions, distributions)
def test_the_slower_of_two_is_never_faster_than_either(a: Distribution, b: Distribution) -> None:
    both, row = maximum(a, b), convolve(a, b)
    for q in QUANTILES[:-1]:
        assert both.quantile(q) >= max(a.quantile(q), b.quantile(q))
    assert both.mean() <= row.mean() * (1 + 1e-12)
    for ms in (*a.values, *b.values):
        assert both.cdf(ms) == pytest.approx(a.cdf(ms) * b.cdf(ms), abs=1e-12)


@repeatable
@given(distributions, milliseconds)
def test_a_timeout_never_makes_anything_slower(part: Distribution, timeout: float) -> None:
    waited, answered = cut_off(part, timeout)
    assert answered == part.cdf(timeout)
    assert waited.values[-1] == min(timeout, part.values[-1])
    assert waited.mean() <= part.mean() * (1 + 1e-12)
    if answered > 0:
        rest = 1 - answered
        whole = answered * within(part, timeout).mean() + rest * timeout
        assert waited.mean() == pytest.approx(whole, rel=1e-9, abs=1e-9)


# Large sums are gathered on a grid


@pytest.mark.parametrize("fast", [0.0, 0.002, 0.4, 900.0])
def test_gathering_keeps_the_mean_and_moves_no_quantile_by_a_fifth_of_a_percent(fast: float) -> None:
    a = Distribution.from_values([fast, *log_normal(1, 900, 0.9, 400).tolist()])
    b = Distribution.from_values(log_normal(2, 2500, 1.2, 500).tolist())
    gathered = convolve(a, b)
    pairs = sorted(x + y for x, y in product(a.values.tolist(), b.values.tolist()))
    assert gathered.values.size < len(pairs) / 10
    assert gathered.mean() == pytest.approx(math.fsum(pairs) / len(pairs), rel=1e-12)
    for q in (*QUANTILES, *(k / 200 for k in range(1, 200))):
        assert gathered.quantile(q) == pytest.approx(order_statistic(pairs, q), rel=0.001)


def test_three_gathered_calls_stay_within_a_fifth_of_a_percent() -> None:
    parts = [Distribution.from_values(log_normal(seed, 1000, 0.8, 110).tolist()) for seed in (1, 2, 3)]
    gathered = path_latency(parts)
    grids = np.meshgrid(*(part.values for part in parts), indexing="ij")
    triples = np.sort(sum(grids).ravel())
    assert gathered.mean() == pytest.approx(triples.mean(), rel=1e-12)
    for q in QUANTILES:
        place = max(math.ceil(q * triples.size - 1e-6) - 1, 0)
        assert gathered.quantile(q) == pytest.approx(float(triples[place]), rel=0.002)


def test_slices_of_pairs_add_up_to_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    a = Distribution.from_values(log_normal(1, 900, 0.9, 300).tolist())
    b = Distribution.from_values(log_normal(2, 2500, 1.2, 350).tolist())
    whole = convolve(a, b)
    monkeypatch.setattr(distribution_module, "_PAIRS_AT_ONCE", 1000)
    sliced = convolve(a, b)
    assert sliced.values == pytest.approx(whole.values, rel=1e-12)
    assert sliced.weights == pytest.approx(whole.weights, rel=1e-9)


def test_calls_below_a_millisecond_are_gathered_as_finely() -> None:
    instants = Distribution.from_values([0.0, *(k / 250 for k in range(1, 200))])
    gathered = convolve(instants, instants)
    pairs = sorted(x + y for x, y in product(instants.values.tolist(), repeat=2))
    assert gathered.mean() == pytest.approx(2 * instants.mean(), rel=1e-12)
    for q in QUANTILES:
        assert gathered.quantile(q) == pytest.approx(order_statistic(pairs, q), rel=0.001)
