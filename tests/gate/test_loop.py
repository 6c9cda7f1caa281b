"""The whole loop in a scratch repository: init, commit, change a price in a branch, gate, waiver, expired waiver.

The action's own shell step runs, offline, with the environment that a workflow gives it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from inprocess import run

ROOT = Path(__file__).parents[2]
TODAY = "2026-11-23"
OLD = "base: {input: 3, cache_read: 0.3, cache_write_5m: 3.75, cache_write_1h: 6, output: 15}"
NEW = "base: {input: 30, cache_read: 0.3, cache_write_5m: 3.75, cache_write_1h: 6, output: 15}"


def git(folder: Path, *words: str) -> str:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b.example", "GIT_CONFIG_GLOBAL": os.devnull}
    env = {**os.environ, **who, "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b.example"}
    done = subprocess.run(["git", *words], cwd=folder, env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository after `init` and a first commit on main."""
    folder = tmp_path_factory.mktemp("repository")
    log = folder / "log.jsonl"
    rows = [
        {
            "request_id": f"r{number}",
            "timestamp": f"2026-11-{2 + number % 14:02d}T12:00:00Z",
            "model": "claude-sonnet-4-6",
            "input_tokens": 4_000_000,
            "output_tokens": 500_000,
        }
        for number in range(28)
    ]
    log.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert run(folder, "init").code == 0
    assert run(folder, "ingest log.jsonl -q").code == 0
    assert run(folder, "workload build -o workload.json -q").code == 0
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "routecli.yaml", "pricing", "policies", "workload.json", ".github")
    git(folder, "commit", "-qm", "prices, budgets, workload")
    return folder


@pytest.fixture
def branch(repository: Path, tmp_path: Path) -> Path:
    """A clone with a branch in which one price is ten times what it was."""
    folder = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(repository), str(folder))
    git(folder, "checkout", "-qb", "dearer")
    card = folder / "pricing" / "anthropic.yaml"
    text = card.read_text(encoding="utf-8")
    last = text.rindex(OLD)
    card.write_text(text[:last] + NEW + text[last + len(OLD) :], encoding="utf-8")
    git(folder, "commit", "-qam", "a new price")
    return folder


def changed_line(folder: Path) -> int:
    lines = (folder / "pricing" / "anthropic.yaml").read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if NEW in line)


def step(folder: Path, **inputs: str) -> tuple[dict[str, str], str, str]:
    """Run the action's gate step: its outputs, what it printed, the step summary."""
    output, summary = folder / "output.txt", folder / "summary.md"
    for path in (output, summary):
        path.unlink(missing_ok=True)
    env = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "ROUTECLI_TODAY": TODAY,
        "BASE": "origin/main:pricing/",
        "HEAD_CARD": "pricing/",
        "WORKLOAD": "workload.json",
        "BUDGETS": "routecli.yaml",
        "ARGUMENTS": "",
        "GITHUB_OUTPUT": str(output),
        "GITHUB_STEP_SUMMARY": str(summary),
        **inputs,
    }
    script = str(ROOT / "action" / "gate.sh")
    done = subprocess.run(["bash", script], cwd=folder, env=env, capture_output=True, text=True, check=True)
    found = dict(line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines())
    return found, done.stdout, summary.read_text(encoding="utf-8") if summary.exists() else ""


def waive(folder: Path, until: str) -> None:
    budgets = folder / "routecli.yaml"
    waivers = "".join(
        f"  - {{budget: {name}, reason: agreed with finance, until: {until}}}\n"
        for name in ("bill_increase", "model_increase", "rate_jump", "history_edit")
    )
    budgets.write_text(budgets.read_text(encoding="utf-8") + f"\nwaivers:\n{waivers}", encoding="utf-8")


def test_a_change_fails_at_its_line(branch):
    found, printed, summary = step(branch)
    assert found == {"exit-code": "1", "verdict": "fail"}
    line = changed_line(branch)
    where = f"::error file=pricing/anthropic.yaml,line={line},"
    assert f"{where}title=routecli gate%3A rate_jump::" in printed
    assert f"{where}title=routecli gate%3A bill_increase::" in printed
    assert summary.startswith("<!-- routecli gate -->\n\n**gate: fail:")
    kept = {path.name for path in (branch / "routecli-report").iterdir()}
    assert kept == {"gate.json", "gate.md", "gate.xml", "gate.sarif"}


def test_no_change_passes(branch):
    git(branch, "checkout", "-q", "main")
    found, printed, _ = step(branch)
    assert found == {"exit-code": "0", "verdict": "pass"}
    assert "::error" not in printed and "::warning" not in printed


def test_a_waiver_with_a_reason_passes(branch):
    waive(branch, "2026-11-23")
    found, printed, summary = step(branch)
    assert found == {"exit-code": "0", "verdict": "pass"}
    assert "::error" not in printed
    assert "agreed with finance" in summary


def test_an_expired_waiver_fails(branch):
    waive(branch, "2026-11-22")
    found, printed, _ = step(branch)
    assert found["exit-code"] == "1"
    assert "title=routecli gate%3A waiver::the waiver of bill_increase expired on 2026-11-22" in printed


def test_a_waiver_without_a_reason_is_refused(branch):
    waive(branch, "2026-12-31")
    budgets = branch / "routecli.yaml"
    text = budgets.read_text(encoding="utf-8")
    budgets.write_text(text.replace("reason: agreed with finance, ", ""), encoding="utf-8")
    found, printed, _ = step(branch)
    assert found == {"exit-code": "3", "verdict": "no report"}
    assert printed == ""


def test_arguments_are_words(branch):
    git(branch, "checkout", "-q", "main")
    found, _, summary = step(branch, ARGUMENTS="--policy policies/starter.yaml --days 14")
    assert found["exit-code"] == "0"
    assert "haiku then sonnet" in summary


def test_a_missing_base_is_the_environments_fault(branch):
    found, _, _ = step(branch, BASE="origin/nowhere:pricing/")
    assert found == {"exit-code": "2", "verdict": "no report"}


def test_a_changed_policy_is_an_effect_of_its_own(branch):
    git(branch, "checkout", "-q", "main")
    policy = branch / "policies" / "starter.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("success: 0.7", "success: 0.5"), encoding="utf-8")
    words = "gate --base origin/main:pricing/ --head pricing/ --workload workload.json --policy policies/starter.yaml"
    found = run(branch, f"{words} --at {TODAY} --json").document
    (one,) = found["policies"]
    effects = {effect["name"]: effect["usd"] for effect in one["effects"] if effect["usd"]}
    assert list(effects) == ["policy"]
    # Twenty per cent more requests escalate, and each costs what it costs today.
    assert effects["policy"] == pytest.approx(0.2 * found["base"]["monthly_usd"])
