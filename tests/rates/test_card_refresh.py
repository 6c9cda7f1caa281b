"""`rates refresh`: what a price list adds to a card, and that nothing that stood there is lost or changed."""

import json
import socket
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from card_text import ACME, written
from inprocess import run
from refusals import ENVIRONMENT, UNFIT, USAGE, refused

from routecli.data.card_patch import unified, with_periods
from routecli.data.card_texts import CardText, local_texts
from routecli.data.cards import load_card, read_texts
from routecli.errors import DataError
from routecli.maths.changes import card_changes
from routecli.maths.refresh import compared
from routecli.model.price_lists import ListedModel, ListedPeriod, ListedTier, NewPeriod, PriceList
from routecli.model.rates import STANDARD, ModelCard, Rates

ROOT = Path(__file__).parents[2]
TODAY = datetime(2026, 11, 23, tzinfo=UTC)
NOVEMBER, DECEMBER = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


def models_dev(folder: Path, **costs: Any) -> str:
    """A list of models.dev with these models of acme."""
    models = {name.replace("_", "-"): {"id": name, "cost": cost} for name, cost in costs.items()}
    (folder / "api.json").write_text(json.dumps({"acme": {"id": "acme", "models": models}}), encoding="utf-8")
    return "--from models-dev-json --source api.json"


def refreshed(folder: Path, words: str) -> Any:
    outcome = run(folder, f"rates refresh {words} --rates acme.yaml --json")
    assert outcome.code == 0, outcome.stderr
    return outcome.document


LARGE = {"input": 2, "cache_read": 0.2, "output": 10}


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


def dated(*periods: ListedPeriod, mode: str = STANDARD, more: dict[str, Any] | None = None) -> PriceList:
    models = {("acme", "acme-large"): ListedModel("acme-large", {mode: periods, **(more or {})})}
    return PriceList("a list 1.0", models, dated=True)


def rates(input: str, cached: str | None, output: str) -> Rates:
    pico = [None if text is None else int(Decimal(text) * 10**6) for text in (input, output, cached)]
    return Rates(pico[0] or 0, pico[1], pico[2])


FIRST = ListedPeriod(None, rates("3", "0.3", "15"), (ListedTier(200_000, rates("6", "0.6", "22.5")),))
SECOND = ListedPeriod(datetime(2026, 3, 13, tzinfo=UTC), rates("2", "0.2", "10"))


@pytest.mark.parametrize(
    ("periods", "outcome", "starts"),
    [
        ((FIRST, SECOND), "same", []),
        ((FIRST, SECOND, ListedPeriod(DECEMBER, rates("1", "0.1", "5"))), "appended", [DECEMBER]),
        (
            (ListedPeriod(datetime(2026, 11, 1, tzinfo=UTC), rates("1", "0.1", "5")),),
            "appended",
            [datetime(2026, 11, 1, tzinfo=UTC)],
        ),
        # Older than what the card knows: the past is left alone.
        ((ListedPeriod(None, rates("3", "0.3", "14")),), "past differs", []),
        ((ListedPeriod(datetime(2026, 3, 12, tzinfo=UTC), rates("1", "0.1", "5")),), "past differs", []),
        ((ListedPeriod(datetime(2026, 3, 13, tzinfo=UTC), rates("1", "0.1", "5")),), "past differs", []),
        # The day of the list is later than the card's, the price is the same.
        ((FIRST, ListedPeriod(datetime(2026, 3, 14, tzinfo=UTC), rates("2", "0.2", "10"))), "same", []),
    ],
)
def test_a_list_with_dates(periods, outcome, starts, tmp_path):
    card = load_card(written(tmp_path))
    (found,) = compared(card.models["acme-large"], dated(*periods), TODAY)
    assert (found.outcome, [one.start for one in found.new]) == (outcome, starts)
    assert [one.scheduled for one in found.new] == [start > TODAY for start in starts]


PLANNED = """\
      - {from: 2026-12-01, base: {input: 1, cache_read: 0.1, output: 5}, status: scheduled, verified: 2026-11-01}
"""


