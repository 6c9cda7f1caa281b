"""The short cuts of ingest change nothing: plainly written values read by casts or as numbers, rows appended at once.

The careful way reads every value with the rules alone and goes by a temporary table. Both must give the same rows,
reasons, lines, excerpts and warnings, whatever stands in the file.
"""

import copy
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from conftest import GOOD, Bench
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import DOCUMENTS, READ_AS
from test_hostile import HOSTILE, changed, places

from routecli.data.logs import flat, ingest, tally
from routecli.data.logs.direct import Direct
from routecli.data.logs.formats.native import FORMAT
from routecli.data.logs.normalise import Normal, typable


@pytest.fixture(autouse=True, scope="module")
def small_logs_too() -> Iterator[None]:
    with patch.object(tally, "LEAST", 0):
        yield


KEYS = [key for key in FORMAT.keys if key not in ("ts_basis", "status", "call_role", "cost_source")]
TIME = r"([T ][0-2][0-9]:[0-5][0-9](:[0-5][0-9]([.,][0-9]{1,9})?)?)?"
SPELLED = st.one_of(
    st.from_regex(r"\A[ +-]?[0-9_]{0,3}[.,]?[0-9]{0,3}([eE][+-]?[0-9]{1,3})?[ \t]?\Z"),
    st.from_regex(r"\A202[0-9]-1[0-2]-[0-3][0-9]" + TIME + r"(Z|z| ?[+-][0-9]{2}(:?[0-9]{2})?)?\Z"),
    st.sampled_from(["nan", "inf", "Infinity", "0x1F", "1e999", "12ms", "1.5 s", "true", "T", "ok", "", " ", "\u00a0"]),
)
LABELS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.one_of(
    st.integers(-3, 300),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(0, 2e9).map(lambda seconds: round(seconds, 3)),
    st.integers(1793480000, 1793490000),
)
VALUES = st.one_of(SPELLED, LABELS, NUMBERS, NUMBERS.map(str), st.sampled_from(HOSTILE), st.booleans())
PLAIN = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["a", "b c", "é"]),
        "timestamp": st.sampled_from([1793491200, "2026-11-01T00:00:00Z", "2026-11-01 00:00:00,5", "1793491200.25"]),
        "input_tokens": st.sampled_from([10, "10", 10.0, "010"]),
    },
    optional={
        "request_id": st.sampled_from(["r1", "r2", "r3", " r1", "native:r1"]),
        "attempt": st.sampled_from([1, 2, "1"]),
        "status": st.sampled_from(["ok", "ERROR", 200, "503.0", " ok", "fine"]),
        "latency": st.sampled_from([5, "5", "5ms", "0.5 s", "fast"]),
        "cost": st.sampled_from(["0.000000000001", 1e-7, "1e-7", 0.1, "0.1 ", "$1"]),
        "call_role": st.sampled_from(["user", "GATE", "boss"]),
        "cost_source": st.sampled_from(["estimated", "made up"]),
    },
)
RECORD = st.builds(
    lambda plain, odd: {**plain, **odd}, PLAIN, st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3)
)
LINE = st.one_of(
    RECORD.map(json.dumps),
    RECORD.map(json.dumps),
    RECORD.map(lambda record: json.dumps(record, ensure_ascii=False)),
    RECORD.map(lambda record: json.dumps(record)[:-1]),
    st.sampled_from(["", "  ", "[1]", "{}", '{"model": "a", "model": "b", "timestamp": 1793491200}', "\x00"]),
)
LIKE_A_NUMBER = re.compile(rb'"[^"]*[0-9.][eE][+-]?[0-9]+[^"]*"|"[ \t]+[-+.0-9]')
"""Text such as "1e3" or " 5": it is no count of tokens, but where numbers were expected it is read as the number."""
LOG = st.lists(LINE, min_size=1, max_size=25).map(lambda lines: "\n".join(lines).encode())


