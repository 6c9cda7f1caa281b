"""What stands beside the cost: an aggregator's mark-up in a column of its own, and days off that no card knows."""

from fractions import Fraction
from pathlib import Path

from inprocess import ingested, run

LOG = [
    {"request_id": "a", "provider": "openrouter", "model": "openai/gpt-5.5", "input_tokens": 1_001, "output_tokens": 7},
    {"request_id": "b", "provider": "openai", "model": "gpt-5.5", "input_tokens": 1_001, "output_tokens": 7},
]
COST = 1_001 * 5_000_000 + 7 * 30_000_000


def logged(folder: Path, rows: list[dict[str, object]] = LOG, at: str = "2026-11-03T02:00:00Z") -> None:
    ingested(folder, [{"timestamp": at, **row} for row in rows])


def test_the_mark_up_is_beside_the_cost_and_never_in_it(tmp_path: Path) -> None:
    logged(tmp_path)
    fee = str(round(Fraction(COST * 55, 1000)))
    for by, key in (("model", "openrouter/openai/gpt-5.5"), ("request_id", "a"), ("provider", "openrouter")):
        found = run(tmp_path, "bill", "--by", by, "--json").document
        assert {row[by]: row["pico_usd"] for row in found["groups"]} == dict.fromkeys(
            [key, "b" if by == "request_id" else "gpt-5.5" if by == "model" else "openai"], str(COST)
        )
        assert {row[by]: row["markup_pico_usd"] for row in found["groups"] if row["markup_usd"]} == {key: fee}
        assert (found["total"]["pico_usd"], found["total"]["markup_pico_usd"]) == (str(2 * COST), fee)
    (said,) = [text for text in found["assumptions"] if "mark-up" in text]
    assert said.startswith("mark-up of openrouter (credit_purchase): 5.5 % of the cost") and "$0.80" in said
    assert "mark-up of aggregators on top" in run(tmp_path, "bill").stdout


def test_another_mark_up_or_none_is_chosen_in_an_overlay(tmp_path: Path) -> None:
    logged(tmp_path)
    (tmp_path / "routecli.yaml").write_text("rates: [own.yaml]\n", encoding="utf-8")
    for name, fee in (("byok", Fraction(COST * 5, 100)), ("none", Fraction(0))):
        (tmp_path / "own.yaml").write_text(
            f"schema: routecli/rate-overlay/v1\nmarkup: {{openrouter: {name}}}\n", encoding="utf-8"
        )
        found = run(tmp_path, "bill --json").document
        assert found["total"]["markup_pico_usd"] == str(round(fee))
        assert any("1,000,000 requests a month are free" in text for text in found["assumptions"]) == (name == "byok")


def test_without_an_aggregator_there_is_no_column(tmp_path: Path) -> None:
    logged(tmp_path, LOG[1:])
    assert "mark-up" not in run(tmp_path, "bill").stdout


PEAK = [{"request_id": "a", "model": "deepseek-v4-pro", "input_tokens": 1_000, "output_tokens": 1}]


def test_a_window_that_days_off_would_close_says_so_where_it_priced_something(tmp_path: Path) -> None:
    for number, (at, warned) in enumerate(
        (("2026-11-03T02:00:00Z", True), ("2026-11-03T12:00:00Z", False), ("2026-08-18T02:00:00Z", False))
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        logged(folder, PEAK, at)
        warnings = run(folder, "bill --json").document["warnings"]
        assert any(text.startswith("Chinese public holidays are priced as ordinary") for text in warnings) == warned
    simulated = run(tmp_path / "0", "simulate --cascade deepseek-flash:deepseek-pro --success 0.5 --json").document
    assert sum("Chinese public holidays" in text for text in simulated["warnings"]) == 2
