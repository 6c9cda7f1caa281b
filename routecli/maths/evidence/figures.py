"""Intervals for what a policy would cost and deliver, all from one set of resamples of the graded queries.

Resampling is of sessions, within query types (`bootstrap`); rates in the traffic's mix of query types. Money: BCa
intervals; shares: Wilson's form on the resampled variance, so that 35 good answers of 35 are not taken for certainty.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isnan
from typing import TYPE_CHECKING

from routecli.maths.evidence.bills import Bill, summed
from routecli.maths.evidence.bootstrap import (
    RESAMPLES,
    SEED,
    Design,
    Draws,
    Interval,
    draw,
    interval,
    ratio,
    share,
    share_difference,
)
from routecli.maths.evidence.control import Control, judged
from routecli.maths.evidence.groups import Columns, Group, Ratios, Value, floats
from routecli.maths.evidence.observe import Sample
from routecli.maths.flow import Setting
from routecli.model.policy import Cascade

if TYPE_CHECKING:
    from routecli.maths.evidence.bootstrap import Table
    from routecli.model.evidence import Floats

MOST_WORK = 3e10
"""Rows x columns x resamples beyond which resamples are left out, down to `FEWEST`."""
FEWEST = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """What the figures of one policy are made of; groups cover all routed requests, which cost `before` today
    (pico-USD). `traffic`: the set itself is the traffic, so today's bill is resampled too."""

    sample: Sample
    groups: tuple[Group, ...]
    setting: Setting
    before: Fraction
    factor: Fraction
    traffic: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Intervals of a policy; money in pico-USD a month, the rest shares (0-1). None where the set cannot tell.

    `drop` is today's quality less the policy's. `accept` is the first gate's rate; `break_even` the one from which a
    cascade of two models pays, `gate_break_even` what its gate may cost.
    """

    saving: Interval
    saving_share: Interval
    cost: Interval
    quality: Interval | None
    silent: Interval | None
    base_quality: Interval | None
    drop: Interval | None
    control: Control | None
    accept: Interval | None
    break_even: Interval | None
    gate_break_even: Interval | None
    resamples: int
    clusters: int


class _Mix:
    """Quality figures in the traffic's mix: sums over the groups of weight times a mean over the group's queries."""

    def __init__(self, ratios: Sequence[Ratios]) -> None:
        self.weights = [one.group.weight for one in ratios]
        self.good = [one.mean("good", [one.group.walk], one.group.walk.delivered) for one in ratios]
        self.silent = [_silent(one) for one in ratios]
        self.models = list(dict.fromkeys(model for one in ratios for model in one.group.walk.models))
        self.answered = [[_answered(one, model) for one in ratios] for model in self.models]
        self.alone = [[_right(one, model) for one in ratios] for model in self.models]
        known = all(one.group.base in one.sample.evidence.models for one in ratios)
        self.base = [_right(one, one.group.base) for one in ratios] if known else None
        self.gains = _apart(ratios, 1) if known else None
        self.losses = _apart(ratios, -1) if known else None
        cascades = all(isinstance(one.group.policy, Cascade) for one in ratios)
        self.accepted = [_accepted(one) for one in ratios] if cascades else None

    def of(self, values: Sequence[Value]) -> Value:
        """The mix of one value per group."""
        import numpy as np

        def mixed(means: "Table") -> "Floats":
            parts = zip(self.weights, values, strict=True)
            return np.asarray(sum(weight * value(means) for weight, value in parts), np.float64)

        return mixed

    def advantage(self, means: "Table") -> "Floats":
        """Delivered quality less that of the same shares of answers per model at random."""
        import numpy as np

        random = np.zeros(len(means))
        for answered, alone in zip(self.answered, self.alone, strict=True):
            random += self.of(answered)(means) * self.of(alone)(means)
        return self.of(self.good)(means) - random


def _silent(ratios: Ratios) -> Value:
    """Bad answers of a model before the last one; of a single model all, where the requests ran on another before."""
    walk = ratios.group.walk
    if len(walk.models) > 1:
        return ratios.mean("silent", [walk], walk.silent_share)
    moved = 0.0 if walk.models[0] == ratios.group.ran else 1.0
    return ratios.mean(f"silent {moved}", [walk], lambda: moved * floats(~walk.right[0]))


def _answered(ratios: Ratios, model: str) -> Value:
    """The share of a group that a model's answer is delivered of."""
    import numpy as np

    walk = ratios.group.walk
    parts = [spread for name, spread in zip(walk.models, walk.answers, strict=True) if name == model]

    def values() -> "Floats":
        return np.asarray(sum((part.floats() for part in parts), np.zeros(len(ratios.rows))), np.float64)

    return ratios.mean(f"answered {model}", [walk], values)


def _right(ratios: Ratios, model: str) -> Value:
    score = ratios.sample.evidence.models[model].score
    return ratios.mean("right", [score], lambda: floats(score >= 1))


def _apart(ratios: Sequence[Ratios], sign: int) -> list[Value]:
    """By group, how much better (sign 1) or worse (-1) today's answers are than the delivered ones, counted one way."""
    import numpy as np

    found = []
    for one in ratios:
        walk, score = one.group.walk, one.sample.evidence.models[one.group.base].score

        def values(walk=walk, score=score) -> "Floats":  # type: ignore[no-untyped-def]
            return np.asarray(np.maximum(sign * (floats(score >= 1) - walk.delivered()), 0), np.float64)

        found.append(one.mean(f"apart {sign}", [walk, score], values))
    return found


