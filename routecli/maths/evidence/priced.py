"""What measured answers cost by the rate card: their own tokens at one date's prices, query by query."""

from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from routecli.errors import DataError
from routecli.maths.pricing import Pricer
from routecli.model.evidence import UNKNOWN, Answers
from routecli.model.rates import STANDARD, ModelCard
from routecli.model.workload import Cell, Key

if TYPE_CHECKING:
    from routecli.model.evidence import Integers


def card_cost(answers: Answers, model: ModelCard, pricer: Pricer, at: datetime | None) -> "Integers":
    """Pico-USD of every answer whose tokens are known, `UNKNOWN` for the others.

    input * rate + output * rate at the tier of its own length, standard mode, nothing cached, base hours.
    Raises DataError where the card has no price at that date.
    """
    import numpy as np

    period = pricer.period(model, STANDARD, at)
    tiers = sorted(period.tiers, key=lambda tier: tier.edge)
    rates = [period.rates, *(tier.rates for tier in tiers)]
    if any(one.output is None for one in rates):
        raise DataError(
            "no-output-rate", f"the rate card lists no output rate for {model.id}", fix="add it to the card"
        )
    level = np.searchsorted([tier.edge for tier in tiers], answers.input_tokens, side="right")
    read, write = (
        np.array([getattr(one, side) for one in rates], dtype=np.int64)[level] for side in ("input", "output")
    )
    cost = answers.input_tokens * read + answers.output_tokens * write
    scale = pricer.scale(Cell(Key(model.id), 1, 0, 0), model)
    if scale != 1:
        cost = np.array([round(Fraction(int(one)) * scale) for one in cost], dtype=np.int64)
    known = (answers.input_tokens != UNKNOWN) & (answers.output_tokens != UNKNOWN)
    return np.asarray(np.where(known, cost, UNKNOWN), dtype=np.int64)
