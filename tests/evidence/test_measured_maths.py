"""Policies filled in from graded queries against the queries walked one by one; intervals against known worlds."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routecli.maths.evaluation import evaluate
from routecli.maths.evidence.figures import Case, Figures, figures
from routecli.maths.evidence.groups import Group
from routecli.maths.evidence.observe import observe, sample
from routecli.maths.evidence.walk import cascade_walk
from routecli.maths.flow import Setting
from routecli.maths.policies import flow
from routecli.maths.pricing import Pricer
from routecli.model.evidence import Answers, Evidence, Labels
from routecli.model.policy import Cascade, NamedPolicy
from routecli.model.rates import STANDARD, ModelCard, Period, RateCard, Rates
from routecli.model.workload import Cell, Cuts, Key

RATES = {"a": (1, 5), "b": (3, 15), "c": (20, 60)}
CARD = RateCard(
    {name: ModelCard(name, "p", name, {STANDARD: (Period(None, Rates(*both)),)}) for name, both in RATES.items()}
)


@dataclass(frozen=True)
class World:
    """Queries with everything about them: types, right or wrong, gate scores, tokens."""

    kinds: list[int]
    right: dict[str, list[bool]]
    gate: dict[str, list[float]]
    tokens: dict[str, list[tuple[int, int]]]
    sessions: list[int] | None = None

    @property
    def n(self) -> int:
        return len(self.kinds)

    def evidence(self) -> Evidence:
        def of(model: str) -> Answers:
            inputs, outputs = (np.array(side, np.int64) for side in zip(*self.tokens[model], strict=True))
            none = np.full(self.n, -1, np.int64)
            return Answers(
                np.array(self.right[model], np.float64),
                inputs,
                outputs,
                none,
                np.full(self.n, np.nan),
                np.array(self.gate[model], np.float64),
            )

        sessions = None
        if self.sessions is not None:
            sessions = Labels(np.array(self.sessions, np.int64), tuple(map(str, range(max(self.sessions) + 1))))
        return Evidence(
            "world",
            tuple(map(str, range(self.n))),
            {model: of(model) for model in self.right},
            Labels(np.array(self.kinds, np.int64), ("t0", "t1", "t2")),
            sessions,
        )

    def walked(self, models: list[str], thresholds: list[float], i: int) -> tuple[list[str], bool, str]:
        """(models called, whether the delivered answer is right, who answered) of one query."""
        called = []
        for model, threshold in zip(models, [*thresholds, -1.0], strict=True):
            called.append(model)
            if model == models[-1] or self.gate[model][i] >= threshold:
                return called, self.right[model][i], model
        raise AssertionError


def worlds(models: str = "ab") -> st.SearchStrategy[World]:
    row = st.tuples(
        st.integers(0, 2),
        st.tuples(*[st.booleans()] * len(models)),
        st.tuples(*[st.sampled_from([0.1, 0.5, 0.9])] * len(models)),
        st.tuples(*[st.tuples(st.integers(1, 5000), st.integers(1, 900))] * len(models)),
    )

    def made(rows: list[Any]) -> World:
        columns = list(zip(*rows, strict=True))
        return World(
            list(columns[0]),
            *({model: [one[j] for one in columns[part]] for j, model in enumerate(models)} for part in (1, 2, 3)),
        )

    return st.lists(row, min_size=4, max_size=25).map(made)


def prepared(world: World, models: list[str], thresholds: list[float], *, traffic: bool) -> Any:
    """(filled policy, cells, setting, sample, walk): the queries as requests of the last model."""
    evidence = world.evidence()
    last = models[-1]
    cells = []
    for kind in sorted(set(world.kinds)):
        own = [i for i in range(world.n) if world.kinds[i] == kind]
        tokens = [world.tokens[last][i] for i in own]
        cells.append(
            Cell(
                Key(last, query_type=f"t{kind}"),
                len(own),
                sum(one for one, _ in tokens),
                sum(other for _, other in tokens),
                input_min=1,
                input_max=5000,
            )
        )
    rows = np.ones(world.n, np.bool_)
    costs = {}
    if traffic:
        for model in models:
            rate_in, rate_out = RATES[model]
            costs[model] = np.array([i * rate_in + o * rate_out for i, o in world.tokens[model]], np.int64)
    chosen = sample(evidence, rows, [cell.key.query_type for cell in cells], costs)
    rights = [evidence.models[model].score >= 1 for model in models]
    accepts = [evidence.models[m].gate_score >= t for m, t in zip(models, thresholds, strict=False)]
    walk = cascade_walk(models, rights, accepts, [Fraction(1)] * len(accepts))
    success, observed = observe(chosen, lambda kind: walk)
    policy = Cascade(tuple(models), success, observed=observed)
    measured, each = {}, {}
    for cell in cells:
        mask = chosen.of(cell.key.query_type)
        for model in models:
            if traffic:
                each[model, cell.key.query_type] = Fraction(int(costs[model][mask].sum()), int(mask.sum()))
            elif model != last:
                one, other = evidence.models[last], evidence.models[model]
                measured[last, model, cell.key.query_type] = (
                    Fraction(int(other.input_tokens[mask].sum()), int(one.input_tokens[mask].sum())),
                    Fraction(int(other.output_tokens[mask].sum()), int(one.output_tokens[mask].sum())),
                )
    setting = Setting(Pricer(CARD, Cuts(), None, measured=measured, per_query=each))
    return policy, tuple(cells), setting, chosen, walk


def by_hand(world: World, models: list[str], thresholds: list[float]) -> tuple[int, int, int]:
    """(pico-USD, right answers, silent failures), query by query."""
    cost = good = silent = 0
    for i in range(world.n):
        called, right, who = world.walked(models, thresholds, i)
        cost += sum(sum(t * r for t, r in zip(world.tokens[m][i], RATES[m], strict=True)) for m in called)
        good += right
        silent += not right and who != models[-1]
    return cost, good, silent


@pytest.mark.parametrize("traffic", [False, True])
@given(world=worlds("abc"), thresholds=st.lists(st.sampled_from([0.05, 0.3, 0.7, 1.0]), min_size=2, max_size=2))
@settings(max_examples=40)
def test_a_filled_policy_costs_what_its_queries_cost(traffic: bool, world: World, thresholds: list[float]) -> None:
    """On the queries' own traffic, closed forms on sums and queries one by one agree to the pico-dollar."""
    for models in (["a", "c"], ["a", "b", "c"]):
        limits = thresholds[: len(models) - 1]
        policy, cells, setting, chosen, walk = prepared(world, models, limits, traffic=traffic)
        found = flow(policy, cells, setting)
        cost, good, silent = by_hand(world, models, limits)
        assert found.cost == cost
        assert found.quality is not None
        assert (found.quality.good, found.quality.silent) == (good, silent)
        # The resampled figures start from the same point.
        before = setting.ran(cells, None)
        groups = tuple(
            Group(
                policy,
                (cell,),
                models[-1],
                models[-1],
                cell.key.query_type,
                chosen.of(cell.key.query_type),
                walk,
                (cell.n or 0) / world.n,
            )
            for cell in cells
        )
        numbers = figures(Case(chosen, groups, setting, before, Fraction(1), traffic), resamples=50)
        assert numbers.cost.estimate == pytest.approx(cost, rel=1e-9)
        assert numbers.saving.estimate == pytest.approx(float(before) - cost, rel=1e-6, abs=1e-3 * cost)
        assert numbers.quality.estimate == pytest.approx(good / world.n, abs=1e-9)
        assert numbers.silent.estimate == pytest.approx(silent / world.n, abs=1e-9)


