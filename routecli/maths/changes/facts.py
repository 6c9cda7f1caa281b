"""What a model's card says besides prices: last days, limits, tokenizer, factors of a region, when it was checked."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from routecli.maths.changes.content import same_prices
from routecli.maths.changes.readings import instant_words, tokenizer_words
from routecli.model.card_changes import CardChange, ChangeKind
from routecli.model.rates import ModelCard, Modifier, Period, RateCard

FACTS: Mapping[str, ChangeKind] = {
    "context_window": "limits-changed",
    "max_output": "limits-changed",
    "family": "facts-changed",
    "released": "facts-changed",
    "supersedes": "facts-changed",
    "latency": "facts-changed",
    "provider": "facts-changed",
}


def fact_changes(base: ModelCard, head: ModelCard) -> Iterator[CardChange]:
    """Last days, limits, tokenizer, family and checks of a model that both cards have."""
    yield from _last_days(base, head)
    for fact, kind in FACTS.items():
        was, now = getattr(base, fact, None), getattr(head, fact, None)
        if was != now:
            yield _change(kind, base, head, fact, _said(was), _said(now), place=fact)
    if base.tokenizer != head.tokenizer:
        words = tokenizer_words(base), tokenizer_words(head)
        yield _change("tokenizer-changed", base, head, "tokenizer", *words, place="tokenizer")
    yield from _checks("verified-updated", base, head, lambda period: instant_words(period.verified))
    yield from _checks("source-changed", base, head, lambda period: period.imported or period.source)


def _said(value: Any) -> str:
    if value is None or value == ():
        return "not listed"
    if isinstance(value, date):
        return instant_words(value)
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) else str(value)


def _last_days(base: ModelCard, head: ModelCard) -> Iterator[CardChange]:
    old, new = base.deprecations, head.deprecations
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name), new.get(name)
        if was != now:
            kind = _came(was, now)
            yield _change(kind, base, head, name, instant_words(was), instant_words(now), place=f"deprecations.{name}")
    for mode in sorted(base.modes.keys() & head.modes.keys()):
        lasts = base.modes[mode][-1], head.modes[mode][-1]
        ends = [None if last.status == "promo" else last.until for last in lasts]
        if ends[0] != ends[1]:
            yield CardChange(
                _came(*ends),
                head.provider,
                head.id,
                mode,
                f"{mode} price",
                was=instant_words(ends[0]),
                now=instant_words(ends[1]),
                base_origin=lasts[0].origin,
                head_origin=lasts[1].origin,
            )


def _came(was: object, now: object) -> ChangeKind:
    if was is None:
        return "deprecation-added"
    return "deprecation-removed" if now is None else "deprecation-moved"


def _change(
    kind: ChangeKind, base: ModelCard, head: ModelCard, subject: str, was: str, now: str, *, place: str
) -> CardChange:
    origins = base.origins.get(place, base.origin), head.origins.get(place, head.origin)
    return CardChange(
        kind,
        head.provider,
        head.id,
        subject=subject,
        was=was,
        now=now,
        base_origin=origins[0],
        head_origin=origins[1],
    )


def _checks(kind: ChangeKind, base: ModelCard, head: ModelCard, read: Callable[[Period], str]) -> Iterator[CardChange]:
    """One change per model and pair of values, naming the modes; a period that says nothing new is a check, too."""
    found: dict[tuple[str, str], list[tuple[str, Period, Period]]] = {}
    for mode in base.modes.keys() & head.modes.keys():
        for old, new in _pairs(base.modes[mode], head.modes[mode]):
            if (pair := (read(old), read(new)))[0] != pair[1]:
                found.setdefault(pair, []).append((mode, old, new))
    for (was, now), places in sorted(found.items()):
        modes = sorted({mode for mode, _, _ in places}, key=lambda mode: (mode != "standard", mode))
        _, old, new = min(places, key=lambda place: (modes.index(place[0]), place[2].origin))
        yield CardChange(
            kind,
            head.provider,
            head.id,
            modes[0] if len(modes) == 1 else "",
            ", ".join(modes),
            was=was,
            now=now,
            base_origin=old.origin,
            head_origin=new.origin,
        )


def _pairs(base: Sequence[Period], head: Sequence[Period]) -> Iterator[tuple[Period, Period]]:
    """Periods that stand on both cards, and new ones that repeat the price before them."""
    old = {period.start: period for period in base}
    last: Period | None = None
    for period in head:
        before = old.get(period.start)
        if before is not None:
            yield before, period
        elif last is not None and same_prices(last, period):
            yield last, period
        last = period


def shared_changes(base: RateCard, head: RateCard) -> Iterator[CardChange]:
    """Factors and mark-ups, which a file sets for all its models: one change for all models that share it."""
    found: dict[tuple[object, ...], list[ModelCard]] = {}
    for id in sorted(base.models.keys() & head.models.keys()):
        old, new = base.models[id], head.models[id]
        if old.modifiers != new.modifiers:
            for pair in _named(old.modifiers, new.modifiers):
                found.setdefault((new.provider, "modifier", *pair), []).append(new)
        was, now = (getattr(model, "markups", ()) for model in (old, new))
        if was != now:
            for pair in _named(was, now):
                found.setdefault((new.provider, "markup", *pair), []).append(new)
    for (provider, sort, was, now), models in found.items():
        yield _shared(str(provider), str(sort), was, now, models, head)


def _named(base: Sequence[Any], head: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    old, new = {one.name: one for one in base}, {one.name: one for one in head}
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield old.get(name), new.get(name)


def _shared(provider: str, sort: str, was: Any, now: Any, models: Sequence[ModelCard], head: RateCard) -> CardChange:
    whole = len(models) == sum(model.provider == provider for model in head.models.values())
    kinds: Mapping[str, ChangeKind] = {
        "added": "modifier-added",
        "changed": "modifier-changed",
        "removed": "modifier-removed",
    }
    how = "added" if was is None else "removed" if now is None else "changed"
    words = [_modifier(one) if sort == "modifier" else _markup(one) for one in (was, now)]
    return CardChange(
        kinds[how] if sort == "modifier" else "markup-changed",
        provider,
        models[0].id if len(models) == 1 and not whole else "",
        subject=(was or now).name,
        was=words[0],
        now=words[1],
        note="" if whole or len(models) == 1 else f"on {', '.join(model.id for model in models)}",
        base_origin=getattr(was, "origin", ""),
        head_origin=getattr(now, "origin", ""),
    )


def _modifier(modifier: Modifier | None) -> str:
    if modifier is None:
        return "none"
    return f"x {float(modifier.multiply):g} where {modifier.column} is {' or '.join(modifier.values)}"


def _markup(markup: Any) -> str:
    if markup is None:
        return "none"
    paid = "" if markup.applies else ", not applied"
    return f"{float(100 * markup.share):g} %{paid}"
