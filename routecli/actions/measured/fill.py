"""Policies with what an evaluation set says of them filled in: accept rates, shapes, quality, prices per query."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from routecli.actions.measured.models import on_card
from routecli.actions.measured.traffic import graded_by, logged_costs, query_costs
from routecli.actions.policies import lacks_success
from routecli.actions.question import Loaded
from routecli.errors import UsageError
from routecli.maths.evaluation import models_of
from routecli.maths.evidence.observe import Sample, WalkOf, observe, ratio_of, sample
from routecli.maths.evidence.walk import ONE, Spread, Walk, cascade_walk, classifier_walk, single_walk
from routecli.maths.flow import Setting
from routecli.maths.policies.cascade import in_time_of
from routecli.maths.selection import split
from routecli.model.conditions import Condition
from routecli.model.evidence import Evidence
from routecli.model.observed import ANY
from routecli.model.policy import Cascade, Classifier, NamedPolicy, Policy, Rule, Single, Static, Unchanged
from routecli.model.workload import Cell

if TYPE_CHECKING:
    from routecli.maths.evidence.walk import Mask
    from routecli.model.evidence import Integers


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """A part of a policy that is no rules: the cells it gets, the queries that stand for them, how they run.

    `models` are those that answered the requests before, one per cell's model.
    """

    policy: Policy
    cells: tuple[Cell, ...]
    sample: Sample
    walk_of: WalkOf


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """A policy with its measured figures, the parts they came from, and what had to be assumed on the way.

    `perfect`: some cascade's gate is taken to know which answers are good.
    """

    named: NamedPolicy
    leaves: tuple[Leaf, ...]
    perfect: bool
    notes: tuple[str, ...]


@dataclass(slots=True)
class Measuring:
    """An evaluation set set against some traffic.

    `rows` are the queries that every model compared has a graded answer to; `costs` what they cost per model where
    models are priced per query.
    """

    evidence: Evidence
    loaded: Loaded
    rows: "Mask"
    costs: "Mapping[str, Integers]"
    traffic: bool
    notes: dict[str, None] = field(default_factory=dict)
    perfect: bool = False

    def setting(self, models: Sequence[str], ran: Sequence[str]) -> Setting:
        """Prices and quality of the models by what the set measured."""
        setting = self.loaded.setting
        kinds = {cell.key.query_type for cell in self.loaded.cells}
        chosen = sample(self.evidence, self.rows, kinds, self.costs)
        ratios, each = {}, {}
        for kind, mask in [*((kind, chosen.of(kind)) for kind in kinds), (ANY, self.rows)]:
            for model in dict.fromkeys([*models, *ran]):
                if model in self.costs:
                    each[model, kind] = _mean(self.costs[model], mask)
                for first in ran:
                    found = self._ratio(first, model, mask)
                    if found is not None:
                        ratios[first, model, kind] = found
        pricer = replace(setting.pricer, measured=ratios, per_query=each)
        return replace(setting, pricer=pricer, right=self._right(chosen) if self.evidence.graded else None)

    def _ratio(self, first: str, model: str, mask: "Mask") -> tuple[Fraction, Fraction] | None:
        known = self.evidence.models
        if first == model or first not in known or model not in known or not self.evidence.graded:
            return None
        if model in self.costs:
            return None
        return ratio_of(known[first], known[model], mask)

    def _right(self, chosen: Sample):  # type: ignore[no-untyped-def]
        def right(model: str, query_type: str | None) -> Fraction | None:
            answers = self.evidence.models.get(model)
            if answers is None:
                return None
            rows = chosen.of(query_type)
            return Fraction(int((answers.score[rows] >= 1).sum()), int(rows.sum()))

        return right

    def fill(self, named: NamedPolicy, cells: Sequence[Cell], setting: Setting, *, perfect: bool) -> Filled:
        """The policy with its measured rates; `perfect` takes a gate that knows, whatever scores there are."""
        filler = _Filler(self, setting, perfect)
        policy = filler.filled(named.policy, tuple(cells), self.rows)
        return Filled(NamedPolicy(named.name, policy), tuple(filler.leaves), filler.perfect, tuple(filler.notes))


class _Filler:
    def __init__(self, measuring: Measuring, setting: Setting, perfect: bool) -> None:
        self.measuring, self.setting, self.wants_perfect = measuring, setting, perfect
        self.evidence = measuring.evidence
        self.leaves: list[Leaf] = []
        self.notes: dict[str, None] = {}
        self.perfect = False

    def filled(self, policy: Policy, cells: tuple[Cell, ...], rows: "Mask") -> Policy:
        """The policy with what the rows say of it; its leaves are kept."""
        if isinstance(policy, Static):
            return self._static(policy, cells, rows)
        chosen = sample(self.evidence, rows, self.setting.groups(cells), self.measuring.costs)
        if isinstance(policy, Cascade) and lacks_success(policy):
            walk_of = self._cascade(policy)
        elif isinstance(policy, Classifier) and policy.success is None:
            walk_of = self._classifier(policy)
        elif isinstance(policy, Single) and policy.model in self.evidence.models:
            walk = single_walk(policy.model, self._right(policy.model))
            self._leaf(policy, cells, chosen, lambda kind: walk)
            return policy
        else:
            self._rest(policy, cells, chosen)
            return policy
        if not cells:
            return replace(policy, success=observe(chosen, walk_of)[0])
        success, observed = observe(chosen, walk_of)
        if isinstance(policy, Classifier):
            success = replace(success, tiers=(_servable(chosen, walk_of),))
        found = replace(policy, success=success, observed=observed)
        self._leaf(found, cells, chosen, walk_of)
        if chosen.pooled and self.evidence.query_type is not None:
            names = ", ".join("requests without a query type" if kind is None else kind for kind in chosen.pooled)
            self.notes[f"no graded queries of {names}: the pooled rates of the set stand in"] = None
        return found

    def _leaf(self, policy: Policy, cells: tuple[Cell, ...], chosen: Sample, walk_of: WalkOf) -> None:
        if cells:
            self.leaves.append(Leaf(policy, cells, chosen, walk_of))

    def _rest(self, policy: Policy, cells: tuple[Cell, ...], chosen: Sample) -> None:
        """Requests that stay where they ran, model by model; a policy with typed rates is left as typed."""
        if not isinstance(policy, Unchanged):
            return
        for model in dict.fromkeys(cell.key.model for cell in cells):
            if model is not None and model in self.evidence.models:
                walk = single_walk(model, self._right(model))
                own = tuple(cell for cell in cells if cell.key.model == model)
                self._leaf(Single(model), own, chosen, lambda kind, walk=walk: walk)  # type: ignore[misc]

    def _static(self, policy: Static, cells: tuple[Cell, ...], rows: "Mask") -> Policy:
        taken, rest = split(cells, policy.rules, self.setting.pricer.cuts, assumed=self.setting.assumed)
        rules, left = [], rows
        for rule, group in zip(policy.rules, taken, strict=True):
            mask = self._passing(rule, group, left)
            own = rows if mask is None or not mask.any() else mask
            rules.append(Rule(rule.when, self.filled(rule.route, tuple(group), own)))
            left = left if mask is None else left & ~mask
        default = self.filled(policy.default, tuple(rest), left if left.any() else rows)
        return replace(policy, rules=tuple(rules), default=default)

    def _passing(self, rule: Rule, cells: Sequence[Cell], rows: "Mask") -> "Mask | None":
        """The queries that pass the rule's tests; None where a test is on something the set does not have."""
        mask = rows
        for test in rule.when:
            found = self._test(test, cells)
            if found is None:
                self.notes[
                    f"the set has no {test.column}: all its queries of the type stand for requests by {test.column}"
                ] = None
                return None
            mask = mask & found
        if not mask.any() and cells:
            self.notes["no query of the set passes a rule that requests pass: all its queries stand in"] = None
        return mask

    def _test(self, test: Condition, cells: Sequence[Cell]) -> "Mask | None":
        labels = self.evidence.query_type if test.column == "query_type" else self.evidence.labels.get(test.column)
        if test.column == "input_tokens":
            ran = [cell.key.model for cell in cells]
            model = next((name for name in ran if name in self.evidence.models), None)
            if model is None:
                return None
            tokens = self.evidence.models[model].input_tokens
            inside = tokens >= 0
            inside &= tokens >= (test.low or 0)
            inside &= True if test.high is None else tokens <= test.high
            return ~inside & (tokens >= 0) if test.negate else inside
        if labels is None:
            return None
        import numpy as np

        codes = [labels.names.index(value) for value in test.values if value in labels.names]
        codes += [-1] if None in test.values else []
        return np.isin(labels.codes, codes, invert=test.negate)

    def _right(self, model: str) -> "Mask":
        if model not in self.evidence.models:
            raise UsageError(
                "no-evidence",
                f"the evaluation set '{self.evidence.name}' has no answers of {model}",
                fix=f"it has {', '.join(self.evidence.models)}",
            )
        found: Mask = self.evidence.models[model].score >= 1
        return found

    def _cascade(self, policy: Cascade) -> WalkOf:
        rights = [self._right(model) for model in policy.tiers]
        judged = len(policy.tiers) - 1
        if policy.thresholds and not self.wants_perfect and self.evidence.graded:
            accepts = [self._scored(policy, j) for j in range(judged)]
        else:
            self.perfect = self.evidence.graded
            accepts = rights[:-1]
        known: dict[tuple[Fraction, ...], Walk] = {}

        def walk_of(kind: str | None) -> Walk:
            in_time = tuple(in_time_of(policy, j, kind, self.setting) for j in range(judged))
            if in_time not in known:
                known[in_time] = cascade_walk(policy.tiers, rights, accepts, in_time)
            return known[in_time]

        return walk_of

    def _scored(self, policy: Cascade, j: int) -> "Mask":
        """Where the gate's score accepts; an answer without a score is refused."""
        import numpy as np

        model, scores = policy.tiers[j], self.evidence.models[policy.tiers[j]].gate_score
        missing = int((np.isnan(scores) & self.measuring.rows).sum())
        if missing == int(self.measuring.rows.sum()):
            raise UsageError(
                "no-gate-score",
                f"the evaluation set '{self.evidence.name}' has no gate scores of {model}",
                fix="leave out --gate-threshold: a gate that knows which answers are good is then the bound",
            )
        if missing:
            self.notes[f"{missing:,} answers of {model} have no gate score: they count as refused"] = None
        return np.asarray(scores >= policy.thresholds[j], np.bool_)

    def _classifier(self, policy: Classifier) -> WalkOf:
        cheap, strong = self._right(policy.cheap), self._right(policy.strong)
        if policy.cut is not None:
            score = self.evidence.features.get(policy.cut.score)
            if score is None:
                raise UsageError(
                    "no-router-score",
                    f"the evaluation set '{self.evidence.name}' has no score '{policy.cut.score}'",
                    fix=f"it has {', '.join(self.evidence.features) or 'none'}: import it with --feature",
                )
            # A query without a score passes neither comparison: it is the strong model's.
            low = score < policy.cut.threshold
            spread = Spread(((ONE, score >= policy.cut.threshold if policy.cut.high_is_cheap else low),))
        else:
            spread = Spread(((policy.recall, cheap), (policy.false_positive, ~cheap)))
        walk = classifier_walk((policy.cheap, policy.strong), (cheap, strong), spread)
        return lambda kind: walk


