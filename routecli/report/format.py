"""Numbers and labels to words: one spelling for every renderer.

A number is rounded half up from its shortest decimal spelling (`repr`), so 2.675 dollars is $2.68 and never the
$2.67 of its binary neighbour. Nothing here decides; a figure that is unknown (None) is `-`, never 0.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final

from routecli.report.view import Kind

UNKNOWN: Final = "-"

TEXT_KINDS: Final = frozenset({"text", "word"})
"""Kinds whose raw values are words; every other kind is a number."""

_CENT = Decimal("0.01")
# Wide enough for any float: the default 28 digits would round a long pico-USD total. Every operation below names
# this context or, like copy_abs, uses none; a bare abs() or a minus sign would round to the 28.
_EXACT = Context(prec=2000, rounding=ROUND_HALF_UP)
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNPRINTABLE_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_SHORT_ESCAPES: Mapping[str, str] = MappingProxyType({"\n": r"\n", "\r": r"\r", "\t": r"\t"})
_SHORT_UNITS = (("T", 12), ("B", 9), ("M", 6), ("K", 3))


def decimal_of(value: Any) -> Decimal:
    """A raw number as the decimal a person would write for it.

    Takes int, float, Decimal or a string of digits (pico-USD totals ride as strings). Raises ValueError for
    NaN, an infinity, a boolean or words: a report holds none of them in a column of numbers.
    """
    if isinstance(value, bool):
        raise ValueError(f"a column of numbers cannot hold {value!r}")
    try:
        number = Decimal(repr(value) if isinstance(value, float) else str(value))
    except InvalidOperation:
        raise ValueError(f"a column of numbers cannot hold {value!r}") from None
    if not number.is_finite():
        raise ValueError(f"a report cannot hold {value!r}")
    return number


def _fixed(number: Decimal, places: int) -> Decimal:
    """Round half up to that many decimals; a zero loses its sign."""
    rounded = number.quantize(Decimal(1).scaleb(-places), context=_EXACT)
    return rounded.copy_abs() if rounded.is_zero() else rounded


def _significant(number: Decimal, digits: int) -> Decimal:
    """Round half up to that many significant digits, never above the units: whole numbers keep every digit."""
    if number.is_zero():
        return Decimal(0)
    return _fixed(number, max(digits - 1 - number.adjusted(), 0))


def _plain(number: Decimal) -> str:
    """Digits without an exponent or idle zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(value: Any) -> str:
    """Dollars: cents, or four significant digits below one cent.

    >>> money(1234.56), money(0.001234), money(-3.2), money(0)
    ('$1,234.56', '$0.001234', '-$3.20', '$0.00')
    """
    number = decimal_of(value)
    size = number.copy_abs()
    if 0 < size < _CENT:
        # 0.009 999 99 rounds up to a cent, and is then written as one.
        size = _fixed(size, 3 - size.adjusted())
    amount = f"{size:,f}" if 0 < size < _CENT else f"{_fixed(size, 2):,f}"
    return f"-${amount}" if number < 0 else f"${amount}"


def money_delta(value: Any) -> str:
    """A difference in dollars, always signed except for zero.

    >>> money_delta(198), money_delta(-3.2), money_delta(-0.0)
    ('+$198.00', '-$3.20', '$0.00')
    """
    return f"+{money(value)}" if decimal_of(value) > 0 else money(value)


def percent(value: Any) -> str:
    """A percentage given as 0-100.

    >>> percent(36.65), percent(-0.04)
    ('36.7 %', '0.0 %')
    """
    return f"{_fixed(decimal_of(value), 1):,f} %"


def percent_of_share(value: Any) -> str:
    """A percentage given as a share 0-1.

    >>> percent_of_share(0.367)
    '36.7 %'
    """
    return percent(decimal_of(value).scaleb(2, context=_EXACT))


def success_rates(low: Any, high: Any) -> str:
    """The success rates that are possible, as the end of a sentence about all of them.

    >>> success_rates(0, 1), success_rates(0.5, 1)
    ('success rate', 'success rate that is possible here (from 50.0 %)')
    >>> success_rates(0.1, 0.95)
    'success rate that is possible here (10.0 % to 95.0 %)'
    """
    if low == 0 and high == 1:
        return "success rate"
    ends = f"from {percent_of_share(low)}" if high == 1 else f"{percent_of_share(low)} to {percent_of_share(high)}"
    return f"success rate that is possible here ({ends})"


