"""`gate --self-test`: each budget is shown something it must not let pass, through the same steps as a real gate.

A gate that cannot trip is worse than none. What is shown is the real workload and policies with head's card (or the
date, the latencies, the answers) made bad enough; a budget that then still passes, or cannot tell, is named.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from math import ceil, floor, log

from routecli.actions.gate.measured import Facts
from routecli.actions.gate.run import Gate, Judged, judge
from routecli.maths.changes import card_changes
from routecli.maths.evaluation import models_of
from routecli.model.budget import Budget
from routecli.model.rates import STANDARD, ModelCard, Period, RateCard, Rates, Tier, WeeklyWindow
from routecli.model.workload import LATENCY_GROWTH


@dataclass(frozen=True, slots=True)
class Trial:
    """One budget: what it was shown, and whether it tripped at the gravest level it has."""

    budget: Budget
    shown: str
    tripped: bool
    found: str


Doctored = tuple[str, Gate]
"""What a gate was changed to, in words, and the gate."""


def trials(gate: Gate) -> list[Trial]:
    """Every configured budget tried, in order."""
    facts = judge(replace(gate, budgets=(), waivers=())).facts
    return [_trial(gate, facts, budget) for budget in gate.budgets]


def _trial(gate: Gate, facts: Facts, budget: Budget) -> Trial:
    wanted = "fail" if budget.error else "warn"
    last = Trial(budget, "nothing: there is nothing to change that it looks at", False, "pass")
    for shown, doctored in _DOCTORS[budget.id](gate, facts, budget):
        with_changes = replace(doctored, changes=card_changes(doctored.base, doctored.head, doctored.at))
        judged = judge(replace(with_changes, budgets=(budget,), waivers=()))
        states = {one.status for one in judged.findings}
        last = Trial(budget, shown, wanted in states, _said(judged))
        if last.tripped:
            return last
    return last


def _said(judged: Judged) -> str:
    first, *others = judged.findings
    text = f"{first.status} {first.subject}: {first.detail}".rstrip(": ")
    return f"{text}, and {len(others)} more" if others else text


def _scaled(rates: Rates, factor: Fraction) -> Rates:
    named = {
        name: getattr(rates, name) for name in ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h")
    }
    return replace(rates, **{name: ceil(rate * factor) for name, rate in named.items() if rate is not None})


def _period(period: Period, factor: Fraction) -> Period:
    def tiers(of: tuple[Tier, ...]) -> tuple[Tier, ...]:
        return tuple(replace(tier, rates=_scaled(tier.rates, factor)) for tier in of)

    def hours(window: WeeklyWindow) -> WeeklyWindow:
        return replace(window, rates=_scaled(window.rates, factor), tiers=tiers(window.tiers))

    windows = tuple(hours(window) for window in period.windows)
    return replace(period, rates=_scaled(period.rates, factor), tiers=tiers(period.tiers), windows=windows)


def _dearer(card: RateCard, ids: Mapping[str, Fraction]) -> RateCard:
    """The card with all rates of some models times a factor, in every period and mode."""
    models = dict(card.models)
    for id, factor in ids.items():
        model = models[id]
        modes = {mode: tuple(_period(one, factor) for one in periods) for mode, periods in model.modes.items()}
        models[id] = replace(model, modes=modes)
    return replace(card, models=models)


def _grown(gate: Gate, facts: Facts, budget: Budget) -> Iterator[Doctored]:
    ids = sorted({one.head_id for one in facts.bills if one.head})
    floor_usd = min((one.head for one in facts.bills if one.head), default=Fraction(1))
    factor = Fraction(2)
    for limit in (*budget.warn, *budget.error):
        factor += limit.value / 100 if limit.unit == "pct" else limit.value / floor_usd
    if ids:
        yield (
            f"every rate in use times {float(factor):.3g}",
            replace(gate, head=_dearer(gate.head, dict.fromkeys(ids, factor))),
        )


def _jumped(gate: Gate, facts: Facts, budget: Budget) -> Iterator[Doctored]:
    worst = max(limit.value for limit in (*budget.warn, *budget.error))
    for id in facts.used[:1]:
        head = _dearer(gate.head, {id: worst + 1})
        yield f"the rates of {id} times {float(worst + 1):.3g}", replace(gate, head=head)


def _unprofitable(gate: Gate, facts: Facts, budget: Budget) -> Iterator[Doctored]:
    cheap = sorted({models_of(plan.head.named.policy)[0] for plan in facts.plans if models_of(plan.head.named.policy)})
    for factor, words in ((Fraction(10_000), "10,000 times dearer"), (Fraction(1, 10_000), "10,000 times cheaper")):
        if cheap:
            head = _dearer(gate.head, dict.fromkeys(cheap, factor))
            yield f"{', '.join(cheap)} {words}", replace(gate, head=head)


def _slow(gate: Gate, facts: Facts, budget: Budget) -> Iterator[Doctored]:
    worst = max(limit.value for limit in (*budget.warn, *budget.error))
    bucket = floor(log(float(worst) * 2 + 1) / log(LATENCY_GROWTH))
    slow = tuple(
        replace(one, bucket=bucket, sum_us=one.n * ceil(worst * 2000 + 1000)) for one in gate.workload.latencies
    )
    words = f"every answer in twice {float(worst):,.0f} ms"
    yield words, replace(gate, workload=replace(gate.workload, latencies=slow))


def _later(gate: Gate, facts: Facts, budget: Budget) -> Iterator[Doctored]:
    worst = max(limit.value for limit in (*budget.warn, *budget.error))
    checked = [
        period.verified
        for id in facts.used
        for period in gate.head.models[id].modes[STANDARD]
        if period.verified is not None
    ]
    last = max((day for day in (gate.workload.span.last, gate.today, *checked) if day is not None), default=gate.today)
    day = last + timedelta(days=ceil(worst) + 1)
    yield f"the date {day.isoformat()}", replace(gate, question=replace(gate.question, at=day.isoformat()))


def _announced(gate: Gate, facts: Facts, budget: Budget) -> Iterator[Doctored]:
    soon = gate.at + timedelta(days=1)
    for id in facts.used[:1]:
        model = gate.head.models[id]
        held = [one for one in model.modes[STANDARD] if one.start is None or one.start <= gate.at]
        added = replace(_period(held[-1], Fraction(2)), start=soon, status="scheduled")
        head = _with(gate.head, replace(model, modes={**model.modes, STANDARD: (*held, added)}))
        yield f"a price of {id} that doubles tomorrow", replace(gate, head=head)


def _ending(gate: Gate, facts: Facts, budget: Budget) -> Iterator[Doctored]:
    day = gate.today + timedelta(days=1)
    for id in facts.used[:1]:
        model = replace(gate.head.models[id], deprecated=day, deprecations={id: day})
        yield f"{id} ending tomorrow", replace(gate, head=_with(gate.head, model))


def _rewritten(gate: Gate, facts: Facts, budget: Budget) -> Iterator[Doctored]:
    for id in facts.used:
        if id in gate.base.models:
            yield f"all prices of {id} edited in place", replace(gate, head=_dearer(gate.base, {id: Fraction(2)}))
            return


def _bad_answers(gate: Gate, facts: Facts, budget: Budget) -> Iterator[Doctored]:
    if any(plan.line.measured is not None for plan in facts.plans):
        yield "an evaluation set with bad cheap answers that the gate likes", replace(gate, spoil=True)
        return
    spec = replace(gate.policies.spec, success=None, cheap_quality="0", false_accept="1", false_reject="0")
    if any(plan.line.quality.delivered is not None for plan in facts.plans) and gate.policies.cascades:
        policies = replace(gate.policies, spec=spec)
        yield "a gate that accepts every bad answer", replace(gate, policies=policies, old_policies=policies)


def _with(card: RateCard, model: ModelCard) -> RateCard:
    return replace(card, models={**card.models, model.id: model})


_DOCTORS: dict[str, Callable[[Gate, Facts, Budget], Iterator[Doctored]]] = {
    "bill_increase": _grown,
    "model_increase": _grown,
    "rate_jump": _jumped,
    "savings": _unprofitable,
    "breakeven_margin": _unprofitable,
    "best_policy_flip": _unprofitable,
    "latency_p95_ms": _slow,
    "quality_drop": _bad_answers,
    "silent_failures": _bad_answers,
    "workload_age": _later,
    "verified_age": _later,
    "scheduled_change": _announced,
    "deprecation": _ending,
    "history_edit": _rewritten,
}
