"""The number of values in a log, told from its bytes: never less than there are."""

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from routecli.data.logs.tally import Tally

PIECES = st.sampled_from(
    [b'"a": 1', b'":', b'"b":null', b'"c": null', b'"', b":", b"nul", b"ull", b"n", b" ", b"\n", b"x", b", ", b'": nan']
)
BYTES = st.lists(PIECES, max_size=40).map(b"".join)
CUTS = st.lists(st.integers(1, 50), min_size=1, max_size=60)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just('": null'))
RECORDS = st.lists(st.dictionaries(st.text(max_size=6), SCALARS, max_size=6), max_size=8)


def tallied(data: bytes, cuts: list[int], *, nulls: bool) -> int:
    tally, at = Tally(nulls=nulls), 0
    for i in range(len(data)):
        if at >= len(data):
            break
        size = cuts[i % len(cuts)]
        tally(memoryview(data[at : at + size]))
        at += size
    return tally.end()


def plainly(data: bytes, *, nulls: bool) -> int:
    follow = [data[found.end() : found.end() + 4] for found in re.finditer(rb"[\x00-\x22]:", data)]
    return sum(not (nulls and next in (b"null", b" nul")) for next in follow)


@given(BYTES, CUTS, st.booleans())
def test_the_cuts_do_not_matter(data: bytes, cuts: list[int], nulls: bool) -> None:
    assert tallied(data, cuts, nulls=nulls) == plainly(data, nulls=nulls)


@given(RECORDS, CUTS, st.booleans(), st.sampled_from([(",", ":"), (", ", ": "), (" , ", ":\t")]), st.booleans())
def test_there_are_no_more_values(
    records: list[dict[str, object]], cuts: list[int], nulls: bool, marks: tuple[str, str], ascii: bool
) -> None:
    data = "\n".join(json.dumps(one, separators=marks, ensure_ascii=ascii) for one in records).encode(
        "utf-8", "replace"
    )
    values = sum(value is not None for one in records for value in one.values())
    total = tallied(data, cuts, nulls=nulls)
    assert total >= values


def test_plain_logs_are_told_exactly() -> None:
    data = b'{"a": 1, "b": null, "c": "null"}\n{"a":null,"b":2}\n'
    assert tallied(data, [7], nulls=True) == 3
    assert tallied(data, [7], nulls=False) == 5
    assert tallied(b'{"a" : 1, "b"\t:null, "c": "d : e"}', [7], nulls=True) == 3
