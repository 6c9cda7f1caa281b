"""Files that commands write, and broken cards, policies and stores: every problem with its line, nothing lost."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from inprocess import Outcome, ingested, run
from refusals import ENVIRONMENT, LINE, UNFIT, USAGE, plain, refused

CASCADE = "simulate --cascade haiku:sonnet --success 0.7"
ROW = {"timestamp": "2026-11-02T10:00:00Z", "model": "claude-sonnet-4-6", "input_tokens": 1000, "output_tokens": 100}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store of two priced requests; no test writes to it."""
    folder = tmp_path_factory.mktemp("store")
    ingested(folder, [{**ROW, "request_id": "r1"}, {**ROW, "request_id": "r2", "query_type": "faq"}])
    return folder


def test_a_missing_output_folder_is_found_before_any_work(store: Path, tmp_path: Path) -> None:
    refused(run(store, "bill -o json=nowhere/bill.json"), ENVIRONMENT, "output-folder-missing", "nowhere", "create it")
    (tmp_path / "log.jsonl").write_text(json.dumps({**ROW, "request_id": "r1"}) + "\n", encoding="utf-8")
    outcome = run(tmp_path, "ingest log.jsonl -o json=nowhere/report.json")
    refused(outcome, ENVIRONMENT, "output-folder-missing", "nowhere", "create it")
    # Either nothing was done, or what was done is said.
    assert outcome.stdout or [path.name for path in tmp_path.iterdir()] == ["log.jsonl"]


def test_outputs_are_written_beside_stdout(store: Path, tmp_path: Path) -> None:
    outcome = run(store, "bill", "-o", f"json={tmp_path}/bill.json", "-o", f"{tmp_path}/bill.md", "-f", "csv")
    assert outcome.code == 0 and outcome.stdout.startswith("model,")
    assert json.loads((tmp_path / "bill.json").read_text(encoding="utf-8"))["schema"] == "routecli.bill/1"
    assert (tmp_path / "bill.md").read_text(encoding="utf-8").startswith("**")


CARD = """\
schema: routecli/rate-card/v1
provider: acme
currency: USD
per_tokens: 1000000
models:
  acme-small:
    prices:
      - from: null
        base: {inptu: 1, output: 5}
  acme-large:
    prices:
      - from: 2026-13-01
        base: {input: -3, output: 15}
"""


@pytest.mark.parametrize("command", [CASCADE, "bill", "baseline", "breakeven"])
def test_every_problem_of_a_card_with_its_line(command: str, store: Path, tmp_path: Path) -> None:
    card = tmp_path / "card.yaml"
    card.write_text(CARD, encoding="utf-8")
    outcome = run(store, *command.split(), "--rates", str(card))
    plain(outcome)
    assert (outcome.code, outcome.stdout) == (UNFIT, "")
    first, *problems = outcome.stderr.splitlines()
    assert LINE.fullmatch(first) and first.endswith("[bad-card]")
    assert "did you mean 'input'" in outcome.stderr
    assert {problem.partition(": ")[0].rpartition(":")[2] for problem in problems} == {"9", "12", "13"}


POLICIES = {
    # Words that mean nothing: every one of them is found in one go.
    "words": (
        """\
schema: routecli/policy/v1
rules:
  - when: {query_typ: faq}
    to: haiku
  - when: {query_type: code}
    to: sonet
  - when: {query_type: hard}
    to: {cascade: "haiku:sonnet", success: 1.7}
default: sonnt
""",
        {"3", "6", "8", "9"},
    ),
    # Keys and types.
    "shape": (
        """\
schema: routecli/policy/v1
cascade: haiku:sonnet
sucess: 0.7
name: 7
""",
        {"3", "4"},
    ),
    # Both at once: a mistyped key must not hide the rest.
    "mixed": (
        """\
schema: routecli/policy/v1
rules:
  - when: {query_type: code}
    to: sonet
defualt: sonnet
""",
        {"4", "5"},
    ),
}


@pytest.mark.parametrize("name", POLICIES)
def test_every_problem_of_a_policy_with_its_line(name: str, tmp_path: Path) -> None:
    text, lines = POLICIES[name]
    (tmp_path / "policy.yaml").write_text(text, encoding="utf-8")
    outcome = run(tmp_path, "simulate --policy policy.yaml --success 0.7")
    plain(outcome)
    assert (outcome.code, outcome.stdout) == (UNFIT, "")
    first, *problems = outcome.stderr.splitlines()
    assert LINE.fullmatch(first) and first.endswith("[bad-policy]")
    found = {match[1] for problem in problems if (match := re.match(r"  policy\.yaml:(\d+): ", problem))}
    assert found >= lines, outcome.stderr


