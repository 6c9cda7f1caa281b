"""The card that comes with the program, and its schemas."""

import json
import subprocess
import sys
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
from routecli.model.rates import MODES

FILES = sorted(shipped("pricing").glob("*.yaml"))
CARDS = [path for path in FILES if path.name != "aliases.yaml"]
MODELS = {
    "claude-haiku-4-5", "claude-haiku-5-5", "claude-opus-4-8", "claude-sonnet-4-6", "claude-sonnet-5-5",
    "deepseek-flash", "deepseek-v4-pro",
    "gemini-3-flash-preview", "gemini-3.1-pro-preview", "gemini-3.5-flash",
    "gpt-5", "gpt-5-mini", "gpt-5-nano", "gpt-5.5",
}  # fmt: skip
FAMILIES = {
    "haiku", "sonnet", "opus", "gpt", "gpt-mini", "gpt-nano",
    "gemini-flash", "gemini-pro", "deepseek-pro", "deepseek-flash",
}  # fmt: skip


def plain(value):
    """Numbers as JSON has them."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return float(value) if isinstance(value, Decimal) else value


def test_the_shipped_card_holds_the_models_of_this_release():
    card = load_card(None)
    assert set(card.models) == MODELS
    assert card.path == "shipped"
    assert {model.family for model in card.models.values()} == FAMILIES
    assert {model.provider for model in card.models.values()} == {"anthropic", "deepseek", "google", "openai"}


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
        for periods in model.modes.values():
            assert periods[0].start is None
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
