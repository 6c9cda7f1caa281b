"""Requests made before a model's first price, or after its last: left out like those of unknown models, and named."""

from pathlib import Path

import pytest
from inprocess import ingested, run

CARD = """\
schema: routecli/rate-card/v1
provider: acme
currency: USD
per_tokens: 1000000
defaults: {source: https://acme.example/prices}
models:
  acme-large:
    prices:
      - {from: 2026-02-01, base: {input: 2, output: 10}, verified: 2026-11-01}
    modes:
      batch:
        prices:
          - {from: null, until: 2026-10-01, base: {input: 1, output: 5}, verified: 2026-11-01}
  acme-old:
    prices:
      - {from: null, until: 2026-09-01, base: {input: 1, output: 1}, verified: 2026-08-01}
  acme-small:
    prices:
      - {from: null, base: {input: 1, output: 1}, verified: 2026-11-01}
"""
LARGE = {"model": "acme-large", "input_tokens": 100, "output_tokens": 10}
LOG = [
    {"request_id": "before", "timestamp": "2026-01-31T23:59:59.999999Z", **LARGE},
    {"request_id": "first", "timestamp": "2026-02-01T00:00:00Z", **LARGE},
    {"request_id": "batch", "timestamp": "2026-09-30T23:59:59Z", **LARGE, "is_batch": True},
    {"request_id": "ended", "timestamp": "2026-10-01T00:00:00Z", **LARGE, "is_batch": True},
    {"request_id": "retired", "timestamp": "2026-08-01T00:00:00Z", **LARGE, "model": "acme-old"},
    {"request_id": "free", "timestamp": "2026-01-01T00:00:00Z", "model": "acme-large", "status": "error"},
]
PRICES = {"first": 300, "batch": 150, "retired": 110, "free": 0}
"""Micro-dollars, worked out by hand."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "acme.yaml").write_text(CARD, encoding="utf-8")
    ingested(tmp_path, LOG)
    return tmp_path


@pytest.mark.parametrize("by", ["model,mode", "request_id"])
def test_the_bill_names_them_and_prices_the_rest(folder: Path, by: str) -> None:
    strict = run(folder, "bill", "--rates", "acme.yaml", "--by", by, "--json")
    found = run(folder, "bill", "--rates", "acme.yaml", "--by", by, "--allow-unpriced", "--json")
    assert (strict.code, found.code) == (3, 0)
    assert strict.stdout == found.stdout
    assert "[no-price-at]" in strict.stderr
    assert "for acme-large in batch mode (1 request), acme-large (1 request)" in strict.stderr
    document = found.document
    assert document["total"]["pico_usd"] == str(sum(PRICES.values()) * 1_000_000)
    lines = [(one["model"], one["mode"], one["requests"], one["reason"]) for one in document["unpriced"]]
    assert lines == [
        ("acme-large", "batch", 1, "its batch price ended at 2026-10-01T00:00Z"),
        ("acme-large", "standard", 1, "its first standard price starts at 2026-02-01T00:00Z"),
    ]
    if by == "request_id":
        costs = {group["request_id"]: int(group["pico_usd"]) for group in document["groups"]}
        assert costs == {name: price * 1_000_000 for name, price in PRICES.items()}


def test_as_of_another_date_other_requests_have_no_price(folder: Path) -> None:
    found = run(folder, "bill --rates acme.yaml --at 2026-10-02 --allow-unpriced --json").document
    assert [(one["model"], one["mode"], one["requests"]) for one in found["unpriced"]] == [
        ("acme-large", "batch", 2), ("acme-old", "standard", 1),
    ]  # fmt: skip
    assert found["total"]["pico_usd"] == str(600 * 1_000_000)
    # The list of models still says what they are; only their price is unknown then.
    listed = {one["id"]: one["input_usd"] for one in found["models"]}
    assert listed == {"acme-large": 2.0, "acme-old": None}


def test_a_simulation_of_today_leaves_out_what_has_no_price_today(folder: Path) -> None:
    command = "simulate --rates acme.yaml --cascade acme-small:acme-large --success 0.7 --json"
    strict = run(folder, command)
    assert strict.code == 3 and "[no-price-at]" in strict.stderr and not strict.stdout
    found = run(folder, f"{command} --allow-unpriced").document
    assert {(one["model"], one["mode"]) for one in found["unpriced"]} == {
        ("acme-large", "batch"), ("acme-old", "standard"),
    }  # fmt: skip
    assert found["workload"]["requests"] == 3


def test_a_model_that_is_asked_for_must_have_a_price(folder: Path) -> None:
    found = run(folder, "simulate --rates acme.yaml --cascade acme-old:acme-large --success 0.7 --allow-unpriced")
    assert found.code == 3
    assert "[no-price-at]" in found.stderr and "acme-old at 2026-11-23" in found.stderr


def test_reconciling_leaves_them_out_too(folder: Path) -> None:
    rows = [{**row, "cost_usd": PRICES.get(row["request_id"], 5) / 1e6} for row in LOG]
    ingested(folder, rows, "costs.duckdb")
    command = "bill --reconcile --rates acme.yaml --db costs.duckdb --json"
    assert run(folder, command).code == 3
    found = run(folder, f"{command} --allow-unpriced")
    assert (found.code, found.document["beyond"], len(found.document["unpriced"])) == (0, 0, 2)
