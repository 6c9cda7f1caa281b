"""Requests walked through policies one by one, with dice: what the closed forms of the maths must agree with.

Shares no code with the maths: it reads the frozen records only, and adds up floats. Every request of a log is sent
`rounds` times, each time with fresh draws of what the gate says, how long calls take, who is a canary and so on.

Longer escalations: requests that reach a later tier hold `shape` times the mean tokens, whichever tier they end on, and
those that do not hold what is left. A timeout cuts calls off whatever their length, so late ones have mean length.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from routecli.model.policy import Cascade, Classifier, Condition, Judge, Policy, Single, Static, Success, Unchanged
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


def simulate(policy: Policy, world: World, rounds: int, seed: int) -> Tally:
    """Every request of the log sent `rounds` times; place `r * len(log) + i` is row i in round r."""
    tally = Tally(np.tile(np.arange(world.input.size), rounds))
    _send(policy, np.arange(tally.who.size), world, tally, np.random.default_rng(seed))
    return tally


def _send(policy: Policy, at: Places, world: World, tally: Tally, rng: np.random.Generator) -> None:
    if isinstance(policy, Static):
        rest = at
        for rule in policy.rules:
            holds = np.ones(rest.size, bool)
            for one in rule.when:
                holds &= matches(one, world)[tally.who[rest]]
            _send(rule.route, rest[holds], world, tally, rng)
            rest = rest[~holds]
        _send(policy.default, rest, world, tally, rng)
    elif isinstance(policy, Single):
        _plain(policy.model, at, world, tally, rng)
    elif isinstance(policy, Unchanged):
        ran = world.columns["model"][tally.who[at]]
        for model in dict.fromkeys(ran):
            _plain(model, at[ran == model], world, tally, rng)
    else:
        walk = _Cascade(policy, world).walk if isinstance(policy, Cascade) else _classifier(policy, world)
        walk(at, tally, rng, True)
        again = at[tally.silent[at] & (rng.random(at.size) < float(policy.retry_rate))]
        while again.size:
            silent = walk(again, tally, rng, False)
            again = again[silent & (rng.random(again.size) < float(policy.retry_rate))]


def matches(one: Condition, world: World) -> Bits:
    """For which rows of the log a condition holds."""
    if one.column == "input_tokens":
        inside = world.input >= (0 if one.low is None else one.low)
        inside &= world.input <= (np.inf if one.high is None else one.high)
    else:
        inside = np.array([value in one.values for value in world.columns[one.column]])
    return ~inside if one.negate else inside


def _plain(model: str, at: Places, world: World, tally: Tally, rng: np.random.Generator) -> None:
    paid_in, paid_out = world.price(model, tiered=False)
    who = tally.who[at]
    tally.call(1, model, at, (paid_in + paid_out)[who])
    tally.latency[at] = _drawn(world, model, who, rng)


def _drawn(world: World, model: str, who: Places, rng: np.random.Generator) -> Floats:
    found = np.full(who.size, np.nan)
    kinds = world.columns["query_type"][who]
    for kind in dict.fromkeys(kinds):
        if (model, kind) in world.latencies:
            which = kinds == kind
            found[which] = rng.choice(world.latencies[model, kind], int(which.sum()))
    return found


def _per_type(world: World, value: Callable[[str | None], float]) -> Floats:
    kinds = world.columns["query_type"]
    known = {kind: value(kind) for kind in dict.fromkeys(kinds)}
    return np.array([known[kind] for kind in kinds])


def _rate(success: Success | None, tier: int, kind: str | None) -> float:
    assert success is not None
    rates = success.tiers[min(tier, len(success.tiers) - 1)]
    return float(rates[kind] if kind is not None and kind in rates else rates["*"])


def _classifier(policy: Classifier, world: World) -> Callable[[Places, Tally, np.random.Generator, bool], Bits]:
    servable = _per_type(world, lambda kind: _rate(policy.success, 0, kind))
    lead = (policy.decider.latency_ms or 0.0) if policy.decider else 0.0

    def walk(at: Places, tally: Tally, rng: np.random.Generator, first: bool) -> Bits:
        who = tally.who[at]
        easy = rng.random(at.size) < servable[who]
        sent_cheap = np.where(easy, float(policy.recall), float(policy.false_positive))
        cheap = rng.random(at.size) < sent_cheap
        if policy.decider is not None:
            tally.gate[at] += world.judged(policy.decider, who, np.ones(at.size), np.zeros(at.size))
        for model, which in ((policy.cheap, cheap), (policy.strong, ~cheap)):
            tally.call(1, model, at[which], sum(world.price(model))[who[which]])
            if first:
                tally.latency[at[which]] = lead + _drawn(world, model, who[which], rng)
        silent = cheap & ~easy
        if first:
            tally.silent[at], tally.needless[at], tally.good[at] = silent, ~cheap & easy, ~silent
        return silent

    return walk


@dataclass
class Lengths:
    """Tokens against the mean, by how the first tier ended, per row of the log."""

    settled: Floats
    late: Floats
    refused: Floats

    def of(self, who: Places, late: Bits, refused: Bits) -> Floats:
        """The factor of each sent request."""
        return np.where(late, self.late[who], np.where(refused, self.refused[who], self.settled[who]))


class _Cascade:
    """A cascade and what it needs to know of a world."""

    def __init__(self, policy: Cascade, world: World) -> None:
        self.policy, self.world = policy, world
        self.lengths = lengths(policy, world, policy.shape.input), lengths(policy, world, policy.shape.output)

    def walk(self, at: Places, tally: Tally, rng: np.random.Generator, first: bool) -> Bits:
        """Send requests; whether each was shipped a bad answer (known where the gate's errors are)."""
        policy, world, last = self.policy, self.world, len(self.policy.tiers) - 1
        who, size = tally.who[at], at.size
        good = rng.random(size) < (float(policy.confusion.quality) if policy.confusion else 1.0)
        reached, arrived, settled, took = [np.ones(size, bool)], [], [], []
        for tier, model in enumerate(policy.tiers):
            limit = policy.timeouts.get(model, np.inf) if tier < last else np.inf
            ms = _drawn(world, model, who, rng)
            arrived.append(~(ms > limit))
            took.append(np.minimum(ms, limit))
            accept = self._accept(tier, who, rng)
            if policy.confusion is not None and tier == 0:
                errors = np.where(good, 1 - float(policy.confusion.false_reject), float(policy.confusion.false_accept))
                accept = rng.random(size) < errors
            settled.append(arrived[tier] & accept if tier < last else np.ones(size, bool))
            if tier < last:
                reached.append(reached[tier] & ~settled[tier])
        late, refused = ~arrived[0], arrived[0] & ~settled[0]
        into, out = (one.of(who, late, refused) for one in self.lengths)
        early = rng.random(size) < float(policy.parallel)
        for tier, model in enumerate(policy.tiers):
            made = reached[tier] | (early if tier == 1 else False)
            tally.call(tier + 1, model, at[made], self._price(tier, who, into, out)[made])
            if policy.gate is not None and tier < last:
                judged = reached[tier] & arrived[tier]
                tally.gate[at] += judged * world.judged(policy.gate, who, into, out)
        if policy.canary is not None:
            ran = reached[last] | (early if last == 1 else False)
            picked = ~ran & (rng.random(size) < float(policy.canary.share))
            tally.canary[at] += picked * (self._price(last, who, into, out) + float(policy.canary.each))
        silent = settled[0] & ~good
        if first:
            tally.latency[at] = self._latency(reached, arrived, took, early)
            tally.escalated[at] = reached[1]
            if policy.confusion is not None:
                strong = policy.confusion.strong_quality
                strong_good = rng.random(size) < (1.0 if strong is None else float(strong))
                tally.silent[at], tally.needless[at] = silent, arrived[0] & ~settled[0] & good
                tally.good[at] = np.where(settled[0], good, strong_good)
        return silent

    def _accept(self, tier: int, who: Places, rng: np.random.Generator) -> Bits:
        draws = rng.random(who.size)
        if tier == len(self.policy.tiers) - 1 or self.policy.success is None:
            return draws < 1
        return draws < _per_type(self.world, lambda kind: _rate(self.policy.success, tier, kind))[who]

    def _price(self, tier: int, who: Places, into: Floats, out: Floats) -> Floats:
        paid_in, paid_out = self.world.price(self.policy.tiers[tier], tier + 1)
        return paid_in[who] * into + paid_out[who] * out

    def _latency(self, reached: list[Bits], arrived: list[Bits], took: list[Floats], early: Bits) -> Floats:
        judge = (self.policy.gate.latency_ms or 0.0) if self.policy.gate else 0.0
        total = took[0] + judge * arrived[0]
        for tier in range(1, len(took)):
            together = np.maximum(total, took[1]) if tier == 1 else total
            ended = np.where(early & (tier == 1), together, total + took[tier])
            judged = judge * arrived[tier] if tier < len(took) - 1 else 0.0
            total = np.where(reached[tier], ended + judged, total)
        return total


def escalating(policy: Cascade, world: World, kind: str | None) -> tuple[float, float]:
    """Of a query type's requests, the shares that answer in time at the first tier and that go on to the second."""
    limit = policy.timeouts.get(policy.tiers[0])
    in_time = 1.0 if limit is None else float(np.mean(world.latencies[policy.tiers[0], kind] <= limit))
    errors = policy.confusion
    accept = _rate(policy.success, 0, kind) if errors is None else 0.0
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

        return _per_type(world, one)

    factor = float(shape)
    settled = each(lambda _, goes: (1 - goes * factor, 1 - goes))
    refused = each(lambda in_time, goes: (goes * factor - (1 - in_time), goes - (1 - in_time)))
    return Lengths(settled, np.ones(world.input.size), refused)
