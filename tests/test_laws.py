"""Laws that hold whatever the numbers: of sums, of merging, of success rates, of prices, of rules."""

import dataclasses
import json
import tempfile
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from inprocess import ingested, log_lines, run
from oracle import Card

from routecli.data.cards import load_card
from routecli.data.workload import cuts_for, load_workload
from routecli.maths.cells import add, merge
from routecli.maths.pricing import Pricer
from routecli.model import parse
from routecli.model.rates import STANDARD, RateCard, Rates
from routecli.model.workload import Cell, Cuts, Key, Workload
from routecli.money import per_million, rate_per_million, to_pico

MANY = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
FEW = settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
ASKED = settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

SHIPPED = load_card(None)
CUTS = cuts_for(SHIPPED)
MODELS = sorted(id for id, model in SHIPPED.models.items() if model.modes[STANDARD][-1].rates.output is not None)
EMPTY = Path(tempfile.mkdtemp(prefix="laws-"))
"""A folder without a store: workloads are assumed here."""

shares = st.integers(0, 1000).map(lambda thousandths: Decimal(thousandths) / 1000)
tokens = st.integers(0, 10**12)


def cells(key: Key) -> st.SearchStrategy[Cell]:
    """Cells of one key; reads and writes are parts of the input."""
    parts = st.tuples(st.integers(1, 10**6), tokens, tokens, tokens, tokens, tokens)
    return parts.map(
        lambda p: Cell(key, p[0], p[1] + p[3] + p[4] + p[5], p[2], p[3], p[4], p[5], input_min=5, input_max=9)
    )


def pricer(card: RateCard = SHIPPED) -> Pricer:
    return Pricer(card, CUTS, None)


@MANY
@given(st.sampled_from(MODELS), st.sampled_from([0, *CUTS.edges]), st.integers(0, len(CUTS.epochs)), st.data())
def test_price_of_a_sum_is_the_sum_of_prices(model: str, band: int, epoch: int, data: st.DataObject) -> None:
    key = Key(model, band=band, epoch=epoch, region=data.draw(st.sampled_from([None, "us"])))
    first, second = data.draw(cells(key)), data.draw(cells(key))
    priced = pricer()
    assert priced.cost(add(first, second), model) == priced.cost(first, model) + priced.cost(second, model)


@MANY
@given(st.sampled_from(MODELS), st.sampled_from([field.name for field in dataclasses.fields(Rates)]), st.data())
def test_a_dearer_rate_never_makes_a_cheaper_bill(model: str, kind: str, data: st.DataObject) -> None:
    cell = data.draw(cells(Key(model, band=0, epoch=0)))
    card = SHIPPED.models[model]
    before = pricer().cost(cell, model)
    periods = []
    for period in card.modes[STANDARD]:
        rate = getattr(period.rates, kind)
        assume(rate is not None)
        periods.append(dataclasses.replace(period, rates=dataclasses.replace(period.rates, **{kind: rate + 7})))
    dearer = dataclasses.replace(card, modes={**card.modes, STANDARD: tuple(periods)})
    after = pricer(dataclasses.replace(SHIPPED, models={**SHIPPED.models, model: dearer})).cost(cell, model)
    assert after >= before
    plain = cell.input - cell.cache_read - cell.cache_write_5m - cell.cache_write_1h
    own = {"input": plain, "output": cell.output}.get(kind, getattr(cell, kind, None))
    absent = [
        one for one in ("cache_read", "cache_write_5m", "cache_write_1h") if getattr(periods[0].rates, one) is None
    ]
    if "cache_write_1h" in absent and "cache_write_5m" not in absent:
        # One rate for all cache writes: it is that of the one-hour ones too.
        absent.remove("cache_write_1h")
        own += cell.cache_write_1h if kind == "cache_write_5m" else 0
    if kind == "input":
        own += sum(getattr(cell, one) for one in absent)
    assert after - before == 7 * own


