"""Rankings and gates on collected outcomes: figures that were computed elsewhere."""

import csv
from pathlib import Path

import numpy as np
import pytest
from inprocess import run

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


@pytest.mark.parametrize(
    ("name", "longest_first", "band"), [("gsm8k", 0.5978, (0.460, 0.540)), ("mmlu", 0.5858, (0.482, 0.518))]
)
def test_the_same_through_the_commands(name, longest_first, band, tmp_path):
    """No cost is known of these answers: rankings are what can be said, with exit code 3."""
    load = (
        f"evidence import {DATA}/routellm_{name}.csv --as {name} --id row --outcome weak_correct=mixtral "
        "--outcome strong_correct=gpt-4 --feature prompt_chars --where 'decontaminated = 1' -q"
    )
    assert run(tmp_path, load).code == 0
    outcome = run(tmp_path, f"optimize --evidence {name} --json")
    assert outcome.code == 3
    (line,) = outcome.document["curves"]
    assert (line["cheap"], line["strong"]) == ("mixtral", "gpt-4")
    assert line["apgr_calls"] == pytest.approx(longest_first, abs=5e-5)
    assert (line["random_low"], line["random_high"]) == pytest.approx(band, abs=1e-3)


@pytest.mark.parametrize(
    ("run_of", "n", "real", "saving"), [("2026-08-19", 364, 0.000920905, 85.27), ("fresh-2026-08-20", 35, None, 24.85)]
)
def test_a_gate_that_knows_costs_what_the_escalated_items_cost(run_of, n, real, saving, tmp_path):
    load = (
        f"evidence import {DATA}/omnisbench_items.csv --as items --id dataset,item_id -q "
        f"--where \"run = '{run_of}' and policy in ('always_big', 'always_cheap')\""
    )
    assert run(tmp_path, load).code == 0
    document = run(tmp_path, "optimize --evidence items --cost logged --json").document
    assert document["evidence"]["used"] == n and document["method"]["folds"] == 5
    line = next(one for one in document["policies"] if one["name"] == "perfect gate")
    assert line["saving_pct"] == pytest.approx(saving, abs=0.005)
    if real is not None:
        assert line["usd_per_1000"] == pytest.approx(1000 * real, abs=5e-7)
        # Percentiles gave 80.6 to 89.2; the bounds here are corrected for bias and skewness.
        assert (line["saving_low"], line["saving_high"]) == pytest.approx((80.6, 89.2), abs=1.0)
