"""Money is an integer number of pico-USD (1e-12 USD); floats never touch it.

A rate of $3 per 1M tokens is 3,000,000 pico-USD per token, so every list price with at most six
decimals is an integer, and a bill is a sum of integers. Shares and factors are exact rationals
(`Fraction`); an amount is rounded half-even to a pico-dollar once, where it leaves the maths.
"""

from decimal import Decimal
from fractions import Fraction

PICO_PER_USD = 10**12
_PICO_PER_TOKEN_PER_USD_PER_MILLION = 10**6

Amount = int | Fraction
"""An exact amount in pico-USD."""


def rate_per_million(usd: Decimal) -> int:
    """Turn USD per 1M tokens into pico-USD per token.

    >>> rate_per_million(Decimal("3"))
    3000000
    >>> rate_per_million(Decimal("0.003625"))
    3625

    Raises ValueError for a negative rate or one with more than six decimals.
    """
    if not usd.is_finite() or usd < 0:
        raise ValueError(f"a rate must be 0 or more, not {usd}")
    # A Decimal product is rounded to 28 digits, which could hide a seventh decimal; a Fraction is not.
    scaled = Fraction(usd) * _PICO_PER_TOKEN_PER_USD_PER_MILLION
    if scaled.denominator != 1:
        raise ValueError(f"a rate has at most 6 decimals, {usd} has more")
    return int(scaled)


def per_million(rate: int) -> Decimal:
    """Turn pico-USD per token back into USD per 1M tokens, exactly.

    >>> per_million(3625)
    Decimal('0.003625')
    """
    return Decimal(rate) / _PICO_PER_TOKEN_PER_USD_PER_MILLION


def to_pico(amount: Amount) -> int:
    """Round an exact amount half-even to whole pico-USD: the one rounding, at the border.

    >>> to_pico(Fraction(5, 2)), to_pico(Fraction(7, 2))
    (2, 4)
    """
    return round(amount)


def to_usd(amount: Amount) -> float:
    """Dollars as a JSON number; the exact total rides beside it as a string of pico-USD.

    >>> to_usd(342_000_000_000_000)
    342.0
    """
    return float(Decimal(to_pico(amount)) / PICO_PER_USD)


def from_usd(usd: Decimal) -> Fraction:
    """Dollars typed by a person, as an exact amount of pico-USD."""
    return Fraction(usd) * PICO_PER_USD
