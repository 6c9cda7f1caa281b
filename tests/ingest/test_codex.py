"""Codex: counters of a session, its copies (forks, archives, replays by subagents), and what `codex exec` prints.

A count is written (input, cached, output, reasoning); the totals of a session grow by what each call used.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.inprocess import run

Counts = tuple[int, int, int, int]
NAMES = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens")
COLUMNS = "input_tokens, cache_read_tokens, output_tokens, reasoning_tokens"
SPAWN = {"subagent": {"thread_spawn": {"parent_thread_id": "parent", "depth": 1}}}
CLI = "cli"


def usage(counts: Counts) -> dict[str, int]:
    return {**dict(zip(NAMES, counts, strict=True)), "total_tokens": counts[0] + counts[2]}


def line(at: str, kind: str, /, **payload: Any) -> dict[str, Any]:
    return {"timestamp": f"2026-06-01T{at}Z", "type": kind, "payload": payload}


def meta(at: str, id: str, source: Any = CLI, **more: Any) -> dict[str, Any]:
    return line(at, "session_meta", id=id, source=source, cwd="/w", **more)


def turn(at: str, model: str = "gpt-5.2-codex") -> dict[str, Any]:
    return line(at, "turn_context", model=model)


def count(at: str, total: Counts | None, last: Counts | None = None) -> dict[str, Any]:
    info = {}
    if total is not None:
        info["total_token_usage"] = usage(total)
    if last is not None:
        info["last_token_usage"] = usage(last)
    return line(at, "event_msg", type="token_count", info=info or None, rate_limits={"primary": None})


def record(at: str, response: str, used: Counts) -> dict[str, Any]:
    return line(at, "token_usage_record", session_id="s1", response_id=response, usage=usage(used))


PARENT = [
    meta("08:00:00", "parent"),
    turn("08:00:01"),
    count("08:00:10", (1000, 0, 100, 0), (1000, 0, 100, 0)),
    count("08:00:20", (3000, 900, 250, 50), (2000, 900, 150, 50)),
]


def loaded(bench: Any) -> list[tuple[Any, ...]]:
    return bench.rows(COLUMNS, "ts, input_tokens")


def test_growth_re_emission_and_fall(bench) -> None:
    log = [
        *PARENT,
        count("08:00:20.400", (3000, 900, 250, 50), (2000, 900, 150, 50)),
        count("08:00:21", None),
        count("08:10:00", (700, 0, 30, 0), (700, 0, 30, 0)),
        count("08:10:09", (1500, 600, 70, 10), (800, 600, 40, 10)),
    ]
    result = bench.load(log)
    assert loaded(bench) == [(1000, 0, 100, 0), (2000, 900, 150, 50), (700, 0, 30, 0), (800, 600, 40, 10)]
    assert result.skipped == {"not-a-model-call": 2, "rate-limit-only": 1, "unchanged-counter": 1}
    (fallen,) = [w for (w,) in bench.rows("warnings", "ts") if w]
    assert fallen == ["counter_rollback_used_last"]


def test_a_counter_that_comes_to_the_same_totals_again(bench) -> None:
    first = (9000, 0, 300, 0)
    log = [meta("08:00:00", "s1"), turn("08:00:01"), count("08:00:10", first, first)]
    log += [count("08:01:00", (100, 0, 10, 0), (100, 0, 10, 0)), count("08:02:00", first, (8900, 0, 290, 0))]
    assert bench.load(log).rows_new == 3
    assert loaded(bench) == [first, (100, 0, 10, 0), (8900, 0, 290, 0)]
    assert bench.load(log, "again.jsonl").rows_new == 0


def test_only_the_last_usage_is_logged(bench) -> None:
    log = [meta("08:00:00", "s1"), turn("08:00:01"), count("08:00:10", None, (5, 1, 2, 0))]
    bench.load([*log, count("08:00:30", None, (7, 1, 3, 0))])
    assert loaded(bench) == [(5, 1, 2, 0), (7, 1, 3, 0)]


def test_a_session_that_goes_on_with_the_totals_of_another(bench) -> None:
    log = [meta("09:00:00", "later"), turn("09:00:01"), count("09:00:10", (3500, 1300, 300, 60), (500, 400, 50, 10))]
    bench.load([*log, count("09:00:20", (4100, 1800, 340, 60), (600, 500, 40, 0))])
    assert loaded(bench) == [(500, 400, 50, 10), (600, 500, 40, 0)]
    assert bench.rows("warnings", "ts") == [(["counter_carried_over_used_last"],), ([],)]


@pytest.mark.parametrize("replayed", [2, 1])
def test_a_subagent_replays_what_its_parent_used(bench, replayed: int) -> None:
    """Of the child's file only what it used itself counts: the parent's counters are where it starts from."""
    copies = [count("08:00:30.002", (1000, 0, 100, 0)), count("08:00:30.003", (3000, 900, 250, 50))][-replayed:]
    child = [
        meta("08:00:30.001", "child", SPAWN),
        meta("08:00:30.001", "parent"),
        turn("08:00:30.002"),
        *copies,
        turn("08:00:31", "gpt-5.2-mini"),
        count("08:00:40", (3400, 1200, 270, 50), (400, 300, 20, 0)),
        count("08:00:40.300", (3400, 1200, 270, 50), (400, 300, 20, 0)),
        count("08:00:41", (3900, 1600, 300, 60), (500, 400, 30, 10)),
    ]
    bench.run(bench.write("parent.jsonl", PARENT), bench.write("child.jsonl", child))
    columns = f"session_id, call_role, model_served, {COLUMNS}"
    assert bench.rows(columns, "ts") == [
        ("parent", "user", "gpt-5.2-codex", 1000, 0, 100, 0),
        ("parent", "user", "gpt-5.2-codex", 2000, 900, 150, 50),
        ("child", "subagent", "gpt-5.2-mini", 400, 300, 20, 0),
        ("child", "subagent", "gpt-5.2-mini", 500, 400, 30, 10),
    ]


def test_a_replay_that_runs_over_the_full_second(bench) -> None:
    child = [
        meta("08:00:30.990", "child", SPAWN),
        turn("08:00:30.990"),
        count("08:00:30.999", (1000, 0, 100, 0)),
        count("08:00:31.001", (3000, 900, 250, 50)),
        count("08:00:40", (3400, 1200, 270, 50)),
    ]
    result = bench.load(child)
    assert (loaded(bench), result.skipped["replayed-history"]) == ([(400, 300, 20, 0)], 2)


def test_a_subagent_without_a_replay_loses_nothing(bench) -> None:
    child = [
        meta("08:00:30", "child", SPAWN),
        turn("08:00:30"),
        count("08:00:33", (1000, 0, 100, 0), (1000, 0, 100, 0)),
        count("08:00:33.500", (1000, 0, 100, 0), (1000, 0, 100, 0)),
        count("08:00:36", (1800, 500, 150, 0), (800, 500, 50, 0)),
    ]
    bench.load(child)
    assert loaded(bench) == [(1000, 0, 100, 0), (800, 500, 50, 0)]


def test_a_fork_with_a_replay(bench) -> None:
    fork = [
        meta("10:00:00.000", "fork", forked_from_id="parent"),
        turn("10:00:00.000"),
        count("10:00:00.001", (1000, 0, 100, 0), (1000, 0, 100, 0)),
        count("10:00:00.001", (3000, 900, 250, 50), (2000, 900, 150, 50)),
        count("10:01:00", (3600, 1400, 280, 50), (600, 500, 30, 0)),
    ]
    bench.run(bench.write("parent.jsonl", PARENT), bench.write("fork.jsonl", fork))
    assert loaded(bench) == [(1000, 0, 100, 0), (2000, 900, 150, 50), (600, 500, 30, 0)]
    assert bench.rows("call_role", "ts")[-1] == ("user",)


def test_calls_close_together_in_a_session_of_its_own(bench) -> None:
    log = [
        meta("08:00:00", "s1"),
        turn("08:00:00"),
        count("08:00:00.2", (10, 0, 1, 0)),
        count("08:00:00.3", (30, 0, 3, 0)),
    ]
    bench.load(log)
    assert loaded(bench) == [(10, 0, 1, 0), (20, 0, 2, 0)]


@pytest.mark.parametrize("apart", [True, False])
def test_a_copied_branch_counts_its_history_once(bench, apart: bool) -> None:
    branch = [meta("09:00:00", "branch"), *PARENT[1:], count("09:00:10", (3600, 1400, 280, 50), (600, 500, 30, 0))]
    first, second = bench.write("a.jsonl", PARENT), bench.write("b.jsonl", branch)
    results = [*bench.run(first), *bench.run(second)] if apart else bench.run(first, second)
    assert [(one.rows_new, one.rows_duplicate) for one in results] == [(2, 0), (1, 2)]
    assert loaded(bench) == [(1000, 0, 100, 0), (2000, 900, 150, 50), (600, 500, 30, 0)]


def test_other_sessions_with_equal_counts_are_other_calls(bench) -> None:
    other = [meta("08:00:00", "other"), *PARENT[1:3]]
    other[2] = count("08:00:10.001", (1000, 0, 100, 0), (1000, 0, 100, 0))
    bench.run(bench.write("a.jsonl", PARENT[:3]), bench.write("b.jsonl", other))
    assert loaded(bench) == [(1000, 0, 100, 0)] * 2


def test_responses_with_ids_are_told_apart_by_them(bench) -> None:
    first = [record("08:00:10", "resp_1", (10, 0, 1, 0))]
    bench.run(bench.write("a.jsonl", first), bench.write("b.jsonl", [record("08:00:10", "resp_2", (10, 0, 1, 0))]))
    assert bench.rows("request_id", "request_id") == [("resp_1",), ("resp_2",)]


@pytest.mark.parametrize("order", [("sessions", "archived_sessions"), ("archived_sessions", "sessions")])
def test_an_active_session_and_its_archived_copy(bench, order: tuple[str, str]) -> None:
    goes_on = [*PARENT, count("08:00:30", (3600, 1400, 280, 50), (600, 500, 30, 0))]
    paths = {
        "sessions": bench.write("sessions/2026/06/01/rollout-1.jsonl", goes_on),
        "archived_sessions": bench.write("archived_sessions/rollout-1.jsonl", PARENT),
    }
    for folder in order:
        bench.run(paths[folder])
    assert loaded(bench) == [(1000, 0, 100, 0), (2000, 900, 150, 50), (600, 500, 30, 0)]


def test_a_session_that_began_before_calls_were_recorded(bench) -> None:
    """What was counted before the first record has no record, and counts."""
    log = [
        *PARENT,
        record("09:00:00", "resp_1", (600, 500, 30, 0)),
        count("09:00:00.1", (3600, 1400, 280, 50), (600, 500, 30, 0)),
        record("09:01:00", "resp_2", (700, 600, 20, 0)),
        record("09:01:00", "resp_2", (700, 600, 20, 0)),
        count("09:01:00.1", (4300, 2000, 300, 50), (700, 600, 20, 0)),
    ]
    first = bench.load(PARENT, "s.jsonl")
    result = bench.load(log, "s.jsonl")
    expected = [(1000, 0, 100, 0), (2000, 900, 150, 50), (600, 500, 30, 0), (700, 600, 20, 0)]
    assert loaded(bench) == expected
    assert (first.rows_new, result.rows_new, result.rows_duplicate) == (2, 2, 2)
    assert result.skipped == {"not-a-model-call": 2, "counted-by-record": 2, "re-emitted": 1}


def test_the_count_stands_before_its_record(bench) -> None:
    log = [meta("08:00:00", "s1"), turn("08:00:01"), count("08:00:10", (60, 5, 3, 0), (60, 5, 3, 0))]
    bench.load([*log, record("08:00:10.1", "resp_1", (60, 5, 3, 0))])
    assert bench.rows(f"request_id, {COLUMNS}") == [("resp_1", 60, 5, 3, 0)]


def test_a_sound_record_counts_after_a_refused_copy(bench) -> None:
    broken = record("09:00:00", "resp_1", (600, 500, 30, 0))
    broken["payload"]["usage"]["output_tokens"] = "30?"
    result = bench.load([meta("08:00:00", "s1"), broken, record("09:00:00", "resp_1", (600, 500, 30, 0))])
    assert (loaded(bench), result.rows_quarantined) == ([(600, 500, 30, 0)], 1)


def test_no_model_is_unknown_and_said(bench) -> None:
    bench.load([meta("08:00:00", "s1"), *PARENT[2:]])
    assert bench.rows("model_served, warnings", "ts") == [(None, ["model_unknown"])] * 2


def turns(*used: Counts | None, thread: str = "t1") -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = [{"type": "thread.started", "thread_id": thread}]
    for counts in used:
        lines.append({"type": "turn.started"})
        if counts is None:
            lines.append({"type": "turn.failed", "error": {"message": "what the user typed"}})
        else:
            lines.append({"type": "turn.completed", "usage": dict(zip(NAMES, counts, strict=True))})
    return lines


def test_what_codex_exec_prints(bench) -> None:
    """It prints the totals of the thread: a second turn used what they grew by."""
    log = [*turns((100, 20, 30, 5), (250, 100, 70, 5)), *turns((9, 0, 4, 1), None, thread="t2")]
    result = bench.load(log)
    assert (result.format, result.rows_new) == ("codex_exec", 4)
    columns = f"session_id, status, error_type, model_served, ts, {COLUMNS}"
    assert bench.rows(columns, "session_id, output_tokens NULLS LAST, input_tokens") == [
        ("t1", "success", None, None, None, 100, 20, 30, 5),
        ("t1", "success", None, None, None, 150, 80, 40, 0),
        ("t2", "success", None, None, None, 9, 0, 4, 1),
        ("t2", "error", "turn.failed", None, None, None, None, None, None),
    ]


def test_codex_exec_with_a_model_that_is_given(tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    log.write_text("".join(json.dumps(one) + "\n" for one in turns((1_000_000, 0, 1000, 0))), encoding="utf-8")
    db = str(tmp_path / "s.duckdb")
    assert run(tmp_path, "ingest", str(log), "--db", db, "--set", "model=gpt-5.2-codex").code == 0
    bill = run(tmp_path, "bill", "--db", db, "--at", "2026-06-01", "--days", "1", "--json")
    assert bill.document["total"]["requests"] == 1
