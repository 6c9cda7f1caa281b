"""Break-even values: where a policy costs exactly what the traffic costs today, parameter by parameter.

A policy's cost less today's bill is affine in each parameter with the others held (repeats taken out, see
`Case.balance`), so two exact evaluations give the root: x* = f(0) / (f(0) - f(1)). For two tiers, everything else
assumed, the accept rate's is C_1 / C_2. Worked (the reference article's cascade at 0.7): success 1/3, gate $198.00 a
month, escalated shape 20/9, canary share 11/21, flagship price x 10/21, cheap price x 2.1, accuracy at which a free
classifier costs the same 5/8.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from routecli.maths.flow import Flow, Setting
from routecli.maths.policies import flow
from routecli.maths.policies.cascade import needs, tiers_of
from routecli.model.policy import ANY_TYPE, Canary, Cascade, Classifier, Policy, Shape, Success
from routecli.model.workload import Cell

Unit = Literal["share", "pico_usd", "factor", "requests"]
Word = Literal["above", "below", "always", "none"]

ZERO, ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True, slots=True)
class Case:
    """A policy, the cells it routes and what they are priced with; `gate` (pico-USD) replaces the gate's own cost."""

    policy: Policy
    routed: tuple[Cell, ...]
    setting: Setting
    baseline: str | None = None
    gate: Fraction | None = None

    def before(self) -> Fraction:
        """C_B: the routed requests on the models they ran on, or on the baseline model."""
        return self.setting.ran(self.routed, self.baseline)

    def cost(self) -> Fraction:
        """The routed requests under the policy."""
        result = flow(self.policy, self.routed, self.setting)
        return result.cost if self.gate is None else result.cost - result.gate + self.gate

    def excess(self) -> Fraction:
        """cost - C_B: negative where the policy pays."""
        return self.cost() - self.before()

    def once(self) -> Fraction:
        """The share of asked requests that are not repeats: 1 - retry rate * silent failures."""
        return self._first()[1]

    def balance(self, against: Fraction | None = None) -> Fraction:
        """`excess * once`, affine in every lever, with the zero and the sign of the excess over `against` (C_B).

        The cost of asking once and the share of first asks are both affine; their quotient, with repeats, is not. Not
        a quotient here either: where every answer is asked again for ever this is still a number.
        """
        asked, once = self._first()
        cost = asked.cost if self.gate is None else asked.cost - asked.gate + self.gate * once
        return cost - (self.before() if against is None else against) * once

    def _first(self) -> tuple[Flow, Fraction]:
        """What every request causes the first time it is asked, and the share of asked requests that these are."""
        policy = self.policy
        if not isinstance(policy, Cascade | Classifier) or not policy.retry_rate:
            return flow(policy, self.routed, self.setting), ONE
        asked = flow(replace(policy, retry_rate=ZERO), self.routed, self.setting)
        if asked.quality is None or not asked.mass:
            return asked, ONE
        return asked, 1 - policy.retry_rate * asked.quality.silent / asked.mass


@dataclass(frozen=True, slots=True)
class Lever:
    """A parameter of a case: its present value, the case with another value, and the range that is possible.

    No `high` is no limit; a `low` above 0 is where fewer accepted answers would escalate more tokens than there are.
    """

    parameter: str
    unit: Unit
    at: Callable[[Fraction], Case]
    current: Fraction | None
    high: Fraction | None = ONE
    naive: Fraction | None = None
    low: Fraction = ZERO


@dataclass(frozen=True, slots=True)
class Root:
    """One break-even: the policy pays `above` or `below` the value, or `always`, or at `none` (value None)."""

    parameter: str
    unit: Unit
    value: Fraction | None
    word: Word
    current: Fraction | None
    naive: Fraction | None

    @property
    def margin(self) -> Fraction | None:
        """How far the present value may move before the policy stops paying; negative where it does not pay now."""
        if self.value is None or self.current is None:
            return None
        return self.current - self.value if self.word == "above" else self.value - self.current


