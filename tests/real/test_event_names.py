"""28 price changes that happened or are announced, named and priced by `rates diff`: `cases/card_events.yaml`."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from event_cards import Pair, pair
from inprocess import run

ROOT = Path(__file__).parents[2]
FACTS = ROOT.parent / "shared" / "prices" / "price_events.json"
EXPECTED = yaml.safe_load((ROOT / "tests" / "cases" / "card_events.yaml").read_text(encoding="utf-8"))["events"]
REFERENCE = "input=10000,cache_read=4000,output=1000"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FACTS.is_file(), reason="the shared facts folder is not beside the repository"),
]


def events() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(FACTS.read_text(encoding="utf-8")) if FACTS.is_file() else []
    return found


def promotion(cards: Pair, day: str) -> Pair:
    """The old price was a promotion whose end nobody had noted; the new card says so."""
    first, second = cards.head.split(f"      - from: {day}", 1)
    ended = first.rstrip() + f"\n        status: promo\n        until: {day}\n"
    return Pair(cards.base, f"{ended}      - from: {day}{second}", cards.at)


def written(folder: Path, place: int) -> tuple[dict[str, Any], dict[str, Any], Pair]:
    event, expected = events()[place], EXPECTED[place]
    cards = pair(event)
    if expected.get("promo"):
        cards = promotion(cards, event["date"])
    (folder / "base.yaml").write_text(cards.base, encoding="utf-8")
    (folder / "head.yaml").write_text(cards.head, encoding="utf-8")
    return event, expected, cards


def test_every_event_has_an_expectation():
    assert [f"{one['date']} {one['model']}" for one in events()] == [one["event"] for one in EXPECTED]


PLACES = pytest.mark.parametrize("place", range(len(EXPECTED)), ids=[one["event"] for one in EXPECTED])


@PLACES
def test_the_event_is_named(place, tmp_path):
    event, expected, cards = written(tmp_path, place)
    argv = ["rates", "diff", "base.yaml", "head.yaml", "--at", cards.at, "--reference", REFERENCE, "--json"]
    changes = run(tmp_path, *argv).document["changes"]
    assert [one["kind"] for one in changes] == expected["kinds"]
    for one in changes:
        assert (tmp_path / (one["base"] or "base.yaml:1").split(":")[0]).exists()
        assert one["head"].startswith("head.yaml:")
    if expected["figures"] is None:
        return
    stated, found = event["cost_10k_in_4k_cached_1k_out"], changes[expected["figures"]]["reference"]
    assert Decimal(found["before_pico_usd"]) == Decimal(stated["old"]) * 10**12
    assert Decimal(found["after_pico_usd"]) == Decimal(stated["new"]) * 10**12
    assert found["change_pct"] == pytest.approx(stated["pct"], abs=0.05)


@PLACES
def test_the_event_in_a_check_of_the_new_card(place, tmp_path):
    _, expected, cards = written(tmp_path, place)
    argv = ["rates", "check", "head.yaml", "--base", "base.yaml", "--at", cards.at, "--json"]
    found = run(tmp_path, *argv).document["findings"]
    assert [one["rule"] for one in found if one["level"] != "info"] == expected["findings"]


def test_the_reverse_of_an_event_is_found_too(tmp_path):
    """A card that forgets what the other knew rewrites history, or loses a plan, whatever the event was."""
    lost = {"history-edited", "alias-moved", "schedule-withdrawn"}
    for place in range(len(EXPECTED)):
        event, _, cards = written(tmp_path, place)
        argv = ["rates", "diff", "head.yaml", "base.yaml", "--at", cards.at, "--json"]
        kinds = {one["kind"] for one in run(tmp_path, *argv).document["changes"]}
        # A cancelled price that is planned again holds from that day on, like any new one.
        assert kinds & lost or (kinds == {"price-changed"} and event["kind"].startswith("CANCELLED"))
