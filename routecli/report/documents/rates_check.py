"""The document of `routecli rates check`."""

from dataclasses import dataclass
from typing import Literal

from routecli.report.documents.common import RatesInput


@dataclass(frozen=True, slots=True)
class CheckInputs:
    """The card that was checked, `at` being today; `base` is the card its history was compared with, if any.

    Findings below `min_level` are counted and not listed.
    """

    rates: RatesInput
    base: RatesInput | None
    min_level: Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach of a rule. `where` is `file:line`; `model` and `mode` are empty where none is meant."""

    level: Literal["error", "warning", "info"]
    rule: str
    provider: str
    model: str
    mode: str
    text: str
    where: str


@dataclass(frozen=True, slots=True)
class FindingCounts:
    """How many findings of each level."""

    error: int
    warning: int
    info: int


@dataclass(frozen=True, slots=True)
class RatesCheckDocument:
    """`verdict` is fail with an error, warn with warnings, else pass. `models` is how many could be read."""

    inputs: CheckInputs
    verdict: Literal["pass", "warn", "fail"]
    models: int
    counts: FindingCounts
    findings: list[Finding]
