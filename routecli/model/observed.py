"""What an evaluation set says of one policy, by query type: shapes of what escalates, and what becomes of answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

ANY = "*"
"""The key of query types that the set has no answers of: the pooled figures."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Shares (0-1, exact) of requests: good answers delivered, bad ones of a model before the last one shipped, good
    ones refused."""

    good: Fraction
    silent: Fraction
    needless: Fraction


@dataclass(frozen=True, slots=True)
class TypeObserved:
    """One query type: `shapes[j]` are the (input, output) tokens of the requests that reach call j + 1, relative to
    the type's mean on that model (of a model that is priced per query, both are of the cost). `reach[j]` is the share
    that reaches it. `outcomes` None: nobody graded the answers."""

    reach: tuple[Fraction, ...]
    shapes: tuple[tuple[Fraction, Fraction], ...]
    outcomes: Outcomes | None
    queries: int


@dataclass(frozen=True, slots=True)
class Observed:
    """By query type (None: requests without one), with the pooled figures under `ANY`."""

    types: Mapping[str | None, TypeObserved] = field(default_factory=dict)

    def of(self, query_type: str | None) -> TypeObserved:
        """The figures of a query type, or the pooled ones."""
        return self.types.get(query_type) or self.types[ANY]

    def shaped(self, factor: Fraction) -> "Observed":
        """The same with one shape for everything after the first call."""
        return Observed(
            {
                key: replace(one, shapes=(one.shapes[0], *[(factor, factor)] * (len(one.shapes) - 1)))
                for key, one in self.types.items()
            }
        )
