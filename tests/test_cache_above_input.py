"""Requests whose log has more cached tokens than input: they cost what was cached, and never lower another's price.

Vendors' formats let such rows in, with a warning: `input_tokens` should include the cached tokens, and here it cannot.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inprocess import ingested, run

CARD = Path(__file__).parents[1] / "pricing"
SONNET, LONG = "claude-sonnet-4-6", "gpt-5.5"
READ, INPUT, OUTPUT = 300_000, 3_000_000, 15_000_000
"""Pico-USD per token of the first: $0.30, $3 and $15 a million."""
ODD = {"id": "odd", "model": SONNET, "input": 10, "read": 1_000, "output": 100}
PLAIN = {"id": "plain", "model": SONNET, "input": 5_000, "read": 0, "output": 100}
ODD_COST, PLAIN_COST = 1_000 * READ + 100 * OUTPUT, 5_000 * INPUT + 100 * OUTPUT


def span(row: dict[str, Any]) -> dict[str, Any]:
    """A row as an OpenTelemetry span, a format that does not refuse contradictions."""
    names = {
        "model": "gen_ai.response.model", "input": "gen_ai.usage.input_tokens", "output": "gen_ai.usage.output_tokens",
        "read": "gen_ai.usage.cache_read.input_tokens", "written": "gen_ai.usage.cache_creation.input_tokens",
        "id": "gen_ai.response.id", "cost": "gen_ai.usage.cost",
    }  # fmt: skip
    attributes = [{"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}}]
    for name, value in row.items():
        kind = "doubleValue" if name == "cost" else "stringValue" if isinstance(value, str) else "intValue"
        attributes.append({"key": names[name], "value": {kind: value}})
    number = re.sub("[^0-9a-f]", "0", row["id"]).rjust(16, "0")[-16:]
    return {
        "traceId": number * 2,
        "spanId": number,
        "startTimeUnixNano": "1793624400000000000",
        "endTimeUnixNano": "1793624401000000000",
        "attributes": attributes,
    }


def store(folder: Path, rows: list[dict[str, Any]], db: str = "routecli.duckdb") -> None:
    log = folder / f"{db}.spans.jsonl"
    log.write_text("".join(json.dumps(span(row)) + "\n" for row in rows), encoding="utf-8")
    found = run(folder, "ingest", log.name, "--db", db, "--json")
    assert found.code == 0, found.stderr
    assert found.document["totals"]["rows_new"] == len(rows), found.stdout


def warned(document: dict[str, Any]) -> list[str]:
    return [text for text in document["warnings"] if "more cached tokens than input" in text]


@pytest.mark.parametrize("by", ["model", "request_id"])
def test_a_bill_is_not_lowered_by_what_was_cached_twice(tmp_path: Path, by: str) -> None:
    store(tmp_path, [ODD, PLAIN])
    found = run(tmp_path, "bill", "--by", by, "--json").document
    assert found["total"]["pico_usd"] == str(ODD_COST + PLAIN_COST)
    costs = {group[by]: (group["pico_usd"], group["input_tokens"]) for group in found["groups"]}
    whole = {SONNET: (str(ODD_COST + PLAIN_COST), 6_000)}
    assert costs == (whole if by == "model" else {"odd": (str(ODD_COST), 1_000), "plain": (str(PLAIN_COST), 5_000)})
    assert warned(found)[0].startswith(f"1 request of {SONNET} logged more cached tokens than input tokens")
    assert found["assumptions"] == []


def test_a_log_of_such_requests_alone_has_a_bill(tmp_path: Path) -> None:
    store(tmp_path, [ODD])
    assert run(tmp_path, "bill --json").document["total"]["pico_usd"] == str(ODD_COST)


def test_writes_count_as_cached_too(tmp_path: Path) -> None:
    store(tmp_path, [{**ODD, "read": 6, "written": 5}, {**PLAIN, "written": 5_000}])
    found = run(tmp_path, "bill --by request_id --json").document
    costs = {group["request_id"]: int(group["pico_usd"]) for group in found["groups"]}
    assert costs == {"odd": 6 * READ + 5 * 3_750_000 + 100 * OUTPUT, "plain": 5_000 * 3_750_000 + 100 * OUTPUT}
    assert warned(found)[0].startswith("1 request of")


def test_what_was_cached_decides_about_long_prompts_and_conditions(tmp_path: Path) -> None:
    store(tmp_path, [{**ODD, "model": LONG, "read": 272_001, "output": 0}, {**PLAIN, "model": LONG}])
    for by in ("model", "request_id"):
        found = run(tmp_path, "bill", "--by", by, "--where", "input_tokens>=272001", "--json").document
        assert (found["total"]["requests"], found["total"]["pico_usd"]) == (1, str(272_001 * 1_000_000))
        assert len(warned(found)) == 1
        rest = run(tmp_path, "bill", "--by", by, "--where", "input_tokens<=10", "--json").document
        assert (rest["total"]["requests"], warned(rest)) == (0, [])


def test_every_report_says_so_and_a_saved_workload_still_does(tmp_path: Path) -> None:
    store(tmp_path, [ODD, PLAIN])
    for suffix in ("json", "csv", "parquet"):
        built = run(tmp_path, "workload", "build", "-o", f"w.{suffix}", "--json")
        assert warned(built.document), built.stderr
        for command in (f"bill --at 2026-11-02 --workload w.{suffix}", f"workload show w.{suffix}"):
            assert warned(run(tmp_path, f"{command} --json").document), command
        bill = run(tmp_path, f"bill --at 2026-11-02 --workload w.{suffix} --json").document
        assert bill["total"]["pico_usd"] == str(ODD_COST + PLAIN_COST)
    simulated = run(tmp_path, "simulate --cascade haiku:sonnet --success 0.7 --json").document
    assert warned(simulated)
    assert run(tmp_path, "baseline --json").document["spend"]["pico_usd"] == str(ODD_COST + PLAIN_COST)
    (tmp_path / "routecli.yaml").write_text("budgets: {bill_increase: {error: 10%}}\n", encoding="utf-8")
    gate = run(tmp_path, "gate", "--workload", "w.csv", "--base", str(CARD), "--head", str(CARD), "--json")
    assert warned(gate.document), gate.stderr


def test_a_workload_without_them_has_no_column_for_them(tmp_path: Path) -> None:
    store(tmp_path, [PLAIN])
    run(tmp_path, "workload build -o w.csv")
    assert "cache_above_input" not in (tmp_path / "w.csv").read_text(encoding="utf-8")


def test_costs_are_compared_with_what_such_requests_really_cost(tmp_path: Path) -> None:
    store(tmp_path, [{**ODD, "cost": ODD_COST / 1e12}, {**PLAIN, "cost": PLAIN_COST / 1e12}])
    found = run(tmp_path, "bill --reconcile --json")
    assert (found.code, found.document["beyond"], len(warned(found.document))) == (0, 0, 1)


tokens = st.integers(0, 3_000)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.lists(st.tuples(tokens, tokens, tokens, tokens), min_size=1, max_size=6))
def test_the_bill_is_that_of_a_log_whose_input_is_what_was_cached(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[int, int, int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("law")
    store(folder, [
        {"id": f"{place:x}", "model": SONNET, "input": whole, "read": read, "written": written, "output": output}
        for place, (whole, read, written, output) in enumerate(drawn)
    ])  # fmt: skip
    ingested(folder, [
        {
            "timestamp": "2026-11-02T09:00:00Z", "request_id": f"{place:x}", "model": SONNET, "output_tokens": output,
            "input_tokens": max(whole, read + written), "cache_read_tokens": read, "cache_write_tokens": written,
        }
        for place, (whole, read, written, output) in enumerate(drawn)
    ], "as-it-should-be.duckdb")  # fmt: skip
    for by in ("model", "request_id"):
        odd = run(folder, "bill", "--by", by, "--json").document
        plain = run(folder, "bill", "--by", by, "--db", "as-it-should-be.duckdb", "--json").document
        assert odd["total"] == plain["total"] and odd["groups"] == plain["groups"]
        assert bool(warned(odd)) == any(read + written > whole for whole, read, written, _ in drawn)
