"""Real and recorded logs of other tools: their logged costs are the card's, to the pico-dollar.

The logs (`shared/golden` beside the repository) are not part of it; without them these tests are skipped.
"""

from pathlib import Path

import pytest
from inprocess import run

GOLDEN = Path(__file__).resolve().parents[3] / "shared" / "golden"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not GOLDEN.is_dir(), reason="the shared example logs are not beside the repository"),
]

LOGS = {
    "01_litellm_slp": ("*.jsonl", 5),
    "02_litellm_spend_logs": ("input.jsonl", 5),
    "09_langfuse_export": ("observations.jsonl", 3),
    "10_langfuse_blob": ("observations.jsonl", 1),
    "11_helicone": ("requests.jsonl", 3),
    "16_portkey": ("logs.jsonl", 1),
    "17_mlflow": ("traces.jsonl", 1),
    "19_vllm_semantic_router": ("router_replay.json", 1),
    "20_litellm_gate": ("spend_logs_api.json", 3),
}
"""Folder -> its logs, and how many requests carry a cost for a model of the card at a known time."""


@pytest.mark.parametrize("folder", LOGS)
def test_the_costs_that_tools_logged_are_those_of_the_card(folder: str, tmp_path: Path) -> None:
    pattern, compared = LOGS[folder]
    files = sorted(path for path in (GOLDEN / folder).glob(pattern) if not path.name.startswith("expected"))
    assert run(tmp_path, "ingest", *map(str, files)).code == 0
    found = run(tmp_path, "bill --reconcile --tolerance 0 --allow-unpriced --since 2024-01-01 --json")
    assert found.code == (0 if compared else 3), found.stdout + found.stderr
    assert found.document["total"]["requests"] == compared
    assert {group["reason"] for group in found.document["groups"]} <= {None}
    assert abs(int(found.document["total"]["drift_pico_usd"])) <= compared
