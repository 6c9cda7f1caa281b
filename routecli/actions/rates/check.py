"""`rates check`: what is wrong with a rate card, or soon will be."""

from datetime import date

from routecli.actions.facts import rates_input
from routecli.actions.rates.diff import card_instant
from routecli.data.cards import SHIPPED, load_card_at, read_card_at
from routecli.data.yaml_lines import Problem
from routecli.errors import DataError
from routecli.maths.changes.readings import instant_words
from routecli.maths.checks import card_findings, ordered
from routecli.model.card_findings import LEVELS, CardFinding, Level
from routecli.report.documents import Report
from routecli.report.documents.rates_check import CheckInputs, Finding, FindingCounts, RatesCheckDocument


def check(place: str | None, *, base: str | None, at: str | None, least: Level, today: date) -> Report:
    """Check a card (a path, `shipped`, `REVISION:PATH`; default: the shipped one); exit 3 where it has an error.

    Models that cannot be read are findings; the others are checked all the same. Findings below `least` are counted
    and left out.
    """
    instant = card_instant(at, today)
    reading = read_card_at(place or SHIPPED)
    old = None if base is None else load_card_at(base)
    card = reading.card
    # A card with unreadable parts would look as if models had been removed or edited.
    found = card_findings(card, instant, None if reading.problems else old)
    findings = ordered([*(_unreadable(problem) for problem in reading.problems), *found])
    counts = FindingCounts(*(sum(one.level == level for one in findings) for level in LEVELS))
    said = instant_words(instant)
    document = RatesCheckDocument(
        inputs=CheckInputs(
            rates_input(card, said),
            None if old is None else rates_input(old, said),
            least,
        ),
        verdict="fail" if counts.error else "warn" if counts.warning else "pass",
        models=len(card.models),
        counts=counts,
        findings=[
            Finding(one.level, one.rule, one.provider, one.model, one.mode, one.text, one.origin)
            for one in findings
            if LEVELS.index(one.level) <= LEVELS.index(least)
        ],
    )
    if not counts.error:
        return Report("rates-check", document)
    errors = "1 error" if counts.error == 1 else f"{counts.error} errors"
    complaint = DataError(
        "card-check-failed",
        f"{errors} in the rate card",
        where=card.path,
        fix="correct the card; an unusual price that is right takes `confirmed: REASON`, an edited past one "
        "`correction: REASON`",
    )
    return Report("rates-check", document, complaint.exit_code, complaint)


def _unreadable(problem: Problem) -> CardFinding:
    text = f"{problem.path}: {problem.text}" if problem.path else problem.text
    return CardFinding(problem.rule, text, f"{problem.file}:{problem.line}")
