"""The policies of a gate under both cards: what each costs and saves before and after, and which step does what."""

from dataclasses import dataclass, replace
from fractions import Fraction

from routecli.actions.gate.sides import Side, Traffic, as_now
from routecli.actions.gate.spoiled import spoiled
from routecli.actions.latencies import with_latencies
from routecli.actions.measured.choose import Use, use
from routecli.actions.policies import all_edges, lacks_success
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
from routecli.model.workload import Workload
from routecli.report.documents.simulate import PolicyLine
from routecli.report.format import percent_of_share as share


@dataclass(frozen=True, slots=True)
class Played:
    """The policies of one side on its traffic: what was routed and what came of it."""

    asked: PolicyOptions
    facts: Facts
    policies: tuple[NamedPolicy, ...]
    routings: tuple[Routing, ...]
    evaluations: tuple[Evaluation, ...]

    @property
    def loaded(self) -> Loaded:
        """The traffic and how it is priced."""
        return self.facts.loaded


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


def played(question: Question, options: PolicyOptions, side: Side, traffic: Traffic, *, spoil: bool = False) -> Played:
    """Run every policy over the traffic with one side's card, with measured success where an evaluation set has it.

    `spoil`: with an evaluation set that is as bad as can be. Raises UsageError for a policy without a success rate, or
    with a gate of which nobody said when it accepts.
    """
    used = use(question, options, side.card)
    used = spoiled(used) if spoil else used
    workload = as_now(traffic.workload, side)
    facts, policies = (_assumed if used.evidence is None else _measured)(used, question, workload)
    loaded = facts.loaded
    routings = tuple(
        routing(one.policy, loaded.cells, loaded.workload, facts.options, loaded.card, loaded.conditions)
        for one in policies
    )
    evaluations = tuple(_evaluated(one, loaded, chosen) for one, chosen in zip(policies, routings, strict=True))
    return Played(options, facts, tuple(policies), routings, evaluations)


def _assumed(used: Use, question: Question, workload: Workload) -> tuple[Facts, list[NamedPolicy]]:
    for one in used.policies:
        if lacks_success(one.policy):
            raise UsageError(
                "no-success-rate",
                f"{one.name} has no success rate to be judged at",
                fix="add --success or --evidence NAME, or write `success:` in the policy file",
            )
    loaded = load(question, used.card, edges=all_edges(used.policies), workload=workload)
    loaded, latencies = with_latencies(loaded)
    return Facts(loaded, latencies, used.options), used.policies


def _measured(used: Use, question: Question, workload: Workload) -> tuple[Facts, list[NamedPolicy]]:
    from routecli.actions.measured.run import prepare

    found = prepare(used, question, used.options, assumed_model=None, table=False, workload=workload)
    for one in found.filled:
        if one.perfect and not used.options.perfect_gate:
            raise UsageError(
                "no-gate-threshold",
                f"{one.named.name} has a gate, and nobody said from which score on it accepts",
                fix="add --gate-threshold SCORE, or write thresholds in the policy file (`perfect` is the bound)",
            )
    facts = Facts(found.loaded, found.latencies, used.options, measuring=found.measuring, filled=found.filled)
    return facts, found.policies


def _evaluated(one: NamedPolicy, loaded: Loaded, chosen: Routing) -> Evaluation:
    return evaluate(one, loaded.cells, chosen.cells, loaded.setting, factor=loaded.factor, baseline=None)


def plans(
    before: Played | None,
    after: Played,
    sides: tuple[Side, Side],
    question: Question,
    traffic: Traffic,
    *,
    timed: bool,
) -> list[Plan]:
    """Every policy of head, beside the one of that name on base; `timed`: with its latency, which takes a while."""
    base, head = sides
    known = {} if before is None else {one.name: place for place, one in enumerate(before.policies)}
    cards = steps(base.now, head.now)
    moved = [] if before is None else _on_head(before, head, after, question, traffic)
    found = []
    for place, one in enumerate(after.policies):
        evaluation = after.evaluations[place]
        known_ms = after.facts.latencies
        latencies = known_ms if timed else replace(known_ms, measured={}, given={})
        facts = replace(after.facts, latencies=latencies)
        line = policy_line(evaluation, after.routings[place], facts, None, place)
        at, margin = known.get(one.name), _measured_margin(line) or _margin(after.loaded, evaluation)
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


def _measured_margin(line: PolicyLine) -> tuple[Fraction | None, str] | None:
    """The margin of a rate that was measured, which differs by query type; None where none was."""
    rate, even = None if line.measured is None else line.measured.accept_rate, line.break_even
    if rate is None or even.success is None:
        return None
    points = 100 * (Fraction(rate.value) - Fraction(even.success))
    words = f"success {share(rate.value)}, pays {even.success_word} {share(even.success)}"
    return (points if even.success_word == "above" else -points), words


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
    if side.facts.measuring is not None:
        from routecli.actions.measured.models import with_models

        card = with_models(card, side.facts.measuring.evidence.models)
    pricer = replace(loaded.setting.pricer, card=card, gaps={})
    again = replace(loaded, setting=replace(loaded.setting, pricer=pricer))
    return _evaluated(side.policies[place], again, side.routings[place]).bill


def _on_head(
    before: Played, head: Side, after: Played, question: Question, traffic: Traffic
) -> list[tuple[Fraction, Fraction] | None]:
    """The base policies on head: bills once names moved, and once tokens are counted as head's tokenizers do.

    None where a policy of base names a model that head no longer has: all of its end is the policy's own change.
    """
    try:
        again = after if before.asked is after.asked else played(question, before.asked, head, traffic)
    except RoutecliError:
        return [None] * len(before.policies)
    loaded, old = again.loaded, before.loaded.setting.pricer
    known = {pair: ratio for pair, ratio in old.ratios.items() if set(pair) <= set(loaded.card.models)}
    pricer = replace(loaded.setting.pricer, ratios=known, ratio_notes=old.ratio_notes, gaps={})
    as_before = replace(loaded, setting=replace(loaded.setting, pricer=pricer))
    found: list[tuple[Fraction, Fraction] | None] = []
    for one, chosen, on_head in zip(again.policies, again.routings, again.evaluations, strict=True):
        found.append((_evaluated(one, as_before, chosen).bill, on_head.bill))
    return found
