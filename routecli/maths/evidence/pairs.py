"""Two models on the same queries: the 2x2 table and what follows from it.

P(strong right | cheap wrong) = strong only / (strong only + neither); oracle = 1 - neither / n;
phi = (both * neither - strong only * cheap only) / sqrt(product of the margins). Worked (739, 382, 94, 92):
80.5907 %, 92.9610 %.
"""

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from routecli.maths.evidence.rates import Rate, rate

if TYPE_CHECKING:
    from routecli.model.evidence import Floats


@dataclass(frozen=True, slots=True)
class Pair:
    """Counts of the queries both models have a graded answer to."""

    both: int
    strong_only: int
    cheap_only: int
    neither: int

    @property
    def n(self) -> int:
        """Queries that both answered."""
        return self.both + self.strong_only + self.cheap_only + self.neither

    @property
    def cheap(self) -> Rate:
        """The cheap model's pass rate on them."""
        return rate(self.both + self.cheap_only, self.n)

    @property
    def strong(self) -> Rate:
        """The strong model's pass rate on them."""
        return rate(self.both + self.strong_only, self.n)

    @property
    def rescued(self) -> Rate:
        """P(strong right | cheap wrong)."""
        return rate(self.strong_only, self.strong_only + self.neither)

    @property
    def oracle(self) -> Rate:
        """The share that at least one of them gets right: what a perfect router would deliver."""
        return rate(self.n - self.neither, self.n)

    @property
    def discordant(self) -> float | None:
        """The share on which they differ."""
        return (self.strong_only + self.cheap_only) / self.n if self.n else None

    @property
    def correlation(self) -> float | None:
        """Phi: 0 where they fail independently, 1 where they fail together; None where one never or always passes."""
        cheap, strong = self.both + self.cheap_only, self.both + self.strong_only
        spread = cheap * (self.n - cheap) * strong * (self.n - strong)
        return (self.both * self.neither - self.strong_only * self.cheap_only) / sqrt(spread) if spread else None

    @property
    def independent_oracle(self) -> float | None:
        """The oracle if failures were independent: what multiplying the pass rates would claim."""
        if self.cheap.value is None or self.strong.value is None:
            return None
        return 1 - (1 - self.cheap.value) * (1 - self.strong.value)


def pair(cheap: "Floats", strong: "Floats") -> Pair:
    """The table of two score arrays over the same queries; a pass is a score of 1, NaN is not graded."""
    import numpy as np

    known = ~np.isnan(cheap) & ~np.isnan(strong)
    first, second = cheap[known] >= 1, strong[known] >= 1
    return Pair(
        int((first & second).sum()),
        int((~first & second).sum()),
        int((first & ~second).sum()),
        int((~first & ~second).sum()),
    )
