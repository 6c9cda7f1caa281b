"""One gate: two cards, one workload, policies, budgets; what was measured and how it is judged."""

from dataclasses import dataclass, field
from datetime import date, datetime

from routecli.actions.gate.measured import Facts, measures
from routecli.actions.gate.plans import Plan, Played, plans, played
from routecli.actions.gate.sides import Side, Traffic, side, traffic
from routecli.actions.gate.steps import name_bills, summed
from routecli.actions.policies import PolicyOptions
from routecli.actions.question import Question, price_instant
from routecli.maths.budgets import Verdict, findings, verdict, waived
from routecli.maths.waterfall import STEPS, Effect, effects
from routecli.model.budget import Budget, Finding, Measure, Waiver
from routecli.model.rates import RateCard
from routecli.model.workload import Workload


@dataclass(frozen=True, slots=True)
class Gate:
    """What a gate compares and what by. `old_policies`: the policies as they are on base (None: the same)."""

    question: Question
    base: RateCard
    head: RateCard
    workload: Workload
    policies: PolicyOptions
    budgets: tuple[Budget, ...]
    waivers: tuple[Waiver, ...] = ()
    old_policies: PolicyOptions | None = None
    edits: tuple[Measure, ...] = ()
    origins: dict[str, str] = field(default_factory=dict)

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
    played: Played | None = None


def judge(gate: Gate) -> Judged:
    """Price both sides, run the policies under both, judge by the budgets."""
    at = gate.at
    base, head = side(gate.base, gate.workload, at), side(gate.head, gate.workload, at)
    shared = traffic(gate.question, gate.workload, base, head)
    bills = name_bills(shared, base, head, at)
    first, after = summed(bills)
    found, after_play = _plans(gate, base, head, shared)
    last = gate.workload.span.last
    facts = Facts(
        at,
        base,
        head,
        shared,
        bills,
        (first, after[STEPS[-1]]),
        tuple(found),
        gate.edits,
        None if last is None else max((gate.today - last).days, 0),
        gate.origins,
    )
    judged = findings(gate.budgets, measures(facts, [one.id for one in gate.budgets]))
    marked, unused = waived(judged, gate.waivers, gate.today)
    expired = tuple(one for one in gate.waivers if one.until < gate.today)
    word = verdict(marked, expired)
    if facts.traffic.missing and not gate.question.allow_unpriced and word != "fail":
        word = "cannot tell"
    return Judged(facts, effects(after, first), tuple(marked), expired, tuple(unused), word, after_play)


def _plans(gate: Gate, base: Side, head: Side, shared: Traffic) -> tuple[list[Plan], Played | None]:
    if not gate.policies.any:
        return [], None
    after = played(gate.question, gate.policies, head, shared)
    before = played(gate.question, gate.old_policies or gate.policies, base, shared)
    timed = any(one.id == "latency_p95_ms" for one in gate.budgets)
    return plans(before, after, base, head, timed=timed), after
