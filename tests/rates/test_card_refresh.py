"""`rates refresh`: what a price list adds to a card, and what it must not guess at."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from card_text import ACME, written
from inprocess import run
from refreshing import LARGE, models_dev, refreshed

from routecli.data.cards import load_card
from routecli.model.rates import STANDARD


def test_the_same_prices_make_no_patch(tmp_path):
    written(tmp_path)
    document = refreshed(tmp_path, models_dev(tmp_path, acme_large=LARGE, acme_small={"input": 0.25, "output": 1.0}))
    assert document["counts"] == {"same": 2}
    assert (document["patch"], document["files"]) == ("", [])


PATCH = """\
--- a/acme.yaml
+++ b/acme.yaml
@@ -16,6 +16,11 @@
       - from: 2026-03-13
         base: {input: 2, cache_read: 0.2, output: 10}
         verified: 2026-11-01
+      - from: 2026-11-23
+        base: {input: 2, cache_read: 0.2, output: 8}
+        source: models-dev-json api.json
+        imported: models-dev-json api.json
+        note: The list does not say since when.
     modes:
       batch:
         prices:
"""


def test_a_newer_price_is_appended_from_today_and_never_called_verified(tmp_path):
    path = written(tmp_path)
    words = models_dev(tmp_path, acme_large={**LARGE, "output": 8})
    outcome = run(tmp_path, f"rates refresh {words} --rates acme.yaml")
    assert outcome.code == 0
    assert outcome.stdout == PATCH
    assert path.read_text(encoding="utf-8") == ACME
    assert "1 appended" in outcome.stderr and "not verified" in outcome.stderr
    document = refreshed(tmp_path, words)
    assert document["patch"] == PATCH
    (appended,) = [one for one in document["modes"] if one["outcome"] == "appended"]
    assert (appended["model"], appended["mode"], appended["starts"]) == ("acme-large", STANDARD, ["2026-11-23"])
    assert appended["rates"]["output"] == {"before_usd": 10.0, "after_usd": 8.0, "change_pct": -20.0}


@pytest.mark.parametrize("tool", [["git", "apply"], ["patch", "-p1", "-i"]], ids=lambda tool: tool[0])
def test_the_patch_is_one_that_tools_apply(tool, tmp_path):
    path = written(tmp_path)
    words = models_dev(tmp_path, acme_large={**LARGE, "output": 8})
    (tmp_path / "new.patch").write_text(run(tmp_path, f"rates refresh {words} --rates acme.yaml").stdout)
    subprocess.run([*tool, "new.patch"], cwd=tmp_path, check=True, capture_output=True)
    by_tool = path.read_bytes()
    written(tmp_path)
    assert refreshed(tmp_path, f"{words} --write")["written"]
    assert path.read_bytes() == by_tool
    period = load_card(path).models["acme-large"].modes[STANDARD][-1]
    assert (period.verified, period.imported, period.source) == (
        None,
        "models-dev-json api.json",
        "models-dev-json api.json",
    )
    # A second time there is nothing left to do.
    assert refreshed(tmp_path, words)["counts"]["same"] == 1


def test_only_the_models_that_were_asked_for(tmp_path):
    written(tmp_path)
    words = models_dev(tmp_path, acme_large={**LARGE, "output": 8}, acme_small={"input": 0.3, "output": 1})
    document = refreshed(tmp_path, f"{words} --model acme-small")
    assert [one["model"] for one in document["modes"]] == ["acme-small"]


@pytest.mark.parametrize(
    ("cost", "outcome", "words"),
    [
        ({"input": 2, "output": 9}, "by hand", "no price of cache reads, which the card has"),
        ({**LARGE, "output": 0}, "by hand", "a price of 0"),
        ({**LARGE, "input": 0.1234567}, "by hand", "at most 6 decimals"),
        ({"output": 3}, "by hand", "no price of input tokens"),
        (None, "by hand", "no price"),
        ({**LARGE, "cache_read": 20}, "refused", "cached-above-input: cache reads at $20, input at $2"),
        ({**LARGE, "input": 200}, "refused", "price-jump: input $2 -> $200"),
        ({**LARGE, "tiers": [{**LARGE, "tier": {"type": "context"}}]}, "by hand", "no length of input"),
    ],
)
def test_what_a_program_must_not_guess_at_and_what_would_fail_the_check(cost, outcome, words, tmp_path):
    written(tmp_path)
    document = refreshed(tmp_path, models_dev(tmp_path, acme_large=cost))
    (found,) = [one for one in document["modes"] if one["model"] == "acme-large"]
    assert (found["outcome"], document["patch"]) == (outcome, "")
    assert words in found["text"]


def test_a_price_of_long_requests_is_added_and_a_lost_one_is_not(tmp_path):
    path = written(tmp_path)
    tier = {"input": 4, "cache_read": 0.4, "output": 15, "tier": {"type": "context", "size": 128_000}}
    refreshed(tmp_path, models_dev(tmp_path, acme_large={**LARGE, "tiers": [tier]}) + " --write")
    assert "          - {input_gt: 128000, input: 4, cache_read: 0.4, output: 15}\n" in path.read_text(encoding="utf-8")
    assert load_card(path).models["acme-large"].modes[STANDARD][-1].tiers[0].edge == 128_001
    document = refreshed(tmp_path, models_dev(tmp_path, acme_large={**LARGE, "output": 9}))
    assert "no price of long requests" in document["modes"][0]["text"]


def test_a_threshold_of_the_other_side_is_the_same_length(tmp_path):
    """A list without signs cannot tell `more than 200,000` from `at least`: the card's word holds."""
    card = ACME.replace(
        "from: 2026-03-13",
        "from: 2026-03-13\n        over: [{input_gte: 128000, input: 4, cache_read: 0.4, output: 15}]",
    )
    written(tmp_path, text=card)
    tier = {"input": 4, "cache_read": 0.4, "output": 15, "tier": {"type": "context", "size": 128_000}}
    assert refreshed(tmp_path, models_dev(tmp_path, acme_large={**LARGE, "tiers": [tier]}))["counts"]["same"] == 1


