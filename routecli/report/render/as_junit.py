"""A report as a JUnit XML file: one test case per judgement, for test views of CI systems."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from routecli.report.format import inert
from routecli.report.view import Check, View


def render(document: Mapping[str, Any], view: View, *, width: int | None = None, colour: bool = False) -> str:
    """Write a suite of the judgements; a report without any is one case that passed, with its headline."""
    name = f"routecli {view.name}".strip()
    checks = view.checks or [Check(view.name or "report", "", "pass", " ".join(view.headline))]
    counts = Counter(one.status for one in checks)
    totals = {
        "tests": str(len(checks)),
        "failures": str(counts["fail"]),
        "errors": str(counts["unknown"]),
        "skipped": str(counts["waived"]),
    }
    suites = ET.Element("testsuites", {"name": name, **totals})
    suite = ET.SubElement(suites, "testsuite", {"name": name, **totals})
    for one in checks:
        _case(suite, name, one)
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _case(suite: ET.Element, name: str, one: Check) -> None:
    title = f"{one.rule}: {inert(one.subject)}" if one.subject else one.rule
    case = ET.SubElement(suite, "testcase", {"classname": name.replace(" ", "."), "name": title})
    if one.file is not None:
        case.set("file", inert(one.file))
        if one.line is not None:
            case.set("line", str(one.line))
    text = inert(one.text)
    kind = {"fail": "failure", "unknown": "error", "waived": "skipped"}.get(one.status)
    if kind is not None:
        ET.SubElement(case, kind, {"message": text})
    elif text:
        ET.SubElement(case, "system-out").text = f"warning: {text}" if one.status == "warn" else text
