"""What requests that are walked with dice need to know: prices, latencies, rates and lengths, row by row of a log."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from routecli.model.policy import Cascade, Judge, Success
from routecli.model.rates import STANDARD, RateCard, Rates

Floats = NDArray[np.float64]
Bits = NDArray[np.bool_]
Places = NDArray[np.int64]
Ratios = Mapping[tuple[str, str], tuple[Fraction, Fraction]]


@dataclass(frozen=True)
class World:
    """A log row by row, the prices, and the latencies (ms, equally likely) of each model and query type."""

    card: RateCard
    columns: Mapping[str, NDArray[np.object_]]
    input: Places
    output: Places
    cache_read: Places
    latencies: Mapping[tuple[str, str | None], Floats]
    ratios: Ratios = field(default_factory=dict)
    cold: int | None = None

    def rates(self, model: str, length: int | None = None) -> list[tuple[Bits, Rates]]:
        """Which requests pay which rates: one group per length tier (`length`: as if all were so long)."""
        period = self.card.models[model].modes[STANDARD][0]
        lengths = self.input if length is None else np.full(self.input.size, length)
        groups, rest = [], np.ones(self.input.size, bool)
        for tier in sorted(period.tiers, key=lambda tier: -tier.edge):
            groups.append((rest & (lengths >= tier.edge), tier.rates))
            rest = rest & (lengths < tier.edge)
        return [*groups, (rest, period.rates)]

    def longer(self, model: str) -> tuple[Floats, Floats]:
        """Tokens on `model` for one logged, per request."""
        into, out = np.ones(self.input.size), np.ones(self.input.size)
        for (first, second), (more_in, more_out) in self.ratios.items():
            for source, target, power in ((first, second, 1), (second, first, -1)):
                if target == model:
                    which = self.columns["model"] == source
                    into[which], out[which] = float(more_in) ** power, float(more_out) ** power
        return into, out

    def price(self, model: str, position: int = 1, *, tiered: bool = True) -> tuple[Floats, Floats]:
        """What the input and the output of every request cost on a model. A plain route is never cold."""
        read = self.cache_read
        if tiered and self.cold is not None and position >= self.cold:
            read = np.zeros_like(read)
        paid_in, paid_out = np.zeros(read.size), np.zeros(read.size)
        for which, rates in self.rates(model):
            cached = rates.input if rates.cache_read is None else rates.cache_read
            paid_in[which] = ((self.input - read) * float(rates.input) + read * float(cached))[which]
            paid_out[which] = (self.output * float(rates.output or 0))[which]
        into, out = self.longer(model)
        return paid_in * into, paid_out * out

    def judged(self, judge: Judge, who: Places, read_in: Floats, read_out: Floats) -> Floats:
        """What one judgement costs for each of `who`, reading so many times its input and its answer."""
        cost = np.full(who.size, float(judge.each))
        if judge.model is None:
            return cost
        into, out = self.longer(judge.model)
        tokens = (self.input * into)[who] * read_in + (self.output * out)[who] * read_out + judge.overhead
        if judge.reads is not None:
            tokens = np.full(who.size, float(judge.reads))
        for which, rates in self.rates(judge.model, judge.reads):
            cost += which[who] * (tokens * float(rates.input) + judge.output * float(rates.output or 0))
        return cost


@dataclass
class Tally:
    """What happened to each of the sent requests (`who[i]` is the row of the log that was sent i-th)."""

    who: Places
    gate: Floats = field(init=False)
    canary: Floats = field(init=False)
    silent: Bits = field(init=False)
    needless: Bits = field(init=False)
    good: Bits = field(init=False)
    latency: Floats = field(init=False)
    escalated: Bits = field(init=False)
    calls: dict[tuple[int, str], tuple[Floats, Floats]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        size = self.who.size
        self.gate, self.canary, self.latency = np.zeros(size), np.zeros(size), np.zeros(size)
        self.silent, self.needless, self.good, self.escalated = (np.zeros(size, bool) for _ in range(4))

    def call(self, position: int, model: str, at: Places, cost: Floats) -> None:
        """Calls of a model by the requests sent at these places (each at most once)."""
        count, paid = self.calls.setdefault((position, model), (np.zeros(self.who.size), np.zeros(self.who.size)))
        count[at] += 1
        paid[at] += cost

    @property
    def cost(self) -> Floats:
        """Everything together, per sent request."""
        return self.gate + self.canary + sum((paid for _, paid in self.calls.values()), np.zeros(self.who.size))


def drawn(world: World, model: str, who: Places, rng: np.random.Generator) -> Floats:
    found = np.full(who.size, np.nan)
    kinds = world.columns["query_type"][who]
    for kind in dict.fromkeys(kinds):
        if (model, kind) in world.latencies:
            which = kinds == kind
            found[which] = rng.choice(world.latencies[model, kind], int(which.sum()))
    return found


def per_type(world: World, value: Callable[[str | None], float]) -> Floats:
    kinds = world.columns["query_type"]
    known = {kind: value(kind) for kind in dict.fromkeys(kinds)}
    return np.array([known[kind] for kind in kinds])


def rate(success: Success | None, tier: int, kind: str | None) -> float:
    assert success is not None
    rates = success.tiers[min(tier, len(success.tiers) - 1)]
    return float(rates[kind] if kind is not None and kind in rates else rates["*"])


@dataclass
class Lengths:
    """Tokens against the mean, by how the first tier ended, per row of the log."""

    settled: Floats
    late: Floats
    refused: Floats

    def of(self, who: Places, late: Bits, refused: Bits) -> Floats:
        """The factor of each sent request."""
        return np.where(late, self.late[who], np.where(refused, self.refused[who], self.settled[who]))


def escalating(policy: Cascade, world: World, kind: str | None) -> tuple[float, float]:
    """Of a query type's requests, the shares that answer in time at the first tier and that go on to the second."""
    limit = policy.timeouts.get(policy.tiers[0])
    in_time = 1.0 if limit is None else float(np.mean(world.latencies[policy.tiers[0], kind] <= limit))
    errors = policy.confusion
    accept = rate(policy.success, 0, kind) if errors is None else 0.0
    if errors is not None:
        quality = float(errors.quality)
        accept = quality * (1 - float(errors.false_reject)) + (1 - quality) * float(errors.false_accept)
    return in_time, 1 - in_time * accept


def lengths(policy: Cascade, world: World, shape: Fraction) -> Lengths:
    """Lengths whose mean over escalated requests is `shape`, over late ones 1, and over all of them 1."""

    def each(value: Callable[[float, float], tuple[float, float]]) -> Floats:
        def one(kind: str | None) -> float:
            tokens, share = value(*escalating(policy, world, kind))
            return tokens / share if share > 1e-12 and shape != 1 else 1.0

        return per_type(world, one)

    factor = float(shape)
    settled = each(lambda _, goes: (1 - goes * factor, 1 - goes))
    refused = each(lambda in_time, goes: (goes * factor - (1 - in_time), goes - (1 - in_time)))
    return Lengths(settled, np.ones(world.input.size), refused)
