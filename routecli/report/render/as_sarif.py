"""A report as SARIF 2.1.0, for code scanning: one result per judgement that is no pass, at the line it is about."""

import json
from collections.abc import Mapping
from typing import Any

from routecli.report.format import inert
from routecli.report.view import Check, View

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"fail": "error", "unknown": "error", "warn": "warning", "waived": "error"}


def render(document: Mapping[str, Any], view: View, *, width: int | None = None, colour: bool = False) -> str:
    """Write one run; a waived judgement is a suppressed result."""
    rules = {one.rule: one for one in reversed(view.checks)}
    ids = sorted(rules)
    driver = {
        "name": "routecli",
        "version": str(document.get("routecli", "")),
        "rules": [{"id": id, "shortDescription": {"text": rules[id].meaning or id}} for id in ids],
    }
    results = [_result(one, ids.index(one.rule)) for one in view.checks if one.status in _LEVELS]
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
    return json.dumps(log, indent=2, ensure_ascii=True) + "\n"


def _result(one: Check, place: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": one.rule,
        "ruleIndex": place,
        "level": _LEVELS[one.status],
        "message": {"text": inert(one.text)},
    }
    if one.file is not None:
        physical: dict[str, Any] = {"artifactLocation": {"uri": one.file.replace("\\", "/")}}
        if one.line is not None:
            physical["region"] = {"startLine": one.line}
        found["locations"] = [{"physicalLocation": physical}]
    if one.status == "waived":
        found["suppressions"] = [{"kind": "external", "status": "accepted"}]
    return found
