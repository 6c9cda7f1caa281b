"""What break-evens are found for: a policy on the cells it routes, against what they cost today."""

from dataclasses import dataclass, replace
from fractions import Fraction

from routecli.maths.flow import Setting
from routecli.maths.policies import flow
from routecli.model.policy import Cascade, Classifier, Policy
from routecli.model.workload import Cell

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

    @property
    def asked(self) -> "Asked":
        """What the routed requests cause the first time they are asked, by query type."""
        policy, setting = self.policy, self.setting
        if not isinstance(policy, Cascade | Classifier) or not policy.retry_rate:
            return Asked(((self.cost(), ONE),))
        parts = []
        for group in setting.groups(self.routed).values():
            first = flow(replace(policy, retry_rate=ZERO), group, setting)
            cost = first.cost if self.gate is None else first.cost - first.gate
            bad = first.quality.silent / first.mass if first.quality is not None and first.mass else ZERO
            parts.append((cost, 1 - policy.retry_rate * bad))
        return Asked((*parts, *([] if self.gate is None else [(self.gate, ONE)])))


@dataclass(frozen=True, slots=True)
class Asked:
    """Parts of a bill: what asking once costs (pico-USD), and the share of asks that are not repeats.

    Both are affine in every lever; their quotient, which is what the part costs, is not where the share moves.
    """

    parts: tuple[tuple[Fraction, Fraction], ...]

    def less(self, amount: Fraction) -> "Asked":
        """The bill less an amount."""
        return Asked((*self.parts, (-amount, ONE)))
