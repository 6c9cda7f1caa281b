"""The shipped card against the collected price facts, field by field, for all their models.

The facts (`shared/prices/prices.json` beside the repository) are not part of it; without them these tests are skipped.
Where the card says something else on purpose, `DIFFERENCES` says why; nothing else may differ.
"""

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from routecli.data.cards import load_card
from routecli.model.rates import STANDARD, ModelCard, Period, Rates, Tier

FACTS = Path(__file__).resolve().parents[3] / "shared" / "prices" / "prices.json"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FACTS.exists(), reason="the shared price facts are not beside the repository"),
]

CARD = load_card(None)
KINDS = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h")
OPEN_WEIGHTS = "other hosts sell the same open-weights model at other prices, so the id carries the host"
AGGREGATOR = "the bare id is also what gateways call the vendor's own endpoint, at another price"
BEDROCK = "the id without the version, which is an alias: a colon would have to be quoted in --cascade"
IDS = {
    "groq/gpt-oss-120b": ("groq/gpt-oss-120b", OPEN_WEIGHTS),
    "openrouter/anthropic/claude-sonnet-4.6": ("openrouter/anthropic/claude-sonnet-4.6", AGGREGATOR),
    "openrouter/openai/gpt-5.5": ("openrouter/openai/gpt-5.5", AGGREGATOR),
    "openrouter/deepseek/deepseek-v4-pro": ("openrouter/deepseek/deepseek-v4-pro", AGGREGATOR),
    "aws/global.anthropic.claude-sonnet-4-6": ("global.anthropic.claude-sonnet-4-6", BEDROCK),
    "aws/regional.anthropic.claude-sonnet-4-6": ("regional.anthropic.claude-sonnet-4-6", BEDROCK),
}
"""Models whose id on the card is not the facts' name for them."""

LAUNCH_PRICE = "the first snapshot costs 5/15, not 2.5/10 (genai-prices 0.2.3 has it as a model of its own)"
RELEASE_NOTES = "release notes of claudit v1.9.2 and PromptFuel v1.0.23; the lists overwrote the rate in place"
COMMIT = "pydantic/genai-prices@5de9400a (2025-11-07): the lists overwrote the cached rates in place"
WEB_SEARCH = "only the price of web search changed, which is not on the card"
SAME_INSTANT = "the vendor's page gives 16:00 UTC of the day before; the facts' dates are whole days"
LITELLM_ERROR = "an error of litellm, see the disagreements of the facts"
NO_LONG_RATES = "the rates over 272,000 tokens are not listed, so it would be priced too low"
OWN_API = "the decisions API is another product, not a mode of this model"
DIFFERENCES: dict[tuple[str, str], str] = {
    ("gpt-4o", "deprecations"): LAUNCH_PRICE,
    ("gpt-6.1-sol", "released"): "comment of genai-prices 0.2.3: released 2026-09-29",
    ("claude-opus-5", "released"): "the vendor's page, quoted in the facts: released 2026-07-24",
    ("deepseek-flash", "released"): "comment of genai-prices 0.2.3: released 2026-09-10",
    ("o3", "history"): "cached input was 2.50 (AgentOps-AI/tokencost@8f76caf9), genai-prices has the later 0.50",
    ("claude-sonnet-5-5", "history"): RELEASE_NOTES,
    ("gemini-2.5-pro", "history"): COMMIT,
    ("gemini-2.5-flash", "history"): COMMIT,
    ("gemini-2.5-flash-lite", "history"): COMMIT,
    ("gemini-3-flash-preview", "history"): WEB_SEARCH,
    ("gemini-3-pro-preview", "history"): WEB_SEARCH,
    ("deepseek-v4-pro", "history"): SAME_INSTANT,
    ("deepseek-v4-flash", "history"): SAME_INSTANT,
    ("GLM-5.3-Flash", "history"): SAME_INSTANT,
    ("gpt-5-nano", "modes"): LITELLM_ERROR,
    ("gpt-6-luna", "modes"): OWN_API,
    ("gpt-6-astra", "modes"): NO_LONG_RATES,
    ("gpt-6.1-sol", "modes"): NO_LONG_RATES,
    ("text-embedding-3-small", "output"): "an embedding has no output; litellm writes 0",
    ("claude-opus-4-8", "fast"): "ends with 2026-11-30: comment of genai-prices 0.2.3",
}
"""(model, field) -> the evidence for saying something else than the facts do."""

