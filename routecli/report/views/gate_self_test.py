"""How a self-test of a gate reads: one row per budget, what it was shown and whether it tripped."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import inert
from routecli.report.view import Check, Column, Table, View
from routecli.report.views.common import plural

TRIALS = (
    Column("word", "trips", "word"),
    Column("id", "budget"),
    Column("shown", "shown"),
    Column("found", "answered", priority=1),
    Column("tripped", "tripped", data=True),
    Column("level", "level", data=True),
)


def view(document: Mapping[str, Any]) -> View:
    """How many budgets trip, then each."""
    idle = [one for one in document["trials"] if not one["tripped"]]
    total = len(document["trials"])
    lines = [f"self-test: {document['verdict']}: {total - len(idle)} of {plural(total, 'budget')} can trip"]
    lines += [f"{one['id']} cannot trip: shown {inert(one['shown'])}, it said {inert(one['found'])}" for one in idle]
    rows = [{**one, "word": "pass" if one["tripped"] else "fail"} for one in document["trials"]]
    checks = [_check(one) for one in document["trials"]]
    return View(lines, [Table("trials", TRIALS, rows)], checks=checks)


def _check(one: Mapping[str, Any]) -> Check:
    said = "trips" if one["tripped"] else f"cannot trip: it said {inert(one['found'])}"
    text = f"shown {inert(one['shown'])}, {one['id']} {said}"
    status = "pass" if one["tripped"] else "fail"
    return Check(one["id"], "", status, text, one["file"], one["line"], "A budget that cannot trip guards nothing.")  # type: ignore[arg-type]
