"""`bill --reconcile`: what is no mistake, what cannot be compared, and which drift decides the exit."""

import random
import tempfile
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import mistakes as m
import pytest
from hypothesis import HealthCheck, given, settings
from inprocess import ingested, run
from oracle import Card, Row, metered, pico, usd
from reconciling import ACME, DAY, logged, reconciled, requests
from test_oracle import CARD as SHIPPED
from test_oracle import logs


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Card:
    folder = tmp_path_factory.mktemp("acme")
    (folder / "acme.yaml").write_text(ACME, encoding="utf-8")
    return Card(folder)


@pytest.mark.parametrize("places", [2, 3, 4, 5])
def test_rounded_costs_are_no_other_mistake(places: int, acme: Card, tmp_path: Path) -> None:
    rows = list(requests(15, number=60))
    document = reconciled(tmp_path, acme, rows, m.rounded(places)).document
    for group in document["groups"]:
        assert group["reason"] in ("rounding", None), group
        assert group["reason"] == "rounding" or group["drift_pico_usd"] == "0"
        assert group["reason"] is None or f"{places} decimals" in group["reason_detail"]


def test_a_mistake_is_found_behind_rounded_costs(acme: Card, tmp_path: Path) -> None:
    rows = list(requests(16, number=60))
    document = reconciled(tmp_path, acme, rows, m.rounded(4, m.cache_twice)).document
    assert {group["reason"] for group in document["groups"]} == {"cache-counted-twice"}


def test_floats_of_a_tool_are_no_drift(acme: Card, tmp_path: Path) -> None:
    def in_floats(card: Card, row: Row) -> Decimal:
        rates = m.rates_of(card, row)
        parts = [float(rates.get(kind, rates["input"])) / 1e6 * count for kind, count in m.tokens_of(row).items()]
        return Decimal(repr(sum(parts) * (1.1 if row["region"] == "us" else 1.0)))

    outcome = reconciled(tmp_path, acme, list(requests(17)), in_floats, "--tolerance", "0")
    for group in outcome.document["groups"]:
        assert group["reason"] is None
        assert abs(int(group["drift_pico_usd"])) < 100


def test_a_drift_of_no_known_mistake_is_unexplained(acme: Card, tmp_path: Path) -> None:
    dice = random.Random(1)
    factors = {f"r{place}": Decimal(dice.randint(1100, 1900)) / 1000 for place in range(90)}

    def wild(card: Card, row: Row) -> Decimal:
        return usd(card, row) * factors[row["request_id"]]

    outcome = reconciled(tmp_path, acme, list(requests(18)), wild)
    assert outcome.code == 1
    assert {group["reason"] for group in outcome.document["groups"]} == {"unexplained"}
    assert {group["reason_detail"] for group in outcome.document["groups"]} == {None}


@pytest.mark.parametrize(
    ("options", "code", "beyond"),
    [
        ([], 1, 3),
        (["--tolerance", "5.4%"], 1, 3),
        (["--tolerance", "5.6%"], 0, 0),
        (["--tolerance", "0.056"], 0, 0),
        (["--exit-zero"], 0, 3),
    ],
)
def test_the_tolerance_decides_the_exit(options: list[str], code: int, beyond: int, acme: Card, tmp_path: Path) -> None:
    outcome = reconciled(tmp_path, acme, list(requests(19, number=30)), m.times("1.055"), *options)
    assert (outcome.code, outcome.document["exit_code"], outcome.document["beyond"]) == (code, code, beyond)
    # The reason is given also where the drift is tolerated.
    assert {group["reason"] for group in outcome.document["groups"]} == {"mark-up"}


def test_one_request_at_a_time(acme: Card, tmp_path: Path) -> None:
    rows = list(requests(20, number=40))
    document = reconciled(tmp_path, acme, rows, m.cache_twice, "--by", "request_id").document
    assert len(document["groups"]) == 40
    for group in document["groups"]:
        row = next(row for row in rows if row["request_id"] == group["request_id"])
        assert group["pico_usd"] == pico(usd(acme, row))
        assert group["reason"] == "cache-counted-twice"


