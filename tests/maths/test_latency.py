"""Latency: worked figures to the digit, buckets, histograms, and a simulation that shares no code."""

import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routecli.errors import DataError
from routecli.maths.latency import (
    Distribution,
    Summary,
    bucket_bounds,
    bucket_of,
    convolve,
    cut_off,
    maximum,
    mixture,
    path_latency,
    summarise,
    within,
)
from routecli.model.workload import LATENCY_GROWTH, LatencyCount

QUANTILES = (0.0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0)
repeatable = settings(derandomize=True, deadline=None, max_examples=150)


def log_normal(seed: int, median_ms: float, sigma: float, size: int) -> np.ndarray:
    return np.random.default_rng(seed).lognormal(math.log(median_ms), sigma, size)


def counted(latencies_ms: np.ndarray) -> list[LatencyCount]:
    """What the workload's GROUP BY makes of logged latencies, spelled out row by row."""
    n: Counter[int] = Counter()
    sum_us: Counter[int] = Counter()
    for ms in latencies_ms.tolist():
        bucket = math.floor(math.log(max(ms, 1.0)) / math.log(LATENCY_GROWTH))
        n[bucket] += 1
        sum_us[bucket] += round(ms * 1000)
    return [LatencyCount("m", "faq", bucket, n[bucket], sum_us[bucket]) for bucket in sorted(n)]


def order_statistic(sample: list[float], q: float) -> float:
    """The smallest observation that at least a share q of the sample stays within."""
    return sorted(sample)[max(math.ceil(q * len(sample) - 1e-9) - 1, 0)]


# Worked figures


def test_two_constants_at_success_070() -> None:
    cheap, strong = Distribution.constant(800), Distribution.constant(1500)
    escalated = path_latency([cheap, strong])
    cascade = mixture([(Fraction(7, 10), cheap), (Fraction(3, 10), escalated)])
    assert summarise(cascade) == Summary(mean=1250.0, p50=800.0, p95=2300.0, p99=2300.0)
    assert summarise(escalated) == Summary(mean=2300.0, p50=2300.0, p95=2300.0, p99=2300.0)
    assert cascade.values.tolist() == [800.0, 2300.0]
    assert cascade.weights.tolist() == [0.7, 0.3]


def test_a_quantile_at_the_very_edge_of_an_atom_stays_on_it() -> None:
    cascade = mixture([(Fraction(7, 10), Distribution.constant(800)), (Fraction(3, 10), Distribution.constant(2300))])
    assert cascade.quantile(0.7) == 800.0
    assert cascade.quantile(0.7 + 1e-9) == 2300.0
    tenths = mixture([(0.1, Distribution.constant(ms)) for ms in range(1, 11)])
    assert [tenths.quantile(k / 10) for k in range(1, 11)] == [float(ms) for ms in range(1, 11)]
    # Ten times 0.1 adds up to 0.9999999999999999 in floats; all calls are still all calls.
    assert tenths.cdf(10) == 1.0


def test_cdf_counts_the_atom_itself() -> None:
    cascade = mixture([(7, Distribution.constant(800)), (3, Distribution.constant(2300))])
    assert [cascade.cdf(ms) for ms in (799.999, 800, 2299, 2300, 1e9)] == [0.0, 0.7, 0.7, 1.0, 1.0]


def test_a_timeout_cuts_the_cheap_call_and_says_how_many_answered() -> None:
    # 60 % take 500 ms, 30 % exactly 1,000 ms, 10 % 4,000 ms; given up after 1,000 ms.
    call = mixture(
        [(6, Distribution.constant(500)), (3, Distribution.constant(1000)), (1, Distribution.constant(4000))]
    )
    waited, answered = cut_off(call, 1000)
    assert answered == pytest.approx(0.9, abs=1e-15)
    assert dict(zip(waited.values, waited.weights, strict=True)) == pytest.approx({500.0: 0.6, 1000.0: 0.4})
    assert waited.mean() == pytest.approx(700)
    assert within(call, 1000).mean() == pytest.approx((6 * 500 + 3 * 1000) / 9)


def test_timeouts_at_the_ends() -> None:
    call = Distribution.from_values([500, 700])
    assert cut_off(call, math.inf)[1] == 1.0
    assert cut_off(call, 700)[1] == 1.0
    waited, answered = cut_off(call, 100)
    assert (answered, waited.quantile(0.0), waited.mean()) == (0.0, 100.0, 100.0)
    with pytest.raises(ValueError, match="at least one latency"):
        within(call, 100)
    with pytest.raises(ValueError, match="0 or more"):
        cut_off(call, -1)


