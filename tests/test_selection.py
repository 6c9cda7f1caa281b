"""What `--where`, `--since`, `--until`, `--days` and `--apply-to` select, and that what selects nothing is said."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from inprocess import ingested, run

CASCADE = "simulate --cascade haiku:sonnet --success 0.7"
SPELLINGS = ("claude-sonnet-4-6", "anthropic/claude-sonnet-4-6")


def rows() -> list[dict[str, Any]]:
    """40 faq on sonnet in 1 s, 40 code in 9 s, 40 faq on haiku in 0.5 s: over ten days, under two names of sonnet."""
    found = []
    for kind, model, latency in (("faq", None, 1000), ("code", None, 9000), ("faq", "claude-haiku-4-5", 500)):
        for number in range(40):
            found.append(
                {
                    "timestamp": f"2026-11-{2 + number % 10:02d}T10:00:00Z",
                    "model": model or SPELLINGS[number % 2],
                    "input_tokens": 1000,
                    "output_tokens": 100,
                    "query_type": kind,
                    "user_tier": "free" if number < 35 else "pro",
                    "latency_ms": latency,
                    "status": "error" if number < 4 else "success",
                    "request_id": f"{kind}{model}{number}",
                }
            )
    return found


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    ingested(folder, [*rows(), {**rows()[0], "model": "acme-large", "query_type": "legal", "request_id": "unpriced"}])
    return folder


def slow(document: dict[str, Any]) -> dict[str, int | None]:
    return {one["model"]: one["requests"] for one in document["latencies"]}


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        (["query_type=faq"], {"claude-sonnet-4-6": 36, "claude-haiku-4-5": 36}),
        (["query_type=code", "user_tier=pro"], {"claude-sonnet-4-6": 5}),
        (["model=sonnet", "query_type!=code"], {"claude-sonnet-4-6": 36}),
        (["input_tokens>1000"], {}),
    ],
)
def test_latency_is_of_the_requests_that_pass(where: Sequence[str], kept: dict[str, int], store: Path) -> None:
    words = [word for test in where for word in ("--where", test)]
    assert slow(run(store, "latency", *words, "--json").document) == kept


def test_a_policys_latency_is_narrowed_where_there_is_enough(store: Path) -> None:
    """Sonnet's 36 faq in 1 s; haiku has no code at all, and says whose latency it takes."""
    faq = run(store, "latency --cascade haiku:sonnet --success 0.5 --where query_type=faq --allow-unpriced --json")
    whole = faq.document["policies"][0]
    assert whole["before_ms"]["mean"] == pytest.approx(1000, rel=0.01)
    code = run(store, "latency --cascade haiku:sonnet --success 0.5 --where query_type=code --allow-unpriced --json")
    assert code.document["policies"][0]["before_ms"]["mean"] == pytest.approx(9000, rel=0.01)
    assert any("claude-haiku-4-5 of requests that pass --where" in text for text in code.document["assumptions"])


def test_two_spellings_of_a_model_are_one_group(store: Path) -> None:
    found = run(store, "baseline --by model --json --where model=sonnet").document["groups"]
    assert [(one["model"], one["requests"], one["error_share"]) for one in found] == [("claude-sonnet-4-6", 80, 0.1)]
    assert (found[0]["latency_p50"], found[0]["latency_p95"]) == (1000.0, 9000.0)


@pytest.mark.parametrize("command", ["bill", "baseline"])
def test_a_bill_says_what_was_selected(command: str, store: Path) -> None:
    """And nothing of what was not: `legal` has no price, and was not asked about."""
    found = run(store, f"{command} --where query_type=faq --json")
    assert (found.code, found.document["unpriced"]) == (0, [])
    workload = found.document["workload"]
    assert (workload["requests"], workload["input_tokens"], workload["where"]) == (80, 80_000, ["query_type=faq"])
    said = run(store, f"{command} --where query_type=faq").stdout
    assert "80 requests, 88K tokens in routecli.duckdb where query_type=faq" in said
    assert run(store, f"{command} --where query_type=legal").code == 3


IDLE = [
    ("bill --where mode=Batch --allow-unpriced", "no request has mode=Batch (--where); found: standard"),
    ("baseline --where query_type=faqq", "no request has query_type=faqq (--where); did you mean 'faq'? found: code"),
    ("latency --where region=mars", "no request has region=mars (--where); found: null"),
    (f"{CASCADE} --where query_type=cod --allow-unpriced", "did you mean 'code'?"),
    (f"{CASCADE} --where input_tokens>5000 --allow-unpriced", "input_tokens>=5001 (--where); found: 1,000 to 1,000"),
    (
        f"{CASCADE} --where query_type=code --where model=haiku --allow-unpriced",
        "no request passes all tests of --where together",
    ),
    (
        "simulate --cascade haiku:sonnet --success faqq=0.9,*=0.7 --allow-unpriced",
        "query type 'faqq' that --success gives",
    ),
    (f"{CASCADE} --apply-to gpt-5-nano --allow-unpriced", "no user request ran on gpt-5-nano (--apply-to)"),
    ("breakeven --cascade haiku:sonnet --where user_tier=gold --allow-unpriced", "found: free, pro"),
    ("breakeven --cascade haiku:sonnet --apply-to gpt-5-nano --allow-unpriced", "no user request ran on gpt-5-nano"),
]


