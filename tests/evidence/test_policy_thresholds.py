"""Thresholds in policy files: where scores accept and part, and what is said of wrong ones."""

from pathlib import Path

import pytest

from routecli.data.cards import load_card
from routecli.data.policy_file import read_policy
from routecli.errors import ProblemsError
from routecli.model.policy import Cascade, Classifier, Cut

CARD = load_card(None)
CASCADE = "cascade: nano:haiku:sonnet\nsuccess: [0.5, 0.6]\ngate: {%s}"
ROUTER = "classifier: haiku:sonnet\nsuccess: 0.7\nrecall: 0.9\nfalse_positive: 0.2\ndecider: {%s}"


def read(folder: Path, text: str):
    path = folder / "p.yaml"
    path.write_text(f"schema: routecli/policy/v1\n{text}\n", encoding="utf-8")
    return read_policy(path, CARD, rules_only=False).policy


def test_a_gate_has_one_threshold_or_one_for_each_judged_tier(tmp_path):
    one = read(tmp_path, CASCADE % "threshold: 0.62")
    assert isinstance(one, Cascade) and one.thresholds == (0.62, 0.62) and one.gate is None
    two = read(tmp_path, CASCADE % "threshold: [0.1, -2e-3], usd: 0.0001")
    assert isinstance(two, Cascade) and two.thresholds == (0.1, -0.002)
    assert two.gate is not None and two.gate.each == 10**8
    assert read(tmp_path, CASCADE % "usd: 0.0001").thresholds == ()


def test_a_threshold_survives_to_the_last_bit(tmp_path):
    value = 0.1 + 0.2
    assert read(tmp_path, CASCADE % f"threshold: {value!r}").thresholds == (value, value)


def test_a_classifier_decides_by_a_score(tmp_path):
    up = read(tmp_path, ROUTER % "score: win_rate, threshold: 0.31")
    assert isinstance(up, Classifier) and up.cut == Cut("win_rate", 0.31) and up.decider is None
    down = read(tmp_path, ROUTER % "score: ease, threshold: 3, high: cheap, latency: 30ms")
    assert down.cut == Cut("ease", 3.0, high_is_cheap=True) and down.decider.latency_ms == 30
    assert read(tmp_path, ROUTER % "latency: 30ms").cut is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CASCADE % "threshold: [0.1, 0.2, 0.3]", "takes one number or 2"),
        (CASCADE % "threshold: high", "takes a number"),
        (CASCADE % "threshold: nan", "takes a number"),
        (CASCADE % "threshold: 0.5, score: other", "each model has its own gate score"),
        (ROUTER % "threshold: 0.5", "belong together"),
        (ROUTER % "score: win_rate", "belong together"),
        (ROUTER % "score: win_rate, threshold: 0.5, high: strongest", "'cheap' or 'strong'"),
    ],
)
def test_wrong_thresholds_are_problems_of_the_file(tmp_path, text, said):
    with pytest.raises(ProblemsError) as caught:
        read(tmp_path, text)
    assert any(said in line for line in caught.value.problems)
