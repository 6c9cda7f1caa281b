"""Savings net of engineering: what building and running a routing layer costs against what it saves.

payback months = build / (monthly saving - upkeep). The volume at which it pays back within the limit:
requests a month = (upkeep + build / limit) / saving per request.
"""

from dataclasses import dataclass
from fractions import Fraction

PAYBACK_LIMIT = Fraction(12)
"""Months after which a payback counts as too late, unless said otherwise."""


@dataclass(frozen=True, slots=True)
class Engineering:
    """Pico-USD once (`build`) and a month (`upkeep`); `limit` in months."""

    build: Fraction = Fraction(0)
    upkeep: Fraction = Fraction(0)
    limit: Fraction = PAYBACK_LIMIT

    @property
    def given(self) -> bool:
        """Whether any cost was named."""
        return bool(self.build or self.upkeep)

    def net(self, saving: Fraction) -> Fraction:
        """The monthly saving less upkeep, in pico-USD."""
        return saving - self.upkeep

    def payback_months(self, saving: Fraction) -> Fraction | None:
        """Months until the build cost is earned; None where it never is. `saving` is pico-USD a month.

        >>> Engineering(Fraction(6000), Fraction(100)).payback_months(Fraction(700))
        Fraction(10, 1)
        """
        return self.build / self.net(saving) if self.net(saving) > 0 else None

    def pays(self, saving: Fraction) -> bool:
        """Whether it pays back within the limit."""
        months = self.payback_months(saving)
        return months is not None and months <= self.limit

    def volume(self, saving: Fraction, requests: Fraction) -> Fraction | None:
        """Requests a month at which it pays back within the limit just so; None where no volume does.

        `saving` is what `requests` a month save together.
        """
        if saving <= 0 or requests <= 0:
            return None
        return (self.upkeep + self.build / self.limit) * requests / saving