def test_parallel_calls_wait_for_the_slower_one() -> None:
    # Two fair coins, 1 or 3 s against 2 or 4 s: the slower one is 2, 4, 3, 4 s with a quarter each.
    both = maximum(Distribution.from_values([1000, 3000]), Distribution.from_values([2000, 4000]))
    assert both.values.tolist() == [2000.0, 3000.0, 4000.0]
    assert both.weights.tolist() == [0.25, 0.25, 0.5]


def test_p95s_do_not_add_up() -> None:
    # Each call is slow (10 s instead of 1 s) one time in 25: its own p95 is 1 s.
    call = mixture([(24, Distribution.constant(1000)), (1, Distribution.constant(10_000))])
    assert call.quantile(0.95) == 1000.0
    # Two in a row are slow somewhere in 1 - (24/25)^2 = 7.84 % of cases, so the p95 is 11 s, not 1 + 1.
    assert path_latency([call, call]).quantile(0.95) == 11_000.0
    # And the other way: log-normal calls are rarely slow together, so here the sum of p95s is too high.
    smooth = Distribution.from_values(log_normal(3, 1000, 0.8, 4000).tolist())
    assert path_latency([smooth, smooth]).quantile(0.95) < 0.9 * 2 * smooth.quantile(0.95)


# Buckets


@pytest.mark.parametrize(
    ("ms", "bucket"), [(0, 0), (0.4, 0), (1, 0), (1.009, 0), (1.011, 1), (800, 671), (60_000, 1105)]
)
def test_buckets_by_hand(ms: float, bucket: int) -> None:
    # ln 800 / ln 1.01 = 671.79..., ln 60,000 / ln 1.01 = 1105.70...
    assert bucket_of(ms) == bucket


@repeatable
@given(st.floats(0, 1e7))
def test_a_latency_lies_in_its_bucket(ms: float) -> None:
    low, high = bucket_bounds(bucket_of(ms))
    assert low * (1 - 1e-12) <= ms <= high * (1 + 1e-12)


def test_buckets_touch_and_start_at_0() -> None:
    assert bucket_bounds(0)[0] == 0.0
    assert all(bucket_bounds(k)[1] == bucket_bounds(k + 1)[0] for k in range(800))


@pytest.mark.parametrize("ms", [-0.001, math.nan, math.inf])
def test_what_is_no_latency_has_no_bucket(ms: float) -> None:
    with pytest.raises(ValueError, match="0 ms or more"):
        bucket_of(ms)
    with pytest.raises(ValueError, match="from 0"):
        bucket_bounds(-1)


def test_the_store_computes_the_same_buckets() -> None:
    import duckdb

    edges = [bucket_bounds(k)[1] for k in range(900)]
    near = [math.nextafter(edge, to) for edge in edges for to in (0.0, math.inf)]
    latencies = [0.0, 0.25, 1.0, *edges, *near, *log_normal(5, 1500, 1.5, 5000).tolist()]
    with duckdb.connect() as con:
        found = con.execute(
            f"SELECT CAST(floor(ln(greatest(x, 1.0)) / ln({LATENCY_GROWTH})) AS INTEGER) FROM unnest(?::DOUBLE[]) t(x)",
            [latencies],
        ).fetchall()
    assert [row[0] for row in found] == [bucket_of(ms) for ms in latencies]


# Histograms of logged latencies


@pytest.mark.parametrize(("median", "sigma"), [(40, 0.3), (900, 0.5), (2500, 1.0), (15_000, 1.6)])
def test_a_histogram_is_within_one_percent_and_its_mean_exact(median: float, sigma: float) -> None:
    logged = np.round(log_normal(11, median, sigma, 20_000), 3)
    histogram = Distribution.from_counts(counted(logged))
    assert histogram.mean() == pytest.approx(math.fsum(logged) / logged.size, rel=1e-12)
    for q in (0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999):
        assert histogram.quantile(q) == pytest.approx(order_statistic(logged.tolist(), q), rel=0.01)


@repeatable
@given(st.lists(st.floats(1, 600_000), min_size=1, max_size=60))
def test_no_quantile_of_any_histogram_leaves_its_bucket(logged: list[float]) -> None:
    rounded = [round(ms, 3) for ms in logged]
    histogram = Distribution.from_counts(counted(np.array(rounded)))
    assert histogram.mean() == pytest.approx(math.fsum(rounded) / len(rounded), rel=1e-9)
    for q in QUANTILES:
        true = order_statistic(rounded, q)
        assert abs(histogram.quantile(q) / true - 1) < LATENCY_GROWTH - 1 + 1e-9