LEFT_OUT = {("gpt-5-nano", "priority"), ("gpt-6-luna", "decisions"), ("gpt-6-astra", "ultrafast")}
LEFT_OUT |= {("gpt-6.1-sol", "ultrafast")}
CACHED_AS_STANDARD = {
    "gpt-4.1", "gpt-4.1-mini", "gpt-4o", "gpt-4o-mini", "o3", "o4-mini", "gemini-3-flash-preview",
    "gemini-3.1-pro-preview", "gemini-2.5-pro", "gemini-2.5-flash", "gemini-2.5-flash-lite",
}  # fmt: skip
"""Batch modes without a cached rate of their own: the facts say it stays that of the standard price."""
LONGER_THAN_LISTED = {("gemini-3.1-pro-preview", "flex"), ("gemini-3.1-pro-preview", "priority")}
LONGER_THAN_LISTED |= {("gemini-2.5-pro", "flex"), ("gemini-2.5-pro", "priority")}
"""Modes whose rates for long requests the facts leave out."""
MODE_HISTORY = {
    "mistral-large-4": "comment of genai-prices 0.2.3: batch is half the standard rate in each period",
    "claude-sonnet-4-6": "the surcharge of long requests until 2026-03-13, halved as everything is in batch",
    "claude-opus-4-6": "the surcharge of long requests until 2026-03-13, halved as everything is in batch",
}


def facts() -> list[dict[str, Any]]:
    return list(json.loads(FACTS.read_text(encoding="utf-8"))["models"]) if FACTS.exists() else []


def id_of(fact: dict[str, Any]) -> str:
    return IDS[fact["key"]][0] if fact["key"] in IDS else fact["model"]


EVERY = [pytest.param(fact, CARD.models[id_of(fact)], id=id_of(fact)) for fact in facts()]
with_each_model = pytest.mark.parametrize(("fact", "model"), EVERY)


def rates_of(prices) -> Rates:
    pico = {kind: Fraction(Decimal(prices[kind])) * 10**6 for kind in KINDS if kind in prices}
    assert all(one.denominator == 1 for one in pico.values())
    return Rates(**{"output": None, **{kind: int(one) for kind, one in pico.items()}})


def tiers_of(tiers) -> tuple[Tier, ...]:
    return tuple(Tier(tier["input_tokens_gt"] + 1, rates_of(tier["prices"])) for tier in tiers)


def instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.combine(date.fromisoformat(text), datetime.min.time(), tzinfo=UTC)


def now(model: ModelCard, mode: str = STANDARD) -> Period:
    """The period in force on the facts' day."""
    today = datetime(2026, 11, 23, tzinfo=UTC)
    return [one for one in model.modes[mode] if one.start is None or one.start <= today][-1]


def test_every_model_of_the_facts_is_on_the_card_and_one_more():
    assert {id_of(fact) for fact in facts()} == set(CARD.models) - {"gpt-4o-2024-05-13"}
    assert len(facts()) == 74
    assert ("gpt-4o", "deprecations") in DIFFERENCES


@with_each_model
def test_the_price_in_force(fact, model):
    assert fact["currency"] == "USD" and fact["unit"].startswith("USD per 1M tokens")
    assert model.provider == fact["provider"]
    assert now(model).rates == rates_of(fact["prices"])
    assert now(model).tiers == tiers_of(fact.get("long_context", {}).get("tiers", ()))


@with_each_model
def test_the_facts_of_a_model(fact, model):
    assert (model.context_window, model.max_output) == (fact["context_window"], fact.get("max_output"))
    if (model.id, "released") not in DIFFERENCES:
        assert model.released == (date.fromisoformat(fact["release_date"]) if "release_date" in fact else None)
    listed = {name: date.fromisoformat(day) for name, day in fact.get("snapshot_deprecations", {}).items()}
    if fact.get("deprecation_date"):
        listed[model.id] = date.fromisoformat(fact["deprecation_date"])
        assert model.deprecated == listed[model.id]
    if (model.id, "deprecations") in DIFFERENCES:
        listed.pop("gpt-4o-2024-05-13")
        assert CARD.models["gpt-4o-2024-05-13"].deprecated == date(2026, 10, 23)
    assert model.deprecations == listed


@with_each_model
def test_history_and_what_is_scheduled(fact, model):
    periods = model.modes[STANDARD]
    today = next(place for place, one in enumerate(periods) if one is now(model))
    assert [(one.start, one.rates) for one in periods[today + 1 :]] == [
        (instant(one["from"]), rates_of(one["prices"])) for one in fact["scheduled"]
    ]
    assert (now(model).status, now(model).until) == (
        ("promo", instant(fact["scheduled"][0]["from"])) if fact["scheduled"] else ("in force", None)
    )
    if (model.id, "history") in DIFFERENCES:
        return
    assert now(model).start == instant(fact["effective_from"])
    assert [(one.start, one.rates, one.tiers) for one in periods[:today]] == [
        (instant(one["from"]), rates_of(one["prices"]), tiers_of(one.get("long_context", ())))
        for one in fact["history"]
    ]


