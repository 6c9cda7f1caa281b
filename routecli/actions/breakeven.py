"""`breakeven`: the success rate from which a policy pays, for the policies asked about or for every cheaper partner."""

from collections.abc import Sequence
from fractions import Fraction

from routecli.actions.facts import assumptions, inputs, model_prices, summary
from routecli.actions.latencies import with_latencies
from routecli.actions.policies import (
    PolicyOptions,
    all_edges,
    asked_names,
    baseline_model,
    named_policies,
    policy_models,
    routing,
)
from routecli.actions.question import Loaded, Question, card_for, load
from routecli.actions.simulate import may_be_assumed, parse_baseline
from routecli.actions.words import policy_assumptions
from routecli.errors import DataError
from routecli.maths.breakeven import Case, Root, roots, success_roots
from routecli.maths.evaluation import cheap_model, ran_cost, routable
from routecli.model import parse
from routecli.model.names import newer_in_family, resolve
from routecli.model.policy import Cascade, Classifier, NamedPolicy
from routecli.model.rates import ModelCard, RateCard
from routecli.money import to_usd
from routecli.report.documents import Report
from routecli.report.documents.breakeven import BreakevenDocument, BreakevenRow

REFERENCE_MODEL = "claude-sonnet-4-6"
"""What an assumed workload runs on when nobody says otherwise: the reference article's model."""

MOST_PARTNERS = 10


def breakeven(question: Question, options: PolicyOptions) -> Report:
    """Rows for the policies given; with none, one per cheaper partner of the model the workload runs on."""
    card = card_for(question)
    given = named_policies(options, card)
    if given:
        assumed_model = baseline_model(given, options, card) if may_be_assumed(question) else None
    else:
        assumed_model = resolve(card, options.baseline or REFERENCE_MODEL, typed=True).id
    loaded = load(question, card, assumed_model=assumed_model, edges=all_edges(given))
    loaded, _ = with_latencies(loaded)
    runs_on = _runs_on(loaded)
    policies = given or partners(loaded, runs_on, options)
    rows = [row for one in policies for row in _rows(one, loaded, options)]
    if not given:
        rows.sort(key=lambda row: (row.value is None, row.value or 0, row.policy))
        rows = rows[:MOST_PARTNERS]
    shown = [one for one in policies if one.name in {row.policy for row in rows}]
    shown_models = {model for one in shown for model in policy_models(one.policy)}
    document = BreakevenDocument(
        inputs=inputs(loaded),
        models=model_prices(loaded, asked_names(options, shown, card)),
        workload=summary(loaded),
        runs_on=runs_on,
        rows=rows,
        assumptions=[
            *assumptions(loaded, about=shown_models),
            *policy_assumptions(shown, question, tabled=False),
        ],
        warnings=[*loaded.warnings, *_without_roots(policies, rows)],
        unpriced=list(loaded.unpriced),
    )
    return Report("breakeven", document)


def _runs_on(loaded: Loaded) -> str:
    """The model with the largest bill among the requests a router could decide on."""
    bills: dict[str, int] = {}
    for cell in loaded.cells:
        if routable(cell) and cell.key.model is not None:
            bills[cell.key.model] = bills.get(cell.key.model, 0) + round(ran_cost(cell, loaded.setting))
    if not bills:
        raise DataError("nothing-routable", "no user request with known usage is left", fix="widen --since/--until")
    return max(sorted(bills), key=lambda model: bills[model])


def partners(loaded: Loaded, runs_on: str, options: PolicyOptions) -> list[NamedPolicy]:
    """A two-tier cascade with every cheaper family's model in front of `runs_on`.

    One model per family, the first that is cheaper: the one a pinned short name stands for, then newest first.
    Models without a price for this traffic's mode are left out.
    """
    found = []
    success = None if options.success is None else parse.success(options.success, 1)
    for members in _families(loaded.card).values():
        first = _representative(loaded.card, members)
        others = [member for member in _newest_first(loaded.card, members) if member != first]
        for model in (first, *others):
            if model.id == runs_on:
                continue
            one = NamedPolicy(f"{model.id}:{runs_on}", Cascade((model.id, runs_on), success))
            if _cheaper(one, loaded, options):
                found.append(one)
                break
    return found


def _families(card: RateCard) -> dict[str, list[ModelCard]]:
    families: dict[str, list[ModelCard]] = {}
    for model in card.models.values():
        families.setdefault(f"{model.provider}/{model.family}", []).append(model)
    return families


def _representative(card: RateCard, members: Sequence[ModelCard]) -> ModelCard:
    ids = {member.id for member in members}
    for short in sorted(card.pins, key=lambda name: (len(name), name)):
        if card.pins[short] in ids:
            return card.models[card.pins[short]]
    return _newest_first(card, members)[0]


def _newest_first(card: RateCard, members: Sequence[ModelCard]) -> list[ModelCard]:
    return sorted(members, key=lambda model: (newer_in_family(card, model.id) is not None, model.id))


def _cheaper(one: NamedPolicy, loaded: Loaded, options: PolicyOptions) -> bool:
    routed = routing(one.policy, loaded.cells, loaded.workload, options, loaded.card, loaded.conditions).cells
    model = policy_models(one.policy)[0]
    try:
        return loaded.setting.cost(routed, model) < sum(ran_cost(cell, loaded.setting) for cell in routed)
    except DataError:
        return False


def _rows(one: NamedPolicy, loaded: Loaded, options: PolicyOptions) -> list[BreakevenRow]:
    routed = routing(one.policy, loaded.cells, loaded.workload, options, loaded.card, loaded.conditions).cells
    baseline = parse_baseline(options, loaded)
    case = Case(one.policy, routed, loaded.setting, baseline)
    cheap = cheap_model(one.policy, routed, loaded.setting)
    cheap_cost = None if cheap is None else to_usd(loaded.setting.cost(routed, cheap) * loaded.factor)
    return [
        _row(one.name, root, cheap_cost, to_usd(case.before() * loaded.factor), loaded)
        for root in (roots(case) if options.any else success_roots(case))
    ]


def _row(name: str, root: Root, cheap: float | None, before: float, loaded: Loaded) -> BreakevenRow:
    return BreakevenRow(
        policy=name,
        parameter=root.parameter,
        unit="usd" if root.unit == "pico_usd" else root.unit,
        value=_number(root.value, root, loaded),
        current=_number(root.current, root, loaded),
        margin=_number(root.margin, root, loaded),
        naive=_number(root.naive, root, loaded),
        word=root.word,
        low=None,
        high=None,
        cheap_monthly_usd=cheap,
        baseline_monthly_usd=before,
        basis="assumed" if loaded.workload.assumed else "modelled",
    )


def _number(value: Fraction | None, root: Root, loaded: Loaded) -> float | None:
    if value is None:
        return None
    return to_usd(value * loaded.factor) if root.unit == "pico_usd" else float(value)


def _without_roots(policies: Sequence[NamedPolicy], rows: Sequence[BreakevenRow]) -> list[str]:
    have = {row.policy for row in rows}
    said = []
    for one in policies:
        if one.name in have:
            continue
        if isinstance(one.policy, Cascade | Classifier):
            said.append(
                f"{one.name}: with several judged tiers, give --success so that one rate is solved for at a time"
            )
        else:
            said.append(f"{one.name}: no success rate decides what it costs, so it has no break-even rate")
    return said
