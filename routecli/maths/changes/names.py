"""Names that stand for another model than before: ids, vendor aliases, pinned short names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from routecli.maths.changes.readings import price_at, tokenizer_words
from routecli.model.card_changes import CardChange
from routecli.model.rates import ModelCard, RateCard


@dataclass(frozen=True, slots=True)
class Named:
    """A name as written, the model it stands for, what sort of name it is, and where it stands."""

    name: str
    model: ModelCard
    sort: str
    origin: str


def name_changes(base: RateCard, head: RateCard, at: datetime) -> Iterator[CardChange]:
    """Names that moved, came or went; those that only came or went with their model are part of that change."""
    old, new = names(base), names(head)
    for folded in sorted(old.keys() | new.keys()):
        was, now = old.get(folded), new.get(folded)
        if was and now and was.model.id != now.model.id:
            yield from _moved(was, now, at)
        elif was and not now and was.model.id in head.models:
            yield _change("alias-removed", was, was=was.model.id, base_origin=was.origin)
        elif now and not was and now.model.id in base.models:
            yield _change("alias-added", now, now=now.model.id, head_origin=now.origin)


def names(card: RateCard) -> Mapping[str, Named]:
    """Every name of the card in lower case. Pins that came from elsewhere than the card's own files are no part."""
    found: dict[str, Named] = {}
    for pin, target in card.pins.items():
        if pin in card.origins:
            found[pin.casefold()] = Named(pin, card.models[target], "short name", card.origins[pin])
    for model in card.models.values():
        for alias in model.aliases:
            place = model.origins.get(f"aliases.{alias}", model.origin)
            found[alias.casefold()] = Named(alias, model, "alias", place)
    for model in card.models.values():
        found[model.id.casefold()] = Named(model.id, model, "id", model.origin)
    return found


def _moved(was: Named, now: Named, at: datetime) -> Iterator[CardChange]:
    before, after = price_at(was.model, at), price_at(now.model, at)
    yield _change(
        "alias-moved",
        now,
        was=was.model.id,
        now=now.model.id,
        before=before and before.rates,
        after=after and after.rates,
        base_origin=was.origin,
        head_origin=now.origin,
    )
    if was.model.tokenizer != now.model.tokenizer and None not in (was.model.tokenizer, now.model.tokenizer):
        yield _change(
            "tokenizer-changed",
            now,
            was=tokenizer_words(was.model),
            now=tokenizer_words(now.model),
            base_origin=was.model.origin,
            head_origin=now.model.origin,
        )


def _change(kind: str, name: Named, **words: object) -> CardChange:
    make: type = CardChange
    found: CardChange = make(kind=kind, provider=name.model.provider, model=name.model.id, subject=name.name, **words)
    return found
