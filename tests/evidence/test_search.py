"""The search's sums against policies walked query by query; its answers against trying everything."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from evidence.boards import board as made

from routecli.maths.evidence.search import candidates as c
from routecli.maths.evidence.search.conditions import Conditions
from routecli.maths.evidence.search.families import families, inner, space, tally
from routecli.maths.evidence.search.parted import Parted
from routecli.maths.evidence.search.tables import Scheme, cells, schemes, table
from routecli.maths.evidence.search.walk import walk
from routecli.maths.evidence.search.whole import Whole
from routecli.model.conditions import Condition
from routecli.model.policy import Cascade, Classifier, Rule, Single, Static

EVERY = frozenset({"single", "length", "router", "cascade", "cascade3"})
TABLED = EVERY - {"length"}


def weighted(one, seed=2):
    return replace(one, weights=np.random.default_rng(seed).random(one.n) + 0.1)


@pytest.mark.parametrize("gaps", [False, True])
def test_cumulated_sums_are_what_walking_gives(gaps):
    """Cost, quality and lateness of every kind, in three cells, with judged answers paid for and rows weighted."""
    board = weighted(made(300, gaps=gaps, each=10**7, judge_ms=50.0))
    found, rng = space(board, 3, 2_500.0), np.random.default_rng(1)
    base, seen = board.mean(board.cost[:, 3].astype(float)), set()
    for family in families(found, EVERY, 30, 9):
        parts = rng.integers(0, 3, board.n)
        grid = tally(family, found, parts, 3)
        assert grid.shape == (3, 3, family.count)
        for candidate in rng.choice(family.count, min(4, family.count), replace=False):
            outcome = walk(family.policy(int(candidate), board.models), board)
            rows = [outcome.paid(board) / base, outcome.score, outcome.latency_ms > 2_500]
            wanted = [np.bincount(parts, weights=found.weights * row, minlength=3) for row in rows]
            assert grid[:, :, candidate] == pytest.approx(np.array(wanted), abs=1e-12)
        seen.add(family.kind)
    assert seen == EVERY


def test_thresholds_part_rows_and_ties_are_never_split():
    assert inner(np.array([0.5, 0.5, 0.2, 0.9]), 10).tolist() == [0.5, 0.9]
    assert inner(np.array([0.5, 0.5]), 10).size == 0
    assert inner(np.array([0.5, np.nan]), 10).tolist() == [0.5]  # the one without a score is sent on


def test_a_saturated_gate_makes_no_cascade():
    board = made(200)
    flat = replace(board, gate_score=np.full_like(board.gate_score, 0.7))
    assert not [one for one in families(space(flat, 3, None), EVERY, 30, 9) if one.kind.startswith("cascade")]


def test_with_one_cell_the_cheapest_of_all_candidates_is_found():
    board = made(250, models=3)
    found = space(board, 2, None)
    least = board.score[:, 2].mean() - 0.02
    base, best = board.cost[:, 2].mean(), np.inf
    for first, second in product(np.unique(board.gate_score[:, 0]), np.unique(board.gate_score[:, 1])):
        outcome = walk(Cascade(("m0", "m1", "m2"), thresholds=(first, second)), board)
        if outcome.score.mean() >= least - 1e-12:
            best = min(best, outcome.cost.mean() / base)
    result = Whole(found, frozenset({"cascade3"})).cheapest(Conditions(least), frozenset({"cascade3"}))
    assert result is not None
    # A grid of 48 thresholds each against all of them.
    assert best - 1e-12 <= result.cost <= best * 1.02


@pytest.mark.parametrize("scheme", [Scheme(True), Scheme(False, (400,)), Scheme(True, (300, 700))])
def test_a_table_does_what_its_figures_say(scheme):
    board = weighted(made(800, models=3))
    found = space(board, 2, 3_000.0)
    options = Parted(found, cells(scheme, board), TABLED)
    base = board.mean(board.cost[:, 2].astype(float))
    for drop in (0.0, 0.01, 0.05):
        wanted = Conditions(board.mean(board.score[:, 2]) - drop, limited=drop > 0, late=0.05)
        result = options.cheapest(wanted, TABLED)
        if result is None:
            continue
        outcome = walk(result.policy, board)
        assert board.mean(outcome.paid(board)) / base == pytest.approx(result.cost)
        assert board.mean(outcome.score) == pytest.approx(result.quality)
        assert board.mean((outcome.latency_ms > 3_000).astype(float)) == pytest.approx(result.late)
        assert result.quality >= wanted.quality - 1e-9 and (not wanted.limited or result.late <= 0.05 + 1e-9)


def test_a_lookup_of_single_models_is_the_best_there_is():
    """Three types, three models, 27 tables: all tried."""
    board = made(600, models=3)
    least = board.score[:, 2].mean() - 0.03
    options = Parted(space(board, 2, None), cells(Scheme(True), board), c.SINGLE)
    result = options.cheapest(Conditions(least), c.SINGLE)
    costs = []
    for picks in product(range(3), repeat=3):
        chosen = np.array(picks)[board.types]
        rows = np.arange(board.n)
        if board.score[rows, chosen].mean() >= least - 1e-12:
            costs.append(board.cost[rows, chosen].mean() / board.cost[:, 2].mean())
    assert result is not None and result.cost == pytest.approx(min(costs))


def test_no_more_models_than_allowed():
    board = made(800, models=5)
    options = Parted(space(board, 4, None), cells(Scheme(True), board), TABLED)
    least = board.score[:, 4].mean() - 0.02
    for most in (1, 2, 3):
        result = options.cheapest(Conditions(least, most_models=most), TABLED)
        assert result is not None
        assert np.count_nonzero(walk(result.policy, board).calls.any(axis=0)) <= most
    free = options.cheapest(Conditions(least), TABLED)
    assert free is not None and free.cost <= result.cost + 1e-9


def test_small_cells_and_types_never_seen_go_the_way_of_the_default():
    board = made(400, types=3)
    types = np.where(np.arange(400) < 20, 0, np.where(board.types == 0, 1, board.types))
    parted = cells(Scheme(True), replace(board, types=types))
    assert parted.keys == ((1, 0), (2, 0))
    assert set(np.unique(parted.codes[types == 0])) == {0}
    policy = table(parted, [Single("m3"), Single("m0"), Single("m3")], board.type_names)
    assert policy == Static((Rule((Condition("query_type", ("t1",)),), Single("m0")),), Single("m3"))


def test_tables_are_written_as_few_rules_as_they_need():
    board = made(900, types=2)
    parted = cells(Scheme(True, (300, 600)), board)
    routes = {(0, 0): "m0", (0, 1): "m0", (0, 2): "m3", (1, 0): "m0", (1, 1): "m0", (1, 2): "m3"}
    policy = table(parted, [Single("m3"), *(Single(routes[key]) for key in parted.keys)], board.type_names)
    whose = Condition("query_type", ("t0", "t1"))
    assert policy == Static((Rule((whose, Condition("input_tokens", high=599)), Single("m0")),), Single("m3"))
    same = table(parted, [Single("m3")] * 7, board.type_names)
    assert same == Single("m3")


def test_schemes_are_those_the_board_can_be_parted_by():
    board = made(400, types=1)
    assert [one.by_type for one in schemes(board)] == [False] * 4
    assert schemes(replace(board, length=None)) == []
    assert len(schemes(made(400))) == 9


def test_what_is_chosen_is_the_simplest_that_does_as_well():
    """A board where one model is best and cheapest: no routing."""
    board = made(600, models=2)
    swapped = replace(board, cost=board.cost[:, ::-1].copy())
    choice = c.choose(swapped, c.Objective(0.01), np.arange(600) % 2)
    assert choice.chosen == "single" and choice.found["single"].policy == Single("m1")


def test_a_gate_that_knows_makes_a_cascade():
    board = made(1_000, models=2)
    knows = replace(board, gate_score=board.score.copy(), features={}, length=None, types=np.zeros(1_000, np.int64))
    choice = c.choose(knows, c.Objective(0.01), np.arange(1_000) % 2)
    assert choice.chosen == "cascade"
    policy = choice.found["cascade"].policy
    assert isinstance(policy, Cascade) and policy.thresholds == (1.0,)


def test_nothing_is_found_where_nothing_meets_the_conditions():
    board = made(400)
    choice = c.choose(board, c.Objective(0.01, late_ms=1.0), np.arange(400) % 2)
    assert choice.chosen is None and not choice.found


def test_a_router_reads_its_score_the_way_round_that_it_is_written():
    board = made(200)
    up = Classifier("m0", "m3", Fraction(0), Fraction(0), cut=None)
    from routecli.model.policy import Cut

    for way in (False, True):
        policy = replace(up, cut=Cut("s0", 0.4, way))
        strong = walk(policy, board).answered_by == 3
        assert np.array_equal(strong, (board.features["s0"] >= 0.4) != way)
