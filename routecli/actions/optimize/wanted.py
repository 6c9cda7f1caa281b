"""What `optimize` is asked, as typed and as read."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Literal

from routecli.errors import UsageError
from routecli.maths.evidence.search.board import Judging
from routecli.model import parse
from routecli.model.parse import pairs
from routecli.model.spec import usd

DROP = "1pt"

CostBasis = Literal["logged", "card", "given"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options of `optimize` beside the shared ones, as typed."""

    evidence: str
    models: str | None = None
    baseline: str | None = None
    max_quality_drop: str | None = None
    p95: str | None = None
    vendors: str | None = None
    max_models: int | None = None
    frontier: bool = False
    cost: Literal["logged", "card"] | None = None
    cost_per_query: tuple[str, ...] = ()
    gate_usd: str | None = None
    gate_latency: str | None = None
    classifier: bool = False
    write_policy: Path | None = None
    build_cost: str | None = None
    upkeep: str | None = None

    @property
    def drop(self) -> float:
        """The quality that may be lost (0-1)."""
        return float(points(self.max_quality_drop or DROP, "--max-quality-drop"))

    @property
    def late_ms(self) -> float | None:
        """The limit of p95 in ms."""
        return None if self.p95 is None else parse.milliseconds(self.p95, "--p95")

    @property
    def judging(self) -> Judging:
        """What one judgement costs and takes."""
        each = Fraction(0) if self.gate_usd is None else usd(self.gate_usd, "--gate-usd")
        late = 0.0 if self.gate_latency is None else parse.milliseconds(self.gate_latency, "--gate-latency")
        return Judging(each, late)

    @property
    def given_costs(self) -> dict[str, Fraction]:
        """`--cost-per-query` as pico-USD by model, as typed."""
        read = pairs(self.cost_per_query, "--cost-per-query")
        return {model: usd(text, f"--cost-per-query {model}") for model, text in read.items()}


def points(text: str, option: str) -> Fraction:
    """Percentage points: `1pt`, `0.5pt`; without the unit a share from 0 to 1.

    >>> points("1pt", "--max-quality-drop"), points("0.02", "--max-quality-drop")
    (Fraction(1, 100), Fraction(1, 50))
    """
    plain = text.strip().casefold()
    unit = next((word for word in ("points", "pts", "pt", "pp") if plain.endswith(word)), "")
    try:
        value = Decimal(plain.removesuffix(unit).strip())
    except InvalidOperation:
        value = Decimal("NaN")
    scale = 100 if unit else 1
    if plain.endswith("%") or not value.is_finite() or not 0 <= value <= scale:
        raise UsageError(
            "bad-points", f"{option} takes percentage points, like 1pt, or a share from 0 to 1, not '{text}'"
        )
    return Fraction(value) / scale
