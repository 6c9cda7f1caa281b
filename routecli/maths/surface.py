"""The saving over two parameters at once, with the first one's break-even for each value of the second."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from routecli.errors import UsageError, did_you_mean
from routecli.maths.breakeven import Case, Lever, Root, levers, root_of

STEPS = 10


@dataclass(frozen=True, slots=True)
class Surface:
    """`savings[j][i]` is the saving (pico-USD, not projected) at first = values[i] and second = others[j]."""

    first: Lever
    second: Lever
    values: tuple[Fraction, ...]
    others: tuple[Fraction, ...]
    savings: tuple[tuple[Fraction, ...], ...]
    roots: tuple[Root, ...]


def surface(case: Case, first: str, second: str) -> Surface:
    """Saving on a grid of two of the case's parameters. Raises UsageError for a name that is none of them."""
    along, across = lever_named(case, first), lever_named(case, second)
    values, others = grid(along, case), grid(across, case)
    rows, roots = [], []
    for other in others:
        held = lever_named(across.at(other), first)
        rows.append(_row(held, values))
        roots.append(root_of(held))
    return Surface(along, across, values, others, tuple(rows), tuple(roots))


def _row(lever: Lever, values: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """The saving is affine in one parameter, so its two ends give the whole row; repeats bend it."""
    start, end = lever.at(Fraction(0)), lever.at(Fraction(1))
    if start.once() != 1 or end.once() != 1:
        return tuple(-lever.at(value).excess() for value in values)
    at_0, at_1 = start.excess(), end.excess()
    return tuple(-(at_0 + value * (at_1 - at_0)) for value in values)


def lever_named(case: Case, name: str) -> Lever:
    """One parameter of a case by name."""
    known = {lever.parameter: lever for lever in levers(case)}
    if name not in known:
        hint = did_you_mean(name, known) or f"this policy has {', '.join(known) or 'none'}"
        raise UsageError("unknown-parameter", f"there is no parameter '{name}' to vary", fix=hint)
    return known[name]


def grid(lever: Lever, case: Case) -> tuple[Fraction, ...]:
    """Eleven values over a range worth looking at: 0 to 1, factors to 3, a gate of up to half of today's bill."""
    if lever.unit == "pico_usd":
        top = case.before() / 2
    elif lever.unit == "factor":
        top = Fraction(3) if lever.high is None else min(Fraction(3), lever.high)
    else:
        top = Fraction(1)
    return tuple(top * step / STEPS for step in range(STEPS + 1))
