"""The policies that a command is asked about, as typed."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from routecli.errors import UsageError
from routecli.model.written import PolicySpec

if TYPE_CHECKING:
    from routecli.maths.net import Engineering


@dataclass(frozen=True, slots=True)
class PolicyOptions:
    """Policies as typed; `spec` is what was typed about them, a success rate also for files that carry none."""

    cascades: tuple[str, ...] = ()
    classifiers: tuple[str, ...] = ()
    statics: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()
    spec: PolicySpec = field(default_factory=PolicySpec)
    baseline: str | None = None
    apply_to: str | None = None
    build_cost: str | None = None
    upkeep: str | None = None
    payback_limit: str | None = None
    evidence: str | None = None
    perfect_gate: bool = False
    max_quality_drop: str | None = None

    @property
    def engineering(self) -> "Engineering":
        """What building and running the router costs, as typed."""
        from routecli.maths.net import PAYBACK_LIMIT, Engineering
        from routecli.model import parse, spec

        if self.payback_limit is not None and self.build_cost is None:
            raise UsageError(
                "unused-option", "--payback-limit is about the cost of building", fix="add --build-cost USD"
            )
        limit = PAYBACK_LIMIT if self.payback_limit is None else parse.months(self.payback_limit, "--payback-limit")
        return Engineering(
            Fraction(0) if self.build_cost is None else spec.usd(self.build_cost, "--build-cost"),
            Fraction(0) if self.upkeep is None else spec.usd(self.upkeep, "--upkeep"),
            limit,
        )

    @property
    def quality_margin(self) -> Fraction | None:
        """The quality drop (0-1) that is acceptable, as typed."""
        from routecli.model import parse

        return None if self.max_quality_drop is None else parse.points(self.max_quality_drop, "--max-quality-drop")

    @property
    def success(self) -> str | None:
        """The success rates as typed."""
        return self.spec.success

    @property
    def any(self) -> bool:
        """Whether a policy was named at all."""
        return bool(self.cascades or self.classifiers or self.statics or self.files)
