"""The document of `routecli breakeven`."""

from dataclasses import dataclass, field

from routecli.report.documents.common import Basis, Inputs, ModelPrice, Unpriced, WorkloadSummary


@dataclass(frozen=True, slots=True)
class BreakevenRow:
    """One parameter of one policy; `unit` is share (0-1), factor, usd (a month) or requests (a month).

    `word` says which side of `value` pays (above, below), or for a null `value` always, none, or mixed (in parts of the
    range). `possible_low` and `possible_high` bound the values that traffic can have, the rest of the policy held; null
    is no limit. `margin` is how far
    `current` may move before the policy stops paying; negative where it does not pay now. `against` says what the
    policy is compared with: today's bill, or the cascade (for a classifier the one on the same pair).
    `naive` is the ratio of the two tiers' bills, C_1 / C_2, which ignores judges, canaries and what escalates. `low`
    and `high` are the 95 % interval of `value` where success is measured (of success and gate_cost_usd).
    """

    policy: str
    parameter: str
    unit: str
    value: float | None
    word: str
    against: str
    current: float | None
    margin: float | None
    low: float | None
    high: float | None
    naive: float | None
    possible_low: float
    possible_high: float | None
    cheap_monthly_usd: float | None
    baseline_monthly_usd: float
    basis: Basis


@dataclass(frozen=True, slots=True)
class SurfaceTable:
    """The monthly saving over two parameters: `saving_usd[j][i]` at `first_values[i]` and `second_values[j]`.

    A null saving: no traffic can have both values (escalated requests would hold more tokens than all requests).
    `break_even[j]` is the first parameter's at `second_values[j]`; null with `words[j]` always or none.
    """

    policy: str
    first: str
    second: str
    first_unit: str
    second_unit: str
    first_values: list[float | None]
    second_values: list[float | None]
    saving_usd: list[list[float | None]]
    break_even: list[float | None]
    words: list[str]


@dataclass(frozen=True, slots=True)
class BreakevenDocument:
    """Rows in order of the policies given; without a policy, by the success rate needed, lowest first. `measured` says
    what rests on an evaluation set."""

    inputs: Inputs
    models: list[ModelPrice]
    workload: WorkloadSummary
    runs_on: str
    rows: list[BreakevenRow]
    surface: SurfaceTable | None
    assumptions: list[str]
    warnings: list[str]
    unpriced: list[Unpriced]
    measured: list[str] = field(default_factory=list)
