"""Everything a person can get wrong: one plain line with a fix on stderr, the right exit code, nothing lost."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from inprocess import Outcome, ingested, run

USAGE, UNFIT, ENVIRONMENT = 2, 3, 4
CASCADE = "simulate --cascade haiku:sonnet --success 0.7"
LINE = re.compile(r"routecli: error: .+ \[[a-z0-9]+(-[a-z0-9]+)*\]")

ROW = {"timestamp": "2026-11-02T10:00:00Z", "model": "claude-sonnet-4-6", "input_tokens": 1000, "output_tokens": 100}
UNPRICED = {**ROW, "model": "acme-large"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store of two priced requests; no test writes to it."""
    folder = tmp_path_factory.mktemp("store")
    ingested(folder, [{**ROW, "request_id": "r1"}, {**ROW, "request_id": "r2", "query_type": "faq"}])
    return folder


def refused(outcome: Outcome, code: int, id: str, *words: str) -> None:
    """The one line: its shape, its id, and the words a reader needs."""
    assert outcome.code == code, outcome.stderr or outcome.stdout
    lines = outcome.stderr.splitlines()
    assert len(lines) == 1, outcome.stderr
    plain(outcome)
    assert LINE.fullmatch(lines[0]), lines[0]
    assert lines[0].endswith(f"[{id}]"), lines[0]
    for word in words:
        assert word in lines[0], f"{word!r} is not in: {lines[0]}"


def plain(outcome: Outcome) -> None:
    assert "\x1b" not in outcome.stderr + outcome.stdout
    assert "Traceback" not in outcome.stderr and outcome.code != 70, outcome.stderr


TYPED = [
    ("simulate --cascade haiku:sonnet --success 1.7", USAGE, "bad-share", ["1.7", "0 to 1"]),
    ("simulate --cascade haiku:sonnet --success nan", USAGE, "bad-share", ["nan", "0 to 1"]),
    ("simulate --cascade haiku:sonnet --success inf", USAGE, "bad-share", ["inf", "0 to 1"]),
    ("simulate --cascade haiku:sonnet --success -0.1", USAGE, "bad-share", ["-0.1", "0 to 1"]),
    ("simulate --cascade haiku:sonnet --success 70", USAGE, "bad-share", ["write 0.7"]),
    ("simulate --cascade haiku:sonnet --success 70%", USAGE, "bad-share", ["70%"]),
    ("simulate --cascade haiku:sonnet --success much", USAGE, "bad-share", ["much"]),
    ("simulate --cascade haiku:sonnet --success 0.5,0.6", USAGE, "success-count", ["2 rates", "1 tier"]),
    ("simulate --cascade haiku:sonnet --success faq=0.9,0.5", USAGE, "bad-success", ["0.5"]),
    ("simulate --cascade haiku --success 0.7", USAGE, "too-few-tiers", ["haiku:sonnet"]),
    ("simulate --cascade haiku:sonet --success 0.7", USAGE, "unknown-model", ["'sonet'", "did you mean 'sonnet'"]),
    ("simulate --cascade haiku:haiku --success 0.7", USAGE, "repeated-tier", ["claude-haiku-4-5"]),
    ("simulate --cascade haiku:claude-haiku-4-5 --success 0.7", USAGE, "repeated-tier", ["claude-haiku-4-5"]),
    ("simulate --cascade :sonnet --success 0.7", USAGE, "bad-tiers", [":sonnet"]),
    ("simulate --cascade gpt:sonnet --success 0.7", USAGE, "ambiguous-model", ["gpt-5", "gpt-5.5", "whole name"]),
    ("simulate --classifier haiku:sonnet --success 0.7 --accuracy 2", USAGE, "bad-share", ["--accuracy", "2"]),
    ("simulate --classifier haiku:sonnet --success 0.7", USAGE, "no-accuracy", ["--accuracy 0.9"]),
    ("simulate", USAGE, "no-policy", ["--cascade haiku:sonnet"]),
    (f"{CASCADE} --tokens 0", USAGE, "bad-tokens", ["above 0"]),
    (f"{CASCADE} --tokens -5", USAGE, "bad-number", ["-5"]),
    (f"{CASCADE} --tokens lots", USAGE, "bad-number", ["lots", "1.5M"]),
    (f"{CASCADE} --input-share 80", USAGE, "bad-share", ["write 0.8"]),
    (f"{CASCADE} --requests 0", USAGE, "bad-requests", ["0"]),
    (f"{CASCADE} --preset suport", USAGE, "unknown-preset", ["did you mean 'support'"]),
    (f"{CASCADE} --preset support --tokens 10M", USAGE, "two-workloads", ["leave one"]),
    (f"{CASCADE} --db routecli.duckdb --tokens 10M", USAGE, "two-workloads", ["leave one"]),
    (f"{CASCADE} --db routecli.duckdb --preset support", USAGE, "two-workloads", ["leave one"]),
    (f"{CASCADE} --where nonsense=1", USAGE, "unknown-column", ["nonsense", "query_type"]),
    (f"{CASCADE} --where query_typ=faq", USAGE, "unknown-column", ["did you mean 'query_type'"]),
    (f"{CASCADE} --where faq", USAGE, "bad-where", ["column=value"]),
    (f"{CASCADE} --at tomorrow", USAGE, "bad-date", ["tomorrow", "2026-11-01"]),
    (f"{CASCADE} --at 2026-13-01", USAGE, "bad-date", ["2026-13-01"]),
    (f"{CASCADE} --latency haiku=800", USAGE, "bad-latency", ["800", "800ms"]),
    (f"{CASCADE} --latency fast", USAGE, "bad-latency", ["haiku=800ms"]),
    (f"{CASCADE} --apply-to sonet", USAGE, "unknown-model", ["did you mean 'sonnet'"]),
    (f"{CASCADE} --baseline sonet", USAGE, "unknown-model", ["did you mean 'sonnet'"]),
    (f"{CASCADE} --days 7", USAGE, "days-of-assumed", ["--days"]),
    (f"{CASCADE} --since 2026-11-01", USAGE, "no-log", ["--since"]),
    (f"{CASCADE} --rates nowhere.yaml", ENVIRONMENT, "no-such-file", ["nowhere.yaml"]),
    ("simulate --static nowhere.yaml", ENVIRONMENT, "no-such-file", ["nowhere.yaml"]),
    ("simulate --policy nowhere.yaml", ENVIRONMENT, "no-such-file", ["nowhere.yaml"]),
    ("simulate --static folder", ENVIRONMENT, None, ["folder"]),
    ("simulat", USAGE, "unknown-command", ["did you mean 'simulate'"]),
    (f"{CASCADE} --sucess 0.7", USAGE, "unknown-option", ["--success"]),
    (f"{CASCADE} -f tabel", USAGE, "bad-value", ["table"]),
    ("schema simulat", USAGE, "unknown-schema", ["did you mean 'simulate'"]),
    (f"{CASCADE} -o nope=x.json", USAGE, "unknown-format", ["nope", "json"]),
    (f"{CASCADE} -o json=a.json -o json=a.json", USAGE, "output-twice", ["own path"]),
]


