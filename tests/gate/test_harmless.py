"""Changes of a repository that break nothing must pass: comments, order, new models, fresh checks, and the like."""

from pathlib import Path

import pytest
from edits import edited
from inprocess import ingested, run
from test_gate_cases import BOOK

CARD = BOOK["card"]
PERIOD = "base: {input: 1, cache_read: 0.1, output: 2}"
SECOND = """\
  o:
    prices:
      - {from: null, base: {input: 9, output: 90}, verified: 2026-11-20}
"""
HARMLESS = {
    "a comment at the top": "# looked at again\n" + CARD,
    "a comment beside a rate": CARD.replace("multiply: 1.1}", "multiply: 1.1} # since 2026"),
    "blank lines": CARD.replace("\n  n:\n", "\n\n\n  n:\n"),
    "models in another order": CARD[: CARD.index("  m:\n")]
    + CARD[CARD.index("  n:\n") :]
    + CARD[CARD.index("  m:\n") : CARD.index("  n:\n")],
    "rates in another order": CARD.replace(PERIOD, "base: {output: 2, input: 1, cache_read: 0.1}"),
    "a block instead of braces": CARD.replace(
        PERIOD, "base:\n            input: 1\n            cache_read: 0.1\n            output: 2"
    ),
    "1 written as 1.0": CARD.replace(PERIOD, "base: {input: 1.0, cache_read: 0.10, output: 2.00}"),
    "a new verified date": CARD.replace("verified: 2026-11-01", "verified: 2026-11-22"),
    "a note": CARD.replace("aliases: [n-one]", "aliases: [n-one]\n    family: n"),
    "a model nobody uses": CARD + SECOND,
    "a dear model nobody uses": CARD + SECOND.replace("9", "9000"),
    "another name of a model": CARD.replace("[n-one]", "[n-one, n-two]"),
    "a name nobody uses is gone": CARD.replace("aliases: [n-one]", "aliases: []"),
    "another price of a model nobody uses": CARD.replace(
        "# later prices of n",
        "- {from: 2026-11-20, base: {input: 1, cache_read: 0.1, output: 3}, verified: 2026-11-20}",
    ),
    "a larger context window": CARD.replace("aliases: [n-one]", "aliases: [n-one]\n    context_window: 2000000"),
    "another source": CARD.replace("https://acme.example/prices", "https://acme.example/new-prices"),
    "a threshold written from the other side": CARD.replace("input_gt: 200000", "input_gte: 200001"),
    "a window's name": CARD.replace("name: night", "name: quiet"),
    "days in another order": CARD.replace("[mon, tue, wed, thu, fri, sat, sun]", "[sun, mon, tue, wed, thu, fri, sat]"),
    "a mode nobody uses": CARD.replace(
        "    modes:\n      batch:",
        "    modes:\n      flex: {prices: [{from: null, base: {input: 3, output: 15}}]}\n      batch:",
    ),
    "a price announced for next year": CARD.replace(
        "# later prices of n",
        "- {from: 2027-06-01, status: scheduled, base: {input: 2, cache_read: 0.2, output: 4}, verified: 2026-11-20}",
    ),
    "quotes around a date": CARD.replace("verified: 2026-11-01", 'verified: "2026-11-01"'),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("harmless")
    ingested(folder, [{"request_id": f"r{number}", **row} for number, row in enumerate(BOOK["log"])])
    (folder / "base.yaml").write_text(CARD, encoding="utf-8")
    assert run(folder, "workload build -o w.json --rates base.yaml -q").code == 0
    root = Path(__file__).parents[2]
    (folder / "routecli.yaml").write_bytes((root / "routecli" / "templates" / "routecli.yaml").read_bytes())
    return folder


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_change_passes(name, store, tmp_path):
    head = HARMLESS[name]
    assert head != CARD, "the edit did nothing"
    (tmp_path / "head.yaml").write_text(head, encoding="utf-8")
    outcome = run(store, f"gate --base base.yaml --head {tmp_path}/head.yaml --workload w.json --at 2026-11-23 --json")
    found = outcome.document
    assert (outcome.code, found["verdict"], found["change_pico_usd"]) == (0, "pass", "0"), found["reasons"]


def test_there_are_twenty():
    assert len(HARMLESS) >= 20


def test_the_same_edits_with_teeth_fail(store, tmp_path):
    """The check above can fail: one digit more in the same place is refused."""
    head = edited(
        CARD, [["base: {input: 4, cache_read: 0.4, output: 20}", "base: {input: 40, cache_read: 0.4, output: 20}"]]
    )
    (tmp_path / "head.yaml").write_text(head, encoding="utf-8")
    assert run(store, f"gate --base base.yaml --head {tmp_path}/head.yaml --workload w.json --at 2026-11-23").code == 1
