"""What each budget looks at, from the two sides: one function per budget in one table."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from routecli.actions.gate.sides import Side, Traffic
from routecli.actions.gate.steps import NameBill
from routecli.maths import card_watch
from routecli.maths.changes.readings import instant_words
from routecli.maths.changes.reference import rate_changes
from routecli.model.budget import Measure, Unit
from routecli.model.card_changes import CardChange
from routecli.money import PICO_PER_USD, per_million
from routecli.report.format import factor

if TYPE_CHECKING:
    from routecli.actions.gate.plans import Plan

HORIZON = timedelta(days=400)
"""How far ahead announced prices and ends are looked for; budgets say how near is too near."""

TODAY = "today"
"""The name of leaving everything as it is, among the policies compared."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a gate knows. `bill` is (base, head), pico-USD a month; `changes` and `jumps` are how the cards
    differ."""

    at: datetime
    base: Side
    head: Side
    traffic: Traffic
    bills: tuple[NameBill, ...]
    bill: tuple[Fraction, Fraction]
    plans: "tuple[Plan, ...]"
    changes: tuple[CardChange, ...] = ()
    jumps: tuple[card_watch.Jump, ...] = ()
    age_days: int | None = None

    @property
    def basis(self) -> str:
        """How amounts a month are known."""
        return "assumed" if self.traffic.workload.assumed else "modelled"

    @property
    def used(self) -> list[str]:
        """The models of head that the traffic runs on or a policy calls."""
        ran = [one.head_id for one in self.bills]
        return sorted({*ran, *(model for plan in self.plans for model in plan.models)})

    def origin(self, model: str) -> str:
        """Where head's price of a model stands, or the change to it."""
        changed = [one.origin for one in self.jumps if one.model == model]
        changed += [one.head_origin for one in self.changes if one.model == model and one.when == "now"]
        if any(changed):
            return next(origin for origin in changed if origin)
        known = self.head.now.models.get(model)
        return known.modes["standard"][0].origin if known is not None else ""


def pct(base: Fraction, head: Fraction) -> Fraction | None:
    """The change in percent; None from nothing to something."""
    if base == 0:
        return Fraction(0) if head == 0 else None
    return 100 * (head - base) / base


def _bill(facts: Facts) -> Iterator[Measure]:
    base, head = facts.bill
    grown = max(facts.bills, key=lambda one: one.head - one.base, default=None)
    origin = facts.origin(grown.head_id) if grown is not None and grown.head > grown.base else ""
    yield Measure("the bill", {"pct": pct(base, head), "usd": head - base}, facts.basis, "", origin)


def _models(facts: Facts) -> Iterator[Measure]:
    for one in facts.bills:
        moved = f"now stands for {one.head_id}" if one.moved else ""
        values: dict[Unit, Fraction | None] = {"pct": pct(one.base, one.head), "usd": one.head - one.base}
        yield Measure(one.name, values, facts.basis, moved, facts.origin(one.head_id))


def _jumps(facts: Facts) -> Iterator[Measure]:
    for one in facts.jumps:
        old, new = (f"{per_million(rate).normalize():f}" for rate in (one.old, one.new))
        words = f"{old} -> {new} USD per 1M ({factor(float(one.factor))})"
        name = f"{one.model} {one.rate}" if one.mode == "standard" else f"{one.model} {one.mode} {one.rate}"
        yield Measure(name, {"factor": one.factor}, "exact", words, one.origin)


def _savings(facts: Facts) -> Iterator[Measure]:
    for one in facts.plans:
        share = one.head.saving_share
        values: dict[Unit, Fraction | None] = {"pct": None if share is None else 100 * share, "usd": one.head.saving}
        detail = "" if share is not None else "the policy routes nothing"
        ends: dict[Unit, Fraction | None] = {}
        if one.line.measured is not None:
            low = _exact(one.line.saving_low)
            usd = None if low is None else low * PICO_PER_USD
            ends = {"pct": _exact(one.line.measured.saving_pct.low), "usd": usd}
        basis = one.line.basis.cost if one.line.measured is None else "measured"
        yield Measure(one.name, values, basis, detail, facts.origin(_first_model(one)), ends)


def _margins(facts: Facts) -> Iterator[Measure]:
    for one in facts.plans:
        margin, words = one.margin
        yield Measure(one.name, {"points": margin}, one.line.basis.success, words, facts.origin(_first_model(one)))


def _flip(facts: Facts) -> Iterator[Measure]:
    first, last = cheapest(facts, head=False), cheapest(facts, head=True)
    if facts.plans:
        words = f"still {last}" if first == last else f"{first} -> {last}"
        yield Measure("the cheapest policy", {"flag": Fraction(first != last)}, facts.basis, words)


def cheapest(facts: Facts, *, head: bool) -> str:
    """The name of the cheapest way to run the traffic on one side; leaving it as it is wins a tie."""
    choices = [(facts.bill[head], 0, TODAY)]
    for place, one in enumerate(facts.plans, 1):
        side = one.head if head else one.base
        if side is not None:
            choices.append((side.bill - side.bill_before + facts.bill[head], place, one.name))
    return min(choices)[2]


def _latency(facts: Facts) -> Iterator[Measure]:
    for one in facts.plans:
        found = one.line.latency_ms
        value = None if found is None else Fraction(found.p95)
        detail = "" if found is not None else "the latency of a model it calls is not known"
        yield Measure(one.name, {"ms": value}, one.line.basis.latency or "assumed", detail)


