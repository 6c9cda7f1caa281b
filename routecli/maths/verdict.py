"""Route or not: the word and the facts behind it; the sentences are written by the caller.

`do not route` on a loss or where the spend is too small; `not enough evidence` while what the answer hangs on is
assumed. `route` needs measured evidence.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from routecli.maths.evaluation import Evaluation
from routecli.maths.net import Engineering
from routecli.money import PICO_PER_USD

Word = Literal["route", "do not route", "not enough evidence"]
Fact = Literal[
    "loss", "no saving", "nothing routed", "small spend", "payback", "success assumed", "quality unknown", "pays above"
]

SMALL_SPEND = 200 * PICO_PER_USD
"""Under about $200 a month the engineering time exceeds the saving (the reference article's rule of thumb)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The word, and the facts that led to it in order of weight."""

    word: Word
    facts: tuple[Fact, ...]


def judge(
    evaluation: Evaluation, break_even: Fraction | None, engineering: Engineering, *, uses_success: bool
) -> Verdict:
    """The verdict for a policy whose success rate, if it uses one, is assumed."""
    against: list[Fact] = []
    if not evaluation.routed:
        against.append("nothing routed")
    elif evaluation.saving < 0:
        against.append("loss")
    elif evaluation.saving == 0:
        against.append("no saving")
    if evaluation.bill_before < SMALL_SPEND:
        against.append("small spend")
    if not against and engineering.given and not engineering.pays(evaluation.saving):
        against.append("payback")
    above: list[Fact] = ["pays above"] if break_even is not None else []
    if against:
        return Verdict("do not route", (*against, *above))
    return Verdict("not enough evidence", (*above, "success assumed" if uses_success else "quality unknown"))
