"""What a report of break-evens says: what each is against, the side that pays, and its grid in every format."""

import csv
import io
from pathlib import Path

import pytest
from inprocess import run
from refusals import USAGE, refused

CASCADE = "breakeven --cascade haiku:sonnet --success 0.7"
CLASSIFIER = "breakeven --classifier haiku:sonnet --success 0.7 --accuracy 0.9"


@pytest.mark.parametrize("argv", [CASCADE, CLASSIFIER])
def test_an_accuracy_is_seen_against_a_cascade_and_said_to_be(argv: str, tmp_path: Path) -> None:
    rows = run(tmp_path, f"{argv} --json").document["rows"]
    assert {row["parameter"] for row in rows if row["against"] == "cascade"} == {"classifier_accuracy"}
    said = "costs today (classifier_accuracy: what a cascade on the same pair costs)"
    assert said in run(tmp_path, argv).stdout
    table = list(csv.DictReader(io.StringIO(run(tmp_path, f"{argv} -f csv").stdout)))
    assert [row["against"] for row in table] == [row["against"] for row in rows]


def test_a_headline_says_which_side_pays_where_it_is_the_lower_one(tmp_path: Path) -> None:
    """A cheap model that is dearer than the strong one: fewer requests for it are better, and none is best."""
    found = run(tmp_path, "simulate --classifier sonnet:haiku --success 0.7 --accuracy 0.9 --baseline sonnet").stdout
    assert "pays at any success rate" in found
    found = run(tmp_path, "simulate --classifier opus-4.8:haiku --success 0.5 --accuracy 0.9 --baseline sonnet")
    assert "(pays below it)" in found.stdout, found.stdout + found.stderr


def test_csv_of_a_grid_is_the_grid(tmp_path: Path) -> None:
    """Success by gate cost: 0.7 and $0 save $198; at the break-even 1/3 the gate may cost nothing."""
    argv = f"{CASCADE} --vary success,gate_cost_usd"
    document = run(tmp_path, f"{argv} --json").document["surface"]
    rows = list(csv.DictReader(io.StringIO(run(tmp_path, f"{argv} -f csv").stdout)))
    assert len(rows) == 11 * 11
    assert [float(row["saving_usd"]) for row in rows] == [cell for line in document["saving_usd"] for cell in line]
    one = next(row for row in rows if (row["first_value"], row["second_value"]) == ("0.7", "0.0"))
    assert (one["policy"], one["first"], one["second"]) == ("haiku:sonnet", "success", "gate_cost_usd")
    assert float(one["saving_usd"]) == 198.0


def test_what_has_no_grid_says_why(tmp_path: Path) -> None:
    volume = run(tmp_path, f"{CASCADE} --vary monthly_requests,success")
    refused(volume, USAGE, "bad-vary", "every amount grows alike", "--build-cost")
    accuracy = run(tmp_path, f"{CASCADE} --vary classifier_accuracy,success")
    refused(accuracy, USAGE, "bad-vary", "haiku:sonnet has no classifier", "--classifier CHEAP:STRONG")
    assert run(tmp_path, f"{CLASSIFIER} --vary classifier_accuracy,success").code == 0
