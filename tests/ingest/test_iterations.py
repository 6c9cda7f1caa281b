"""Anthropic's iterations: a row each, nothing counted twice, nothing lost.

Tokens are written (uncached input, cache read, cache write, output).
"""

import json
from typing import Any

import pytest

Tokens = tuple[int, int, int, int]
OPUS = "claude-opus-4-8"
NAMES = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens")
COLUMNS = "uncached_input_tokens, cache_read_tokens, cache_write_tokens, output_tokens"


def used(tokens: Tokens, **more: Any) -> dict[str, Any]:
    return {**dict(zip(NAMES, tokens, strict=True)), **more}


def step(type: str, tokens: Tokens, **more: Any) -> dict[str, Any]:
    return {"type": type, **used(tokens, **more)}


def message(id: str, total: Tokens, *steps: dict[str, Any], model: str = OPUS, **more: Any) -> dict[str, Any]:
    usage = used(total, output_tokens_details={"thinking_tokens": 2}, iterations=list(steps) or None, **more)
    return {"id": id, "type": "message", "role": "assistant", "model": model, "stop_reason": "end_turn", "usage": usage}


def batch(one: dict[str, Any]) -> dict[str, Any]:
    return {"custom_id": "q", "result": {"type": "succeeded", "message": one}}


def claude(one: dict[str, Any], request: str = "req") -> dict[str, Any]:
    line = {"type": "assistant", "sessionId": "s", "timestamp": "2026-11-01T00:00:00Z", "requestId": request}
    return {**line, "message": one}


def row(id: str, tokens: Tokens, *, model: str | None = OPUS, role: str = "user") -> tuple[Any, ...]:
    """A stored row; what follows a # is its number in the call."""
    return (id, id.partition("#")[0] if "#" in id else None, model, role, *tokens)


ONE = message("plain", (5, 6, 7, 8), step("message", (5, 6, 7, 8)))
PLAIN = row("plain", (5, 6, 7, 8))
SPENT = (180_000, 0, 0, 3500)
COMPACTED = message("m", (23_000, 0, 0, 1000), step("compaction", SPENT), step("message", (23_000, 0, 0, 1000)))
COMPACTION = row("m#1", SPENT, role="system")
CASES = [
    # A compaction is not in the totals.
    (COMPACTED, [row("m", (23_000, 0, 0, 1000)), COMPACTION]),
    # Only a compaction, the call paused after it: the totals have nothing.
    (message("m", (0, 0, 0, 0), step("compaction", SPENT)), [row("m", (0, 0, 0, 0)), COMPACTION]),
    # A loop of server tools: the totals are the sum of its turns, each of which has its own price by its length.
    (
        message("m", (40, 300, 10, 25), step("message", (10, 0, 10, 5)), step("message", (30, 300, 0, 20))),
        [row("m", (30, 300, 0, 20)), row("m#1", (10, 0, 10, 5))],
    ),
    # Totals of only the first turn's input: the turns are what is billed.
    (
        message(
            "m",
            (412, 0, 0, 531),
            step("message", (412, 0, 0, 89)),
            step("advisor_message", (823, 0, 0, 1612), model="claude-fable-5"),
            step("message", (1348, 412, 0, 442)),
        ),
        [
            row("m", (1348, 412, 0, 442)),
            row("m#1", (412, 0, 0, 89)),
            row("m#2", (823, 0, 0, 1612), model="claude-fable-5", role="subagent"),
        ],
    ),
    # Totals with more than the turns listed: the rest stays with the call.
    (
        message("m", (100, 0, 0, 50), step("message", (20, 0, 0, 10)), step("message", (30, 0, 0, 15))),
        [row("m", (80, 0, 0, 40)), row("m#1", (20, 0, 0, 10))],
    ),
    # Another model answered: of the attempt before it the model is not said.
    (
        message(
            "m",
            (60, 0, 0, 30),
            step("message", (25, 0, 0, 3)),
            step("fallback_message", (60, 0, 0, 30), model="claude-sonnet-4-6"),
            model="claude-sonnet-4-6",
        ),
        [row("m", (60, 0, 0, 30), model="claude-sonnet-4-6"), row("m#1", (25, 0, 0, 3), model=None)],
    ),
]