@pytest.mark.parametrize(("argv", "code", "id", "words"), TYPED, ids=[one[0] for one in TYPED])
def test_typed_wrongly(argv: str, code: int, id: str | None, words: list[str], tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    outcome = run(tmp_path, argv)
    if id is None:
        id = outcome.stderr.rpartition("[")[2].rstrip("]\n")
    refused(outcome, code, id, *words)
    assert outcome.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["folder"], "something was left behind"


ON_A_STORE = [
    ("bill --by nosuch", USAGE, "unknown-column", ["nosuch"]),
    ("bill --by query_typ", USAGE, "unknown-column", ["did you mean 'query_type'"]),
    ("bill --by usd", USAGE, "bad-by", ["usd"]),
    ("bill --where nonsense=1", USAGE, "unknown-column", ["nonsense"]),
    ("bill --days 0", USAGE, "bad-days", ["above 0"]),
    ("baseline --days nan", USAGE, "bad-days", ["nan"]),
    ("bill --since yesterday", USAGE, "bad-date", ["--since", "yesterday"]),
    ("bill --since 2026-11-03", UNFIT, "no-requests", ["--since"]),
    ("simulate --cascade haiku:sonnet --success faq=0.9", USAGE, "no-success-rate", ["without a query type"]),
    ("quarantine show --limit 0", USAGE, "bad-value", ["0"]),
]


@pytest.mark.parametrize(("argv", "code", "id", "words"), ON_A_STORE, ids=[one[0] for one in ON_A_STORE])
def test_asked_wrongly_of_a_store(argv: str, code: int, id: str, words: list[str], store: Path) -> None:
    refused(run(store, argv), code, id, *words)


READERS = [
    "bill",
    "baseline",
    "quarantine show",
    "latency",
    "breakeven",
    CASCADE,
    "doctor",
]


@pytest.mark.parametrize("command", READERS)
def test_reading_never_makes_a_store(command: str, tmp_path: Path) -> None:
    outcome = run(tmp_path, f"{command} --db missing.duckdb")
    plain(outcome)
    assert outcome.code == ENVIRONMENT
    assert "missing.duckdb" in outcome.stdout + outcome.stderr
    assert "routecli ingest" in outcome.stdout + outcome.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["bill", "baseline", "quarantine show"])
