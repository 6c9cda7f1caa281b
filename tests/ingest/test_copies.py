"""Copies of one call: a streamed message, a side chain's, an observation exported twice. The best sound one counts.

A copy that is refused stays in the quarantine, and never takes a sound copy with it.
"""

import copy
import json
from typing import Any

import pytest

from tests.ingest.samples import DOCUMENTS


def message(id: str, output: Any, *, input: Any = 1, request: str | None = "", **more: Any) -> dict[str, Any]:
    """A message as logged; its request's id follows from its own unless another is given, None for none."""
    usage = {"input_tokens": input, "cache_read_input_tokens": 5, "output_tokens": output}
    asked = {} if request is None else {"requestId": request or f"req-{id}"}
    line = {"type": "assistant", "sessionId": "s", "timestamp": "2026-11-01T00:00:00Z"}
    return {**line, **asked, "message": {"id": id, "role": "assistant", "model": "m", "usage": usage}, **more}


def counted(bench: Any) -> list[tuple[Any, ...]]:
    return bench.rows("dedup_key, output_tokens", "dedup_key")


@pytest.mark.parametrize(
    "broken",
    [
        message("a", "44x"),
        message("a", -5),
        message("a", 445, input="7 tokens"),
        message("a", 445, timestamp="yesterday"),
        message("a", 445, timestamp="2031-01-01T00:00:00Z"),
        message("a", 445, costUSD="free"),
    ],
)
def test_the_best_sound_copy_counts(bench, broken: dict[str, Any]) -> None:
    result = bench.load([message("a", 1), message("a", 120), broken, message("b", 9)])
    assert (result.rows_new, result.skipped, result.rows_quarantined) == (2, {"stream-snapshot": 1}, 1)
    assert counted(bench) == [("claude:a:req-a", 120), ("claude:b:req-b", 9)]
    assert [one.line for one in bench.quarantined()] == [3]
    assert result.warnings == ("1 calls count by a less complete copy: the fullest one is in quarantine",)


def test_several_refused_copies_in_front_of_the_sound_one(bench) -> None:
    copies = [message("a", output, input="x" if output > 20 else 1) for output in (10, 20, 30, 40, 50)]
    result = bench.load([*copies, message("b", 9)])
    assert (result.rows_new, result.skipped, result.reasons) == (2, {"stream-snapshot": 1}, {"bad-integer": 3})
    assert counted(bench) == [("claude:a:req-a", 20), ("claude:b:req-b", 9)]


def test_a_refused_copy_behind_a_sound_one_is_skipped_as_ever(bench) -> None:
    result = bench.load([message("a", 1, input="x"), message("a", 120)])
    assert (result.rows_new, result.skipped, result.rows_quarantined) == (1, {"stream-snapshot": 1}, 0)
    assert result.warnings == ()


def test_no_sound_copy_at_all(bench) -> None:
    result = bench.load([message("a", 1, input="x"), message("a", 120, input="x"), message("b", 9)])
    assert (result.rows_new, result.skipped, result.rows_quarantined) == (1, {}, 2)
    assert result.warnings == ()
    assert counted(bench) == [("claude:b:req-b", 9)]


def test_a_copy_with_a_key_twice(bench) -> None:
    doubled = json.dumps(message("a", 445))[:-1] + ', "type": "assistant"}'
    lines = [json.dumps(message("a", 120)), doubled, json.dumps(message("b", 9)), '{"cut off']
    result = bench.load("\n".join(lines) + "\n")
    assert (result.rows_new, result.skipped) == (2, {})
    assert result.reasons == {"broken-json": 1, "duplicate-key": 1}
    assert counted(bench) == [("claude:a:req-a", 120), ("claude:b:req-b", 9)]


def test_the_main_chain_is_refused_and_the_side_chain_has_a_sound_copy(bench) -> None:
    copies = [message("a", 80, isSidechain=True, request="req-new"), message("a", 80, input="x")]
    result = bench.load([*copies, message("b", 9)])
    assert (result.rows_new, result.skipped, result.rows_quarantined) == (2, {}, 1)
    assert bench.rows("dedup_key, call_role", "dedup_key") == [
        ("claude:a:req-new", "subagent"),
        ("claude:b:req-b", "user"),
    ]


