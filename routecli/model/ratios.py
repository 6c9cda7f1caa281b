"""Token ratios as typed: tokens on one model for one token on another."""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from routecli.errors import UsageError
from routecli.model import parse
from routecli.model.names import resolve
from routecli.model.rates import RateCard


def ratio(text: str | None, option: str) -> Fraction:
    """A factor above 0, exactly as typed; None is 1."""
    if text is None:
        return Fraction(1)
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value <= 0:
        raise UsageError("bad-ratio", f"{option} takes a factor above 0, like 1.5, not '{text}'")
    return Fraction(value)


def token_ratio(text: str, card: RateCard) -> tuple[tuple[str, str], tuple[Fraction, Fraction]]:
    """`haiku:sonnet=1.0/1.2`: for one token on haiku, 1.0 input and 1.2 output tokens on sonnet."""
    match = re.fullmatch(r"(.+)=([^=/]+)/([^=/]+)", text)
    names = parse.tiers(match[1], "--tokens-ratio") if match else []
    if match is None or len(names) != 2:
        raise UsageError("bad-tokens-ratio", f"--tokens-ratio takes FROM:TO=INPUT/OUTPUT, not '{text}'")
    first, second = (resolve(card, name, typed=True).id for name in names)
    if first == second:
        raise UsageError("bad-tokens-ratio", f"--tokens-ratio {text} names {first} twice")
    return (first, second), (ratio(match[2], "--tokens-ratio"), ratio(match[3], "--tokens-ratio"))


def token_ratios(texts: Sequence[str], card: RateCard) -> dict[tuple[str, str], tuple[Fraction, Fraction]]:
    """Several ratios; each pair of models once, in one direction (it is used in both)."""
    found: dict[tuple[str, str], tuple[Fraction, Fraction]] = {}
    for text in texts:
        pair, factors = token_ratio(text, card)
        if pair in found or pair[::-1] in found:
            raise UsageError(
                "bad-tokens-ratio",
                f"--tokens-ratio {text}: {pair[0]} and {pair[1]} have a ratio already",
                fix="leave one of them out; a ratio is used in both directions",
            )
        found[pair] = factors
    return found