def _accepted(ratios: Ratios) -> Value:
    walk = ratios.group.walk
    return ratios.mean("accepted", [walk], lambda: floats(walk.accepts[0]))


def figures(case: Case, *, resamples: int = RESAMPLES, seed: int = SEED) -> Figures:
    """The intervals of a policy."""
    columns = Columns(case.sample.rows)
    ratios = [Ratios(columns, case.sample, group) for group in case.groups]
    bills, mix = [Bill(one, case.setting) for one in ratios], _Mix(ratios)
    table = columns.table()
    resamples = min(resamples, max(FEWEST, int(MOST_WORK / max(1, table.size))))
    draws = draw(table, _design(case.sample), resamples=resamples, seed=seed)
    for bill in bills:
        bill.settle(draws.estimate[None, :])
    return _Reckoner(case, draws, bills, mix).figures(resamples)


def token_ratio(sample: Sample, first: str, second: str) -> list[tuple[float | None, float | None]]:
    """The intervals of the input and output tokens of the second model for one of the first, over all queries."""
    import numpy as np

    one, other = (sample.evidence.models[model] for model in (first, second))
    columns = []
    for under, over in ((one.input_tokens, other.input_tokens), (one.output_tokens, other.output_tokens)):
        known = (under >= 0) & (over >= 0)
        columns += [np.where(known, over, 0), np.where(known, under, 0)]
    table = np.column_stack(columns).astype(np.float64)[sample.rows]
    draws = draw(table, _design(sample), resamples=FEWEST)
    found = [interval(draws, ratio(place, place + 1)) for place in (0, 2)]
    return [(None, None) if isnan(end.low) else (end.low, end.high) for end in found]


def _design(sample: Sample) -> Design:
    evidence, rows = sample.evidence, sample.rows
    strata = None if evidence.query_type is None else evidence.query_type.codes[rows] + 1
    return Design(strata, None if evidence.session is None else evidence.session.codes[rows])


@dataclass(frozen=True, slots=True, eq=False)
class _Reckoner:
    case: Case
    draws: Draws
    bills: Sequence[Bill]
    mix: _Mix

    def figures(self, resamples: int) -> Figures:
        """Every figure with its interval."""
        mix, factor = self.mix, float(self.case.factor)
        graded = self.case.sample.evidence.graded
        quality = self._share(mix.of(mix.good)) if graded else None
        return Figures(
            saving=interval(self.draws, lambda means: factor * (self._before(means) - self._cost(means))),
            saving_share=interval(self.draws, lambda means: 1 - self._cost(means) / self._before(means)),
            cost=interval(self.draws, lambda means: factor * self._cost(means)),
            quality=quality,
            silent=self._share(mix.of(mix.silent)) if graded else None,
            base_quality=self._share(mix.of(mix.base)) if graded and mix.base is not None else None,
            drop=self._drop() if graded else None,
            control=None if quality is None else judged(quality.estimate, interval(self.draws, mix.advantage)),
            accept=None if mix.accepted is None else self._share(mix.of(mix.accepted)),
            break_even=self._break_even(),
            gate_break_even=self._gate_break_even(factor),
            resamples=resamples,
            clusters=self.draws.clusters,
        )

    def _cost(self, means: "Table") -> "Floats":
        return summed(self.bills, means)

    def _before(self, means: "Table") -> "Floats":
        import numpy as np

        if not self.case.traffic:
            return np.full(len(means), float(self.case.before))
        return np.asarray(sum(bill.today.whole(means) for bill in self.bills) + np.zeros(len(means)), np.float64)

    def _share(self, value: Value) -> Interval:
        """A share's interval, made from what it is in every resample."""
        return share(_as_column(self.draws, [value]), 0)

    def _drop(self) -> Interval | None:
        if self.mix.gains is None or self.mix.losses is None:
            return None
        both = [self.mix.of(self.mix.gains), self.mix.of(self.mix.losses)]
        return share_difference(_as_column(self.draws, both), 0, 1)

    @property
    def _plain(self) -> bool:
        """Whether it is one cascade of two models, whose bill is affine in the accept rate."""
        first = self.bills[0].cascade
        return (
            first is not None
            and len(first.tiers) == 2
            and not first.retry_rate
            and all(bill.group.policy is first for bill in self.bills)
        )

    def _break_even(self) -> Interval | None:
        if not self._plain:
            return None

        def root(means: "Table") -> "Floats":
            none, every = summed(self.bills, means, 0.0), summed(self.bills, means, 1.0)
            found: Floats = (none - self._before(means)) / (none - every)
            return found

        return interval(self.draws, root)

    def _gate_break_even(self, factor: float) -> Interval | None:
        if self.bills[0].cascade is None:
            return None

        def room(means: "Table") -> "Floats":
            judging = sum(bill.judging(means) for bill in self.bills)
            found: Floats = factor * (self._before(means) - self._cost(means) + judging)
            return found

        return interval(self.draws, room)


def _as_column(draws: Draws, values: Sequence[Value]) -> Draws:
    """Draws of functions of the means, as if they had been columns."""
    import numpy as np

    def columns(means: "Table") -> "Table":
        return np.column_stack([value(means) for value in values])

    return Draws(columns(draws.estimate[None, :])[0], columns(draws.resampled), columns(draws.left_out), draws.stratum)