def _servable(chosen: Sample, walk_of: WalkOf) -> dict[str, Fraction]:
    """The share of each query type that the cheap model gets right."""
    found = {}
    for kind in [*chosen.types, *chosen.pooled]:
        rows, right = chosen.of(kind), walk_of(kind).right[0]
        found["*" if kind is None else kind] = Fraction(int((rows & right).sum()), int(rows.sum()))
    found.setdefault("*", Fraction(int((chosen.rows & walk_of(None).right[0]).sum()), int(chosen.rows.sum())))
    return found


def _mean(values: "Integers", rows: "Mask") -> Fraction:
    known = values[rows & (values >= 0)].tolist()
    everywhere = known or values[values >= 0].tolist()
    return Fraction(sum(everywhere), len(everywhere))


def measuring(
    evidence: Evidence, loaded: Loaded, policies: Sequence[NamedPolicy], ran: Sequence[str], *, traffic: bool
) -> Measuring:
    """Set the evidence against the loaded traffic; `ran` are the models that what is routed ran on."""
    asked = list(dict.fromkeys(model for one in policies for model in models_of(one.policy)))
    compared = [model for model in dict.fromkeys([*asked, *ran]) if model in evidence.models]
    rows = graded_by(evidence, compared)
    card = loaded.card
    if traffic:
        costs = query_costs(evidence, compared, card, loaded.at, rows)
    else:
        costs = {model: logged_costs(evidence, model, rows) for model in asked if not on_card(card, model)}
    return Measuring(evidence, loaded, rows, costs, traffic)


def leaves_models(leaves: Sequence[Leaf]) -> Iterator[str]:
    """Every model a policy's parts call."""
    for leaf in leaves:
        yield from models_of(leaf.policy)
