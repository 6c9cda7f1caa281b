"""Requests beside the cost that was logged for them."""

from dataclasses import dataclass

from routecli.model.workload import Cell


@dataclass(frozen=True, slots=True)
class LoggedCell:
    """A cell of requests that all carry a logged cost.

    `logged` is the sum of those costs (pico-USD, exact). `source` says how they are known: reported by who bills,
    estimated or computed by the tool that logged. `reasoning` tokens are part of the cell's output. `decimals` are the
    fewest decimals of a dollar that write every one of the costs (None: more than 8).
    """

    cell: Cell
    logged: int
    source: str | None = None
    reasoning: int = 0
    decimals: int | None = None