def _quality(facts: Facts) -> Iterator[Measure]:
    for one in facts.plans:
        quality, block = one.line.quality, one.line.measured
        if block is not None and block.quality_drop is not None:
            found, high = block.quality_drop, _exact(block.quality_drop.high)
            ends: dict[Unit, Fraction | None] = {"points": None if high is None else 100 * high}
            points = 100 * Fraction(found.value)
            yield Measure(one.name, {"points": points}, "measured", "against the models it ran on", ends=ends)
            continue
        drop = None if quality.delivered is None else 100 * (1 - Fraction(quality.delivered))
        detail = "against good answers only" if drop is not None else "how good its answers are is not measured"
        yield Measure(one.name, {"points": drop}, one.line.basis.quality or "assumed", detail)


def _silent(facts: Facts) -> Iterator[Measure]:
    for one in facts.plans:
        silent, block = one.line.quality.silent_failures, one.line.measured
        known = None if block is None else block.silent_failures
        ends: dict[Unit, Fraction | None] = {} if known is None else {"share": _exact(known.high)}
        detail = "" if silent is not None else "how often bad answers are shipped is not measured"
        value = None if silent is None else Fraction(silent)
        yield Measure(one.name, {"share": value}, one.line.basis.quality or "assumed", detail, ends=ends)


def _age(facts: Facts) -> Iterator[Measure]:
    detail = "" if facts.age_days is not None else "the workload has no dates"
    days = None if facts.age_days is None else Fraction(facts.age_days)
    yield Measure("the workload", {"days": days}, "exact", detail)


def _verified(facts: Facts) -> Iterator[Measure]:
    for model in facts.used:
        if model in facts.head.now.models:
            days, origin = card_watch.verified_days(facts.head.card.models[model], facts.at)
            detail = "" if days is not None else "nobody has verified the price"
            yield Measure(model, {"days": None if days is None else Fraction(days)}, "exact", detail, origin)


def _scheduled(facts: Facts) -> Iterator[Measure]:
    for one in card_watch.coming_prices(facts.head.card, facts.used, facts.at, HORIZON):
        mode = "" if one.mode == "standard" else f" ({one.mode})"
        yield Measure(
            one.model, {"days": Fraction(one.days)}, "exact", f"{one.kind}{mode} on {one.at:%Y-%m-%d}", one.origin
        )


def _ends(facts: Facts) -> Iterator[Measure]:
    for one in card_watch.coming_ends(facts.head.card, facts.used, facts.at, HORIZON):
        yield Measure(one.model, {"days": Fraction(one.days)}, "exact", f"last day {one.at:%Y-%m-%d}", one.origin)


def _edits(facts: Facts) -> Iterator[Measure]:
    for one in facts.changes:
        if one.kind == "history-edited":
            mode = "" if one.mode in ("", "standard") else f" {one.mode}"
            origin = one.head_origin or one.base_origin
            yield Measure(f"{one.model}{mode}", {"flag": Fraction(1)}, "exact", change_words(one), origin)


_SHORT = {
    "input": "in",
    "cache_read": "read",
    "cache_write_5m": "write 5m",
    "cache_write_1h": "write 1h",
    "output": "out",
}


def change_words(change: CardChange) -> str:
    """A change of the card in a few words: since when, the rates that moved, what else did."""
    parts = [f"from {instant_words(change.start)}"] if change.start is not None else []
    parts += [
        f"{_SHORT[kind]} {_rate(before)} -> {_rate(after)}"
        for kind, (before, after) in rate_changes(change.before, change.after).items()
        if before != after
    ]
    moved = " -> ".join(text for text in (change.was, change.now) if text)
    return "; ".join(text for text in (", ".join(parts), change.subject, moved, change.note) if text)


def _rate(rate: int | None) -> str:
    return "none" if rate is None else f"{per_million(rate).normalize():f}"


def _exact(value: float | None) -> Fraction | None:
    return None if value is None else Fraction(value)


def _first_model(plan: "Plan") -> str:
    return next(iter(plan.models), "")


MEASURES: dict[str, Callable[[Facts], Iterator[Measure]]] = {
    "bill_increase": _bill,
    "model_increase": _models,
    "rate_jump": _jumps,
    "savings": _savings,
    "breakeven_margin": _margins,
    "best_policy_flip": _flip,
    "latency_p95_ms": _latency,
    "quality_drop": _quality,
    "silent_failures": _silent,
    "workload_age": _age,
    "verified_age": _verified,
    "scheduled_change": _scheduled,
    "deprecation": _ends,
    "history_edit": _edits,
}
"""Budget id -> what it looks at. A new budget is one function, one line here and one in `routecli.model.budget`."""

NEEDS_POLICY = ("savings", "breakeven_margin", "best_policy_flip", "latency_p95_ms", "quality_drop", "silent_failures")


def measures(facts: Facts, wanted: Sequence[str]) -> dict[str, list[Measure]]:
    """The measures of the wanted budgets. One about policies, where there is none, is unknown and says why."""
    found = {}
    for id in wanted:
        found[id] = list(MEASURES[id](facts))
        if id in NEEDS_POLICY and not facts.plans:
            found[id] = [Measure("no policy", {}, "assumed", "no policy is given: add --policy FILE")]
    return found
