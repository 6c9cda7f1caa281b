"""Logged cost against the rate card: the drift of each group of requests and its likeliest reason.

drift = logged - computed, both exact sums. A reason is not guessed from the drift's size: each hypothesis re-prices the
group's cells, and the one under which their sum comes out as logged is named; where none does, its cells are explained
one by one, then by two mistakes at once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
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
    """Logged beside computed cost of one group (pico-USD, exact). `reason` is None where they agree or none fits."""

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
        """Whether the drift is at most that share of the computed cost."""
        return self.share is not None and abs(self.share) <= tolerance


@dataclass
class Reconciler:
    """Finds drifts and their reasons. `trial` prices the hypotheses, so that what it assumes is said of none."""

    pricer: Pricer
    trial: Pricer
    fees: tuple[tuple[Fraction, str], ...] = field(init=False)

    def __post_init__(self) -> None:
        self.fees = tuple(markups(self.pricer))

    def drift(self, cells: Sequence[LoggedCell]) -> Drift:
        """A group's drift, with the reason that its sums give away."""
        found = self._plain(cells)
        return found if found.agrees else replace(found, reason=self.explain(cells))

    def explain(self, cells: Sequence[LoggedCell]) -> Reason | None:
        """The likeliest reason of a group's drift; None where none fits."""
        return (
            self._one_mistake(cells)
            or self._rounding(cells)
            or self.by_part(cells)
            or self._two_mistakes(cells)
            or self._factor(cells)
            or self._other_model(cells)
        )

    def _plain(self, cells: Sequence[LoggedCell]) -> Drift:
        computed, logged = self._total(cells), sum(one.logged for one in cells)
        requests = sum(one.cell.n or 0 for one in cells)
        return Drift(requests, computed, logged, abs(logged - computed) <= noise(cells))

    def _cost(self, one: LoggedCell) -> Fraction:
        return Fraction(0 if one.cell.key.model is None else self.pricer.cost(one.cell, one.cell.key.model))

    def _total(self, cells: Iterable[LoggedCell]) -> Fraction:
        return sum((self._cost(one) for one in cells), start=Fraction(0))

    def _under(self, hypothesis: Hypothesis, cells: Sequence[LoggedCell]) -> Fraction | None:
        """The group's sum under a hypothesis; None where it concerns none of the cells."""
        amounts = [hypothesis.reprice(one, self.trial) for one in cells]
        if all(amount is None for amount in amounts):
            return None
        pairs = zip(cells, amounts, strict=True)
        return sum((self._cost(one) if amount is None else Fraction(amount) for one, amount in pairs), Fraction(0))

    def _candidates(self, cells: Sequence[LoggedCell], computed: Fraction) -> Iterator[tuple[Fraction, Reason]]:
        """Every sum that a single mistake would have made."""
        for one in HYPOTHESES:
            amount = self._under(one, cells)
            if amount is not None and amount != computed:
                yield amount, Reason(one.id, one.sentence(cells, self.trial))
        if computed:
            yield (
                Fraction(0),
                Reason("logged-as-zero", "they are logged as free: the tool had no price for the model"),
            )
        for factor, words in self.fees:
            yield computed * factor, Reason("mark-up", words)
        for factor, words in UNITS:
            yield computed * factor, Reason("unit-slip", words)

    def _one_mistake(self, cells: Sequence[LoggedCell], *, exactly: bool = False) -> Reason | None:
        """The mistake under which the whole sum comes out: the first that is exact, else the nearest."""
        plain = self._plain(cells)
        missing, exact, rounded = abs(plain.drift), noise(cells), rounding(cells)
        near = max(exact, rounded or Fraction(0), Fraction(0) if exactly else FIT * plain.logged)
        best: tuple[Fraction, Reason] | None = None
        for amount, reason in self._candidates(cells, plain.computed):
            left = abs(plain.logged - amount)
            if left <= exact:
                return reason
            if left <= near and left <= CLEAR * missing and (best is None or left < best[0]):
                best = left, reason
        return None if best is None or (rounded is not None and missing <= rounded) else best[1]

    def _rounding(self, cells: Sequence[LoggedCell]) -> Reason | None:
        slack = rounding(cells)
        if slack is None or abs(self._plain(cells).drift) > slack:
            return None
        most = max(one.decimals for one in cells if one.decimals is not None)
        return Reason(ROUNDING, f"the logged costs are rounded to {most} decimals of a dollar")

    def by_part(self, cells: Sequence[LoggedCell]) -> Reason | None:
        """Reasons of parts of a group, where each cell gives its own away; None where most of the drift stays open."""
        found: dict[str, list[LoggedCell]] = {}
        words: dict[str, str] = {}
        left: list[LoggedCell] = []
        for one in cells if len(cells) > 1 else ():
            if self._plain([one]).agrees:
                continue
            reason = self._one_mistake([one], exactly=True) or self._rounding([one])
            if reason is None:
                left.append(one)
            else:
                found.setdefault(reason.id, []).append(one)
                words.setdefault(reason.id, reason.words)
        drifts = {id: self._missing(part) for id, part in found.items()}
        unknown = self._missing(left)
        if not found or unknown > CLEAR * (unknown + sum(drifts.values())):
            return None
        order = sorted(found, key=lambda id: (-drifts[id], id))
        said = [f"{words[id]} ({_requests(found[id])})" for id in order]
        said += [f"{_requests(left)} unexplained"] if left else []
        return Reason(order[0] if len(found) == 1 and not left else MIXTURE, "; ".join(said))

    def _missing(self, cells: Iterable[LoggedCell]) -> Fraction:
        return sum((abs(one.logged - self._cost(one)) for one in cells), start=Fraction(0))

    def _two_mistakes(self, cells: Sequence[LoggedCell]) -> Reason | None:
        """Two mistakes on the same requests; only where the sum comes out exactly."""
        logged, exact = sum(one.logged for one in cells), noise(cells)
        amounts = [(one, amount) for one in HYPOTHESES if (amount := self._under(one, cells)) is not None]
        for one, amount in amounts:
            for factor, words in (*self.fees, *UNITS):
                if abs(logged - amount * factor) <= exact:
                    return Reason(MIXTURE, f"{one.sentence(cells, self.trial)}, and {words}")
        for (first, _), (second, _) in combinations(amounts, 2):
            pair = both(first, second)
            under = self._under(pair, cells)
            if under is not None and abs(logged - under) <= exact:
                return Reason(MIXTURE, pair.words)
        return None

    def _factor(self, cells: Sequence[LoggedCell]) -> Reason | None:
        """One factor for cells of different tokens: a mark-up or a discount that the card does not know."""
        plain = self._plain(cells)
        mixes = {Fraction(one.cell.output, one.cell.input or 1) for one in cells}
        if not plain.computed or plain.logged <= 0 or len(mixes) < 2:
            return None
        factor = plain.logged / plain.computed
        if any(abs(one.logged - factor * self._cost(one)) > _loose(one) for one in cells):
            return None
        return _times(factor)

    def _other_model(self, cells: Sequence[LoggedCell]) -> Reason | None:
        """The price of another model of the card; only where the sum comes out exactly."""
        logged, exact = sum(one.logged for one in cells), noise(cells)
        own = {one.cell.key.model for one in cells}
        fitting = []
        for model in self.pricer.card.models:
            try:
                amounts = [Fraction(self.trial.once(one.cell, model)) for one in cells if model not in own]
            except DataError:
                continue
            if amounts and logged and abs(logged - sum(amounts, Fraction(0))) <= exact:
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


def _requests(cells: Sequence[LoggedCell]) -> str:
    count = sum(one.cell.n or 0 for one in cells)
    return "1 request" if count == 1 else f"{count:,} requests"
