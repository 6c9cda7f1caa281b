"""Everything a person can get wrong: one plain line with a fix on stderr, the right exit code, nothing lost."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from inprocess import Outcome, ingested, run
from refusals import ENVIRONMENT, UNFIT, USAGE, plain, refused

CASCADE = "simulate --cascade haiku:sonnet --success 0.7"

ROW = {"timestamp": "2026-11-02T10:00:00Z", "model": "claude-sonnet-4-6", "input_tokens": 1000, "output_tokens": 100}
UNPRICED = {**ROW, "model": "acme-large"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store of two priced requests; no test writes to it."""
    folder = tmp_path_factory.mktemp("store")
    ingested(folder, [{**ROW, "request_id": "r1"}, {**ROW, "request_id": "r2", "query_type": "faq"}])
    return folder


RATIO = f"{CASCADE} --tokens-ratio haiku:sonnet=1/2"
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
    ("simulate --cascade 'haiku -> sonnet' --success 0.7", USAGE, "too-few-tiers", ["--cascade haiku:sonnet"]),
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
    ("simulate --cascade haiku:sonnet --success 0,7", USAGE, "bad-share", ["decimals take a point", "write 0.7"]),
    ("simulate --classifier haiku:sonnet --success 0.7 --accuracy 0,9", USAGE, "bad-share", ["0,9", "write 0.9"]),
    (f"{CASCADE} --success 0.8", USAGE, "option-twice", ["--success", "twice"]),
    ("latency --cascade haiku:sonnet --slo p95=2s --slo p50=1s", USAGE, "option-twice", ["--slo"]),
    (f"{CASCADE} --latency haiku=1s --latency claude-haiku-4-5=2s", USAGE, "bad-latency", ["claude-haiku-4-5 twice"]),
    (
        f"{CASCADE} --tokens-ratio haiku:sonnet=1/2 --tokens-ratio haiku:sonnet=1/3",
        USAGE,
        "bad-tokens-ratio",
        ["already"],
    ),
    (f"{CASCADE} --tokens-ratio haiku:sonnet=1/2 --tokens-ratio sonnet:haiku=1/2", USAGE, "bad-tokens-ratio", ["both"]),
    (f"{CASCADE} --tokens-ratio haiku:claude-haiku-4-5=1/2", USAGE, "bad-tokens-ratio", ["twice"]),
    (f"{CASCADE} --payback-limit 6", USAGE, "unused-option", ["--payback-limit", "--build-cost"]),
    (f"{CASCADE} --build-cost 10 --payback-limit 0", USAGE, "bad-months", ["months above 0, like 12"]),
    (f"{CASCADE} --requests 100 --gate haiku --gate-input ''", USAGE, "bad-number", ["--gate-input"]),
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
    ("bill --by day", USAGE, "unknown-column", ["did you mean 'date'"]),
    ("bill --by usd", USAGE, "bad-by", ["usd"]),
    ("bill --where nonsense=1", USAGE, "unknown-column", ["nonsense"]),
    ("bill --days 0", USAGE, "bad-days", ["above 0"]),
    ("baseline --days nan", USAGE, "bad-days", ["nan"]),
    ("bill --since yesterday", USAGE, "bad-date", ["--since", "yesterday"]),
    ("bill --since 2026-11-03", UNFIT, "no-requests", ["--since"]),
    ("simulate --cascade haiku:sonnet --success faq=0.9", USAGE, "no-success-rate", ["without a query type"]),
    ("quarantine show --limit 0", USAGE, "bad-value", ["0"]),
    ("latency --slo p95=2s", USAGE, "unused-option", ["--slo", "policy"]),
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
    line = {"model": "acme-large", "requests": 1, "tokens": 1100, "mode": None, "reason": ""}
    assert outcome.document["unpriced"] == [line]
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


def test_words_that_change_nothing_are_said(tmp_path: Path) -> None:
    for words, said in (
        ("--latency gpt-5-nano=1s", "--latency gpt-5-nano is not used: no policy calls it"),
        ("--tokens-ratio haiku:gpt-5-nano=1/1.2", "--tokens-ratio of claude-haiku-4-5 and gpt-5-nano is not used"),
    ):
        outcome = run(tmp_path, f"{CASCADE} {words} --json")
        assert outcome.code == 0 and said in outcome.stderr
        assert any(text.startswith(said) for text in outcome.document["warnings"])
    for words in ("--latency haiku=1s --latency sonnet=2s", "--tokens-ratio haiku:sonnet=1/1.2"):
        assert run(tmp_path, f"{CASCADE} {words}").stderr == ""
