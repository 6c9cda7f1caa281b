"""The saving over two parameters at once, with the first one's break-even for each value of the second."""

from dataclasses import dataclass
from fractions import Fraction

from routecli.errors import UsageError, did_you_mean
from routecli.maths.breakeven import Root, root_of
from routecli.maths.case import Case
from routecli.maths.levers import Lever, accuracy_lever, levers
from routecli.maths.policies import check
from routecli.model.policy import Classifier

STEPS = 10


@dataclass(frozen=True, slots=True)
class Surface:
    """`savings[j][i]` is the saving (pico-USD, not projected) at first = values[i] and second = others[j].

    None: no traffic can have both values (escalated requests would hold more tokens than all, say).
    """

    first: Lever
    second: Lever
    values: tuple[Fraction, ...]
    others: tuple[Fraction, ...]
    savings: tuple[tuple[Fraction | None, ...], ...]
    roots: tuple[Root, ...]


def surface(case: Case, first: str, second: str) -> Surface:
    """Saving on a grid of two of the case's parameters. Raises UsageError for a name that is none of them."""
    along, across = lever_named(case, first), lever_named(case, second)
    values, others = grid(along, case), grid(across, case)
    rows, roots = [], []
    for other in others:
        held = lever_named(across.at(other), first)
        rows.append(tuple(_saving(held.at(value)) for value in values))
        roots.append(root_of(held))
    return Surface(along, across, values, others, tuple(rows), tuple(roots))


def _saving(case: Case) -> Fraction | None:
    try:
        check(case.policy, case.routed, case.setting)
        return -case.excess()
    except UsageError:
        return None


def lever_named(case: Case, name: str) -> Lever:
    """One parameter of a case by name."""
    known = {lever.parameter: lever for lever in levers(case)}
    if isinstance(case.policy, Classifier):
        known["classifier_accuracy"] = accuracy_lever(case, case.policy)
    if name not in known:
        hint = did_you_mean(name, known) or f"this policy has {', '.join(known) or 'none'}"
        raise UsageError("unknown-parameter", f"there is no parameter '{name}' to vary", fix=hint)
    return known[name]


def grid(lever: Lever, case: Case) -> tuple[Fraction, ...]:
    """Eleven values over a range worth looking at: 0 to 1, factors to 3, a gate of up to half of today's bill.

    Which of them traffic can have hangs on the other parameter, so impossible ones are left blank, not out.
    """
    if lever.unit == "pico_usd":
        top = case.before() / 2
    elif lever.unit == "factor":
        top = Fraction(3)
    else:
        top = Fraction(1)
    return tuple(top * step / STEPS for step in range(STEPS + 1))