@pytest.mark.parametrize(("argv", "said"), IDLE, ids=[one[0] for one in IDLE])
def test_what_selects_nothing_is_said_twice(argv: str, said: str, store: Path) -> None:
    """In the report and, for those who read JSON or CSV by program, on stderr."""
    found = run(store, f"{argv} -f json")
    assert found.code == 0
    assert said in " ".join(found.document["warnings"])
    assert said in found.stderr and found.stderr.startswith("routecli: warning: ")


def test_an_assumed_workload_says_it_too(tmp_path: Path) -> None:
    for argv, said in (
        (f"{CASCADE} --where mode=batch", "no request has mode=batch (--where); found: standard"),
        (f"{CASCADE} --apply-to haiku", "no user request ran on claude-haiku-4-5 (--apply-to)"),
        (f"{CASCADE} --preset support --where query_type=faq", "found: hard, simple"),
    ):
        assert said in run(tmp_path, argv).stderr


def test_nothing_routed_breaks_nowhere_even(store: Path) -> None:
    found = run(store, "breakeven --cascade haiku:sonnet --apply-to gpt-5-nano --allow-unpriced --json").document
    assert found["rows"] == []
    assert "haiku:sonnet: no request is routed, so nothing breaks even" in found["warnings"]


RULES = """\
schema: routecli/policy/v1
rules:
  - when: {query_type: faqq}
    to: haiku
  - when: {query_type: faq}
    to: haiku
  - when: {query_type: faq, user_tier: pro}
    to: sonnet
  - when: {query_type: code, input_tokens: "<100"}
    to: haiku
  - when: {query_type: code}
    to:
      rules:
        - when: {query_type: faq}
          to: haiku
      default: sonnet
default: unchanged
"""


def test_rules_that_take_nothing_are_said(store: Path) -> None:
    (store / "rules.yaml").write_text(RULES, encoding="utf-8")
    found = run(store, "simulate --static rules.yaml --allow-unpriced --json")
    assert [line.partition("rules: ")[2] for line in found.stderr.splitlines()] == [
        "rule 1 takes no routed request: none has query_type=faqq; did you mean 'faq'? found: code, faq",
        "rule 3 takes no routed request: the rules before it take them all",
        "rule 4 takes no routed request: none has input_tokens<=99; found: 1,000 to 1,000",
        "rule 1 takes no routed request: none has query_type=faq; found: code",
    ]
    assert len([text for text in found.document["warnings"] if "takes no routed request" in text]) == 4


WINDOWS = [
    ("--since 2026-11-02 --until 2026-11-11", []),
    ("--since 2026-10-31", ["--since 2026-10-31 is 2 days before the first request (2026-11-02)"]),
    ("--until 2027-01-01", ["--until 2027-01-01 is 51 days after the last request (2026-11-11)"]),
    ("--since 2026-11-10 --until 2026-11-12", ["under a week (2 of 7 days)", "is 1 day after the last request"]),
    ("--since 2026-11-09 --until 2026-11-30", ["under a week (3 of 7 days)", "is 19 days after"]),
]


@pytest.mark.parametrize(("bounds", "said"), WINDOWS, ids=[one[0] for one in WINDOWS])
def test_bounds_beyond_the_data_are_said(bounds: str, said: list[str], store: Path) -> None:
    warnings = run(store, f"bill {bounds} --json --allow-unpriced").document["warnings"]
    warnings = [text for text in warnings if not text.startswith("left out")]
    assert len(warnings) == len(said), warnings
    assert all(words in text for words, text in zip(said, warnings, strict=True)), warnings


def test_days_in_place_of_the_datas_own_are_said(store: Path) -> None:
    found = run(store, "baseline --days 5 --json --allow-unpriced").document["workload"]
    assert (found["days"], found["span_days"], found["monthly_factor"]) == (5.0, 10.0, 30.4375 / 5)
    said = run(store, "baseline --days 5 --allow-unpriced").stdout
    assert "2026-11-02 to 2026-11-11 (10 days, taken as 5)" in said


def test_a_log_without_latencies_says_so(tmp_path: Path) -> None:
    ingested(tmp_path, [{**row, "latency_ms": None} for row in rows()])
    found = run(tmp_path, "latency --json")
    assert found.document["latencies"] == []
    assert "no request that was asked about has a logged latency" in found.stderr
    assert run(tmp_path, "latency --latency haiku=1s").stderr == ""


def test_a_mode_that_a_cheaper_model_lacks(tmp_path: Path) -> None:
    ingested(tmp_path, [{**row, "service_tier": "batch" if row["query_type"] == "code" else None} for row in rows()])
    argv = "simulate --cascade deepseek-flash:sonnet --success 0.7"
    refused = run(tmp_path, argv)
    assert refused.code == 3 and "--where mode!=batch" in refused.stderr
    assert run(tmp_path, *argv.split(), "--where", "mode!=batch").code == 0