def milliseconds(value: Any) -> str:
    """Milliseconds, with one decimal below ten.

    >>> milliseconds(1250), milliseconds(9.5), milliseconds(9.96)
    ('1,250 ms', '9.5 ms', '10 ms')
    """
    fine = _fixed(decimal_of(value), 1)
    return f"{fine:,f} ms" if -10 < fine < 10 else f"{_fixed(decimal_of(value), 0):,f} ms"


def count(value: Any) -> str:
    """A whole number of things (an expected count is rounded to whole ones).

    >>> count(1234567)
    '1,234,567'
    """
    return f"{_fixed(decimal_of(value), 0):,f}"


def factor(value: Any) -> str:
    """How many times, to four significant digits.

    >>> factor(2.1), factor(12345.6)
    ('x 2.1', 'x 12,346')
    """
    whole, _, decimals = _plain(_significant(decimal_of(value), 4)).partition(".")
    return f"x {Decimal(whole):,f}" + (f".{decimals}" if decimals else "")


def number(value: Any) -> str:
    """A plain decimal to six significant digits; whole digits are never rounded away.

    >>> number(0.1 + 0.2), number(12345678), number(1e-9)
    ('0.3', '12345678', '0.000000001')
    """
    return _plain(_significant(decimal_of(value), 6))


def short_count(value: Any) -> str:
    """A large count as people say it, to three significant digits.

    >>> short_count(100_000_000), short_count(1_500_000), short_count(999_999), short_count(42)
    ('100M', '1.5M', '1M', '42')
    """
    amount = decimal_of(value)
    # Rounding first decides the unit: 999,999 is said 1M, not 1000K.
    rounded = _fixed(amount, 2 - amount.adjusted()) if amount else amount
    for letter, exponent in _SHORT_UNITS:
        if rounded.adjusted() >= exponent and rounded:
            return _plain(rounded.scaleb(-exponent, context=_EXACT)) + letter
    return _plain(rounded)


def is_unprintable(character: str) -> bool:
    """True where a terminal would act on the character, reorder text around it, or could not encode it."""
    return character in _BIDI_CONTROLS or unicodedata.category(character) in _UNPRINTABLE_CATEGORIES


def inert(text: str) -> str:
    r"""Words from a log made safe to show: every control character becomes its visible escape.

    >>> inert("\x1b[31mred\nline")
    '\\x1b[31mred\\nline'
    """
    if text.isprintable():
        return text
    return "".join(_escape(character) if is_unprintable(character) else character for character in text)


def _escape(character: str) -> str:
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    point = ord(character)
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"


def one_line(text: str) -> str:
    """Text for a single line: line breaks and runs of blanks become one blank, other control characters escapes."""
    return inert(" ".join(text.split()))


def label(value: Any) -> str:
    """A raw value of a text column as words: yes and no for booleans, lists joined by commas.

    >>> label("faq"), label(True), label(["a", "b"]), label(None)
    ('faq', 'yes', 'a, b', '-')
    """
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(label(item) for item in value)
    return inert(str(value))


_WRITERS: Mapping[Kind, Callable[[Any], str]] = MappingProxyType(
    {
        "text": label,
        "word": label,
        "int": count,
        "usd": money,
        "usd_delta": money_delta,
        "pct": percent,
        "share": percent_of_share,
        "ms": milliseconds,
        "factor": factor,
        "number": number,
    }
)


def write(value: Any, kind: Kind) -> str:
    """One raw value as every text format shows it; None is `-`.

    Raises ValueError where a column of numbers holds something that is not a finite number.
    """
    return UNKNOWN if value is None else _WRITERS[kind](value)


_DIGITS = re.compile(r"-?\d+(\.\d+)?\Z", re.ASCII)


def is_digits(text: str) -> bool:
    """True for a number spelled as a string, as pico-USD totals are."""
    return _DIGITS.match(text) is not None