def modes_of(fact, model) -> dict[str, list[tuple[datetime | None, dict[str, Any]]]]:
    """Mode -> (from, entry) as genai-prices has them, what is scheduled last."""
    found: dict[str, list[tuple[datetime | None, dict[str, Any]]]] = {}
    for name, entry in sorted(fact["modes"].items(), key=lambda item: "(" in item[0]):
        later = re.search(r" \(from (.*)\)", name)
        found.setdefault(name.split(" ")[0].split("=")[1], []).append((instant(later[1]) if later else None, entry))
    return found


@with_each_model
def test_the_modes_of_the_first_source(fact, model):
    for mode, entries in modes_of(fact, model).items():
        periods = model.modes[mode]
        current = next(place for place, one in enumerate(periods) if one is now(model, mode))
        assert (current == 0) != (model.id in MODE_HISTORY), MODE_HISTORY
        assert len(periods) - current == len(entries)
        for period, (start, entry) in zip(periods[current:], entries, strict=True):
            prices = dict(entry["prices"])
            tiers = [{**tier, "prices": dict(tier["prices"])} for tier in entry.get("long_context", ())]
            if mode == "batch" and model.id in CACHED_AS_STANDARD:
                assert "cache_read" not in prices
                prices["cache_read"] = fact["prices"]["cache_read"]
                for tier, standard in zip(tiers, fact.get("long_context", {}).get("tiers", ()), strict=True):
                    tier["prices"]["cache_read"] = standard["prices"]["cache_read"]
            assert (period.rates, period.tiers) == (rates_of(prices), tiers_of(tiers))
            if start is not None:
                assert period.start == start
            elif entry["verified_from"]:
                assert period.verified == date.fromisoformat(entry["verified_from"])


@with_each_model
def test_a_mode_starts_where_its_standard_price_does(fact, model):
    """A mode is never said to have cost the same before its standard price changed."""
    changed = [one.start for one in model.modes[STANDARD] if one.start and one is now(model)]
    for mode in set(model.modes) - {STANDARD}:
        earlier = [one.start for one in model.modes[mode] if one is not now(model, mode)]
        if model.id not in MODE_HISTORY and changed:
            assert now(model, mode).start == changed[0] and not [start for start in earlier if start is None]


@with_each_model
def test_the_modes_of_the_second_source(fact, model):
    first = modes_of(fact, model)
    listed = {name: prices for name, prices in (fact.get("modes_litellm") or {}).items() if name not in first}
    left_out = {name for name in listed if (model.id, name) in LEFT_OUT}
    assert bool(left_out) == ((model.id, "modes") in DIFFERENCES)
    assert set(model.modes) == {STANDARD, *first, *(set(listed) - left_out)}
    for name in set(listed) - left_out:
        prices = dict(listed[name])
        if (model.id, "output") in DIFFERENCES:
            assert prices.pop("output") == "0"
        assert now(model, name).rates == rates_of(prices)
        assert "litellm" in now(model, name).source
        assert (now(model, name).tiers == ()) == ((model.id, name) not in LONGER_THAN_LISTED)
        scheduled = [one for one in model.modes[name] if one.status == "scheduled"]
        assert [one.start for one in scheduled] == [instant(one["from"]) for one in fact["scheduled"]]
        for after, planned in zip(scheduled, fact["scheduled"], strict=True):
            for kind in KINDS:  # the mode keeps its share of the standard price
                if (rate := getattr(after.rates, kind)) is not None:
                    share = Fraction(getattr(now(model, name).rates, kind), getattr(now(model).rates, kind))
                    assert rate == share * getattr(rates_of(planned["prices"]), kind)


ONE_RATE_FOR_ANY_LENGTH = {("gpt-5.5", "priority"), ("gpt-5.5", "fast"), ("gpt-5.4", "priority"), ("gpt-5.4", "fast")}
ONE_RATE_FOR_ANY_LENGTH |= {("gpt-5.5-pro", "batch"), ("gpt-5.5-pro", "flex")}


@with_each_model
def test_a_mode_has_prices_for_long_requests_where_the_standard_price_has(fact, model):
    for name in model.modes:
        edges = [tier.edge for tier in now(model, name).tiers]
        expected = [] if (model.id, name) in ONE_RATE_FOR_ANY_LENGTH else [tier.edge for tier in now(model).tiers]
        assert edges == expected


def test_rates_above_the_threshold_that_the_facts_leave_out():
    """Priority: 1.8 times the standard rates, as below it; flex: the batch rates, as below it."""
    for id, name in sorted(LONGER_THAN_LISTED):
        model = CARD.models[id]
        (long,), (found,) = now(model).tiers, now(model, name).tiers
        if name == "flex":
            assert (now(model, "flex").rates, found) == (now(model, "batch").rates, now(model, "batch").tiers[0])
        else:
            for kind in ("input", "output", "cache_read"):
                assert getattr(found.rates, kind) * 10 == getattr(long.rates, kind) * 18


