"""The document of `routecli doctor`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: `status` is pass, warn or fail; `fix` says what to do about the latter two."""

    name: str
    status: str
    detail: str
    fix: str


@dataclass(frozen=True, slots=True)
class DoctorDocument:
    """What was looked at, and the worst of it."""

    checks: list[Check]
    verdict: str
