"""The judged policies as lines of the document: figures, intervals, what was promised, and the verdict."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, isnan

from routecli.actions.facts import money
from routecli.actions.optimize.setup import Setup
from routecli.actions.optimize.words import short
from routecli.maths.evaluation import models_of
from routecli.maths.evidence.bootstrap import Interval
from routecli.maths.evidence.search.board import Board
from routecli.maths.evidence.search.conditions import Found
from routecli.maths.evidence.search.figures import Figures, Times
from routecli.maths.verdict import SMALL_SPEND
from routecli.model.policy import Policy
from routecli.money import to_usd
from routecli.report.documents.common import Quantiles, VerdictLine
from routecli.report.documents.optimize import ControlLine, Fitted, ModelCall, PolicyRow
from routecli.report.format import milliseconds, number, percent
from routecli.report.format import money as usd

DUST = 1e-9
PER = 1000
"""Costs are given for so many queries."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What turns judged figures into the document's: the board they are of, the oracle's cost, requests a month."""

    setup: Setup
    board: Board
    baseline: Fraction
    oracle: Fraction
    monthly: Fraction | None
    margin: float
    late_ms: float | None

    @property
    def priced(self) -> bool:
        """Whether costs are known at all."""
        return self.setup.basis is not None


def row(
    name: str,
    policy: Policy | None,
    figures: Figures,
    scale: Scale,
    *,
    kind: str,
    text: str | None = None,
    fitted: Found | None = None,
    base_quality: float | None = None,
    chosen: bool = False,
    verdict: VerdictLine | None = None,
) -> PolicyRow:
    """One line; `base_quality` is the baseline's where it was fitted."""
    each, each_pico = money(figures.cost * PER)
    priced = scale.priced
    return PolicyRow(
        name=name,
        kind=kind,
        policy=text if text is not None else ("" if policy is None else short(policy)),
        models=[] if policy is None else models_of(policy),
        chosen=chosen,
        usd_per_1000=each if priced else None,
        pico_usd_per_1000=each_pico if priced else None,
        monthly_usd=to_usd(figures.cost * scale.monthly) if priced and scale.monthly is not None else None,
        saving_pct=_pct(figures.saving.estimate) if priced else None,
        saving_low=_pct(figures.saving.low) if priced else None,
        saving_high=_pct(figures.saving.high) if priced else None,
        quality=exact(figures.quality.estimate),
        quality_low=exact(figures.quality.low),
        quality_high=exact(figures.quality.high),
        drop_pt=in_points(figures.drop.estimate),
        drop_low=in_points(figures.drop.low),
        drop_high=in_points(figures.drop.high),
        worse=exact(figures.worse),
        better=exact(figures.better),
        escalated=exact(figures.escalated),
        calls=[
            ModelCall(model, exact(float(called)), exact(float(answered)))
            for model, called, answered in zip(scale.board.models, figures.called, figures.answered, strict=True)
            if called > 0
        ],
        latency_ms=latency(figures.latency),
        control=_control(figures),
        captured_pct=captured(figures.cost, scale) if priced else None,
        fitted=None if fitted is None or base_quality is None else _fitted(fitted, base_quality, figures),
        verdict=verdict,
    )


def captured(cost: Fraction, scale: Scale) -> float | None:
    """The saving as a share of what an oracle saves, in percent; None where there is nothing to save."""
    available = scale.baseline - scale.oracle
    return exact(float(100 * (scale.baseline - cost) / available)) if available > 0 else None


def latency(times: Times | None) -> Quantiles | None:
    """Latency as the document has it."""
    if times is None:
        return None
    late = None if times.escalated_p95 is None else exact(times.escalated_p95)
    return Quantiles(exact(times.mean), exact(times.p50), exact(times.p95), exact(times.p99), late)


def _control(figures: Figures) -> ControlLine:
    found = figures.control.difference
    low, high = (None if isnan(one) else in_points(one) for one in (found.low, found.high))
    return ControlLine(exact(figures.control.quality), in_points(found.estimate), low, high, figures.control.word)


def _fitted(fitted: Found, base_quality: float, figures: Figures) -> Fitted:
    saving, drop = 1 - fitted.cost, base_quality - fitted.quality
    return Fitted(
        saving_pct=exact(100 * saving),
        drop_pt=in_points(drop),
        gap_saving_pt=in_points(saving - figures.saving.estimate),
        gap_drop_pt=in_points(figures.drop.estimate - drop),
    )


def judged_verdict(figures: Figures, scale: Scale, *, routes: bool) -> VerdictLine:
    """Whether to route, where the policy was judged: a saving and no more than the margin lost, both beyond doubt."""
    against = []
    margin, drop, saving = scale.margin, figures.drop, figures.saving
    if not routes:
        against.append("nothing cheaper was found that keeps the quality")
    elif saving.high <= 0:
        more = -100 * saving.estimate
        loss = f"it costs {percent(more)} more than the baseline" if more > DUST else "it saves nothing"
        against.append(f"{loss} on queries that it was not fitted on")
    monthly = None if scale.monthly is None else scale.baseline * scale.monthly
    if monthly is not None and monthly < SMALL_SPEND:
        against.append(f"the whole bill is {usd(to_usd(monthly))} a month: the engineering time exceeds the saving")
    if drop.low > margin:
        against.append(f"the quality drop, {_drop(drop)}, is over the margin of {number(100 * margin)} pt")
    if scale.late_ms is not None and figures.latency is not None and figures.latency.p95 > scale.late_ms:
        over = milliseconds(figures.latency.p95)
        against.append(f"p95 is {over} where it was judged, over the limit of {milliseconds(scale.late_ms)}")
    if against:
        return VerdictLine("do not route", against)
    open_questions = []
    if isnan(saving.low) or saving.low <= 0:
        open_questions.append(f"the saving, {_saving(saving)}, may be none")
    if drop.high > margin:
        open_questions.append(f"the quality drop, {_drop(drop)}, may be over the margin of {number(100 * margin)} pt")
    if open_questions:
        return VerdictLine("not enough evidence", open_questions)
    return VerdictLine("route", [f"saves {_saving(saving)} at a quality drop of {_drop(drop)}"])


def needed(figures: Figures, scale: Scale) -> int | None:
    """How many graded queries would show that the drop is within the margin, if it is as it looks: n (w / room)^2.

    None where they are enough, or where the drop looks too large for any number to show it.
    """
    room, width = scale.margin - figures.drop.estimate, figures.drop.high - figures.drop.estimate
    if figures.drop.high <= scale.margin or room <= 0:
        return None
    return ceil(scale.board.n * (width / room) ** 2)


def _saving(found: Interval) -> str:
    return f"{percent(100 * found.estimate)} ({percent(100 * found.low)} to {percent(100 * found.high)})"


def _drop(found: Interval) -> str:
    low, middle, high = (number(round(100 * one, 2)) for one in (found.low, found.estimate, found.high))
    return f"{middle} pt ({low} to {high})"


def _pct(value: float) -> float | None:
    return None if isnan(value) else exact(100 * value)


def in_points(value: float) -> float:
    """A share (0-1) in percentage points."""
    return exact(100 * value)


def exact(value: float) -> float:
    """Without the digits that differ between machines: ten significant ones, and no dust around 0."""
    return float(f"{value:.10g}") if abs(value) > DUST else 0.0
