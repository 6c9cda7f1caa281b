"""Spoiled logs of every declared format: nothing crashes, every record is accounted for, sound ones are read as ever.

A longer run with other seeds: `python -m benchmarks.fuzz` (docs/contributing-formats.md).
"""

import gzip
import json
import random
from typing import Any

import pytest
from counted import in_lines
from fuzz_laws import broken, fails, smallest
from fuzzed import DOCUMENTS, FORMS, ITERATED, JSON_FORMS, READ_AS, SOURCES, TABLE_FORMS, Case, read_as
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from routecli.data.logs.formats import FORMATS

SEED = st.integers(0, 2**31)
RECORDS = st.lists(SEED, min_size=30, max_size=40, unique=True)
ONCE = settings(
    # What fails is made smaller here, record by record, which is many times faster.
    max_examples=1,
    phases=[Phase.generate],
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def test_every_declared_format_is_spoiled() -> None:
    assert {read_as(source) for source in SOURCES} == {format.id for format in FORMATS}


def hold(case: Case, *, again: bool) -> None:
    """Every law, or the smallest log of the kind for which one does not hold."""
    if fails(case, again=again):
        less = smallest(case)
        law = broken(less)
        raise AssertionError(f"{law}\n{less!r}\n{less.file()}")


@pytest.mark.parametrize("source", [one for one in SOURCES if one not in READ_AS or one in ITERATED])
def test_any_log_is_read_by_the_laws(source: str) -> None:
    forms = [*FORMS, *(TABLE_FORMS if source.endswith(".csv") else JSON_FORMS)]
    number = SOURCES.index(source)

    @ONCE
    @given(RECORDS, SEED)
    def look(records: list[int], seed: int) -> None:
        seeds = tuple(seed + one for one in records)
        hold(Case(source, seeds, forms[number % len(forms)]), again=number % 3 == 0)

    look()


def whole() -> bytes:
    case = Case("native", tuple(range(200)))
    return b"\n".join(line for i, line in enumerate(case.records) if case.kind(i) != "spoiled") + b"\n"


@settings(ONCE, max_examples=12)
@given(st.randoms(use_true_random=True))
def test_damaged_compression_is_told_or_harmless(fresh: Any, draw: random.Random) -> None:
    good, bench = gzip.compress(whole(), 6, mtime=0), fresh()
    at = draw.randrange(len(good))
    flipped = bytes([good[at] ^ 1 << draw.randrange(8)])
    bad = good[:at] + draw.choice([b"", flipped + good[at + 1 :]])
    result = bench.load(bad, "log.jsonl.gz", format="native")
    if result.error is None:
        # A bit of the header that means nothing here, such as when it was compressed.
        assert result.rows_new == len(whole().splitlines())
    else:
        assert result.error.id in ("unreadable-file", "nothing-to-load") and result.error.exit_code == 3
        assert not bench.db.exists()


@settings(ONCE, max_examples=2)
@given(st.randoms(use_true_random=True))
def test_formats_mixed_in_one_file(fresh: Any, draw: random.Random) -> None:
    names = draw.sample(sorted(DOCUMENTS), 3)
    lines = [json.dumps(DOCUMENTS[draw.choice(names)]).encode() for _ in range(20)]
    content, bench = b"\n".join(lines), fresh()
    result = bench.load(content)
    if result.error is not None:
        assert result.error.id == "ambiguous-format" and not bench.db.exists()
        result = bench.load(content, format=READ_AS.get(names[0], names[0]))
    assert result.error is None or result.error.id == "nothing-to-load"
    assert result.rows_read == in_lines(content, result.format)


@pytest.mark.parametrize("source", ["native", "helicone_jsonl", "gemini_response"])
def test_what_the_first_records_lack_is_read_of_later_ones(source: str) -> None:
    hold(Case(source, tuple(range(300, 310)), "late"), again=False)
