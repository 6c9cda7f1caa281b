"""`simulate`: load the workload, run each policy over it, write the document."""

from fractions import Fraction

from routecli.actions.facts import assumptions, inputs, model_prices, money, summary
from routecli.actions.latencies import Latencies, with_latencies
from routecli.actions.policies import (
    PolicyOptions,
    Routing,
    all_edges,
    asked_names,
    baseline_model,
    lacks_success,
    named_policies,
    needs_success,
    routing,
    tabulated,
)
from routecli.actions.question import DEFAULT_DB, Loaded, Question, card_for, load
from routecli.actions.words import policy_assumptions, success_text, verdict_sentences
from routecli.errors import UsageError
from routecli.maths.breakeven import Case, Root, success_roots
from routecli.maths.evaluation import Evaluation, available_saving, evaluate
from routecli.maths.flow import Flow
from routecli.maths.verdict import judge
from routecli.model import parse
from routecli.model.names import resolve
from routecli.model.policy import Cascade, Classifier, Policy, Success
from routecli.report.documents import Report
from routecli.report.documents.common import Basis, VerdictLine
from routecli.report.documents.simulate import (
    Affected,
    BaselineBill,
    BreakEven,
    PolicyBasis,
    PolicyLine,
    Quality,
    SimulateDocument,
    TierLine,
)


def simulate(question: Question, options: PolicyOptions) -> Report:
    """Compare policies with the bill as it is. Raises UsageError without a policy."""
    if not options.any:
        raise UsageError(
            "no-policy",
            "simulate needs a policy",
            fix="for example --cascade haiku:sonnet --success 0.7 (or --classifier, --static FILE, --policy FILE)",
        )
    card = card_for(question)
    asked = named_policies(options, card)
    assumed_model = baseline_model(asked, options, card) if may_be_assumed(question) else None
    loaded = load(question, card, assumed_model=assumed_model, edges=all_edges(asked))
    baseline = parse_baseline(options, loaded)
    loaded, latencies = with_latencies(loaded)
    policies = tabulated(asked)
    lines, evaluations = [], []
    for one in policies:
        chosen = routing(one.policy, loaded.cells, loaded.workload, options, card, loaded.conditions)
        evaluation = evaluate(one, loaded.cells, chosen.cells, loaded.setting, factor=loaded.factor, baseline=baseline)
        evaluations.append(evaluation)
        lines.append(_line(evaluation, chosen, loaded, latencies, options, baseline))
    bill, pico = money(evaluations[0].bill_before)
    label = _label(loaded, baseline)
    basis: Basis = "assumed" if loaded.workload.assumed else "modelled"
    document = SimulateDocument(
        inputs=inputs(loaded),
        models=model_prices(loaded, asked_names(options, policies, card)),
        workload=summary(loaded),
        baseline=BaselineBill(label, bill, pico, latencies.before(evaluations[0].routed), basis),
        affected=lines[0].affected,
        policies=lines,
        assumptions=[
            *assumptions(loaded),
            *policy_assumptions(policies, question, tabled=any(lacks_success(one.policy) for one in asked)),
            *latencies.said,
        ],
        warnings=list(loaded.warnings),
        unpriced=list(loaded.unpriced),
    )
    return Report("simulate", document)


def may_be_assumed(question: Question) -> bool:
    """Whether the question is (or falls back to being) about an assumed workload."""
    return question.db is None and (question.describes_workload or not DEFAULT_DB.exists())


def parse_baseline(options: PolicyOptions, loaded: Loaded) -> str | None:
    """The model the routed traffic is compared with, or None for the models it ran on."""
    if options.baseline is None or loaded.workload.assumed:
        return None
    return resolve(loaded.card, options.baseline, typed=True).id


def _label(loaded: Loaded, baseline: str | None) -> str:
    if baseline is not None:
        return f"routed traffic on {baseline}"
    if loaded.workload.assumed:
        return f"{loaded.cells[0].key.model} only"
    return "the models the traffic ran on"


def _line(
    evaluation: Evaluation,
    chosen: Routing,
    loaded: Loaded,
    latencies: Latencies,
    options: PolicyOptions,
    baseline: str | None,
) -> PolicyLine:
    policy = evaluation.named.policy
    roots = success_roots(Case(policy, evaluation.routed, loaded.setting, baseline)) if evaluation.routed else []
    root = roots[0] if roots else None
    verdict = judge(evaluation, root.value if root else None, uses_success=needs_success(policy))
    captured = available_saving(evaluation, loaded.setting, own_success(policy, options))
    bill, bill_pico = money(evaluation.bill)
    saving, saving_pico = money(evaluation.saving)
    flow = evaluation.flow
    latency, latency_basis = latencies.of(flow)
    return PolicyLine(
        name=evaluation.named.name,
        kind=policy.kind,
        success=success_text(policy),
        monthly_usd=bill,
        monthly_pico_usd=bill_pico,
        saving_usd=saving,
        saving_pico_usd=saving_pico,
        saving_pct=percent(evaluation.saving_share),
        saving_pct_of_bill=percent(evaluation.saving_share_of_bill),
        saving_low=None,
        saving_high=None,
        captured_pct=percent(evaluation.saving / captured) if captured else None,
        affected=_affected(evaluation, chosen),
        tiers=[
            TierLine(call.position, call.model, _part(call.mass, flow), *money(call.cost * loaded.factor))
            for call in flow.calls
        ],
        gate_usd=money(flow.gate * loaded.factor)[0],
        canary_usd=money(flow.canary * loaded.factor)[0],
        break_even=_break_even(root),
        quality=_quality(flow),
        latency_ms=latency,
        verdict=VerdictLine(verdict.word, verdict_sentences(verdict, evaluation, root)),
        basis=PolicyBasis(
            "assumed" if loaded.workload.assumed else "modelled",
            "assumed",
            None if flow.quality is None else "assumed",
            latency_basis,
        ),
    )


def own_success(policy: Policy, options: PolicyOptions) -> Success | None:
    """The rates an oracle would need: the policy's own, or for plain rules the ones typed."""
    if isinstance(policy, Cascade | Classifier):
        return policy.success
    return None if options.success is None else parse.success(options.success, 1)


def percent(part: Fraction | None) -> float | None:
    """A share as 0-100, None kept."""
    return None if part is None else float(100 * part)


def _affected(evaluation: Evaluation, chosen: Routing) -> Affected:
    known = all(cell.n is not None for cell in evaluation.routed)
    requests = sum((cell.n or 0) - cell.unmetered for cell in evaluation.routed) if known else None
    return Affected(requests, *money(evaluation.routed_before), chosen.why)


def _part(mass: Fraction, flow: Flow) -> float | None:
    return float(mass / flow.mass) if flow.mass else None


def _break_even(root: Root | None) -> BreakEven:
    if root is None:
        return BreakEven(None, "unknown")
    return BreakEven(None if root.value is None else float(root.value), root.word)


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
