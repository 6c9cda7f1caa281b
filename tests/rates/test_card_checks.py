"""What `rates check` finds: `cases/card_checks.yaml`, through the real command, and the rules on cards of no file."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from edits import edited
from inprocess import run

from routecli.data.cards import load_card
from routecli.maths.checks import card_findings
from routecli.maths.checks.rows import row_findings
from routecli.model.card_findings import RULES
from routecli.model.rates import ModelCard, Period, Rates, Tier, WeeklyWindow

BOOK = yaml.safe_load((Path(__file__).parents[1] / "cases" / "card_checks.yaml").read_text(encoding="utf-8"))
CASES = BOOK["cases"]
TODAY = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_findings(case, tmp_path):
    card = BOOK["cards"]["acme"]
    (tmp_path / "head.yaml").write_text(edited(card, case["head"]), encoding="utf-8")
    argv = ["rates", "check", "head.yaml", "--at", str(case.get("at", "2026-11-23")), "--json"]
    if "base" in case:
        (tmp_path / "base.yaml").write_text(edited(card, case["base"]), encoding="utf-8")
        argv += ["--base", "base.yaml"]
    outcome = run(tmp_path, *argv)
    found = [one for one in outcome.document["findings"] if one["rule"] not in case.get("ignore", ())]
    assert [one["rule"] for one in found] == [_rule(wanted) for wanted in case["expect"]]
    for finding, wanted in zip(found, case["expect"], strict=True):
        keys = wanted if isinstance(wanted, dict) else {"where": f"head.yaml:{wanted[1]}"}
        assert {key: finding[key] for key in keys} == keys
    failed = any(one["level"] == "error" for one in found)
    assert outcome.code == (3 if failed else 0)
    assert (
        outcome.document["verdict"] == ("fail" if failed else "warn" if _warned(found) else "pass") or "ignore" in case
    )
    assert ("[card-check-failed]" in outcome.stderr) == failed


def _rule(wanted: Any) -> str:
    return str(wanted["rule"] if isinstance(wanted, dict) else wanted[0])


def _warned(found: list[dict[str, Any]]) -> bool:
    return any(one["level"] == "warning" for one in found)


def test_every_rule_has_a_case():
    assert {_rule(wanted) for case in CASES for wanted in case["expect"]} == set(RULES)


def test_the_shipped_card_has_no_error(tmp_path):
    """A jump that is right takes `confirmed: REASON` on its period."""
    outcome = run(tmp_path, "rates check --json")
    assert [one for one in outcome.document["findings"] if one["level"] == "error"] == []
    assert outcome.code == 0


def test_findings_below_the_least_level_are_counted_and_not_listed(tmp_path):
    text = BOOK["cards"]["acme"].replace("input: 1, output: 2", "input: 0, output: 2")
    (tmp_path / "card.yaml").write_text(text, encoding="utf-8")
    every = run(tmp_path, "rates check card.yaml --json").document
    some = run(tmp_path, "rates check card.yaml --min-level error --json").document
    assert every["counts"] == some["counts"] and every["counts"]["info"] == 1
    assert [one["level"] for one in some["findings"]] == ["error"] * every["counts"]["error"]


def test_a_missing_base_is_an_error_of_its_own(tmp_path):
    (tmp_path / "card.yaml").write_text(BOOK["cards"]["acme"], encoding="utf-8")
    outcome = run(tmp_path, "rates check card.yaml --base nowhere.yaml")
    assert (outcome.code, outcome.stdout) == (4, "")


def _model(*periods: Period) -> ModelCard:
    return ModelCard("m", "acme", "m", {"standard": periods}, origin="f:1")


RATES = Rates(1_000_000, 2_000_000)
TWICE = (WeeklyWindow("a", "mon,tue 01:00-03:00", RATES), WeeklyWindow("b", "tue 02:00-04:00", RATES))
JUNE, JULY = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (_model(), "no price at all"),
        (_model(Period(None, RATES), Period(None, RATES)), "two prices hold from the release"),
        (_model(Period(JULY, RATES), Period(JUNE, RATES)), "two prices hold from 2026-06-01"),
        (_model(Period(None, RATES, until=JUNE), Period(JULY, RATES)), "no price holds from 2026-06-01 to 2026-07-01"),
        (_model(Period(None, RATES, tiers=(Tier(9, RATES), Tier(9, RATES)))), "stands after"),
        (
            _model(
                Period(
                    None,
                    RATES,
                    windows=(
                        WeeklyWindow("a", "mon,tue 01:00-03:00", RATES),
                        WeeklyWindow("b", "tue 02:00-04:00", RATES),
                    ),
                )
            ),
            "'a' and 'b' both hold on tue 02:00-03:00",
        ),
    ],
)
def test_two_rows_or_none_are_found_on_any_card(model, text):
    (finding,) = row_findings(model)
    assert finding.rule == "rate-rows"
    assert text in finding.text


def test_a_unit_slip_in_the_past_is_found_and_the_reverse_too():
    card = load_card(None)
    model = card.models["claude-haiku-4-5"]
    (period,) = model.modes["standard"]
    cents = replace(
        period,
        start=JUNE,
        rates=Rates(*(None if rate is None else rate * 100 for rate in _fields(period.rates))),
    )
    broken = replace(
        card, models={model.id: replace(model, modes={"standard": (period, cents, replace(period, start=JULY))})}
    )
    assert [one.rule for one in card_findings(broken, TODAY) if one.rule == "unit-slip"] == ["unit-slip", "unit-slip"]


def _fields(rates: Rates) -> list[int | None]:
    return [rates.input, rates.output, rates.cache_read, rates.cache_write_5m, rates.cache_write_1h]
