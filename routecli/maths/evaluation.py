"""A policy against the bill as it is: what is routed, what it costs, what it saves.

C_B is the bill of the routed requests on the models they ran on (or on a named baseline model); the rest of the
traffic costs the same on both sides. saving = C_B - cost, signed: a loss is a loss.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from routecli.maths.flow import Flow, Setting, by_query_type
from routecli.maths.policies import check, flow
from routecli.maths.policies.cascade import success_of
from routecli.model.policy import Cascade, Classifier, NamedPolicy, Policy, Single, Static, Success
from routecli.model.workload import Cell
from routecli.money import Amount


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Exact results for one policy; amounts in pico-USD, monthly (already projected)."""

    named: NamedPolicy
    flow: Flow
    routed: tuple[Cell, ...]
    factor: Fraction
    routed_before: Fraction
    rest: Fraction

    @property
    def cost(self) -> Fraction:
        """The routed requests' bill under the policy."""
        return self.flow.cost * self.factor

    @property
    def bill(self) -> Fraction:
        """The whole bill under the policy: routed and unchanged."""
        return self.cost + self.rest

    @property
    def bill_before(self) -> Fraction:
        """The whole bill without it."""
        return self.routed_before + self.rest

    @property
    def saving(self) -> Fraction:
        """C_B - cost; negative is a loss."""
        return self.routed_before - self.cost

    @property
    def saving_share(self) -> Fraction | None:
        """The saving against C_B (None where nothing is routed)."""
        return self.saving / self.routed_before if self.routed_before else None

    @property
    def saving_share_of_bill(self) -> Fraction | None:
        """The saving against the whole bill."""
        return self.saving / self.bill_before if self.bill_before else None


def evaluate(
    named: NamedPolicy,
    cells: Sequence[Cell],
    routed: Sequence[Cell],
    setting: Setting,
    *,
    factor: Fraction,
    baseline: str | None,
) -> Evaluation:
    """Run the routed cells, a part of `cells`, through the policy and compare with where they ran.

    `baseline` is a model id to compare with instead, or None.
    """
    rest = setting.ran(cells, None) - setting.ran(routed, None)
    result = flow(named.policy, routed, setting)
    check(named.policy, routed, setting)
    before = setting.ran(routed, baseline)
    return Evaluation(named, result, tuple(routed), factor, before * factor, rest * factor)


def ran_cost(cell: Cell, setting: Setting, baseline: str | None = None) -> Amount:
    """The cell's cost on the model it ran on, or on the baseline model."""
    model = baseline or cell.key.model
    return 0 if model is None else setting.pricer.cost(cell, model)


def routable(cell: Cell) -> bool:
    """A request that a router could have decided on: a user's, first attempt, usage known, really sent."""
    key = cell.key
    metered = cell.n is None or cell.n > cell.unmetered
    return key.call_role == "user" and key.attempt == 1 and not key.gateway_cache_hit and metered


def last_tier(policy: Policy) -> str | None:
    """The model a cascade or a classifier ends on; None for rules and single models, which have no tiers."""
    if isinstance(policy, Cascade):
        return policy.tiers[-1]
    return policy.strong if isinstance(policy, Classifier) else None


def strong_model(policy: Policy, routed: Sequence[Cell], setting: Setting) -> str | None:
    """The model that a perfect router would send the hard requests to: of rules, the dearest that they name."""
    if not isinstance(policy, Static):
        return last_tier(policy)
    named = models_of(policy)
    return max(sorted(named), key=lambda model: setting.cost(routed, model), default=None)


def models_of(policy: Policy) -> list[str]:
    """Every model a policy can call, in order."""
    if isinstance(policy, Single):
        return [policy.model]
    if isinstance(policy, Cascade):
        return list(policy.tiers)
    if isinstance(policy, Classifier):
        return [policy.cheap, policy.strong]
    if isinstance(policy, Static):
        routes = (*(rule.route for rule in policy.rules), policy.default)
        return list(dict.fromkeys(model for route in routes for model in models_of(route)))
    return []


def cheap_model(policy: Policy, routed: Sequence[Cell], setting: Setting) -> str | None:
    """The model that a perfect router would send the easy requests to."""
    if isinstance(policy, Cascade):
        return policy.tiers[0]
    if isinstance(policy, Classifier):
        return policy.cheap
    if isinstance(policy, Static):
        found = [cheap_model(route, routed, setting) for route in (*(r.route for r in policy.rules), policy.default)]
        models = [model for model in found if model is not None]
        return min(models, key=lambda model: (setting.cost(routed, model), model), default=None)
    return policy.model if isinstance(policy, Single) else None


def available_saving(evaluation: Evaluation, setting: Setting, success: Success | None) -> Fraction | None:
    """C_B - oracle, a month: what a router that always knew would save on the pair (cheapest, strong model).

    Oracle = p C_1 + (1 - p) C_2 per query type. None where the pair or p is not known: with three tiers and more, a
    perfect router would use those between as well.
    """
    policy = evaluation.named.policy
    cheap = cheap_model(policy, evaluation.routed, setting)
    strong = strong_model(policy, evaluation.routed, setting)
    if isinstance(policy, Cascade) and len(policy.tiers) > 2:
        return None
    if success is None or cheap is None or strong is None or cheap == strong:
        return None
    oracle = Fraction(0)
    for query_type, group in by_query_type(evaluation.routed).items():
        share = success_of(success, 0, query_type)
        oracle += share * setting.cost(group, cheap) + (1 - share) * setting.cost(group, strong)
    return evaluation.routed_before - oracle * evaluation.factor
