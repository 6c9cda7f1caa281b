"""Names as logs, clouds and gateways write them (`cases/model_names.yaml`), on the shipped card."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from routecli.data.cards import load_card
from routecli.errors import DataError, UsageError
from routecli.model.names import resolve

BOOK: Any = yaml.load(
    (Path(__file__).parents[1] / "cases" / "model_names.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader
)
CASES: list[dict[str, str]] = BOOK["cases"]
CARD = load_card(None)
REFUSED = {"unknown-model", "moved-name"}


def test_the_book_holds_many_names_and_each_of_them_once() -> None:
    assert len({case["name"] for case in CASES}) >= 150
    assert len({(case["name"], case.get("at")) for case in CASES}) == len(CASES)
    assert all({"name", "is"} <= set(case) <= {"name", "is", "how", "at", "says"} for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=[f"{case['name']} {case.get('at', '')}".strip() for case in CASES])
def test_a_name_means_what_the_book_says(case: dict[str, str]) -> None:
    at = datetime.fromisoformat(case["at"]).replace(tzinfo=UTC) if "at" in case else None
    if case["is"] == "none":
        with pytest.raises(DataError) as caught:
            resolve(CARD, case["name"], typed=False, at=at)
        assert caught.value.id in REFUSED
        assert case["says"] in str(caught.value)
        return
    found = resolve(CARD, case["name"], typed=False, at=at)
    assert (found.id, found.how) == (case["is"], case["how"])
    # What a wrapping says about the price is said exactly where it says something.
    assert bool(found.caution) == ("says" in case), found.caution
    assert case.get("says", "") in found.caution


@pytest.mark.parametrize("case", [case for case in CASES if case["is"] == "none" and "at" not in case])
def test_what_is_refused_in_a_log_is_refused_when_typed(case: dict[str, str]) -> None:
    with pytest.raises(UsageError) as caught:
        resolve(CARD, case["name"], typed=True)
    assert caught.value.id in REFUSED
