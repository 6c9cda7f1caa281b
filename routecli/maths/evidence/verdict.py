"""Route or not, from measured figures: the word holds for the whole interval, or there is not enough evidence.

`route` where the saving's interval lies above 0 and the quality drop's below the margin; `do not route` where one of
them lies wholly on the other side; else `not enough evidence`, with the queries that would tell: an interval's width
falls with the root of their number.
"""

from dataclasses import dataclass
from math import ceil, isfinite
from typing import Literal

from routecli.maths.evidence.bootstrap import Interval
from routecli.maths.evidence.figures import Figures
from routecli.maths.verdict import Word

MARGIN = 0.01
"""The quality drop that is acceptable where nobody says otherwise: one point."""

FEW = 30
"""Graded queries under which no interval is trusted."""

Fact = Literal["loss", "saving unclear", "quality drop", "drop unclear", "drop unknown", "perfect gate", "few queries"]


@dataclass(frozen=True, slots=True)
class Ruling:
    """The word, the facts behind it in order of weight, and how many graded queries would settle what is open."""

    word: Word
    facts: tuple[Fact, ...]
    needed: int | None


def rule(found: Figures, *, queries: int, margin: float, perfect: bool) -> Ruling:
    """The ruling on the saving and the quality; `perfect`: the gate is taken to know which answers are good."""
    against: list[Fact] = []
    if found.saving.high <= 0:
        against.append("loss")
    drop = found.drop
    # Without a gate's errors the quality is that of no real gate, but a drop even so would be one of any gate.
    if drop is not None and drop.low > margin:
        against.append("quality drop")
    if against:
        return Ruling("do not route", tuple(against), None)
    unclear, needed = _unclear(found, queries, margin)
    if perfect:
        unclear.append("perfect gate")
    if queries < FEW:
        unclear.append("few queries")
    return Ruling("not enough evidence" if unclear else "route", tuple(unclear), needed)


def _unclear(found: Figures, queries: int, margin: float) -> tuple[list[Fact], int | None]:
    facts: list[Fact] = []
    needed: list[int | None] = []
    if not found.saving.low > 0:
        facts.append("saving unclear")
        needed.append(_queries(queries, found.saving, 0.0))
    if found.drop is None:
        facts.append("drop unknown")
    elif not found.drop.high <= margin:
        facts.append("drop unclear")
        needed.append(_queries(queries, found.drop, margin))
    known = [number for number in needed if number is not None]
    return facts, max(known) if len(known) == len(needed) and known else None


def _queries(queries: int, interval: Interval, line: float) -> int | None:
    """The queries at which the interval, as wide as theirs would be, no longer reaches the line."""
    end = interval.low if interval.estimate > line else interval.high
    distance, half = abs(interval.estimate - line), abs(end - interval.estimate)
    if not isfinite(half) or not distance:
        return None
    return ceil(queries * (half / distance) ** 2)
