"""Evaluation results against golden rows, through the real command.

The golden files (`shared/golden` beside the repository) are not part of it; without them these tests are skipped.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from evals import imported, stored

GOLDEN = Path(__file__).resolve().parents[3] / "shared" / "golden"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not GOLDEN.exists(), reason="the golden files are not beside the repository"),
]
COMPARED = (
    "query_id",
    "query_type",
    "repeat_index",
    "model",
    "model_label",
    "status",
    "passed",
    "score",
    "named_scores",
    "cost_usd",
    "latency_ms",
    "from_cache",
    "input_tokens",
    "uncached_input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "ts",
)


def canonical(row: dict[str, Any]) -> dict[str, Any]:
    """A stored answer in the golden rows' words."""
    total, parts = row["input_tokens"], (row["cache_read_tokens"], row["cache_write_tokens"])
    return {
        **row,
        "query_id": row["query"],
        "repeat_index": row["repeat"],
        "model": row["model_logged"],
        "status": "error" if row["reason"] == "error" else "success",
        "named_scores": row["named_scores"] or {},
        "cost_usd": None if row["cost_usd"] is None else float(row["cost_usd"]),
        "uncached_input_tokens": None if total is None else total - sum(part or 0 for part in parts),
        "ts": None if row["ts"] is None else row["ts"].isoformat(),
    }


def wanted(row: dict[str, Any]) -> dict[str, Any]:
    found = {name: row[name] for name in COMPARED}
    if row["ts"] is not None:
        found["ts"] = datetime.fromisoformat(row["ts"]).replace(tzinfo=None).isoformat()
    if row["source_format"] == "promptfoo_csv":
        # Answers pair by their query, so it is the digest of the row's variables; the label names the model.
        del found["query_id"], found["model"], found["named_scores"], found["from_cache"]
    return found


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("03_promptfoo/out.json", "expected.json"),
        ("03_promptfoo/out.jsonl", "expected.json"),
        ("03_promptfoo/out.csv", "expected_csv.json"),
        ("04_inspect_ai/input.json", "expected.json"),
    ],
)
def test_golden_rows(file: str, expected: str, tmp_path: Path) -> None:
    path = GOLDEN / file
    document = json.loads((path.parent / expected).read_text(encoding="utf-8"))
    imported(tmp_path, f"{path} --as golden")
    found = [canonical(row) for row in stored(tmp_path, "golden")]
    assert len(found) == document["rows_out"]
    for row, golden in zip(sorted(found, key=_place), sorted(map(dict, document["rows"]), key=_place), strict=True):
        compared = wanted(golden)
        assert {name: row[name] for name in compared} == compared


def _place(row: dict[str, Any]) -> Any:
    """JSON lines come in no order: by test and prompt number, where there are any."""
    return [
        int(digits) for digits in "".join(c if c.isdigit() else " " for c in row["record_ref"].split("col")[0]).split()
    ], (row["model_label"] or "")


def test_the_csv_pairs_with_itself(tmp_path: Path) -> None:
    imported(tmp_path, f"{GOLDEN}/03_promptfoo/out.csv --as csv")
    imported(tmp_path, f"{GOLDEN}/03_promptfoo/out.json --as json --id answer")
    assert len({row["query"] for row in stored(tmp_path, "csv")}) == 3
    assert {row["query"] for row in stored(tmp_path, "json")} == {"4", "Ouagadougou", "ok"}
