"""What each kind of change does: to the bill of every name in the traffic, and to the bill under every policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from functools import cached_property

from routecli.actions.gate.sides import Side, Traffic, paid
from routecli.errors import DataError
from routecli.maths.cells import add
from routecli.maths.pricing import Pricer, Ratio
from routecli.maths.tokenizers import tokenizer_ratios
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
    changed = _Change(traffic, base, head, at)
    found = []
    for name, cells in sorted(groups.items()):
        base_id, head_id = base.ids[name], head.ids[name]
        try:
            first, after = changed.amounts(_priced_alike(cells, base_id), base_id, head_id)
        except DataError as fault:
            if fault.id != "workload-not-cut":
                raise
            # A threshold between the lengths of two cells can be told as long as they stay apart.
            apart = [cell.under(replace(cell.key, model=base_id)) for cell in cells]
            first, after = changed.amounts(apart, base_id, head_id)
        requests = sum(cell.n or 0 for cell in cells)
        found.append(NameBill(name, base_id, head_id, requests, first, after))
    return tuple(found)


def _priced_alike(cells: Sequence[Cell], model: str) -> tuple[Cell, ...]:
    """The cells of one name as cells of a model, added up where no price can tell them apart.

    Query types, user tiers and endpoints are the business of policies.
    """
    found: dict[tuple[object, ...], Cell] = {}
    for cell in cells:
        key = cell.key
        same = (key.mode, key.region, key.speed, key.provider, key.windows, key.band, key.epoch)
        known = found.get(same)
        if known is not None:
            found[same] = add(known, cell)
        else:
            found[same] = cell if key.model == model else cell.under(replace(key, model=model))
    return tuple(found.values())


@dataclass
class _Change:
    """The way from base to head, its cards made once and only where something changed."""

    traffic: Traffic
    base: Side
    head: Side
    at: datetime

    def amounts(self, cells: Sequence[Cell], base_id: str, head_id: str) -> tuple[Fraction, dict[str, Fraction]]:
        """The cells' bill on base, and after each step."""
        base, head = self.base.now, self.head.now
        first = self._total(base, cells, base_id)
        if base_id == head_id and alike(base.models[base_id], head.models[base_id]):
            return first, dict.fromkeys(STEPS, first)
        after = {step: self._total(card, cells, base_id) for step, card in self._cards.items()}
        after[ALIAS] = self._total(head, cells, head_id)
        ratios = tokenizer_ratios(self.head.card) if base_id != head_id else {}
        after[TOKEN_RATIO] = self._total(head, cells, head_id, ratios)
        after[POLICY] = after[TOKEN_RATIO]
        return first, after

    @cached_property
    def _cards(self) -> dict[str, RateCard]:
        return steps(self.base.now, self.head.now)

    def _total(
        self,
        card: RateCard,
        cells: Sequence[Cell],
        model: str,
        ratios: Mapping[tuple[str, str], Ratio] | None = None,
    ) -> Fraction:
        workload = self.traffic.workload
        pricer = Pricer(card, workload.cuts, self.at, assumed=workload.assumed, ratios=ratios or {})
        return Fraction(pricer.total(cells, model)) * self.traffic.factor


def summed(bills: Sequence[NameBill]) -> tuple[Fraction, dict[str, Fraction]]:
    """The whole bill on base, and after each step."""
    base = sum((one.base for one in bills), start=Fraction(0))
    return base, {step: sum((one.after[step] for one in bills), start=Fraction(0)) for step in STEPS}
