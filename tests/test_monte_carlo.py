"""The closed forms against requests walked through the same policies one by one, with dice."""

import zlib
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import pytest
from drawn import Drawn, cascades, classifiers, composites, drawn, worlds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from montecarlo import simulate
from worlds import Floats, Tally, World

from routecli.maths.evaluation import evaluate
from routecli.maths.flow import Flow
from routecli.model.policy import Cascade, Classifier, Judge, NamedPolicy, Policy, Static, Success
from routecli.model.rates import STANDARD, ModelCard, Period, RateCard, Rates

ROUNDS = 300
SIGMAS = 4.5


def drawing(examples: int) -> settings:
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    return settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=slow)


@dataclass
class Comparison:
    """Simulated sums against exact ones; `scores` are the distances of the costs, in standard errors."""

    scores: dict[int, float | None] = field(default_factory=dict)

    def sums(self, name: str, sent: Floats, wanted: Fraction, least: float) -> float | None:
        """One round's sum of `sent` against the exact one; `least` is what a single event weighs, should none show."""
        by_round = sent.astype(float).reshape(ROUNDS, -1).sum(axis=1)
        mean, error = by_round.mean(), by_round.std(ddof=1) / np.sqrt(ROUNDS)
        # Rare events are not normal: a handful of the heaviest one more or less is chance too.
        largest = float(np.abs(sent).max()) or least
        room = SIGMAS * error + 4 * largest / ROUNDS if error or mean == 0 else 0.0
        distance = mean - float(wanted)
        assert abs(distance) <= room + 1e-9 * abs(mean), f"{name}: simulated {mean:.6g} +- {error:.2g}, not {wanted!r}"
        return distance / error if error > 1e-6 * abs(mean) else None

    def policy(self, policy: Policy, one: Drawn) -> None:
        """Everything a policy's evaluation says about cost, calls, quality and latency."""
        seed = zlib.crc32(repr((policy, one.cells)).encode())
        tally = simulate(policy, one.world, ROUNDS, seed)
        named = NamedPolicy("p", policy)
        found = evaluate(named, one.cells, one.cells, one.setting, factor=Fraction(1), baseline=None)
        flow = found.flow
        dear = max(float(sum(one.world.price(model)).max()) for model in one.world.card.models)
        self.scores[seed] = self.sums("cost", tally.cost, found.cost, dear)
        self.sums("gate", tally.gate, flow.gate, dear)
        self.sums("canary", tally.canary, flow.canary, dear)
        self._calls(tally, flow, dear)
        self._quality(tally, flow)
        latency(tally, flow, one)

    def _calls(self, tally: Tally, flow: Flow, dear: float) -> None:
        exact = {(call.position, call.model): call for call in flow.calls}
        assert {place for place, (count, _) in tally.calls.items() if count.any()} <= exact.keys()
        nothing = np.zeros(tally.who.size)
        for place, call in exact.items():
            count, paid = tally.calls.get(place, (nothing, nothing))
            self.sums(f"reach {place}", count, call.mass, 1.0)
            self.sums(f"paid {place}", paid, call.cost, dear)

    def _quality(self, tally: Tally, flow: Flow) -> None:
        if flow.quality is not None:
            self.sums("silent", tally.silent, flow.quality.silent, 1.0)
            self.sums("needless", tally.needless, flow.quality.needless, 1.0)
            self.sums("good", tally.good, flow.quality.good, 1.0)


def latency(tally: Tally, flow: Flow, one: Drawn) -> None:
    """Mean and quantiles of the product's mixture of paths against the simulated times."""
    found = one.latencies.quantiles(flow.paths)
    times = np.sort(tally.latency)
    error = times.std() / np.sqrt(times.size)
    assert abs(times.mean() - found.mean) <= SIGMAS * error + 1e-6 * found.mean, ("mean", times.mean(), found.mean)
    for share, ms in ((0.5, found.p50), (0.95, found.p95), (0.99, found.p99)):
        quantile(times, share, ms)
    late = np.sort(tally.latency[tally.escalated])
    if late.size > 1_000:
        assert found.escalated_p95 is not None
        quantile(late, 0.95, found.escalated_p95)


