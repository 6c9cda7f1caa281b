"""How requests flow through a policy: calls with their mass and cost, and the paths that latency follows.

Mass is a number of requests (exact), or tokens where an assumed workload has no request count; only its
proportions are ever reported.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, TypeVar

from routecli.errors import UsageError
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
class Step:
    """One call on a path: cut off after `timeout_ms` (`late`: it was), then judged for `judge_ms`."""

    model: str
    timeout_ms: float | None = None
    late: bool = False
    judge_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Path:
    """Requests that run through these steps one after the other; the last one answers.

    `lead_ms` is spent before the first call (a classifier). `parallel`: the first two steps start together.
    """

    query_type: str | None
    steps: tuple[Step, ...]
    mass: Fraction
    lead_ms: float = 0.0
    parallel: bool = False

    @property
    def models(self) -> tuple[str, ...]:
        """The models called, in order."""
        return tuple(step.model for step in self.steps)

    @property
    def escalated(self) -> bool:
        """Whether the answer came from a later call than the first."""
        return len(self.steps) > 1


@dataclass(frozen=True, slots=True)
class Quality:
    """Masses of requests by what became of them; None in a Flow where nothing is known about quality.

    `silent`: bad answers shipped. `needless`: good answers escalated. `good`: good answers delivered.
    """

    silent: Fraction = Fraction(0)
    needless: Fraction = Fraction(0)
    good: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Flow:
    """What a policy does with a set of cells: its calls, what deciding and the canary cost (pico-USD), its paths."""

    mass: Fraction = Fraction(0)
    calls: tuple[Call, ...] = ()
    paths: tuple[Path, ...] = ()
    quality: Quality | None = None
    gate: Fraction = Fraction(0)
    canary: Fraction = Fraction(0)

    @property
    def cost(self) -> Fraction:
        """Everything together, in pico-USD."""
        return sum((call.cost for call in self.calls), start=self.gate + self.canary)


Answered = Callable[[str, str | None, float], Fraction]
"""(model, query type, timeout in ms) -> the share of its calls that answer in time."""


Sum = TypeVar("Sum")


Right = Callable[[str, str | None], Fraction | None]
"""(model, query type) -> how often its answers are good; None where nobody measured."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What every policy is evaluated against: prices, what is cached where, how fast models answer.

    `cold` says from which position on calls find nothing cached (None: logged cache reads stay reads everywhere).
    `right` is how often models are right, where an evaluation set says so.
    """

    pricer: Pricer
    assumed: bool = False
    cold: int | None = None
    answered: Answered | None = None
    right: Right | None = None
    # Sums over the same group of cells, so that a hundred policies on one workload add its cells up once. Entries
    # hold the group itself, so its id cannot be reused while they live.
    _sums: dict[tuple[object, ...], tuple[Sequence[Cell], Any]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def cost(self, cells: Sequence[Cell], model: str) -> Amount:
        """The cells' cost on a model, in pico-USD, caches as logged."""
        return self._once(("cost", model), cells, lambda: self.pricer.total(cells, model))

    def ran(self, cells: Sequence[Cell], baseline: str | None) -> Fraction:
        """The cells' cost on the models they ran on, or on the baseline model."""
        return self._once(("ran", baseline), cells, lambda: self._ran(cells, baseline))

    def groups(self, cells: Sequence[Cell]) -> Mapping[str | None, Sequence[Cell]]:
        """The cells by query type, in order of first appearance."""
        return self._once(("groups",), cells, lambda: by_query_type(cells))

    def mass(self, cells: Sequence[Cell]) -> Fraction:
        """How much the cells weigh."""
        return self._once(("mass",), cells, lambda: mass_of(cells))

    def sides(self, cells: Sequence[Cell], model: str, position: int) -> tuple[Amount, Amount]:
        """The input and the output side of the cells' cost on a model called at `position` (1 = first)."""
        cold = self.cold is not None and position >= self.cold
        return self._once(("sides", model, cold), cells, lambda: self._sides(cells, model, cold))

    def _ran(self, cells: Sequence[Cell], baseline: str | None) -> Fraction:
        models = ((cell, baseline or cell.key.model) for cell in cells)
        return Fraction(sum(self.pricer.cost(cell, model) for cell, model in models if model is not None))

    def _sides(self, cells: Sequence[Cell], model: str, cold: bool) -> tuple[Amount, Amount]:
        parts = [self.pricer.parts(cell, model, cold=cold) for cell in cells]
        return sum(part.input for part in parts), sum(part.output for part in parts)

    def _once(self, what: tuple[object, ...], cells: Sequence[Cell], compute: Callable[[], Sum]) -> Sum:
        key = (*what, id(cells))
        known = self._sums.get(key)
        if known is None:
            known = self._sums[key] = (cells, compute())
        found: Sum = known[1]
        return found


