"""Text typed on the command line, as records. Every refusal says what was typed and what is allowed."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING

from routecli.errors import UsageError, did_you_mean
from routecli.model.conditions import COLUMNS, Condition

if TYPE_CHECKING:
    from routecli.model.rates import RateCard

_COUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([kmb]?)", re.IGNORECASE)
_SCALE = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9}
_MILLIS = {"ms": Fraction(1), "s": Fraction(1000)}


def count(text: str, option: str) -> int:
    """`100M`, `1.5k` or `250000` as an integer.

    >>> count("100M", "--tokens")
    100000000
    """
    plain = text.strip()
    if re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+(\.\d+)?[kmbKMB]?", plain):
        plain = plain.replace(",", "")
    match = _COUNT.fullmatch(plain.replace("_", ""))
    if match:
        value = Fraction(match[1]) * _SCALE[match[2].lower()]
        if value.denominator == 1:
            return int(value)
    raise UsageError("bad-number", f"{option} takes a whole number like 250000, 1.5M or 2B, not '{text}'")


def share(text: str, option: str) -> Fraction:
    """A share from 0 to 1, exactly as typed; a percentage is refused with the share it would be.

    >>> share("0.7", "--success")
    Fraction(7, 10)
    """
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        fix = f"write {text.strip().replace(',', '.')}" if re.fullmatch(r"\s*\d*,\d+\s*", text) else ""
        raise UsageError("bad-share", f"{option} takes a share from 0 to 1, not '{text}'", fix=fix) from None
    if not value.is_finite() or not 0 <= value <= 1:
        hint = f"if {text} is a percentage, write {value / 100}" if value.is_finite() and 1 < value <= 100 else ""
        raise UsageError("bad-share", f"{option} takes a share from 0 to 1, not {text}", fix=hint)
    return Fraction(value)


def names(text: str, option: str) -> tuple[str, ...]:
    """Names joined by commas, each once.

    >>> names("dataset, item_id", "--id")
    ('dataset', 'item_id')
    """
    found = tuple(name.strip() for name in text.split(","))
    if not all(found) or len(set(found)) != len(found):
        raise UsageError("bad-names", f"{option} takes names joined by commas, each once, not '{text}'")
    return found


def score(text: str, option: str) -> Fraction:
    """A number, exactly as typed."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise UsageError("bad-score", f"{option} takes a number, not '{text}'")
    return Fraction(value)


def assignments(texts: Sequence[str], option: str) -> dict[str, str]:
    """`NAME=VALUE` given any number of times; the value may hold further equals signs.

    >>> assignments(["ts=TIMESTAMP"], "--map")
    {'ts': 'TIMESTAMP'}
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value:
            raise UsageError("bad-assignment", f"{option} takes COLUMN=..., not {text!r}")
        if name.strip() in found:
            raise UsageError("bad-assignment", f"{option} names {name.strip()} twice")
        found[name.strip()] = value
    return found


def pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    """`MODEL=TIME` texts as a mapping; the value is read later."""
    found: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.rpartition("=")
        if not sign or not name.strip():
            raise UsageError("bad-pair", f"{option} takes MODEL=TIME, like haiku=800ms, not '{text}'")
        if name.strip() in found:
            raise UsageError("bad-pair", f"{option} gives {name.strip()} twice")
        found[name.strip()] = value.strip()
    return found


def tiers(text: str, option: str) -> list[str]:
    """Model names separated by colons; a name that contains one is put in quotes.

    >>> tiers("haiku:'us.anthropic.claude-sonnet-4-6-v1:0'", "--cascade")
    ['haiku', 'us.anthropic.claude-sonnet-4-6-v1:0']
    """
    names = [quoted or plain for quoted, plain in re.findall(r"""["']([^"']*)["']|([^:"']+)""", text)]
    rebuilt = re.sub(r"""["'][^"']*["']""", "x", text)
    if rebuilt.count(":") != len(names) - 1 or not all(name.strip() for name in names):
        raise UsageError("bad-tiers", f"{option} takes model names separated by colons, not '{text}'")
    return [name.strip() for name in names]


def conditions(texts: Sequence[str], card: "RateCard") -> tuple[Condition, ...]:
    """`query_type=faq,billing`, `user_tier!=free`, `input_tokens<=1000`: all must hold."""
    return tuple(condition(text, card) for text in texts)


def condition(text: str, card: "RateCard") -> Condition:
    """One `--where` test."""
    match = re.fullmatch(r"\s*(\w+)\s*(!=|>=|<=|=|<|>)\s*(.*?)\s*", text)
    if not match:
        raise UsageError(
            "bad-where",
            f"--where '{text}' is not a test",
            fix="write column=value, column!=value or input_tokens<=1000",
        )
    column, sign, value = match.groups()
    testable(column)
    if column == "input_tokens":
        return _length(sign, value)
    if sign not in ("=", "!="):
        raise UsageError("bad-where", f"--where '{text}': {column} is text, only = and != apply")
    values = tuple(None if word == "null" else word for word in value.split(","))
    if column == "model":
        # Names and cards take a while to load, which most of what is parsed here does without.
        from routecli.model.names import resolve

        values = tuple(None if word is None else resolve(card, word, typed=True).id for word in values)
    return Condition(column, values, negate=sign == "!=")