def quantile(times: Floats, share: float, ms: float) -> None:
    """`ms` is the quantile, give or take 0.3 % for sums gathered on a grid, and the luck of the draw."""
    luck = SIGMAS * np.sqrt(share * (1 - share) / times.size)
    up_to = np.searchsorted(times, ms * 1.003, side="right") / times.size
    under = np.searchsorted(times, ms * 0.997, side="left") / times.size
    assert up_to >= share - luck and under <= share + luck, (share, ms, under, up_to)


def fair(seen: Comparison) -> None:
    """Distances of an unbiased simulation scatter around 0 with the spread of a standard normal."""
    values = np.array([score for score in seen.scores.values() if score is not None])
    assert len(seen.scores) > 50 and values.size > 30
    assert abs(values.mean()) < SIGMAS / np.sqrt(values.size), values.mean()
    assert abs(values.std() - 1) < SIGMAS / np.sqrt(2 * values.size), values.std()


@pytest.mark.parametrize(("sizes", "errs"), [((2,), False), ((3, 4), False), ((2,), True)])
def test_cascades(sizes: tuple[int, ...], errs: bool) -> None:
    seen = Comparison()

    @drawing(120)
    @given(st.data())
    def one(data: st.DataObject) -> None:
        world = data.draw(worlds())
        seen.policy(data.draw(cascades(world, sizes, errs=errs)), world)

    one()
    fair(seen)


def test_classifiers() -> None:
    seen = Comparison()

    @drawing(130)
    @given(worlds(), classifiers())
    def one(world: Drawn, policy: Policy) -> None:
        seen.policy(policy, world)

    one()
    fair(seen)


def test_composites() -> None:
    seen = Comparison()

    @drawing(100)
    @given(st.data())
    def one(data: st.DataObject) -> None:
        world = data.draw(worlds(cold=False))
        policy = data.draw(composites(world))
        assert isinstance(policy, Static)
        seen.policy(policy, world)

    one()
    fair(seen)


def two_types() -> World:
    """Ten easy requests, and ten hard ones that are a hundred times as long; four models at constant speeds."""
    prices = {"tiny": 1, "small": 2, "middle": 3, "large": 4}
    card = {name: Rates(10**6 * price, 5 * 10**6 * price) for name, price in prices.items()}
    kinds = np.array(["faq"] * 10 + ["code"] * 10, object)
    times = {"tiny": 800.0, "small": 500.0, "middle": 900.0, "large": 1_500.0}
    return World(
        RateCard({name: ModelCard(name, "p", name, {STANDARD: (Period(None, own),)}) for name, own in card.items()}),
        {"model": np.array(["large"] * 20, object), "query_type": kinds},
        np.array([10] * 10 + [1_000] * 10),
        np.array([10] * 10 + [1_000] * 10),
        np.zeros(20, np.int64),
        {(name, kind): np.array([ms]) for name, ms in times.items() for kind in ("faq", "code")},
    )


def test_a_second_tier_started_early_is_judged_once_the_first_is_refused() -> None:
    """800 ms and 200 ms of judging, tier 2 long there (500 ms), 200 ms of judging it: 1,200 ms, not 1,000."""
    gate = Judge(latency_ms=200.0)
    accepted = Success(({"*": Fraction(0)}, {"*": Fraction(1)}))
    policy = Cascade(("tiny", "small", "large"), accepted, gate, parallel=Fraction(1))
    Comparison().policy(policy, drawn(two_types()))


def test_a_bad_answer_is_asked_again_as_the_query_type_it_was() -> None:
    """Easy requests never go wrong, half of the hard ones do: 10 + 20 asks, not 4/3 of both."""
    servable = Success(({"faq": Fraction(1), "code": Fraction(0)},))
    policy = Classifier("tiny", "large", Fraction(1), Fraction(1, 2), servable, retry_rate=Fraction(1))
    Comparison().policy(policy, drawn(two_types()))