def test_the_side_of_a_threshold_is_the_vendors():
    """xAI counts from 200,000 tokens on, the others from one more than the number they write."""
    for model in CARD.models.values():
        for period in (one for periods in model.modes.values() for one in periods):
            for tier in period.tiers:
                assert tier.edge % 1000 == (0 if model.provider == "x-ai" else 1)


def test_history_that_differs_from_the_facts():
    before, after = CARD.models["o3"].modes[STANDARD]
    assert (before.rates.cache_read, after.rates.cache_read) == (2_500_000, 500_000)
    assert after.start == datetime(2025, 6, 10, tzinfo=UTC)
    before, after = CARD.models["claude-sonnet-5-5"].modes[STANDARD]
    assert (before.rates.cache_read, after.rates.cache_read) == (200_000, 100_000)
    assert after.start == datetime(2026, 10, 7, tzinfo=UTC)
    for id, cached in (("gemini-2.5-pro", 310_000), ("gemini-2.5-flash", 75_000), ("gemini-2.5-flash-lite", 25_000)):
        before, after = CARD.models[id].modes[STANDARD]
        assert (before.rates.cache_read, after.start) == (cached, datetime(2025, 10, 31, tzinfo=UTC))
        assert (before.rates.input, before.rates.output) == (after.rates.input, after.rates.output)
    assert CARD.models["gemini-2.5-pro"].modes[STANDARD][0].tiers[0].rates.cache_read == 625_000
    for id in ("gemini-3-flash-preview", "gemini-3-pro-preview"):
        (only,) = CARD.models[id].modes[STANDARD]
        (listed,) = next(fact for fact in facts() if fact["model"] == id)["history"]
        assert only.rates == rates_of(listed["prices"])
    promo, after = CARD.models["GLM-5.3-Flash"].modes[STANDARD]
    (listed,) = next(fact for fact in facts() if fact["model"] == "GLM-5.3-Flash")["history"]
    assert (promo.rates, promo.until, after.start) == (rates_of(listed["prices"]), after.start, after.start)
    assert after.start == datetime(2026, 9, 9, 16, tzinfo=UTC)


def test_price_windows_by_the_hour_and_their_history():
    listed = {fact["model"]: fact for fact in facts()}
    daily_from, weekdays_from = datetime(2026, 8, 16, 16, tzinfo=UTC), datetime(2026, 8, 22, 16, tzinfo=UTC)
    daily, weekdays = (
        "mon,tue,wed,thu,fri,sat,sun 01:00-04:00,06:00-10:00",
        "mon,tue,wed,thu,fri 01:00-04:00,06:00-10:00",
    )
    for id in ("deepseek-v4-pro", "deepseek-flash", "deepseek-v4-flash"):
        (window,) = listed[id]["time_windows"]
        (peak,) = now(CARD.models[id]).windows
        assert peak.rates == rates_of(window["prices"])
        assert peak.spec == weekdays and peak.except_dates == "cn_public_holidays"
        assert now(CARD.models[id]).verified == date(2026, 11, 15)
    for id in ("deepseek-v4-pro", "deepseek-v4-flash"):
        flat, first, second, *rest = CARD.models[id].modes[STANDARD]
        assert (flat.start, flat.rates, flat.windows) == (None, rates_of(listed[id]["history"][0]["prices"]), ())
        assert (first.start, second.start) == (daily_from, weekdays_from)
        assert ([one.spec for one in first.windows], [one.spec for one in second.windows]) == ([daily], [weekdays])
        assert (
            first.rates
            == second.rates
            == rates_of(listed[id]["history"][-1]["prices"] if rest else listed[id]["prices"])
        )
        for period in (first, second, *rest):  # twice the price at peak hours, whatever the period
            (peak,) = period.windows
            assert (peak.rates.input, peak.rates.output) == (2 * period.rates.input, 2 * period.rates.output)
            assert peak.rates.cache_read == 2 * period.rates.cache_read
        assert [one.start for one in rest] == ([datetime(2026, 9, 10, tzinfo=UTC)] if rest else [])


def test_a_change_that_was_withdrawn_and_a_mode_that_ends():
    assert "cancelled" in next(fact for fact in facts() if fact["model"] == "claude-sonnet-5")["cancelled_change"]
    (only,) = CARD.models["claude-sonnet-5"].modes[STANDARD]
    assert only.rates.input == 2_000_000
    assert CARD.models["claude-opus-4-8"].modes["fast"][-1].until == datetime(2026, 12, 1, tzinfo=UTC)
