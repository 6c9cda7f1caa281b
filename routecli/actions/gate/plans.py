"""The policies of a gate under both cards: what each costs and saves before and after, and which step does what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from routecli.actions.gate.sides import Side, Traffic
from routecli.actions.latencies import Latencies, with_latencies
from routecli.actions.policies import all_edges, lacks_success, named_policies
from routecli.actions.policy_line import Facts, policy_line
from routecli.actions.policy_options import PolicyOptions
from routecli.actions.question import Loaded, Question, load
from routecli.actions.routing import Routing, routing
from routecli.errors import RoutecliError, UsageError
from routecli.maths.breakeven import Root, success_roots
from routecli.maths.case import Case
from routecli.maths.evaluation import Evaluation, evaluate, models_of
from routecli.maths.waterfall import ALIAS, CARD_STEPS, POLICY, TOKEN_RATIO, Effect, effects, steps
from routecli.model.policy import NamedPolicy
from routecli.model.rates import RateCard
from routecli.report.documents.simulate import PolicyLine
from routecli.report.format import percent_of_share as share


@dataclass(frozen=True, slots=True)
class Played:
    """The policies of one side on its traffic: what was routed and what came of it."""

    loaded: Loaded
    latencies: Latencies
    options: PolicyOptions
    policies: tuple[NamedPolicy, ...]
    routings: tuple[Routing, ...]
    evaluations: tuple[Evaluation, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """One policy on both sides (`base` is None for one that only head has) and the effect of every step on its bill.

    `margin` is how many points its success rate lies on the paying side of the break-even on head, and in words.
    """

    name: str
    base: Evaluation | None
    head: Evaluation
    line: PolicyLine
    effects: tuple[Effect, ...]
    margin: tuple[Fraction | None, str]

    @property
    def models(self) -> list[str]:
        """The models that the policy can call on head, in order."""
        return models_of(self.head.named.policy)


def played(question: Question, options: PolicyOptions, side: Side, traffic: Traffic) -> Played:
    """Run every policy over the traffic with one side's card. Raises UsageError for one without a success rate."""
    asked = named_policies(options, side.card)
    for one in asked:
        if lacks_success(one.policy):
            raise UsageError(
                "no-success-rate",
                f"{one.name} has no success rate to be judged at",
                fix="add --success, or write `success:` in the policy file",
            )
    loaded = load(question, side.card, edges=all_edges(asked), workload=traffic.workload)
    loaded, latencies = with_latencies(loaded)
    routings = tuple(
        routing(one.policy, loaded.cells, loaded.workload, options, side.card, loaded.conditions) for one in asked
    )
    evaluations = tuple(_evaluated(one, loaded, chosen) for one, chosen in zip(asked, routings, strict=True))
    return Played(loaded, latencies, options, tuple(asked), routings, evaluations)


def _evaluated(one: NamedPolicy, loaded: Loaded, chosen: Routing) -> Evaluation:
    return evaluate(one, loaded.cells, chosen.cells, loaded.setting, factor=loaded.factor, baseline=None)


def plans(before: Played | None, after: Played, base: Side, head: Side, *, timed: bool) -> list[Plan]:
    """Every policy of head, beside the one of that name on base; `timed`: with its latency, which takes a while."""
    known = {} if before is None else {one.name: place for place, one in enumerate(before.policies)}
    cards = steps(base.now, head.now)
    moved = [] if before is None else _on_head(before, head, after)
    found = []
    for place, one in enumerate(after.policies):
        evaluation = after.evaluations[place]
        latencies = after.latencies if timed else replace(after.latencies, measured={}, given={})
        facts = Facts(after.loaded, latencies, after.options)
        line = policy_line(evaluation, after.routings[place], facts, None, place)
        at, margin = known.get(one.name), _margin(after.loaded, evaluation)
        if at is None or before is None:
            found.append(Plan(one.name, None, evaluation, line, (), margin))
            continue
        first = before.evaluations[at]
        amounts = {step: _repriced(before, at, cards[step]) for step in CARD_STEPS}
        amounts[ALIAS], amounts[TOKEN_RATIO] = moved[at] or (amounts[CARD_STEPS[-1]],) * 2
        amounts[POLICY] = evaluation.bill
        found.append(Plan(one.name, first, evaluation, line, effects(amounts, first.bill), margin))
    return found


def _margin(loaded: Loaded, evaluation: Evaluation) -> tuple[Fraction | None, str]:
    """The smallest margin of the policy's success rates."""
    roots = success_roots(Case(evaluation.named.policy, evaluation.routed, loaded.setting)) if evaluation.routed else []
    if not roots:
        return None, "no success rate decides whether it pays"
    margins = [(_points(root), _side(root)) for root in roots]
    known = [(points, words) for points, words in margins if points is not None]
    return min(known) if len(known) == len(margins) else next(one for one in margins if one[0] is None)


def _points(root: Root) -> Fraction | None:
    if root.word in ("always", "none"):
        return Fraction(100 if root.word == "always" else -100)
    return None if root.margin is None else 100 * root.margin


def _side(root: Root) -> str:
    if root.value is None or root.current is None:
        return {"always": "pays at any rate", "none": "pays at no rate"}.get(root.word, "pays at some rates only")
    return f"success {share(float(root.current))}, pays {root.word} {share(float(root.value))}"


def _repriced(side: Played, place: int, card: RateCard) -> Fraction:
    """The bill under one policy with another card's rates, everything else as it was."""
    loaded = side.loaded
    pricer = replace(loaded.setting.pricer, card=card, gaps={})
    again = replace(loaded, setting=replace(loaded.setting, pricer=pricer))
    return _evaluated(side.policies[place], again, side.routings[place]).bill


def _on_head(before: Played, head: Side, after: Played) -> list[tuple[Fraction, Fraction] | None]:
    """The base policies on head: bills once names moved, and once tokens are counted as head's tokenizers do.

    None where a policy of base names a model that head no longer has: all of its end is the policy's own change.
    """
    try:
        policies: Sequence[NamedPolicy] = named_policies(before.options, head.card)
    except RoutecliError:
        return [None] * len(before.policies)
    loaded, old = after.loaded, before.loaded.setting.pricer
    known = {pair: ratio for pair, ratio in old.ratios.items() if set(pair) <= set(head.card.models)}
    pricer = replace(loaded.setting.pricer, ratios=known, ratio_notes=old.ratio_notes, gaps={})
    as_before = replace(loaded, setting=replace(loaded.setting, pricer=pricer))
    found: list[tuple[Fraction, Fraction] | None] = []
    for one in policies:
        chosen = routing(one.policy, loaded.cells, loaded.workload, before.options, head.card, loaded.conditions)
        found.append((_evaluated(one, as_before, chosen).bill, _evaluated(one, loaded, chosen).bill))
    return found
