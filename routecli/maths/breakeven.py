"""Break-even values: where a policy costs exactly what the traffic costs today, parameter by parameter.

A policy's cost is affine in each parameter with the others held, so two exact evaluations give the root. Where repeats
hang on the parameter, every query type's cost is a quotient of two affine terms: one such quotient still has an exact
root, the sum of several is bisected. For two tiers, everything else assumed, the accept rate's is C_1 / C_2. Worked
(the reference article's cascade at 0.7): success 1/3, gate $198.00 a month, escalated shape 20/9, canary share 11/21,
flagship price x 10/21, cheap price x 2.1, accuracy at which a free classifier costs the same 5/8.
"""

from dataclasses import dataclass, replace
from fractions import Fraction

from routecli.maths.case import ONE, ZERO, Case
from routecli.maths.crossing import Curve, Word
from routecli.maths.levers import Lever, Unit, accuracy_lever, complete, levers, success_levers
from routecli.model.conditions import ANY_TYPE
from routecli.model.policy import Cascade, Classifier, Success


@dataclass(frozen=True, slots=True)
class Root:
    """One break-even: the policy pays `above` or `below` the value; or, value None, `always`, at `none`, or `mixed`.

    `low` and `high` bound the values that traffic can have (no `high`: no limit).
    """

    parameter: str
    unit: Unit
    value: Fraction | None
    word: Word
    current: Fraction | None
    naive: Fraction | None
    low: Fraction = ZERO
    high: Fraction | None = ONE

    @property
    def margin(self) -> Fraction | None:
        """How far the present value may move before the policy stops paying; negative where it does not pay now."""
        if self.value is None or self.current is None:
            return None
        return self.current - self.value if self.word == "above" else self.value - self.current


def root_of(lever: Lever, goal: Fraction | None = None) -> Root:
    """Where the lever's case costs exactly `goal` (pico-USD): what the traffic costs today, unless said otherwise."""
    high = lever.low + 1 if lever.high is None else lever.high
    start, end = lever.at(lever.low), lever.at(high)
    # A model's price also moves today's bill, where today's requests ran on it.
    at_low, at_high = (case.asked.less(case.before() if goal is None else goal) for case in (start, end))
    value, word = Curve(at_low, at_high, lever.low, high, closed=lever.high is not None).cross()
    return Root(lever.parameter, lever.unit, value, word, lever.current, lever.naive, lever.low, lever.high)


def roots(case: Case) -> list[Root]:
    """Every break-even of the case's policy, success rates first."""
    found = [root_of(lever) for lever in levers(case)]
    if isinstance(case.policy, Cascade) and complete(case.policy) and case.policy.observed is None:
        accuracy = accuracy_root(case)
        found += [accuracy] if accuracy is not None else []
    if isinstance(case.policy, Classifier) and complete(case.policy):
        found.append(_own_accuracy(case, case.policy))
    return found


def success_roots(case: Case) -> list[Root]:
    """The break-evens of the success rates alone."""
    return [root_of(lever) for lever in success_levers(case)]


def accuracy_root(case: Case) -> Root | None:
    """The accuracy at which a free classifier on the same pair costs what the cascade costs; None beyond two tiers."""
    policy = case.policy
    if not isinstance(policy, Cascade) or len(policy.tiers) != 2:
        return None
    confusion = policy.confusion
    success = policy.success if confusion is None else Success(({ANY_TYPE: confusion.quality},))
    free = Classifier(policy.tiers[0], policy.tiers[1], ONE, ZERO, success)
    lever = accuracy_lever(replace(case, policy=free, gate=None), free)
    return replace(root_of(lever, case.cost()), current=None)


def _own_accuracy(case: Case, policy: Classifier) -> Root:
    cascade = Cascade((policy.cheap, policy.strong), policy.success)
    goal = replace(case, policy=cascade, gate=None).cost()
    return root_of(accuracy_lever(replace(case, gate=None), policy), goal)