def test_other_traffic_is_reweighted_by_its_types() -> None:
    """Twice the queries of one type and none of another: rates within a type hold, the mix is the traffic's."""
    world = World(
        [0] * 4 + [1] * 4 + [2] * 2,
        {"a": [True, True, True, False] + [False] * 3 + [True] + [True] * 2, "b": [True] * 10},
        {"a": [0.9, 0.9, 0.9, 0.1] + [0.1] * 3 + [0.9] + [0.9] * 2, "b": [0.0] * 10},
        {"a": [(100, 10)] * 10, "b": [(100, 10)] * 10},
    )
    policy, _, setting, _, _ = prepared(world, ["a", "b"], [0.5], traffic=False)
    cells = (
        Cell(Key("b", query_type="t0"), 10, 1000, 100, input_min=100, input_max=100),
        Cell(Key("b", query_type="t1"), 30, 3000, 300, input_min=100, input_max=100),
    )
    found = evaluate(NamedPolicy("x", policy), cells, cells, setting, factor=Fraction(1), baseline=None)
    # Type 0 accepts 3 of 4, type 1 1 of 4: reach 10 / 4 + 30 * 3 / 4 = 25 of 40 requests of 100 * 3 + 10 * 15 each.
    assert found.cost == 40 * (100 + 50) + 25 * (300 + 150)
    assert policy.success is not None and policy.success.rate(0, "t1") == Fraction(1, 4)
    assert policy.success.rate(0, "unseen") == Fraction(6, 10)


