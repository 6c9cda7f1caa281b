"""One gate: two cards, one workload, policies, budgets; what was measured and how it is judged."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from routecli.actions.gate.measured import Facts, measures
from routecli.actions.gate.sides import Side, Traffic, side, traffic
from routecli.actions.gate.steps import name_bills, summed
from routecli.actions.policy_options import PolicyOptions
from routecli.actions.question import Question, price_instant
from routecli.errors import RoutecliError
from routecli.maths.budgets import Verdict, findings, verdict, waived
from routecli.maths.card_watch import jumps
from routecli.maths.tokenizers import tokenizer_ratios
from routecli.maths.waterfall import STEPS, Effect, effects
from routecli.model.budget import Budget, Finding, Waiver
from routecli.model.card_changes import CardChange
from routecli.model.rates import RateCard
from routecli.model.workload import Workload

if TYPE_CHECKING:
    from routecli.actions.gate.plans import Plan, Played


@dataclass(frozen=True, slots=True)
class Gate:
    """What a gate compares and what by. `old_policies`: the policies as they are on base (None: the same).

    `spoil`: measured with an evaluation set that is as bad as can be.
    """

    question: Question
    base: RateCard
    head: RateCard
    workload: Workload
    policies: PolicyOptions
    budgets: tuple[Budget, ...]
    waivers: tuple[Waiver, ...] = ()
    old_policies: PolicyOptions | None = None
    changes: tuple[CardChange, ...] = ()
    spoil: bool = False

    @property
    def at(self) -> datetime:
        """The instant that both sides are priced at."""
        found = price_instant(self.question, own_time=False)
        assert found is not None  # only prices at the requests' own times have no instant
        return found

    @property
    def today(self) -> date:
        """The day that ages, waivers and announcements are counted from: that of the prices."""
        return self.at.date()


@dataclass(frozen=True, slots=True)
class Judged:
    """The facts, the effect of every step on the bill, the findings and the verdict."""

    facts: Facts
    effects: tuple[Effect, ...]
    findings: tuple[Finding, ...]
    expired: tuple[Waiver, ...]
    unused: tuple[Waiver, ...]
    verdict: Verdict
    played: "Played | None" = None
    warnings: tuple[str, ...] = ()


def judge(gate: Gate) -> Judged:
    """Price both sides, run the policies under both, judge by the budgets."""
    at = gate.at
    base, head = side(gate.base, gate.workload, at), side(gate.head, gate.workload, at)
    shared = traffic(gate.question, gate.workload, base, head)
    bills = name_bills(shared, base, head, at)
    first, after = summed(bills)
    found, on_head, said = _plans(gate, base, head, shared)
    last = gate.workload.span.last
    facts = Facts(
        at,
        base,
        head,
        shared,
        bills,
        (first, after[STEPS[-1]]),
        tuple(found),
        gate.changes,
        tuple(jumps(gate.base, gate.head, at)),
        None if last is None else max((gate.today - last).days, 0),
    )
    judged = findings(gate.budgets, measures(facts, [one.id for one in gate.budgets]))
    marked, unused = waived(judged, gate.waivers, gate.today)
    expired = tuple(one for one in gate.waivers if one.until < gate.today)
    word = verdict(marked, expired)
    if facts.traffic.missing and not gate.question.allow_unpriced and word != "fail":
        word = "cannot tell"
    return Judged(facts, effects(after, first), tuple(marked), expired, tuple(unused), word, on_head, tuple(said))


def _plans(gate: Gate, base: Side, head: Side, shared: Traffic) -> "tuple[list[Plan], Played | None, list[str]]":
    """The policies on both sides, how they went on head, and why they could not be run on base."""
    if not gate.policies.any:
        return [], None, []
    from routecli.actions.gate.plans import plans, played

    after = played(gate.question, gate.policies, head, shared, spoil=gate.spoil)
    before, said = None, _recounted(base, head)
    try:
        before = played(gate.question, gate.old_policies or gate.policies, base, shared, spoil=gate.spoil)
    except RoutecliError as fault:
        # What a pull request adds (a model, a policy) need not exist before it.
        said.append(f"the policies are not compared with base, where they cannot be run: {fault.what}")
    timed = any(one.id == "latency_p95_ms" for one in gate.budgets)
    return plans(before, after, (base, head), gate.question, shared, timed=timed), after, said


def _recounted(base: Side, head: Side) -> list[str]:
    """What is to be said of names that moved to a model which counts tokens in another way."""
    ratios = tokenizer_ratios(head.card)
    moved = ((name, old, head.ids.get(name)) for name, old in base.ids.items())
    return [
        f"{name}: {new} counts other tokens than {old} ({float(ratios[old, new][0]):.4g} for one); "
        "the bill counts those, what policies save takes the tokens of the log"
        for name, old, new in moved
        if new is not None and new != old and (old, new) in ratios
    ]