def test_a_plan_of_the_card_is_left_alone(tmp_path):
    card = load_card(written(tmp_path, ("    modes:\n", f"{PLANNED}    modes:\n")))
    large = card.models["acme-large"]
    other = dated(ListedPeriod(DECEMBER, rates("1.5", "0.15", "5")))
    assert [one.outcome for one in compared(large, other, TODAY)] == ["past differs"]
    # A new price in force goes before the plan.
    (found,) = compared(large, dated(ListedPeriod(TODAY, rates("1.5", "0.15", "5"))), TODAY)
    path = tmp_path / "acme.yaml"
    text = with_periods(path.read_text(encoding="utf-8"), "acme.yaml", card.models, found.new)
    assert text.index("from: 2026-11-23") < text.index("from: 2026-12-01")


def new(model: str, mode: str, start: datetime = DECEMBER) -> NewPeriod:
    return NewPeriod(
        model, mode, start, rates("7", "0.7", "8"), scheduled=start > TODAY, imported="a list 1.0", note="a: b"
    )


END = "        verified: 2026-11-01\n    modes:"
SMALL = "      - from: null\n        base: {input: 0.25, output: 1}\n        verified: 2026-11-01\n"
LAYOUTS = {
    "as it is": ("", ""),
    "comments": (END, "        verified: 2026-11-01  # last\n    # about modes\n\n    modes:"),
    "folded note": (END, END.replace("\n", "\n        note: >-\n          two\n\n          lines\n\n\n")),
    "literal note": (END, END.replace("\n", "\n        note: |\n          two\n          lines\n")),
    "flush dash": (SMALL, SMALL.replace("\n  ", "\n").replace("      -", "    -")),
    "flow": (
        f"    prices:\n{SMALL}",
        "    prices: [{base: {input: 0.25, output: 1}, verified: 2026-11-01}]  # short\n",
    ),
    "wide dash": (SMALL, SMALL.replace("- from", "-   from").replace("\n        ", "\n          ")),
    "block rates": ("base: {input: 0.25, output: 1}\n", "base:\n          input: 0.25\n          output: 1\n"),
    "no last line break": ("", ""),
    "unicode": ("    family: small\n", "    family: größer–小😀\n"),
    "unicode in flow": (
        f"    prices:\n{SMALL}",
        "    prices: [{note: größer–小😀, base: {input: 0.25, output: 1}, verified: 2026-11-01}]\n",
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_every_layout_keeps_its_lines_and_gets_the_period(layout, ending, tmp_path):
    text = ACME.replace(*LAYOUTS[layout], 1)
    assert text != ACME or LAYOUTS[layout] == ("", "")
    text = (text.rstrip("\n") if layout == "no last line break" else text).replace("\n", ending)
    old = read_texts([CardText("acme.yaml", text.encode())], "acme.yaml").card
    periods = [
        new("acme-large", STANDARD),
        new("acme-large", "batch"),
        new("acme-large", "flex"),
        new("acme-small", STANDARD),
        new("acme-small", "batch"),
    ]
    patched = with_periods(text, "acme.yaml", old.models, periods)
    reading = read_texts([CardText("acme.yaml", patched.encode())], "acme.yaml")
    assert reading.problems == ()
    assert [(one.kind, one.model, one.mode, one.in_place) for one in card_changes(old, reading.card, TODAY)] == [
        ("price-scheduled", "acme-large", "standard", False),
        ("price-scheduled", "acme-large", "batch", False),
        ("mode-added", "acme-large", "flex", False),
        ("price-scheduled", "acme-small", "standard", False),
        ("mode-added", "acme-small", "batch", False),
    ]
    if "flow" not in layout:
        assert _subsequence(text.split(ending), patched.split(ending))
    assert patched.count("\r") == (patched.count("\n") if ending == "\r\n" else 0)
    assert "".join(unified(text, patched, "acme.yaml")).startswith("--- a/acme.yaml\n+++ b/acme.yaml\n@@")


def _subsequence(short: list[str], long: list[str]) -> bool:
    rest = iter(long)
    return all(line in rest for line in short if line)


def open_modes(model: ModelCard) -> list[str]:
    """The modes whose price has no announced end."""
    return [mode for mode, periods in model.modes.items() if periods[-1].until is None]


def test_every_series_of_the_shipped_card_can_be_appended_to():
    texts = local_texts(ROOT / "pricing")
    old = load_card(ROOT / "pricing")
    start = datetime(2030, 1, 1, tzinfo=UTC)
    files = {text.name: text.content.decode() for text in texts}
    for model in old.models.values():
        name = model.origin.rpartition(":")[0]
        periods = [new(model.id, mode, start) for mode in open_modes(model)]
        files[name] = with_periods(files[name], name, old.models, periods)
    reading = read_texts([CardText(name, text.encode()) for name, text in files.items()], "pricing")
    assert reading.problems == ()
    changes = [one for one in card_changes(old, reading.card, TODAY) if not one.length and not one.window]
    assert all(one.when == "future" and not one.in_place for one in changes)
    scheduled = {(one.model, one.mode) for one in changes if one.start == start}
    assert scheduled == {(model.id, mode) for model in old.models.values() for mode in open_modes(model)}
    for text in texts:
        assert _subsequence(text.content.decode().split("\n"), files[text.name].split("\n"))


def test_prices_that_stand_elsewhere_are_not_written_to():
    text = ACME[: ACME.index("  acme-small")].replace("    prices:", "    prices: &p", 1)
    text += "  acme-small:\n    prices: *p\n"
    reading = read_texts([CardText("acme.yaml", text.encode())], "acme.yaml")
    assert reading.problems == ()
    with pytest.raises(DataError, match="not written out here") as caught:
        with_periods(text, "acme.yaml", reading.card.models, [new("acme-small", STANDARD)])
    assert caught.value.id == "not-patchable"


def test_a_model_in_one_line_is_by_hand(tmp_path):
    text = (
        ACME[: ACME.index("  acme-small")]
        + "  acme-small: {prices: [{base: {input: 0.25, output: 1}, verified: 2026-11-01}]}\n"
    )
    (tmp_path / "acme.yaml").write_text(text, encoding="utf-8")
    models = load_card(tmp_path / "acme.yaml").models
    assert "{from: 2026-12-01," in with_periods(text, "acme.yaml", models, [new("acme-small", STANDARD)])
    with pytest.raises(DataError, match="in one line"):
        with_periods(text, "acme.yaml", models, [new("acme-small", "batch")])


@pytest.mark.parametrize(
    ("words", "code", "id"),
    [
        ("--from litellm-json", USAGE, "source-needed"),
        ("--from genai-prices --source x.json", USAGE, "source-not-taken"),
        ("--from litellm-json --source nowhere.json", ENVIRONMENT, "no-such-file"),
        ("--from litellm-json --source acme.yaml", UNFIT, "bad-price-list"),
        ("--from models-dev-json --source list.json", UNFIT, "bad-price-list"),
        ("--from litellm-json --source list.json", UNFIT, "bad-price-list"),
        ("--from llm-prices", USAGE, "bad-value"),
        ("--from genai-prices --write", USAGE, "write-shipped"),
        ("--from genai-prices --model acme-large", USAGE, "unknown-model"),
    ],
)
def test_what_cannot_be_read_or_done_is_refused(words, code, id, tmp_path):
    written(tmp_path)
    (tmp_path / "list.json").write_text("[1, 2]", encoding="utf-8")
    refused(run(tmp_path, f"rates refresh {words}"), code, id)


def test_without_the_extra_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "genai_prices", None)
    monkeypatch.setitem(sys.modules, "genai_prices.data_snapshot", None)
    refused(run(tmp_path, "rates refresh --from genai-prices"), ENVIRONMENT, "missing-extra", "routecli[refresh]")


def test_the_package_is_read_without_a_network_and_its_patch_passes_the_check(tmp_path, monkeypatch):
    pytest.importorskip("genai_prices")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    card = ROOT / "pricing" / "anthropic.yaml"
    # A card of half a year ago: the newest period of one model is missing.
    text = card.read_text(encoding="utf-8")
    start = text.index("      - from: 2026-03-13")
    stale = text[:start] + text[text.index("\n    modes:", start) + 1 :]
    (tmp_path / "card.yaml").write_text(stale, encoding="utf-8")
    outcome = run(tmp_path, "rates refresh --from genai-prices --rates card.yaml --write --json")
    assert outcome.code == 0, outcome.stderr
    appended = [one for one in outcome.document["modes"] if one["outcome"] == "appended"]
    assert any(one["starts"] == ["2026-03-13"] for one in appended)
    check = run(tmp_path, "rates check card.yaml --json").document
    assert check["counts"]["error"] == 0
    assert any(one["rule"] == "unverified" for one in check["findings"])
