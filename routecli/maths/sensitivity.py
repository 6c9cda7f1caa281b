"""Which assumption moves the saving most: a plausible range of each, the others held (a tornado).

The ranges are conventions, printed beside the figures: rates +-0.1, prices x 0.8 to 1.25, lengths and token ratios
x 0.8 to 1.5, a gate of up to a tenth of today's bill, a canary of up to a tenth, caches kept or lost; each as far as
traffic can have it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from routecli.errors import UsageError
from routecli.maths.case import ONE, ZERO, Case
from routecli.maths.levers import Lever, accuracy_lever, complete, levers
from routecli.model.policy import Cascade, Classifier

TENTH = Fraction(1, 10)


@dataclass(frozen=True, slots=True)
class Swing:
    """The saving (pico-USD, not projected) at both ends of an assumption's range; `unit` as in a break-even."""

    assumption: str
    unit: str
    low: Fraction
    high: Fraction
    saving_low: Fraction
    saving_high: Fraction

    @property
    def width(self) -> Fraction:
        """How far the saving moves over the range."""
        return abs(self.saving_high - self.saving_low)


def swings(case: Case) -> list[Swing]:
    """All assumptions of a case, widest swing first. Empty where the policy's accept rate is not known."""
    if not complete(case.policy):
        return []
    found: list[Swing | None] = [_turned(lever, case) for lever in levers(case)]
    found += _accuracy(case) + _output_tokens(case) + _cache(case)
    return sorted((swing for swing in found if swing is not None), key=lambda swing: (-swing.width, swing.assumption))


def _swing(name: str, unit: str, low: Fraction, high: Fraction, at: Callable[[Fraction], Case]) -> Swing | None:
    try:
        return Swing(name, unit, low, high, -at(low).excess(), -at(high).excess())
    except UsageError:  # at one end bad answers would be asked again without end: there is no saving to show
        return None


def _turned(lever: Lever, case: Case) -> Swing | None:
    low, high = _range(lever, case)
    return None if low is None or high is None else _swing(lever.parameter, lever.unit, low, high, lever.at)


def _range(lever: Lever, case: Case) -> tuple[Fraction | None, Fraction | None]:
    now = lever.current
    if lever.parameter == "gate_cost_usd":
        return ZERO, max(case.before() * TENTH, 2 * (now or ZERO))
    if lever.parameter == "canary_share":
        return ZERO, max(TENTH, now or ZERO)
    if lever.parameter.endswith("_price_factor"):
        return Fraction(4, 5), Fraction(5, 4)
    if now is None:
        return None, None
    if lever.parameter == "escalated_shape":
        return _within(lever, Fraction(4, 5) * now, Fraction(3, 2) * now)
    return _within(lever, now - TENTH, now + TENTH)


def _within(lever: Lever, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
    return max(low, lever.low), high if lever.high is None else min(high, lever.high)


def _accuracy(case: Case) -> list[Swing | None]:
    policy = case.policy
    if not isinstance(policy, Classifier):
        return []
    return [_turned(accuracy_lever(case, policy), case)]


def _output_tokens(case: Case) -> list[Swing | None]:
    """Other models write other lengths: the cheap model's output against what was logged."""
    policy = case.policy
    if not isinstance(policy, Cascade | Classifier):
        return []
    cheap = policy.tiers[0] if isinstance(policy, Cascade) else policy.cheap
    pricer = case.setting.pricer
    known = {cell.key.model: pricer.ratio(cell, cheap) for cell in case.routed if cell.key.model not in (None, cheap)}
    if not known:
        return []

    def at(factor: Fraction) -> Case:
        changed = {(str(model), cheap): (ratio[0], ratio[1] * factor) for model, ratio in known.items()}
        priced = replace(pricer, ratios={**pricer.ratios, **changed})
        return replace(case, setting=replace(case.setting, pricer=priced))

    return [_swing("cheap_output_tokens", "factor", Fraction(4, 5), Fraction(3, 2), at)]


def _cache(case: Case) -> list[Swing | None]:
    if case.setting.cold is not None or not any(cell.cache_read for cell in case.routed):
        return []
    cold = 1 if isinstance(case.policy, Classifier) else 2

    def at(lost: Fraction) -> Case:
        return replace(case, setting=replace(case.setting, cold=cold if lost else None))

    return [_swing("cache_lost_on_later_tiers" if cold == 2 else "cache_lost", "share", ZERO, ONE, at)]