LITELLM = {
    "acme-large": {"litellm_provider": "openai", "input_cost_per_token": 2e-06, "output_cost_per_token": 1e-05},
    "gpt-5-nano": {
        "litellm_provider": "openai",
        "input_cost_per_token": 5e-08,
        "output_cost_per_token": 4e-07,
        "cache_read_input_token_cost": 5e-09,
        "input_cost_per_token_priority": 2.5e-06,
        "output_cost_per_token_priority": 4e-07,
    },
    "gpt-5-mini": {
        "litellm_provider": "openai",
        "input_cost_per_token": 2.5000000000000004e-07,
        "output_cost_per_token": 2e-06,
        "cache_read_input_token_cost": 2.5e-08,
        "input_cost_per_token_flex": 1.25e-07,
        "output_cost_per_token_flex": 1e-06,
        "deprecation_date": "2026-12-11",
    },
}


def test_the_slip_of_fifty_times_in_priority_mode_is_refused(tmp_path):
    """LiteLLM lists gpt-5-nano's priority input at 2.50, 50 times its price: looks copied from gpt-5."""
    (tmp_path / "prices.json").write_text(json.dumps(LITELLM), encoding="utf-8")
    words = "--from litellm-json --source prices.json --model gpt-5-nano --model gpt-5-mini"
    outcome = run(tmp_path, f"rates refresh {words} --json")
    found = {(one["model"], one["mode"]): one for one in outcome.document["modes"]}
    assert found["gpt-5-nano", "standard"]["outcome"] == "same"
    assert found["gpt-5-nano", "priority"]["outcome"] == "refused"
    assert "mode-jump: against standard: input $0.05 -> $2.5" in found["gpt-5-nano", "priority"]["text"]
    assert found["gpt-5-mini", "standard"]["outcome"] == "same"
    assert outcome.document["patch"] == ""


def test_a_standard_price_that_breaks_the_proportion_to_a_mode_is_refused(tmp_path):
    """2 to 8 is no jump, but batch at 1 would be an eighth of it."""
    written(tmp_path)
    document = refreshed(tmp_path, models_dev(tmp_path, acme_large={"input": 8, "cache_read": 0.4, "output": 20}))
    (found,) = [one for one in document["modes"] if one["model"] == "acme-large"]
    assert (found["outcome"], document["patch"]) == ("refused", "")
    assert found["text"] == "mode-jump: against standard: input $8 -> $1"


def test_a_last_day_of_the_list_is_said_and_left_to_a_person(tmp_path):
    written(tmp_path, ("provider: acme", "provider: openai"))
    entry = {**LITELLM["acme-large"], "cache_read_input_token_cost": 2e-07, "deprecation_date": "2027-01-14"}
    (tmp_path / "prices.json").write_text(json.dumps({"acme-large": entry}), encoding="utf-8")
    document = refreshed(tmp_path, "--from litellm-json --source prices.json --model acme-large")
    said = {one["outcome"]: one["text"] for one in document["modes"]}
    assert said["by hand"] == "the list gives 2027-01-14 as the last day, the card has none"
    assert "same" in said


PEAK = {
    "acme-small": {
        "litellm_provider": "openai",
        "input_cost_per_token": 6e-07,
        "output_cost_per_token": 2e-06,
        "off_peak_pricing": {
            "input_cost_per_token": 3e-07,
            "output_cost_per_token": 1e-06,
            "windows": [
                {"hours_utc": ["00:00-01:00", "04:00-06:00", "10:00-00:00"], "weekdays": [1, 2, 3, 4, 5]},
                {"hours_utc": "00:00-00:00", "weekdays": [6, 7]},
            ],
        },
    }
}


