"""Models whose tokenizers the card compares are not taken to use the same tokens."""

import json
import subprocess
import sys

CARD = """
schema: routecli/rate-card/v1
provider: acme
currency: USD
per_tokens: 1000000
defaults: {source: made up for this test}
models:
  big:
    tokenizer: {family: new, ratio: 1.25, basis: old}
    prices: [{from: null, base: {input: 4, output: 20}, verified: 2026-11-01}]
  small:
    tokenizer: {family: old, ratio: 1, basis: old}
    prices: [{from: null, base: {input: 1, output: 5}, verified: 2026-11-01}]
  other:
    prices: [{from: null, base: {input: 1, output: 5}, verified: 2026-11-01}]
"""


def simulated(tmp_path, *words: str):
    (tmp_path / "card.yaml").write_text(CARD, encoding="utf-8")
    typed = [sys.executable, "-m", "routecli", "simulate", "--rates", "card.yaml", "--at", "2026-11-23", "--json"]
    done = subprocess.run([*typed, *words], cwd=tmp_path, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_a_card_ratio_scales_the_cheap_models_tokens(tmp_path):
    # 100M tokens counted by big (80M in, 20M out) are 80M by small, which counts 1 for big's 1.25:
    # small costs 64 * 1 + 16 * 5 = $144; big 80 * 4 + 20 * 20 = $720; at 0.5: 144 + 0.5 * 720 = $504.
    found = simulated(tmp_path, "--cascade", "small:big", "--success", "0.5")
    assert found["policies"][0]["monthly_usd"] == 504.0
    assert "small makes 0.8 tokens of each of big's (tokenizers on the rate card)" in found["assumptions"]


def test_a_typed_ratio_wins_over_the_card(tmp_path):
    # As typed small and big count alike: 80 * 1 + 20 * 5 + 0.5 * 720 = $540.
    found = simulated(tmp_path, "--cascade", "small:big", "--success", "0.5", "--tokens-ratio", "big:small=1/1")
    assert found["policies"][0]["monthly_usd"] == 540.0


def test_without_a_common_basis_tokens_are_the_same_and_that_is_said(tmp_path):
    found = simulated(tmp_path, "--cascade", "other:big", "--success", "0.5")
    assert found["policies"][0]["monthly_usd"] == 540.0
    assert any(text.startswith("same tokens") for text in found["assumptions"])
