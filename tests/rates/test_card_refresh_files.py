"""`rates refresh`: nothing that stands in a card's files is lost or changed, whatever their layout."""

import socket
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from card_text import ACME, written
from inprocess import run
from refreshing import DECEMBER, TODAY
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
