"""Logged cost against the rate card: the drift of each group of requests and its likeliest reason.

drift = logged - computed, both exact sums. A reason is not guessed from the drift's size: each hypothesis re-prices the
group's cells, and the one under which their sum comes out as logged is named; where none does, its cells are explained
one by one, then by two mistakes at once.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, partial
from itertools import combinations

from routecli.errors import DataError
from routecli.maths.hypotheses import HYPOTHESES, UNITS, Hypothesis, both, markups
from routecli.maths.pricing import Pricer
from routecli.model.logged import LoggedCell
from routecli.money import PICO_PER_USD

FIT = Fraction(1, 10_000)
"""How near (share of the logged sum) a re-priced sum must come to be named, where none is exact."""

CLEAR = Fraction(1, 4)
"""A re-priced sum that leaves more than this share of the drift unexplained is not named."""

NOISE = Fraction(1, 10**9)
"""What binary floating point may add to a logged cost (share): tools compute costs in floats."""

MIXTURE, ROUNDING, FACTOR = "mixture", "rounding", "constant-factor"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why logged and computed cost differ: a stable id and a sentence."""

    id: str
    words: str


@dataclass(frozen=True, slots=True)
class Drift:
    """Logged beside computed cost of one group (pico-USD, exact). `reason` is None where they agree or none fits.

    `agrees`: they are apart by no more than pico-dollars and binary floats make (`noise`).
    """

    requests: int
    computed: Fraction
    logged: int
    agrees: bool
    reason: Reason | None = None

    @property
    def drift(self) -> Fraction:
        """Positive where the log says more than the card."""
        return self.logged - self.computed

    @property
    def share(self) -> Fraction | None:
        """The drift against the computed cost; None where that is 0 and the log says otherwise."""
        if not self.computed:
            return None if self.drift else Fraction(0)
        return self.drift / self.computed

    def within(self, tolerance: Fraction) -> bool:
        """Whether the drift is at most that share of the computed cost, or what rounding to pico-dollars makes."""
        return self.agrees or (self.share is not None and abs(self.share) <= tolerance)


class _Group:
    """Cells with their sums: computed, logged, and what each hypothesis that concerns any of them makes of the sum."""

    def __init__(self, cells: Sequence[LoggedCell], pricer: Pricer, trial: Pricer) -> None:
        self.cells, self.trial = cells, trial
        self.costs = [Fraction(0 if m is None else pricer.cost(one.cell, m)) for one in cells for m in [_model(one)]]
        self.computed = sum(self.costs, start=Fraction(0))
        self.logged = sum(one.logged for one in cells)
        self.missing = abs(self.logged - self.computed)
        self.noise = noise(cells)
        self.rounding = rounding(cells)

    @property
    def agrees(self) -> bool:
        return self.missing <= self.noise

    def comes_to(self, amount: Fraction) -> bool:
        """Whether an amount is the logged sum, to within pico-dollars and floats."""
        return abs(self.logged - amount) <= self.noise

    def under(self, hypothesis: Hypothesis) -> Fraction | None:
        """The sum under a hypothesis; None where it concerns none of the cells."""
        amounts = [hypothesis.reprice(one, self.trial) for one in self.cells]
        if all(amount is None for amount in amounts):
            return None
        pairs = zip(self.costs, amounts, strict=True)
        return sum((cost if amount is None else Fraction(amount) for cost, amount in pairs), start=Fraction(0))

    @cached_property
    def mistaken(self) -> list[tuple[Hypothesis, Fraction]]:
        """The hypotheses that change the sum, with what it then is."""
        found = ((one, self.under(one)) for one in HYPOTHESES)
        return [(one, amount) for one, amount in found if amount is not None and amount != self.computed]


