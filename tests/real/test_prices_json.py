"""The shipped card against the collected price facts, rate by rate.

The facts (`shared/prices/prices.json` beside the repository) are not part of it; without them these tests are skipped.
"""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from routecli.data.cards import load_card
from routecli.model.rates import Period, Rates, Tier

FACTS = Path(__file__).resolve().parents[3] / "shared" / "prices" / "prices.json"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FACTS.exists(), reason="the shared price facts are not beside the repository"),
]

CARD = load_card(None)
MODELS = sorted(CARD.models)
KINDS = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h")
SAME_AS_STANDARD = {("gemini-3-flash-preview", "batch"), ("gemini-3.1-pro-preview", "batch")}
"""Batch modes whose cached rate is the standard one."""
LITELLM_ERRORS = {("gpt-5-nano", "priority")}
LONGER_THAN_LISTED = {("gemini-3.1-pro-preview", "flex"), ("gemini-3.1-pro-preview", "priority")}
"""Modes whose rates for long requests the facts leave out."""


def fact(id: str):
    models = json.loads(FACTS.read_text(encoding="utf-8"))["models"]
    provider = CARD.models[id].provider
    return next(one for one in models if (one["provider"], one["model"]) == (provider, id))


def rates_of(prices) -> Rates:
    pico = {kind: int(Decimal(prices[kind]) * 10**6) for kind in KINDS if kind in prices}
    assert all(Decimal(pico[kind]) == Decimal(prices[kind]) * 10**6 for kind in pico)
    return Rates(**{"output": None, **pico})


def tiers_of(tiers) -> tuple[Tier, ...]:
    return tuple(Tier(tier["input_tokens_gt"] + 1, rates_of(tier["prices"])) for tier in tiers)


def in_force(id: str) -> Period:
    return CARD.models[id].modes["standard"][-1]


@pytest.mark.parametrize("id", MODELS)
def test_the_price_in_force(id):
    listed = fact(id)
    assert in_force(id).rates == rates_of(listed["prices"])
    assert in_force(id).tiers == tiers_of(listed.get("long_context", {}).get("tiers", ()))
    assert listed["currency"] == "USD"


@pytest.mark.parametrize("id", MODELS)
def test_the_facts_of_a_model(id):
    listed, model = fact(id), CARD.models[id]
    assert (model.context_window, model.max_output) == (listed["context_window"], listed["max_output"])
    assert model.released == (date.fromisoformat(listed["release_date"]) if "release_date" in listed else None)
    snapshots = listed.get("snapshot_deprecations", {})
    assert model.deprecations == {name: date.fromisoformat(day) for name, day in snapshots.items()}
    assert listed.get("deprecation_date") is None and model.deprecated is None


@pytest.mark.parametrize("id", MODELS)
def test_the_modes(id):
    listed, model = fact(id), CARD.models[id]
    primary = {name.split("=")[1]: entry for name, entry in listed["modes"].items()}
    other = {
        name: prices
        for name, prices in (listed["modes_litellm"] or {}).items()
        if name not in primary and (id, name) not in LITELLM_ERRORS
    }
    assert set(model.modes) == {"standard", *primary, *other}
    for name, entry in primary.items():
        (period,) = model.modes[name]
        prices = dict(entry["prices"])
        tiers = [{**tier, "prices": dict(tier["prices"])} for tier in entry.get("long_context", ())]
        if (id, name) in SAME_AS_STANDARD:
            assert "cache_read" not in prices
            prices["cache_read"] = listed["prices"]["cache_read"]
            for tier, standard in zip(tiers, listed.get("long_context", {}).get("tiers", ()), strict=True):
                tier["prices"]["cache_read"] = standard["prices"]["cache_read"]
        assert (period.start, period.rates, period.tiers) == (None, rates_of(prices), tiers_of(tiers))
        assert period.verified == date.fromisoformat(entry["verified_from"] or "2026-11-10")
    for name, prices in other.items():
        (period,) = model.modes[name]
        assert (period.start, period.rates) == (None, rates_of(prices))
        assert "litellm" in period.source
        assert (period.tiers == ()) == ((id, name) not in LONGER_THAN_LISTED)


