"""One policy's line of a simulation: its evaluation in the words and numbers of the document."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from routecli.actions.facts import money
from routecli.actions.latencies import Latencies
from routecli.actions.policies import needs_success
from routecli.actions.policy_options import PolicyOptions
from routecli.actions.question import Loaded
from routecli.actions.routing import Routing
from routecli.actions.words import success_text, verdict_sentences
from routecli.maths.breakeven import Root, success_roots
from routecli.maths.case import Case
from routecli.maths.evaluation import Evaluation, available_saving
from routecli.maths.flow import Flow
from routecli.maths.net import Engineering
from routecli.maths.policies import flow
from routecli.maths.sensitivity import Swing, swings
from routecli.maths.verdict import judge
from routecli.model.policy import Cascade, Classifier, Policy, Success
from routecli.model.success import success as success_rates
from routecli.money import to_usd
from routecli.report.documents.common import VerdictLine
from routecli.report.documents.simulate import (
    Affected,
    BreakEven,
    CacheBound,
    Net,
    PolicyBasis,
    PolicyLine,
    Quality,
    SwingLine,
    TierLine,
)

if TYPE_CHECKING:
    from routecli.actions.measured.fill import Filled, Measuring


@dataclass(frozen=True, slots=True)
class Facts:
    """What every line of a simulation is made from; `filled` are the measured policies, in order."""

    loaded: Loaded
    latencies: Latencies
    options: PolicyOptions
    sensitivity: bool = False
    measuring: "Measuring | None" = None
    filled: "Sequence[Filled]" = ()


def policy_line(evaluation: Evaluation, chosen: Routing, facts: Facts, baseline: str | None, place: int) -> PolicyLine:
    """Everything a report says about one policy, the one at `place`."""
    line = _assumed_line(evaluation, chosen, facts, baseline)
    if facts.measuring is None:
        return line
    from routecli.actions.measured.line import measured

    return measured(line, evaluation, facts.measuring, facts.filled[place], facts.options, baseline)


def _assumed_line(evaluation: Evaluation, chosen: Routing, facts: Facts, baseline: str | None) -> PolicyLine:
    loaded, latencies, options = facts.loaded, facts.latencies, facts.options
    policy = evaluation.named.policy
    case = Case(policy, evaluation.routed, loaded.setting, baseline)
    roots = success_roots(case) if evaluation.routed else []
    root = roots[0] if roots else None
    engineering = options.engineering
    verdict = judge(evaluation, root.value if root else None, engineering, uses_success=needs_success(policy))
    captured = available_saving(evaluation, loaded.setting, own_success(policy, options))
    bill, bill_pico = money(evaluation.bill)
    saving, saving_pico = money(evaluation.saving)
    flowed = evaluation.flow
    latency, latency_basis = latencies.of(flowed)
    return PolicyLine(
        name=evaluation.named.name,
        kind=policy.kind,
        success=success_text(policy),
        monthly_usd=bill,
        monthly_pico_usd=bill_pico,
        before_usd=to_usd(evaluation.bill_before),
        saving_usd=saving,
        saving_pico_usd=saving_pico,
        saving_pct=percent(evaluation.saving_share),
        saving_pct_of_bill=percent(evaluation.saving_share_of_bill),
        saving_low=None,
        saving_high=None,
        captured_pct=percent(evaluation.saving / captured) if captured and captured > 0 else None,
        affected=_affected(evaluation, chosen, loaded),
        tiers=[
            TierLine(call.position, call.model, _part(call.mass, flowed), *money(call.cost * loaded.factor))
            for call in flowed.calls
        ],
        gate_usd=money(flowed.gate * loaded.factor)[0],
        canary_usd=money(flowed.canary * loaded.factor)[0],
        break_even=_break_even(root),
        quality=_quality(flowed),
        latency_ms=latency,
        net=_net(engineering, evaluation.saving),
        cache_bound=_cache_bound(evaluation, loaded),
        sensitivity=[_swing(one, loaded) for one in swings(case)] if facts.sensitivity else None,
        verdict=VerdictLine(verdict.word, verdict_sentences(verdict, evaluation, root, engineering)),
        basis=PolicyBasis(
            "assumed" if loaded.workload.assumed else "modelled",
            "assumed",
            None if flowed.quality is None else "assumed",
            latency_basis,
        ),
    )


def own_success(policy: Policy, options: PolicyOptions) -> Success | None:
    """The rates an oracle would need: the policy's own, or for plain rules the ones typed."""
    if isinstance(policy, Cascade | Classifier):
        return policy.success
    return None if options.success is None else success_rates(options.success, 1)


def percent(part: Fraction | None) -> float | None:
    """A share as 0-100, None kept."""
    return None if part is None else float(100 * part)


def _cache_bound(evaluation: Evaluation, loaded: Loaded) -> CacheBound | None:
    """The bill if the later calls, or all of them, find nothing cached."""
    if loaded.setting.cold is not None or not any(cell.cache_read for cell in evaluation.routed):
        return None
    bills = [
        flow(evaluation.named.policy, evaluation.routed, replace(loaded.setting, cold=position)).cost * loaded.factor
        for position in (2, 1)
    ]
    later, every = (to_usd(bill + evaluation.rest) for bill in bills)
    return CacheBound(later, every)


def _swing(swing: Swing, loaded: Loaded) -> SwingLine:
    low, high = (
        to_usd(value * loaded.factor) if swing.unit == "pico_usd" else float(value) for value in (swing.low, swing.high)
    )
    return SwingLine(
        assumption=swing.assumption,
        unit="usd" if swing.unit == "pico_usd" else swing.unit,
        low=low,
        high=high,
        saving_low_usd=to_usd(swing.saving_low * loaded.factor),
        saving_high_usd=to_usd(swing.saving_high * loaded.factor),
        swing_usd=to_usd(swing.width * loaded.factor),
    )


def _net(engineering: Engineering, saving: Fraction) -> Net | None:
    if not engineering.given:
        return None
    months = engineering.payback_months(saving)
    return Net(
        build_usd=to_usd(engineering.build),
        upkeep_usd=to_usd(engineering.upkeep),
        net_monthly_usd=to_usd(engineering.net(saving)),
        payback_months=None if months is None else float(months),
        payback_limit_months=float(engineering.limit),
    )


def _affected(evaluation: Evaluation, chosen: Routing, loaded: Loaded) -> Affected:
    known = all(cell.n is not None for cell in evaluation.routed)
    requests = sum((cell.n or 0) - cell.unmetered for cell in evaluation.routed) if known else None
    left = None if requests is None else sum(cell.n or 0 for cell in loaded.cells) - requests
    return Affected(requests, *money(evaluation.routed_before), chosen.why, left, to_usd(evaluation.rest))


def _part(mass: Fraction, flow: Flow) -> float | None:
    return float(mass / flow.mass) if flow.mass else None


def _break_even(root: Root | None) -> BreakEven:
    if root is None:
        return BreakEven(None, "unknown")
    ends = float(root.low), 1.0 if root.high is None else float(root.high)
    return BreakEven(None if root.value is None else float(root.value), root.word, *ends)


def _quality(flow: Flow) -> Quality:
    if flow.quality is None:
        return Quality(None, None, None, None, None)
    return Quality(
        delivered=_part(flow.quality.good, flow),
        silent_failures=_part(flow.quality.silent, flow),
        needless_escalations=_part(flow.quality.needless, flow),
        low=None,
        high=None,
    )
