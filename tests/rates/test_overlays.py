"""Negotiated prices and models of one's own: what is laid over the card, when it holds, and what is refused."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from card_text import ACME
from inprocess import ingested, run

from routecli.data.cards import load_card
from routecli.data.config import read_config
from routecli.data.overlays import overlaid
from routecli.errors import EnvironmentFault, ProblemsError
from routecli.maths.pricing import in_force
from routecli.model.names import resolve
from routecli.model.rates import RateCard

HEAD = "schema: routecli/rate-overlay/v1\n"
CONTRACT = f"""{HEAD}discounts:
  - {{provider: anthropic, percent: 10, from: 2026-01-01, source: contract 7}}
  - {{model: claude-sonnet-4-6, percent: 12.5, from: 2026-07-01, until: 2026-10-01, source: contract 7}}
"""
OWN = ACME.replace("provider: acme", "provider: in-house").replace("acme-small", "house-small")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def laid(folder, **files: str) -> RateCard:
    """The shipped card with these files laid over it, in the order given."""
    names = []
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        names.append(f"{name}.yaml")
    config = folder / "routecli.yaml"
    config.write_text(f"rates: [{', '.join(names)}]\n", encoding="utf-8")
    return overlaid(load_card(None), read_config(config))


def factor(card: RateCard, model: str, at: datetime, mode: str = "standard") -> Fraction:
    period = in_force(card.models[model].modes[mode], at)
    assert period is not None
    return period.factor


def test_without_overlays_the_card_is_the_same_object(tmp_path):
    card = load_card(None)
    assert overlaid(card, read_config(tmp_path / "routecli.yaml")) is card


def test_a_discount_holds_from_its_start_and_the_models_own_goes_first(tmp_path):
    card = laid(tmp_path, contract=CONTRACT)
    for at, left in (
        (utc(2025, 12, 31), 1),
        (utc(2026, 1, 1), Fraction(9, 10)),
        (utc(2026, 6, 30), Fraction(9, 10)),
        (utc(2026, 7, 1), Fraction(7, 8)),
        (utc(2026, 10, 1), Fraction(9, 10)),
    ):
        assert factor(card, "claude-sonnet-4-6", at) == left
        assert factor(card, "claude-sonnet-4-6", at, "batch") == left
    assert factor(card, "claude-opus-4-8", utc(2026, 8, 1)) == Fraction(9, 10)
    assert factor(card, "gpt-5", utc(2026, 8, 1)) == 1
    period = in_force(card.models["claude-sonnet-4-6"].modes["standard"], utc(2026, 8, 1))
    assert period.discount == f"{tmp_path}/contract.yaml:4: 12.5 % off"
    assert period.rates == load_card(None).models["claude-sonnet-4-6"].modes["standard"][-1].rates
    assert [one.path for one in card.overlays] == [f"{tmp_path}/contract.yaml"]
    assert card.sha256 == load_card(None).sha256 != card.overlays[0].sha256


def test_a_later_file_wins_and_a_discount_may_be_for_some_modes(tmp_path):
    later = f"{HEAD}discounts: [{{provider: anthropic, percent: 30, from: 2026-11-01, modes: [batch], source: b}}]\n"
    card = laid(tmp_path, a=CONTRACT, b=later)
    assert factor(card, "claude-haiku-4-5", utc(2026, 11, 2)) == Fraction(9, 10)
    assert factor(card, "claude-haiku-4-5", utc(2026, 11, 2), "batch") == Fraction(7, 10)
    assert factor(card, "claude-haiku-4-5", utc(2026, 10, 31), "batch") == Fraction(9, 10)
    turned = laid(tmp_path, b=later, a=CONTRACT)
    assert factor(turned, "claude-haiku-4-5", utc(2026, 11, 2), "batch") == Fraction(9, 10)


def test_models_of_ones_own_and_full_rates_for_a_time(tmp_path):
    rates = """schema: routecli/rate-card/v1
provider: openai
currency: USD
per_tokens: 1000000
defaults: {source: contract 9}
models:
  gpt-5:
    prices:
      - {from: 2026-06-01, until: 2026-09-01, base: {input: 1, cache_read: 0.1, output: 7}, verified: 2026-05-30}
