"""Published outcomes of model pairs give the figures computed from them independently.

The data (`shared/data` beside the repository) is not part of it; without it these tests are skipped.
"""

from pathlib import Path

import pytest
from evals import imported, shown

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.exists(), reason="the published outcomes are not beside the repository"),
]
ROUTELLM = (
    "--id row --outcome weak_correct=mixtral --outcome strong_correct=gpt-4 --feature prompt_chars "
    '--where "decontaminated = 1"'
)


@pytest.mark.parametrize(
    ("name", "n", "strong", "weak", "counts", "oracle", "rescued"),
    [
        ("gsm8k", 1307, 85.7689, 63.7337, (739, 382, 94, 92), 92.9610, 80.5907),
        ("mmlu", 14037, 80.5870, 68.0915, (8816, 2496, 742, 1983), 85.8730, 55.7267),
    ],
)
def test_routellm(name, n, strong, weak, counts, oracle, rescued, tmp_path: Path) -> None:
    imported(tmp_path, f"{DATA}/routellm_{name}.csv --as {name} {ROUTELLM}")
    found = shown(tmp_path, name)
    rates = {one["model"]: one["pass_rate"] for one in found["models"]}
    assert 100 * rates["gpt-4"] == pytest.approx(strong, abs=5e-5)
    assert 100 * rates["mixtral"] == pytest.approx(weak, abs=5e-5)
    pair = next(one for one in found["pairs"] if one["cheap"] == "mixtral")
    assert pair["n"] == n and pair["strong"] == "gpt-4"
    assert tuple(pair[key] for key in ("both", "strong_only", "cheap_only", "neither")) == counts
    assert 100 * pair["oracle"] == pytest.approx(oracle, abs=5e-5)
    assert 100 * pair["p_strong_given_cheap_wrong"] == pytest.approx(rescued, abs=5e-5)
    assert found["features"] == ["prompt_chars"]


def test_omnisbench_runs_share_item_ids(tmp_path: Path) -> None:
    from evals import refused

    file = f"{DATA}/omnisbench_items.csv"
    assert "they differ in run" in refused(tmp_path, f"{file} --as all --id dataset,item_id").stderr
    done = imported(tmp_path, f"{file} --as all --id run,dataset,item_id")
    assert (done["set"]["queries"], done["files"][0]["duplicates"]) == (399, 577)
    where = "--where run=2026-08-19 --where policy=always_big,always_cheap"
    done = imported(tmp_path, f"{file} --as one --id dataset,item_id {where}")
    assert (done["set"]["queries"], done["set"]["answers"]) == (364, 728)
    nano = shown(tmp_path, "one")["models"][1]
    assert nano["model"] == "gpt-5-nano" and nano["latency_mean_ms"] == pytest.approx(7157, abs=1)
