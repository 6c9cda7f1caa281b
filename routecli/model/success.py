"""Success rates as typed."""

import re
from collections.abc import Sequence
from fractions import Fraction

from routecli.errors import UsageError
from routecli.model import parse
from routecli.model.conditions import ANY_TYPE
from routecli.model.policy import Success


def success(text: str, tiers: int) -> Success:
    """`0.7` (every tier), `0.5,0.6` (per tier) or `faq=0.9,code=0.4,*=0.7` (per query type).

    `tiers` is how many tiers are judged; a list of rates must have that many.
    """
    parts = [part.strip() for part in text.split(",")]
    if any("=" in part for part in parts):
        return Success((_by_type(parts),))
    if re.fullmatch(r"0,[2-9]\d*|0,1\d+", text.strip()):
        raise UsageError("bad-share", f"--success {text}: decimals take a point", fix=f"write {text.replace(',', '.')}")
    rates = [parse.share(part, "--success") for part in parts]
    if len(rates) not in (1, tiers):
        raise UsageError(
            "success-count",
            f"--success {text} gives {len(rates)} rates, but {tiers} tier{'s are' if tiers > 1 else ' is'} judged",
            fix="give one rate, or one for each tier but the last",
        )
    return Success(tuple({ANY_TYPE: rate} for rate in rates))


def _by_type(parts: Sequence[str]) -> dict[str, Fraction]:
    rates: dict[str, Fraction] = {}
    for part in parts:
        name, sign, rate = part.rpartition("=")
        name = name.strip()
        if not sign or not name:
            raise UsageError("bad-success", f"--success mixes rates with and without a query type at '{part}'")
        if name in rates:
            raise UsageError("bad-success", f"--success gives query type '{name}' twice")
        rates[name] = parse.share(rate, f"--success {name}")
    return rates