"""
    card = laid(tmp_path, own=OWN, rates=rates)
    base = load_card(None).models["gpt-5"]
    assert card.models["house-small"].provider == "in-house"
    assert "acme-large" in card.models
    model = card.models["gpt-5"]
    assert (model.aliases, model.context_window, model.family) == (base.aliases, base.context_window, base.family)
    assert model.modes["batch"] == base.modes["batch"]
    found = [(one.start, one.until, one.rates.input) for one in model.modes["standard"]]
    assert found == [
        (None, None, 1_250_000),
        (utc(2026, 6, 1), None, 1_000_000),
        (utc(2026, 9, 1), None, 1_250_000),
    ]


def test_full_rates_after_a_discount_are_not_discounted_and_a_later_discount_is_on_them(tmp_path):
    half = f"{HEAD}discounts: [{{model: acme-large, percent: 50, source: s}}]\n"
    own = ACME.replace("input: 2,", "input: 1,")
    assert factor(laid(tmp_path, a=ACME, half=half), "acme-large", utc(2026, 11, 1)) == Fraction(1, 2)
    assert factor(laid(tmp_path, a=ACME, half=half, own=own), "acme-large", utc(2026, 11, 1)) == 1
    card = laid(tmp_path, a=ACME, own=own, half=half)
    period = in_force(card.models["acme-large"].modes["standard"], utc(2026, 11, 1))
    assert (period.factor, period.rates.input) == (Fraction(1, 2), 1_000_000)


def test_the_mark_up_that_an_account_pays_can_be_chosen(tmp_path):
    def applied(text: str) -> str | None:
        markup = laid(tmp_path, a=f"{HEAD}markup: {{openrouter: {text}}}\n").models["openrouter/openai/gpt-5.5"].markup
        return None if markup is None else markup.name

    assert load_card(None).models["openrouter/openai/gpt-5.5"].markup.name == "credit_purchase"
    assert (applied("byok"), applied("crypto_purchase"), applied("none")) == ("byok", "crypto_purchase", None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{HEAD}discounts: [{{percent: 10, source: s}}]\n", "give either the provider or the model"),
        (f"{HEAD}discounts: [{{model: gpt-5, provider: openai, percent: 1, source: s}}]\n", "give either the provider"),
        (f"{HEAD}discounts: [{{model: gtp-5, percent: 10, source: s}}]\n", "no model 'gtp-5': did you mean 'gpt-5'?"),
        (f"{HEAD}discounts: [{{provider: opanai, percent: 10, source: s}}]\n", "did you mean 'openai'?"),
        (f"{HEAD}discounts: [{{model: gpt-5, percent: 100, source: s}}]\n", "must be a number from 0 to under 100"),
        (f"{HEAD}discounts: [{{model: gpt-5, percent: -1, source: s}}]\n", "must be a number from 0 to under 100"),
        (f"{HEAD}discounts: [{{model: gpt-5, percent: 5}}]\n", "'source' is missing"),
        (f"{HEAD}discounts: [{{model: gpt-5, precent: 5, source: s}}]\n", "did you mean 'percent'?"),
        (
            f"{HEAD}discounts:\n"
            "  - {model: gpt-5, percent: 5, until: 2026-03-01, source: s}\n"
            "  - {model: gpt-5, percent: 6, from: 2026-02-01, source: s}\n",
            "this discount and discounts[0] hold for the same requests",
        ),
        (f"{HEAD}markup: {{openrouter: byko}}\n", "did you mean 'byok'?"),
        (f"{HEAD}markup: {{openrooter: byok}}\n", "did you mean 'openrouter'?"),
        (OWN.replace("house-small", "GPT-5"), "'GPT-5' is already a name of gpt-5: give its prices under that id"),
        (OWN.replace("acme-large-20260101", "gpt-5-2025-08-07"), "already a name of gpt-5"),
        (OWN.replace("input: 0.25", "input: -1"), "a rate must be 0 or more"),
        ("schema: routecli/rate-overly/v1\n", "must be 'routecli/rate-card/v1'"),
    ],
)
def test_a_mistake_is_refused_with_its_line(tmp_path, text, message):
    with pytest.raises(ProblemsError) as caught:
        laid(tmp_path, a=text)
    assert caught.value.id == "bad-overlay"
    assert any(message in problem for problem in caught.value.problems), caught.value.problems
    assert all(problem.startswith(f"{tmp_path}/a.yaml:") for problem in caught.value.problems)


def test_a_file_of_discounts_is_known_by_what_it_holds(tmp_path):
    with pytest.raises(ProblemsError) as caught:
        laid(tmp_path, a="schema: routecli/overlay/v1\ndiscounts: {openai: 10}\n")
    assert [problem.removeprefix(f"{tmp_path}/a.yaml:") for problem in caught.value.problems] == [
        "1: schema: must be 'routecli/rate-overlay/v1', not 'routecli/overlay/v1'",
        "2: discounts: must be a list, not a mapping",
    ]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("rates: contract.yaml\n", "must be a list, not 'contract.yaml'"),
        ("rates: [3]\n", "must be a file or a folder, not '3'"),
        ("rate: []\n", "unknown section 'rate': did you mean 'rates'?"),
        ("- rates\n", "a mapping of sections is expected"),
        ("rates: [\n", "not valid YAML"),
    ],
)
def test_a_mistake_in_routecli_yaml_is_refused(tmp_path, config, message):
    (tmp_path / "routecli.yaml").write_text(config, encoding="utf-8")
    found = run(tmp_path, "simulate --cascade haiku:sonnet --success 0.7")
    assert (found.code, found.stdout) == (3, "")
    assert message in found.stderr and "[bad-config]" in found.stderr


def test_an_overlay_that_is_not_there_is_an_error(tmp_path):
    (tmp_path / "routecli.yaml").write_text("rates: [gone.yaml]\n", encoding="utf-8")
    with pytest.raises(EnvironmentFault, match=r"routecli\.yaml:1: there is no .*gone\.yaml"):
        overlaid(load_card(None), read_config(tmp_path / "routecli.yaml"))


ROW = {"model": "claude-sonnet-4-6", "input_tokens": 1_000_001, "output_tokens": 3}


def test_a_bill_and_a_simulation_pay_the_negotiated_price_and_say_so(tmp_path):
    (tmp_path / "contract.yaml").write_text(CONTRACT, encoding="utf-8")
    (tmp_path / "routecli.yaml").write_text("rates: [contract.yaml]\n", encoding="utf-8")
    days = {"list": "2025-12-31", "ten": "2026-06-30", "eighth": "2026-09-30", "again": "2026-10-01"}
    ingested(tmp_path, [{**ROW, "request_id": name, "timestamp": f"{day}T23:59:59Z"} for name, day in days.items()])
    found = run(tmp_path, "bill --by request_id --json")
    assert found.code == 0, found.stderr
    long, flat = 1_000_001 * 6_000_000 + 3 * 22_500_000, 1_000_001 * 3_000_000 + 3 * 15_000_000
    assert {group["request_id"]: group["pico_usd"] for group in found.document["groups"]} == {
        "list": str(long),
        "ten": str(flat * 9 // 10),
        "eighth": str(round(Fraction(flat * 7, 8))),
        "again": str(flat * 9 // 10),
    }
    (laid_over,) = found.document["inputs"]["rates"]["overlays"]
    assert laid_over["path"] == "contract.yaml" and len(laid_over["sha256"]) == 64
    (model,) = found.document["models"]
    assert (model["input_usd"], model["discount_pct"]) == (2.7, 10.0)
    simulated = run(tmp_path, "simulate --cascade haiku:sonnet --success 0.5 --at 2026-11-23 --json").document
    assert simulated["baseline"]["monthly_pico_usd"] != "0"
    monthly = Fraction(simulated["workload"]["monthly_factor"]).limit_denominator(10**9)
    assert abs(int(simulated["baseline"]["monthly_pico_usd"]) - 4 * flat * Fraction(9, 10) * monthly) < 10**6
    assert "laid over it" in run(tmp_path, "bill").stdout


MOVED = """schema: routecli/rate-card/v1
provider: mistral
currency: USD
per_tokens: 1000000
vendor_aliases:
  mistral-large-latest:
    - {from: null, to: house-large}
    - {from: 2026-06-01, to: mistral-large-4}
  mistral-medium-latest:
    - {from: null, to: house-large}
