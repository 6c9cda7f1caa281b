"""Judgements for machines: annotations, JUnit, SARIF, and a comment that fits."""

import json
from xml.etree import ElementTree as ET

import pytest

from routecli.report.render import render
from routecli.report.render.as_markdown import LONGEST_COMMENT
from routecli.report.view import Check, Column, Table, View

HOSTILE = '50 % off\r\n::error::forged <b> & "q" \x1b[31m'


def checks(failed: int, warned: int = 0) -> list[Check]:
    found = [
        Check("rate_jump", f"m{number}", "fail", f"x {number}", "pricing/a.yaml", number + 1)
        for number in range(failed)
    ]
    return found + [Check("verified_age", f"m{number}", "warn", "old", "pricing/a.yaml", 7) for number in range(warned)]


def view(found: list[Check], **more) -> View:
    return View(["gate: fail"], [], checks=found, name="gate", **more)


def test_ten_errors_and_ten_warnings_are_annotated_and_the_rest_is_counted():
    lines = render("github", {}, view(checks(14, 11))).splitlines()
    kinds = [line.split(" ", 1)[0] for line in lines]
    assert kinds == ["::error"] * 10 + ["::notice"] + ["::warning"] * 10 + ["::notice"] * 2
    assert lines[0] == "::error file=pricing/a.yaml,line=1,title=routecli gate%3A rate_jump::x 0"
    assert "4 more errors are not shown here: rate_jump" in lines[10]
    assert "1 more warnings" in lines[21]


def test_no_text_forges_a_command():
    text = render("github", {}, view([Check("rate_jump", HOSTILE, "fail", HOSTILE, "a,b:c.yaml", 3)]))
    # A command is one only at the start of a line.
    assert [line.split(" ", 1)[0] for line in text.split("\n")] == ["::error", "::notice", ""]
    assert "\r" not in text
    assert "file=a%2Cb%3Ac.yaml,line=3," in text and "50 %25 off" in text and "\x1b" not in text


def test_passes_and_waived_breaches_are_not_annotated():
    found = [Check("bill_increase", "it", "pass", "fine"), Check("rate_jump", "it", "waived", "accepted")]
    assert render("github", {}, view(found)) == "::notice title=routecli gate::gate: fail\n"


def test_junit_counts_what_it_lists():
    found = [*checks(2, 1), Check("savings", "p", "unknown", HOSTILE), Check("rate_jump", "w", "waived", "accepted")]
    root = ET.fromstring(render("junit", {}, view([*found, Check("bill_increase", "", "pass", "fine")])))
    suite = root[0]
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6",
        "failures": "2",
        "errors": "1",
        "skipped": "1",
    }
    assert [[child.tag for child in case] for case in suite] == [
        ["failure"],
        ["failure"],
        ["system-out"],
        ["error"],
        ["skipped"],
        ["system-out"],
    ]
    assert suite[0].get("file") == "pricing/a.yaml" and suite[0].get("line") == "1"


def test_a_report_without_judgements_is_one_case_that_passed():
    root = ET.fromstring(render("junit", {}, View(["bill: $3.00"], [], name="bill")))
    assert (root.get("tests"), root.get("failures"), root[0][0].get("name")) == ("1", "0", "bill")


def test_sarif_has_a_rule_and_a_place_for_every_result():
    found = [*checks(1, 1), Check("rate_jump", "w", "waived", "accepted"), Check("bill_increase", "", "pass", "fine")]
    run = json.loads(render("sarif", {"routecli": "9"}, view(found)))["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["bill_increase", "rate_jump", "verified_age"]
    assert [(one["ruleId"], one["level"], "suppressions" in one) for one in run["results"]] == [
        ("rate_jump", "error", False),
        ("verified_age", "warning", False),
        ("rate_jump", "error", True),
    ]
    assert all(rules[one["ruleIndex"]] == one["ruleId"] for one in run["results"])
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("pricing/a.yaml", 1)


@pytest.mark.parametrize("rows", [3, 900, 40_000])
def test_a_comment_fits_with_its_verdict_first(rows):
    columns = [Column("a", "a"), Column("b", "b")]
    table = Table("t", columns, [{"a": f"row {number}", "b": "x" * 40} for number in range(rows)], "Long")
    found = View(["gate: fail"], [table, table], ["note"] * rows, name="gate", comment=True)
    text = render("markdown", {}, found)
    assert len(text) <= LONGEST_COMMENT < 65_536
    assert text.startswith("<!-- routecli gate -->\n\n**gate: fail**\n")
    assert ("more rows are left out" in text) == (rows > 3)
    assert text.count("<details>") == text.count("</details>") == 1
