"""A policy's line of a simulation with its measured figures put in."""

from dataclasses import replace

from routecli.actions.measured.fill import Filled, Measuring
from routecli.actions.measured.latency import paired_latency
from routecli.actions.measured.lines import Answer, answer, bounds, measured_line
from routecli.actions.measured.words import verdict_line
from routecli.actions.policy_options import PolicyOptions
from routecli.maths.evaluation import Evaluation
from routecli.maths.evidence.verdict import MARGIN
from routecli.money import PICO_PER_USD
from routecli.report.documents.simulate import BreakEven, PolicyLine


def measured(
    line: PolicyLine,
    evaluation: Evaluation,
    measuring: Measuring,
    filled: Filled,
    options: PolicyOptions,
    baseline: str | None,
) -> PolicyLine:
    """The line with intervals, the measured block and the verdict they lead to."""
    found = answer(measuring, filled, evaluation.routed, measuring.loaded.setting, baseline)
    block = measured_line(found, evaluation, measuring.loaded)
    if block is None or found.figures is None:
        return line
    margin = options.quality_margin
    verdict = verdict_line(
        found,
        evaluation,
        options.engineering,
        margin=MARGIN if margin is None else float(margin),
        traffic=measuring.traffic,
    )
    ends = block.quality
    saving = bounds(found.figures.saving, 1 / PICO_PER_USD)
    return replace(
        line,
        saving_low=saving.low,
        saving_high=saving.high,
        break_even=_break_even(line.break_even, found),
        quality=line.quality if ends is None else replace(line.quality, low=ends.low, high=ends.high),
        verdict=verdict,
        basis=replace(line.basis, success="measured", quality=None if ends is None else "measured"),
        measured=replace(block, latency_ms=paired_latency(filled, measuring)),
    )


def _break_even(known: BreakEven, found: Answer) -> BreakEven:
    if found.figures is None or found.figures.break_even is None:
        return known
    ends = bounds(found.figures.break_even)
    return replace(known, low=ends.low, high=ends.high)
