"""`breakeven`: the success rate from which a policy pays, for the policies asked about or for every cheaper partner."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from routecli.actions.facts import assumptions, inputs, model_prices, price_warnings, summary
from routecli.actions.latencies import with_latencies
from routecli.actions.measured.breakeven import Measured, measure
from routecli.actions.measured.choose import use
from routecli.actions.partners import partners
from routecli.actions.policies import all_edges, asked_names
from routecli.actions.policy_options import PolicyOptions
from routecli.actions.question import Loaded, Question, card_for, load
from routecli.actions.routing import baseline_model, idle_words, routing
from routecli.actions.simulate import may_be_assumed, parse_baseline
from routecli.actions.words import policy_assumptions
from routecli.errors import DataError, UsageError
from routecli.maths.breakeven import Root, roots, success_roots
from routecli.maths.case import Case
from routecli.maths.evaluation import cheap_model, models_of, ran_cost, routable
from routecli.maths.flow import mass_of
from routecli.maths.levers import complete
from routecli.maths.net import Engineering
from routecli.maths.surface import surface
from routecli.model.names import resolve
from routecli.model.policy import Cascade, Classifier, NamedPolicy
from routecli.model.rates import RateCard
from routecli.money import to_usd
from routecli.report.documents import Report
from routecli.report.documents.breakeven import BreakevenDocument, BreakevenRow, SurfaceTable

REFERENCE_MODEL = "claude-sonnet-4-6"
"""What an assumed workload runs on when nobody says otherwise: the reference article's model."""

MOST_PARTNERS = 10

AGAINST_CASCADE = ("classifier_accuracy", "monthly_requests")
"""A classifier's parameters whose break-even is against the cascade on the same pair, not against today."""


def breakeven(question: Question, options: PolicyOptions, *, vary: str | None = None) -> Report:
    """Rows for the policies given; with none, one per cheaper partner of the model the workload runs on.

    `vary` names two parameters of the first policy to lay out as a surface.
    """
    used = use(question, options, card_for(question))
    asked, options, card = used.policies, used.options, used.card
    if asked:
        assumed_model = baseline_model(asked, options, card) if may_be_assumed(question) else None
    else:
        assumed_model = resolve(card, options.baseline or REFERENCE_MODEL, typed=True).id
    if used.evidence is None:
        loaded = load(question, card, assumed_model=assumed_model, edges=all_edges(asked))
        measured, given = Measured(with_latencies(loaded)[0]), asked
    else:
        measured = measure(used, question, options, assumed_model)
        given = measured.policies
    loaded = measured.loaded
    runs_on = _runs_on(loaded)
    policies = given or partners(loaded, runs_on, options)
    rows = [measured.bounded(row) for one in policies for row in _rows(one, loaded, options)]
    if not given:
        rows = _nearest(rows, policies, card, runs_on)
    shown = [one for one in policies if one.name in {row.policy for row in rows}]
    shown_models = {model for one in shown for model in models_of(one.policy)}
    laid_out = None if vary is None else _surface(vary, given, loaded, options)
    idle = idle_words(given, loaded, options)
    document = BreakevenDocument(
        inputs=inputs(loaded),
        models=model_prices(loaded, asked_names(options, shown, card)),
        workload=summary(loaded),
        runs_on=runs_on,
        rows=rows,
        surface=laid_out,
        assumptions=[
            *assumptions(loaded, about=shown_models),
            *measured.assumed,
            *policy_assumptions(shown, question, tabled=False),
        ],
        warnings=[*price_warnings(loaded), *idle, *_without_roots(given or shown, rows, loaded, options)],
        unpriced=list(loaded.unpriced),
        measured=list(measured.notes),
    )
    return Report("breakeven", document, cautions=(*loaded.cautions, *idle))


def _nearest(
    rows: Sequence[BreakevenRow], partners: Sequence[NamedPolicy], card: RateCard, runs_on: str
) -> list[BreakevenRow]:
    """At most ten rows, lowest break-even first; models of the vendor in use come before those of a new one."""
    provider = card.models[runs_on].provider
    at_hand = {one.name for one in partners if card.models[models_of(one.policy)[0]].provider == provider}

    def order(row: BreakevenRow) -> tuple[bool, float, str]:
        return (row.value is None, row.value or 0, row.policy)

    chosen = sorted(rows, key=lambda row: (row.policy not in at_hand, *order(row)))[:MOST_PARTNERS]
    return sorted(chosen, key=order)


def _runs_on(loaded: Loaded) -> str:
    """The model with the largest bill among the requests a router could decide on."""
    bills: dict[str, int] = {}
    for cell in loaded.cells:
        if routable(cell) and cell.key.model is not None:
            bills[cell.key.model] = bills.get(cell.key.model, 0) + round(ran_cost(cell, loaded.setting))
    if not bills:
        raise DataError("nothing-routable", "no user request with known usage is left", fix="widen --since/--until")
    return max(sorted(bills), key=lambda model: bills[model])


def _case(one: NamedPolicy, loaded: Loaded, options: PolicyOptions) -> Case:
    routed = routing(one.policy, loaded.cells, loaded.workload, options, loaded.card, loaded.conditions).cells
    return Case(one.policy, routed, loaded.setting, parse_baseline(options, loaded))


