"""Budgets on measured success: a gate says what `simulate` says on head's card, and judges the unfavourable end."""

import re
import shutil
from pathlib import Path

import pytest
from inprocess import Outcome, run

WORLD = Path(__file__).parents[1] / "goldens" / "world"
POLICY = "--cascade haiku:sonnet --evidence support --gate-threshold 0.5"
SIMULATE = f"simulate --rates head --workload w.json --at 2026-11-23 --json {POLICY}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with an evaluation set, a workload file, and two cards of which head's sonnet reads for more."""
    folder = tmp_path_factory.mktemp("measured") / "here"
    shutil.copytree(WORLD, folder)
    assert run(folder, "ingest log.jsonl").code == 0
    assert run(folder, "evidence import answers.csv --as support").code == 0
    shutil.copytree(Path(__file__).parents[2] / "pricing", folder / "base", ignore=shutil.ignore_patterns("schema"))
    shutil.copytree(folder / "base", folder / "head")
    text = (folder / "head" / "anthropic.yaml").read_text()
    dearer = text.replace("base: {input: 3, ", "base: {input: 7, ")
    assert dearer != text
    (folder / "head" / "anthropic.yaml").write_text(dearer)
    assert run(folder, "workload build -o w.json --rates base --cards head").code == 0
    return folder


def gate(folder: Path, budgets: str, policy: str = POLICY, more: str = "", head: str = "head") -> Outcome:
    (folder / "budgets.yaml").write_text(f"budgets: {budgets}\n")
    words = f"gate --base base --head {head} --budgets budgets.yaml --workload w.json --at 2026-11-23 --json"
    return run(folder, f"{words} {policy} {more}")


@pytest.fixture(scope="module")
def simulated(folder: Path) -> dict[str, object]:
    (line,) = run(folder, SIMULATE).document["policies"]
    return line  # type: ignore[no-any-return]


ENDS = "{savings: {error: 1%, at: lower95}, quality_drop: {warn: 1, at: upper95}, silent_failures: {error: 90%}}"


def test_the_ends_are_those_of_simulate(folder, simulated):
    found = {one["id"]: one for one in gate(folder, ENDS).document["budgets"]}
    measured = simulated["measured"]
    assert measured["saving_pct"]["low"] < measured["saving_pct"]["value"]
    assert found["savings"]["actual"] == pytest.approx(measured["saving_pct"]["low"])
    assert found["quality_drop"]["actual"] == pytest.approx(100 * measured["quality_drop"]["high"])
    assert found["silent_failures"]["actual"] == pytest.approx(measured["silent_failures"]["value"])
    assert found["savings"]["detail"] == "the low end of the 95 % interval"
    assert {one["basis"] for one in found.values()} == {"measured"}


def test_without_an_end_the_estimate_is_judged(folder, simulated):
    found = {one["id"]: one for one in gate(folder, "{savings: 1%, quality_drop: 50}").document["budgets"]}
    assert found["savings"]["actual"] == pytest.approx(simulated["saving_pct"])
    assert found["quality_drop"]["actual"] == pytest.approx(100 * simulated["measured"]["quality_drop"]["value"])


def test_a_limit_between_the_end_and_the_estimate_tells_them_apart(folder, simulated):
    low, middle = simulated["measured"]["saving_pct"]["low"], simulated["saving_pct"]
    limit = f"{(low + middle) / 2:.4f}%"
    assert gate(folder, f"{{savings: {{error: {limit}}}}}").code == 0
    assert gate(folder, f"{{savings: {{error: {limit}, at: lower95}}}}").code == 1


def test_the_margin_is_between_the_measured_rate_and_the_break_even(folder):
    (line,) = run(folder, SIMULATE.replace("head", "base")).document["policies"]
    (found,) = gate(folder, "{breakeven_margin: 1}", head="base").document["budgets"]
    rate, even = line["measured"]["accept_rate"]["value"], line["break_even"]["success"]
    assert found["actual"] == pytest.approx(100 * (rate - even))
    assert " pays above " in found["detail"]


def test_effects_on_a_measured_policy_add_up(folder):
    (plan,) = gate(folder, ENDS).document["policies"]
    assert plan["base_usd"] != plan["head_usd"]
    assert sum(one["usd"] for one in plan["effects"]) == pytest.approx(plan["head_usd"] - plan["base_usd"])
    assert [one["name"] for one in plan["effects"] if one["usd"]] == ["price"]


def test_an_assumed_rate_has_no_end(folder):
    found = gate(folder, "{savings: {error: 1%, at: lower95}}", "--cascade haiku:sonnet --success 0.7")
    (one,) = found.document["budgets"]
    assert (found.code, one["status"], one["actual"]) == (3, "unknown", None)
    assert re.search("--evidence NAME measures it", one["detail"])


def test_a_gate_without_a_threshold_is_not_taken_for_perfect(folder):
    found = gate(folder, "{savings: 1%}", "--cascade haiku:sonnet --evidence support")
    assert found.code == 2
    assert "no-gate-threshold" in found.stderr
    assert gate(folder, "{savings: 1%}", f"{POLICY.replace('0.5', 'perfect')}").code == 0


def test_every_measured_budget_can_trip(folder):
    budgets = "{savings: {error: 1%, at: lower95}, quality_drop: {error: 40, at: upper95}, silent_failures: 50%}"
    found = gate(folder, budgets, POLICY, "--self-test")
    assert found.code == 0, found.stdout
    assert [one["tripped"] for one in found.document["trials"]] == [True, True, True]
