"""Routing policies as data: what is sent where, and how often the cheap answer is good enough.

A policy is one of the records below; the maths of each kind is one file in `routecli.maths.policies`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from routecli.model.conditions import ANY_TYPE, Condition
from routecli.model.observed import Observed

UNCHANGED = "unchanged"
"""The route of requests that a policy leaves on the model they ran on."""


@dataclass(frozen=True, slots=True)
class Success:
    """How often a tier's answer is accepted (0-1, exact).

    `tiers[j]` maps a query type, or `*` for every other one, to the rate at tier j + 1. The last entry holds for
    deeper tiers too. `basis` says how it is known.
    """

    tiers: tuple[Mapping[str, Fraction], ...]
    basis: str = "assumed"

    def rate(self, tier: int, query_type: str | None) -> Fraction | None:
        """The rate at `tier` (0 = first), or None where the query type is not covered."""
        rates = self.tiers[min(tier, len(self.tiers) - 1)]
        found = rates.get(query_type) if query_type is not None else None
        return rates.get(ANY_TYPE) if found is None else found


@dataclass(frozen=True, slots=True)
class Judge:
    """What deciding about one request or answer costs: a gate's judgement, or a classifier's call.

    A model reads `reads` tokens, or where that is None the request's input, the answer and `overhead` more, at its
    plain input rate (no cache), and writes `output` tokens; `each` pico-USD are added per judgement. `latency_ms` is
    the time it takes (None: nobody said, taken as none).
    """

    model: str | None = None
    overhead: int = 0
    reads: int | None = None
    output: int = 0
    each: Fraction = Fraction(0)
    latency_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a router's score parts the requests: those at or above `threshold` go to the strong model, or with
    `high_is_cheap` to the cheap one. `score` names a number that is known before any model runs."""

    score: str
    threshold: float
    high_is_cheap: bool = False


@dataclass(frozen=True, slots=True)
class Canary:
    """A share (0-1) of the requests that do not reach the last tier also runs on it; grading costs `each` pico-USD."""

    share: Fraction
    each: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Shape:
    """Tokens of an escalated request relative to the workload's mean request; one shape for all later tiers."""

    input: Fraction = Fraction(1)
    output: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Confusion:
    """A gate's errors: `quality` is the share of cheap answers that are good, `false_accept` the share of bad ones it
    accepts, `false_reject` the share of good ones it refuses; `strong_quality` is how often an escalated answer is
    good (None: taken as always, and said)."""

    quality: Fraction
    false_accept: Fraction
    false_reject: Fraction
    strong_quality: Fraction | None = None

    @property
    def accept(self) -> Fraction:
        """The accept rate this gate has: Q (1 - FR) + (1 - Q) FA."""
        return self.quality * (1 - self.false_reject) + (1 - self.quality) * self.false_accept

    @property
    def silent(self) -> Fraction:
        """Bad answers shipped, as a share of all: (1 - Q) FA."""
        return (1 - self.quality) * self.false_accept

    @property
    def needless(self) -> Fraction:
        """Good answers escalated, as a share of all: Q FR."""
        return self.quality * self.false_reject


@dataclass(frozen=True, slots=True)
class Single:
    """Everything on one model."""

    model: str
    kind: str = field(default="single", init=False)


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Requests stay on the model they ran on."""

    kind: str = field(default="unchanged", init=False)


@dataclass(frozen=True, slots=True)
class Cascade:
    """Cheap first; an answer that the gate refuses goes on to the next tier. At least two tiers.

    `timeouts[model]` (ms) ends a call early: it is paid for, not judged, and escalates. `parallel` is the share of
    requests that start tier 2 at once. `retry_rate` is how often a bad answer that was shipped is asked again.
    `thresholds` are the gate scores from which on each judged tier's answer is accepted (empty: nobody said).
    `observed` are measured shapes and qualities by query type, used where no `shape` is given.
    """

    tiers: tuple[str, ...]
    success: Success | None = None
    gate: Judge | None = None
    canary: Canary | None = None
    shape: Shape = Shape()
    confusion: Confusion | None = None
    timeouts: Mapping[str, float] = field(default_factory=dict)
    parallel: Fraction = Fraction(0)
    retry_rate: Fraction = Fraction(0)
    thresholds: tuple[float, ...] = ()
    observed: Observed | None = field(default=None, compare=False)
    kind: str = field(default="cascade", init=False)


@dataclass(frozen=True, slots=True)
class Classifier:
    """A router that decides before any model runs. Recall on the requests the cheap model can serve, false-positive
    rate on the rest; `success` is the share it can serve; `cut` is where its score parts them (None: nobody said).
    `observed` are measured shapes and qualities by query type."""

    cheap: str
    strong: str
    recall: Fraction
    false_positive: Fraction
    success: Success | None = None
    decider: Judge | None = None
    retry_rate: Fraction = Fraction(0)
    cut: Cut | None = None
    observed: Observed | None = field(default=None, compare=False)
    kind: str = field(default="classifier", init=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """All conditions hold -> the route. The first matching rule wins."""

    when: tuple[Condition, ...]
    route: "Policy"


@dataclass(frozen=True, slots=True)
class Static:
    """Ordered rules and a default. With a route that is itself a cascade or classifier it is a composite."""

    rules: tuple[Rule, ...]
    default: "Policy"

    @property
    def kind(self) -> str:
        """`composite` where a route is more than a model, else `static`."""
        routes = [*(rule.route for rule in self.rules), self.default]
        plain = all(isinstance(route, Single | Unchanged) for route in routes)
        return "static" if plain else "composite"


Policy = Single | Unchanged | Cascade | Classifier | Static


@dataclass(frozen=True, slots=True)
class NamedPolicy:
    """A policy with the name reports print (`haiku:sonnet @ 0.7`)."""

    name: str
    policy: Policy