HOLDER = """
import sys, duckdb
con = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    """A folder whose store another process has open for writing."""
    ingested(tmp_path, [{**ROW, "request_id": "r1"}])
    words = [sys.executable, "-c", HOLDER, str(tmp_path / "routecli.duckdb")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin is not None and holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield tmp_path
        holder.stdin.close()
        holder.wait(timeout=30)


def test_a_store_in_use(locked: Path) -> None:
    for command in ("bill", CASCADE, "ingest routecli.duckdb.jsonl"):
        # A process of its own: DuckDB shares a file within one.
        found = subprocess.run(
            [sys.executable, "-m", "routecli", *command.split()],
            cwd=locked,
            capture_output=True,
            text=True,
            check=False,
        )
        outcome = Outcome(found.returncode, found.stdout, found.stderr)
        refused(outcome, ENVIRONMENT, "store-locked", "routecli.duckdb", "another process", "wait")
        assert outcome.stdout == ""


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "log.jsonl").write_text(json.dumps({**ROW, "request_id": "r1"}) + "\n", encoding="utf-8")
    for command in ("ingest log.jsonl", "bill", CASCADE):
        refused(
            run(tmp_path, f"{command} --db logs"), ENVIRONMENT, "store-is-a-folder", "logs", "name a file with --db"
        )


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs a folder in which nobody may make a file")
def test_a_store_where_nothing_may_be_written(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text(json.dumps({**ROW, "request_id": "r1"}) + "\n", encoding="utf-8")
    outcome = run(tmp_path, "ingest log.jsonl --db /sys/kernel/routecli.duckdb")
    refused(outcome, ENVIRONMENT, "store-not-permitted", "/sys/kernel/routecli.duckdb", "cannot be made here", "--db")


@pytest.mark.parametrize("place", ["file", "taken"])
def test_a_demo_without_a_place_to_work_in(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "taken" / "support.jsonl.gz").mkdir(parents=True)
    refused(run(tmp_path, f"demo --keep {place}"), ENVIRONMENT, "bad-folder", place, "--keep")


POLICY_WORDS = """\
schema: routecli/policy/v1
rules:
  - when: {query_type: faq, input_tokens: lots}
    to: {cascade: "haiku:sonet", success: 1.7, canary: 7, gate: {model: haikuu}}
  - when: {model: standard}
    to: {classifier: "haiku:sonnet", accuracy: 3, success: 9}
  - when: {colour: red}
    to: {cascade: "haiku:sonnet", false_accept: 2, cheap_quality: 3}
default: sonnet
"""


def test_everything_wrong_with_the_words_of_a_policy_in_the_files_own_terms(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(POLICY_WORDS, encoding="utf-8")
    outcome = run(tmp_path, "simulate --policy policy.yaml --tokens 1M")
    first, *problems = outcome.stderr.splitlines()
    assert (outcome.code, outcome.stdout) == (UNFIT, "") and "11 problems" in first
    assert "--" not in outcome.stderr.replace("--rates", "")
    places = {":".join(problem.split(": ")[:2]).strip() for problem in problems}
    assert places == {
        "policy.yaml:3:rules[0].when.input_tokens",
        "policy.yaml:4:rules[0].to.cascade",
        "policy.yaml:4:rules[0].to.success",
        "policy.yaml:4:rules[0].to.canary",
        "policy.yaml:4:rules[0].to.gate.model",
        "policy.yaml:5:rules[1].when.model",
        "policy.yaml:6:rules[1].to.accuracy",
        "policy.yaml:6:rules[1].to.success",
        "policy.yaml:7:rules[2].when.colour",
        "policy.yaml:8:rules[2].to.false_accept",
        "policy.yaml:8:rules[2].to.cheap_quality",
    }, outcome.stderr


def test_a_rule_without_tests(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(
        "schema: routecli/policy/v1\nrules:\n  - when: {}\n    to: haiku\ndefault: sonnet\n", encoding="utf-8"
    )
    outcome = run(tmp_path, "simulate --policy policy.yaml")
    assert outcome.stderr.splitlines()[1] == "  policy.yaml:3: rules[0].when: needs at least one entry"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cascade: haiku:sonnet\n", "'schema' is missing; write `schema: routecli/policy/v1`"),
        ("schema: routecli/policy/v1\nrules:\n\t- when: {}\n", "a line is indented with a tab; use spaces"),
        ("schema: routecli/policy/v1\nrules: [{when: faq, to: haiku}]\n", "when: must be a mapping of keys to values"),
    ],
)
def test_forms_that_are_often_got_wrong(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(text, encoding="utf-8")
    assert said in run(tmp_path, "simulate --policy policy.yaml").stderr


def test_an_option_beside_a_policy_file(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("schema: routecli/policy/v1\nmodel: haiku\n", encoding="utf-8")
    outcome = run(tmp_path, "simulate --policy policy.yaml --canary 0.1")
    refused(outcome, USAGE, "unused-option", "write `canary:` beside the cascade in the file")


MODES = [
    {**ROW, "request_id": "r1"},
    {**ROW, "request_id": "r2", "service_tier": "priority"},
    {**ROW, "request_id": "r3", "service_tier": "flex"},
    {**ROW, "request_id": "r4", "model": "claude-haiku-4-5", "service_tier": "flex"},
]


@pytest.mark.parametrize("command", ["bill", "baseline"])
def test_every_mode_without_a_price_beside_the_rest_of_the_bill(command: str, tmp_path: Path) -> None:
    ingested(tmp_path, MODES)
    outcome = run(tmp_path, f"{command} --json")
    refused(outcome, UNFIT, "missing-mode", "4-5 in flex", "4-6 in flex", "4-6 in priority", "(1 request)")
    assert [(one["model"], one["mode"]) for one in outcome.document["unpriced"]] == [
        ("claude-haiku-4-5", "flex"),
        ("claude-sonnet-4-6", "flex"),
        ("claude-sonnet-4-6", "priority"),
    ]
    # 1,000 x $3 and 100 x $15 per million: $0.0045.
    assert outcome.document["total" if command == "bill" else "spend"]["pico_usd"] == "4500000000"
    assert run(tmp_path, f"{command} --allow-unpriced").code == 0
    assert run(tmp_path, f"{command} --where mode=standard").code == 0
    refused(run(tmp_path, CASCADE), UNFIT, "missing-mode", "4-6 in priority", "4-5 in flex")
