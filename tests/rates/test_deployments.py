"""Names of deployments (`routecli.yaml`) over the shipped card, and over one that lacks their models."""

from pathlib import Path

import pytest
from card_text import written
from inprocess import ingested, run

LOG = {"timestamp": "2026-11-02T12:00:00Z", "input_tokens": 100, "output_tokens": 10}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    written(tmp_path)
    config = "deployments:\n  prod-chat: gpt-5-mini\n  acme-small-2026-01-01: gpt-5.5\n"
    (tmp_path / "routecli.yaml").write_text(config, encoding="utf-8")
    return tmp_path


def test_another_card_may_lack_what_no_request_is_named(folder: Path) -> None:
    ingested(folder, [{**LOG, "model": "acme-small"}])
    found = run(folder, "bill --rates acme.yaml --json")
    assert (found.code, found.document["total"]["pico_usd"]) == (0, str(100 * 250_000 + 10 * 1_000_000))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("openai/Prod-Chat", "routecli.yaml:2 maps it to gpt-5-mini, which the card lacks"),
        # Without its date it would be a model of the card, and another price.
        ("acme-small-2026-01-01", "routecli.yaml:3 maps it to gpt-5.5, which the card lacks"),
    ],
)
def test_a_name_that_is_met_says_where_it_is_mapped(folder: Path, name: str, said: str) -> None:
    ingested(folder, [{**LOG, "model": name}])
    found = run(folder, "bill --rates acme.yaml --json")
    assert (found.code, found.document["unpriced"][0]["reason"]) == (3, said)
    assert "[unpriced-model]" in found.stderr
    typed = run(folder, "simulate", "--rates", "acme.yaml", "--cascade", f"{name}:acme-large", "--success", "0.7")
    assert typed.code == 2 and said in typed.stderr and "[unknown-model]" in typed.stderr
    assert run(folder, "bill").code == 0


def test_the_shipped_card_must_have_them_all(folder: Path) -> None:
    (folder / "routecli.yaml").write_text("deployments: {prod-chat: gpt-55}\n", encoding="utf-8")
    ingested(folder, [{**LOG, "model": "gpt-5.5"}])
    found = run(folder, "bill")
    assert found.code == 3
    assert "routecli.yaml:1: deployments.prod-chat: the card has no model 'gpt-55': did you mean" in found.stderr
