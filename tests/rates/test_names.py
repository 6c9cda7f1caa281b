"""What a model name means: applied only when sure, suggested otherwise."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routecli.data.cards import load_card
from routecli.errors import DataError, RoutecliError, UsageError
from routecli.model.names import newer_in_family, resolve
from routecli.model.rates import STANDARD, ModelCard, Period, RateCard, Rates
from routecli.model.wrappings import unwrapped

CARD = load_card(None)


def card_of(*ids: str, **facts: object) -> RateCard:
    prices = {STANDARD: (Period(None, Rates(1, 1)),)}
    return RateCard({id: ModelCard(id, "acme", "large", prices, **facts) for id in ids})  # type: ignore[arg-type]


KNOWN = [
    ("claude-haiku-4-5", "claude-haiku-4-5", "exact"),
    ("Claude-Haiku-4-5", "claude-haiku-4-5", "exact"),
    ("  gpt-5 ", "gpt-5", "exact"),
    ("gpt-5", "gpt-5", "exact"),
    ("gpt-5.5", "gpt-5.5", "exact"),
    ("gemini-3.1-pro-preview", "gemini-3.1-pro-preview", "exact"),
    ("claude-haiku-4-5-20251001", "claude-haiku-4-5", "alias"),
    ("gpt-5-2025-08-07", "gpt-5", "alias"),
    ("gpt-5-mini-2025-08-07", "gpt-5-mini", "alias"),
    ("gpt-5-nano-2025-08-07", "gpt-5-nano", "alias"),
    ("GPT-5.5-2026-04-23", "gpt-5.5", "alias"),
    ("haiku", "claude-haiku-4-5", "pin"),
    ("Sonnet", "claude-sonnet-4-6", "pin"),
    ("opus", "claude-opus-4-8", "pin"),
    ("haiku-5.5", "claude-haiku-5-5", "pin"),
    ("sonnet-5.5", "claude-sonnet-5-5", "pin"),
    ("mini", "gpt-5-mini", "pin"),
    ("gemini-flash", "gemini-3.5-flash", "pin"),
    ("deepseek-v4", "deepseek-v4-pro", "pin"),
    ("anthropic/claude-sonnet-4-6", "claude-sonnet-4-6", "normalised"),
    ("claude-sonnet-4-6-20260217", "claude-sonnet-4-6", "normalised"),
    ("claude-opus-4-8@20260528", "claude-opus-4-8", "normalised"),
    ("vertex_ai/claude-haiku-4-5@20251001", "claude-haiku-4-5", "normalised"),
    ("bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5", "normalised"),
    ("us.anthropic.claude-haiku-4-5-v1:0", "claude-haiku-4-5", "normalised"),
    ("us.anthropic.claude-sonnet-4-6-v1:0", "regional.anthropic.claude-sonnet-4-6", "alias"),
    ("global.anthropic.claude-sonnet-4-6-v1:0", "global.anthropic.claude-sonnet-4-6", "alias"),
    ("anthropic.claude-opus-4-8-v1", "claude-opus-4-8", "normalised"),
    ("bedrock/converse/eu.anthropic.claude-sonnet-4-6", "regional.anthropic.claude-sonnet-4-6", "normalised"),
    ("bedrock/us.anthropic.claude-opus-4-7-v1:0", "claude-opus-4-7", "normalised"),
    ("openai/gpt-5-2025-08-07", "gpt-5", "normalised"),
    ("openai/gpt-5.5", "gpt-5.5", "normalised"),
    ("openai:gpt-5-mini", "gpt-5-mini", "normalised"),
    ("openai:chat:gpt-5-mini", "gpt-5-mini", "normalised"),
    ("anthropic:messages:claude-haiku-4-5-20251001", "claude-haiku-4-5", "normalised"),
    ("azure/gpt-5-nano", "gpt-5-nano", "normalised"),
    ("openrouter/openai/gpt-5.5", "openrouter/openai/gpt-5.5", "exact"),
    ("openrouter/openai/gpt-5-mini", "gpt-5-mini", "normalised"),
    ("gpt-4o-2024-05-13", "gpt-4o-2024-05-13", "exact"),
    ("groq/openai/gpt-oss-120b", "groq/gpt-oss-120b", "alias"),
    ("models/gemini-3.5-flash", "gemini-3.5-flash", "normalised"),
    ("gemini/gemini-3-flash-preview", "gemini-3-flash-preview", "normalised"),
    ("publishers/google/models/gemini-3.5-flash", "gemini-3.5-flash", "normalised"),
    ("deepseek/deepseek-v4-pro", "deepseek-v4-pro", "normalised"),
]


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize(("name", "id", "how"), KNOWN, ids=[one[0] for one in KNOWN])
def test_a_name_that_leads_to_one_model_resolves(name, id, how, typed):
    found = resolve(CARD, name, typed=typed)
    assert (found.id, found.how) == (id, how)


UNKNOWN = [
    "gpt-5.6-pro",
    "openai/gpt-5.6-pro",
    "gpt-5.6-pro-2026-04-23",
    "gpt-5.3",
    "gpt-5-mini-codex",
    "gpt-5.3-codex",
    "gpt-4-32k",
    "o4-2025-04-16",
    "openai/gpt-oss-120b",
    "claude-sonnet-4-20250514",
    "claude-haiku-4-5-20251399",
    "claude-haiku-4-5-2025-1001",
    "claude-4.9-haiku",
    "anthropic/haiku",
    "gemini-3.8-flash-lite",
    "gemini-3.5-pro",
    "deepseek-v3",
    "deepseek-coder",
    "flash",
    "pro",
    "auto",
    "ChatGPT",
    "<synthetic>",
    "mockllm/model",
    "",
    "/",
    "anthropic/",
]


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize("name", UNKNOWN)
def test_a_name_the_card_does_not_have_is_an_error_and_never_a_neighbour(name, typed):
    with pytest.raises(UsageError if typed else DataError) as caught:
        resolve(CARD, name, typed=typed)
    assert caught.value.id == "unknown-model"
    assert caught.value.exit_code == (2 if typed else 3)
    assert f"'{name}'" in caught.value.what


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("sonet", "did you mean 'sonnet' or "),
        ("claude-haiku-4-6", "'claude-haiku-4-5'"),
        ("sonnet-claude-6-4", "'claude-sonnet-4-6'"),
        ("bedrock/us.anthropic.claude-opus-4-9-v1:0", "'claude-opus-4-8'"),
        ("zzz", "--rates"),
    ],
)
def test_the_error_suggests_what_may_have_been_meant(name, suggestion):
    with pytest.raises(UsageError) as caught:
        resolve(CARD, name, typed=True)
    assert suggestion in caught.value.fix


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("claude-haiku-4", "claude-haiku-4-5"),
        ("gemini-3.1-p", "gemini-3.1-pro-preview"),
        ("gpt-5.5-", "gpt-5.5-pro"),
        ("gpt-5-n", "gpt-5-nano"),
        ("muse", "muse-spark-1.3"),
    ],
)
def test_a_typed_prefix_of_one_id_is_enough_and_one_in_data_is_not(name, id):
    found = resolve(CARD, name, typed=True)
    assert (found.id, found.how) == (id, "prefix")
    with pytest.raises(DataError):
        resolve(CARD, name, typed=False)


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("claude-haiku", ["claude-haiku-4-5", "claude-haiku-5-5"]),
        ("gpt-5-", ["gpt-5-mini", "gpt-5-nano"]),
        ("deepseek", ["deepseek-flash", "deepseek-v4-flash", "deepseek-v4-pro"]),
        ("gemini-3-", ["gemini-3-flash-preview", "gemini-3-pro-preview"]),
    ],
)
def test_a_prefix_of_several_ids_lists_them(name, ids):
    with pytest.raises(UsageError) as caught:
        resolve(CARD, name, typed=True)
    assert caught.value.id == "ambiguous-model"
    assert caught.value.what == f"'{name}' could be {', '.join(ids[:-1])} or {ids[-1]}"


def test_a_version_number_is_not_a_prefix_of_the_next_one():
    for card, name in ((card_of("gpt-5.5"), "gpt-5"), (card_of("acme-10"), "acme-1"), (card_of("gpt-5.5"), "gp")):
        with pytest.raises(UsageError, match="no model"):
            resolve(card, name, typed=True)
    assert resolve(card_of("gpt-5.5"), "gpt", typed=True).id == "gpt-5.5"


def test_the_least_stripped_form_wins():
    card = card_of("gpt-5.5", "openai/gpt-5.5", "gpt-5.5-2026-04-23")
    assert resolve(card, "openrouter/openai/gpt-5.5", typed=False).id == "openai/gpt-5.5"
    assert resolve(card, "azure/gpt-5.5-2026-04-23", typed=False).id == "gpt-5.5-2026-04-23"
    assert resolve(card, "azure/gpt-5.5", typed=False).id == "gpt-5.5"


def test_an_undated_name_is_never_taken_for_a_dated_id():
    with pytest.raises(DataError):
        resolve(card_of("gpt-4o-2024-05-13"), "gpt-4o", typed=False)
    with pytest.raises(DataError):
        resolve(card_of("gpt-4o-2024-05-13"), "gpt-4o-2024-08-06", typed=False)


def test_a_stripped_wrapping_that_changes_the_price_is_said():
    assert "10 %" in resolve(CARD, "us.anthropic.claude-haiku-4-5-v1:0", typed=False).caution
    assert "OpenRouter" in resolve(CARD, "openrouter/openai/gpt-5-mini", typed=False).caution
    assert resolve(CARD, "global.anthropic.claude-haiku-4-5-v1:0", typed=False).caution == ""
    assert resolve(CARD, "bedrock/us.anthropic.claude-sonnet-4-6", typed=False).caution == ""
    assert resolve(CARD, "anthropic/claude-sonnet-4-6", typed=False).caution == ""


def test_every_id_alias_and_pin_of_the_shipped_card_resolves_to_its_model():
    for id, model in CARD.models.items():
        assert resolve(CARD, id.upper(), typed=False).id == id
        assert {resolve(CARD, alias, typed=False).id for alias in model.aliases} <= {id}
    for short, id in CARD.pins.items():
        assert resolve(CARD, short, typed=True) == resolve(CARD, short, typed=False)
        assert resolve(CARD, short, typed=True).id == id


@given(st.text(max_size=40), st.booleans())
def test_any_text_is_a_model_of_the_card_or_one_plain_error(name, typed):
    try:
        found = resolve(CARD, name, typed=typed)
    except RoutecliError as error:
        assert error.id in ("unknown-model", "ambiguous-model")
        assert "\n" not in str(error)
    else:
        assert found.id in CARD.models


def test_unwrapping_ends_and_only_shortens():
    name = "litellm_proxy/" * 5 + "us.anthropic.us.anthropic.x-2025-01-01-v1:0"
    forms = [form.text for form in unwrapped(name)]
    assert forms[-1] == "x"
    assert all(len(form) < len(name) for form in forms)


@pytest.mark.parametrize(
    ("id", "newer"),
    [
        ("claude-haiku-4-5", "claude-haiku-5-5"),
        ("claude-sonnet-4-6", "claude-sonnet-5-5"),
        ("gpt-5", "gpt-5.5"),
        ("gemini-3-flash-preview", "gemini-3.8-flash"),
        ("claude-haiku-5-5", None),
        ("gpt-5.5", None),
        ("gpt-5-mini", "gpt-5.4-mini"),
        ("claude-opus-4-8", "claude-opus-5-5"),
        ("claude-sonnet-4-5", "claude-sonnet-5-5"),
        ("gpt-5.6-sol", "gpt-6.1-sol"),
        ("gemini-4-argon", None),
        ("deepseek-flash", None),
    ],
)
def test_the_card_knows_the_newer_model_of_a_family(id, newer):
    assert newer_in_family(CARD, id) == newer


def test_supersedes_is_followed_to_the_end_and_beats_dates():
    card = card_of("a", "b", "c", "d")
    models = {
        "a": replace(card.models["a"], released=date(2026, 1, 1)),
        "b": replace(card.models["b"], supersedes=("a",)),
        "c": replace(card.models["c"], supersedes=("b",)),
        "d": replace(card.models["d"], released=date(2026, 6, 1)),
    }
    assert newer_in_family(RateCard(models), "a") == "c"
    assert newer_in_family(RateCard(models), "b") == "c"
    assert newer_in_family(RateCard(models), "c") is None
    models["a"] = replace(models["a"], supersedes=("c",))
    assert newer_in_family(RateCard(models), "a") == "c"
    del models["b"], models["c"]
    assert newer_in_family(RateCard(models), "a") == "d"
    models["d"] = replace(models["d"], provider="other")
    assert newer_in_family(RateCard(models), "a") is None
