"""How the queries of an evaluation set run through a policy: who is called, who answers, whether it is good.

Shares are exact: every call's reach is a sum of coefficient x mask, where a mask says of each query whether it holds
and the coefficient (1, or a share that answers in time, or a classifier's recall) does not depend on the query.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from routecli.model.evidence import Floats, Integers

    Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]

ONE = Fraction(1)


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How much of each query: the sum of its parts (coefficient, mask)."""

    parts: "tuple[tuple[Fraction, Mask], ...]"

    def total(self, values: "Integers | None", rows: "Mask") -> Fraction:
        """The exact sum of share x value over the rows (value 1 where None is given)."""
        found = Fraction(0)
        for coefficient, mask in self.parts:
            here = mask & rows
            found += coefficient * (int(here.sum()) if values is None else sum(values[here].tolist()))
        return found

    def floats(self) -> "Floats":
        """The share of each query."""
        import numpy as np

        if not self.parts:
            raise ValueError("a spread without parts has no length")
        return np.asarray(sum(float(coefficient) * mask for coefficient, mask in self.parts), np.float64)

    def within(self, mask: "Mask", share: Fraction = ONE) -> "Spread":
        """The share of these queries only, times a share."""
        return Spread(tuple((coefficient * share, found & mask) for coefficient, found in self.parts))

    def plus(self, other: "Spread") -> "Spread":
        """Both together."""
        return Spread(self.parts + other.parts)


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """A policy's calls in order: each one's model, the share of each query that reaches it, the share that its answer
    is delivered of. `right[j]` says where call j's answer is good. `judged` calls can be refused; the others answer."""

    models: tuple[str, ...]
    reach: tuple[Spread, ...]
    answers: tuple[Spread, ...]
    right: "tuple[Mask, ...]"
    judged: int = 0
    accepts: "tuple[Mask, ...]" = field(default=())

    def good(self, rows: "Mask") -> Fraction:
        """Good answers delivered, summed over the rows."""
        return sum(
            (spread.within(right).total(None, rows) for spread, right in zip(self.answers, self.right, strict=True)),
            start=Fraction(0),
        )

    def silent(self, rows: "Mask") -> Fraction:
        """Bad answers shipped by a call before the last model."""
        found = Fraction(0)
        for model, spread, right in zip(self.models, self.answers, self.right, strict=True):
            if model != self.models[-1]:
                found += spread.within(~right).total(None, rows)
        return found

    def needless(self, rows: "Mask") -> Fraction:
        """Good answers that were refused, or never asked for though the first model would have had them right."""
        if self.judged:
            refused = self.reach[0].within(self.right[0] & ~self.accepts[0])
            return refused.total(None, rows)
        return sum((spread.within(self.right[0]).total(None, rows) for spread in self.answers[1:]), start=Fraction(0))

    def delivered(self) -> "Floats":
        """How good each query's delivered answer is (0-1)."""
        import numpy as np

        parts = [spread.within(right) for spread, right in zip(self.answers, self.right, strict=True)]
        return np.asarray(sum(part.floats() for part in parts), np.float64)

    def silent_share(self) -> "Floats":
        """How much of each query is a bad answer shipped before the last model."""
        import numpy as np

        found = np.zeros(len(self.right[0]))
        for model, spread, right in zip(self.models, self.answers, self.right, strict=True):
            if model != self.models[-1]:
                found += spread.within(~right).floats()
        return found


def cascade_walk(
    models: Sequence[str], right: "Sequence[Mask]", accepts: "Sequence[Mask]", in_time: Sequence[Fraction]
) -> Walk:
    """Calls one after the other; `accepts[j]` is what the gate says of call j's answer, `in_time[j]` the share of
    calls whose answer arrives before the timeout (it does not depend on the query)."""
    import numpy as np

    everyone = Spread(((ONE, np.ones(len(right[0]), np.bool_)),))
    reach, answers = [everyone], []
    for accept, arrives in zip(accepts, in_time, strict=True):
        here = reach[-1]
        answers.append(here.within(accept, arrives))
        onward = here.within(~accept)
        if arrives != 1:
            onward = onward.plus(here.within(accept, 1 - arrives))
        reach.append(onward)
    answers.append(reach[-1])
    return Walk(tuple(models), tuple(reach), tuple(answers), tuple(right), len(accepts), tuple(accepts))


def classifier_walk(models: Sequence[str], right: "Sequence[Mask]", cheap: Spread) -> Walk:
    """One call per query: the cheap model's for the share `cheap`, the strong one's for the rest."""
    import numpy as np

    everyone = np.ones(len(right[0]), np.bool_)
    rest = Spread(((ONE, everyone), *((-coefficient, mask) for coefficient, mask in cheap.parts)))
    return Walk(tuple(models), (cheap, rest), (cheap, rest), tuple(right))


def single_walk(model: str, right: "Mask") -> Walk:
    """Everything on one model."""
    import numpy as np

    everyone = Spread(((ONE, np.ones(len(right), np.bool_)),))
    return Walk((model,), (everyone,), (everyone,), (right,))