def test_nothing_ingested(command: str, tmp_path: Path) -> None:
    refused(run(tmp_path, command), ENVIRONMENT, "no-store", "routecli ingest PATH")
    assert list(tmp_path.iterdir()) == []


def test_an_assumed_workload_makes_no_store(tmp_path: Path) -> None:
    assert run(tmp_path, CASCADE).code == run(tmp_path, "breakeven").code == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("text", "what"), [("", "empty"), ("\n \n", "empty"), ("garbage\n", "line 1")])
def test_a_log_with_nothing_in_it(text: str, what: str, tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text(text, encoding="utf-8")
    outcome = run(tmp_path, "ingest log.jsonl --json")
    refused(outcome, UNFIT, "nothing-to-load", "log.jsonl", what)
    assert outcome.document["files"][0]["error"]
    assert [path.name for path in tmp_path.iterdir()] == ["log.jsonl"]


def test_a_missing_log_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text(json.dumps({**ROW, "request_id": "r1"}) + "\n", encoding="utf-8")
    outcome = run(tmp_path, "ingest missing.jsonl log.jsonl --json")
    refused(outcome, ENVIRONMENT, "no-such-file", "missing.jsonl")
    assert outcome.document["totals"]["rows_new"] == 1
    assert run(tmp_path, "bill --json").document["total"]["requests"] == 1


def test_fixes_name_options_that_exist(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text("garbage\n", encoding="utf-8")
    said = run(tmp_path, "ingest log.jsonl").stderr
    page = " ".join(run(tmp_path, "ingest --help").stdout.split())
    for option in re.findall(r"--[a-z-]+", said):
        meaning = re.search(rf"(?<= ){option} .{{80}}", page)
        # `--format` is how the report is printed, not how a log is read.
        assert meaning and "print the report" not in meaning[0], f"{option} does not do what is said: {said}"


@pytest.mark.parametrize("command", ["bill", "baseline"])
def test_a_model_without_a_price(command: str, tmp_path: Path) -> None:
    ingested(tmp_path, [{**ROW, "request_id": "r1"}, {**UNPRICED, "request_id": "r2"}])
    outcome = run(tmp_path, f"{command} --json")
    refused(outcome, UNFIT, "unpriced-model", "'acme-large'", "--allow-unpriced")
    assert outcome.document["unpriced"] == [{"model": "acme-large", "requests": 1, "tokens": 1100}]
    allowed = run(tmp_path, f"{command} --json --allow-unpriced")
    assert (allowed.code, allowed.stderr) == (0, "")
    assert allowed.document["unpriced"] == outcome.document["unpriced"]


def test_a_simulation_with_a_model_without_a_price(tmp_path: Path) -> None:
    ingested(tmp_path, [{**ROW, "request_id": "r1"}, {**UNPRICED, "request_id": "r2"}])
    refused(run(tmp_path, CASCADE), UNFIT, "unpriced-model", "'acme-large'", "--allow-unpriced")
    allowed = run(tmp_path, f"{CASCADE} --json --allow-unpriced")
    assert (allowed.code, allowed.stderr) == (0, "")
    assert allowed.document["unpriced"][0]["model"] == "acme-large"
    assert allowed.document["affected"]["requests"] == 1


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


def test_the_real_command_says_what_the_tests_see(tmp_path: Path) -> None:
    """The same bytes from the installed command in a process of its own, also where colour is forced."""
    environment = {**os.environ, "FORCE_COLOR": "1", "GITHUB_ACTIONS": "true", "COLUMNS": "40"}
    for argv in (
        CASCADE,
        "simulate --cascade haiku:sonet",
        "bill",
        "simulat",
        "simulate --cascade haiku:sonnet --at x",
    ):
        inside = run(tmp_path, argv)
        found = subprocess.run(
            [sys.executable, "-m", "routecli", *argv.split()],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        assert Outcome(found.returncode, found.stdout, found.stderr) == inside


def test_a_fixed_day_that_is_none(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROUTECLI_TODAY", "soon")
        refused(run(tmp_path, CASCADE), USAGE, "bad-date", "ROUTECLI_TODAY", "2026-11-23")
