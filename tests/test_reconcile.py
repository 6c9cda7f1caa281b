"""`bill --reconcile` against logs that an independent pricer got wrong on purpose: each mistake is named."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import mistakes as m
import pytest
from oracle import Card, Row, pico, usd
from reconciling import ACME, DAY, NO_PRICE_CHANGE, logged, reconciled, requests


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Card:
    folder = tmp_path_factory.mktemp("acme")
    (folder / "acme.yaml").write_text(ACME, encoding="utf-8")
    return Card(folder)


PEAKS = {"model": "peaky", "cache_write_5m_tokens": 0, "cache_write_1h_tokens": 0, **NO_PRICE_CHANGE}


PLANTED: list[tuple[str, m.Mistake, dict[str, Any], str]] = [
    ("cache-counted-twice", m.cache_twice, {}, "charged twice"),
    ("cache-read-as-input", m.moved("cache_read", "input"), {}, "full input price"),
    ("cache-as-input", m.all_cache_as_input, {}, "reads and writes are charged as plain input"),
    ("cache-read-free", m.free("cache_read"), {}, "cache reads are not charged"),
    ("cache-write-free", m.free("cache_write_5m", "cache_write_1h"), {}, "cache writes are not charged"),
    ("hour-write-as-5m", m.moved("cache_write_1h", "cache_write_5m"), {}, "1-hour"),
    ("5m-write-as-hour", m.moved("cache_write_5m", "cache_write_1h"), {}, "5-minute"),
    ("batch-as-standard", m.as_mode("standard", "batch"), {}, "batch is charged at the standard price"),
    ("flex-as-standard", m.as_mode("standard", "flex"), {}, "flex"),
    ("priority-as-standard", m.as_mode("standard", "priority"), {}, "priority"),
    ("fast-as-standard", m.as_mode("standard", "fast"), {"speed": "fast", **NO_PRICE_CHANGE}, "fast"),
    ("standard-as-batch", m.as_mode("batch", "standard"), {}, "standard requests"),
    ("old-price", m.at("2026-11-01"), NO_PRICE_CHANGE, "that of before"),
    ("later-price", m.at("2026-11-20"), NO_PRICE_CHANGE, "that of 2026-11-20"),
    ("long-context-missing", m.short, {}, "short-context"),
    ("peak-hours-missing", m.at_hour(12), PEAKS, "peak hours"),
    ("peak-hours-always", m.at_hour(2), PEAKS, "peak price"),
    ("region-factor-missing", m.without_region, {}, "regional factor is left out"),
    ("region-factor-added", m.with_region, {}, "no region"),
    ("reasoning-counted-twice", m.more_output(1), {}, "on top of the output"),
    ("reasoning-missing", m.more_output(-1), {}, "not charged"),
    ("unfinished-free", m.unfinished_free, {}, "cut off"),
    ("cache-hits-charged", m.hits_charged, {"gateway_cache_hit": True}, "gateway"),
    ("logged-as-zero", m.times("0"), {}, "free"),
    ("mark-up", m.times("1.055"), {}, "5.5 %"),
    ("unit-slip", m.times("100"), {}, "cents"),
    ("unit-slip", m.times("0.001"), {}, "thousandth"),
    ("constant-factor", m.times("1.27"), {}, "1.27 times"),
    ("constant-factor", m.times("0.85"), {}, "0.85 times"),
    ("other-model", m.as_model("small"), {**NO_PRICE_CHANGE, "region": None}, "the price of small"),
]


@pytest.mark.parametrize(
    ("reason", "wrong", "fixed", "words"), PLANTED, ids=[f"{p[0]}-{n}" for n, p in enumerate(PLANTED)]
)
def test_a_planted_mistake_is_named(
    reason: str, wrong: m.Mistake, fixed: Mapping[str, Any], words: str, acme: Card, tmp_path: Path
) -> None:
    rows = list(requests(7, **fixed))
    outcome = reconciled(tmp_path, acme, rows, wrong, "--tolerance", "0.1%")
    assert outcome.code == 1, outcome.stderr
    document = outcome.document
    assert document["exit_code"] == 1
    assert len(document["groups"]) == document["beyond"] == 3
    for group in document["groups"]:
        assert (group["reason"], group["within"], group["basis"]) == (reason, False, "exact"), group["reason_detail"]
        assert words in group["reason_detail"]
        same = [row for row in rows if row["timestamp"].startswith(group["date"])]
        computed = sum((Fraction(usd(acme, row)) for row in same), start=Fraction(0))
        told = sum((Fraction(logged(wrong(acme, row))) for row in same), start=Fraction(0))
        assert group["pico_usd"] == pico(computed)
        assert group["logged_pico_usd"] == pico(told)
        assert int(group["drift_pico_usd"]) == int(group["logged_pico_usd"]) - int(group["pico_usd"])
    assert [(one["reason"], one["groups"]) for one in document["reasons"]] == [(reason, 3)]


def twice_or_old(card: Card, row: Row) -> Decimal:
    """Cached tokens twice on one query type, the old price on another, the third is right."""
    if row["query_type"] == "faq":
        return m.cache_twice(card, row)
    return m.at("2026-11-01")(card, row) if row["query_type"] == "code" else usd(card, row)


def test_mistakes_of_different_requests_are_a_mixture(acme: Card, tmp_path: Path) -> None:
    rows = [*requests(11, number=60, timestamp=DAY.isoformat(), **NO_PRICE_CHANGE)]
    (group,) = reconciled(tmp_path, acme, rows, twice_or_old).document["groups"]
    assert group["reason"] == "mixture"
    assert "charged twice" in group["reason_detail"]
    assert "(20 requests)" in group["reason_detail"]
    assert "an earlier price is charged (that of before)" in group["reason_detail"]
    assert "unexplained" not in group["reason_detail"]


def test_a_mistake_on_a_part_of_the_requests_is_named_with_their_number(acme: Card, tmp_path: Path) -> None:
    rows = [*requests(12, number=60, timestamp=DAY.isoformat())]
    wrong = m.some(m.moved("cache_read", "input"), "faq")
    (group,) = reconciled(tmp_path, acme, rows, wrong).document["groups"]
    assert group["reason"] == "cache-read-as-input"
    assert "(20 requests)" in group["reason_detail"]


def test_a_tool_that_was_mended_at_noon(acme: Card, tmp_path: Path) -> None:
    def mended(card: Card, row: Row) -> Decimal:
        return usd(card, row) if row["timestamp"] >= DAY.replace(hour=12).isoformat() else m.cache_twice(card, row)

    rows = [{**row, "timestamp": row["timestamp"].replace("-11-13", "-11-12")} for row in requests(24, number=60)]
    rows = [{**row, "timestamp": row["timestamp"].replace("-11-14", "-11-12")} for row in rows]
    early = sum(row["timestamp"] < DAY.replace(hour=12).isoformat() for row in rows)
    (group,) = reconciled(tmp_path, acme, rows, mended).document["groups"]
    assert group["reason"] == "cache-counted-twice"
    assert f"({early} requests)" in group["reason_detail"]


def test_requests_that_nothing_tells_apart_are_looked_at_one_by_one(acme: Card, tmp_path: Path) -> None:
    def by_chance(card: Card, row: Row) -> Decimal:
        wrong = {0: m.cache_twice, 1: m.more_output(1), 2: usd}[int(row["request_id"][1:]) % 3]
        return wrong(card, row)

    rows = list(requests(25, number=60, timestamp=DAY.isoformat(), query_type="faq", region=None, **NO_PRICE_CHANGE))
    (group,) = reconciled(tmp_path, acme, rows, by_chance).document["groups"]
    assert group["reason"] == "mixture"
    assert "twice: as plain input, and as cache reads or writes (20 requests)" in group["reason_detail"]
    assert "reasoning tokens are charged on top of the output (20 requests)" in group["reason_detail"]


def test_two_mistakes_on_the_same_requests_are_a_mixture(acme: Card, tmp_path: Path) -> None:
    rows = [*requests(13, number=40, timestamp=DAY.isoformat())]
    (group,) = reconciled(tmp_path, acme, rows, m.times("1.055", m.cache_twice)).document["groups"]
    assert group["reason"] == "mixture"
    assert "charged twice" in group["reason_detail"]
    assert "5.5 %" in group["reason_detail"]


def reads_and_reasoning(card: Card, row: Row) -> Decimal:
    tokens = m.tokens_of(row)
    tokens["input"] += tokens.pop("cache_read")
    tokens["output"] += int(row["reasoning_tokens"])
    return m.charged(card, row, tokens)


def test_two_token_mistakes_at_once_are_a_mixture(acme: Card, tmp_path: Path) -> None:
    rows = [*requests(14, number=40, timestamp=DAY.isoformat())]
    (group,) = reconciled(tmp_path, acme, rows, reads_and_reasoning).document["groups"]
    assert group["reason"] == "mixture"
    assert "full input price" in group["reason_detail"]
    assert "on top of the output" in group["reason_detail"]