@pytest.mark.parametrize("id", MODELS)
def test_a_mode_has_prices_for_long_requests_where_the_standard_price_has(id):
    for name, (*_, period) in CARD.models[id].modes.items():
        if (id, name) in {("gpt-5.5", "priority"), ("gpt-5.5", "fast")}:  # listed with one rate for every length
            assert period.tiers == ()
        else:
            assert [tier.edge for tier in period.tiers] == [tier.edge for tier in in_force(id).tiers]


def test_rates_above_the_threshold_that_the_facts_leave_out():
    """Priority: 1.8 times the standard rates, as below it; flex: the batch rates, as below it."""
    modes = CARD.models["gemini-3.1-pro-preview"].modes
    (long,) = modes["standard"][0].tiers
    (priority,) = modes["priority"][0].tiers
    for kind in ("input", "output", "cache_read"):
        assert getattr(priority.rates, kind) * 10 == getattr(long.rates, kind) * 18
    assert modes["flex"][0].rates == modes["batch"][0].rates
    assert modes["flex"][0].tiers == modes["batch"][0].tiers


def test_history_with_its_dates():
    before, after = CARD.models["claude-sonnet-4-6"].modes["standard"]
    (listed,) = fact("claude-sonnet-4-6")["history"]
    assert (before.start, before.rates) == (None, rates_of(listed["prices"]))
    assert before.tiers == tiers_of(listed["long_context"])
    assert (after.start, after.tiers) == (datetime(2026, 3, 13, tzinfo=UTC), ())

    before, after = CARD.models["claude-sonnet-5-5"].modes["standard"]
    assert (
        "cache_read was 0.20 until 2026-10-07, then 0.10"
        in fact("claude-sonnet-5-5")["history_missing_in_genai_prices"]
    )
    assert (before.rates.cache_read, after.rates.cache_read) == (200_000, 100_000)
    assert after.start == datetime(2026, 10, 7, tzinfo=UTC)
    assert before.rates.input == after.rates.input

    # The only change of this model was in a rate the card does not hold (web search).
    (listed,) = fact("gemini-3-flash-preview")["history"]
    assert in_force("gemini-3-flash-preview").rates == rates_of(listed["prices"])


def test_price_windows_by_the_hour_and_their_history():
    flat, daily, weekdays = CARD.models["deepseek-v4-pro"].modes["standard"]
    listed = fact("deepseek-v4-pro")
    (window,) = listed["time_windows"]
    assert (flat.start, flat.rates, flat.windows) == (None, rates_of(listed["history"][0]["prices"]), ())
    assert daily.start == datetime(2026, 8, 16, 16, tzinfo=UTC)
    assert weekdays.start == datetime(2026, 8, 22, 16, tzinfo=UTC)
    assert daily.rates == weekdays.rates == rates_of(listed["prices"])
    spans = ",".join(window["utc"])
    assert [one.spec for one in daily.windows] == [f"mon,tue,wed,thu,fri,sat,sun {spans}"]
    assert [one.spec for one in weekdays.windows] == [f"mon,tue,wed,thu,fri {spans}"]
    assert daily.windows[0].rates == weekdays.windows[0].rates == rates_of(window["prices"])

    (period,) = CARD.models["deepseek-flash"].modes["standard"]
    (window,) = fact("deepseek-flash")["time_windows"]
    assert [one.spec for one in period.windows] == [f"mon,tue,wed,thu,fri {','.join(window['utc'])}"]
    assert period.windows[0].rates == rates_of(window["prices"])
    assert period.verified == weekdays.verified == date(2026, 11, 15)


def test_nothing_scheduled_is_left_out():
    assert [id for id in MODELS if fact(id)["scheduled"]] == []
