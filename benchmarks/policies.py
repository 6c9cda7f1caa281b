"""How long 100 policies on a workload of 2,000 cells take, verdicts and break-evens included.

The limit is a second of CPU (nothing here waits or runs beside it); it is also shown against pricing the same cells
once on one model, the least any simulation has to do. Exits 1 over the limit.
"""

import random
import sys
import time
from datetime import UTC, datetime
from fractions import Fraction
from statistics import median

from routecli.data.cards import load_card
from routecli.data.workload import cuts_for
from routecli.maths.breakeven import success_roots
from routecli.maths.case import Case
from routecli.maths.evaluation import evaluate, routable
from routecli.maths.flow import Setting
from routecli.maths.net import Engineering
from routecli.maths.pricing import Pricer
from routecli.maths.verdict import judge
from routecli.model.policy import Cascade, NamedPolicy, Success
from routecli.model.rates import RateCard
from routecli.model.workload import Cell, Cuts, Key

CELLS, POLICIES, ROUNDS, LIMIT_S = 2_000, 100, 5, 1.0
STRONG = "claude-sonnet-4-6"
CHEAP = ("claude-haiku-4-5", "gpt-5-nano", "gpt-5-mini", "deepseek-flash")


def cells_of(cuts: Cuts) -> list[Cell]:
    """A workload of 2,000 cells over 12 query types, 7 user tiers and three models."""
    draw = random.Random(1)
    cells = []
    for number in range(CELLS):
        key = Key(
            draw.choice([STRONG, CHEAP[0], "gpt-5"]),
            query_type=f"type {number % 12}",
            user_tier=f"tier {number % 7}",
            endpoint=f"endpoint {number}",
            epoch=len(cuts.epochs),
        )
        count = draw.randint(1, 500)
        tokens = count * draw.randint(100, 5_000)
        cells.append(Cell(key, count, tokens, count * draw.randint(10, 500), cache_read=tokens // 3))
    return cells


def simulate(card: RateCard, cuts: Cuts, cells: list[Cell]) -> None:
    """Evaluate, solve and judge every policy from scratch."""
    setting = Setting(Pricer(card, cuts, datetime(2026, 11, 23, tzinfo=UTC)))
    # Policies that end on one model route the same requests: the commands pick them once as well.
    routed = tuple(cell for cell in cells if routable(cell) and cell.key.model == STRONG)
    for number in range(POLICIES):
        policy = Cascade((CHEAP[number % len(CHEAP)], STRONG), Success(({"*": Fraction(number + 1, POLICIES + 1)},)))
        result = evaluate(NamedPolicy("", policy), cells, routed, setting, factor=Fraction(1), baseline=None)
        root = success_roots(Case(policy, result.routed, setting))[0]
        judge(result, root.value, Engineering(), uses_success=True)


def main() -> None:
    """Print the medians and exit 1 over the limit."""
    card = load_card(None)
    cuts = cuts_for(card)
    cells = cells_of(cuts)
    seconds, once = [], []
    for _ in range(ROUNDS):
        start = time.process_time()
        Pricer(card, cuts, datetime(2026, 11, 23, tzinfo=UTC)).total(cells, STRONG)
        once.append(time.process_time() - start)
        start = time.process_time()
        simulate(card, cuts, cells)
        seconds.append(time.process_time() - start)
    taken = median(seconds)
    print(f"{POLICIES} policies on {CELLS:,} cells: {taken:.2f} s of CPU (limit {LIMIT_S:g} s)")
    print(f"pricing the cells once on one model: {median(once) * 1000:.1f} ms ({taken / median(once):.0f} times)")
    sys.exit(taken > LIMIT_S)


if __name__ == "__main__":
    main()
