"""Collected cases of usage and exact cost, through the real `routecli bill`.

Literals of upstream tests, recorded answers of APIs and one real bill (`shared/prices/cost_cases.json` beside the
repository). A model of the shipped card is priced by it; every case is priced by its own rates as well, on a card
made from them. What a card cannot say is in `INEXPRESSIBLE` with the reason, and in docs/rate-card.md.
"""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from inprocess import ingested, run

from routecli.actions.resolution import id_in
from routecli.data.cards import load_card

CASES = Path(__file__).resolve().parents[3] / "shared" / "prices" / "cost_cases.json"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not CASES.exists(), reason="the shared cost cases are not beside the repository"),
]

SEARCHES = "web searches are billed by the call, not by the token"
AUDIO = "audio tokens have rates of their own and logs do not keep them apart"
INEXPRESSIBLE = {
    "gp-021": SEARCHES,
    "gp-032": SEARCHES,
    "gp-025": AUDIO,
    "gp-026": AUDIO,
    "gp-038": AUDIO,
    "gp-024": "reasoning tokens of sonar-deep-research have a rate of their own",
    "ll-1": "image tokens in the output have a rate of their own",
}
"""Cases that no rate card of ours can say, with the reason."""

MARKS = {"processing": {"batch": {"is_batch": True}}, "service_tier": {"flex": {"service_tier": "flex"}}}
MARKS |= {"speed": {"fast": {"speed": "fast"}}}
KINDS = {
    "input": "input", "input_mtok": "input", "output": "output", "output_mtok": "output",
    "cache_read": "cache_read", "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write_5m", "cache_write_1h_mtok": "cache_write_1h",
}  # fmt: skip


def cases() -> list[dict[str, Any]]:
    return list(json.loads(CASES.read_text(encoding="utf-8"))["cases"]) if CASES.exists() else []


def expressible() -> list[dict[str, Any]]:
    return [case for case in cases() if case["id"] not in INEXPRESSIBLE]


def expected(case: dict[str, Any]) -> str:
    usd = case.get("vendor_rule_expected_usd", case["expected_usd"])
    return str(int(Fraction(Decimal(usd)) * 10**12))


def logged(case: dict[str, Any], model: str, **marks: Any) -> dict[str, Any]:
    usage = case["usage"]
    return {
        "timestamp": case["timestamp"],
        "request_id": case["id"],
        "model": model,
        "input_tokens": usage.get("input_tokens", 0),
        "output_tokens": usage.get("output_tokens", 0),
        "reasoning_tokens": usage.get("reasoning_tokens"),
        "cache_read_tokens": usage.get("cache_read"),
        "cache_write_tokens": usage.get("cache_write"),
        "cache_write_5m_tokens": usage.get("cache_write_5m"),
        "cache_write_1h_tokens": usage.get("cache_write_1h"),
        **marks,
    }


def card_of(case: dict[str, Any]) -> dict[str, Any]:
    """The case's own rates as a model of a card; each kind of token may have thresholds of its own."""
    rates = {KINDS[name]: rate for name, rate in case["rates_used_usd_per_mtok"].items() if name in KINDS and rate}
    edges = sorted({start for rate in rates.values() if isinstance(rate, dict) for start, _ in rate["tiers"]})

    def at(edge: int) -> dict[str, Decimal]:
        found = {}
        for kind, rate in rates.items():
            steps = rate["tiers"] if isinstance(rate, dict) else []
            reached = [price for start, price in steps if start <= edge]
            found[kind] = float(Decimal(reached[-1] if reached else rate["base"] if isinstance(rate, dict) else rate))
        return found

    period = {"from": None, "base": at(-1), "verified": "2026-11-23", "source": case["source"]}
    return {"prices": [period | {"over": [{"input_gt": edge, **at(edge)} for edge in edges]}]}


def bills(folder: Path, rows: list[dict[str, Any]], *words: str) -> dict[str, str]:
    ingested(folder, rows)
    found = run(folder, "bill", "--by", "request_id", *words, "--json")
    assert found.code == 0, found.stderr
    return {group["request_id"]: group["pico_usd"] for group in found.document["groups"]}


def test_the_list_of_what_cannot_be_said_is_of_real_cases_and_short():
    assert set(INEXPRESSIBLE) <= {case["id"] for case in cases()}
    assert (len(cases()), len(expressible())) == (83, 76)


def test_cases_by_their_own_rates(tmp_path):
    models = {case["id"]: card_of(case) for case in expressible()}
    head = {"schema": "routecli/rate-card/v1", "provider": "case", "currency": "USD", "per_tokens": 1000000}
    (tmp_path / "card.yaml").write_text(yaml.safe_dump({**head, "models": models}), encoding="utf-8")
    rows = [logged(case, case["id"]) for case in expressible()]
    assert bills(tmp_path, rows, "--rates", "card.yaml") == {case["id"]: expected(case) for case in expressible()}


def test_cases_by_the_shipped_card(tmp_path):
    card = load_card(None)
    known = [
        case
        for case in expressible()
        if id_in(card, case["model"], None)[0] in card.models and "use the inline rates" not in case.get("note", "")
    ]
    assert len(known) == 49
    rows = []
    for case in known:
        marks = [MARKS[name][value] for name, value in case["context"].items()]
        rows.append(logged(case, case["model"], **(marks[0] if marks else {})))
    assert bills(tmp_path, rows) == {case["id"]: expected(case) for case in known}
