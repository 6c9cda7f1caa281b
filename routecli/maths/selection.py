"""Which cells a condition holds for, and which cuts conditions need."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from routecli.errors import UsageError
from routecli.maths.pricing import not_cut, reaches
from routecli.model.conditions import Condition
from routecli.model.workload import Cell, Cuts

if TYPE_CHECKING:
    from routecli.model.policy import Rule


def holds(condition: Condition, cell: Cell, cuts: Cuts, *, assumed: bool = False) -> bool:
    """Whether the condition holds for every request of the cell (a cell is cut so that it cannot hold for a part)."""
    if condition.column != "input_tokens":
        found = getattr(cell.key, condition.column) in condition.values
        return found != condition.negate
    if cell.key.band is None:  # no usage logged: no length is known, so no length test can hold, negated or not
        return False
    inside = _at_least(condition.low, cell, cuts, assumed) and not (
        condition.high is not None and _at_least(condition.high + 1, cell, cuts, assumed)
    )
    return inside != condition.negate


def _at_least(edge: int | None, cell: Cell, cuts: Cuts, assumed: bool) -> bool:
    if edge is None or edge <= 0:
        return True
    over = reaches(cell, edge, cuts)
    if over is not None:
        return over
    if assumed:
        raise UsageError(
            "length-unknown",
            "a rule on input_tokens needs to know how long an assumed request is",
            fix="add --requests N",
        )
    raise not_cut(f"{edge:,} input tokens")


def matching(
    cells: Iterable[Cell], conditions: Sequence[Condition], cuts: Cuts, *, assumed: bool = False
) -> list[Cell]:
    """The cells for which all conditions hold."""
    return [cell for cell in cells if all(holds(one, cell, cuts, assumed=assumed) for one in conditions)]


def split(
    cells: Iterable[Cell], rules: Sequence["Rule"], cuts: Cuts, *, assumed: bool = False
) -> tuple[list[list[Cell]], list[Cell]]:
    """The cells of each rule (the first that matches takes the cell) and those that no rule takes."""
    taken: list[list[Cell]] = [[] for _ in rules]
    rest: list[Cell] = []
    for cell in cells:
        for rule, group in zip(rules, taken, strict=True):
            if all(holds(one, cell, cuts, assumed=assumed) for one in rule.when):
                group.append(cell)
                break
        else:
            rest.append(cell)
    return taken, rest


def edges_of(conditions: Iterable[Condition]) -> set[int]:
    """The input lengths at which these conditions need a workload to be cut."""
    edges = set()
    for condition in conditions:
        if condition.low is not None and condition.low > 0:
            edges.add(condition.low)
        if condition.high is not None:
            edges.add(condition.high + 1)
    return edges


def policy_edges(policy: object) -> set[int]:
    """The cuts a policy's rules need, nested routes included."""
    from routecli.model.policy import Static

    if not isinstance(policy, Static):
        return set()
    edges = policy_edges(policy.default)
    for rule in policy.rules:
        edges |= edges_of(rule.when) | policy_edges(rule.route)
    return edges