@st.composite
def requests(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A log with everything that makes cells differ."""
    count = draw(st.integers(2, 30))
    found = []
    for number in range(count):
        usage = draw(st.sampled_from([True, True, True, False]))
        whole = draw(st.sampled_from([0, 1, 99_999, 100_001, 200_000, 200_001, 272_001]))
        read = draw(st.one_of(st.none(), st.integers(0, whole)))
        row: dict[str, Any] = {
            "request_id": f"r{number}",
            "timestamp": f"2026-11-{draw(st.integers(1, 20)):02d}T{draw(st.sampled_from(['00', '02', '23']))}:00:00Z",
            "model": draw(st.sampled_from(["claude-sonnet-4-6", "gpt-5.5", "deepseek-v4-pro"])),
            "query_type": draw(st.sampled_from([None, "faq"])),
            "latency_ms": draw(st.one_of(st.none(), st.integers(0, 60_000))),
        }
        found.append(
            row | ({"input_tokens": whole, "output_tokens": number, "cache_read_tokens": read} if usage else {})
        )
    return found


def workload_of(folder: Path, rows: list[dict[str, Any]], name: str) -> Workload:
    ingested(folder, rows, name)
    return load_workload(folder / name, CUTS)


def content(workload: Workload) -> tuple[object, ...]:
    """What a workload says, whatever the order it was put together in."""
    return (
        frozenset(workload.cells),
        frozenset(workload.latencies),
        workload.span,
        workload.cuts,
        workload.assumed,
    )


@FEW
@given(requests(), st.data())
def test_merged_workloads_are_the_workload_of_all_rows(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    sides = data.draw(st.lists(st.integers(0, 2), min_size=len(rows), max_size=len(rows)))
    parts = [[row for row, side in zip(rows, sides, strict=True) if side == one] for one in range(3)]
    parts = [part for part in parts if part]
    assume(len(parts) > 1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = workload_of(folder, rows, "whole.duckdb")
        found = [workload_of(folder, part, f"{n}.duckdb") for n, part in enumerate(parts)]
    first, second, *others = found
    assert content(merge(first, second)) == content(merge(second, first))
    merged = merge(first, second)
    for other in others:
        assert content(merge(merge(first, second), other)) == content(merge(first, merge(second, other)))
        merged = merge(merged, other)
    assert content(merged) == content(whole)


@FEW
@given(requests(), st.integers(1, 30))
def test_a_log_in_two_files_is_the_log_in_one(rows: list[dict[str, Any]], cut: int) -> None:
    cut = min(cut, len(rows))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = workload_of(folder, rows, "whole.duckdb")
        # The second file repeats some requests of the first: they must count once.
        for part, text in enumerate((log_lines(rows[:cut]), log_lines(rows[cut // 2 :]))):
            (folder / f"{part}.jsonl").write_text(text, encoding="utf-8")
            assert run(folder, f"ingest {part}.jsonl --db parts.duckdb").code == 0
        assert content(load_workload(folder / "parts.duckdb", CUTS)) == content(whole)


def simulated(*words: str) -> dict[str, Any]:
    """The first policy of a simulation over an assumed workload, with the whole document beside it."""
    outcome = run(EMPTY, "simulate", *words, "--json")
    assert outcome.code == 0, outcome.stderr
    document = outcome.document
    return {**document["policies"][0], "document": document}


def only(model: str, *words: str) -> int:
    """The bill with everything on one model: the baseline of any policy."""
    return int(
        simulated("--cascade", "nano:mini", "--success", "1", "--baseline", model, *words)["document"]["baseline"][
            "monthly_pico_usd"
        ]
    )


def bill_of(*words: str) -> int:
    return int(simulated(*words)["monthly_pico_usd"])


@ASKED
@given(st.sampled_from(["haiku:sonnet", "nano:mini:gpt-5.5", "gpt-5.5:sonnet", "haiku-5.5:gpt-5.5"]), st.data())
def test_success_0_pays_every_tier_and_success_1_only_the_first(tiers: str, data: st.DataObject) -> None:
    size = ["--tokens", str(data.draw(st.integers(1, 10**10))), "--input-share", str(data.draw(shares))]
    singles = [only(name, *size) for name in tiers.split(":")]
    assert bill_of("--cascade", tiers, "--success", "0", *size) == sum(singles)
    assert bill_of("--cascade", tiers, "--success", "1", *size) == singles[0]


@ASKED
@given(shares, shares, shares)
def test_a_higher_success_rate_never_costs_more(low: Decimal, high: Decimal, other: Decimal) -> None:
    low, high = sorted((low, high))
    for rates in ("{},{}", "{1},{0}"):
        dear, cheap = (
            bill_of("--cascade", "nano:haiku:sonnet", "--success", rates.format(rate, other)) for rate in (low, high)
        )
        assert cheap <= dear


@ASKED
@given(shares)
def test_a_first_gate_that_always_accepts_is_the_first_tier(rate: Decimal) -> None:
    always = simulated("--cascade", "haiku:gpt-5-mini:sonnet", "--success", f"1,{rate}")
    assert always["monthly_usd"] == 180.0
    assert [tier["reach"] for tier in always["tiers"]] == [1.0, 0.0, 0.0]


@ASKED
@given(shares)
def test_a_tier_that_nothing_reaches_changes_nothing(rate: Decimal) -> None:
    """haiku:mini accepts everything by the second tier, so a third one after it is never called."""
    two = bill_of("--cascade", "haiku:mini", "--success", str(rate), "--baseline", "sonnet")
    three = bill_of("--cascade", "haiku:mini:opus", "--success", f"{rate},1", "--baseline", "sonnet")
    assert two == three


PAIRS = ["haiku:sonnet", "nano:sonnet", "sonnet:opus", "mini:gpt-5.5", "haiku-5.5:sonnet-5.5"]


@ASKED
@given(st.sampled_from(PAIRS), shares.filter(lambda share: share > 0), st.integers(10**6, 10**9))
def test_the_break_even_rate_put_back_saves_nothing(pair: str, share: Decimal, size: int) -> None:
    """The root is printed as a float; put back exactly as printed, what it saves is the rounding of that float."""
    words = ["--cascade", pair, "--tokens", str(size), "--input-share", str(share)]
    root = simulated(*words, "--success", "0.5")["break_even"]["success"]
    assume(root is not None)
    back = simulated(*words, "--success", format(Decimal(repr(root)), "f"))
    bill = int(back["document"]["baseline"]["monthly_pico_usd"])
    assert abs(int(back["saving_pico_usd"])) <= max(1, bill // 10**14)


@pytest.mark.parametrize("words", [["--success", "0.5"], ["--success", "0.2,0.9"], ["--success", "0.1,0.5"]])
def test_each_tiers_break_even_put_back_saves_nothing(words: list[str]) -> None:
    base = ["--cascade", "haiku:sonnet:opus"]
    outcome = run(EMPTY, "breakeven", *base, *words, "--json")
    for row in outcome.document["rows"]:
        if row["value"] is None or row["parameter"] not in ("success", "success.2"):
            continue
        rates = [text for text in words[1].split(",") for _ in range(1 if "," in words[1] else 2)]
        rates[0 if row["parameter"] == "success" else 1] = format(Decimal(repr(row["value"])), "f")
        back = simulated(*base, "--success", ",".join(rates))
        assert abs(int(back["saving_pico_usd"])) <= 10


def test_an_exact_break_even_put_back_saves_exactly_nothing() -> None:
    """sonnet before gpt-5.5: 540 / 1000 = 0.54, a rate that can be typed exactly."""
    back = simulated("--cascade", "sonnet:gpt-5.5", "--success", "0.54")
    assert back["saving_pico_usd"] == "0"


def ruled(folder: Path, rules: list[dict[str, Any]], default: object = "sonnet") -> int:
    policy = {"schema": "routecli/policy/v1", "rules": rules, "default": default}
    # JSON is YAML.
    (folder / "rules.yaml").write_text(json.dumps(policy), encoding="utf-8")
    words = ["--policy", "rules.yaml", "--preset", "support", "--baseline", "sonnet", "--json"]
    outcome = run(folder, "simulate", *words)
    assert outcome.code == 0, outcome.stderr
    return int(outcome.document["policies"][0]["monthly_pico_usd"])


APART = [
    {"when": {"query_type": "simple"}, "to": "haiku"},
    {"when": {"query_type": "hard"}, "to": "opus"},
    {"when": {"query_type": "other"}, "to": "nano"},
]


@ASKED
@given(st.permutations(APART))
def test_the_order_of_rules_that_do_not_overlap_changes_nothing(rules: list[dict[str, Any]]) -> None:
    assert ruled(EMPTY, rules) == ruled(EMPTY, APART)


def test_the_order_of_rules_that_overlap_matters() -> None:
    short = {"when": {"input_tokens": "<= 1000"}, "to": "nano"}
    assert ruled(EMPTY, [APART[0], short]) != ruled(EMPTY, [short, APART[0]])
    assert ruled(EMPTY, [APART[0], short]) == ruled(EMPTY, [APART[0]])


@ASKED
@given(st.sampled_from(["haiku:sonnet", "nano:sonnet"]), shares, shares)
def test_a_composite_of_one_route_is_that_route(pair: str, rate: Decimal, accuracy: Decimal) -> None:
    cheap, strong = pair.split(":")
    size = ["--preset", "support"]
    for route, words in (
        ({"cascade": pair, "success": str(rate)}, ["--cascade", pair, "--success", str(rate)]),
        (
            {"classifier": pair, "success": str(rate), "accuracy": str(accuracy)},
            ["--classifier", pair, "--success", str(rate), "--accuracy", str(accuracy)],
        ),
    ):
        direct = bill_of(*words, *size)
        assert ruled(EMPTY, [{"when": {"query_type": ["simple", "hard"]}, "to": route}], strong) == direct
        assert ruled(EMPTY, [{"when": {"query_type": "other"}, "to": cheap}], route) == direct


@MANY
@given(st.integers(0, 10**9))
def test_a_rate_read_is_the_rate_written(rate: int) -> None:
    assert rate_per_million(per_million(rate)) == rate


@MANY
@given(st.decimals(0, 1, places=6), st.integers(1, 10**15))
def test_text_is_read_exactly(share: Decimal, size: int) -> None:
    assert parse.share(str(share), "--success") == Fraction(share)
    assert parse.count(f"{size:,}", "--tokens") == size
    assert parse.count(str(size), "--tokens") == size
    assert parse.tiers(":".join(["'a:b'", "c"]), "--cascade") == ["a:b", "c"]


@MANY
@given(st.integers(1, 10**6))
def test_counts_with_a_letter_are_exact(size: int) -> None:
    for letter, scale in (("k", 10**3), ("M", 10**6), ("B", 10**9)):
        assert parse.count(f"{size}{letter}", "--tokens") == size * scale
    assert parse.count(f"{size}.5k", "--tokens") == size * 1000 + 500


@MANY
@given(st.integers(-(10**20), 10**20))
def test_money_is_rounded_half_to_even_once(half: int) -> None:
    amount = to_pico(Fraction(half, 2))
    assert abs(Fraction(half, 2) - amount) <= Fraction(1, 2)
    assert half % 2 == 0 or amount % 2 == 0


@MANY
@given(st.sampled_from(sorted(Card(Path(__file__).parents[1] / "pricing").names)))
def test_every_name_of_the_card_means_the_same_in_any_case(name: str) -> None:
    assert only(name) == only(name.upper()) > 0


def test_cells_of_other_cuts_do_not_merge() -> None:
    from routecli.errors import DataError

    one = Workload("store", (Cell(Key("gpt-5"), 1, 1, 1),), Cuts(edges=(5,)))
    with pytest.raises(DataError) as refused:
        merge(one, dataclasses.replace(one, cuts=Cuts(edges=(6,))))
    assert refused.value.id == "cut-differently"
