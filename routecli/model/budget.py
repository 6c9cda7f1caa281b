"""Budgets: what a gate lets pass, what it warns of and what it refuses; waivers: what somebody took upon themselves."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal

Unit = Literal["pct", "usd", "factor", "points", "ms", "days", "share", "flag"]
"""pct is 0-100 and points are hundredths of a share; usd are pico-USD here; share is 0-1; a flag is 0 or 1."""
Level = Literal["warn", "error"]
Status = Literal["pass", "warn", "fail", "waived", "unknown"]
LEVELS: tuple[Level, ...] = ("warn", "error")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a budget is about. `units` are what its limits may be given in, the first one for a plain number.

    `least`: the limit is the least that passes, else the most that does. `per` says what it is judged for, one by one.
    `dated`: things that come within so many days breach it. `interval`: what it judges is measured where an evaluation
    set is given, so it can be judged at an end of the 95 % interval.
    """

    id: str
    units: tuple[Unit, ...]
    per: str = ""
    least: bool = False
    dated: bool = False
    interval: bool = False

    @property
    def end(self) -> str:
        """What the unfavourable end of an interval is called."""
        return "lower95" if self.least else "upper95"


KINDS: dict[str, Kind] = {
    kind.id: kind
    for kind in (
        Kind("bill_increase", ("pct", "usd")),
        Kind("model_increase", ("pct", "usd"), per="model"),
        Kind("rate_jump", ("factor",), per="rate"),
        Kind("savings", ("pct", "usd"), per="policy", least=True, interval=True),
        Kind("breakeven_margin", ("points",), per="policy", least=True),
        Kind("best_policy_flip", ("flag",)),
        Kind("latency_p95_ms", ("ms",), per="policy"),
        Kind("quality_drop", ("points",), per="policy", interval=True),
        Kind("silent_failures", ("share",), per="policy", interval=True),
        Kind("workload_age", ("days",)),
        Kind("verified_age", ("days",), per="model"),
        Kind("scheduled_change", ("days",), per="change", dated=True),
        Kind("deprecation", ("days",), per="model", dated=True),
        Kind("history_edit", ("flag",), per="change"),
    )
}
"""Every budget there is, in the order of reports."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit; a flag's is 0: nothing of the kind passes."""

    unit: Unit
    value: Fraction


@dataclass(frozen=True, slots=True)
class Budget:
    """One configured budget. Each level may have several limits: any one of them breached is a breach.

    `at_end`: judged at the unfavourable end of the 95 % interval; without one it is unknown. `origin` is `file:line`.
    """

    id: str
    warn: tuple[Limit, ...] = ()
    error: tuple[Limit, ...] = ()
    at_end: bool = False
    origin: str = ""

    def limits(self, level: Level) -> tuple[Limit, ...]:
        """The limits of one level."""
        return self.error if level == "error" else self.warn


@dataclass(frozen=True, slots=True)
class Waiver:
    """A breach that is accepted until the end of a day, with the reason; without `subject`, every one of the budget."""

    budget: str
    reason: str
    until: date
    subject: str | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a budget looks at, for one subject: a value per unit (None: not known, and `detail` says why).

    `ends` are the unfavourable ends of the 95 % intervals of measured values.
    """

    subject: str
    values: dict[Unit, Fraction | None]
    basis: str = "modelled"
    detail: str = ""
    origin: str = ""
    ends: dict[Unit, Fraction | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """A budget's judgement on one subject. `level` is the one that is breached, or the strictest there is."""

    id: str
    subject: str
    level: Level
    status: Status
    unit: Unit
    actual: Fraction | None
    limit: Fraction
    basis: str
    detail: str = ""
    origin: str = ""
    waiver: Waiver | None = field(default=None)
