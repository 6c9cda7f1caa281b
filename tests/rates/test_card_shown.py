"""What `rates show` tells of a model: the right period of each mode, every period in the timeline, where it stands."""

import pytest
from card_text import ACME, line_of, written
from inprocess import run
from refusals import USAGE, refused

LATER = """\
      - from: 2026-12-01
        base: {input: 1, cache_read: 0.1, output: 5}
        status: scheduled
        verified: 2026-11-01
      - from: 2027-01-01
        base: {input: 9, cache_read: 0.9, output: 9}
        status: cancelled
        verified: 2026-11-01
"""


@pytest.fixture
def card(tmp_path):
    return written(tmp_path, ("    modes:\n", f"{LATER}    modes:\n"))


def shown(card, *argv):
    outcome = run(card.parent, "rates", "show", *argv, "--rates", card.name, "--json")
    assert outcome.code == 0, outcome.stderr
    return outcome.document


@pytest.mark.parametrize(
    ("at", "price", "long", "states"),
    [
        ("2026-03-12", 3.0, [200_001], ["now", "future", "future", "cancelled"]),
        ("2026-03-13", 2.0, [], ["past", "now", "future", "cancelled"]),
        ("2026-12-01", 1.0, [], ["past", "past", "now", "cancelled"]),
        ("2027-06-01", 1.0, [], ["past", "past", "now", "cancelled"]),
    ],
)
def test_the_period_in_force_and_the_states_of_the_others(card, at, price, long, states):
    document = shown(card, "acme-large", "--at", at)
    standard = [row for row in document["rows"] if row["mode"] == "standard"]
    assert standard[0]["input_usd"] == price
    assert [row["from_input_tokens"] for row in standard] == [None, *long]
    assert [one["state"] for one in document["timeline"] if one["mode"] == "standard"] == states


def test_each_period_says_how_far_it_moved_and_where_it_stands(card):
    document = shown(card, "acme-large")
    # 10,000 x 3 + 1,000 x 15 = 45,000; x 2 and x 10: 30,000; x 1 and x 5: 15,000. Cancelled: 15,000 -> 99,000.
    timeline = [one for one in document["timeline"] if one["mode"] == "standard"]
    assert [one["reference_change_pct"] for one in timeline] == [None, -33.333333333333336, -50.0, 560.0]
    assert [one["until"] for one in timeline] == ["2026-03-13", "2026-12-01", None, None]
    assert timeline[2]["where"] == f"{card.name}:{line_of(card, '2026-12-01')}"
    assert document["model"]["where"] == f"{card.name}:{line_of(card, 'acme-large:')}"
    assert document["names"] == [
        {"name": "acme-large-20260101", "sort": "alias", "starts": None, "where": f"{card.name}:9"}
    ]


def test_every_window_and_length_has_its_row(tmp_path):
    window = (
        "        windows:\n"
        "          - {name: night, utc: ['01:00-04:00'], base: {input: 1, cache_read: 0.1, output: 5},\n"
        "             over: [{input_gt: 200000, input: 2, cache_read: 0.2, output: 7}]}\n"
    )
    card = written(tmp_path, ("        verified: 2026-11-01\n", f"{window}        verified: 2026-11-01\n"))
    rows = [row for row in shown(card, "acme-large", "--at", "2026-01-01")["rows"] if row["mode"] == "standard"]
    night = "night: mon,tue,wed,thu,fri,sat,sun 01:00-04:00"
    assert [(row["window"], row["from_input_tokens"], row["input_usd"]) for row in rows] == [
        ("", None, 3.0),
        ("", 200_001, 6.0),
        (night, None, 1.0),
        (night, 200_001, 2.0),
    ]


def test_a_time_without_a_price_is_said_and_never_zero(tmp_path):
    card = written(
        tmp_path, ("from: null\n        base: {input: 0.25,", "from: 2026-10-01\n        base: {input: 0.25,")
    )
    document = shown(card, "acme-small", "--at", "2026-09-30")
    assert document["rows"] == []
    assert document["warnings"] == ["no standard price holds at 2026-09-30"]
    listed = shown(card, "--at", "2026-09-30")["models"]
    assert [(one["model"], one["input_usd"]) for one in listed] == [("acme-large", 2.0), ("acme-small", None)]


def test_a_mode_that_ended_has_no_row(tmp_path):
    batch = "{from: null, base: {input: 1, cache_read: 0.1, output: 5}, "
    card = written(tmp_path, (batch, f"{batch}until: 2026-11-20, "))
    document = shown(card, "acme-large")
    assert {row["mode"] for row in document["rows"]} == {"standard"}
    assert document["warnings"] == ["no batch price holds at 2026-11-23"]
    assert document["last_days"][0] | {"where": ""} == {
        "name": "batch mode",
        "last_day": "2026-11-19",
        "days_left": -4,
        "where": "",
    }


def test_names_are_resolved_and_newer_models_hinted(tmp_path):
    document = run(tmp_path, "rates show haiku --json").document
    assert (document["model"]["id"], document["model"]["how"]) == ("claude-haiku-4-5", "pin")
    assert document["model"]["newer"] == "claude-haiku-5-5"
    refused(run(tmp_path, "rates show haikuu"), USAGE, "unknown-model", "haiku")


def test_the_list_is_the_whole_card(tmp_path):
    (tmp_path / "card.yaml").write_text(ACME, encoding="utf-8")
    document = run(tmp_path, "rates show --rates card.yaml --json").document
    assert [one["model"] for one in document["models"]] == ["acme-large", "acme-small"]
    assert document["models"][0]["modes"] == ["batch"]


def test_a_negotiated_discount_is_shown_beside_the_list_price(card):
    (card.parent / "contract.yaml").write_text(
        "schema: routecli/rate-overlay/v1\n"
        "discounts:\n"
        "  - {model: acme-large, percent: 12.5, modes: [standard], source: contract 7}\n",
        encoding="utf-8",
    )
    (card.parent / "routecli.yaml").write_text("rates: [contract.yaml]\n", encoding="utf-8")
    document = shown(card, "acme-large")
    standard, batch = document["rows"]
    assert (standard["input_usd"], standard["discount_pct"], batch["discount_pct"]) == (2.0, 12.5, None)
    assert "contract.yaml" in standard["discount"]
    assert [one["path"] for one in document["inputs"]["rates"]["overlays"]] == ["contract.yaml"]
    assert "12.5 % off" in document["timeline"][0]["terms"]
    assert "12.5 %" in run(card.parent, "rates show acme-large --rates acme.yaml").stdout


def test_a_name_its_vendor_moves_means_what_it_stood_for_then(tmp_path):
    moving = (
        "vendor_aliases:\n  acme-latest: [{from: 2026-01-01, to: acme-small}, {from: 2026-11-01, to: acme-large}]\n"
    )
    card = written(tmp_path, ("models:\n", f"{moving}models:\n"))
    assert shown(card, "acme-latest")["model"]["id"] == "acme-large"
    document = shown(card, "acme-latest", "--at", "2026-10-31")
    assert document["model"]["id"] == "acme-small"
    assert document["names"] == [
        {"name": "acme-latest", "sort": "moving name", "starts": "2026-01-01", "where": "acme.yaml:7"}
    ]
