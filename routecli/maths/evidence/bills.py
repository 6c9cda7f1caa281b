"""One group's bill under its policy as a function of the means of graded queries.

    bill = sum over calls of side * part(w) * tokens(w) / tokens(1) + judging

with side the traffic's cost if every request made the call (exact, at the point estimate's token ratio), part the share
of the tokens that reaches it, and tokens those on the call's model for one on the model the traffic ran on, or the mean
cost of a query where models are priced per query. w = 1 is the point estimate, which the closed forms give exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from routecli.maths.evidence.groups import Ratios, Value
from routecli.maths.flow import Setting
from routecli.maths.judging import PLAIN, judgement_cost
from routecli.maths.policies.cascade import in_time_of, shape_of
from routecli.model.observed import ANY
from routecli.model.policy import Cascade, Classifier

if TYPE_CHECKING:
    from routecli.maths.evidence.bootstrap import Table
    from routecli.model.evidence import Floats


@dataclass
class Side:
    """The input or output side of a call: its cost for the whole group, the part that reaches it, tokens per token."""

    cost: float
    part: Value
    scale: Value | None
    point: float = 1.0

    def whole(self, means: "Table") -> "Floats | float":
        """The cost if every request made the call."""
        return self.cost if self.scale is None else self.cost * self.scale(means) / self.point


class Bill:
    """A group's bill. `settle` must be called with the point estimate's means before any figure is asked for."""

    def __init__(self, ratios: Ratios, setting: Setting) -> None:
        self.ratios, self.setting, self.group = ratios, setting, ratios.group
        policy, walk = self.group.policy, self.group.walk
        self.cascade = policy if isinstance(policy, Cascade) else None
        self.calls = [self._sides(place) for place in range(len(walk.models))]
        self.reach = [ratios.reach(spread) for spread in walk.reach]
        self.silent = ratios.mean("silent", [walk], walk.silent_share)
        self.retry = float(getattr(policy, "retry_rate", Fraction(0)))
        self.early = float(self.cascade.parallel) if self.cascade is not None else 0.0
        self.in_time = [self._arrives(place) for place in range(walk.judged)]
        self.today = self._today()

    def _arrives(self, place: int) -> float:
        assert self.cascade is not None  # only cascades judge answers
        return float(in_time_of(self.cascade, place, self.group.query_type, self.setting))

    def _sides(self, place: int) -> list[Side]:
        group, sample = self.group, self.ratios.sample
        model, spread = group.walk.models[place], group.walk.reach[place]
        costs = self.setting.sides(group.cells, model, place + 1 if self.cascade is not None else 1)
        measures, made = sample.measures(model), self._tokens_today(model)
        sides = []
        for cost, values, first in zip(costs, measures, made, strict=True):
            scale = None
            if self._per_query(model):
                scale = self.ratios.each(values) if cost else None
            elif first is not None:
                scale = self.ratios.ratio(first, values)
            sides.append(Side(float(cost), self.ratios.part(values, spread), scale))
        return sides

    def _per_query(self, model: str) -> bool:
        table = self.setting.pricer.per_query
        return (model, self.group.query_type) in table or (model, ANY) in table

    def _tokens_today(self, model: str):  # type: ignore[no-untyped-def]
        """The tokens on the model that the requests ran on, where the ratio to them is measured."""
        ran, table = self.group.ran, self.setting.pricer.measured
        if (ran, model, self.group.query_type) not in table and (ran, model, ANY) not in table:
            return None, None
        answers = self.ratios.sample.evidence.models[ran]
        return answers.input_tokens, answers.output_tokens

    def _today(self) -> Side:
        """What the group costs today; its scale is for traffic that is the set itself."""
        base, sample = self.group.base, self.ratios.sample
        cost = float(self.setting.ran(self.group.cells, base))
        scale = self.ratios.each(sample.costs[base]) if base in sample.costs and cost else None
        return Side(cost, lambda means: means[:, 0] * 0 + 1, scale)

    def settle(self, point: "Table") -> None:
        """Fix what token ratios and mean costs are measured against."""
        for side in [self.today, *(side for call in self.calls for side in call)]:
            side.point = 1.0 if side.scale is None else float(side.scale(point)[0])

    def cost(self, means: "Table", accept: float | None = None) -> "Floats":
        """The bill; with `accept` as if the first of two calls were accepted so often in every query type."""
        import numpy as np

        total = np.zeros(len(means))
        for place, sides in enumerate(self.calls):
            for side in sides:
                if side.cost:
                    total += side.whole(means) * self._parts(side, place, means, accept)
        total += self.judging(means, accept)
        return total / (1 - self.retry * self.silent(means)) if self.retry else total

    def _parts(self, side: Side, place: int, means: "Table", accept: float | None) -> "Floats":
        """How often the call is made, in token shares: escalations, early starts and the canary together."""
        part = side.part(means)
        if place and accept is not None:
            part = (1 - self.in_time[0] * accept) * relative(part, self.reach[place](means))
        last = place == len(self.calls) - 1
        idle = self.early if len(self.calls) == 2 and last else 0.0
        made = part + self.early * (1 - part) if place == 1 else part
        if last and self.cascade is not None and self.cascade.canary is not None:
            made = made + float(self.cascade.canary.share) * (1 - idle) * (1 - part)
        return made

    def judging(self, means: "Table", accept: float | None = None) -> "Floats":
        """What gates and classifiers cost, and grading the canary."""
        import numpy as np

        policy, cells, total = self.group.policy, self.group.cells, np.zeros(len(means))
        if isinstance(policy, Classifier) and policy.decider is not None:
            total += float(judgement_cost(policy.decider, cells, self.setting, answers=False))
        if self.cascade is not None and self.cascade.gate is not None:
            for place, arrives in enumerate(self.in_time):
                shape = PLAIN if not place else shape_of(self.cascade, self.group.query_type, place + 1)
                each = float(judgement_cost(self.cascade.gate, cells, self.setting, answers=True, shape=shape))
                total += each * arrives * (self.reach[place](means) if place else 1.0)
        if self.cascade is not None and self.cascade.canary is not None and self.cascade.canary.each:
            reached = self.reach[-1](means) if accept is None else 1 - self.in_time[0] * accept
            idle = self.early if len(self.calls) == 2 else 0.0
            graded = float(self.cascade.canary.share) * (1 - idle) * float(self.setting.mass(cells))
            total += graded * (1 - reached) * float(self.cascade.canary.each)
        return total


def relative(part: "Floats", reach: "Floats") -> "Floats":
    """The size of what reaches a call, relative to the mean request; 1 where nothing does."""
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(reach > 0, part / reach, 1.0))


def summed(bills: Sequence[Bill], means: "Table", accept: float | None = None) -> "Floats":
    """The bill of all groups."""
    import numpy as np

    return np.asarray(sum(bill.cost(means, accept) for bill in bills), np.float64)
