"""How requests flow through a policy: calls with their mass and cost, and the paths that latency follows.

Mass is a number of requests (exact), or tokens where an assumed workload has no request count; only its
proportions are ever reported.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from routecli.maths.pricing import Pricer
from routecli.model.workload import Cell
from routecli.money import Amount


@dataclass(frozen=True, slots=True)
class Call:
    """All calls to one model at one position of the policy (1 = first), with their exact cost in pico-USD."""

    position: int
    model: str
    mass: Fraction
    cost: Fraction


@dataclass(frozen=True, slots=True)
class Path:
    """Requests that run through these models one after the other; the last one answers."""

    query_type: str | None
    models: tuple[str, ...]
    mass: Fraction

    @property
    def escalated(self) -> bool:
        """Whether more than one model was called."""
        return len(self.models) > 1


@dataclass(frozen=True, slots=True)
class Flow:
    """What a policy does with a set of cells.

    `silent` is the mass of answers known to be shipped although bad; None where nothing is known about quality.
    """

    mass: Fraction = Fraction(0)
    calls: tuple[Call, ...] = ()
    paths: tuple[Path, ...] = ()
    silent: Fraction | None = None

    @property
    def cost(self) -> Fraction:
        """The summed cost of all calls, in pico-USD."""
        return sum((call.cost for call in self.calls), start=Fraction(0))


@dataclass(frozen=True, slots=True)
class Setting:
    """What every policy is evaluated against: the prices, and whether the workload is assumed."""

    pricer: Pricer
    assumed: bool = False

    def cost(self, cells: Sequence[Cell], model: str) -> Amount:
        """The cells' cost on a model, in pico-USD."""
        return self.pricer.total(cells, model)


@dataclass
class FlowBuilder:
    """Collects calls and paths, adding up those at the same position."""

    _calls: dict[tuple[int, str], list[Fraction]] = field(default_factory=dict)
    _paths: dict[tuple[str | None, tuple[str, ...]], Fraction] = field(default_factory=lambda: defaultdict(Fraction))

    def call(self, position: int, model: str, mass: Fraction, cost: Amount) -> None:
        """Add calls (mass may be 0: the tier exists, nothing reaches it)."""
        entry = self._calls.setdefault((position, model), [Fraction(0), Fraction(0)])
        entry[0] += mass
        entry[1] += cost

    def path(self, query_type: str | None, models: tuple[str, ...], mass: Fraction) -> None:
        """Add requests that take this path."""
        if mass:
            self._paths[query_type, models] += mass

    def build(self, mass: Fraction, silent: Fraction | None = None) -> Flow:
        """The finished flow of `mass` requests."""
        calls = [Call(position, model, *entry) for (position, model), entry in self._calls.items()]
        return Flow(
            mass,
            tuple(sorted(calls, key=lambda call: call.position)),
            tuple(Path(kind, models, share) for (kind, models), share in self._paths.items()),
            silent,
        )


def mass_of(cells: Iterable[Cell]) -> Fraction:
    """How much the cells weigh: their requests, or their tokens where requests are unknown."""
    return Fraction(sum(cell.input + cell.output if cell.n is None else cell.n - cell.unmetered for cell in cells))


def by_query_type(cells: Iterable[Cell]) -> dict[str | None, list[Cell]]:
    """Cells grouped by query type, in order of first appearance."""
    groups: dict[str | None, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(cell.key.query_type, []).append(cell)
    return groups


def combine(flows: Iterable[Flow]) -> Flow:
    """The flow of several disjoint sets of requests. Silent failures are known only if known for every part."""
    builder, mass, silent = FlowBuilder(), Fraction(0), Fraction(0)
    known = True
    for flow in flows:
        mass += flow.mass
        for call in flow.calls:
            builder.call(call.position, call.model, call.mass, call.cost)
        for path in flow.paths:
            builder.path(path.query_type, path.models, path.mass)
        if flow.silent is None:
            known = known and not flow.mass
        else:
            silent += flow.silent
    return builder.build(mass, silent if known else None)