def test_what_cannot_be_compared_is_left_out_and_said(acme: Card, tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").write_text(ACME, encoding="utf-8")
    rows = list(requests(21, number=6, timestamp=DAY.isoformat()))
    cost = [{**row, "cost_usd": logged(usd(acme, row))} for row in rows[:3]]
    cost[1]["cost_source"] = "estimated"
    blank = {"input_tokens": None, "output_tokens": None, "reasoning_tokens": None, "status": "error"}
    blank |= {kind: None for kind in rows[3] if kind.startswith("cache_")}
    ingested(tmp_path, [*cost, *rows[3:5], {**rows[5], **blank, "cost_usd": "0.5"}])
    outcome = run(tmp_path, "bill --reconcile --rates acme.yaml --json")
    assert outcome.code == 0, outcome.stderr
    assert outcome.document["left_out"] == {"no_logged_cost": 2, "no_usage": 1}
    (group,) = outcome.document["groups"]
    assert (group["requests"], group["basis"], group["logged_source"]) == (3, "modelled", "mixed")
    table = run(tmp_path, "bill --reconcile --rates acme.yaml")
    assert "left out: 2 requests without a logged cost" in table.stdout
    assert "left out: 1 request with a logged cost and no usage to price" in table.stdout


def test_a_log_without_costs_has_nothing_to_compare(tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").write_text(ACME, encoding="utf-8")
    ingested(tmp_path, list(requests(22, number=3)))
    outcome = run(tmp_path, "bill --reconcile --rates acme.yaml --json")
    assert outcome.code == 3
    assert "[nothing-to-compare]" in outcome.stderr
    assert outcome.document["groups"] == []
    assert outcome.document["total"]["drift_pct"] == 0


def test_a_model_without_a_price_is_no_drift(acme: Card, tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").write_text(ACME, encoding="utf-8")
    rows = [{**row, "cost_usd": logged(usd(acme, row))} for row in requests(23, number=6)]
    ingested(tmp_path, [*rows[:5], {**rows[5], "model": "llama-99"}])
    refused = run(tmp_path, "bill --reconcile --rates acme.yaml --json")
    assert refused.code == 3
    assert "'llama-99' (1 request)" in refused.stderr
    assert sum(group["requests"] for group in refused.document["groups"]) == 5
    allowed = run(tmp_path, "bill --reconcile --rates acme.yaml --json --allow-unpriced")
    assert allowed.code == 0


@pytest.mark.parametrize(
    ("argv", "id"),
    [
        ("bill --tolerance 2%", "needs-reconcile"),
        ("bill --exit-zero", "needs-reconcile"),
        ("bill --reconcile --tolerance 200%", "bad-share"),
        ("bill --reconcile --workload w.json", "no-log"),
        ("bill --reconcile --by drift_usd", "bad-by"),
    ],
)
def test_words_that_make_no_sense_are_refused(argv: str, id: str, tmp_path: Path) -> None:
    outcome = run(tmp_path, argv)
    assert outcome.code == 2
    assert f"[{id}]" in outcome.stderr


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(logs())
def test_a_log_that_is_priced_right_has_no_drift(log: list[dict[str, Any]]) -> None:
    """Whatever the card can price differently, the program and the independent pricer agree to the pico-dollar."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ingested(folder, [_with_cost(row) for row in log])
        outcome = run(folder, "bill --reconcile --tolerance 0 --json")
        if not any(metered(row) or row.get("gateway_cache_hit") for row in log):
            assert outcome.code == 3
            return
        assert outcome.code == 0, outcome.stdout + outcome.stderr
        whole = sum((Fraction(usd(SHIPPED, row)) for row in log), start=Fraction(0))
        assert outcome.document["total"]["pico_usd"] == pico(whole)
        assert all(group["reason"] is None for group in outcome.document["groups"])


def _with_cost(row: Row) -> dict[str, Any]:
    return {**row, "cost_usd": logged(usd(SHIPPED, row)) if metered(row) or row.get("gateway_cache_hit") else None}
