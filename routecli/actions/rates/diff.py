"""`rates diff`: what differs between two rate cards, by meaning."""

from collections import Counter
from dataclasses import astuple
from datetime import UTC, date, datetime

from routecli.actions.facts import rates_input
from routecli.data.cards import load_card_at
from routecli.errors import UsageError
from routecli.maths.changes import card_changes
from routecli.maths.changes.readings import instant_words
from routecli.maths.changes.reference import change_pct, rate_changes, reference_cost
from routecli.model import parse
from routecli.model.card_changes import MEANINGS, CardChange, Reference
from routecli.money import per_million, to_usd
from routecli.report.documents import Report
from routecli.report.documents.rates_diff import (
    Change,
    DiffInputs,
    RateChange,
    RatesDiffDocument,
    ReferenceChange,
    ReferenceRequest,
)


def diff(base: str, head: str, *, at: str | None, reference: str | None, today: date) -> Report:
    """Compare two cards, each a path, `shipped` or `REVISION:PATH`. Raises what loading a card raises."""
    wanted = Reference() if reference is None else parse_reference(reference)
    instant = card_instant(at, today)
    cards = load_card_at(base), load_card_at(head)
    changes = card_changes(*cards, instant)
    counts = Counter(change.kind for change in changes)
    said = (rates_input(card, instant_words(instant)) for card in cards)
    return Report(
        "rates-diff",
        RatesDiffDocument(
            DiffInputs(next(said), next(said), ReferenceRequest(*astuple(wanted))),
            [as_change(change, wanted) for change in changes],
            {kind: counts[kind] for kind in MEANINGS if counts[kind]},
        ),
    )


def card_instant(at: str | None, today: date) -> datetime:
    """`--at`, else the start of today (UTC)."""
    return parse.instant(at, "--at") if at else datetime.combine(today, datetime.min.time(), tzinfo=UTC)


REFERENCE_KEYS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")


def parse_reference(text: str) -> Reference:
    """`input=10000,cache_read=4000,output=1000`; what is left out is 0."""
    typed = parse.assignments([part for part in text.split(",") if part.strip()], "--reference")
    unknown = [key for key in typed if key not in REFERENCE_KEYS]
    if unknown:
        raise UsageError(
            "bad-reference",
            f"--reference knows no '{unknown[0]}'",
            fix=f"give tokens as {', '.join(f'{key}=N' for key in REFERENCE_KEYS)}",
        )
    counts = {key: parse.count(typed.get(key, "0"), f"--reference {key}") for key in REFERENCE_KEYS}
    cached = counts["cache_read"] + counts["cache_write_5m"] + counts["cache_write_1h"]
    if cached > counts["input"]:
        raise UsageError(
            "bad-reference",
            f"--reference has {cached:,} cached tokens of {counts['input']:,} input tokens",
            fix="input is the total, cache reads and writes included",
        )
    if not counts["input"] + counts["output"]:
        raise UsageError("bad-reference", "--reference is a request without tokens", fix="give input=N or output=N")
    return Reference(**counts)


def as_change(change: CardChange, reference: Reference) -> Change:
    """A change as the documents hold it."""
    pairs = rate_changes(change.before, change.after)
    return Change(
        kind=change.kind,
        provider=change.provider,
        model=change.model,
        mode=change.mode,
        subject=change.subject,
        when=change.when,
        starts=instant_words(change.start) or None,
        until=instant_words(change.until) or None,
        from_input_tokens=change.length,
        window=change.window,
        in_place=change.in_place,
        was=change.was,
        now=change.now,
        note=change.note,
        rates={
            kind: RateChange(_usd(before), _usd(after), _pct(before, after)) for kind, (before, after) in pairs.items()
        },
        reference=_reference(change, reference) if pairs else None,
        base=change.base_origin or None,
        head=change.head_origin or None,
    )


def _usd(rate: int | None) -> float | None:
    return None if rate is None else float(per_million(rate))


def _pct(before: int | None, after: int | None) -> float | None:
    pct = change_pct(before, after)
    return None if pct is None else float(pct)


def _reference(change: CardChange, reference: Reference) -> ReferenceChange:
    before, after = (
        None if rates is None else reference_cost(rates, reference) for rates in (change.before, change.after)
    )
    return ReferenceChange(*_amount(before), *_amount(after), _pct(before, after))


def _amount(pico: int | None) -> tuple[float | None, str | None]:
    return (None, None) if pico is None else (to_usd(pico), str(pico))