@dataclass
class Reconciler:
    """Finds drifts and their reasons. `trial` prices the hypotheses, so that what it assumes is said of none."""

    pricer: Pricer
    trial: Pricer
    fees: tuple[tuple[Fraction, str], ...] = field(init=False)

    def __post_init__(self) -> None:
        self.fees = tuple(markups(self.pricer))

    def drift(self, cells: Sequence[LoggedCell]) -> Drift:
        """A group's drift, without a reason yet."""
        group = self._group(cells)
        return Drift(sum(one.cell.n or 0 for one in cells), group.computed, group.logged, group.agrees)

    def explain(self, cells: Sequence[LoggedCell], *, thoroughly: bool = True) -> Reason | None:
        """The likeliest reason of a group's drift; None where none fits.

        `thoroughly`: also two mistakes at once and the prices of other models, which takes ten times as long.
        """
        group = self._group(cells)
        found = self._one_mistake(group) or self._rounding(group) or self.by_part(cells)
        if found is None and thoroughly:
            found = self._two_mistakes(group) or self._factor(group) or self._other_model(group)
        return found or self._factor(group)

    def by_part(self, cells: Sequence[LoggedCell]) -> Reason | None:
        """Reasons of parts of a group, where each cell gives its own away; None where most of the drift stays open."""
        found: dict[str, list[_Group]] = {}
        words: dict[str, str] = {}
        left: list[_Group] = []
        for one in cells if len(cells) > 1 else ():
            part = self._group([one])
            if part.agrees:
                continue
            reason = self._one_mistake(part, exactly=True) or self._rounding(part)
            if reason is None:
                left.append(part)
            else:
                found.setdefault(reason.id, []).append(part)
                words.setdefault(reason.id, reason.words)
        drifts = {id: sum((part.missing for part in parts), start=Fraction(0)) for id, parts in found.items()}
        unknown = sum((part.missing for part in left), start=Fraction(0))
        if not found or unknown > CLEAR * (unknown + sum(drifts.values())):
            return None
        order = sorted(found, key=lambda id: (-drifts[id], id))
        said = [f"{words[id]} ({_requests(found[id])})" for id in order]
        said += [f"{_requests(left)} unexplained"] if left else []
        return Reason(order[0] if len(found) == 1 and not left else MIXTURE, "; ".join(said))

    def _group(self, cells: Sequence[LoggedCell]) -> _Group:
        return _Group(cells, self.pricer, self.trial)

    def _candidates(self, group: _Group) -> Iterator[tuple[Fraction, str, Callable[[], str]]]:
        """Every sum that a single mistake would have made, with the mistake's id and words."""
        for one, amount in group.mistaken:
            yield amount, one.id, partial(one.sentence, group.cells, self.trial)
        if group.computed:
            yield Fraction(0), "logged-as-zero", lambda: "they are logged as free: the tool had no price for the model"
        for id, factors in (("mark-up", self.fees), ("unit-slip", UNITS)):
            for factor, words in factors:
                yield group.computed * factor, id, partial(str, words)

    def _one_mistake(self, group: _Group, *, exactly: bool = False) -> Reason | None:
        """The mistake under which the whole sum comes out: the first that is exact, else the nearest."""
        slack = group.rounding
        near = max(group.noise, slack or Fraction(0), Fraction(0) if exactly else FIT * group.logged)
        best: tuple[Fraction, str, Callable[[], str]] | None = None
        for amount, id, words in self._candidates(group):
            left = abs(group.logged - amount)
            if left <= group.noise:
                return Reason(id, words())
            if left <= near and left <= CLEAR * group.missing and (best is None or left < best[0]):
                best = left, id, words
        if best is None or (slack is not None and group.missing <= slack):
            return None
        return Reason(best[1], best[2]())

    def _rounding(self, group: _Group) -> Reason | None:
        if group.rounding is None or group.missing > group.rounding:
            return None
        most = max(one.decimals for one in group.cells if one.decimals is not None)
        return Reason(ROUNDING, f"the logged costs are rounded to {_decimals(most)} of a dollar")

    def _two_mistakes(self, group: _Group) -> Reason | None:
        """Two mistakes on the same requests; only where the sum comes out exactly."""
        for one, amount in group.mistaken:
            for factor, words in (*self.fees, *UNITS):
                if group.comes_to(amount * factor):
                    return Reason(MIXTURE, f"{one.sentence(group.cells, self.trial)}, and {words}")
        for (first, _), (second, _) in combinations(group.mistaken, 2):
            pair = both(first, second)
            under = group.under(pair)
            if under is not None and group.comes_to(under):
                return Reason(MIXTURE, pair.words)
        return None

    def _factor(self, group: _Group) -> Reason | None:
        """One factor for cells of different tokens: a mark-up or a discount that the card does not know."""
        mixes = {Fraction(one.cell.output, one.cell.input or 1) for one in group.cells}
        if not group.computed or group.logged <= 0 or len(mixes) < 2:
            return None
        factor = group.logged / group.computed
        pairs = zip(group.cells, group.costs, strict=True)
        if any(abs(one.logged - factor * cost) > _loose(one) for one, cost in pairs):
            return None
        return _times(factor)

    def _other_model(self, group: _Group) -> Reason | None:
        """The price of another model of the card; only where the sum comes out exactly."""
        own = {_model(one) for one in group.cells}
        fitting = []
        for model in self.pricer.card.models if group.logged else ():
            if model in own:
                continue
            try:
                amounts = [Fraction(self.trial.once(one.cell, model)) for one in group.cells]
            except DataError:
                continue
            if group.comes_to(sum(amounts, start=Fraction(0))):
                fitting.append(model)
        return Reason("other-model", f"the price of {' or '.join(fitting[:3])} is charged") if fitting else None


def noise(cells: Iterable[LoggedCell]) -> Fraction:
    """How far a sum of logged costs may be off though every one is right: half a pico-dollar each, and floats."""
    return sum((Fraction(one.cell.n or 0, 2) + abs(one.logged) * NOISE for one in cells), start=Fraction(0))


def rounding(cells: Iterable[LoggedCell]) -> Fraction | None:
    """How far the sum may be off if every cost was rounded to the decimals it has; None where they have too many."""
    slack = Fraction(0)
    for one in cells:
        if one.decimals is None:
            return None
        slack += Fraction(PICO_PER_USD, 10**one.decimals) * (one.cell.n or 0) / 2
    return slack


def shared_factor(drifts: Sequence[Drift]) -> list[Drift]:
    """The drifts, those without a reason that are off by the same factor explained by it."""
    open_ones = [one for one in drifts if one.reason is None and not one.agrees and one.computed and one.logged > 0]
    factors = [f"{float(one.logged / one.computed):.6g}" for one in open_ones]
    same = {id(one): factor for one, factor in zip(open_ones, factors, strict=True) if factors.count(factor) > 1}
    return [replace(one, reason=_times(Fraction(same[id(one)]))) if id(one) in same else one for one in drifts]


def _times(factor: Fraction) -> Reason:
    return Reason(FACTOR, f"every cost is {float(factor):.6g} times the card's: a mark-up or a discount")


def _loose(one: LoggedCell) -> Fraction:
    return max(rounding([one]) or Fraction(0), noise([one]), Fraction(abs(one.logged), 10**6))


def _model(one: LoggedCell) -> str | None:
    return one.cell.key.model


def _decimals(number: int) -> str:
    return "1 decimal" if number == 1 else f"{number} decimals"


def _requests(groups: Sequence[_Group]) -> str:
    count = sum(one.cell.n or 0 for group in groups for one in group.cells)
    return "1 request" if count == 1 else f"{count:,} requests"
