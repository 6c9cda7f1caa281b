"""Layers for logs in which nothing rare occurs: taken there alone, and the rows are those that all layers give."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings

from routecli.data.logs.condensed import Condensed
from tests.ingest import test_codex as codex
from tests.ingest.test_agent_laws import FEW, SEED

GROWN = codex.count("08:00:30", (3600, 1400, 280, 50), (600, 500, 30, 0))


def without(line: dict[str, Any], *names: str) -> dict[str, Any]:
    """The count with these totals missing."""
    info = line["payload"]["info"]
    total = {name: value for name, value in info["total_token_usage"].items() if name not in names}
    return {**line, "payload": {**line["payload"], "info": {**info, "total_token_usage": total}}}


@contextmanager
def looked_on() -> Iterator[list[bool]]:
    """Whether each file was read plainly, in the end."""
    taken, records = list[bool](), Condensed.records

    def noted(shape: Condensed, *words: Any, **more: Any) -> str:
        taken.append(shape.plainly)
        return records(shape, *words, **more)

    with patch.object(Condensed, "records", noted):
        yield taken


PLAIN = {
    "as it is": [],
    "more counts": [GROWN, GROWN, codex.count("08:00:40", None), codex.turn("08:00:41", "gpt-5.2-mini")],
}
ODD = {
    "a fall": codex.count("08:00:30", (700, 0, 30, 0), (700, 0, 30, 0)),
    "a counter anew, not below": codex.count("08:00:30", (5000, 900, 300, 50), (5000, 900, 300, 50)),
    "no totals": codex.count("08:00:30", None, (5, 1, 2, 0)),
    "a counter less": without(GROWN, "reasoning_output_tokens"),
    "a counter more": codex.line(
        "08:00:30",
        "event_msg",
        type="token_count",
        info={"total_token_usage": {**codex.usage((9000, 950, 900, 60)), "cache_write_input_tokens": 5}},
    ),
    "a record": codex.record("08:00:30", "resp_1", (600, 500, 30, 0)),
    "an id": {**GROWN, "payload": {**GROWN["payload"], "response_id": "resp_1"}},
    "nothing": {},
}


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_log_is_read_plainly(bench, name: str) -> None:
    with looked_on() as taken:
        bench.load([*codex.PARENT, *PLAIN[name]])
    assert taken == [True]


@pytest.mark.parametrize("name", ODD)
def test_anything_odd_takes_all_layers(bench, name: str) -> None:
    with looked_on() as taken:
        bench.load([*codex.PARENT, ODD[name], GROWN], max_bad=1.0)
    assert taken == [False]


@pytest.mark.parametrize("models", ["-aaa", "aaaa", "-aab", "abab", "----"])
def test_each_count_has_the_model_of_the_turn_before_it(bench, models: str) -> None:
    lines = [codex.meta("08:00:00", "s1")]
    for i, model in enumerate(models):
        lines += [] if model == "-" else [codex.turn(f"08:0{i}:01", model)]
        lines.append(codex.count(f"08:0{i}:02", (10 * i + 10, 0, i + 1, 0)))
    with looked_on() as taken:
        bench.load(lines)
    assert [model or "-" for (model,) in bench.rows("model_served", "ts")] == list(models)
    assert taken == [True]


def drawn(draw: random.Random) -> list[Any]:
    """A session with a few odd things, or none."""
    odd = set(
        draw.sample(["fall", "record", "drop", "text", "only last", "same", "id", "other"], draw.choice([0, 0, 1, 2]))
    )
    lines: list[Any] = [codex.meta("08:00:00", "s1", draw.choice([codex.CLI, codex.CLI, codex.SPAWN]))]
    total, seen = (0, 0, 0, 0), [(0, 0, 0, 0)]
    for i in range(draw.randint(1, 12)):
        at = f"{8 + i:02d}:00:00.{draw.randint(0, 999):03d}"

        def strange(name: str, share: float = 0.3) -> bool:
            return name in odd and draw.random() < share

        if draw.random() < 0.3:
            lines.append(codex.turn(at, draw.choice(["gpt-5.2-codex", "gpt-5.2-mini"])))
        call = (n := draw.randint(0, 900), draw.randint(0, n), m := draw.randint(0, 90), draw.randint(0, m))
        grown = (a + b for a, b in zip(total, call, strict=True))
        total = call if strange("fall") else draw.choice(seen) if strange("same") else tuple(grown)
        seen.append(total)
        if strange("record"):
            lines.append(codex.record(at, f"resp_{draw.randint(1, 3)}", call))
        one = codex.count(at, None if strange("only last") else total, call if draw.random() < 0.8 else None)
        for usage in (one["payload"]["info"] or {}).values():
            if strange("drop"):
                del usage[draw.choice(list(usage))]
            if strange("text"):
                usage["input_tokens"] = draw.choice(["12", "?", "1e2", 1.5, True, None, 10**15, 2**64, -1])
        if strange("id"):
            one["payload"]["response_id"] = draw.choice(["resp_1", "resp_9"])
        lines += [one] * draw.choice([1, 1, 2])
        if strange("other"):
            lines.append(
                draw.choice([{}, {"type": "event_msg"}, codex.line(at, "event_msg", type="token_count", info=None)])
            )
    return lines


@settings(FEW, max_examples=12)
@given(SEED)
def test_all_layers_find_the_same(fresh, seed: int) -> None:
    lines = drawn(random.Random(seed))
    found = []
    for tried in (True, False):
        bench = fresh()
        with patch.object(Condensed, "_tried", Condensed._tried if tried else None):
            result = bench.load(lines, max_bad=1.0)
        rows = bench.rows("* EXCLUDE (source_file)") if not result.error else []
        refused = [(one.line, one.sentence, one.excerpt) for one in bench.quarantined()] if rows else []
        found.append((rows, refused, result.skipped, result.reasons))
    assert found[0] == found[1]