def _rows(one: NamedPolicy, loaded: Loaded, options: PolicyOptions) -> list[BreakevenRow]:
    case = _case(one, loaded, options)
    if not case.routed:
        return []
    cheap = cheap_model(one.policy, case.routed, loaded.setting)
    cheap_cost = None if cheap is None else to_usd(loaded.setting.cost(case.routed, cheap) * loaded.factor)
    found = roots(case) if options.any else success_roots(case)
    if options.any and options.engineering.given:
        found += _volume(case, loaded, options.engineering)
    before = to_usd(case.before() * loaded.factor)
    return [_row(one, root, cheap_cost, before, loaded) for root in found]


def _volume(case: Case, loaded: Loaded, engineering: Engineering) -> list[Root]:
    """Requests a month from which the engineering pays back: a classifier's against the cascade on the same pair."""
    policy = case.policy
    if not complete(policy) or any(cell.n is None for cell in case.routed):
        return []
    saving = -case.excess()
    if isinstance(policy, Classifier):
        cascade = Cascade((policy.cheap, policy.strong), policy.success)
        saving = replace(case, policy=cascade).cost() - case.cost()
    requests = mass_of(case.routed) * loaded.factor
    value = engineering.volume(saving * loaded.factor, requests)
    return [Root("monthly_requests", "requests", value, "none" if value is None else "above", requests, None)]


def _surface(vary: str, given: Sequence[NamedPolicy], loaded: Loaded, options: PolicyOptions) -> SurfaceTable:
    names = [name.strip() for name in vary.split(",")]
    if len(names) != 2 or names[0] == names[1]:
        raise UsageError("bad-vary", f"--vary takes two parameters, like success,gate_cost_usd, not '{vary}'")
    if not given or not complete(given[0].policy):
        raise UsageError("bad-vary", "--vary needs a policy with its success rate", fix="add --cascade and --success")
    _refuse_other_grids(names, given[0])
    found = surface(_case(given[0], loaded, options), *names)
    units = {lever.parameter: lever.unit for lever in (found.first, found.second)}

    def shown(value: Fraction | None, name: str) -> float | None:
        if value is None:
            return None
        return to_usd(value * loaded.factor) if units[name] == "pico_usd" else float(value)

    first, second = names
    return SurfaceTable(
        policy=given[0].name,
        first=first,
        second=second,
        first_unit="usd" if units[first] == "pico_usd" else units[first],
        second_unit="usd" if units[second] == "pico_usd" else units[second],
        first_values=[shown(value, first) for value in found.values],
        second_values=[shown(value, second) for value in found.others],
        saving_usd=[
            [None if saving is None else to_usd(saving * loaded.factor) for saving in row] for row in found.savings
        ],
        break_even=[shown(root.value, first) for root in found.roots],
        words=[root.word for root in found.roots],
    )


def _refuse_other_grids(names: Sequence[str], one: NamedPolicy) -> None:
    """Parameters that have a break-even and no grid of savings, each with the reason."""
    if "monthly_requests" in names:
        raise UsageError(
            "bad-vary",
            "--vary monthly_requests: every amount grows alike with the requests, so no saving changes its sign",
            fix="add --build-cost, and its break-even is a row without --vary",
        )
    if "classifier_accuracy" in names and not isinstance(one.policy, Classifier):
        raise UsageError(
            "bad-vary",
            f"--vary classifier_accuracy: {one.name} has no classifier whose accuracy could be varied",
            fix="name a classifier first, with --classifier CHEAP:STRONG --accuracy SHARE",
        )


def _row(one: NamedPolicy, root: Root, cheap: float | None, before: float, loaded: Loaded) -> BreakevenRow:
    return BreakevenRow(
        policy=one.name,
        parameter=root.parameter,
        unit="usd" if root.unit == "pico_usd" else root.unit,
        value=_number(root.value, root, loaded),
        current=_number(root.current, root, loaded),
        margin=_number(root.margin, root, loaded),
        naive=_number(root.naive, root, loaded),
        possible_low=_number(root.low, root, loaded) or 0.0,
        possible_high=_number(root.high, root, loaded),
        word=root.word,
        against=_against(one, root.parameter),
        low=None,
        high=None,
        cheap_monthly_usd=cheap,
        baseline_monthly_usd=before,
        basis="assumed" if loaded.workload.assumed else "modelled",
    )


def _against(one: NamedPolicy, parameter: str) -> str:
    """What a parameter's break-even is against: a free classifier's accuracy is seen against the cascade itself."""
    routes = isinstance(one.policy, Classifier) and parameter in AGAINST_CASCADE
    return "cascade" if routes or parameter == "classifier_accuracy" else "today"


def _number(value: Fraction | None, root: Root, loaded: Loaded) -> float | None:
    if value is None:
        return None
    return to_usd(value * loaded.factor) if root.unit == "pico_usd" else float(value)


def _without_roots(
    policies: Sequence[NamedPolicy], rows: Sequence[BreakevenRow], loaded: Loaded, options: PolicyOptions
) -> list[str]:
    have = {row.policy for row in rows}
    said = []
    for one in policies:
        if one.name in have:
            continue
        if not _case(one, loaded, options).routed:
            said.append(f"{one.name}: no request is routed, so nothing breaks even")
        elif isinstance(one.policy, Cascade | Classifier):
            said.append(
                f"{one.name}: with several judged tiers, give --success so that one rate is solved for at a time"
            )
        else:
            said.append(f"{one.name}: no success rate decides what it costs, so it has no break-even rate")
    return said