def outcome(logs: list[bytes], **options: Any) -> list[Any]:
    """All there is to know after the logs were ingested, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        seen: list[Any] = []
        for number, log in enumerate(logs):
            result = bench.load(log, f"log{number}.jsonl", **options)
            seen.append((result.error and result.error.id, replace(result, path="", error=None)))
        if bench.db.exists():
            order = "ingest_id, split_part(record_ref, ':', 2)::BIGINT"
            rows = bench.rows("* REPLACE (parse_filename(source_file) AS source_file)", order)
            seen += [rows, [replace(one, file="") for one in bench.quarantined()]]
        return seen


def carefully(logs: list[bytes], **options: Any) -> list[Any]:
    # Nothing is counted in advance either: what the samples do not show is looked for.
    off = patch.object(ingest, "fits", lambda *_: False), patch.object(flat, "countable", lambda *_: None)
    with patch.object(Normal, "careful", True), off[0], off[1]:
        return outcome(logs, **options)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LOG, LOG)
def test_own_logs(first: bytes, second: bytes) -> None:
    assert outcome([first, second], max_bad=1.0, format="native") == carefully(
        [first, second], max_bad=1.0, format="native"
    )


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LOG.filter(lambda log: not LIKE_A_NUMBER.search(log)))
def test_numbers_that_were_taken_to_be_plain(log: bytes) -> None:
    with patch.object(flat.Flat, "_typable", lambda self: typable(self.format) & self.present):
        seen = outcome([log], max_bad=1.0, format="native")
    assert seen == carefully([log], max_bad=1.0, format="native")


ODD = {
    "input_tokens": [None, 0, 1, 2.5, -4, True, False, "12", "twelve", "", 10**15, 1e300, 2**31, [], {}, "nan", "0x1F"],
    "latency_ms": [None, 0, 1, 2.5, -4, True, False, "12", "1.5 s", "", 10**30, "nan", "Infinity", "1_000", "5 "],
    "attempt": [None, 2, 2**31, 2.0],
    "request_id": [None, "", "a b", 7],
    "turn_index": [3, 3.5],
    "status": ["", " ", "OK"],
    "timestamp": ["", " ", None, "2026-11-01"],
    "user_id": ["", " ", None],
    "model": ["", " ", None],
    "user_tier": ["", " ", None, "x" * 257],
    "finish_reason": ["", " ", None],
    "http_status": [200, 503, True],
    "cost_usd": [-1, "x", 0, 1, True, False, "0.5", 0.1, 1e-12, 5e-13, 1.5e-12, 4503.123456789012, 1e25, 1e300, "nan"],
}


AMOUNTS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.tuples(st.integers(-(10**9), 10**16), st.integers(0, 18)).map(lambda parts: parts[0] / 10 ** parts[1]),
)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(AMOUNTS, min_size=100, max_size=200))
def test_amounts_read_as_numbers(amounts: list[float]) -> None:
    made = GOOD | {"cost_usd": 0.5, "saved_cost_usd": 0.5}
    # Of an amount below 0 a cost is refused, and what was saved is not.
    odd = [{"saved_cost_usd": amount, "cost_usd": abs(amount)} for amount in amounts if amount not in (0, 1)]
    samples = [made] * 60
    log = "\n".join(
        json.dumps(one | {"request_id": f"r{i}"}) for i, one in enumerate([*samples, *(made | o for o in odd)])
    )
    assert outcome([log.encode()], max_bad=1.0) == carefully([log.encode()], max_bad=1.0)


@pytest.mark.parametrize("key", ODD)
def test_one_odd_record_after_the_samples(key: str, good: dict[str, Any]) -> None:
    plain = good | {"input_tokens": 900, "latency_ms": 800.5, "cost_usd": 0.0125, "status": "success"}
    plain |= {"user_id": "u", "user_tier": "free", "finish_reason": "stop"}
    logs = []
    for number, value in enumerate(ODD[key]):
        records = [plain | {"request_id": f"r{number}-{i}"} for i in range(60)]
        odd = plain | {"request_id": f"last {number}"} | {key: value}
        logs.append("\n".join(map(json.dumps, [*records, odd])).encode())
    assert outcome(logs, max_bad=1.0) == carefully(logs, max_bad=1.0)


def test_a_broken_line_after_the_samples(good: dict[str, Any]) -> None:
    records = [good | {"request_id": f"r{i}"} for i in range(80)]
    log = "\n".join([*map(json.dumps, records), "{", json.dumps(good)[:-1] + ', "model": "twice"}']).encode()
    assert outcome([log], max_bad=1.0) == carefully([log], max_bad=1.0)


LATE = [
    '"cost_usd": 0.25', '"cost_usd" : 0.25', '"cost_usd"\\t:\\r 0.25', '"cost_usd":0.25', '"cost_us\\u0064": 0.25',
    '"cost_usd": null', '"cost_usd":null', '"cost_usd":  null', '"cost_usd": nan', '"cost_usd": "null"',
    '"cost_usd": [null]', '"note": "a \\":\\" here"', '"note": "a : here"', '"note": {"cost_usd": 0.25}',
    '"model": "again"', '"user": null, "cost_usd": 0.25', '"user": null, "note": "\\": null"',
    '"cost_usd": 0.25, "note": "\\": null"',
]  # fmt: skip


@pytest.mark.parametrize(
    ("plain", "told"), [({}, '"'), ({"user": None}, "null"), ({"note": "x", "seen": True}, '"note"')], ids=str
)
def test_keys_that_no_sample_shows(plain: dict[str, Any], told: str, good: dict[str, Any]) -> None:
    logs = []
    # Where the samples have nulls or other keys, what they might be mistaken for, and one key more.
    for number, late in enumerate([LATE[0], *(one for one in LATE[1:] if told in one)]):
        records = [json.dumps(plain | good | {"request_id": f"r{number}-{i}"}) for i in range(60)]
        last = json.dumps(good | {"request_id": f"last {number}"})
        logs.append("\n".join([*records, f"{last[:-1]}, {late}}}"]).encode())
    assert outcome(logs, max_bad=1.0) == carefully(logs, max_bad=1.0)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_logs_of_others(name: str) -> None:
    document, format = DOCUMENTS[name], READ_AS.get(name, name)
    lines = [json.dumps(document)]
    odd = [*HOSTILE, " padded ", "12 ", " 12", "2026-11-01 00:00:00 +02:00", "1793491200123"]
    for number, at in enumerate(places(document)):
        # Half of them at every place, the other half at the next.
        lines += [json.dumps(changed(document, at, value)) for value in odd[number % 2 :: 2]]
    log = "\n".join(lines).encode()
    assert outcome([log], format=format) == carefully([log], format=format)


def test_the_short_cuts_are_taken(fresh: Callable[[], Bench], good: dict[str, Any]) -> None:
    taken: list[str] = []

    def fill(self: Direct, normal: Normal, rows: str) -> None:
        taken.append(rows)
        plainly(self, normal, rows)

    plainly = Direct.fill
    bench, grown = fresh(), copy.copy(good) | {"request_id": "r2"}
    with patch.object(Direct, "fill", fill):
        bench.load([good])
        bench.load([good, grown], "other.jsonl")
        assert len(taken) == 2
        # A log that grew is compared with the store before anything is written.
        bench.load([good, grown])
        assert len(taken) == 2
    assert all("/cast" in rows and "'input_tokens': 'DOUBLE'" in rows for rows in taken)
    # No key was read that the log does not have, as its values were counted.
    assert all("'user_tier'" not in rows for rows in taken)
    assert len(bench.rows()) == 2