def peaking(folder: Path, at: str = "2026-11-23", **changes: Any) -> Any:
    entry = {**PEAK["acme-small"], **changes}
    (folder / "prices.json").write_text(json.dumps({"acme-small": entry}), encoding="utf-8")
    return refreshed(folder, f"--from litellm-json --source prices.json --model acme-small --at {at} --write")


def test_peak_hours_become_a_window_of_the_minutes_that_are_not_off_peak(tmp_path):
    path = written(tmp_path, ("provider: acme", "provider: openai"))
    assert peaking(tmp_path)["counts"] == {"appended": 1}
    assert (
        "        base: {input: 0.3, output: 1}\n"
        "        windows:\n"
        "          - {name: peak, days: [mon, tue, wed, thu, fri], "
        'utc: ["01:00-04:00", "06:00-10:00"], base: {input: 0.6, output: 2}}\n'
    ) in path.read_text(encoding="utf-8")
    assert peaking(tmp_path)["counts"] == {"same": 1}
    text = path.read_text(encoding="utf-8").replace("utc: [", "except_dates: holidays, utc: [")
    path.write_text(text, encoding="utf-8")
    assert peaking(tmp_path)["counts"] == {"same": 1}
    # A new price keeps the exceptions that only the card knows.
    assert peaking(tmp_path, "2026-11-24", input_cost_per_token=7e-07)["counts"] == {"appended": 1}
    assert path.read_text(encoding="utf-8").count("except_dates: holidays") == 2


def test_off_peak_hours_over_midnight_on_other_days(tmp_path):
    path = written(tmp_path, ("provider: acme", "provider: openai"))
    off = {**PEAK["acme-small"]["off_peak_pricing"], "windows": [{"hours_utc": "22:00-02:00", "weekdays": [7]}]}
    peaking(tmp_path, off_peak_pricing=off)
    (_, period) = load_card(path).models["acme-small"].modes[STANDARD]
    # Sunday from 22:00 to Monday 02:00; most of the week costs the other price.
    assert period.rates.input == 600_000
    assert {one.spec for one in period.windows} == {"mon 00:00-02:00", "sun 22:00-24:00"}
    assert {one.rates.input for one in period.windows} == {300_000}


@pytest.mark.parametrize("windows", [[], [{}], [{"hours_utc": "25-26"}], [{"hours_utc": "00:00-00:00"}], ["x"], "x"])
def test_hours_that_cannot_be_read_are_by_hand(windows, tmp_path):
    written(tmp_path, ("provider: acme", "provider: openai"))
    off = {**PEAK["acme-small"]["off_peak_pricing"], "windows": windows}
    assert peaking(tmp_path, off_peak_pricing=off)["counts"] == {"by hand": 1}


def test_a_list_that_forgot_the_hours_is_by_hand(tmp_path):
    written(tmp_path, ("provider: acme", "provider: openai"))
    peaking(tmp_path)
    entry = {key: value for key, value in PEAK["acme-small"].items() if key != "off_peak_pricing"}
    (tmp_path / "prices.json").write_text(json.dumps({"acme-small": entry}), encoding="utf-8")
    document = refreshed(tmp_path, "--from litellm-json --source prices.json --model acme-small")
    assert "price by the time of the week" in document["modes"][0]["text"]


def test_a_mode_that_the_card_lacks_starts_today_with_what_is_unknown_said(tmp_path):
    path = written(tmp_path, ("provider: acme", "provider: openai"))
    entry = {**LITELLM["acme-large"], "cache_read_input_token_cost": 2e-07}
    entry |= {
        "input_cost_per_token_flex": 1e-06,
        "output_cost_per_token_flex": 5e-06,
        "cache_read_input_token_cost_flex": 1e-07,
    }
    (tmp_path / "prices.json").write_text(json.dumps({"acme-large": entry}), encoding="utf-8")
    refreshed(tmp_path, "--from litellm-json --source prices.json --write")
    text = path.read_text(encoding="utf-8")
    assert (
        "          - {from: null, base: {input: 1, cache_read: 0.1, output: 5}, verified: 2026-11-01}\n"
        "      flex:\n"
        "        prices:\n"
        "          - from: 2026-11-23\n"
        "            base: {input: 1, cache_read: 0.1, output: 5}\n"
        "            source: litellm-json prices.json\n"
        "            imported: litellm-json prices.json\n"
        "            note: The list does not say since when; what this mode cost before is not known.\n"
        "  acme-small:\n"
    ) in text
