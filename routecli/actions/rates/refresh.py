"""`rates refresh`: newer prices of a public list as a patch that only appends periods to the card."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from routecli.actions.facts import rates_input
from routecli.actions.rates.diff import card_instant
from routecli.data.card_patch import unified, with_periods
from routecli.data.card_texts import CardText, local_texts
from routecli.data.cards import load_card, read_texts
from routecli.data.price_lists import read_price_list
from routecli.data.shipped import shipped
from routecli.errors import DataError, UsageError
from routecli.maths.changes import card_changes
from routecli.maths.changes.readings import instant_words
from routecli.maths.changes.reference import change_pct, rate_changes
from routecli.maths.checks import card_findings
from routecli.maths.refresh import compared
from routecli.model.card_findings import CardFinding
from routecli.model.names import resolve
from routecli.model.price_lists import Comparison, NewPeriod
from routecli.model.rates import STANDARD, RateCard
from routecli.money import per_million
from routecli.report.documents import Report
from routecli.report.documents.rates_diff import RateChange
from routecli.report.documents.rates_refresh import (
    RatesRefreshDocument,
    RefreshedMode,
    RefreshInputs,
    RefreshSource,
)
from routecli.report.outputs import write_bytes

ORDER = ("appended", "refused", "by hand", "past differs", "not listed", "same")


def refresh(
    kind: str,
    *,
    source: Path | None,
    rates: Path | None,
    models: Sequence[str],
    at: str | None,
    today: date,
    write: bool,
) -> Report:
    """Compare a card with a price list and make the patch; `write` applies it to the files of `rates`.

    Raises what loading a card and reading a list raise, and UsageError `write-shipped`.
    """
    if write and rates is None:
        raise UsageError(
            "write-shipped", "--write would change the card inside the program", fix="name your own with --rates PATH"
        )
    instant = card_instant(at, today)
    card = load_card(rates)
    texts = local_texts(rates) if rates is not None else local_texts(shipped("pricing"), shipped("pricing").name)
    prices = read_price_list(kind, source)
    wanted = [resolve(card, name, typed=True, at=instant).id for name in models] or list(card.models)
    comparisons = [one for id in dict.fromkeys(wanted) for one in compared(card.models[id], prices, instant)]
    comparisons, patched = _accepted(comparisons, card, texts, instant)
    changed = [(old, new) for old, new in zip(texts, patched, strict=True) if old.content != new.content]
    if write:
        for _, new in changed:
            write_bytes(Path(new.name), new.content)
    document = RatesRefreshDocument(
        inputs=RefreshInputs(
            rates_input(card, instant_words(instant)),
            RefreshSource(kind, prices.label, None if source is None else str(source)),
        ),
        written=write and bool(changed),
        files=[new.name for _, new in changed],
        patch="".join(unified(_text(old), _text(new), old.name) for old, new in changed),
        counts=_counts(comparisons),
        modes=[_mode(one) for one in sorted(comparisons, key=_place)],
    )
    return Report("rates-refresh", document)


def _place(comparison: Comparison) -> tuple[object, ...]:
    return ORDER.index(comparison.outcome), comparison.provider, comparison.model, comparison.mode


def _counts(comparisons: Iterable[Comparison]) -> dict[str, int]:
    found = Counter(one.outcome for one in comparisons)
    return {outcome: found[outcome] for outcome in ORDER if found[outcome]}  # type: ignore[index]


def _text(text: CardText) -> str:
    return text.content.decode("utf-8-sig")


def _accepted(
    comparisons: Sequence[Comparison], card: RateCard, texts: Sequence[CardText], at: datetime
) -> tuple[list[Comparison], list[CardText]]:
    """The comparisons, those refused whose periods a check of the patched card would fail, and the files with the rest.

    The old card's own errors are not held against the list.
    """
    known = {_said(one) for one in card_findings(card, at)}
    left = list(comparisons)
    while True:
        files, left = _patched(left, card, texts)
        reading = read_texts(files, card.path)
        found = [one for one in card_findings(reading.card, at) if one.level == "error" and _said(one) not in known]
        if reading.problems or _edited(card, reading.card, at):
            raise AssertionError(f"the patch is no longer the card it was made for: {reading.problems[:1]}")
        if not found:
            return left, files
        left = [_refused(one, found) for one in left]


def _said(finding: CardFinding) -> tuple[str, str, str, str]:
    return finding.rule, finding.model, finding.mode, finding.text


def _refused(comparison: Comparison, found: Sequence[CardFinding]) -> Comparison:
    """The comparison without its periods where one of the findings, the worst first, is theirs.

    A new standard price can break the proportion to a mode that did not change.
    """
    own = [one for one in found if one.model == comparison.model]
    mine = [one for one in own if comparison.mode in (one.mode, STANDARD)]
    if not comparison.new or not mine:
        return comparison
    return replace(comparison, outcome="refused", text=f"{mine[0].rule}: {mine[0].text}", new=())


def _edited(old: RateCard, new: RateCard, at: datetime) -> bool:
    kinds = {"history-edited", "history-corrected", "model-removed", "mode-removed", "schedule-withdrawn"}
    return any(change.kind in kinds for change in card_changes(old, new, at))


def _patched(
    comparisons: Sequence[Comparison], card: RateCard, texts: Sequence[CardText]
) -> tuple[list[CardText], list[Comparison]]:
    """Each file with the periods of its models; a comparison whose place in the file cannot be written is by hand."""
    files = {text.name: text for text in texts}
    left = []
    for comparison in comparisons:
        if comparison.new:
            name = card.models[comparison.model].origin.rpartition(":")[0]
            try:
                files[name] = _with(files[name], card, comparison.new)
            except DataError as problem:
                comparison = replace(comparison, outcome="by hand", text=problem.line(), new=())
        left.append(comparison)
    return [files[text.name] for text in texts], left


def _with(file: CardText, card: RateCard, new: Sequence[NewPeriod]) -> CardText:
    mark = b"\xef\xbb\xbf"
    start = mark if file.content.startswith(mark) else b""
    text = with_periods(_text(file), file.name, card.models, new)
    return CardText(file.name, start + text.encode())


def _mode(comparison: Comparison) -> RefreshedMode:
    last = comparison.new[-1].rates if comparison.new else None
    pairs = rate_changes(comparison.was, last) if last else {}
    return RefreshedMode(
        provider=comparison.provider,
        model=comparison.model,
        mode=comparison.mode,
        outcome=comparison.outcome,
        text=comparison.text,
        starts=[instant_words(one.start) for one in comparison.new],
        rates={kind: RateChange(_usd(was), _usd(now), _pct(was, now)) for kind, (was, now) in pairs.items()},
    )


def _usd(rate: int | None) -> float | None:
    return None if rate is None else float(per_million(rate))


def _pct(before: int | None, after: int | None) -> float | None:
    pct = change_pct(before, after)
    return None if pct is None else float(pct)
