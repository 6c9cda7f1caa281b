"""Measured success through the real commands: hand-worked traffic, what is refused, what is said."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from evals import imported, table
from inprocess import ingested, run

HAIKU, SONNET = (1, 5), (3, 15)
"""Dollars per 1M tokens, in and out, of the two models."""

QUERIES = [
    # type, haiku right, sonnet right, gate score, haiku tokens, sonnet tokens
    ("faq", 1, 1, 0.9, (100, 20), (100, 10)),
    ("faq", 1, 1, 0.9, (200, 20), (200, 10)),
    ("faq", 1, 1, 0.4, (300, 20), (300, 10)),
    ("faq", 0, 1, 0.2, (400, 20), (400, 10)),
    ("code", 1, 1, 0.8, (1000, 90), (1100, 100)),
    ("code", 0, 1, 0.8, (2000, 90), (2200, 100)),
    ("code", 0, 1, 0.1, (3000, 90), (3300, 300)),
    ("code", 0, 0, 0.1, (4000, 90), (4400, 500)),
]
TRAFFIC = [("faq", 1000, 40)] * 30 + [("code", 5000, 300)] * 10


def world(folder: Path) -> None:
    """The log of requests on sonnet, and the evaluation set `graded`."""
    rows = []
    for n, (kind, cheap, strong, gate, on_haiku, on_sonnet) in enumerate(QUERIES):
        for model, passed, tokens in (("haiku", cheap, on_haiku), ("sonnet", strong, on_sonnet)):
            rows.append(
                {
                    "query_id": f"q{n}",
                    "query_type": kind,
                    "model": model,
                    "passed": passed,
                    "gate_score": gate if model == "haiku" else "",
                    "input_tokens": tokens[0],
                    "output_tokens": tokens[1],
                    "latency_ms": 500 if model == "haiku" else 1500,
                }
            )
    table(folder, rows)
    ingested(
        folder,
        [
            {
                "timestamp": f"2026-11-{1 + n % 10:02d}T10:00:00Z",
                "request_id": f"r{n}",
                "model": "claude-sonnet-4-6",
                "query_type": kind,
                "input_tokens": tokens_in,
                "output_tokens": tokens_out,
            }
            for n, (kind, tokens_in, tokens_out) in enumerate(TRAFFIC)
        ],
    )
    imported(folder, "answers.csv --as graded")


def expected(threshold: float | None) -> tuple[Fraction, Fraction, Fraction]:
    """(dollars of the window, good answers as a share, silent failures), from the queries, type by type."""
    cost = good = silent = Fraction(0)
    for kind, count in (("faq", 30), ("code", 10)):
        own = [query for query in QUERIES if query[0] == kind]
        requests = [(i, o) for name, i, o in TRAFFIC if name == kind]
        accepted = [q[1] == 1 if threshold is None else q[3] >= threshold for q in own]
        for side in (0, 1):
            logged = sum(request[side] for request in requests)
            whole = sum(q[5][side] for q in own)
            # Haiku's tokens for one of sonnet's, and the share of sonnet's tokens that escalates.
            cost += Fraction(logged * sum(q[4][side] for q in own), whole) * HAIKU[side]
            escalated = sum(q[5][side] for q, ok in zip(own, accepted, strict=True) if not ok)
            cost += Fraction(logged * escalated, whole) * SONNET[side]
        right = sum(q[1] if ok else q[2] for q, ok in zip(own, accepted, strict=True))
        bad = sum(not q[1] for q, ok in zip(own, accepted, strict=True) if ok)
        good += Fraction(right * count, len(own) * 40)
        silent += Fraction(bad * count, len(own) * 40)
    return cost / 10**6, good, silent


def simulated(folder: Path, argv: str) -> dict[str, Any]:
    outcome = run(folder, f"simulate {argv} --at 2026-11-20 --json")
    assert outcome.code == 0, outcome.stderr
    return outcome.document


@pytest.mark.parametrize(("option", "threshold"), [("0.5", 0.5), ("0.3", 0.3), ("perfect", None)])
def test_by_hand(option: str, threshold: float | None, tmp_path: Path) -> None:
    world(tmp_path)
    policy = simulated(tmp_path, f"--cascade haiku:sonnet --gate-threshold {option}")["policies"][0]
    cost, good, silent = expected(threshold)
    monthly = cost * Fraction(487, 16) / 10
    assert int(policy["monthly_pico_usd"]) == round(monthly * 10**12)
    assert policy["quality"]["delivered"] == pytest.approx(float(good), abs=1e-12)
    assert policy["quality"]["silent_failures"] == pytest.approx(float(silent), abs=1e-12)
    found = policy["measured"]
    assert found["evidence"] == "graded" and found["queries"] == 8
    assert found["cost_usd"]["value"] == pytest.approx(policy["monthly_usd"], rel=1e-9)
    assert found["cost_usd"]["low"] < policy["monthly_usd"] < found["cost_usd"]["high"]
    assert policy["saving_low"] < policy["saving_usd"] < policy["saving_high"]
    assert found["quality"]["value"] == pytest.approx(float(good), abs=1e-9)
    assert policy["quality"]["low"] <= float(good) <= policy["quality"]["high"]
    # Today: sonnet is right on all of faq and 3 of 4 of code.
    assert found["baseline_quality"]["value"] == pytest.approx(0.75 + 0.25 * 0.75)
    assert found["perfect_gate"] is (threshold is None)
    assert policy["basis"]["success"] == "measured"


def test_the_gate_against_the_truth(tmp_path: Path) -> None:
    world(tmp_path)
    found = simulated(tmp_path, "--cascade haiku:sonnet --gate-threshold 0.5")["policies"][0]["measured"]
    matrix = found["gate_matrix"]
    counts = [matrix[name] for name in ("accepted_good", "accepted_bad", "refused_good", "refused_bad")]
    assert counts == [3, 1, 1, 3]
    assert (matrix["false_accept"], matrix["false_reject"]) == (0.25, 0.25)
    lines = {line["query_type"]: line for line in found["accept"]}
    assert (lines["faq"]["accept_rate"], lines["code"]["accept_rate"]) == (0.5, 0.5)
    assert lines["faq"]["traffic_share"] == 0.75 and not lines["faq"]["pooled"]


def test_without_a_threshold_the_attainable_ones_are_a_table(tmp_path: Path) -> None:
    world(tmp_path)
    document = simulated(tmp_path, "--cascade haiku:sonnet")
    names = [one["name"] for one in document["policies"]]
    assert names[-1] == "haiku:sonnet @ perfect gate"
    scores = {query[3] for query in QUERIES}
    assert {float(name.rpartition(" ")[2]) for name in names[:-1]} <= scores and len(names) > 2
    reaches = {round(one["tiers"][1]["reach"], 9) for one in document["policies"][:-1]}
    attainable = {sum((q[3] < t) * (30 if q[0] == "faq" else 10) / 4 for q in QUERIES) / 40 for t in scores}
    assert reaches <= {round(one, 9) for one in attainable}


def test_a_saturated_score_says_so(tmp_path: Path) -> None:
    rows = [
        {"query_id": n, "model": model, "passed": int(n % 3 > 0), "gate_score": 0.7, "cost_usd": 0.01}
        for n in range(30)
        for model in ("haiku", "sonnet")
    ]
    table(tmp_path, rows)
    imported(tmp_path, "answers.csv --as flat")
    document = simulated(tmp_path, "--cascade haiku:sonnet --tokens 100M --requests 100k")
    assert any("only escalate-all or escalate-none is reachable" in text for text in document["assumptions"])


def test_typed_rates_are_not_measured_and_sets_must_be_chosen(tmp_path: Path) -> None:
    world(tmp_path)
    assert simulated(tmp_path, "--cascade haiku:sonnet --success 0.7")["policies"][0]["measured"] is None
    imported(tmp_path, "answers.csv --as again --where query_type=faq")
    outcome = run(tmp_path, "simulate --cascade haiku:sonnet")
    assert outcome.code == 2 and "[several-evidence]" in outcome.stderr
    found = simulated(tmp_path, "--cascade haiku:sonnet --evidence again --gate-threshold 0.5")
    lines = found["policies"][0]["measured"]["accept"]
    assert {line["query_type"]: line["pooled"] for line in lines} == {"code": True, "faq": False}
    assert any("no graded queries of code" in text for text in found["assumptions"])


@pytest.mark.parametrize(
    ("argv", "id"),
    [
        ("--cascade nano:sonnet --success measured", "no-evidence"),
        ("--cascade haiku:sonnet --evidence other", "unknown-evidence"),
        ("--cascade haiku:sonnet --evidence graded --success 0.7", "two-success-rates"),
        ("--cascade haiku:sonnet --workload evidence:graded --evidence other", "two-evidence"),
        ("--cascade haiku:sonnet --gate-threshold high", "bad-threshold"),
        ("--cascade haiku:sonnet --gate-threshold 0.5 --max-quality-drop much", "bad-points"),
        ("--cascade sonnet:haiku --gate-threshold 0.5", "no-gate-score"),
    ],
)
def test_refusals(argv: str, id: str, tmp_path: Path) -> None:
    world(tmp_path)
    outcome = run(tmp_path, f"simulate {argv}")
    assert outcome.code == 2 and f"[{id}]" in outcome.stderr, outcome.stderr


def test_models_that_no_card_knows_cost_what_was_logged(tmp_path: Path) -> None:
    rows = [
        {"query_id": n, "model": model, "passed": int(n % 4 > 0 or model == "big"), "cost_usd": cost}
        for n in range(40)
        for model, cost in (("own-small", "0.002"), ("big", "0.05" if n % 4 else "0.1"))
    ]
    table(tmp_path, rows)
    imported(tmp_path, "answers.csv --as own")
    document = simulated(tmp_path, "--cascade own-small:big --workload evidence:own")
    policy = document["policies"][0]
    # 40 x 0.002, and the 10 failures at 0.1 each; today 30 x 0.05 + 10 x 0.1.
    assert policy["monthly_pico_usd"] == str(round(1.08 * 10**12)) and policy["before_usd"] == 2.5
    assert policy["measured"]["escalated_cost"] == pytest.approx(0.1 / (2.5 / 40))
    naive = policy["measured"]["naive"]
    assert naive["monthly_usd"] == pytest.approx(40 * 0.002 + 0.25 * 2.5)
    assert {one["id"]: one["input_usd"] for one in document["models"]} == {"own-small": None, "big": None}


def test_without_any_cost_nothing_is_guessed(tmp_path: Path) -> None:
    table(tmp_path, [{"query_id": n, "model": m, "passed": n % 2} for n in range(9) for m in ("own-a", "own-b")])
    imported(tmp_path, "answers.csv --as own")
    outcome = run(tmp_path, "simulate --cascade own-a:own-b --workload evidence:own")
    assert outcome.code == 3 and "[no-cost]" in outcome.stderr


def test_a_store_with_evidence_alone_is_no_traffic(tmp_path: Path) -> None:
    table(tmp_path, [{"query_id": n, "model": "m", "passed": 1} for n in range(3)])
    imported(tmp_path, "answers.csv --as x")
    assert simulated(tmp_path, "--cascade haiku:sonnet --success 0.7")["workload"]["source"] == "assumed"


@pytest.mark.parametrize(("gap", "word"), [(0.0, "route"), (0.2, "do not route")])
def test_the_verdict_words(gap: float, word: str, tmp_path: Path) -> None:
    """Cheap answers that are as good, behind a gate that errs a little, are routed; ones that are worse are not."""
    rows = []
    for n in range(3000):
        good, strong = n % 20 < 18 - 20 * gap, n % 20 < 18
        gate = 0.9 if good or (n % 20 > 16 and gap) else 0.2
        for model, passed, cost in (("haiku", good, "0.01"), ("sonnet", strong, "0.1")):
            rows.append({"query_id": n, "model": model, "passed": int(passed), "gate_score": gate, "cost_usd": cost})
    table(tmp_path, rows)
    imported(tmp_path, "answers.csv --as big")
    ingested(
        tmp_path,
        [
            {
                "timestamp": f"2026-11-{1 + n % 10:02d}T10:00:00Z",
                "request_id": f"r{n}",
                "model": "claude-sonnet-4-6",
                "input_tokens": 2_000_000,
                "output_tokens": 100,
            }
            for n in range(30)
        ],
    )
    threshold = "0.5" if not gap else "0.1"
    policy = simulated(tmp_path, f"--cascade haiku:sonnet --gate-threshold {threshold}")["policies"][0]
    assert policy["verdict"]["word"] == word, policy["verdict"]


def test_a_perfect_gate_never_routes(tmp_path: Path) -> None:
    rows = [
        {"query_id": n, "model": model, "passed": 1, "cost_usd": cost}
        for n in range(500)
        for model, cost in (("haiku", "0.01"), ("sonnet", "0.1"))
    ]
    table(tmp_path, rows)
    imported(tmp_path, "answers.csv --as x")
    policy = simulated(tmp_path, "--cascade haiku:sonnet --workload evidence:x")["policies"][0]
    assert policy["verdict"]["word"] == "not enough evidence"
    assert any("bound for every real one" in reason for reason in policy["verdict"]["reasons"])


def test_latency_of_models_the_logs_do_not_have(tmp_path: Path) -> None:
    world(tmp_path)
    policy = simulated(tmp_path, "--cascade haiku:sonnet --gate-threshold 0.5")["policies"][0]
    assert policy["latency_ms"]["p50"] == pytest.approx(500, rel=0.01) or policy["latency_ms"]["p50"] > 500
    # Half of every type is accepted after 500 ms, the rest takes 2,000 ms.
    assert policy["latency_ms"]["mean"] == pytest.approx(1250, rel=0.01)


def test_break_evens_have_intervals(tmp_path: Path) -> None:
    world(tmp_path)
    rows = run(tmp_path, "breakeven --cascade haiku:sonnet --gate-threshold 0.3 --at 2026-11-20 --json").document[
        "rows"
    ]
    found = {row["parameter"]: row for row in rows}
    for name in ("success", "gate_cost_usd"):
        assert found[name]["low"] < found[name]["value"] < found[name]["high"], name
    saving = simulated(tmp_path, "--cascade haiku:sonnet --gate-threshold 0.3")["policies"][0]
    assert found["gate_cost_usd"]["value"] == pytest.approx(saving["saving_usd"], rel=1e-9)
    assert saving["break_even"]["success"] == pytest.approx(found["success"]["value"])


def test_the_same_question_gets_the_same_bytes(tmp_path: Path) -> None:
    world(tmp_path)
    argv = "simulate --cascade haiku:sonnet --static rules.yaml --success measured --json"
    (tmp_path / "rules.yaml").write_text(
        "schema: routecli/policy/v1\nrules:\n  - {when: {query_type: faq}, to: haiku}\n"
        '  - {when: {input_tokens: ">8000"}, to: sonnet}\ndefault: {cascade: haiku:sonnet}\n',
        encoding="utf-8",
    )
    first, second = run(tmp_path, argv), run(tmp_path, argv)
    assert first.code == 0 and first == second
    composite = first.document["policies"][-1]
    assert composite["kind"] == "composite" and composite["measured"]["quality"]["low"] is not None
    # faq goes to haiku, which is right on 3 of 4; code through a gate that knows: haiku 1, sonnet 2 of 4.
    assert composite["quality"]["delivered"] == pytest.approx(0.75 * 0.75 + 0.25 * 0.75)


def test_json_numbers_are_plain(tmp_path: Path) -> None:
    world(tmp_path)
    outcome = run(tmp_path, "simulate --cascade haiku:sonnet --json")
    assert "NaN" not in outcome.stdout and "Infinity" not in outcome.stdout
    json.loads(outcome.stdout, parse_constant=lambda word: pytest.fail(word))
