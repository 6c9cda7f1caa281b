"""What a team pays instead of the list: overlays of `routecli.yaml`, laid over a rate card, the last one winning.

An overlay is a card file with full rates (of shipped models or of one's own) or a file of discounts. Prices outside
the time of an overlay stay those of the card, so no old bill changes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from pydantic import ValidationError

from routecli.data.card_file import CardHeader, ModelEntry
from routecli.data.card_parts import CardParts, card_parts
from routecli.data.card_records import alias_records, model_records
from routecli.data.card_texts import CardText, local_texts
from routecli.data.cards import digest, vendor_alias_problems
from routecli.data.config import Config, rate_overlays, read_config
from routecli.data.overlay_file import (
    OVERLAY_SCHEMA,
    DiscountEntry,
    OverlayFile,
    discount_problems,
    overlay_json_schema,
)
from routecli.data.yaml_lines import Document, Place, Problem, read_yaml, validation_problems
from routecli.errors import EnvironmentFault, ProblemsError, did_you_mean
from routecli.model.rates import AppliedFile, ModelCard, Period, RateCard

NO_MARKUP = "none"


def overlaid(card: RateCard, config: Config | None = None) -> RateCard:
    """The card with the overlays of `routecli.yaml` in the working directory (or of `config`) laid over it.

    Raises EnvironmentFault `no-such-file`, ProblemsError `bad-config` or `bad-overlay` with every problem of a file.
    """
    config = read_config() if config is None else config
    for number, path in enumerate(rate_overlays(config)):
        if not path.exists():
            raise EnvironmentFault(
                "no-such-file",
                f"there is no {path}, which is to be laid over the rate card",
                where=config.where("rates", number),
                fix=f"correct the path: it is taken from the folder of {config.path.name}",
            )
        for text in local_texts(path):
            card = _laid_over(card, text)
    return card


def _laid_over(card: RateCard, text: CardText) -> RateCard:
    document = read_yaml(text.content, text.name)
    if _holds_discounts(document):
        models = _discounted(card, document)
    else:
        parts = card_parts(document)
        problems = list(parts.problems)
        if parts.header is None:
            _refuse(problems)
        assert parts.header is not None
        problems += _clashes(card, document, parts.models)
        problems += _moved_problems(card, parts)
        _refuse(problems)
        models = _repriced(card, document, parts.header, parts.models)
        moved = alias_records(document, parts.header)
        card = replace(card, vendor_aliases=dict(sorted({**card.vendor_aliases, **moved}.items())))
    applied = (*card.overlays, AppliedFile(text.name, digest([text])))
    return replace(card, models=dict(sorted({**card.models, **models}.items())), overlays=applied)


def _holds_discounts(document: Document) -> bool:
    """Whether the file is one of discounts: by its schema, or, where that is misspelt, by what it holds."""
    said = document.data if isinstance(document.data, dict) else {}
    return said.get("schema") == OVERLAY_SCHEMA or (
        "models" not in said and not {"discounts", "markup"}.isdisjoint(said)
    )


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        lines = [str(problem) for problem in problems]
        count = f"{len(lines)} problems in the overlay, the first: " if len(lines) > 1 else ""
        raise ProblemsError("bad-overlay", f"{count}{lines[0]}", lines)


def _clashes(card: RateCard, document: Document, entries: Mapping[str, ModelEntry]) -> Iterator[Problem]:
    """A new model, or a new alias, may not take a name of another model."""
    taken = {name.casefold(): name for name in card.vendor_aliases}
    taken |= {alias.casefold(): model.id for model in card.models.values() for alias in model.aliases}
    taken |= {id.casefold(): id for id in card.models}
    for id, entry in entries.items():
        for name, place in ((id, ("models", id)), *((alias, ("models", id, "aliases")) for alias in entry.aliases)):
            owner = taken.get(name.casefold())
            if owner is not None and owner != id:
                yield document.problem(place, f"'{name}' is already a name of {owner}: give its prices under that id")


def _moved_problems(card: RateCard, parts: CardParts) -> Iterator[Problem]:
    """A moving name of an overlay replaces that of the card; it is no name of a model, and stands for models only."""
    models = {**card.models, **dict.fromkeys(parts.models)}
    names = {alias.casefold(): model.id for model in card.models.values() for alias in model.aliases}
    names |= {pin.casefold(): id for pin, id in card.pins.items()}
    names |= {id.casefold(): id for id in models}
    return vendor_alias_problems([parts], set(models), names)


def _repriced(
    card: RateCard, document: Document, header: CardHeader, entries: Mapping[str, ModelEntry]
) -> dict[str, ModelCard]:
    """Models of one's own as they stand; of a model of the card, what the overlay says and the rest as it was."""
    found = {}
    for record in model_records(document, header, entries):
        base = card.models.get(record.id)
        if base is None:
            found[record.id] = record
            continue
        said = {name for name in entries[record.id].model_fields_set if hasattr(record, name)} - {"modes"}
        modes = {mode: _spliced(base.modes.get(mode, ()), periods) for mode, periods in record.modes.items()}
        found[record.id] = replace(
            base,
            **{name: getattr(record, name) for name in said},
            modes={**base.modes, **modes},
            modifiers=record.modifiers if "modifiers" in header.model_fields_set else base.modifiers,
            markups=record.markups if "markup" in header.model_fields_set else base.markups,
        )
    return found


