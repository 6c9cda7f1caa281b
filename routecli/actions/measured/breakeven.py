"""Break-evens with measured success: the policies as an evaluation set says, and the intervals of their rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from routecli.actions.measured.choose import Use
from routecli.actions.policy_options import PolicyOptions
from routecli.actions.question import Loaded, Question
from routecli.model.policy import NamedPolicy
from routecli.report.documents.breakeven import BreakevenRow
from routecli.report.documents.measured import Bounds


@dataclass(frozen=True, slots=True)
class Measured:
    """What break-evens are computed on; `ends` are intervals by (policy, parameter)."""

    loaded: Loaded
    policies: list[NamedPolicy] = field(default_factory=list)
    ends: Mapping[tuple[str, str], Bounds] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()

    def bounded(self, row: BreakevenRow) -> BreakevenRow:
        """The row with its interval, where one is measured."""
        ends = self.ends.get((row.policy, row.parameter))
        if ends is None or row.value is None:
            return row
        return replace(row, low=ends.low, high=ends.high)


def measure(used: Use, question: Question, options: PolicyOptions, assumed_model: str | None) -> Measured:
    """The policies with what the set says of them. A gate that nobody set is taken to know which answers are good."""
    from routecli.actions.measured.lines import answer, bounds
    from routecli.actions.measured.run import prepare, routed
    from routecli.actions.measured.words import measured_assumptions, measured_notes
    from routecli.actions.simulate import parse_baseline
    from routecli.money import PICO_PER_USD

    found = prepare(used, question, options, assumed_model=assumed_model, table=False)
    ends: dict[tuple[str, str], Bounds] = {}
    baseline = parse_baseline(options, found.loaded)
    for one in found.filled:
        cells = routed(one.named, found.loaded, options).cells
        numbers = answer(found.measuring, one, cells, found.loaded.setting, baseline).figures
        if numbers is not None and numbers.break_even is not None:
            ends[one.named.name, "success"] = bounds(numbers.break_even)
        if numbers is not None and numbers.gate_break_even is not None:
            ends[one.named.name, "gate_cost_usd"] = bounds(numbers.gate_break_even, 1 / PICO_PER_USD)
    return Measured(
        found.loaded,
        found.policies,
        ends,
        tuple(measured_notes(found.measuring)),
        (*found.notes, *measured_assumptions(found.measuring, found.filled)),
    )
