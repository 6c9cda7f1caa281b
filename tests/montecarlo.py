"""Requests walked through policies one by one, with dice: what the closed forms of the maths must agree with.

Shares no code with the maths: it reads the frozen records only, and adds up floats. Every request of a log is sent
`rounds` times, each time with fresh draws of what the gate says, how long calls take, who is a canary and so on.

Longer escalations: requests that reach a later tier hold `shape` times the mean tokens, whichever tier they end on, and
those that do not hold what is left. A timeout cuts calls off whatever their length, so late ones have mean length.
"""

from collections.abc import Callable

import numpy as np
from worlds import Bits, Floats, Places, Tally, World, drawn, lengths, per_type, rate

from routecli.model.conditions import Condition
from routecli.model.policy import Cascade, Classifier, Policy, Single, Static, Unchanged


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
    tally.latency[at] = drawn(world, model, who, rng)


def _classifier(policy: Classifier, world: World) -> Callable[[Places, Tally, np.random.Generator, bool], Bits]:
    servable = per_type(world, lambda kind: rate(policy.success, 0, kind))
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
                tally.latency[at[which]] = lead + drawn(world, model, who[which], rng)
        silent = cheap & ~easy
        if first:
            tally.silent[at], tally.needless[at], tally.good[at] = silent, ~cheap & easy, ~silent
        return silent

    return walk


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
            ms = drawn(world, model, who, rng)
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
        return draws < per_type(self.world, lambda kind: rate(self.policy.success, tier, kind))[who]

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
