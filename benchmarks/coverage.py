"""How often 95 % intervals hold the truth, and whether what is judged on other queries is unbiased.

Made-up worlds whose truth is known from two million queries: models fail together, long prompts are harder, escalated
queries have their own lengths, the gate errs. From each of 1,000 of them an evaluation set is drawn, and the intervals
of a fixed cascade's saving, quality and quality drop are compared with the truth: queries alone, in sessions, and
weighted like a traffic with another mix of types. Then policies are chosen on 1,000 further sets, and what they promise
where they were fitted and show where they were not is compared with what they truly do.

    python -m benchmarks.coverage [--worlds 1000] [--chosen 1000]

Exits 1 where the coverage at 400 queries and more is outside 93 to 97 %, or judged figures are off by more than chance.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import sqrt

import numpy as np

from routecli.maths.evidence.bootstrap import Interval, mix_weights
from routecli.maths.evidence.search.board import Board, Judging
from routecli.maths.evidence.search.candidates import Objective
from routecli.maths.evidence.search.figures import figures
from routecli.maths.evidence.search.trial import CHOSEN, judge
from routecli.maths.evidence.search.walk import walk
from routecli.model.policy import Cascade, Policy

SIZES = (35, 100, 400, 1_000)
LEAST, MOST, FROM = 0.93, 0.97, 400
POPULATION = 2_000_000
RESAMPLES = 2_000
DESIGNS = ("alone", "sessions", "mix")
TRAFFIC = np.array([0.6, 0.1, 0.3])
"""The traffic's mix of the three query types; evaluation sets hold them alike."""
FIXED = Cascade(("small", "large"), thresholds=(0.5,))
CHOSEN_FROM = 800
Table = dict[str, float]


@dataclass(frozen=True)
class Covered:
    """Of how many worlds the interval held the truth, by figure; and the mean width."""

    size: int
    design: str
    share: Table
    width: Table


