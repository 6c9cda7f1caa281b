"""Anything may stand in any field of any format: nothing crashes, every record is counted, no number is made up."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from counted import in_lines
from fuzzed import ITERATED, READ_AS
from samples import DOCUMENTS

HOSTILE: list[Any] = [
    None,
    "",
    "abc",
    True,
    [],
    {},
    [None],
    [1, "a", {}],
    {"a": 1},
    "{}",
    "{'a': 1}",
    "null",
    -1,
    -0.0,
    1.5,
    "1_000",
    "0x10",
    float("nan"),
    float("-inf"),
    "1e999",
    10**15,
    2**63 - 1,
    -(2**63),
    2**63,
    str(2**127 - 1),
    10**25,
    1e300,
    "9" * 50,
    "infinity",
    "99999999999999999999-01-01",
    "294246-01-01",
    "290000-01-01 (BC)",
    "'; DROP TABLE request_rows; --",
    "a\u0000b",
    "\u2028",
    "x" * 300,
]


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything inside a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*at, key)
        yield from places(one, (*at, key))


def changed(document: Any, at: tuple[Any, ...], value: Any) -> Any:
    document = copy.deepcopy(document)
    inner = document
    for key in at[:-1]:
        inner = inner[key]
    inner[at[-1]] = value
    return document


@pytest.mark.parametrize("name", [*DOCUMENTS, "anthropic_iterations"])
def test_anything_may_stand_in_any_field(bench: Any, name: str) -> None:
    document, format = {**DOCUMENTS, **ITERATED}[name], READ_AS.get(name, name)
    lines = [json.dumps(document)]
    for number, at in enumerate(places(document)):
        # Half of them at every place, the other half at the next; test_short_cuts.py has it the other way round.
        lines += [json.dumps(changed(document, at, value)) for value in HOSTILE[(number + 1) % 2 :: 2]]
    content = "\n".join(lines).encode()
    result = bench.load(content, format=format)
    assert result.error is None
    assert result.rows_read == in_lines(content, format)
    assert result.rows_new >= 1
    counts = ["input_tokens", "uncached_input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens"]
    for column in counts:
        low, high = bench.rows(f"coalesce(min({column}), 0), coalesce(max({column}), 0)", "1")[0]
        # What a source leaves out of its total may be missing twice (read and written), no more.
        assert low > -3 * 10**15 and high < 4 * 10**15
    assert {row[0] for row in bench.rows("DISTINCT status", "1")} <= {"success", "error", "partial"}