def test_a_session_that_goes_on_replaces_the_copy_that_had_to_do(bench) -> None:
    log = [message("a", 120), message("a", "44x")]
    bench.load(log, "session.jsonl")
    assert counted(bench) == [("claude:a:req-a", 120)]
    bench.load([*log, message("a", 445)], "session.jsonl")
    assert counted(bench) == [("claude:a:req-a", 445)]


SIDE = message("a", 80, request="req-side", isSidechain=True)


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        # A side chain repeats a message under a request of its own: the main chain's copy counts, also if it is later.
        (SIDE, message("a", 70), ("claude:a:req-a", 70, "user")),
        (message("a", 70), SIDE, ("claude:a:req-a", 70, "user")),
        # A gateway left out the request's id in one of them: the fuller one counts.
        (message("a", 70, request=None), message("a", 80), ("claude:a:req-a", 80, "user")),
        (message("a", 80), message("a", 70, request=None), ("claude:a:req-a", 80, "user")),
        (message("a", 80, request=None), message("a", 70), ("claude:a", 80, "user")),
    ],
)
def test_copies_in_two_files(bench, first: dict[str, Any], second: dict[str, Any], kept: tuple[Any, ...]) -> None:
    """As in one file."""
    bench.run(bench.write("one.jsonl", [first, message("b", 9)]), bench.write("two.jsonl", [second, message("c", 5)]))
    others = [("claude:b:req-b", 9, "user"), ("claude:c:req-c", 5, "user")]
    assert bench.rows("dedup_key, output_tokens, call_role", "dedup_key") == [kept, *others]
    # Once more, in one file and in the other order: nothing new.
    again = bench.load([message("c", 5), second, message("b", 9), first], "three.jsonl")
    assert (again.rows_new, len(bench.rows())) == (0, 3)


def test_two_requests_of_one_message_are_two_calls(bench) -> None:
    bench.run(bench.write("one.jsonl", [message("a", 70)]), bench.write("two.jsonl", [message("a", 80, request="r2")]))
    assert counted(bench) == [("claude:a:r2", 80), ("claude:a:req-a", 70)]


def test_messages_without_ids_in_two_files(bench) -> None:
    without = message("a", 70, isSidechain=True)
    del without["message"]["id"]
    bench.run(bench.write("one.jsonl", [without]), bench.write("two.jsonl", [{**without, "isSidechain": False}]))
    assert len(bench.rows()) == 2


def changed(name: str, **paths: Any) -> dict[str, Any]:
    record = copy.deepcopy(DOCUMENTS[name])
    for path, value in paths.items():
        *outer, last = path.split("__")
        inner = record
        for step in outer:
            inner = inner[step]
        inner[last] = value
    return record


@pytest.mark.parametrize(
    ("sound", "broken", "reason"),
    [
        (
            changed("gemini_response", usageMetadata__candidatesTokenCount=7),
            changed("gemini_response", usageMetadata__candidatesTokenCount="many"),
            "stream-chunk",
        ),
        (
            changed("langfuse_export", updatedAt="2026-11-01T00:00:09Z"),
            changed("langfuse_export", updatedAt="2026-11-01T00:00:10Z", latency="long"),
            "older-version",
        ),
    ],
)
def test_other_formats_with_copies(bench, sound: Any, broken: Any, reason: str) -> None:
    good = bench.load([sound, sound], "good.jsonl")
    assert (good.rows_new, good.skipped) == (1, {reason: 1})
    (expected,) = bench.rows("* EXCLUDE (source_file, record_ref, ingest_id)")
    bench.db = bench.folder / "second.duckdb"
    result = bench.load([sound, broken], "good.jsonl")
    assert (result.rows_new, result.skipped, result.rows_quarantined) == (1, {}, 1)
    assert bench.rows("* EXCLUDE (source_file, record_ref, ingest_id)") == [expected]


def test_observations_without_an_id_are_calls_of_their_own(bench) -> None:
    first, second = changed("langfuse_export", id=None), changed("langfuse_export", id=None)
    assert bench.load([first, second]).rows_new == 2