def world(n: int, rng: np.random.Generator, design: str = "alone") -> Board:
    """`n` queries of three types on three models. With sessions of four, those of one share most of what is hard."""
    kinds = np.arange(n) % 3 if design == "mix" else rng.integers(0, 3, n)
    hard = rng.normal(size=n)
    clusters = None
    if design == "sessions":
        clusters = np.arange(n) // 4
        hard = 0.8 * rng.normal(size=n // 4 + 1)[clusters] + 0.6 * hard
    hard = hard + np.array([-0.5, 0.0, 0.8])[kinds]
    length = np.exp(rng.normal(6.5, 0.6, n) + 0.25 * hard)
    written = np.exp(rng.normal(5.2, 0.6, (n, 3)) + 0.2 * hard[:, None])
    price = np.array([1.0, 4.0, 15.0])
    skill = np.array([0.9, 1.5, 2.4])
    trouble = 1.3 * hard + 0.35 * (np.log(length) - 6.5)
    # What is left to chance is shared in part: models fail together beyond what difficulty says.
    luck = 0.6 * rng.logistic(size=n)[:, None] + 0.6 * rng.logistic(size=(n, 3))
    right = (1.6 * skill - trouble[:, None] + luck > 0).astype(float)
    gate = 1 / (1 + np.exp(-(2.0 * right - 0.7 + 0.9 * rng.normal(size=(n, 3)))))
    return Board(
        models=("small", "middle", "large"),
        score=right,
        cost=((length[:, None] + 5 * written) * price * 1e5).astype(np.int64),
        latency_ms=200 + written * 6,
        gate_score=np.round(gate, 2),
        types=kinds,
        type_names=("a", "b", "c"),
        weights=np.ones(n),
        clusters=clusters,
        length=length.astype(np.int64),
        features={"router": np.round(hard + rng.normal(size=n), 1)},
        judging=Judging(Fraction(10**7)),
    )


def drawn(n: int, seed: int, design: str) -> Board:
    """One evaluation set of two models; with `mix`, weighted like the traffic."""
    board = world(n, np.random.default_rng((seed, n, DESIGNS.index(design))), design)
    if design != "mix":
        return board
    return replace(board, weights=mix_weights(board.types, TRAFFIC) * n, mixed=True)


def truth(policy: Policy, population: Board) -> Table:
    """What a policy truly does, against the large model alone."""
    outcome = walk(policy, population)
    base = population.mean(population.score[:, 2])
    quality = population.mean(outcome.score)
    cost = population.mean(outcome.paid(population))
    saving = 1 - cost / population.mean(population.cost[:, 2].astype(float))
    return {"saving": saving, "quality": quality, "drop": base - quality}


def populations(size: int = POPULATION) -> dict[str, Board]:
    """Worlds large enough to be the truth."""
    alone = world(size, np.random.default_rng(1))
    mixed = world(size, np.random.default_rng(2), "mix")
    return {
        "alone": alone,
        "sessions": world(size, np.random.default_rng(3), "sessions"),
        "mix": replace(mixed, weights=mix_weights(mixed.types, TRAFFIC)),
    }


def coverage(size: int, design: str, population: Board, worlds: int, resamples: int = RESAMPLES) -> Covered:
    """How often the fixed cascade's intervals hold its truth."""
    true = truth(FIXED, population)
    held = dict.fromkeys(true, 0)
    width = dict.fromkeys(true, 0.0)
    for seed in range(worlds):
        board = drawn(size, seed, design)
        found = figures({"p": walk(FIXED, board)}, board, 2, resamples=resamples, seed=seed)["p"]
        intervals: Mapping[str, Interval] = {"saving": found.saving, "quality": found.quality, "drop": found.drop}
        for name, one in intervals.items():
            held[name] += one.low <= true[name] <= one.high
            width[name] += one.high - one.low
    return Covered(
        size,
        design,
        {name: count / worlds for name, count in held.items()},
        {name: total / worlds for name, total in width.items()},
    )


@dataclass(frozen=True)
class Bias:
    """Mean of what is said less the truth, over the worlds, in shares (0-1), and its standard error."""

    promised: dict[str, tuple[float, float]]
    judged: dict[str, tuple[float, float]]
    covered: Table
    worlds: int


def bias(worlds: int, population: Board, size: int = CHOSEN_FROM, resamples: int = 1_000) -> Bias:
    """Choose a policy in each world; compare what it promised and what it showed with what it truly does."""
    promised: dict[str, list[float]] = {"saving": [], "drop": []}
    shown: dict[str, list[float]] = {"saving": [], "drop": []}
    held = {"saving": 0, "drop": 0}
    for seed in range(worlds):
        board = world(size, np.random.default_rng((7, seed)))
        result = judge(board, Objective(0.02, baseline=2), seed=seed)
        trial = result.trials[CHOSEN]
        true = truth(trial.policy, population)
        found = figures({"p": trial.outcome}, result.board, 2, resamples=resamples, seed=seed)["p"]
        search = result.choice.search
        assert search is not None
        fit = search.space.board
        said = {"saving": 1 - trial.fitted.cost, "drop": fit.mean(fit.score[:, 2]) - trial.fitted.quality}
        for name, one in {"saving": found.saving, "drop": found.drop}.items():
            promised[name].append(said[name] - true[name])
            shown[name].append(one.estimate - true[name])
            held[name] += one.low <= true[name] <= one.high
    return Bias(_means(promised), _means(shown), {name: count / worlds for name, count in held.items()}, worlds)


def _means(values: Mapping[str, list[float]]) -> dict[str, tuple[float, float]]:
    return {name: (float(np.mean(one)), float(np.std(one, ddof=1) / sqrt(len(one)))) for name, one in values.items()}


def main() -> None:
    """Print both tables; exit 1 over the limits."""
    parser = argparse.ArgumentParser(description="Coverage of intervals, and bias of judged figures.")
    parser.add_argument("--worlds", type=int, default=1_000)
    parser.add_argument("--chosen", type=int, default=1_000)
    asked = parser.parse_args()
    known = populations()
    wrong = []
    print(f"95 % intervals of a fixed cascade, {asked.worlds:,} worlds each: share that holds the truth (mean width)\n")
    print("| queries | drawn | saving | quality | quality drop |\n|---|---|---|---|---|")
    for size in SIZES:
        for design in DESIGNS:
            found = coverage(size, design, known[design], asked.worlds)
            cells = [f"{100 * found.share[name]:.1f} % ({100 * found.width[name]:.1f})" for name in found.share]
            print(f"| {size:,} | {design} | {' | '.join(cells)} |", flush=True)
            if size >= FROM:
                wrong += [f"{design} {size} {name}" for name, one in found.share.items() if not LEAST <= one <= MOST]
    if asked.chosen:
        wrong += _print_bias(bias(asked.chosen, known["alone"].take(np.arange(200_000))))
    if wrong:
        sys.exit(f"outside the limits: {', '.join(wrong)}")


def _print_bias(found: Bias) -> list[str]:
    print(f"\nA policy chosen from {CHOSEN_FROM} queries, {found.worlds:,} worlds: said less the truth, in points\n")
    print("| figure | where it was fitted | where it was judged | intervals that hold the truth |\n|---|---|---|---|")
    off: list[str] = []
    points: Callable[[tuple[float, float]], str] = lambda one: f"{100 * one[0]:+.2f} +- {100 * one[1]:.2f}"  # noqa: E731
    for name in ("saving", "drop"):
        cells = points(found.promised[name]), points(found.judged[name]), f"{100 * found.covered[name]:.1f} %"
        print(f"| {name} | {' | '.join(cells)} |")
        mean, error = found.judged[name]
        if abs(mean) > 3.5 * error:
            off.append(f"judged {name}")
    mean, error = found.promised["drop"]
    if mean > -3.5 * error:
        off.append("the promised drop is not visibly too small")
    return off


if __name__ == "__main__":
    main()
