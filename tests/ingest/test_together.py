"""The pieces of a batch: marked lines, windows within each file, sources that are opened once."""

import json
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routecli.data.logs.formats.record import partitioned
from routecli.data.logs.origin import FILE_INDEX
from routecli.data.logs.sources import Found, Opened
from routecli.data.logs.sources.held import Held
from routecli.data.logs.together import marked
from routecli.errors import DataError

KEYS = st.text('ab{}[]\n" ', min_size=1, max_size=4)
OBJECTS = st.dictionaries(
    KEYS, st.one_of(st.integers(), st.text('{}\n\\"', max_size=5), st.just({"in": [{}]})), min_size=1
)


@given(
    st.lists(st.tuples(OBJECTS, st.sampled_from(["", " ", "\t"]), st.sampled_from(["\n", "\r\n", "\n\n", "\n \r\n"])))
)
def test_every_record_gets_the_mark_and_keeps_the_rest(lines: list[tuple[dict[str, Any], str, str]]) -> None:
    text = "".join(f"{before}{json.dumps(record)}{end}" for record, before, end in lines)
    for content in (text.encode(), text.rstrip().encode()):
        found = marked(content, 7)
        assert found is not None
        assert [json.loads(line) for line in found.splitlines() if line.strip()] == [
            {FILE_INDEX: 7, **record} for record, _, _ in lines
        ]
        assert found.endswith(b"\n")


@pytest.mark.parametrize("content", [b"[1]\n", b'{"a": 1}\nx\n', b'{"a":\n1}\n', b'"{"\n', b'\x00{"a": 1}\n'])
def test_lines_that_are_no_objects_get_none(content: bytes) -> None:
    assert marked(content, 0) is None


@pytest.mark.parametrize(
    ("sql", "within"),
    [
        ("min(a) OVER ()", "min(a) OVER (PARTITION BY f )"),
        ("lag(a) OVER (ORDER BY pos)", "lag(a) OVER (PARTITION BY f ORDER BY pos)"),
        ("max(a) over (partition by b ORDER BY c)", "max(a) OVER (PARTITION BY f, b ORDER BY c)"),
        ("a + b", "a + b"),
    ],
)
def test_a_window_looks_at_one_file(sql: str, within: str) -> None:
    assert partitioned(sql, "f") == within


def opened(path: str) -> Opened:
    return Opened(path, 1, ".jsonl", None)


def test_what_was_fetched_is_opened_once_until_it_is_closed() -> None:
    log: list[str] = []

    def open(found: Found, stack: ExitStack) -> Opened:
        log.append(f"open {found.key}")
        stack.callback(log.append, f"close {found.key}")
        return opened(f"/spool/{found.key}" if found.key != "plain" else "plain")

    held = Held(open)
    plain, spooled, other = (Found(key, key=key, at=key) for key in ("plain", "spooled", "other"))
    held.fetch([plain, spooled])
    assert sorted(log) == ["open plain", "open spooled"]
    assert held.take(spooled) is held.take(spooled)
    log.clear()
    held.put(plain)
    held.put(spooled)
    assert log == ["close plain"]
    held.take(plain)
    held.take(other)
    held.close(spooled)
    assert log == ["close plain", "open plain", "open other", "close spooled"]
    held.clear()
    assert sorted(log[4:]) == ["close other", "close plain"]


def test_a_source_that_cannot_be_opened_is_not_tried_again_before_it_is_closed() -> None:
    tries: list[str] = []

    def open(found: Found, stack: ExitStack) -> Opened:
        tries.append(found.key)
        raise DataError("unreadable-file", "no")

    held, found = Held(open), Found("a", key="a", at="a")
    held.fetch([found, Found("b", key="b", at="b")])
    for _ in range(2):
        with pytest.raises(DataError):
            held.take(found)
    assert sorted(tries) == ["a", "b"]
    held.close(found)
    with pytest.raises(DataError):
        held.take(found)
    assert tries.count("a") == 2