def stored(bench: Any, family: str) -> list[tuple[Any, ...]]:
    columns = f"replace(dedup_key, '{family}:', ''), parent_id, model_served, call_role, {COLUMNS}"
    return sorted((key.replace(":req", ""), *rest) for key, *rest in bench.rows(columns))


@pytest.mark.parametrize(("one", "rows"), CASES)
@pytest.mark.parametrize("family", ["anthropic", "anthropic batch", "claude"])
def test_a_row_for_each(bench, one: dict[str, Any], rows: list[tuple[Any, ...]], family: str) -> None:
    wrap = {"anthropic": lambda x: x, "anthropic batch": batch, "claude": claude}[family]
    result = bench.load([wrap(one), wrap(ONE)])
    assert stored(bench, family.split()[0]) == sorted([*rows, PLAIN])
    assert (result.rows_new, result.rows_quarantined) == (len(rows) + 1, 0)
    again = bench.load([wrap(ONE), wrap(one)], "again.jsonl")
    assert (again.rows_new, again.rows_duplicate) == (0, len(rows) + 1)


def test_what_is_known_of_the_call_stays_with_its_row(bench) -> None:
    cut = {**COMPACTED, "stop_reason": "max_tokens"}
    bench.load([cut, ONE])
    columns = "request_id, status, finish_reason, reasoning_tokens"
    assert bench.rows(columns, "dedup_key") == [
        ("m", "partial", "max_tokens", 2),
        ("m", "success", None, None),
        ("plain", "success", "end_turn", 2),
    ]


def test_kinds_of_cache_writes(bench) -> None:
    def kept(short: int, long: int) -> dict[str, Any]:
        return {"cache_creation": {"ephemeral_5m_input_tokens": short, "ephemeral_1h_input_tokens": long}}

    first, second = step("message", (1, 0, 30, 1), **kept(10, 20)), step("message", (1, 0, 5, 1), **kept(5, 0))
    bench.load([message("m", (2, 0, 35, 2), first, second, **kept(15, 20))])
    columns = "cache_write_tokens, cache_write_5m_tokens, cache_write_1h_tokens"
    assert bench.rows(columns, "dedup_key") == [(5, 5, 0), (30, 10, 20)]


def test_iterations_of_no_known_kind_are_counted_as_skipped(bench) -> None:
    result = bench.load([message("m", (5, 0, 0, 5), step("message", (5, 0, 0, 5)), step("dream", (9, 0, 0, 9)))])
    assert (result.rows_new, result.skipped) == (1, {"counted-in-message": 1, "unknown-iteration": 1})


def test_an_iteration_with_a_broken_count_is_refused_alone(bench) -> None:
    broken = step("compaction", SPENT, output_tokens="3500?")
    result = bench.load(json.dumps(message("m", (23, 0, 0, 10), broken, step("message", (23, 0, 0, 10)))) + '\n{"cut\n')
    assert (result.rows_new, result.reasons) == (1, {"bad-integer": 1, "broken-json": 1})
    assert sorted((one.line, one.reason) for one in bench.quarantined()) == [(1, "bad-integer"), (2, "broken-json")]


def test_a_message_of_claude_code_that_grew(bench) -> None:
    early = message("m", (23_000, 0, 0, 1), step("compaction", SPENT), step("message", (23_000, 0, 0, 1)))
    log = [claude(early), claude(COMPACTED), claude(early)]
    result = bench.load(log)
    assert stored(bench, "claude") == [row("m", (23_000, 0, 0, 1000)), COMPACTION]
    assert result.skipped == {"stream-snapshot": 6, "counted-in-message": 1}
