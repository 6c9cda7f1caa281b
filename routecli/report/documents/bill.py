"""The document of `routecli bill`."""

from dataclasses import dataclass
from typing import Any

from routecli.report.documents.common import Inputs, ModelPrice, Unpriced, WorkloadSummary


@dataclass(frozen=True, slots=True)
class BillTotal:
    """What the window cost (not projected). `unmetered` requests reported no usage and are in no amount.

    `markup_usd` is what aggregators add when tokens are paid for; it is in no other amount.
    """

    requests: int
    unmetered: int
    usd: float
    pico_usd: str
    markup_usd: float = 0.0
    markup_pico_usd: str = "0"


@dataclass(frozen=True, slots=True)
class BillDocument:
    """`groups` rows hold the `--by` columns, then requests, unmetered, the token sums, usd, pico_usd and share_pct,
    and the mark-up beside the cost: markup_usd, markup_pico_usd.
    """

    inputs: Inputs
    models: list[ModelPrice]
    workload: WorkloadSummary
    by: list[str]
    groups: list[dict[str, Any]]
    total: BillTotal
    unpriced: list[Unpriced]
    assumptions: list[str]
    warnings: list[str]
