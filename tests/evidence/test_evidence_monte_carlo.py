"""Requests drawn like the traffic and walked through policies one by one, against the closed forms on the queries.

Shares no code with what it checks: plain Python, one request at a time. A request is a query drawn with its weight;
it pays for its own calls, waits for its own answers and is judged by its own gate scores.
"""

import bisect
import itertools
import math
import random
from dataclasses import replace
from fractions import Fraction

import numpy as np
from evidence.boards import board as made
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routecli.maths.evidence.search.board import Board
from routecli.maths.evidence.search.figures import figures
from routecli.maths.evidence.search.walk import walk
from routecli.model.conditions import Condition
from routecli.model.policy import Cascade, Classifier, Cut, Policy, Rule, Single, Static

REQUESTS = 6_000
SIGMAS = 4.5
MODELS = ("m0", "m1", "m2", "m3")
NOTHING = Fraction(0)


class Request:
    """One request on its way."""

    def __init__(self, board: Board, row: int) -> None:
        self.board, self.row = board, row
        self.cost = self.latency = 0.0
        self.good = 0.0
        self.called: list[str] = []
        self.refused = False

    def ask(self, model: str) -> None:
        place = MODELS.index(model)
        self.called.append(model)
        self.cost += float(self.board.cost[self.row, place])
        self.latency += float(self.board.latency_ms[self.row, place])
        self.good = float(self.board.score[self.row, place])

    def follow(self, policy: Policy) -> None:
        if isinstance(policy, Single):
            self.ask(policy.model)
        elif isinstance(policy, Cascade):
            self.climb(policy)
        elif isinstance(policy, Classifier):
            self.ask(policy.strong if self.hard(policy.cut) else policy.cheap)
        elif isinstance(policy, Static):
            for rule in policy.rules:
                if all(self.passes(condition) for condition in rule.when):
                    return self.follow(rule.route)
            self.follow(policy.default)

    def climb(self, policy: Cascade) -> None:
        for model, threshold in zip(policy.tiers, [*policy.thresholds, None], strict=True):
            self.ask(model)
            if threshold is None:
                return
            self.cost += float(self.board.judging.each)
            self.latency += self.board.judging.latency_ms
            said = float(self.board.gate_score[self.row, MODELS.index(model)])
            if not math.isnan(said) and said >= threshold:
                return
            self.refused = True

    def hard(self, cut: Cut) -> bool:
        value = float(self.board.features[cut.score][self.row])
        if math.isnan(value):
            return True
        return value < cut.threshold if cut.high_is_cheap else value >= cut.threshold

    def passes(self, condition: Condition) -> bool:
        if condition.column == "query_type":
            return self.board.type_names[self.board.types[self.row]] in condition.values
        length = int(self.board.length[self.row])
        return (condition.low is None or length >= condition.low) and (
            condition.high is None or length <= condition.high
        )


def sent(policy: Policy, board: Board, seed: int) -> list[Request]:
    draw = random.Random(seed)
    edges = list(itertools.accumulate(float(weight) for weight in board.weights))
    requests = [Request(board, bisect.bisect(edges, draw.random() * edges[-1])) for _ in range(REQUESTS)]
    for request in requests:
        request.follow(policy)
    return requests


