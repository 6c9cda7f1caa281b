"""What aggregators add to the price of tokens: a figure beside the cost, never inside it."""

from collections.abc import Iterable
from fractions import Fraction

from routecli.model.rates import Markup, RateCard
from routecli.money import PICO_PER_USD, Amount


def markup_on(card: RateCard, id: str | None, cost: Amount) -> Fraction:
    """The mark-up this account pays on the cost of a model's tokens."""
    model = None if id is None else card.models.get(id)
    return Fraction(0) if model is None or model.markup is None else Fraction(cost) * model.markup.share


def has_markup(card: RateCard, ids: Iterable[str | None]) -> bool:
    """Whether any of these models is sold with a mark-up."""
    return any(id is not None and id in card.models and card.models[id].markup is not None for id in ids)


def markup_notes(card: RateCard, ids: Iterable[str | None]) -> list[str]:
    """What the column of mark-ups rests on, and what it cannot know."""
    found: dict[tuple[str, Markup], None] = {}
    for id in ids:
        model = None if id is None else card.models.get(id)
        if model is not None and model.markup is not None:
            found[model.provider, model.markup] = None
    said = []
    for provider, markup in found:
        text = f"mark-up of {provider} ({markup.name}): {float(100 * markup.share):g} % of the cost, in its own column"
        if markup.minimum is not None:
            text += f"; at least ${float(markup.minimum / PICO_PER_USD):.2f} a payment, which requests do not show"
        if markup.free_requests:
            text += f"; the first {markup.free_requests:,} requests a month are free, so it is the most it can be"
        said.append(text)
    return said
