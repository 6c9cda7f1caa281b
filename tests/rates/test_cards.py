"""From files to the rate card: what is read, where it says it came from, and what replaces what."""

import hashlib
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from card_text import ACME, line_of, written
from hypothesis import given
from hypothesis import strategies as st

from routecli.data.card_file import RatesEntry
from routecli.data.cards import load_card
from routecli.data.yaml_lines import read_yaml
from routecli.errors import DataError, EnvironmentFault
from routecli.model.rates import Modifier, Rates, Tier
from routecli.money import per_million


def test_a_file_becomes_periods_in_pico_usd_per_token(tmp_path):
    path = written(tmp_path)
    large = load_card(path).models["acme-large"]
    first, second = large.modes["standard"]
    assert first.start is None
    assert first.rates == Rates(input=3_000_000, output=15_000_000, cache_read=300_000)
    assert first.tiers == (Tier(200_001, Rates(input=6_000_000, output=22_500_000, cache_read=600_000)),)
    assert second.start == datetime(2026, 3, 13, tzinfo=UTC)
    assert second.tiers == ()
    assert first.verified == date(2026, 11, 1)
    assert first.source == "https://acme.example/prices"
    assert first.origin == f"{path}:{line_of(path, '- from: null')}"
    assert large.modes["batch"][0].rates.input == 1_000_000
    assert (large.provider, large.family, large.origin) == ("acme", "large", f"{path}:7")


def test_an_at_least_tier_starts_at_its_length_and_a_more_than_tier_one_token_later(tmp_path):
    path = written(tmp_path, ("input_gt: 200000", "input_gte: 200000"))
    assert load_card(path).models["acme-large"].modes["standard"][0].tiers[0].edge == 200_000


def test_a_rate_left_out_is_unknown_and_a_written_zero_is_free(tmp_path):
    path = written(tmp_path, ("input: 0.25, output: 1", "input: 0, output: 1"))
    small = load_card(path).models["acme-small"].modes["standard"][0]
    assert small.rates.input == 0
    assert small.rates.cache_read is None


@pytest.mark.parametrize(
    ("written_as", "meant"),
    [
        ("2026-03-13", datetime(2026, 3, 13, tzinfo=UTC)),
        ("2026-03-13T16:00:00Z", datetime(2026, 3, 13, 16, tzinfo=UTC)),
        ("2026-03-13T16:00Z", datetime(2026, 3, 13, 16, tzinfo=UTC)),
        ("2026-03-14 00:00:00+08:00", datetime(2026, 3, 13, 16, tzinfo=UTC)),
    ],
)
def test_a_day_starts_at_midnight_utc_and_other_zones_are_converted(tmp_path, written_as, meant):
    path = written(tmp_path, ("from: 2026-03-13", f"from: {written_as}"))
    start = load_card(path).models["acme-large"].modes["standard"][1].start
    assert start == meant
    assert start.utcoffset().total_seconds() == 0


def test_a_cancelled_period_stays_in_the_file_and_is_never_priced(tmp_path):
    path = written(tmp_path, ("      - from: 2026-03-13\n", "      - from: 2026-03-13\n        status: cancelled\n"))
    assert len(load_card(path).models["acme-large"].modes["standard"]) == 1


def test_a_promo_ends_where_the_next_period_starts(tmp_path):
    path = written(tmp_path, ("from: null\n", "from: null\n        status: promo\n        until: 2026-03-13\n"))
    promo = load_card(path).models["acme-large"].modes["standard"][0]
    assert (promo.status, promo.until) == ("promo", datetime(2026, 3, 13, tzinfo=UTC))


def test_windows_share_one_canonical_text(tmp_path):
    window = (
        "        windows:\n"
        "          - {name: peak, days: [fri, mon], utc: ['06:00-10:00', '01:00-04:00'], except_dates: holidays,\n"
        "             base: {input: 0.5, output: 2}}\n"
    )
    text = ACME.replace("{input: 0.25, output: 1}\n", "{input: 0.25, output: 1}\n" + window)
    (period,) = load_card(written(tmp_path, text=text)).models["acme-small"].modes["standard"]
    assert period.windows[0].spec == "mon,fri 01:00-04:00,06:00-10:00"
    assert period.windows[0].rates == Rates(input=500_000, output=2_000_000)
    assert period.windows[0].except_dates == "holidays"