models:
  house-large: {prices: [{base: {input: 2, output: 6}}]}
"""


def test_an_overlay_says_what_moving_names_stand_for(tmp_path):
    card = laid(tmp_path, moved=MOVED)
    for name, at, id in (
        ("mistral-large-latest", utc(2026, 5, 31), "house-large"),
        ("mistral-large-latest", utc(2026, 6, 1), "mistral-large-4"),
        ("mistral-medium-latest", utc(2026, 11, 1), "house-large"),  # in place of what the card says
        ("deepseek-chat", utc(2026, 5, 1), "deepseek-v4-flash"),  # as on the card
    ):
        assert resolve(card, name, typed=False, at=at).id == id


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("to: mistral-large-4", "to: mistral-large-9", "the card has no model 'mistral-large-9'"),
        ("  mistral-large-latest:", "  gpt-5-codex:", "'gpt-5-codex' is already a name of gpt-5"),
        ("  mistral-large-latest:", "  haiku:", "'haiku' is already a name of claude-haiku-4-5"),
    ],
)
def test_a_moving_name_of_an_overlay_is_checked_like_one_of_the_card(tmp_path, old, new, problem):
    with pytest.raises(ProblemsError, match=problem) as caught:
        laid(tmp_path, moved=MOVED.replace(old, new))
    assert caught.value.id == "bad-overlay"