def solve(
    at_0: Fraction, at_1: Fraction, high: Fraction | None = ONE, low: Fraction = ZERO
) -> tuple[Fraction | None, Word]:
    """The x from 0 to `high` where the affine at_0 + x (at_1 - at_0) is 0 and the side that pays; or why there is none.

    >>> solve(Fraction(180), Fraction(-360))
    (Fraction(1, 3), 'above')
    """
    if at_0 != at_1:
        value = at_0 / (at_0 - at_1)
        if value >= low and (high is None or value <= high):
            return value, "above" if at_1 < at_0 else "below"
    start = at_0 + low * (at_1 - at_0)
    elsewhere = start if high is None else max(start, at_0 + high * (at_1 - at_0))
    return None, "always" if elsewhere <= 0 else "none"


def root_of(lever: Lever) -> Root:
    """Where the lever's case costs exactly what the traffic costs today."""
    value, word = solve(lever.at(ZERO).balance(), lever.at(ONE).balance(), lever.high, lever.low)
    return Root(lever.parameter, lever.unit, value, word, lever.current, lever.naive)


def roots(case: Case) -> list[Root]:
    """Every break-even of the case's policy, success rates first."""
    found = [root_of(lever) for lever in levers(case)]
    if isinstance(case.policy, Cascade) and complete(case.policy):
        accuracy = accuracy_root(case)
        found += [accuracy] if accuracy is not None else []
    if isinstance(case.policy, Classifier) and complete(case.policy):
        found.append(_own_accuracy(case))
    return found


def success_roots(case: Case) -> list[Root]:
    """The break-evens of the success rates alone."""
    return [root_of(lever) for lever in success_levers(case)]


def complete(policy: Policy) -> bool:
    """Whether the policy's cost can be computed: its accept rate is known."""
    if isinstance(policy, Cascade):
        return policy.success is not None or policy.confusion is not None
    return isinstance(policy, Classifier) and policy.success is not None


def levers(case: Case) -> list[Lever]:
    """What can be turned: success rates, and where the policy is complete everything else."""
    found = success_levers(case)
    policy = case.policy
    if not isinstance(policy, Cascade | Classifier) or not complete(policy):
        return found
    cheap, strong = (
        (policy.tiers[0], policy.tiers[-1]) if isinstance(policy, Cascade) else (policy.cheap, policy.strong)
    )
    found.append(_gate(case))
    if isinstance(policy, Cascade):
        found += [_shape(case, policy), _canary(case, policy)]
    found.append(_price("flagship_price_factor", case, strong))
    found.append(_price("cheap_price_factor", case, cheap))
    return found


def success_levers(case: Case) -> list[Lever]:
    """One lever per judged tier of a cascade, one for a classifier; none where other rates would have to be guessed."""
    policy, routed, setting = case.policy, case.routed, case.setting
    if isinstance(policy, Classifier):
        naive = _over(setting.cost(routed, policy.cheap), case.before())
        return [Lever("success", "share", _with_success(case, policy, 0), _uniform(policy.success, 0), naive=naive)]
    if not isinstance(policy, Cascade):
        return []
    judged = len(policy.tiers) - 1
    if judged > 1 and policy.success is None:
        return []
    found = []
    for tier in range(judged):
        stays = setting.cost(routed, policy.tiers[tier])
        goes = case.before() if judged == 1 else setting.cost(routed, policy.tiers[tier + 1])
        name = "success" if tier == 0 else f"success.{tier + 1}"
        current = policy.confusion.accept if policy.confusion is not None else _uniform(policy.success, tier)
        low = _least_accepted(case, policy, tier)
        found.append(
            Lever(name, "share", _with_success(case, policy, tier), current, naive=_over(stays, goes), low=low)
        )
    return found


def _least_accepted(case: Case, policy: Cascade, tier: int) -> Fraction:
    """The accept rate under which the escalated requests, at their length, would hold more tokens than all."""
    longest = max(policy.shape.input, policy.shape.output)
    if longest <= 1:
        return ZERO
    least = ZERO
    for query_type in case.setting.groups(case.routed):
        tiers = tiers_of(_with_success(case, policy, tier)(ONE).policy, query_type, case.setting)  # type: ignore[arg-type]
        reach, in_time = needs(tiers[: tier + 1])[-1], tiers[tier].in_time
        # reach (1 - a in_time) longest <= 1, solved for a; where nothing answers in time no rate changes anything.
        least = max(least, (1 - 1 / (longest * reach)) / in_time) if reach and in_time else least
    return least


