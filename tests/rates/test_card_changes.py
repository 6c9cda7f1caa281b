"""What `rates diff` calls each difference: `cases/card_changes.yaml`, through the real command."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from edits import edited
from inprocess import run

from routecli.model.card_changes import MEANINGS

BOOK = yaml.safe_load((Path(__file__).parents[1] / "cases" / "card_changes.yaml").read_text(encoding="utf-8"))
CASES = BOOK["cases"]


def changes(folder: Path, base: str, head: str, at: str) -> list[dict[str, Any]]:
    (folder / "base.yaml").write_text(base, encoding="utf-8")
    (folder / "head.yaml").write_text(head, encoding="utf-8")
    outcome = run(folder, "rates", "diff", "base.yaml", "head.yaml", "--at", at, "--json")
    assert outcome.code == 0, outcome.stderr
    found: list[dict[str, Any]] = outcome.document["changes"]
    return found


def at(value: Any, path: str) -> Any:
    for step in path.split("/"):
        value = value[step]
    return value


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_change(case, tmp_path):
    base = edited(BOOK["cards"]["acme"], case.get("base", []))
    head = edited(base, case["head"])
    found = changes(tmp_path, base, head, str(case.get("at", "2026-11-23")))
    assert [one["kind"] for one in found] == [one["kind"] for one in case["expect"]]
    for change, wanted in zip(found, case["expect"], strict=True):
        assert {path: at(change, path) for path in wanted} == wanted


def test_every_kind_has_a_case():
    assert {one["kind"] for case in CASES for one in case["expect"]} == set(MEANINGS)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_card_does_not_differ_from_itself(case, tmp_path):
    head = edited(edited(BOOK["cards"]["acme"], case.get("base", [])), case["head"])
    assert changes(tmp_path, head, head, str(case.get("at", "2026-11-23"))) == []
