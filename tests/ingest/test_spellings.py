"""Extreme spellings of JSON numbers, against Python's reading of them: exact where whole, else the nearest double.

Zero is what any reader makes of a number that is too small for a double. Refused is what is no count, amount or time.
"""

import json
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

import pytest

from routecli.data.logs.flat import Flat

SPELLINGS = [
    *(
        "1e-400",
        "-1e-400",
        "0.0000001e-500",
        "4.9e-324",
        "2.5e-324",
        "1e400",
        "-1e400",
        "0e5",
        "0E-7",
        "0.0",
        "-0",
        "-0.0",
    ),
    *("1E2", "1e+2", "1.0", "100e-2", "10e-1", "0.1e1", "1e0", "0.5", "-1", "3e0", "2.50e1", "123456789e-8", "1e-5"),
    *("9007199254740991", "9007199254740992", "9007199254740993", "18446744073709551617", "1" + "0" * 30),
    *("999999999999999", "1000000000000000", "1e14", "1e15", "99999999999999.9", "1e22", "2.0000000000000001"),
    *("1e-12", "1e-13", "5.1e-13", "4.9e-13", "0.30000000000000004", "1.0000000000001", "12345678.123456789012"),
    *("999.999999999999", "1000.000000000001", "16384.000000000001", "123.4567890123456", "0." + "1" * 40),
]
Value = int | float | Decimal | str


def tokens(value: int | float, minus: bool) -> Value:
    whole = value == value // 1 and not (minus and isinstance(value, float))
    return int(value) if whole and 0 <= value < 10**15 else "bad-integer"


def latency(value: int | float, minus: bool) -> Value:
    return float(value) if value >= 0 else "negative-latency"


def cost(value: int | float, minus: bool) -> Value:
    exact = Decimal(repr(value)).quantize(Decimal(1).scaleb(-12), ROUND_HALF_UP, Context(prec=80))
    return "bad-amount" if exact >= 10**26 else exact if exact >= 0 else "negative-cost"


ORACLE: dict[str, Callable[[int | float, bool], Value]] = {
    "input_tokens": tokens,
    "latency_ms": latency,
    "cost_usd": cost,
}
TOO_LARGE = {"input_tokens": "bad-integer", "latency_ms": "bad-duration", "cost_usd": "bad-amount"}


def meant(column: str, spelling: str) -> Value:
    value = json.loads(spelling)
    if abs(value) == float("inf"):
        return TOO_LARGE[column]
    return ORACLE[column](value, spelling.startswith("-"))


def log(column: str, spellings: list[str]) -> bytes:
    """A record for each, behind plain ones of which the samples are taken."""
    plain = {"model": "m", "timestamp": "2026-11-01T00:00:00Z", "input_tokens": 7, "latency_ms": 7.5, "cost_usd": 0.25}
    lines = [json.dumps({"request_id": f"p{i}", **plain}) for i in range(60)]
    for i, spelling in enumerate(spellings):
        record = json.dumps({"request_id": f"s{i}", **plain, column: "@"})
        lines.append(record.replace('"@"', spelling))
    return "\n".join(lines).encode()


def read(bench: Any, column: str, spellings: list[str]) -> dict[str, Value]:
    """What became of each."""
    result = bench.load(log(column, spellings))
    assert result.rows_read == 60 + len(spellings)
    found: dict[str, Value] = dict(bench.rows(f"request_id, {column}"))
    found |= {f"s{one.line - 61}": one.reason for one in bench.quarantined()}
    return {spelling: found[f"s{i}"] for i, spelling in enumerate(spellings)}


@pytest.mark.parametrize("column", ORACLE)
def test_all_in_one_log(bench: Any, column: str) -> None:
    assert read(bench, column, SPELLINGS) == {one: meant(column, one) for one in SPELLINGS}


def _as_number(column: str, spelling: str) -> bool:
    """Whether it can be read as a number at once."""
    value = meant(column, spelling)
    exact = column != "cost_usd" or (not isinstance(value, str) and value < 1000)
    return not isinstance(value, str) and json.loads(spelling) not in (0, 1) and exact


@pytest.mark.parametrize("column", ORACLE)
def test_read_as_numbers(bench: Any, column: str, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, staged = list[frozenset[str]](), Flat.staged

    def spied(self: Flat, total: Any) -> Any:
        found = staged(self, total)
        taken.append(found.normal.typed)
        return found

    monkeypatch.setattr(Flat, "staged", spied)
    plain = [one for one in SPELLINGS if _as_number(column, one)]
    assert read(bench, column, plain) == {one: meant(column, one) for one in plain}
    assert len(plain) >= 8 and taken == [frozenset(ORACLE)]


def test_a_large_cost_is_read_with_all_its_digits(bench: Any) -> None:
    large = [one for one in SPELLINGS if meant("cost_usd", one) != "bad-amount" and json.loads(one) >= 1000]
    assert "9007199254740993" in large
    assert read(bench, "cost_usd", large) == {one: meant("cost_usd", one) for one in large}


def test_a_large_cost_in_quotes_is_read_with_all_its_digits(bench: Any) -> None:
    texts = ["16384.000000000001", "12345678.123456789012"]
    assert read(bench, "cost_usd", [f'"{one}"' for one in texts]) == {f'"{one}"': Decimal(one) for one in texts}