def _with_success(case: Case, policy: Cascade | Classifier, tier: int) -> Callable[[Fraction], Case]:
    judged = len(policy.tiers) - 1 if isinstance(policy, Cascade) else 1

    def at(rate: Fraction) -> Case:
        held = policy.success or Success(({ANY_TYPE: rate},))
        tiers = [held.tiers[min(j, len(held.tiers) - 1)] for j in range(judged)]
        tiers[tier] = {ANY_TYPE: rate}
        success = Success(tuple(tiers), held.basis)
        if isinstance(policy, Classifier):
            return replace(case, policy=replace(policy, success=success))
        # An accept rate to solve for takes the place of the one that the gate's errors make; so does the retry rate,
        # which rests on the share of bad answers.
        return replace(case, policy=replace(policy, success=success, confusion=None, retry_rate=Fraction(0)))

    return at


def _gate(case: Case) -> Lever:
    return Lever(
        "gate_cost_usd",
        "pico_usd",
        lambda value: replace(case, gate=value),
        flow(case.policy, case.routed, case.setting).gate if case.gate is None else case.gate,
        high=None,
    )


def _shape(case: Case, policy: Cascade) -> Lever:
    model = policy.tiers[-1]
    side_in, side_out = case.setting.sides(case.routed, model, len(policy.tiers))
    shaped = policy.shape.input * side_in + policy.shape.output * side_out
    shares = [
        share
        for kind in {cell.key.query_type for cell in case.routed}
        for share in needs(tiers_of(policy, kind, case.setting))[1:]
    ]
    longest = max(shares, default=Fraction(0))
    return Lever(
        "escalated_shape",
        "factor",
        lambda value: replace(case, policy=replace(policy, shape=Shape(value, value))),
        _over(shaped, side_in + side_out),
        high=1 / longest if longest else None,
    )


def _canary(case: Case, policy: Cascade) -> Lever:
    each = policy.canary.each if policy.canary else Fraction(0)
    return Lever(
        "canary_share",
        "share",
        lambda value: replace(case, policy=replace(policy, canary=Canary(value, each))),
        policy.canary.share if policy.canary else Fraction(0),
    )


def _price(parameter: str, case: Case, model: str) -> Lever:
    def at(value: Fraction) -> Case:
        setting = case.setting
        pricer = replace(setting.pricer, factors={**setting.pricer.factors, model: value})
        return replace(case, setting=replace(setting, pricer=pricer))

    return Lever(parameter, "factor", at, ONE, high=None)


def accuracy_root(case: Case) -> Root | None:
    """The accuracy at which a free classifier on the same pair costs what the cascade costs; None beyond two tiers."""
    policy = case.policy
    if not isinstance(policy, Cascade) or len(policy.tiers) != 2:
        return None
    confusion = policy.confusion
    success = policy.success if confusion is None else Success(({ANY_TYPE: confusion.quality},))
    cost = case.cost()
    free = Classifier(policy.tiers[0], policy.tiers[1], ONE, Fraction(0), success)
    return _accuracy(case, free, cost, current=None)


def _own_accuracy(case: Case) -> Root:
    policy = case.policy
    assert isinstance(policy, Classifier)
    cascade = Cascade((policy.cheap, policy.strong), policy.success)
    cost = replace(case, policy=cascade, gate=None).cost()
    current = policy.recall if policy.recall == 1 - policy.false_positive else None
    return _accuracy(case, policy, cost, current=current)


def _accuracy(case: Case, classifier: Classifier, cost: Fraction, *, current: Fraction | None) -> Root:
    def excess(right: Fraction) -> Fraction:
        policy = replace(classifier, recall=right, false_positive=1 - right)
        return replace(case, policy=policy, gate=None).balance(cost)

    value, word = solve(excess(Fraction(0)), excess(ONE))
    return Root("classifier_accuracy", "share", value, word, current, None)


def _uniform(success: Success | None, tier: int) -> Fraction | None:
    """The one rate in use at a tier; None where it differs by query type."""
    if success is None:
        return None
    rates = set(success.tiers[min(tier, len(success.tiers) - 1)].values())
    return rates.pop() if len(rates) == 1 else None


def _over(part: Fraction | int, whole: Fraction | int) -> Fraction | None:
    return Fraction(part) / Fraction(whole) if whole else None
