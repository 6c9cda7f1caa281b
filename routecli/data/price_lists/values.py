"""Figures of other people's price lists as exact rates."""

from decimal import Decimal
from typing import Any

from routecli.errors import DataError
from routecli.model.rates import Rates
from routecli.money import rate_per_million

# Prices per token that went through binary fractions carry a last digit that nobody wrote.
_NOISE = Decimal("1e-9")
_SIX = Decimal("0.000001")


class Unusable(ValueError):
    """A figure that cannot be taken over, with the reason."""


def rate(usd_per_million: Decimal) -> int:
    """USD per 1M tokens as pico-USD per token; raises Unusable for more than six decimals or less than 0.

    >>> rate(Decimal("0.6000000000000001"))
    600000
    """
    rounded = usd_per_million.quantize(_SIX)
    if rounded and abs(rounded - usd_per_million) <= abs(usd_per_million) * _NOISE:
        usd_per_million = rounded
    try:
        return rate_per_million(usd_per_million)
    except ValueError as error:
        raise Unusable(str(error)) from None


def per_token(value: Any) -> int | None:
    """USD per token (a JSON number read as Decimal, or a text of one) as a rate; None where there is none."""
    if value is None or isinstance(value, bool):
        return None
    return rate(Decimal(str(value)) * 1_000_000)


def rates(kinds: dict[str, int | None]) -> Rates | None:
    """Rates by kind of token; None without an input rate. A price of 0 is never taken over.

    A cache rate of 0 is how some lists say that there is none.
    """
    if kinds.get("input") is None:
        return None
    if kinds["input"] == 0 or kinds.get("output") == 0:
        raise Unusable("the list has a price of 0")
    return Rates(
        input=kinds["input"] or 0,
        output=kinds.get("output"),
        cache_read=kinds.get("cache_read") or None,
        cache_write_5m=kinds.get("cache_write_5m") or None,
        cache_write_1h=kinds.get("cache_write_1h") or None,
    )


def bad_list(where: str, what: str) -> DataError:
    """The error for a file that is no such list."""
    return DataError("bad-price-list", what, where=where, fix="give the file as its project publishes it")
