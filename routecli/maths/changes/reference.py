"""How far rates are apart: per kind of token, and for one request."""

from collections.abc import Mapping
from fractions import Fraction

from routecli.model.card_changes import Reference
from routecli.model.rates import Rates

RATE_KINDS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")


def reference_cost(rates: Rates, reference: Reference) -> int | None:
    """What the reference request costs at these rates, in pico-USD; None where it has output and that has no rate.

    A cache rate that is not listed is the input rate, as in every bill.

    >>> reference_cost(Rates(input=3_000_000, output=15_000_000), Reference())
    45000000000
    """
    if reference.output and rates.output is None:
        return None
    cached = {
        "cache_read": reference.cache_read,
        "cache_write_5m": reference.cache_write_5m,
        "cache_write_1h": reference.cache_write_1h,
    }
    plain = reference.input - sum(cached.values())
    cost = plain * rates.input + reference.output * (rates.output or 0)
    for kind, tokens in cached.items():
        rate = getattr(rates, kind)
        cost += tokens * (rates.input if rate is None else rate)
    return cost


def change_pct(before: int | None, after: int | None) -> Fraction | None:
    """By how many percent an amount moved; None where one is unknown, or where it was 0 and is not.

    >>> change_pct(2_000_000, 2_500_000)
    Fraction(25, 1)
    """
    if before is None or after is None or (before == 0 and after != 0):
        return None
    return Fraction(100 * (after - before), before) if before else Fraction(0)


def rate_changes(before: Rates | None, after: Rates | None) -> Mapping[str, tuple[int | None, int | None]]:
    """The rates of both sides by kind of token, for each kind that one of them lists."""
    pairs = {
        kind: (None if before is None else getattr(before, kind), None if after is None else getattr(after, kind))
        for kind in RATE_KINDS
    }
    return {kind: pair for kind, pair in pairs.items() if pair != (None, None)}


SLIPS = (100, 1_000, 1_000_000)
"""Cents for dollars; per 1,000 tokens for per million; per token for per million."""


def slipped(before: Rates, after: Rates) -> int | None:
    """The factor of a unit slip by which every listed rate moved, up or down; None where they did not move so.

    >>> slipped(Rates(3_000_000, 15_000_000), Rates(300_000_000, 1_500_000_000))
    100
    """
    pairs = [pair for pair in rate_changes(before, after).values() if any(pair)]
    if not pairs:
        return None
    for factor in SLIPS:
        for up, down in ((1, factor), (factor, 1)):
            if all(None not in pair and pair[0] * down == pair[1] * up for pair in pairs):  # type: ignore[operator]
                return factor
    return None