@dataclass
class FlowBuilder:
    """Collects calls and paths, adding up those at the same position."""

    gate: Fraction = Fraction(0)
    canary: Fraction = Fraction(0)
    quality: Quality | None = None
    _calls: dict[tuple[int, str], list[Fraction]] = field(default_factory=dict)
    _paths: dict[Path, Fraction] = field(default_factory=lambda: defaultdict(Fraction))

    def call(self, position: int, model: str, mass: Fraction, cost: Amount) -> None:
        """Add calls (mass may be 0: the tier exists, nothing reaches it)."""
        entry = self._calls.setdefault((position, model), [Fraction(0), Fraction(0)])
        entry[0] += mass
        entry[1] += cost

    def path(self, path: Path) -> None:
        """Add requests that take this path."""
        if path.mass:
            self._paths[replace(path, mass=Fraction(0))] += path.mass

    def judged(self, quality: Quality) -> None:
        """Add what is known about the answers."""
        known = self.quality or Quality()
        self.quality = Quality(
            known.silent + quality.silent, known.needless + quality.needless, known.good + quality.good
        )

    def build(self, mass: Fraction) -> Flow:
        """The finished flow of `mass` requests."""
        calls = [Call(position, model, *entry) for (position, model), entry in self._calls.items()]
        return Flow(
            mass,
            tuple(sorted(calls, key=lambda call: call.position)),
            tuple(replace(path, mass=share) for path, share in self._paths.items()),
            self.quality,
            self.gate,
            self.canary,
        )


def asked_again(flow: Flow, rate: Fraction) -> Flow:
    """The flow of one query type when users ask again, at `rate`, after every bad answer that was shipped.

    A repeat is a request of the type that went wrong, so types must not be pooled before this. It goes through the
    policy as a new request does: all calls and costs grow by 1 / (1 - rate * silent). Paths keep their mass, for
    latency is per time asked. Raises UsageError where repeats never end.
    """
    if not rate or flow.quality is None or not flow.mass:
        return flow
    once = 1 - rate * flow.quality.silent / flow.mass
    if once <= 0:
        raise UsageError(
            "endless-repeats",
            "every answer is bad, shipped and asked again, without end",
            fix="lower --retry-rate, or the share of bad answers that are shipped",
        )
    often = 1 / once
    calls = tuple(replace(call, mass=call.mass * often, cost=call.cost * often) for call in flow.calls)
    return replace(flow, calls=calls, gate=flow.gate * often, canary=flow.canary * often)


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
    """The flow of several disjoint sets of requests. Quality is known only if known for every part."""
    builder, mass, known = FlowBuilder(), Fraction(0), True
    for flow in flows:
        mass += flow.mass
        builder.gate += flow.gate
        builder.canary += flow.canary
        for call in flow.calls:
            builder.call(call.position, call.model, call.mass, call.cost)
        for path in flow.paths:
            builder.path(path)
        if flow.quality is None:
            known = known and not flow.mass
        else:
            builder.judged(flow.quality)
    if not known:
        builder.quality = None
    return builder.build(mass)