thresholds = st.sampled_from([0.0, 0.2, 0.35, 0.5, 0.62, 0.8, 0.95, 1.1])
singles = st.sampled_from(MODELS).map(Single)
cascades = st.lists(st.sampled_from(MODELS), min_size=2, max_size=3, unique=True).flatmap(
    lambda tiers: st.tuples(*[thresholds] * (len(tiers) - 1)).map(lambda cuts: Cascade(tuple(tiers), thresholds=cuts))
)
routers = st.builds(
    lambda pair, threshold, way: Classifier(*pair, NOTHING, NOTHING, cut=Cut("s0", threshold, way)),
    st.lists(st.sampled_from(MODELS), min_size=2, max_size=2, unique=True),
    st.sampled_from([-1.0, 0.0, 0.5, 1.5]),
    st.booleans(),
)
conditions = st.one_of(
    st.lists(st.sampled_from(["t0", "t1", "t2"]), min_size=1, max_size=2, unique=True).map(
        lambda names: Condition("query_type", tuple(names))
    ),
    st.sampled_from([200, 400, 800]).map(lambda high: Condition("input_tokens", high=high)),
)
routes = st.one_of(singles, cascades, routers)
rules = st.builds(lambda when, route: Rule(tuple(when), route), st.lists(conditions, min_size=1, max_size=2), routes)
tables = st.builds(
    lambda listed, default: Static(tuple(listed), default), st.lists(rules, min_size=1, max_size=3), routes
)
boards = st.builds(
    lambda seed, gaps, each, judge_ms, weighted: replace(
        (found := made(300, seed=seed, gaps=gaps, each=each, judge_ms=judge_ms)),
        weights=np.random.default_rng(seed).random(300) + 0.05 if weighted else found.weights,
    ),
    st.integers(0, 5),
    st.booleans(),
    st.sampled_from([0, 10**9]),
    st.sampled_from([0.0, 120.0]),
    st.booleans(),
)

scores: list[float] = []


def near(name: str, values: list[float], wanted: float) -> None:
    """The mean of the requests against the closed form, within its own error."""
    found = np.array(values)
    error = found.std(ddof=1) / math.sqrt(found.size)
    distance = found.mean() - wanted
    assert abs(distance) <= SIGMAS * error + 1e-9 * max(1.0, abs(wanted)), (name, found.mean(), wanted)
    if error > 1e-9 * max(1.0, abs(wanted)):
        scores.append(distance / error)


def agrees(policy: Policy, board: Board, seed: int) -> None:
    requests = sent(policy, board, seed)
    outcome = walk(policy, board)
    found = figures({"p": outcome}, board, 3, resamples=20)["p"]
    near("cost", [one.cost for one in requests], float(found.cost))
    near("quality", [one.good for one in requests], found.quality.estimate)
    near("escalated", [float(one.refused) for one in requests], found.escalated)
    for place, model in enumerate(MODELS):
        near(f"calls {model}", [float(model in one.called) for one in requests], float(found.called[place]))
        near(f"answers {model}", [float(one.called[-1] == model) for one in requests], float(found.answered[place]))
    assert found.latency is not None
    near("latency", [one.latency for one in requests], found.latency.mean)
    took = np.sort([one.latency for one in requests])
    for share, ms in ((0.5, found.latency.p50), (0.95, found.latency.p95), (0.99, found.latency.p99)):
        luck = SIGMAS * math.sqrt(share * (1 - share) / took.size)
        assert np.searchsorted(took, ms + 1e-6, side="right") / took.size >= share - luck, (share, ms)
        assert np.searchsorted(took, ms - 1e-6, side="left") / took.size <= share + luck, (share, ms)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.one_of(singles, cascades, routers, tables), boards, st.integers(0, 10**6))
def test_every_kind_of_policy(policy: Policy, board: Board, seed: int) -> None:
    agrees(policy, board, seed)


def test_distances_scatter_as_chance_does() -> None:
    """An unbiased simulation is off by about one standard error, to both sides: no slack hides a small mistake."""
    scores.clear()
    board = made(300, seed=9, gaps=True, each=10**9, judge_ms=50.0)
    inner = Cascade(("m0", "m2"), thresholds=(0.5,))
    for seed in range(12):
        agrees(Cascade(("m0", "m1", "m3"), thresholds=(0.5, 0.62)), board, seed)
        agrees(Classifier("m0", "m3", NOTHING, NOTHING, cut=Cut("s0", 0.4)), board, seed)
        agrees(Static((Rule((Condition("query_type", ("t1",)),), inner),), Single("m1")), board, seed)
    # Figures of one run go together: the runs are what is independent.
    assert abs(np.mean(scores)) < SIGMAS / math.sqrt(36)
    assert 0.6 < np.std(scores) < 1.5
