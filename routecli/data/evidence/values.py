"""What a cell of an evaluation file says: passed or not, a number, a text; what cannot be judged has a reason.

A judgement that failed (-1, null, an error) is no failure of the model: it is left out and counted.
"""

import hashlib
import json
from collections.abc import Callable, Hashable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from routecli.errors import DataError
from routecli.model.evidence_import import PASS_THRESHOLD
from routecli.money import PICO_PER_USD

if TYPE_CHECKING:
    import pandas as pd

MISSING, FAILED, ERROR = "no judgement", "failed judgement (-1)", "error"
"""Why an answer has no outcome."""

PASSES = frozenset({"true", "t", "yes", "y", "pass", "passed", "correct", "right", "success", "ok", "good"})
FAILS = frozenset({"false", "f", "no", "n", "fail", "failed", "incorrect", "wrong", "failure", "bad"})
ERRORS = frozenset({"error", "errored", "err", "timeout", "exception", "invalid", "refused", "skipped"})
NOTHING = frozenset({"", "null", "none", "nan", "na", "n/a", "-"})
LONGEST_ID = 64

Outcome = tuple[bool | None, float | None, str | None]
"""(passed, score, why there is no outcome)."""


def outcome(value: Any, threshold: Fraction | None) -> Outcome:
    """One judgement. Raises DataError `bad-outcome` for words, and for scores off 0-1 without a threshold.

    >>> outcome("1", None), outcome(-1, None), outcome("0.4", None)
    ((True, 1.0, None), (None, None, 'failed judgement (-1)'), (False, 0.4, None))
    """
    if isinstance(value, bool):
        return value, float(value), None
    text = "" if value is None else str(value).strip().lower()
    if text in NOTHING:
        return None, None, MISSING
    if text in PASSES or text in FAILS:
        return text in PASSES, float(text in PASSES), None
    if text in ERRORS:
        return None, None, ERROR
    try:
        number = Fraction(Decimal(text))
    except (InvalidOperation, ValueError, OverflowError):
        raise DataError(
            "bad-outcome",
            f"'{text[:LONGEST_ID]}' is no judgement",
            why="a judgement is 0 or 1, true or false, pass or fail, or a score",
            fix="name the right column with --map passed=COLUMN",
        ) from None
    if number == -1:
        return None, None, FAILED
    if threshold is None and not 0 <= number <= 1:
        raise DataError(
            "bad-outcome",
            f"the score {text} is not between 0 and 1",
            fix="say from which score on an answer passes, with --pass-threshold",
        )
    return number >= (PASS_THRESHOLD if threshold is None else threshold), float(number), None


def each(values: "pd.Series[Any]", read: Callable[[Any], Any]) -> list[Any]:
    """`read` of every value, computed once per distinct one."""
    known: dict[tuple[type, Hashable], Any] = {}
    found = []
    for value in values.tolist():
        key = (type(value), value if isinstance(value, Hashable) else repr(value))
        if key not in known:
            known[key] = read(plain(value))
        found.append(known[key])
    return found


def plain(value: Any) -> Any:
    """A cell as Python means it: missing values of every library are None."""
    if value is None or type(value).__name__ in ("NAType", "NaTType") or value != value:
        return None
    return value.item() if hasattr(value, "item") else value


def number(value: Any) -> float | None:
    """A finite number, or None where there is none."""
    try:
        found = float(str(value).strip()) if value is not None and not isinstance(value, bool) else None
    except ValueError:
        return None
    return found if found is not None and abs(found) < float("inf") and found == found else None


def whole(value: Any) -> int | None:
    """A count of 0 or more, or None."""
    found = number(value)
    return int(found) if found is not None and found >= 0 and found == int(found) else None


def pico(value: Any) -> int | None:
    """Dollars as whole pico-USD (rounded half-even), or None.

    >>> pico("0.009229999999999999")
    9230000000
    """
    try:
        found = Decimal(str(value).strip()) if value is not None and not isinstance(value, bool) else None
    except InvalidOperation:
        return None
    if found is None or not found.is_finite() or found < 0:
        return None
    return round(Fraction(found) * PICO_PER_USD)


def text(value: Any) -> str | None:
    """A word, or None where there is none; a whole number as an id is written without its decimals."""
    if value is None:
        return None
    if isinstance(value, float) and value == int(value):
        value = int(value)
    found = str(value).strip()
    return found if found.lower() not in ("", "null", "none", "nan") else None


def digest(value: Any) -> str | None:
    """16 hex digits in place of a text that is not kept; equal texts have equal ones."""
    if value is None or value == "":
        return None
    said = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]


def safe_id(value: str) -> str:
    """An id as it is, or its digest where it is long or has blanks in it: it may be the prompt itself.

    >>> safe_id("gsm8k/12"), safe_id("What is 2 + 2?")
    ('gsm8k/12', 'sha256:38d46ad3618826cf')
    """
    plain = len(value) <= LONGEST_ID and value.isprintable() and " " not in value
    return value if plain else f"sha256:{digest(value)}"
