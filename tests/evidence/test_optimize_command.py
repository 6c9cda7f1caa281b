"""`optimize` through the command line, on the sample evaluation: what it refuses, finds, and writes for others."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from inprocess import run

from routecli.data.cards import load_card
from routecli.data.policy_file import read_policy
from routecli.data.policy_write import policy_text
from routecli.model.policy import Cascade, Classifier, Single, Static

SAMPLES = Path(__file__).parents[2] / "sample_logs"
IMPORT = "evidence import answers.csv.gz --as support --feature difficulty --label user_tier --label endpoint -q"
CARD = load_card(None)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the sample evaluation and no requests."""
    folder = tmp_path_factory.mktemp("stored")
    shutil.copy(SAMPLES / "answers.csv.gz", folder)
    assert run(folder, IMPORT).code == 0
    return folder


def optimized(folder: Path, words: str = "", *, code: int = 0):
    outcome = run(folder, f"optimize --evidence support --json {words}")
    assert outcome.code == code, outcome.stderr
    return outcome.document


def lines_of(document):
    return {one["name"]: one for one in document["policies"]}


def test_the_baselines_are_always_in_the_table(stored):
    lines = lines_of(optimized(stored))
    assert {"best single model", "prompt length", "category lookup", "random at equal cost", "oracle"} <= lines.keys()
    best, oracle, random = (lines[name] for name in ("best single model", "oracle", "random at equal cost"))
    assert best["models"] == ["claude-sonnet-4-6"] and best["saving_pct"] == best["drop_pt"] == 0
    assert oracle["captured_pct"] == 100 and oracle["quality"] >= max(one["quality"] for one in lines.values())
    chosen = next(one for one in lines.values() if one["chosen"])
    assert random["usd_per_1000"] == chosen["usd_per_1000"] and random["quality"] < chosen["quality"]
    assert chosen["fitted"]["gap_saving_pt"] == pytest.approx(
        chosen["fitted"]["saving_pct"] - chosen["saving_pct"], abs=1e-6
    )


def test_the_chosen_policy_is_a_file_that_other_commands_take(stored, tmp_path):
    folder = shutil.copytree(stored, tmp_path / "here")
    document = optimized(folder, "--write-policy chosen.yaml")
    named = read_policy(folder / "chosen.yaml", CARD, rules_only=False)
    assert isinstance(named.policy, Cascade) and named.policy.thresholds
    assert document["chosen"]["file"] == "chosen.yaml" and named.policy.kind == document["chosen"]["kind"]
    assert run(folder, "simulate --policy chosen.yaml --tokens 100M --requests 100k").code == 0
    measured = run(folder, "simulate --policy chosen.yaml --evidence support --tokens 100M --requests 100k --json")
    assert measured.code == 0
    line = next(one for one in document["policies"] if one["chosen"])
    delivered = measured.document["policies"][0]["quality"]["delivered"]
    # The one on all queries, the other on the half it was judged on.
    assert delivered == pytest.approx(line["quality"], abs=0.02)


def test_written_policies_read_back_the_same(stored, tmp_path):
    for words in ("", "--models nano,sonnet --max-quality-drop 4pt", "--max-quality-drop 8pt --models haiku,sonnet"):
        folder = shutil.copytree(stored, tmp_path / str(len(list(tmp_path.iterdir()))))
        optimized(folder, f"{words} --write-policy p.yaml")
        first = read_policy(folder / "p.yaml", CARD, rules_only=False)
        (folder / "q.yaml").write_text(policy_text(first), encoding="utf-8")
        assert read_policy(folder / "q.yaml", CARD, rules_only=False) == first


