"""How the text of a log becomes a typed value, as SQL: one entry per kind of column.

Every parser is an expression over non-empty trimmed text that yields the value, or NULL where the text is not of that
kind. Plain casts will not do: a cast to BIGINT rounds `1.5` to 2 and reads `0x1F` and `1_000`; a cast to TIMESTAMP
drops the offset; a cast to DOUBLE accepts `nan`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from routecli.data.columns import CALL_ROLES, COST_SOURCES, TS_BASES

_DIGITS = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_CONTROL = r"[\x00-\x1f\x7f]"
LONGEST_LABEL = 256
MOST_DIGITS = 15
"""Of a count: no sum of such counts in one record overflows."""
_EXACT_USD = 1000
_SUCCESS = ("success", "ok", "succeeded", "completed")
_ERROR = ("error", "failed", "failure", "timeout")
_PARTIAL = ("partial", "incomplete", "cancelled", "canceled", "interrupted", "499")


@dataclass(frozen=True, slots=True)
class Kind:
    """`value(x)` is the SQL of the value; text without one is quarantined as `reason`: it should be `wants`.

    `value` trusts no cast of the engine's, which costs regular expressions. Nearly all text is written plainly, and
    there `quick` is enough: where `quick.sure(x, q)` holds for q, the result of `quick.cast(x)`, `quick.final(q)` is
    the very value.

    `typed(x)` is the SQL of the value where x is not text, but what the engine read strictly as DOUBLE; NULL where that
    might not be the value: it reads true as 1 and false as 0. Of text in quotes it takes only what is a number, though
    it forgives what `value` does not: an exponent in a count, a blank in front.
    """

    value: Callable[[str], str]
    reason: str
    wants: str
    quick: "Quick | None" = None
    typed: Callable[[str], str] | None = None

    def unfit(self, x: str) -> str:
        """True where `x` has no value of this kind."""
        plain = f"coalesce({self.quick.sure(x, self.quick.cast(x))}, false)" if self.quick else "false"
        return f"NOT {plain} AND ({self.value(x)}) IS NULL"


@dataclass(frozen=True, slots=True)
class Quick:
    """See `Kind`."""

    cast: Callable[[str], str]
    sure: Callable[[str, str], str]
    final: Callable[[str], str] = str


def is_number(x: str) -> str:
    """True where `x` is written as a plain decimal number."""
    return f"regexp_full_match({x}, '{_DIGITS}')"


def smooth(x: str) -> str:
    """True where `x` has only printable ASCII: no quotes, backslashes, blanks, brackets that open.

    A fraction of the cost of a regular expression: whatever JSON must escape makes the JSON text longer.
    """
    odd = "".join(f" AND NOT contains({x}, {one})" for one in ("' '", "'['", "'{'", "chr(127)"))
    return f"strlen(to_json({x})) = strlen({x}) + 2 AND strlen({x}) = length({x}){odd}"


def _written_plainly(x: str) -> str:
    # What a cast to a number accepts besides: blanks around it, underscores, a sign, a leading point, nan, infinity.
    return f"{x} >= '0' AND {x} < ':' AND {x}[-1] BETWEEN '0' AND '9' AND NOT contains({x}, '_')"


def _quick_whole(sql_type: str) -> Quick:
    # Reading a number back to the same text is several times cheaper than a regular expression.
    return Quick(
        lambda x: f"TRY_CAST({x} AS {sql_type})",
        lambda x, q: f"{q} >= 0 AND strlen({x}) <= {MOST_DIGITS} AND {q}::VARCHAR = {x}",
    )


def _whole(sql_type: str) -> Callable[[str], str]:
    def cast(x: str) -> str:
        return f"TRY_CAST(TRY_CAST({x} AS DECIMAL({MOST_DIGITS},0)) AS {sql_type})"

    def value(x: str) -> str:
        whole_part = f"split_part({x}, '.', 1)"
        return rf"CASE WHEN regexp_full_match({x}, '\+?[0-9]+(?:\.0*)?') THEN {cast(whole_part)} END"

    return value


_QUICK_NUMBER = Quick(lambda x: f"TRY_CAST({x} AS DOUBLE)", lambda x, q: f"isfinite({q}) AND {_written_plainly(x)}")
_QUICK_USD = Quick(
    lambda x: f"TRY_CAST({x} AS DECIMAL(38,12))", lambda x, q: f"{q} IS NOT NULL AND {_written_plainly(x)}"
)


def _number(x: str) -> str:
    return f"CASE WHEN {is_number(x)} AND isfinite(TRY_CAST({x} AS DOUBLE)) THEN TRY_CAST({x} AS DOUBLE) END"


def _typed_whole(sql_type: str, below: int) -> Callable[[str], str]:
    return lambda x: f"CASE WHEN {x} > 1 AND {x} < {below} AND floor({x}) = {x} THEN {x}::{sql_type} END"


def _typed_number(x: str) -> str:
    return f"CASE WHEN isfinite({x}) AND {x} <> 0 AND {x} <> 1 THEN {x} END"


def _typed_usd(x: str) -> str:
    # Below the bound a number of 12 decimals is the only one that is nearest to its DOUBLE. One with more decimals is
    # read as the DOUBLE is written, as JSON numbers always are; above it, whole numbers may have lost digits.
    quick, text = f"TRY_CAST({x} AS DECIMAL(18,12))", f"TRY_CAST({x}::VARCHAR AS DECIMAL(38,12))"
    plain = f"abs({x}) < {_EXACT_USD} AND {quick}::DOUBLE = {x}"
    return (
        f"CASE WHEN {x} = 0 OR {x} = 1 THEN NULL WHEN {plain} THEN {quick} WHEN abs({x}) < {_EXACT_USD} THEN {text} END"
    )


def _seconds(x: str) -> str:
    # Through DECIMAL, because 1.001 * 1000 is not 1001 in binary.
    return f"CASE WHEN {is_number(x)} THEN (TRY_CAST({x} AS DECIMAL(28,12)) * 1000)::DOUBLE END"


def _with_unit(x: str) -> str:
    number = f"TRY_CAST(regexp_extract({x}, '^{_DIGITS}') AS DECIMAL(28,12))"
    unit = f"regexp_extract({x}, '[a-zµ]+$')"
    return (
        f"CASE WHEN regexp_full_match({x}, '{_DIGITS} *(?:ns|us|µs|ms|s|sec|seconds)') THEN CASE {unit} "
        f"WHEN 'ns' THEN ({number} * 0.000001)::DOUBLE WHEN 'us' THEN ({number} * 0.001)::DOUBLE "
        f"WHEN 'µs' THEN ({number} * 0.001)::DOUBLE WHEN 'ms' THEN {number}::DOUBLE "
        f"ELSE ({number} * 1000)::DOUBLE END END"
    )


def _duration(bare: Callable[[str], str]) -> Callable[[str], str]:
    return lambda x: f"CASE WHEN {is_number(x)} THEN {bare(x)} ELSE {_with_unit(x)} END"


def _usd(x: str) -> str:
    return f"CASE WHEN {is_number(x)} THEN TRY_CAST({x} AS DECIMAL(38,12)) END"


def _micros(x: str) -> str:
    """Seconds, ms, us or ns since 1970, told apart by their size, in microseconds."""
    epoch = f"TRY_CAST({x} AS DECIMAL(38,9))"
    return (
        f"floor(CASE WHEN {epoch} < 100000000000 THEN {epoch} * 1000000 WHEN {epoch} < 100000000000000 "
        f"THEN {epoch} * 1000 WHEN {epoch} < 100000000000000000 THEN {epoch} * 1 ELSE {epoch} * 0.001 END)::BIGINT"
    )


def _instant(x: str) -> str:
    # Python's logging writes a comma before the milliseconds; some writers a small z or a blank before the offset.
    tidy = rf"regexp_replace(replace(upper({x}), ',', '.'), ' +([+-][0-9])', '\1')"
    return (
        f"CASE WHEN TRY_CAST({x} AS TIMESTAMPTZ) IS NOT NULL THEN TRY_CAST({x} AS TIMESTAMPTZ)::TIMESTAMP "
        rf"WHEN regexp_full_match({x}, '[0-9]{{1,19}}(?:\.[0-9]*)?(?:[eE]\+?[0-9]{{1,2}})?') "
        f"AND TRY_CAST({x} AS DECIMAL(38,9)) < 1e19 THEN make_timestamp({_micros(x)}) "
        f"ELSE TRY_CAST({tidy} AS TIMESTAMPTZ)::TIMESTAMP END"
    )


def _quick_instant(x: str) -> str:
    """In microseconds since 1970; NULL where it takes a closer look."""
    number = f"strlen({x}) < 20 AND {_written_plainly(x)} AND NOT contains({x}, 'e') AND NOT contains({x}, 'E')"
    return (
        f"CASE WHEN contains({x}, '-') THEN epoch_us(TRY_CAST({x} AS TIMESTAMPTZ)) WHEN {number} THEN {_micros(x)} END"
    )


_QUICK_INSTANT = Quick(_quick_instant, lambda x, q: f"{q} IS NOT NULL", lambda q: f"make_timestamp({q})")


def _either(x: str, words: dict[str, tuple[str, ...]]) -> str:
    # Not IN (...): the planner turns long IN lists into a join.
    cases = [f"WHEN '{word}' THEN {value}" for value, spellings in words.items() for word in spellings]
    return f"CASE lower({x}) {' '.join(cases)}"


def _truth(x: str) -> str:
    return _either(x, {"true": ("true", "t", "yes", "y", "1"), "false": ("false", "f", "no", "n", "0")}) + " END"


def _status(x: str) -> str:
    words = _either(x, {"'success'": _SUCCESS, "'error'": _ERROR, "'partial'": _PARTIAL})
    return (
        rf"{words} ELSE CASE WHEN regexp_full_match({x}, '2[0-9][0-9](?:\.0*)?') THEN 'success' "
        rf"WHEN regexp_full_match({x}, '499\.0*') THEN 'partial' "
        rf"WHEN regexp_full_match({x}, '[45][0-9][0-9](?:\.0*)?') THEN 'error' END END"
    )


def _word(*words: str) -> Callable[[str], str]:
    return lambda x: _either(x, {f"'{word}'": (word,) for word in words}) + " END"


def _label(x: str) -> str:
    fit = (
        f"strlen({x}) <= {LONGEST_LABEL} AND NOT regexp_matches(trim({x}), '{_CONTROL}') "
        rf"AND NOT regexp_matches({x}, '^ *[{{\[]')"
    )
    return f"CASE WHEN {fit} THEN nullif(trim({x}), '') END"


_QUICK_LABEL = Quick(lambda x: x, lambda x, q: "NOT rough")
"""`rough`: see `routecli.data.logs.normalise`."""


def _person(x: str) -> str:
    return f"left(sha256({x}), 16)"


_WHOLE = "a whole number of 0 or more, of at most 15 digits"
_MS = "a finite number of milliseconds"
_UNIT = "a number with a unit, such as 812ms or 1.2s"
_LABEL = f"a plain word or id of at most {LONGEST_LABEL} bytes"

KINDS = {
    "tokens": Kind(
        _whole("BIGINT"), "bad-integer", _WHOLE, _quick_whole("BIGINT"), _typed_whole("BIGINT", 10**MOST_DIGITS)
    ),
    "count": Kind(_whole("INTEGER"), "bad-integer", _WHOLE, _quick_whole("INTEGER"), _typed_whole("INTEGER", 1 << 31)),
    "number": Kind(_number, "bad-number", "a finite number", _QUICK_NUMBER, _typed_number),
    "ms": Kind(_number, "bad-duration", _MS, _QUICK_NUMBER, _typed_number),
    "seconds": Kind(_seconds, "bad-duration", "a finite number of seconds"),
    "duration": Kind(_duration(lambda x: "NULL"), "bad-duration", _UNIT),
    "duration_s": Kind(_duration(_seconds), "bad-duration", _UNIT),
    "duration_ms": Kind(_duration(_number), "bad-duration", _UNIT),
    "usd": Kind(_usd, "bad-amount", "a finite amount of US dollars", _QUICK_USD, _typed_usd),
    "signed_usd": Kind(_usd, "bad-amount", "a finite amount of US dollars", _QUICK_USD, _typed_usd),
    "instant": Kind(_instant, "bad-timestamp", "an ISO 8601 time or an epoch number", _QUICK_INSTANT),
    "truth": Kind(_truth, "bad-boolean", "true or false"),
    "status": Kind(_status, "unknown-status", "success, error, partial or a status code"),
    "ts_basis": Kind(_word(*TS_BASES), "bad-word", " or ".join(TS_BASES)),
    "call_role": Kind(_word(*CALL_ROLES), "unknown-call-role", ", ".join(CALL_ROLES)),
    "cost_source": Kind(_word(*COST_SOURCES), "bad-word", " or ".join(COST_SOURCES)),
    "label": Kind(_label, "bad-label", _LABEL, _QUICK_LABEL),
    "note": Kind(_label, "bad-label", _LABEL, _QUICK_LABEL),
    "person": Kind(_person, "bad-label", _LABEL),
}


def harmless(x: str, longest: int = 64) -> str:
    """`x` where it may be shown in an excerpt: short, and no structure, quotes or control characters in it."""
    shown = f"""strlen({x}) <= {longest} AND NOT regexp_matches({x}, '[\\x00-\\x1f\\x7f{{}}\\[\\]"]')"""
    return f"CASE WHEN {shown} THEN {x} ELSE '(' || length({x}) || ' characters)' END"
