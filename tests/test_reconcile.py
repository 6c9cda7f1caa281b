"""`bill --reconcile` against logs that an independent pricer got wrong on purpose: each mistake is named."""

import random
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import mistakes as m
import pytest
from hypothesis import HealthCheck, given, settings
from inprocess import Outcome, ingested, run
from oracle import Card, Row, metered, pico, usd
from test_oracle import CARD as SHIPPED
from test_oracle import logs

ACME = """\
schema: routecli/rate-card/v1
provider: acme
currency: USD
per_tokens: 1000000
modifiers:
  us: {when: {region: us}, multiply: 1.1}
markup:
  fee: {percent: 5.5, source: https://acme.example, verified: 2026-11-01}
models:
  large:
    prices:
      - from: null
        base: {input: 4, cache_read: 0.4, cache_write_5m: 5, cache_write_1h: 8, output: 20}
        over:
          - {input_gt: 200000, input: 8, cache_read: 0.8, cache_write_5m: 10, cache_write_1h: 16, output: 30}
        verified: 2026-11-01
      - from: 2026-11-10
        base: {input: 3, cache_read: 0.3, cache_write_5m: 3.75, cache_write_1h: 6, output: 15}
        over:
          - {input_gt: 200000, input: 6, cache_read: 0.6, cache_write_5m: 7.5, cache_write_1h: 12, output: 22.5}
        verified: 2026-11-01
      - from: 2026-11-20
        base: {input: 2.5, cache_read: 0.25, cache_write_5m: 3.125, cache_write_1h: 5, output: 12}
        over:
          - {input_gt: 200000, input: 5, cache_read: 0.5, cache_write_5m: 6.25, cache_write_1h: 10, output: 19}
        verified: 2026-11-01
    modes:
      batch:
        prices:
          - from: null
            base: {input: 1.5, cache_read: 0.15, cache_write_5m: 1.875, cache_write_1h: 3, output: 7.5}
            verified: 2026-11-01
      flex:
        prices:
          - from: null
            base: {input: 1.7, cache_read: 0.17, cache_write_5m: 2.1, cache_write_1h: 3.4, output: 8.1}
            verified: 2026-11-01
      priority:
        prices:
          - from: null
            base: {input: 5.9, cache_read: 0.59, cache_write_5m: 7.4, cache_write_1h: 11.8, output: 29}
            verified: 2026-11-01
      fast:
        prices:
          - from: null
            base: {input: 18, cache_read: 1.8, cache_write_5m: 22, cache_write_1h: 36, output: 90}
            verified: 2026-11-01
  peaky:
    prices:
      - from: null
        base: {input: 0.66, cache_read: 0.022, output: 1.98}
        windows:
          - {name: peak, utc: ["01:00-04:00"], base: {input: 1.32, cache_read: 0.044, output: 3.96}}
        verified: 2026-11-01
  small:
    prices:
      - from: null
        base: {input: 0.7, cache_read: 0.07, cache_write_5m: 0.9, cache_write_1h: 1.3, output: 3.1}
        verified: 2026-11-01
"""
DAY = datetime(2026, 11, 12, tzinfo=UTC)
TYPES = ("faq", "code", "chat")


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Card:
    folder = tmp_path_factory.mktemp("acme")
    (folder / "acme.yaml").write_text(ACME, encoding="utf-8")
    return Card(folder)


def requests(seed: int, number: int = 90, **fixed: Any) -> Iterator[dict[str, Any]]:
    """Requests of three days that differ in everything a price looks at, except for what is fixed."""
    dice = random.Random(seed)
    for place in range(number):
        length = dice.choice([dice.randint(500, 9_000), dice.randint(20_000, 150_000), dice.randint(200_001, 400_000)])
        read, five = dice.randint(0, length // 3), dice.randint(0, length // 4)
        row = {
            "request_id": f"r{place}",
            "timestamp": (DAY + timedelta(days=place % 3, minutes=dice.randint(0, 1439))).isoformat(),
            "model": "large",
            "query_type": TYPES[place % 3],
            "status": dice.choice(["success"] * 5 + ["partial"]),
            "input_tokens": length,
            "cache_read_tokens": read,
            "cache_write_5m_tokens": five,
            "cache_write_1h_tokens": dice.randint(0, length // 5),
            "output_tokens": dice.randint(50, 4000),
            "region": dice.choice([None, None, "us"]),
        }
        row["reasoning_tokens"] = dice.randint(0, row["output_tokens"])
        row |= dice.choice([{}, {}, {"is_batch": True}, {"service_tier": "flex"}, {"service_tier": "priority"}])
        yield {**row, **fixed}


def reconciled(folder: Path, card: Card, rows: list[dict[str, Any]], wrong: m.Mistake, *options: str) -> Outcome:
    """The report on these requests with the costs that the mistake makes of them."""
    (folder / "acme.yaml").write_text(ACME, encoding="utf-8")
    log = [{**row, "cost_usd": logged(wrong(card, row))} for row in rows]
    ingested(folder, log)
    return run(folder, "bill", "--reconcile", "--rates", "acme.yaml", "--json", *options)


def logged(amount: Decimal) -> float | str:
    """A cost as a log holds it: dollars with at most 12 decimals."""
    return str(amount.quantize(Decimal(1).scaleb(-12)))


NO_PRICE_CHANGE = {"is_batch": None, "service_tier": None}
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
