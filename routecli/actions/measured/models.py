"""Models that an evaluation set knows and the rate card does not: nameable, but priced by their logged costs alone."""

from collections.abc import Iterable
from dataclasses import replace

from routecli.model.rates import PER_QUERY, STANDARD, ModelCard, Period, RateCard, Rates
from routecli.model.wrappings import unwrapped


def with_models(card: RateCard, names: Iterable[str]) -> RateCard:
    """The card with a model for each name it does not know, so that policies can name it."""
    known = {name.casefold() for model in card.models.values() for name in (model.id, *model.aliases)}
    known |= {pin.casefold() for pin in card.pins}
    added: dict[str, ModelCard] = {}
    for name in dict.fromkeys(names):
        if name in card.models:
            continue
        forms = dict.fromkeys(form.text for form in unwrapped(name.casefold()))
        short = tuple(text for text in forms if text not in known)
        known.update(short)
        added[name] = ModelCard(name, PER_QUERY, name, {STANDARD: (Period(None, Rates(0, 0)),)}, short)
    return replace(card, models={**card.models, **added}) if added else card


def on_card(card: RateCard, model: str) -> bool:
    """Whether the card itself has a price of the model."""
    return card.models[model].provider != PER_QUERY
