"""Curves on the collected per-question outcomes of two models: figures that were computed elsewhere."""

import csv
from pathlib import Path

import numpy as np
import pytest

from routecli.maths.evidence import curves as c

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.exists(), reason="the shared outcome tables are not beside the repository"),
]


@pytest.mark.parametrize(
    ("name", "n", "longest_first", "band"),
    [("gsm8k", 1_307, 0.5978, (0.460, 0.540)), ("mmlu", 14_037, 0.5858, (0.482, 0.518))],
)
def test_the_longest_prompts_to_the_strong_model(name, n, longest_first, band):
    with (DATA / f"routellm_{name}.csv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["decontaminated"] == "1"]
    weak, strong, length = (
        np.array([float(row[column]) for row in rows]) for column in ("weak_correct", "strong_correct", "prompt_chars")
    )
    assert len(rows) == n
    found = c.curve(length, c.Side(weak, np.ones(n)), c.Side(strong, np.full(n, 20.0)))
    assert c.apgr(found) == pytest.approx(longest_first, abs=5e-5)
    assert c.random_band(weak, strong) == pytest.approx(band, abs=1e-3)
