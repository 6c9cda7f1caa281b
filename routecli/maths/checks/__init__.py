"""What is wrong with a rate card, or soon will be: `card_findings` is the one entry."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from routecli.maths.changes import card_changes
from routecli.maths.changes.readings import instant_words
from routecli.maths.checks.dates import date_findings
from routecli.maths.checks.levels import level_findings
from routecli.maths.checks.rows import row_findings
from routecli.model.card_changes import CardChange
from routecli.model.card_findings import RULES, STALE_DAYS, CardFinding
from routecli.model.rates import MODES, RateCard

_ORDER = {rule: place for place, rule in enumerate(RULES)}


def card_findings(card: RateCard, at: datetime, base: RateCard | None = None) -> tuple[CardFinding, ...]:
    """All findings, worst first, then by model.

    `at` (UTC) is today; with `base`, an earlier state of the card, what was edited since is judged too.
    """
    found: list[CardFinding] = []
    for model in card.models.values():
        found += [*row_findings(model), *level_findings(model), *date_findings(model, card, at)]
    if base is not None:
        found += _against(card_changes(base, card, at), at)
    return ordered(found)


def ordered(findings: Iterable[CardFinding]) -> tuple[CardFinding, ...]:
    """Worst rules first, then by model and mode; findings that say the same of one place are one."""
    return tuple(sorted(dict.fromkeys(findings), key=_place))


def _place(finding: CardFinding) -> tuple[object, ...]:
    file, _, line = finding.origin.rpartition(":")
    number = int(line) if line.isdigit() else 0
    mode = MODES.index(finding.mode) if finding.mode in MODES else -1
    return (_ORDER[finding.rule], finding.provider, finding.model, mode, file, number, finding.text)


def _against(changes: Iterable[CardChange], at: datetime) -> Iterator[CardFinding]:
    for change in changes:
        place = change.head_origin or change.base_origin
        if change.kind == "history-edited":
            since = f"since {instant_words(change.start)}" if change.start else "since its release"
            what = change.subject or "its prices are gone"
            text = f"prices that held {since} were edited without a new `correction:` ({what})"
            yield CardFinding("history-edited", text, place, change.provider, change.model, change.mode)
        if change.kind in ("alias-moved", "alias-added", "alias-removed") and change.in_place:
            meant = " -> ".join(text or "no model" for text in (change.was, change.now))
            text = f"what '{change.subject}' stood for in the past was edited: {meant}"
            yield CardFinding("alias-edited", text, place, change.provider, change.model)
        late = change.start is not None and change.start < at - timedelta(days=STALE_DAYS)
        if late and change.mode and change.before is not None and change.when != "future" and not change.in_place:
            yield CardFinding(
                "backdated",
                f"the new period re-prices what was used since {instant_words(change.start)}",
                place,
                change.provider,
                change.model,
                change.mode,
            )
