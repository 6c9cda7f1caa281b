"""Token ratios between models, from what a rate card says of their tokenizers."""

from routecli.maths.pricing import Ratio
from routecli.model.rates import RateCard


def tokenizer_ratios(card: RateCard) -> dict[tuple[str, str], Ratio]:
    """Token ratios between models whose tokenizers the card compares with the same basis, where they differ."""
    known = {model.id: model.tokenizer for model in card.models.values() if model.tokenizer is not None}
    return {
        (first, second): (known[second][1] / known[first][1],) * 2
        for first in known
        for second in known
        if known[first][0] == known[second][0] and known[first][1] != known[second][1]
    }