def test_limits_are_kept(stored):
    two = optimized(stored, "--max-models 2 --frontier")
    assert all(len(one["models"]) <= 2 for one in two["policies"])
    assert len(two["frontier"]) > 3
    one_vendor = optimized(stored, "--vendors anthropic")
    assert one_vendor["evidence"]["models"] == ["claude-haiku-4-5", "claude-sonnet-4-6"]
    assert one_vendor["evidence"]["left_out"] == {"gpt-5-nano": "its vendor is openai"}
    fast = optimized(stored, "--p95 14s --max-quality-drop 6pt")
    chosen = next(one for one in fast["policies"] if one["chosen"])
    assert chosen["latency_ms"]["p95"] < 16_000
    slow = lines_of(fast)["best single model"]["latency_ms"]["p95"]
    assert slow > 14_000


def test_nothing_that_meets_the_conditions_is_an_answer_with_exit_3(stored):
    document = optimized(stored, "--p95 100ms --write-policy none.yaml", code=3)
    assert document["chosen"] is None and document["verdict"]["word"] == "do not route"
    assert not (stored / "none.yaml").exists()


@pytest.mark.parametrize(
    ("words", "id"),
    [
        ("--max-quality-drop 1%", "bad-points"),
        ("--max-quality-drop 200pt", "bad-points"),
        ("--models opus,haiku", "not-in-evidence"),
        ("--baseline opus", "not-in-evidence"),
        ("--vendors mistral", "no-such-vendor"),
        ("--max-models 0", "bad-count"),
        ("--cost-per-query haiku=0.1", "cost-per-query"),
        ("--p95 2500", "bad-latency"),
        ("--workload evidence:other", "two-evidence-sets"),
    ],
)
def test_what_cannot_be_asked(stored, words, id):
    outcome = run(stored, f"optimize --evidence support {words}")
    assert outcome.code == 2 and f"[{id}]" in outcome.stderr


def test_an_unknown_set_is_named(stored):
    outcome = run(stored, "optimize --evidence suport")
    assert outcome.code == 2 and "did you mean 'support'" in outcome.stderr


def test_one_model_is_nothing_to_choose_from(stored):
    outcome = run(stored, "optimize --evidence support --models haiku")
    assert outcome.code == 3 and "[too-few-models]" in outcome.stderr


def test_costs_are_those_of_the_card_or_as_given(stored):
    by_card = optimized(stored)
    assert (by_card["method"]["cost"], by_card["method"]["cost_basis"]) == ("card", "modelled")
    given = optimized(stored, "--cost-per-query nano=0.001 --cost-per-query haiku=0.004 --cost-per-query sonnet=0.01")
    assert (given["method"]["cost"], given["method"]["cost_basis"]) == ("given", "assumed")
    assert lines_of(given)["best single model"]["usd_per_1000"] == 10
    outcome = run(stored, "optimize --evidence support --cost logged")
    assert outcome.code == 3 and "no cost is logged for gpt-5-nano" in outcome.stderr


def test_card_costs_are_the_tokens_at_the_prices_of_the_day(stored):
    """By hand: sonnet at $3 and $15 per 1M tokens, over the 600 queries that were judged, and over all 1,200."""
    import csv
    import gzip
    import io

    rows = csv.DictReader(io.StringIO(gzip.decompress((SAMPLES / "answers.csv.gz").read_bytes()).decode()))
    cost = [
        int(row["input_tokens"]) * 3e-6 + int(row["output_tokens"]) * 15e-6
        for row in rows
        if row["model"] == "claude-sonnet-4-6"
    ]
    document = optimized(stored, "--workload evidence:support --at 2026-11-01")
    halves = lines_of(document)["best single model"]["usd_per_1000"]
    assert halves == pytest.approx(1000 * sum(cost) / 1200, rel=0.06)
    assert document["method"]["judged_queries"] == 600


