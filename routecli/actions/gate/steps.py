"""What each kind of change does: to the bill of every name in the traffic, and to the bill under every policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from routecli.actions.gate.sides import Side, Traffic, paid
from routecli.maths.pricing import Pricer, Ratio, tokenizer_ratios
from routecli.maths.waterfall import ALIAS, POLICY, STEPS, TOKEN_RATIO, alike, steps
from routecli.model.rates import RateCard
from routecli.model.workload import Cell

AFTER_RATES = (ALIAS, TOKEN_RATIO, POLICY)


@dataclass(frozen=True, slots=True)
class NameBill:
    """One name in the traffic: the model it stands for on each side, its bill on base and after each step."""

    name: str
    base_id: str
    head_id: str
    requests: int
    base: Fraction
    after: Mapping[str, Fraction]

    @property
    def head(self) -> Fraction:
        """The bill after all steps."""
        return self.after[STEPS[-1]]

    @property
    def moved(self) -> bool:
        """Whether the name stands for another model on head."""
        return self.base_id != self.head_id


def name_bills(traffic: Traffic, base: Side, head: Side, at: datetime) -> tuple[NameBill, ...]:
    """The bill of every name in the traffic that costs anything, before and after each step, in order of names.

    Amounts are exact, in pico-USD a month.
    """
    groups: dict[str, list[Cell]] = {}
    for cell in traffic.workload.cells:
        if paid(cell) and cell.key.model is not None:
            groups.setdefault(cell.key.model, []).append(cell)
    cards: dict[str, RateCard] | None = None
    found = []
    for name, cells in sorted(groups.items()):
        base_id, head_id = base.ids[name], head.ids[name]
        resolved = [replace(cell, key=replace(cell.key, model=base_id)) for cell in cells]
        start = _total(base.now, traffic, at, resolved, base_id)
        if base_id == head_id and alike(base.now.models[base_id], head.now.models[base_id]):
            after = dict.fromkeys(STEPS, start)
        else:
            cards = cards or steps(base.now, head.now)
            after = {step: _total(card, traffic, at, resolved, base_id) for step, card in cards.items()}
            after[ALIAS] = _total(head.now, traffic, at, resolved, head_id)
            ratios = tokenizer_ratios(head.card) if base_id != head_id else {}
            after[TOKEN_RATIO] = _total(head.now, traffic, at, resolved, head_id, ratios)
            after[POLICY] = after[TOKEN_RATIO]
        requests = sum(cell.n or 0 for cell in cells)
        found.append(NameBill(name, base_id, head_id, requests, start, after))
    return tuple(found)


def _total(
    card: RateCard,
    traffic: Traffic,
    at: datetime,
    cells: Sequence[Cell],
    model: str,
    ratios: Mapping[tuple[str, str], Ratio] | None = None,
) -> Fraction:
    pricer = Pricer(card, traffic.workload.cuts, at, assumed=traffic.workload.assumed, ratios=ratios or {})
    return Fraction(pricer.total(cells, model)) * traffic.factor


def summed(bills: Sequence[NameBill]) -> tuple[Fraction, dict[str, Fraction]]:
    """The whole bill on base, and after each step."""
    base = sum((one.base for one in bills), start=Fraction(0))
    return base, {step: sum((one.after[step] for one in bills), start=Fraction(0)) for step in STEPS}
