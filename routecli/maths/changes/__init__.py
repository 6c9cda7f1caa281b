"""What differs between two rate cards, by meaning: `card_changes` is the one entry.

Comments, order and formatting never show; neither do names of windows, notes and the card's folder. What a bill, a
forecast or a reader of the card would feel does, one record per aspect, each with the lines it stands at.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from routecli.maths.changes.facts import fact_changes, shared_changes
from routecli.maths.changes.names import name_changes
from routecli.maths.changes.readings import price_at
from routecli.maths.changes.series import Series, series_changes
from routecli.model.card_changes import MEANINGS, CardChange
from routecli.model.rates import MODES, STANDARD, ModelCard, RateCard

_ORDER = {kind: place for place, kind in enumerate(MEANINGS)}


def card_changes(base: RateCard, head: RateCard, at: datetime) -> tuple[CardChange, ...]:
    """Every difference of meaning, in order of model, mode and time.

    `at` (UTC) is now: it tells the price in force from history and from what is scheduled. The same card twice, and
    cards that differ in words only, give nothing.
    """
    found = [*shared_changes(base, head), *name_changes(base, head, at)]
    for id in sorted(base.models.keys() | head.models.keys()):
        found += _model_changes(base.models.get(id), head.models.get(id), at)
    return tuple(sorted(found, key=_place))


def _place(change: CardChange) -> tuple[object, ...]:
    mode = MODES.index(change.mode) if change.mode in MODES else -1
    start = "" if change.start is None else change.start.isoformat()
    return (
        change.model,
        change.provider,
        mode,
        start,
        _ORDER[change.kind],
        change.window,
        change.length or 0,
        change.subject,
    )


def _model_changes(base: ModelCard | None, head: ModelCard | None, at: datetime) -> Iterator[CardChange]:
    if base is None or head is None:
        yield _whole(base, head, at)
        return
    for mode in MODES:
        if mode in base.modes and mode in head.modes:
            make = partial(CardChange, provider=head.provider, model=head.id, mode=mode)
            yield from series_changes(_series(base, mode), _series(head, mode), at, make)
        elif mode in base.modes or mode in head.modes:
            yield _mode(base, head, mode, at)
    yield from fact_changes(base, head)


def _series(model: ModelCard, mode: str) -> Series:
    return Series(model.modes[mode], model.cancelled.get(mode, ()))


def _whole(base: ModelCard | None, head: ModelCard | None, at: datetime) -> CardChange:
    model = head or base
    assert model is not None, "one of the cards has it"
    period = price_at(model, at)
    modes = ", ".join(mode for mode in model.modes if mode != STANDARD)
    return CardChange(
        "model-added" if base is None else "model-removed",
        model.provider,
        model.id,
        STANDARD,
        before=period.rates if period and head is None else None,
        after=period.rates if period and base is None else None,
        note=f"also {modes}" if modes else "",
        base_origin=base.origin if base else "",
        head_origin=head.origin if head else "",
    )


def _mode(base: ModelCard, head: ModelCard, mode: str, at: datetime) -> CardChange:
    added = mode in head.modes
    period = price_at(head if added else base, at, mode)
    rates = period.rates if period else None
    where = period.origin if period else ""
    return CardChange(
        "mode-added" if added else "mode-removed",
        head.provider,
        head.id,
        mode,
        before=None if added else rates,
        after=rates if added else None,
        base_origin=base.origin if added else where,
        head_origin=where if added else head.origin,
    )