@pytest.mark.parametrize("column", ["region", "inference_geo"])
def test_a_modifier_names_a_column_of_the_request(tmp_path, column):
    modifier = f"modifiers:\n  us: {{when: {{{column}: [US, eu]}}, multiply: 1.1}}\nmodels:\n"
    card = load_card(written(tmp_path, ("models:\n", modifier)))
    assert card.models["acme-small"].modifiers == (Modifier("us", "region", ("us", "eu"), Fraction(11, 10)),)


def test_facts_that_price_nothing_are_kept_out_of_the_way(tmp_path):
    facts = (
        "    context_window: 1000000\n    max_output: 393216\n    released: 2026-04-24\n    supersedes: [acme-old]\n"
        "    deprecations: {acme-large-20260101: 2026-12-11, acme-large: 2027-01-01}\n"
        "    tokenizer: {family: acme, ratio: 1.25, basis: claude-3}\n"
        "    latency: {class: moderate, ttft_ms_p50: null}\n    prices:\n"
    )
    large = load_card(written(tmp_path, ("    prices:\n", facts))).models["acme-large"]
    assert (large.context_window, large.max_output) == (1_000_000, 393_216)
    assert (large.released, large.deprecated) == (date(2026, 4, 24), date(2027, 1, 1))
    assert large.deprecations["acme-large-20260101"] == date(2026, 12, 11)
    assert large.supersedes == ("acme-old",)
    assert large.tokenizer == ("claude-3", Fraction(5, 4))


def test_a_model_without_a_family_is_its_own(tmp_path):
    card = load_card(written(tmp_path, ("    family: small\n", "")))
    assert card.models["acme-small"].family == "acme-small"


def test_a_folder_is_all_its_cards(tmp_path):
    written(tmp_path)
    written(tmp_path, ("acme-small:", "beta:"), name="beta.yml", text=ACME[: ACME.index("  acme-large")] + SMALL)
    (tmp_path / "notes.txt").write_text("not a card")
    assert list(load_card(tmp_path).models) == ["acme-large", "acme-small", "beta"]


SMALL = ACME[ACME.index("  acme-small") :]


def test_a_given_card_replaces_the_shipped_one_and_keeps_the_pins_it_can_serve(tmp_path):
    card = load_card(written(tmp_path, ("acme-small:", "claude-haiku-4-5:")))
    assert set(card.models) == {"acme-large", "claude-haiku-4-5"}
    assert card.pins == {"haiku": "claude-haiku-4-5", "haiku-4.5": "claude-haiku-4-5"}


def test_a_folder_with_its_own_aliases_pins_only_those(tmp_path):
    written(tmp_path, ("acme-small:", "claude-haiku-4-5:"))
    (tmp_path / "aliases.yaml").write_text("schema: routecli/aliases/v1\naliases: {big: acme-large}\n")
    assert load_card(tmp_path).pins == {"big": "acme-large"}


def test_the_digest_is_over_names_and_bytes_in_order_and_not_over_the_folder(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        written(tmp_path / folder)
    content = ACME.encode()
    wanted = hashlib.sha256(f"acme.yaml\0{len(content)}\0".encode() + content).hexdigest()
    assert load_card(tmp_path / "one").sha256 == load_card(tmp_path / "two").sha256 == wanted
    written(tmp_path / "two", ("input: 0.25", "input: 0.26"))
    assert load_card(tmp_path / "two").sha256 != wanted
    assert load_card(tmp_path / "one" / "acme.yaml").path == str(tmp_path / "one" / "acme.yaml")


def test_a_missing_path_is_the_environments_fault(tmp_path):
    with pytest.raises(EnvironmentFault, match="no such rate card") as caught:
        load_card(tmp_path / "nowhere")
    assert caught.value.id == "no-such-file"


def test_an_empty_folder_is_no_card(tmp_path):
    (tmp_path / "aliases.yaml").write_text("schema: routecli/aliases/v1\naliases: {}\n")
    with pytest.raises(DataError, match="holds no rate card") as caught:
        load_card(tmp_path)
    assert caught.value.id == "empty-card"


@given(st.integers(0, 10**12))
def test_any_rate_of_six_decimals_survives_the_file(rate):
    text = f"{{input: {per_million(rate):f}, output: null}}"
    entry = RatesEntry.model_validate(read_yaml(text.encode(), "f").data)
    assert entry.input == rate
    assert entry.output is None
