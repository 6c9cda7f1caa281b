"""The card that comes with the program, and its schemas."""

import json
import subprocess
import sys
from collections import Counter
from decimal import Decimal

import jsonschema
import pytest
from card_text import ACME

from routecli.data import shipped as shipped_module
from routecli.data.card_file import aliases_json_schema, card_json_schema
from routecli.data.cards import load_card
from routecli.data.shipped import shipped
from routecli.data.yaml_lines import read_yaml
from routecli.errors import EnvironmentFault
from routecli.model.rates import MODES, STANDARD

FILES = sorted(shipped("pricing").glob("*.yaml"))
CARDS = [path for path in FILES if path.name != "aliases.yaml"]
MODELS = {
    "anthropic": 14, "aws": 2, "deepseek": 3, "google": 13, "groq": 2, "meta": 1, "minimax": 1, "mistral": 3,
    "moonshotai": 2, "openai": 26, "openrouter": 3, "x-ai": 3, "zai": 2,
}  # fmt: skip
"""How many models the card has of each provider."""
PRICED_FROM_A_DAY_ON = {
    "claude-sonnet-5-5", "gemini-2.5-flash", "gemini-2.5-flash-lite", "gemini-2.5-pro", "gpt-5.6-luna", "gpt-5.6-sol",
    "gpt-5.6-terra", "grok-4.20", "mistral-small-latest", "o3",
}  # fmt: skip
"""Models with modes whose price before a change of the standard price nobody recorded: it is not guessed."""


def plain(value):
    """Numbers as JSON has them."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return float(value) if isinstance(value, Decimal) else value


def test_the_shipped_card_holds_the_models_of_this_release():
    card = load_card(None)
    assert Counter(model.provider for model in card.models.values()) == MODELS
    assert card.path == "shipped"
    assert all(model.modes[STANDARD] for model in card.models.values())


def test_the_articles_pair_is_pinned():
    pins = load_card(None).pins
    assert (pins["haiku"], pins["sonnet"]) == ("claude-haiku-4-5", "claude-sonnet-4-6")
    assert not {"flash", "pro", "gpt", "claude", "gemini", "deepseek"} & set(pins)


@pytest.mark.parametrize("path", CARDS, ids=[path.stem for path in CARDS])
def test_a_shipped_file_is_one_provider_with_models_in_order(path):
    data = read_yaml(path.read_bytes(), path.name).data
    assert data["provider"] == path.stem
    assert list(data["models"]) == sorted(data["models"])


def test_every_period_says_when_it_was_verified_and_where_it_is_from():
    for model in load_card(None).models.values():
        assert list(model.modes) == [mode for mode in MODES if mode in model.modes]
        for mode, periods in model.modes.items():
            assert periods[0].start is None or (mode != STANDARD and model.id in PRICED_FROM_A_DAY_ON)
            for period in periods:
                assert period.verified is not None
                assert period.source
                assert period.origin.startswith(f"pricing/{model.provider}.yaml:")
                assert not period.imported


def test_the_shipped_folder_given_by_path_is_the_same_card():
    given, default = load_card(shipped("pricing")), load_card(None)
    assert (given.sha256, given.pins, list(given.models)) == (default.sha256, default.pins, list(default.models))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_shipped_files_satisfy_the_published_schemas(path):
    schema = aliases_json_schema() if path.name == "aliases.yaml" else card_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(plain(read_yaml(path.read_bytes(), path.name).data), schema)
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize(
    ("old", "new"),
    [("cache_read: 0.3", "cache_raed: 0.3"), ("input: 0.25", "input: -1"), ("currency: USD", "currency: EUR")],
)
def test_the_published_schema_refuses_what_the_loader_refuses(old, new):
    data = plain(read_yaml(ACME.replace(old, new, 1).encode(), "acme.yaml").data)
    jsonschema.validate(plain(read_yaml(ACME.encode(), "acme.yaml").data), card_json_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, card_json_schema())


def test_loading_the_card_pulls_in_nothing_heavy():
    script = (
        "import sys; from routecli.data.cards import load_card; load_card(None); "
        "print([name for name in ('duckdb', 'pandas', 'numpy', 'pyarrow', 'rich', 'typer') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout == "[]\n"


def test_shipped_data_is_looked_for_inside_the_package_first(tmp_path, monkeypatch):
    package = tmp_path / "routecli"
    monkeypatch.setattr(shipped_module, "_PACKAGE", package)
    with pytest.raises(EnvironmentFault, match="lacks its 'pricing' data"):
        shipped("pricing")
    (tmp_path / "pricing").mkdir()
    assert shipped("pricing") == tmp_path / "pricing"
    (package / "_shipped" / "pricing").mkdir(parents=True)
    assert shipped("pricing") == package / "_shipped" / "pricing"