def test_constant_latencies_come_back_unchanged() -> None:
    logged = np.array([800.0] * 7 + [2300.0] * 3)
    assert summarise(Distribution.from_counts(counted(logged))) == Summary(1250.0, 800.0, 2300.0, 2300.0)


def test_latencies_below_a_millisecond_keep_their_mean() -> None:
    histogram = Distribution.from_counts(counted(np.array([0.0, 0.0, 0.9, 0.3, 1.005])))
    assert histogram.values.size == 1
    assert histogram.mean() == pytest.approx((0.9 + 0.3 + 1.005) / 5)


@pytest.mark.parametrize("sum_us", [8_000_000, 90_000_000, -1])
def test_a_sum_that_its_bucket_cannot_hold_is_refused(sum_us: int) -> None:
    with pytest.raises(DataError) as caught:
        Distribution.from_counts([LatencyCount("claude-haiku-4-5", None, bucket_of(800), 100, sum_us)])
    assert caught.value.id == "latency-bucket-mismatch"


# An independent simulation, request by request

TIERS = ((600.0, 0.45), (1400.0, 0.6), (3500.0, 0.8))
ACCEPT = (0.55, 0.6)
TRIALS = 300_000


def simulated_cascade() -> tuple[np.ndarray, np.ndarray]:
    """Latency of each simulated request, and whether it escalated at all."""
    random = np.random.default_rng(20261115)
    first, second, third = (random.lognormal(np.log(median), sigma, TRIALS) for median, sigma in TIERS)
    accepted_first, accepted_second = random.random(TRIALS) < ACCEPT[0], random.random(TRIALS) < ACCEPT[1]
    waited = np.where(accepted_first, first, np.where(accepted_second, first + second, first + second + third))
    return waited, ~accepted_first


def assert_agrees(computed: Distribution, simulated: np.ndarray, tolerance: float = 0.01) -> None:
    """Each computed percentile lies among the simulated order statistics around it (5 sigma), give or take 1 %."""
    ranked = np.sort(simulated)
    for q in (0.1, 0.5, 0.9, 0.95, 0.99):
        # sqrt(2): the logged sample that the distribution was made from is random too.
        spread = 5 * math.sqrt(2 * q * (1 - q) / ranked.size)
        low, high = (
            ranked[int((q - spread) * ranked.size)],
            ranked[min(int((q + spread) * ranked.size), ranked.size - 1)],
        )
        assert (1 - tolerance) * low <= computed.quantile(q) <= (1 + tolerance) * high
    error = math.sqrt(2) * simulated.std() / math.sqrt(simulated.size)
    assert computed.mean() == pytest.approx(simulated.mean(), abs=5 * error)


def test_a_three_tier_cascade_agrees_with_simulated_requests() -> None:
    tiers = [
        Distribution.from_counts(counted(log_normal(seed, median, sigma, TRIALS)))
        for seed, (median, sigma) in enumerate(TIERS, 101)
    ]
    first, second = (Fraction(str(rate)) for rate in ACCEPT)
    escalated = [
        ((1 - first) * second, path_latency(tiers[:2])),
        ((1 - first) * (1 - second), path_latency(tiers)),
    ]
    waited, was_escalated = simulated_cascade()
    assert_agrees(mixture([(first, tiers[0]), *escalated]), waited)
    assert_agrees(mixture(escalated), waited[was_escalated])


def test_a_parallel_start_and_a_timeout_agree_with_simulated_requests() -> None:
    cheap, strong = (
        Distribution.from_counts(counted(log_normal(seed, *tier, TRIALS)))
        for seed, tier in zip((201, 202), TIERS[:2], strict=True)
    )
    random = np.random.default_rng(7)
    first, second = (random.lognormal(np.log(median), sigma, TRIALS) for median, sigma in TIERS[:2])
    assert_agrees(maximum(cheap, strong), np.maximum(first, second))
    waited, answered = cut_off(cheap, 900.0)
    assert_agrees(convolve(waited, strong), np.minimum(first, 900.0) + second)
    # The bucket that holds the timeout counts as a whole: up to 1 % of latency, here under 2.5 % of the calls.
    assert_agrees(within(cheap, 900.0), first[first <= 900.0], tolerance=LATENCY_GROWTH - 1)
    assert answered == pytest.approx((first <= 900.0).mean(), abs=0.025)