def _spliced(base: Sequence[Period], laid: Sequence[Period]) -> tuple[Period, ...]:
    """The periods of an overlay in the time they speak of; before it and after its end those of the card."""
    start, end = laid[0].start, laid[-1].until
    before = [one for one in base if start is not None and (one.start is None or one.start < start)]
    if end is None:
        return (*before, *laid)
    later = [one for one in base if one.start is not None and one.start > end]
    held = [one for one in base if one.start is None or one.start <= end]
    again = [replace(held[-1], start=end)] if held else []
    last = replace(laid[-1], until=None) if again or later else laid[-1]
    return (*before, *laid[:-1], last, *again, *later)


@dataclass(frozen=True, slots=True)
class _Layer:
    """A discount from `start` to `until` (None: no end) on some modes; `origin` says where it stands."""

    start: datetime | None
    until: datetime | None
    modes: tuple[str, ...]
    factor: Fraction
    origin: str

    def holds(self, mode: str, at: datetime | None) -> bool:
        started = self.start is None or (at is not None and self.start <= at)
        return mode in self.modes and started and (self.until is None or at is None or at < self.until)


def _discounted(card: RateCard, document: Document) -> dict[str, ModelCard]:
    file, problems = _overlay(document)
    if file is not None:
        problems += (document.problem(place, text) for place, text in discount_problems(file))
        problems += _unknown(card, document, file)
    _refuse(problems)
    assert file is not None
    found = {}
    for model in card.models.values():
        # A discount on the model goes before one on its provider, wherever it stands in the file.
        layers = [
            _layer(document, number, one)
            for own in (False, True)
            for number, one in enumerate(file.discounts)
            if (one.model == model.id if own else one.provider == model.provider)
        ]
        changed = model
        if layers:
            changed = replace(model, modes={mode: _cut(mode, periods, layers) for mode, periods in model.modes.items()})
        if model.provider in file.markup:
            chosen = file.markup[model.provider]
            markups = tuple(replace(one, applies=one.name == chosen) for one in model.markups)
            changed = replace(changed, markups=markups)
        if changed is not model:
            found[model.id] = changed
    return found


def _overlay(document: Document) -> tuple[OverlayFile | None, list[Problem]]:
    try:
        return OverlayFile.model_validate(document.data), list(document.problems)
    except ValidationError as error:
        return None, [*document.problems, *validation_problems(error, document, overlay_json_schema())]


def _unknown(card: RateCard, document: Document, file: OverlayFile) -> Iterator[Problem]:
    providers = sorted({model.provider for model in card.models.values()})
    for number, one in enumerate(file.discounts):
        for key, value, known in (("provider", one.provider, providers), ("model", one.model, list(card.models))):
            if value is not None and value not in known:
                yield document.problem(("discounts", number, key), _missing(key, value, known))
    for provider, name in file.markup.items():
        models = [model for model in card.models.values() if model.provider == provider]
        names = {markup.name for model in models for markup in model.markups}
        place: Place = ("markup", provider)
        if provider not in providers:
            yield document.problem(place, _missing("provider", provider, providers))
        elif name not in names and name != NO_MARKUP:
            yield document.problem(place, _missing(f"mark-up of {provider}", name, sorted({*names, NO_MARKUP})))


def _missing(what: str, value: str, known: Sequence[str]) -> str:
    hint = did_you_mean(value, known, most=1)
    return f"the card has no {what} '{value}'" + (f": {hint}" if hint else "")


def _layer(document: Document, number: int, one: DiscountEntry) -> _Layer:
    origin = f"{document.name}:{document.line(('discounts', number))}"
    left = 1 - one.percent / 100
    return _Layer(one.start, one.until, one.modes, left, f"{origin}: {float(one.percent):g} % off")


def _cut(mode: str, periods: Sequence[Period], layers: Sequence[_Layer]) -> tuple[Period, ...]:
    """The periods with their discounts, cut where one starts or ends."""
    edges = sorted({at for layer in layers for at in (layer.start, layer.until) if at is not None})
    found: list[Period] = []
    for place, period in enumerate(periods):
        end = periods[place + 1].start if place + 1 < len(periods) else period.until
        inside = [at for at in edges if (period.start is None or period.start < at) and (end is None or at < end)]
        for start in (period.start, *inside):
            held = next((layer for layer in reversed(layers) if layer.holds(mode, start)), None)
            piece = replace(period, start=start)
            found.append(piece if held is None else replace(piece, factor=held.factor, discount=held.origin))
    return tuple(found)
