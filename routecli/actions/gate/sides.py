"""The two sides of a gate, base and head, over the traffic that both have a price of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from routecli.actions.question import Question
from routecli.errors import DataError
from routecli.maths.cells import folded
from routecli.maths.projection import monthly_factor
from routecli.maths.waterfall import snapshot
from routecli.model import parse
from routecli.model.names import resolve
from routecli.model.rates import RateCard
from routecli.model.workload import Cell, Workload
from routecli.report.documents.common import Unpriced


@dataclass(frozen=True, slots=True)
class Side:
    """A rate card, how it stands at the gate's instant, and what the names in the traffic are on it."""

    card: RateCard
    now: RateCard
    ids: Mapping[str, str]

    def prices(self, cell: Cell) -> bool:
        """Whether the card has a price of the cell's requests; those that cost nothing need none."""
        if not paid(cell):
            return True
        id = self.ids.get(cell.key.model or "")
        return id is not None and id in self.now.models and cell.key.mode in self.now.models[id].modes


@dataclass(frozen=True, slots=True)
class Traffic:
    """The workload that both sides price, and what was left out: new on head, lost on head, unknown to both."""

    workload: Workload
    factor: Fraction
    new: tuple[Unpriced, ...]
    lost: tuple[Unpriced, ...]
    unknown: tuple[Unpriced, ...]

    @property
    def missing(self) -> tuple[Unpriced, ...]:
        """Traffic that head has no price of."""
        return (*self.lost, *self.unknown)


def as_now(workload: Workload, side: Side) -> Workload:
    """The workload with every name replaced by the model it stands for now, which is what the next request will use.

    Its latencies stay with the models that they were measured on.
    """
    cells = []
    for cell in workload.cells:
        name = cell.key.model
        id = side.ids.get(name or "", name)
        cells.append(cell if id == name else cell.under(replace(cell.key, model=id)))
    return replace(workload, cells=folded(cells))


def paid(cell: Cell) -> bool:
    """Whether the cell's requests cost anything."""
    return bool(cell.input or cell.output) and not cell.key.gateway_cache_hit


def side(card: RateCard, workload: Workload, at: datetime) -> Side:
    """One side of the gate."""
    ids = {}
    for name in dict.fromkeys(cell.key.model for cell in workload.cells):
        try:
            if name is not None:
                # What the name stands for now is what the next request under it will cost.
                ids[name] = resolve(card, name, typed=False, at=at).id
        except DataError:
            continue
    return Side(card, snapshot(card, at), ids)


def traffic(question: Question, workload: Workload, base: Side, head: Side) -> Traffic:
    """The cells both sides price; the others by name, none of them counted as $0."""
    kept: list[Cell] = []
    new: list[Cell] = []
    lost: list[Cell] = []
    unknown: list[Cell] = []
    for cell in workload.cells:
        where = {(True, True): kept, (False, True): new, (True, False): lost, (False, False): unknown}
        where[base.prices(cell), head.prices(cell)].append(cell)
    days = None if question.days is None else parse.days(question.days)
    return Traffic(
        replace(workload, cells=tuple(kept)),
        monthly_factor(workload, days),
        _named(new, base),
        _named(lost, head),
        _named(unknown, head),
    )


def _named(cells: Sequence[Cell], lacking: Side) -> tuple[Unpriced, ...]:
    counts: dict[tuple[str, str | None], list[int]] = {}
    for cell in cells:
        name = cell.key.model or "(no model)"
        known = lacking.ids.get(name) in lacking.now.models
        entry = counts.setdefault((name, cell.key.mode if known else None), [0, 0])
        entry[0] += cell.n or 0
        entry[1] += cell.input + cell.output
    order = sorted(counts.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    return tuple(Unpriced(name, requests, tokens, mode) for (name, mode), (requests, tokens) in order)
