"""`simulate`: load the workload, run each policy over it, write the document."""

from dataclasses import dataclass

from routecli.actions.cautions import idle_types
from routecli.actions.facts import assumptions, inputs, model_prices, money, price_warnings, summary
from routecli.actions.latencies import Latencies, with_latencies
from routecli.actions.measured.choose import Use, use
from routecli.actions.policies import all_edges, asked_names, lacks_success, tabulated
from routecli.actions.policy_line import Facts, policy_line
from routecli.actions.policy_options import PolicyOptions
from routecli.actions.question import DEFAULT_DB, Loaded, Question, card_for, ingested, load
from routecli.actions.routing import Routing, baseline_model, idle_words, moved_up, routing
from routecli.actions.words import policy_assumptions
from routecli.errors import UsageError
from routecli.maths.evaluation import Evaluation, evaluate, last_tier
from routecli.model.names import resolve
from routecli.model.policy import NamedPolicy
from routecli.report.documents import Report
from routecli.report.documents.common import Basis
from routecli.report.documents.simulate import (
    BaselineBill,
    PolicyLine,
    SimulateDocument,
)


@dataclass(frozen=True, slots=True)
class _Run:
    """The policies of a simulation with what they are evaluated on, and sentences on what was measured and assumed."""

    loaded: Loaded
    latencies: Latencies
    policies: list[NamedPolicy]
    facts: Facts
    measured: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


def simulate(question: Question, options: PolicyOptions, *, sensitivity: bool = False) -> Report:
    """Compare policies with the bill as it is. Raises UsageError without a policy."""
    if not options.any:
        raise UsageError(
            "no-policy",
            "simulate needs a policy",
            fix="for example --cascade haiku:sonnet --success 0.7 (or --classifier, --static FILE, --policy FILE)",
        )
    used = use(question, options, card_for(question))
    run = _run(used, question, sensitivity)
    loaded, latencies, asked, options = run.loaded, run.latencies, used.policies, used.options
    baseline = parse_baseline(options, loaded)
    lines, evaluations, chosen_for = _lines(run, options, baseline)
    raised = [moved_up(one, chosen_for[last_tier(one.policy)], loaded.setting, loaded.factor) for one in asked]
    before = latencies.before(evaluations[0].routed)
    types = idle_types(asked, [cell for one in evaluations for cell in one.routed])
    idle = [*idle_words(asked, loaded, options), *types, *latencies.idle]
    bill, pico = money(evaluations[0].bill_before)
    basis: Basis = "assumed" if loaded.workload.assumed else "modelled"
    tabled = used.evidence is None and any(lacks_success(one.policy) for one in asked)
    document = SimulateDocument(
        inputs=inputs(loaded),
        models=model_prices(loaded, asked_names(options, run.policies, loaded.card)),
        workload=summary(loaded),
        baseline=BaselineBill(_label(loaded, baseline), bill, pico, before, basis),
        affected=lines[0].affected,
        policies=lines,
        assumptions=[
            *assumptions(loaded),
            *run.assumed,
            *policy_assumptions(run.policies, question, tabled=tabled),
            *latencies.said,
        ],
        warnings=[
            *price_warnings(loaded),
            *idle,
            *(text for text in raised if text),
        ],
        unpriced=list(loaded.unpriced),
        measured=list(run.measured),
    )
    return Report("simulate", document, cautions=(*loaded.cautions, *idle))


def _run(used: Use, question: Question, sensitivity: bool) -> _Run:
    options, card = used.options, used.card
    assumed_model = baseline_model(used.policies, options, card) if may_be_assumed(question) else None
    if used.evidence is not None:
        from routecli.actions.measured.run import prepare
        from routecli.actions.measured.words import measured_assumptions, measured_notes

        found = prepare(used, question, options, assumed_model=assumed_model)
        assumed = (*found.notes, *measured_assumptions(found.measuring, found.filled))
        notes = tuple(measured_notes(found.measuring))
        facts = Facts(found.loaded, found.latencies, options, sensitivity, found.measuring, found.filled)
        return _Run(found.loaded, found.latencies, found.policies, facts, notes, assumed)
    loaded = load(question, card, assumed_model=assumed_model, edges=all_edges(used.policies))
    loaded, latencies = with_latencies(loaded)
    return _Run(loaded, latencies, tabulated(used.policies), Facts(loaded, latencies, options, sensitivity))


def _lines(
    run: _Run, options: PolicyOptions, baseline: str | None
) -> tuple[list[PolicyLine], list[Evaluation], dict[str | None, Routing]]:
    """Each policy's line and evaluation, and what is routed by the model that policies end on."""
    lines, evaluations, loaded = [], [], run.loaded
    chosen_for: dict[str | None, Routing] = {}
    for place, one in enumerate(run.policies):
        end = last_tier(one.policy)
        chosen = chosen_for.get(end) or routing(
            one.policy, loaded.cells, loaded.workload, options, loaded.card, loaded.conditions
        )
        chosen_for[end] = chosen
        evaluation = evaluate(one, loaded.cells, chosen.cells, loaded.setting, factor=loaded.factor, baseline=baseline)
        evaluations.append(evaluation)
        lines.append(policy_line(evaluation, chosen, run.facts, baseline, place))
    return lines, evaluations, chosen_for


def may_be_assumed(question: Question) -> bool:
    """Whether the question is (or falls back to being) about an assumed workload."""
    if question.workload is not None:
        return False
    return question.db is None and (question.describes_workload or not ingested(DEFAULT_DB))


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