def testable(column: str) -> None:
    """Raises UsageError for a column that no rule or `--where` can test."""
    if column not in COLUMNS:
        raise UsageError(
            "unknown-column",
            f"a rule or --where cannot test '{column}'",
            fix=did_you_mean(column, COLUMNS) or f"one of {', '.join(COLUMNS)}",
        )


def _length(sign: str, text: str) -> Condition:
    size = count(text, "--where input_tokens")
    if sign in ("=", "!="):
        return Condition("input_tokens", low=size, high=size, negate=sign == "!=")
    low = {">": size + 1, ">=": size}.get(sign)
    high = {"<": size - 1, "<=": size}.get(sign)
    return Condition("input_tokens", low=low, high=high)


def instant(text: str, option: str, *, end: bool = False) -> datetime:
    """An ISO date or time as a UTC instant; with `end`, a bare date means the end of that day."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            day = datetime.combine(date.fromisoformat(text), datetime.min.time(), tzinfo=UTC)
            return day + timedelta(days=1) if end else day
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            "bad-date", f"{option} takes a date like 2026-11-01 or a time like 2026-11-01T16:00:00Z, not '{text}'"
        ) from None


def milliseconds(text: str, option: str) -> float:
    """`800ms` or `1.5s` in milliseconds; a bare number has no unit and is refused.

    >>> milliseconds("1.5s", "--latency")
    1500.0
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s)", text.strip())
    if not match:
        raise UsageError("bad-latency", f"{option} takes a time with its unit, like 800ms or 1.5s, not '{text}'")
    return float(Fraction(match[1]) * _MILLIS[match[2]])


def days(text: str) -> Fraction:
    """`--days`: a positive number, exactly as typed."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise UsageError("bad-days", f"--days takes a number of days, not '{text}'") from None
    if not value.is_finite() or value <= 0:
        raise UsageError("bad-days", f"--days must be above 0, not {text}")
    return Fraction(value)


def months(text: str, option: str) -> Fraction:
    """A number of months above 0, exactly as typed."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value <= 0:
        raise UsageError("bad-months", f"{option} takes a number of months above 0, like 12, not '{text}'")
    return Fraction(value)


def share_or_percent(text: str, option: str) -> Fraction:
    """A share (`0.01`) or, with the sign, a percentage (`1%`).

    >>> share_or_percent("1%", "--max-bad")
    Fraction(1, 100)
    """
    if not text.strip().endswith("%"):
        return share(text, option)
    try:
        value = Decimal(text.strip()[:-1])
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value <= 100:
        raise UsageError("bad-share", f"{option} takes a share from 0 to 1 or a percentage, not '{text}'")
    return Fraction(value) / 100


def points(text: str, option: str) -> Fraction:
    """Percentage points as a share.

    >>> points("1pt", "--max-quality-drop"), points("0.5", "--max-quality-drop")
    (Fraction(1, 100), Fraction(1, 200))
    """
    try:
        value = Decimal(re.sub(r"\s*(pts?|points?|pp)$", "", text.strip()))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value <= 100:
        raise UsageError("bad-points", f"{option} takes percentage points from 0 to 100, like 1pt, not '{text}'")
    return Fraction(value) / 100


def service_level(text: str) -> tuple[Fraction, float]:
    """`p95=2500ms` as a quantile (0-1) and a limit in ms.

    >>> service_level("p95=2500ms")
    (Fraction(19, 20), 2500.0)
    """
    match = re.fullmatch(r"p(\d{1,2}(?:\.\d+)?)=(.+)", text.strip())
    if not match or not float(match[1]):
        raise UsageError("bad-slo", f"--slo takes a percentile and a time, like p95=2500ms, not '{text}'")
    return Fraction(match[1]) / 100, milliseconds(match[2], "--slo")


def pace(text: str, option: str) -> tuple[float, float]:
    """`600ms+60/s` as (time to the first token in ms, ms per output token); without `+`, a constant time.

    >>> pace("600ms+50/s", "--latency")
    (600.0, 20.0)
    """
    first, sign, rest = text.partition("+")
    if not sign:
        return milliseconds(text, option), 0.0
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*/\s*s\s*", rest)
    if not match or not float(match[1]):
        raise UsageError("bad-latency", f"{option} takes TIME or TIME+TOKENS/s, like 600ms+60/s, not '{text}'")
    return milliseconds(first, option), 1000 / float(match[1])
