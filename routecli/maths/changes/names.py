"""Names that stand for another model than before: ids, vendor aliases with or without dates, pinned short names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from routecli.maths.changes.readings import price_at, tokenizer_words
from routecli.model.card_changes import CardChange, ChangeKind, When
from routecli.model.rates import ModelCard, RateCard

EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Named:
    """A name as written and the model it stands for from `start` (None: ever since); `model` None: for none."""

    name: str
    start: datetime | None
    model: ModelCard | None
    origin: str
    provider: str


Series = Sequence[Named]
"""What a name stood for, in order of time; names without dates have one entry without a start."""


def name_changes(base: RateCard, head: RateCard, at: datetime) -> Iterator[CardChange]:
    """Names that moved, came or went; those that only came or went with their model are part of that change."""
    old, new = names(base), names(head)
    for folded in sorted(old.keys() | new.keys()):
        yield from _name(old.get(folded, ()), new.get(folded, ()), base, head, at)


def names(card: RateCard) -> Mapping[str, Series]:
    """Every name of the card in lower case. Pins that came from elsewhere than the card's own files are no part."""
    found: dict[str, Series] = {}
    for pin, target in card.pins.items():
        if pin in card.origins:
            model = card.models[target]
            found[pin.casefold()] = (Named(pin, None, model, card.origins[pin], model.provider),)
    for alias, periods in card.vendor_aliases.items():
        known = [card.models.get(period.id or "") for period in periods]
        provider = next((model.provider for model in known if model), "")
        found[alias.casefold()] = tuple(
            Named(alias, period.start, model, period.origin, provider)
            for period, model in zip(periods, known, strict=True)
        )
    for model in card.models.values():
        for alias in model.aliases:
            place = model.origins.get(f"aliases.{alias}", model.origin)
            found[alias.casefold()] = (Named(alias, None, model, place, model.provider),)
    for model in card.models.values():
        found[model.id.casefold()] = (Named(model.id, None, model, model.origin, model.provider),)
    return found


def _name(old: Series, new: Series, base: RateCard, head: RateCard, at: datetime) -> Iterator[CardChange]:
    starts = sorted({one.start for one in (*old, *new)}, key=_key)
    for place, start in enumerate(starts):
        end = starts[place + 1] if place + 1 < len(starts) else None
        was, now = _over(old, start), _over(new, start)
        ids = [one.model.id if one and one.model else None for one in (was, now)]
        # A name that comes or goes with its model says nothing of its own.
        whole = (not old and ids[1] not in base.models) or (not new and ids[0] not in head.models)
        if ids[0] != ids[1] and not whole:
            yield from _changed(was, now, old, start, end, at)


def _key(instant: datetime | None) -> datetime:
    return EVER if instant is None else instant


def _over(series: Series, instant: datetime | None) -> Named | None:
    return next((one for one in reversed(series) if _key(one.start) <= _key(instant)), None)


def _changed(
    was: Named | None, now: Named | None, old: Series, start: datetime | None, end: datetime | None, at: datetime
) -> Iterator[CardChange]:
    before, after = (one.model if one else None for one in (was, now))
    named = now or was
    assert named is not None, "a name that differs stands on one of the cards"
    when: When = "future" if _key(start) > at else "past" if end is not None and end <= at else "now"
    make = partial(
        CardChange,
        provider=named.provider or (was.provider if was else ""),
        model=shown.id if (shown := after or before) else "",
        subject=named.name,
        when=when,
        start=start,
        until=end,
        base_origin=was.origin if was else "",
        head_origin=now.origin if now else "",
        in_place=when != "future" and _dated(old) and not _appended(now, old, at),
    )
    kind: ChangeKind = "alias-moved" if before and after else "alias-added" if after else "alias-removed"
    instant = at if when == "now" or start is None else start
    rates = [model and price_at(model, instant) for model in (before, after)] if before and after else [None, None]
    yield make(
        kind,
        was=before.id if before else "",
        now=after.id if after else "",
        before=rates[0].rates if rates[0] else None,
        after=rates[1].rates if rates[1] else None,
    )
    if before and after and before.tokenizer and after.tokenizer and before.tokenizer != after.tokenizer:
        words = tokenizer_words(before), tokenizer_words(after)
        yield make(
            "tokenizer-changed",
            was=words[0],
            now=words[1],
            base_origin=before.origin,
            head_origin=after.origin,
        )


def _dated(series: Series) -> bool:
    return any(one.start is not None for one in series)


def _appended(now: Named | None, old: Series, at: datetime) -> bool:
    """Whether the name's new meaning begins after all of its old ones that had begun."""
    begun = [_key(one.start) for one in old if _key(one.start) <= at]
    return now is not None and all(begin < _key(now.start) for begin in begun)
