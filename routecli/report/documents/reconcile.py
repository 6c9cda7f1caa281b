"""The document of `routecli bill --reconcile`."""

from dataclasses import dataclass
from typing import Any

from routecli.report.documents.common import Inputs, ModelPrice, Unpriced, WorkloadSummary


@dataclass(frozen=True, slots=True)
class ReconcileTotal:
    """The compared requests together. drift = logged - computed; `drift_pct` is of the computed cost."""

    requests: int
    usd: float
    pico_usd: str
    logged_usd: float
    logged_pico_usd: str
    drift_usd: float
    drift_pico_usd: str
    drift_pct: float | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Requests that cannot be compared: no cost was logged for them, or a cost without usage."""

    no_logged_cost: int
    no_usage: int


@dataclass(frozen=True, slots=True)
class ReasonSum:
    """The groups that one reason was found for, and their drift together."""

    reason: str
    groups: int
    requests: int
    drift_usd: float
    drift_pico_usd: str


@dataclass(frozen=True, slots=True)
class ReconcileDocument:
    """`groups` rows hold the `--by` columns, then requests, usd and pico_usd (by the rate card), logged_usd,
    logged_pico_usd, drift_usd, drift_pico_usd, drift_pct (null: the card says 0), within, reason, reason_detail,
    logged_source and basis.

    `reason` is null where the group agrees, or differs by less than the tolerance for no reason that was found;
    else the id of the hypothesis under which its sum comes out as logged, mixture, or unexplained. `basis` is exact
    where who bills reported the costs, else modelled: the tool that logged estimated them. `exit_code` is 1 where a
    group is beyond the tolerance (`beyond` counts them).
    """

    inputs: Inputs
    models: list[ModelPrice]
    workload: WorkloadSummary
    by: list[str]
    tolerance_pct: float
    exit_code: int
    beyond: int
    groups: list[dict[str, Any]]
    total: ReconcileTotal
    reasons: list[ReasonSum]
    left_out: LeftOut
    unpriced: list[Unpriced]
    assumptions: list[str]
    warnings: list[str]
