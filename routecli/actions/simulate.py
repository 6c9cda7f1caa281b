"""`simulate`: load the workload, run each policy over it, write the document."""

from routecli.actions.cautions import idle_types
from routecli.actions.facts import assumptions, inputs, model_prices, money, summary
from routecli.actions.latencies import with_latencies
from routecli.actions.policies import (
    PolicyOptions,
    all_edges,
    asked_names,
    lacks_success,
    named_policies,
    tabulated,
)
from routecli.actions.policy_line import policy_line
from routecli.actions.question import DEFAULT_DB, Loaded, Question, card_for, load
from routecli.actions.routing import Routing, baseline_model, idle_words, moved_up, routing
from routecli.actions.words import policy_assumptions
from routecli.errors import UsageError
from routecli.maths.evaluation import evaluate, last_tier
from routecli.model.names import resolve
from routecli.report.documents import Report
from routecli.report.documents.common import Basis
from routecli.report.documents.simulate import (
    BaselineBill,
    SimulateDocument,
)


def simulate(question: Question, options: PolicyOptions, *, sensitivity: bool = False) -> Report:
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
    chosen_for: dict[str | None, Routing] = {}
    for one in policies:
        end = last_tier(one.policy)
        chosen = chosen_for.get(end) or routing(
            one.policy, loaded.cells, loaded.workload, options, card, loaded.conditions
        )
        chosen_for[end] = chosen
        evaluation = evaluate(one, loaded.cells, chosen.cells, loaded.setting, factor=loaded.factor, baseline=baseline)
        evaluations.append(evaluation)
        lines.append(policy_line(evaluation, chosen, loaded, latencies, options, baseline, sensitivity=sensitivity))
    raised = [moved_up(one, chosen_for[last_tier(one.policy)], loaded.setting, loaded.factor) for one in asked]
    before = latencies.before(evaluations[0].routed)
    types = idle_types(policies, [cell for one in evaluations for cell in one.routed])
    idle = [*idle_words(asked, loaded, options), *types, *latencies.idle]
    bill, pico = money(evaluations[0].bill_before)
    label = _label(loaded, baseline)
    basis: Basis = "assumed" if loaded.workload.assumed else "modelled"
    document = SimulateDocument(
        inputs=inputs(loaded),
        models=model_prices(loaded, asked_names(options, policies, card)),
        workload=summary(loaded),
        baseline=BaselineBill(label, bill, pico, before, basis),
        affected=lines[0].affected,
        policies=lines,
        assumptions=[
            *assumptions(loaded),
            *policy_assumptions(policies, question, tabled=any(lacks_success(one.policy) for one in asked)),
            *latencies.said,
        ],
        warnings=[
            *loaded.warnings,
            *idle,
            *(text for text in raised if text),
        ],
        unpriced=list(loaded.unpriced),
    )
    return Report("simulate", document, cautions=(*loaded.cautions, *idle))


def may_be_assumed(question: Question) -> bool:
    """Whether the question is (or falls back to being) about an assumed workload."""
    if question.workload is not None:
        return False
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
