"""Cascades whose gate was scored but not set: a row per attainable threshold, and the gate that knows as the bound."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from routecli.actions.policies import lacks_success
from routecli.maths.evidence.thresholds import operating_points, saturation
from routecli.model.evidence import Evidence
from routecli.model.policy import Cascade, NamedPolicy

if TYPE_CHECKING:
    from routecli.maths.evidence.walk import Mask

TARGETS = (0.5, 0.6, 0.7, 0.8, 0.9)
"""The accept rates whose nearest attainable thresholds are shown where nobody set one."""


@dataclass(frozen=True, slots=True)
class Gated:
    """A policy to measure; `perfect`: with a gate that knows which answers are good."""

    named: NamedPolicy
    perfect: bool


def gated(
    asked: Sequence[NamedPolicy], evidence: Evidence, rows: "Mask", *, perfect: bool, table: bool
) -> tuple[list[Gated], list[str]]:
    """The rows to measure, and what is to be said of their gates."""
    found, said = [], list[str]()
    for one in asked:
        policy = one.policy
        scored = isinstance(policy, Cascade) and lacks_success(policy) and not policy.thresholds
        if not isinstance(policy, Cascade) or not scored or perfect or not table or not evidence.graded:
            found.append(Gated(one, perfect))
            continue
        thresholds = _thresholds(policy, evidence, rows)
        found += [
            Gated(NamedPolicy(f"{one.name} @ gate {value:g}", replace(policy, thresholds=(value,))), False)
            for value in thresholds
        ]
        found.append(Gated(NamedPolicy(f"{one.name} @ perfect gate" if thresholds else one.name, policy), True))
        if thresholds:
            said.append(
                "no --gate-threshold was given: the table shows what attainable ones would mean; taking the best of "
                "them is choosing and judging on the same queries"
            )
            text = saturation(evidence.models[policy.tiers[0]].gate_score[rows])
            said += [] if text is None else [f"gate scores of {policy.tiers[0]}: {text}"]
    return found, list(dict.fromkeys(said))


def _thresholds(policy: Cascade, evidence: Evidence, rows: "Mask") -> list[float]:
    """Attainable thresholds next to the targets, the strictest last; none without scores or with several gates."""
    import numpy as np

    answers = evidence.models.get(policy.tiers[0])
    if len(policy.tiers) > 2 or answers is None:
        return []
    scores = answers.gate_score[rows]
    if np.isnan(scores).all():
        return []
    points = operating_points(scores)
    accepted = 1 - points.starts / scores.size
    nearest = {int(np.argmin(abs(accepted - target))) for target in TARGETS}
    return [float(points.thresholds[place]) for place in sorted(nearest) if np.isfinite(points.thresholds[place])]
