"""Price lists for `rates refresh`, and what it says of them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inprocess import run

TODAY = datetime(2026, 11, 23, tzinfo=UTC)


NOVEMBER, DECEMBER = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


def models_dev(folder: Path, **costs: Any) -> str:
    """A list of models.dev with these models of acme."""
    models = {name.replace("_", "-"): {"id": name, "cost": cost} for name, cost in costs.items()}
    (folder / "api.json").write_text(json.dumps({"acme": {"id": "acme", "models": models}}), encoding="utf-8")
    return "--from models-dev-json --source api.json"


def refreshed(folder: Path, words: str) -> Any:
    outcome = run(folder, f"rates refresh {words} --rates acme.yaml --json")
    assert outcome.code == 0, outcome.stderr
    return outcome.document


LARGE = {"input": 2, "cache_read": 0.2, "output": 10}