def test_a_set_without_costs_still_ranks_and_says_what_is_missing(tmp_path):
    rows = ["row,length,weak,strong", *(f"{n},{n % 7},{int(n % 3 > 0)},1" for n in range(60))]
    (tmp_path / "t.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    load = "evidence import t.csv --as support --id row --outcome weak=a --outcome strong=b --feature length -q"
    assert run(tmp_path, load).code == 0
    outcome = run(tmp_path, "optimize --evidence support --json")
    assert outcome.code == 3 and "[no-cost]" in outcome.stderr
    document = outcome.document
    assert document["curves"][0]["ranking"] == "length" and document["curves"][0]["points"] == 8
    assert all(one["usd_per_1000"] is None and one["saving_pct"] is None for one in document["policies"])
    priced = optimized(tmp_path, "--cost-per-query a=0.001 --cost-per-query b=0.01")
    assert priced["chosen"] is not None


def test_the_traffic_weighs_the_query_types(stored, tmp_path):
    """Traffic of faq alone: the figures are those of the faq queries, projected to its month."""
    folder = shutil.copytree(stored, tmp_path / "here")
    lines = [
        {
            "timestamp": f"2026-11-{day:02}T09:00:00Z",
            "request_id": f"r{day}-{n}",
            "model": "claude-sonnet-4-6",
            "query_type": "faq",
            "input_tokens": 1000,
            "output_tokens": 100,
        }
        for day in range(1, 15)
        for n in range(5)
    ]
    (folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert run(folder, "ingest log.jsonl -q").code == 0
    document = optimized(folder)
    assert document["evidence"]["used"] == 281
    assert document["traffic"]["monthly_requests"] == pytest.approx(70 * 30.4375 / 14)
    best = lines_of(document)["best single model"]
    assert best["monthly_usd"] == pytest.approx(best["usd_per_1000"] / 1000 * 70 * 30.4375 / 14)
    assert document["verdict"]["word"] == "do not route" and "engineering time" in document["verdict"]["reasons"][-1]
    assert optimized(folder, "--workload evidence:support")["evidence"]["used"] == 1200


def test_a_classifier_is_no_oracle(stored):
    document = optimized(stored, "--classifier --build-cost 6000 --upkeep 100 --models haiku,sonnet")
    (line,) = document["classifier"]
    assert {"difficulty", "input_tokens", "query_type"} <= set(line["features"])
    assert line["always"] - 0.02 < line["accuracy"] < 1 and 0.5 < line["auc"] < 1
    assert line["accuracy_low"] < line["accuracy"] < line["accuracy_high"]
    per_query = line["usd_per_1000"] / 1000
    against = (line["cascade_usd_per_1000"] or lines_of(document)["best single model"]["usd_per_1000"]) / 1000
    if per_query < against:
        assert line["break_even_requests"] == pytest.approx((6000 / 12 + 100) / (against - per_query), rel=1e-3)
    else:
        assert line["break_even_requests"] is None
    assert optimized(stored, "--models haiku,sonnet --classifier")["classifier"][0]["break_even_requests"] is None


def test_a_missing_extra_is_named(stored, monkeypatch):
    for name in [one for one in sys.modules if one.partition(".")[0] == "sklearn"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    outcome = run(stored, "optimize --evidence support --classifier")
    assert outcome.code == 4 and "[missing-extra]" in outcome.stderr and "routecli[learn]" in outcome.stderr


def test_policies_with_thresholds_are_measured_anew_where_a_set_is_named():
    from routecli.actions.measured.choose import unrated
    from routecli.model.policy import Confusion, Cut, Rule, Shape, Success

    half = Success(({"*": 1},))
    gated = Cascade(("a", "b"), half, confusion=Confusion(1, 0, 0), shape=Shape(2, 2), thresholds=(0.5,))
    router = Classifier("a", "b", 1, 0, half, cut=Cut("s", 0.5))
    typed = Cascade(("a", "b"), half)
    policy = unrated(Static((Rule((), gated), Rule((), router), Rule((), typed)), Single("b")))
    bare, open_router, kept = (rule.route for rule in policy.rules)
    assert (bare.success, bare.confusion, bare.shape) == (None, None, Shape()) and open_router.success is None
    assert kept == typed
