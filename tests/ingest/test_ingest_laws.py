"""Laws over random logs, checked against a plain reading of the same lines."""

import json
import tempfile
from pathlib import Path
from typing import Any

from conftest import Bench
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TOKENS = st.integers(0, 10**12)
GOOD = st.fixed_dictionaries(
    {"model": st.sampled_from(["a", "b"]), "timestamp": st.integers(1793491200, 1793577600), "input_tokens": TOKENS},
    optional={
        "output_tokens": TOKENS,
        "request_id": st.sampled_from([f"r{i}" for i in range(12)]),
        "prompt": st.text(max_size=20),
        "cost": st.integers(0, 10**6).map(lambda micro: micro / 10**6),
        "latency_ms": st.floats(0, 1e6, allow_nan=False),
        "session_id": st.text("abc-é", max_size=8),
    },
).map(lambda record: ("good", json.dumps(record)))
BAD = st.one_of(
    st.sampled_from(
        [
            "broken",
            "[1]",
            "null",
            '{"model": "a"}',
            '{"model": "a", "timestamp": 1793491200, "input_tokens": -1}',
            '{"model": "a", "model": "b", "timestamp": 1793491200}',
            '{"timestamp": 1793491200, "prompt": "x"}',
            '{"model": "a", "timestamp": 1793491200, "input_tokens": 5, "cached_tokens": 6}',
            '{"model": "a"} x',
            "{}",
        ]
    ).map(lambda line: ("bad", line)),
    GOOD.map(lambda line: ("bad", line[1][:-1])),
)
BLANK = st.sampled_from(["", "  ", "\t", "\r"]).map(lambda line: ("blank", line))
LOG = st.lists(st.one_of(GOOD, GOOD, BAD, BLANK), min_size=1, max_size=40)


def oracle(lines: list[tuple[str, str]]) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Counts, and the records a careful person would keep."""
    kept: list[dict[str, Any]] = []
    seen: set[str] = set()
    counts = {"read": 0, "new": 0, "duplicate": 0, "quarantined": 0}
    for kind, line in lines:
        if kind == "blank":
            continue
        counts["read"] += 1
        record = json.loads(line) if kind == "good" else {}
        if kind == "bad":
            counts["quarantined"] += 1
        elif record.get("request_id") in seen:
            counts["duplicate"] += 1
        else:
            counts["new"] += 1
            seen.update({record["request_id"]} if "request_id" in record else set())
            kept.append(record)
    return counts, kept


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LOG, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_every_record_is_accounted_for_and_no_token_is_lost(
    lines: list[tuple[str, str]], end: str, ended: bool
) -> None:
    counts, kept = oracle(lines)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        content = end.join(line for _, line in lines) + (end if ended else "")
        result = bench.load(content)
        if not kept:
            assert result.error is not None
            assert result.error.id in ("nothing-to-load", "unrecognised-log")
            return
        assert result.error is None
        found = {name: getattr(result, f"rows_{name}") for name in counts}
        assert found == counts
        columns = "sum(input_tokens), coalesce(sum(output_tokens), 0), count(output_tokens), sum(cost_usd * 1000000)"
        sums = bench.rows(columns, "1")[0]
        told = [record["output_tokens"] for record in kept if "output_tokens" in record]
        assert sums[:3] == (sum(record["input_tokens"] for record in kept), sum(told), len(told))
        assert (sums[3] or 0) == sum(round(record.get("cost", 0) * 10**6) for record in kept)
        latencies = sorted(row[0] for row in bench.rows("latency_ms") if row[0] is not None)
        assert latencies == sorted(record["latency_ms"] for record in kept if "latency_ms" in record)
        bad = [i for i, (kind, _) in enumerate(lines, 1) if kind == "bad"]
        assert [one.line for one in bench.quarantined()] == bad
        again = bench.load(content)
        assert (again.unchanged, again.rows_new, again.rows_read) == (True, 0, counts["read"])
        grown = bench.load(content + ("" if ended else end) + '{"model": "z", "timestamp": 1793491200}')
        assert (grown.rows_new, grown.rows_duplicate) == (1, counts["new"] + counts["duplicate"])
