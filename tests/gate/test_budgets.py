"""Budgets: how limits are written, what breaches them, what a waiver accepts, and what is never a pass."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from routecli.data.budget_file import read_budgets
from routecli.errors import ProblemsError
from routecli.maths.budgets import findings, verdict, waived
from routecli.model.budget import KINDS, Budget, Limit, Measure, Waiver
from routecli.money import PICO_PER_USD

TODAY = date(2026, 11, 23)


def read(tmp_path: Path, text: str):
    path = tmp_path / "routecli.yaml"
    path.write_text(text, encoding="utf-8")
    return read_budgets(path)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("bill_increase: {error: 10%}", [Limit("pct", Fraction(10))]),
        ("bill_increase: {error: 10}", [Limit("pct", Fraction(10))]),
        ("bill_increase: 10%", [Limit("pct", Fraction(10))]),
        ("bill_increase: {error: $1_500.50}", [Limit("usd", Fraction("1500.5") * PICO_PER_USD)]),
        (
            "bill_increase: {error: [10%, $500]}",
            [Limit("pct", Fraction(10)), Limit("usd", Fraction(500) * PICO_PER_USD)],
        ),
        ("rate_jump: {error: 5}", [Limit("factor", Fraction(5))]),
        ("rate_jump: {error: 2.5x}", [Limit("factor", Fraction("2.5"))]),
        ("silent_failures: {error: 3%}", [Limit("share", Fraction(3, 100))]),
        ("silent_failures: {error: 0.03}", [Limit("share", Fraction(3, 100))]),
        ("latency_p95_ms: {error: 2500}", [Limit("ms", Fraction(2500))]),
        ("workload_age: {error: 90 days}", [Limit("days", Fraction(90))]),
        ("history_edit: error", [Limit("flag", Fraction(0))]),
    ],
)
def test_limits_as_people_write_them(text, error, tmp_path):
    (budget,), _ = read(tmp_path, f"budgets: {{{text}}}\n")
    assert (list(budget.error), budget.warn) == (error, ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("budgets: {bill_incraese: {error: 10%}}", "did you mean 'bill_increase'"),
        ("budgets: {bill_increase: {eror: 10%}}", "did you mean 'error'?"),
        ("budgets: {bill_increase: {}}", "has no limit"),
        ("budgets: {bill_increase: {error: ten}}", "must be a number of percent, like 10% or dollars, like $500"),
        ("budgets: {bill_increase: {error: 10ms}}", "cannot be given in '10ms'"),
        ("budgets: {rate_jump: {error: 0.5}}", "is a factor above 1"),
        ("budgets: {silent_failures: {error: 3}}", "if it is a percentage, write 3%"),
        ("budgets: {history_edit: yes}", "must be error or warn"),
        ("budgets: {bill_increase: {error: 1%, at: lower95}}", "unknown key 'at'"),
        ("budgets: {savings: {error: 1%, at: upper}}", "must be expected or lower95"),
        ("waivers: [{budget: bill_increase, until: 2026-12-31}]", "a waiver needs a reason"),
        ("waivers: [{budget: bill_increase, reason: x}]", "a waiver needs its last day"),
        ("waivers: [{budget: bill_increase, reason: x, until: 2026-13-01}]", "a waiver needs its last day"),
        ("waivers: [{budget: bill, reason: x, until: 2026-12-31}]", "names no budget"),
        ("waivers: [{budget: bill_increase, reason: x, until: 2026-12-31, model: m}]", "unknown key 'model'"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_line(text, said, tmp_path):
    with pytest.raises(ProblemsError) as caught:
        read(tmp_path, text + "\n")
    assert caught.value.id == "bad-budgets"
    assert any(said in problem and "routecli.yaml:1" in problem for problem in caught.value.problems)


def judge(budget: Budget, **values: Fraction | None):
    (found,) = findings([budget], {budget.id: [Measure("it", values)]})  # type: ignore[dict-item]
    return found


def limits(unit: str, warn: int | None, error: int | None) -> dict[str, tuple[Limit, ...]]:
    named = {"warn": warn, "error": error}
    return {level: (Limit(unit, Fraction(value)),) for level, value in named.items() if value is not None}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("id", "unit", "actual", "status"),
    [
        # Most: the limit itself still passes.
        ("bill_increase", "pct", 5, "pass"),
        ("bill_increase", "pct", 6, "warn"),
        ("bill_increase", "pct", 10, "warn"),
        ("bill_increase", "pct", 11, "fail"),
        # A jump of exactly so much is one.
        ("rate_jump", "factor", 4, "pass"),
        ("rate_jump", "factor", 5, "warn"),
        ("rate_jump", "factor", 10, "fail"),
        # Within so many days, that day included.
        ("deprecation", "days", 11, "pass"),
        ("deprecation", "days", 10, "warn"),
        ("deprecation", "days", 5, "fail"),
        ("deprecation", "days", -3, "fail"),
        # Least: the limit itself still passes.
        ("savings", "pct", 10, "pass"),
        ("savings", "pct", 9, "warn"),
        ("savings", "pct", 4, "fail"),
    ],
)
def test_on_either_side_of_a_limit(id, unit, actual, status):
    high = KINDS[id].least or KINDS[id].dated
    budget = Budget(id, **limits(unit, 10 if high else 5, 5 if high else 10))
    assert judge(budget, **{unit: Fraction(actual)}).status == status


def test_the_graver_of_two_breaches_counts():
    budget = Budget("bill_increase", (Limit("usd", Fraction(1)),), (Limit("pct", Fraction(10)),))
    assert judge(budget, pct=Fraction(11), usd=Fraction(2)).status == "fail"
    assert judge(budget, pct=Fraction(9), usd=Fraction(2)).status == "warn"


def test_unknown_is_no_pass_but_a_known_breach_is_a_breach():
    budget = Budget("bill_increase", (), (Limit("pct", Fraction(10)), Limit("usd", Fraction(1))))
    assert judge(budget, pct=None, usd=Fraction(0)).status == "unknown"
    assert judge(budget, pct=None, usd=Fraction(2)).status == "fail"
    assert (
        verdict(findings([budget], {"bill_increase": [Measure("it", {"pct": None, "usd": None})]}), ()) == "cannot tell"
    )


def test_the_low_end_of_an_interval_that_is_not_there_is_not_known():
    budget = Budget("savings", (), (Limit("pct", Fraction(10)),), at_end=True)
    assert judge(budget, pct=Fraction(50)).status == "unknown"


def test_all_that_breach_are_listed_and_otherwise_the_nearest():
    budget = Budget("model_increase", (), (Limit("pct", Fraction(10)),))
    measures = [Measure(name, {"pct": Fraction(value)}) for name, value in (("a", 1), ("b", 20), ("c", 9), ("d", 30))]
    assert [one.subject for one in findings([budget], {"model_increase": measures})] == ["b", "d"]
    assert [one.subject for one in findings([budget], {"model_increase": measures[::2]})] == ["c"]


def test_nothing_of_the_kind_passes():
    (found,) = findings([Budget("deprecation", (), (Limit("days", Fraction(5)),))], {})
    assert (found.status, found.actual) == ("pass", None)


BREACH = findings(
    [Budget("model_increase", (), (Limit("pct", Fraction(10)),))],
    {"model_increase": [Measure("a", {"pct": Fraction(20)}), Measure("b", {"pct": Fraction(20)})]},
)


@pytest.mark.parametrize(
    ("waiver", "states"),
    [
        (Waiver("model_increase", "why", TODAY), ["waived", "waived"]),
        (Waiver("model_increase", "why", TODAY, "B"), ["fail", "waived"]),
        (Waiver("bill_increase", "why", TODAY), ["fail", "fail"]),
        (Waiver("model_increase", "why", date(2026, 11, 22)), ["fail", "fail"]),
    ],
)
def test_waivers(waiver, states):
    found, unused = waived(BREACH, [waiver], TODAY)
    assert [one.status for one in found] == states
    expired = [waiver] if waiver.until < TODAY else []
    assert unused == ([waiver] if "waived" not in states and not expired else [])
    assert verdict(found, expired) == ("pass" if states == ["waived", "waived"] else "fail")


def test_a_warning_is_not_waived_and_does_not_fail():
    (found,) = findings(
        [Budget("bill_increase", (Limit("pct", Fraction(1)),))],
        {"bill_increase": [Measure("it", {"pct": Fraction(5)})]},
    )
    marked, unused = waived([found], [Waiver("bill_increase", "why", TODAY)], TODAY)
    assert ([one.status for one in marked], len(unused), verdict(marked, ())) == (["warn"], 1, "warn")