def test_a_type_without_queries_takes_the_pooled_rate() -> None:
    world = World(
        [0] * 4,
        {"a": [True] * 3 + [False], "b": [True] * 4},
        {"a": [0.9] * 4, "b": [0.0] * 4},
        {"a": [(9, 9)] * 4, "b": [(9, 9)] * 4},
    )
    evidence = world.evidence()
    chosen = sample(evidence, np.ones(4, np.bool_), ["t0", "new", None])
    assert chosen.pooled == ("new", None)
    right = [evidence.models[model].score >= 1 for model in "ab"]
    success, observed = observe(chosen, lambda kind: cascade_walk("ab", right, right[:1], [Fraction(1)]))
    assert success.rate(0, "new") == success.rate(0, None) == Fraction(3, 4)
    assert observed.of("new").outcomes.good == observed.of("t0").outcomes.good == 1


def test_a_timeout_escalates_whatever_the_gate_would_say() -> None:
    world = World(
        [0] * 4,
        {"a": [True] * 4, "b": [False] * 4},
        {"a": [0.9] * 4, "b": [0.0] * 4},
        {"a": [(9, 9)] * 4, "b": [(9, 9)] * 4},
    )
    evidence, rows = world.evidence(), np.ones(4, np.bool_)
    right = [evidence.models[model].score >= 1 for model in "ab"]
    walk = cascade_walk("ab", right, right[:1], [Fraction(3, 4)])
    assert walk.reach[1].total(None, rows) == 1
    assert walk.good(rows) == 3 and walk.silent(rows) == 0


def _drawn(seed: int, n: int) -> World:
    """A world in which failures go together, long queries fail, and the gate errs."""
    draw = np.random.default_rng(seed)
    kinds = (draw.random(n) < 0.3).astype(int)
    hard = draw.random(n)
    long = draw.lognormal(0, 0.6, n) * (1 + hard)
    cheap = draw.random(n) < 1.0 - 0.75 * hard - 0.1 * kinds
    strong = draw.random(n) < np.where(cheap, 0.97, 0.55)
    gate = np.where(draw.random(n) < np.where(cheap, 0.9, 0.25), 0.9, 0.1)
    tokens = {
        name: [(int(200 * size) + 1, int(40 * size * factor) + 1) for size in long]
        for name, factor in (("a", 1.4), ("c", 1.0))
    }
    return World(
        kinds.tolist(), {"a": cheap.tolist(), "c": strong.tolist()}, {"a": gate.tolist(), "c": [0.0] * n}, tokens
    )


def _figures(world: World, resamples: int) -> Figures:
    policy, cells, setting, chosen, walk = prepared(world, ["a", "c"], [0.5], traffic=True)
    groups = tuple(
        Group(
            policy,
            (cell,),
            "c",
            "c",
            cell.key.query_type,
            chosen.of(cell.key.query_type),
            walk,
            (cell.n or 0) / world.n,
        )
        for cell in cells
    )
    case = Case(chosen, groups, setting, setting.ran(cells, None), Fraction(1), True)
    return figures(case, resamples=resamples)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    large = _drawn(1, 200_000)
    truth = _figures(large, 2)
    inside = {"saving_share": 0, "quality": 0, "drop": 0, "break_even": 0}
    worlds_drawn = 80
    for seed in range(worlds_drawn):
        found = _figures(_drawn(1000 + seed, 400), 600)
        for name in inside:
            interval, true = getattr(found, name), getattr(truth, name).estimate
            inside[name] += interval.low <= true <= interval.high
    # 95 % of 80 is 76; fewer than 70, or a width that never misses would be another interval.
    assert all(count >= 70 for count in inside.values()), inside
    assert any(count < worlds_drawn for count in inside.values()), inside


def test_the_naive_figure_is_not_the_conditional_one() -> None:
    """Escalated queries are longer and fail together, so pooling overstates the saving."""
    world = _drawn(3, 2000)
    found = _figures(world, 2)
    accept = float(np.mean(np.array(world.gate["a"]) >= 0.5))
    cost = {m: np.array([i * RATES[m][0] + o * RATES[m][1] for i, o in world.tokens[m]], float) for m in "ac"}
    naive = 1 - (cost["a"].mean() + (1 - accept) * cost["c"].mean()) / cost["c"].mean()
    assert naive > found.saving_share.estimate + 0.015
    assert found.quality.estimate < accept + (1 - accept) * np.mean(world.right["c"]) - 0.02


def test_sessions_widen_intervals() -> None:
    one = _drawn(5, 300)
    copies = World(
        one.kinds * 2,
        {name: values * 2 for name, values in one.right.items()},
        {name: values * 2 for name, values in one.gate.items()},
        {name: values * 2 for name, values in one.tokens.items()},
    )
    clustered = World(copies.kinds, copies.right, copies.gate, copies.tokens, list(range(300)) * 2)
    alone, apart, together = (_figures(world, 2000).saving_share for world in (one, copies, clustered))
    width = lambda interval: interval.high - interval.low  # noqa: E731
    assert width(together) == pytest.approx(width(alone), rel=0.1)
    assert width(apart) < 0.85 * width(alone)
