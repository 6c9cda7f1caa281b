"""Session files of coding agents: whatever copies there are, in whatever files, order and ingests, a call counts once.

The right totals are known because the calls are made up first and the logs written from them.
"""

import random
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.ingest import test_codex as codex
from tests.ingest.test_copies import message

FEW = settings(
    max_examples=5,
    phases=[Phase.generate],
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
SEED = st.integers(0, 2**31)


def ingested(bench: Any, draw: random.Random, files: dict[str, list[Any]]) -> None:
    """The files in any order, in any number of ingests; some of them twice."""
    paths = [bench.write(name, lines) for name, lines in files.items()]
    draw.shuffle(paths)
    while paths:
        taken, paths = paths[: (n := draw.randint(1, 3))], paths[n:]
        bench.run(*taken, max_bad=1.0)
        if draw.random() < 0.3:
            bench.run(*taken, max_bad=1.0)


def claude_folder(draw: random.Random) -> dict[str, list[Any]]:
    """Files with copies of messages: while they grew, of side chains, without the request's id, and broken ones."""
    files: dict[str, list[Any]] = {f"session-{i}.jsonl": [] for i in range(4)}
    for i in range(draw.randint(5, 15)):
        id, main = f"msg{i}", draw.random() < 0.8
        copies = []
        for output in draw.sample(range(1, 500), draw.randint(1, 4)):
            request = None if main and draw.random() < 0.2 else ""
            copies.append(message(id, output, request=request, isSidechain=not main))
        if main and draw.random() < 0.4:
            copies.append(message(id, 900, request="req-side", isSidechain=True))
        if draw.random() < 0.3:
            copies.append(message(id, 1000, input="?"))
        for one in copies:
            for name in draw.sample(sorted(files), draw.choice([1, 1, 2])):
                files[name].append(one)
    for lines in files.values():
        draw.shuffle(lines)
    return {name: lines for name, lines in files.items() if any(map(sound, lines))}


def sound(line: dict[str, Any]) -> bool:
    return line["message"]["usage"]["input_tokens"] != "?"


@FEW
@given(SEED)
def test_messages_of_claude_code(fresh, seed: int) -> None:
    draw, bench = random.Random(seed), fresh()
    files = claude_folder(draw)
    best: dict[str, tuple[bool, int]] = {}
    for one in (line for lines in files.values() for line in lines if sound(line)):
        rank = (not one.get("isSidechain", False), one["message"]["usage"]["output_tokens"])
        best[one["message"]["id"]] = max(best.get(one["message"]["id"], rank), rank)
    ingested(bench, draw, files)
    stored = bench.rows("split_part(dedup_key, ':', 2), call_role = 'user', output_tokens", "1")
    assert stored == sorted((id, *rank) for id, rank in best.items())


def growing(draw: random.Random, day: int, session: str) -> tuple[list[Any], list[codex.Counts]]:
    """A session's lines and what its calls used."""
    lines, used, total = [codex.meta("08:00:00", session), codex.turn("08:00:01")], [], (0, 0, 0, 0)
    for i in range(draw.randint(2, 8)):
        call = (n := draw.randint(10, 9000), draw.randint(0, n), m := draw.randint(5, 900), draw.randint(0, m))
        fell = i > 0 and draw.random() < 0.15
        total = call if fell else tuple(a + b for a, b in zip(total, call, strict=True))
        used.append(call)
        at = f"{8 + day:02d}:{i:02d}:10.{draw.randint(0, 999):03d}"
        lines.append(codex.count(at, total, call))
        while draw.random() < 0.3:
            lines.append(codex.count(at, total, call))
    return lines, used


@FEW
@given(SEED)
def test_sessions_of_codex(fresh, seed: int) -> None:
    draw, bench = random.Random(seed), fresh()
    files, right = dict[str, list[Any]](), list[codex.Counts]()
    for k in range(3):
        lines, used = growing(draw, k, f"s{k}")
        files[f"sessions/s{k}.jsonl"] = lines
        right += used
        counts = [line for line in lines if line["type"] == "event_msg"]
        total = tuple(counts[-1]["payload"]["info"]["total_token_usage"][name] for name in codex.NAMES)
        own = (7 + k, 3, 2, 1)
        last = codex.count(f"20:0{k}:30", tuple(a + b for a, b in zip(total, own, strict=True)), own)
        kind = draw.choice(["archived", "branch", "spawn", "none"])
        if kind == "archived":
            files[f"archived_sessions/s{k}.jsonl"] = lines[: draw.randint(3, len(lines))]
        elif kind == "branch":
            files[f"sessions/b{k}.jsonl"] = [codex.meta("19:00:00", f"b{k}"), *lines[1:], last]
            right.append(own)
        elif kind == "spawn":
            begun = codex.meta("20:00:00", f"c{k}", codex.SPAWN)
            replay = [{**line, "timestamp": begun["timestamp"]} for line in lines[1:]]
            files[f"sessions/c{k}.jsonl"] = [begun, *replay, last]
            right.append(own)
    ingested(bench, draw, files)
    assert bench.rows(codex.COLUMNS, "1, 2, 3, 4") == sorted(right)
