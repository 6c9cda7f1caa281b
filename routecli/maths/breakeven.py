"""Break-even values: the parameter at which a policy costs exactly what the traffic costs today.

A cascade's cost is affine in each tier's accept rate with the others held, so two exact evaluations give the root:
a* = (cost(0) - C_B) / (cost(0) - cost(1)). For two tiers and assumed shapes this is C_1 / C_2 when C_B = C_2.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from routecli.maths.flow import Setting
from routecli.maths.policies import flow
from routecli.model.policy import ANY_TYPE, Cascade, Classifier, Policy, Success
from routecli.model.workload import Cell


@dataclass(frozen=True, slots=True)
class Root:
    """One break-even. `value` is None with `word` 'always' (it pays at any rate) or 'none' (at no rate from 0 to 1)."""

    parameter: str
    value: Fraction | None
    word: str
    current: Fraction | None
    naive: Fraction | None

    @property
    def margin(self) -> Fraction | None:
        """Current minus break-even, in shares; positive is room to spare."""
        return None if self.value is None or self.current is None else self.current - self.value


def success_roots(policy: Policy, routed: Sequence[Cell], setting: Setting, before: Fraction) -> list[Root]:
    """One root per judged tier of a cascade, one for a classifier, none for other policies.

    `before` is C_B of the same cells, in pico-USD, not projected. A tier is solved for with the others held at
    their own rates; a policy without rates (`success` None) has its other tiers' roots left out.
    """
    if isinstance(policy, Classifier):
        naive = _ratio(setting.cost(routed, policy.cheap), before)
        return [_root("success", policy, 0, routed, setting, before, naive)]
    if not isinstance(policy, Cascade):
        return []
    judged = len(policy.tiers) - 1
    if policy.success is None and judged > 1:
        return []
    roots = []
    for tier in range(judged):
        stays = setting.cost(routed, policy.tiers[tier])
        goes = before if judged == 1 else setting.cost(routed, policy.tiers[tier + 1])
        name = "success" if tier == 0 else f"success.{tier + 1}"
        roots.append(_root(name, policy, tier, routed, setting, before, _ratio(stays, goes)))
    return roots


def _root(
    parameter: str,
    policy: Cascade | Classifier,
    tier: int,
    routed: Sequence[Cell],
    setting: Setting,
    before: Fraction,
    naive: Fraction | None,
) -> Root:
    at_0, at_1 = (
        flow(
            replace(policy, success=_with(policy.success, tier, Fraction(rate), _judged(policy))), routed, setting
        ).cost
        for rate in (0, 1)
    )
    value, word = solve(at_0, at_1, before)
    return Root(parameter, value, word, _current(policy.success, tier), naive)


def solve(at_0: Fraction, at_1: Fraction, target: Fraction) -> tuple[Fraction | None, str]:
    """The share x in 0..1 at which the affine cost at_0 + x (at_1 - at_0) equals the target, or a word for why not.

    >>> solve(Fraction(720), Fraction(180), Fraction(540))
    (Fraction(1, 3), 'at')
    """
    if at_0 == at_1:
        return None, "always" if at_0 <= target else "none"
    value = (at_0 - target) / (at_0 - at_1)
    if 0 <= value <= 1:
        return value, "at"
    return None, "always" if max(at_0, at_1) <= target else "none"


def _judged(policy: Cascade | Classifier) -> int:
    return len(policy.tiers) - 1 if isinstance(policy, Cascade) else 1


def _with(success: Success | None, tier: int, rate: Fraction, judged: int) -> Success:
    held = success or Success(({ANY_TYPE: rate},))
    tiers = [held.tiers[min(j, len(held.tiers) - 1)] for j in range(judged)]
    tiers[tier] = {ANY_TYPE: rate}
    return Success(tuple(tiers), held.basis)


def _current(success: Success | None, tier: int) -> Fraction | None:
    """The one rate in use at a tier; None where it differs by query type."""
    if success is None:
        return None
    rates = set(success.tiers[min(tier, len(success.tiers) - 1)].values())
    return rates.pop() if len(rates) == 1 else None


def _ratio(part: Fraction | int, whole: Fraction | int) -> Fraction | None:
    return Fraction(part) / Fraction(whole) if whole else None
