"""From one rate card to another in steps: what each kind of change does to a bill, exactly.

The steps are taken in one fixed order, each on top of those before it, so the effects always add up to the whole
change: f(head) - f(base) = sum over steps of f(after the step) - f(before it). Another order would divide the same
change differently where two kinds touch the same tokens, which is why the order is printed with the effects.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from routecli.maths.pricing import in_force
from routecli.model.rates import STANDARD, ModelCard, Period, RateCard, Rates, Tier, WeeklyWindow

PRICE, TIER, WINDOW, MODE, REGION, CACHE = "price", "tier", "window", "mode", "region", "cache"
ALIAS, TOKEN_RATIO, POLICY = "alias", "token_ratio", "policy"

CARD_STEPS = (PRICE, TIER, WINDOW, MODE, REGION, CACHE)
"""Steps that change the rates of a model, in order."""
STEPS = (*CARD_STEPS, ALIAS, TOKEN_RATIO, POLICY)
"""All steps, in order: rates, then which model a name stands for, then its tokens, then the policy."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What one step does to an amount (pico-USD a month, signed)."""

    name: str
    amount: Fraction


def effects(amounts: Mapping[str, Fraction], base: Fraction) -> tuple[Effect, ...]:
    """The effect of every step, from the amount after each (`amounts`, by step) and the one before all of them.

    >>> [(one.name, int(one.amount)) for one in effects({"price": Fraction(12), "cache": Fraction(9)}, Fraction(10))]
    [('price', 2), ('cache', -3)]
    """
    found, last = [], base
    for name, amount in amounts.items():
        found.append(Effect(name, amount - last))
        last = amount
    return tuple(found)


def rounded(found: Iterable[Effect], base: Fraction) -> list[tuple[str, int]]:
    """Effects in whole pico-USD that add up to round(head) - round(base): the running total is what is rounded.

    >>> rounded([Effect("price", Fraction(1, 2)), Effect("cache", Fraction(1, 2))], Fraction(0))
    [('price', 0), ('cache', 1)]
    """
    lines, total, last = [], base, round(base)
    for one in found:
        total += one.amount
        lines.append((one.name, round(total) - last))
        last = round(total)
    return lines


def snapshot(card: RateCard, at: datetime) -> RateCard:
    """The card as it stands at one instant: each model and mode with the one period in force, open at both ends.

    Modes that have no price at that instant are left out, and models without a standard one.
    """
    models = {}
    for id, model in card.models.items():
        modes = {
            mode: (replace(held, start=None),)
            for mode, periods in model.modes.items()
            if (held := in_force(periods, at))
        }
        if STANDARD in modes:
            models[id] = replace(model, modes=modes)
    return replace(card, models=models)


def steps(base: RateCard, head: RateCard) -> dict[str, RateCard]:
    """The card after each of CARD_STEPS, from one snapshot to another.

    Every one holds the models of both: a model that only one side has keeps that side's rates throughout, so that what
    a name moves away from can be priced before the move, and what it moves to after it.
    """
    shared = base.models.keys() & head.models.keys()
    current = {**head.models, **base.models}
    found = {}
    for step in CARD_STEPS:
        change = _CHANGES[step]
        current = {id: change(model, head.models[id]) if id in shared else model for id, model in current.items()}
        found[step] = replace(head, models=current)
    return found


Change = Callable[[ModelCard, ModelCard], ModelCard]


def _standard(model: ModelCard, period: Period) -> ModelCard:
    return replace(model, modes={**model.modes, STANDARD: (period,)})


def _period(model: ModelCard) -> Period:
    return model.modes[STANDARD][0]


def _priced(now: ModelCard, head: ModelCard) -> ModelCard:
    """Input and output rates (and a negotiated factor) as in head, at the lengths and hours that both know."""
    period, target = _period(now), _period(head)
    tiers = _matched(period.tiers, target.tiers, _plain)
    hours = {window.spec: window for window in target.windows}
    windows = tuple(
        _window(window, hours[window.spec]) if window.spec in hours else window for window in period.windows
    )
    rates = _plain(period.rates, target.rates)
    return _standard(now, replace(period, rates=rates, tiers=tiers, windows=windows, factor=target.factor))


def _window(window: WeeklyWindow, target: WeeklyWindow) -> WeeklyWindow:
    tiers = _matched(window.tiers, target.tiers, _plain)
    return replace(window, rates=_plain(window.rates, target.rates), tiers=tiers)


def _plain(rates: Rates, target: Rates) -> Rates:
    return replace(rates, input=target.input, output=target.output)


def _matched(
    tiers: tuple[Tier, ...], target: tuple[Tier, ...], change: Callable[[Rates, Rates], Rates]
) -> tuple[Tier, ...]:
    known = {tier.edge: tier for tier in target}
    return tuple(
        replace(tier, rates=change(tier.rates, known[tier.edge].rates)) if tier.edge in known else tier
        for tier in tiers
    )


def _tiered(now: ModelCard, head: ModelCard) -> ModelCard:
    """Thresholds as in head; rates that both have keep what they cache at."""
    period, target = _period(now), _period(head)
    return _standard(now, replace(period, tiers=_kept(period.tiers, target.tiers)))


def _kept(tiers: tuple[Tier, ...], target: tuple[Tier, ...]) -> tuple[Tier, ...]:
    known = {tier.edge: tier for tier in tiers}
    return tuple(known.get(tier.edge, tier) for tier in target)


def _windowed(now: ModelCard, head: ModelCard) -> ModelCard:
    """Hours as in head; windows that both have keep what they cache at."""
    period, target = _period(now), _period(head)
    known = {window.spec: window for window in period.windows}
    windows = tuple(
        replace(known[window.spec], tiers=_kept(known[window.spec].tiers, window.tiers))
        if window.spec in known
        else window
        for window in target.windows
    )
    return _standard(now, replace(period, windows=windows))


def _in_modes(now: ModelCard, head: ModelCard) -> ModelCard:
    """Batch, flex, priority and fast prices as in head, whole."""
    return replace(now, modes={**head.modes, STANDARD: now.modes[STANDARD]})


def _by_region(now: ModelCard, head: ModelCard) -> ModelCard:
    return replace(now, modifiers=head.modifiers)


def _all(now: ModelCard, head: ModelCard) -> ModelCard:
    """What is left are cache rates."""
    return head


_CHANGES: dict[str, Change] = {
    PRICE: _priced,
    TIER: _tiered,
    WINDOW: _windowed,
    MODE: _in_modes,
    REGION: _by_region,
    CACHE: _all,
}


def alike(first: ModelCard | None, second: ModelCard | None) -> bool:
    """Whether two models of snapshots charge the same for everything, whatever is written about them besides."""
    return first is not None and second is not None and _charged(first) == _charged(second)


def _charged(model: ModelCard) -> object:
    modes = {
        mode: [
            (one.rates, one.factor, one.tiers, {hours.spec: (hours.rates, hours.tiers) for hours in one.windows})
            for one in periods
        ]
        for mode, periods in model.modes.items()
    }
    return modes, [(one.column, one.values, one.multiply) for one in model.modifiers]
