"""A policy's measured figures in the words and numbers of the document."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import isfinite

from routecli.actions.measured.fill import Filled, Leaf, Measuring
from routecli.actions.question import Loaded
from routecli.maths.evaluation import Evaluation
from routecli.maths.evidence.bootstrap import SEED, Interval
from routecli.maths.evidence.control import Control
from routecli.maths.evidence.figures import Case, Figures, figures, token_ratio
from routecli.maths.evidence.groups import Group
from routecli.maths.evidence.observe import Sample
from routecli.maths.evidence.rates import rate
from routecli.maths.flow import Setting, mass_of
from routecli.maths.policies import flow
from routecli.maths.policies.cascade import needs, shape_of, tiers_of
from routecli.model.conditions import ANY_TYPE
from routecli.model.observed import ANY
from routecli.model.policy import Cascade, Success
from routecli.model.workload import Cell
from routecli.money import PICO_PER_USD, to_usd
from routecli.report.documents.measured import (
    AcceptLine,
    Bounds,
    ControlLine,
    GateMatrix,
    MeasuredLine,
    NaiveFigures,
    TokenRatio,
)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A policy with its intervals. `figures` None: a part of it is not measured, so no interval covers it."""

    filled: Filled
    figures: Figures | None
    sample: Sample
    setting: Setting


def answer(
    measuring: Measuring, filled: Filled, routed: Sequence[Cell], setting: Setting, baseline: str | None
) -> Answer:
    """The intervals of a policy on the cells it routes, against the models they ran on or the baseline model."""
    chosen = Sample(measuring.evidence, measuring.rows, {}, measuring.costs)
    groups = _groups(filled.leaves, routed, baseline)
    if groups is None:
        return Answer(filled, None, chosen, setting)
    before = setting.ran(tuple(routed), baseline)
    case = Case(chosen, groups, setting, before, measuring.loaded.factor, measuring.traffic)
    return Answer(filled, figures(case), chosen, setting)


def _groups(leaves: Sequence[Leaf], routed: Sequence[Cell], baseline: str | None) -> tuple[Group, ...] | None:
    """The leaves' cells by query type and the model they ran on; None where the leaves leave out routed cells."""
    whole, covered = mass_of(routed), mass_of(cell for leaf in leaves for cell in leaf.cells)
    if not whole or covered != whole:
        return None
    found = []
    for leaf in leaves:
        parts: dict[tuple[str | None, str], list[Cell]] = {}
        for cell in leaf.cells:
            assert cell.key.model is not None  # traffic without a model is not routed
            parts.setdefault((cell.key.query_type, cell.key.model), []).append(cell)
        for (kind, ran), cells in parts.items():
            rows, weight = leaf.sample.of(kind), float(mass_of(cells) / whole)
            found.append(Group(leaf.policy, tuple(cells), ran, baseline or ran, kind, rows, leaf.walk_of(kind), weight))
    return tuple(found)


def measured_line(found: Answer, evaluation: Evaluation, loaded: Loaded) -> MeasuredLine | None:
    """The document's block; None where no interval is known."""
    numbers = found.figures
    if numbers is None:
        return None
    requests = _requests(evaluation)
    cascade = _cascade(found)
    each = None if requests is None else (1 / Fraction(requests) / evaluation.factor)
    return MeasuredLine(
        evidence=found.sample.evidence.name,
        queries=int(found.sample.rows.sum()),
        clusters=numbers.clusters,
        gate=_gate_words(found),
        perfect_gate=found.filled.perfect,
        accept_rate=None if numbers.accept is None else bounds(numbers.accept),
        accept=[] if cascade is None else _accept_lines(cascade, found),
        gate_matrix=_matrix(cascade, found) if cascade is not None and found.sample.evidence.graded else None,
        escalated_cost=None if cascade is None else _escalated(cascade, found),
        token_ratios=_ratios(found),
        cost_usd=bounds(numbers.cost, 1 / PICO_PER_USD),
        saving_pct=bounds(numbers.saving_share, 100),
        per_request_usd=None if each is None else bounds(numbers.cost, float(each) / PICO_PER_USD),
        baseline_per_request_usd=None if each is None else float(evaluation.routed_before * each) / PICO_PER_USD,
        naive=None if cascade is None else _naive(cascade, found, evaluation, each),
        quality=None if numbers.quality is None else bounds(numbers.quality),
        silent_failures=None if numbers.silent is None else bounds(numbers.silent),
        baseline_quality=None if numbers.base_quality is None else bounds(numbers.base_quality),
        quality_drop=None if numbers.drop is None else bounds(numbers.drop),
        control=None if numbers.control is None else _control(numbers.control),
        latency_ms=None,
        resamples=numbers.resamples,
        seed=SEED,
    )


def _control(found: Control) -> ControlLine:
    ends = _finite(found.difference.low), _finite(found.difference.high)
    return ControlLine(found.quality, found.difference.estimate, *ends, found.word)


def bounds(interval: Interval, unit: float = 1.0) -> Bounds:
    """An interval in another unit."""
    low, high = _finite(interval.low), _finite(interval.high)
    return Bounds(interval.estimate * unit, None if low is None else low * unit, None if high is None else high * unit)


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _requests(evaluation: Evaluation) -> int | None:
    if any(cell.n is None for cell in evaluation.routed):
        return None
    return sum((cell.n or 0) - cell.unmetered for cell in evaluation.routed) or None


def _cascade(found: Answer) -> Leaf | None:
    """The one cascade that all routed requests run through, if it is one."""
    leaves = found.filled.leaves
    return leaves[0] if len(leaves) == 1 and isinstance(leaves[0].policy, Cascade) else None


def _gate_words(found: Answer) -> str:
    cascades = [leaf.policy for leaf in found.filled.leaves if isinstance(leaf.policy, Cascade)]
    if not cascades:
        return "none"
    if not found.sample.evidence.graded:
        return found.sample.evidence.notes[0]
    if found.filled.perfect:
        return "perfect: an answer is accepted where it passed"
    texts = [", ".join(f"{value:g}" for value in dict.fromkeys(one.thresholds)) for one in cascades]
    return "gate_score >= " + "; ".join(dict.fromkeys(texts))


def _accept_lines(leaf: Leaf, found: Answer) -> list[AcceptLine]:
    lines = []
    groups = found.setting.groups(leaf.cells)
    whole = mass_of(leaf.cells)
    for kind, cells in groups.items():
        rows, walk = leaf.sample.of(kind), leaf.walk_of(kind)
        hit = rate(int((rows & walk.accepts[0]).sum()), int(rows.sum()))
        assert hit.value is not None and hit.low is not None and hit.high is not None  # a type has a row or is pooled
        share = float(mass_of(cells) / whole)
        lines.append(AcceptLine(kind, share, hit.n, hit.value, hit.low, hit.high, kind in leaf.sample.pooled))
    return lines


def _matrix(leaf: Leaf, found: Answer) -> GateMatrix:
    rows, walk = leaf.sample.rows, leaf.walk_of(None)
    accepts, right = walk.accepts[0], walk.right[0]
    counts = [int((rows & one & other).sum()) for one in (accepts, ~accepts) for other in (right, ~right)]
    accepted_good, accepted_bad, refused_good, refused_bad = counts
    bad, good = rate(accepted_bad, accepted_bad + refused_bad), rate(refused_good, accepted_good + refused_good)
    return GateMatrix(
        accepted_good,
        accepted_bad,
        refused_good,
        refused_bad,
        *(bad.value, bad.low, bad.high),
        *(good.value, good.low, good.high),
    )


def _escalated(leaf: Leaf, found: Answer) -> float | None:
    """What a request that reaches the last call costs there, against the mean request."""
    policy, shaped, whole = leaf.policy, Fraction(0), Fraction(0)
    assert isinstance(policy, Cascade)
    last = len(policy.tiers)
    reached, mass = Fraction(0), mass_of(leaf.cells)
    for kind, cells in found.setting.groups(leaf.cells).items():
        share = needs(tiers_of(policy, kind, found.setting))[-1]
        side_in, side_out = found.setting.sides(cells, policy.tiers[-1], last)
        shape = shape_of(policy, kind, last)
        shaped += share * (shape.input * side_in + shape.output * side_out)
        whole += side_in + side_out
        reached += share * mass_of(cells)
    return float((shaped / whole) / (reached / mass)) if whole and reached else None


def _ratios(found: Answer) -> list[TokenRatio]:
    lines = []
    for (first, second, kind), ratio in found.setting.pricer.measured.items():
        if kind == ANY:
            low = token_ratio(found.sample, first, second)
            sides = [Bounds(float(value), *ends) for value, ends in zip(ratio, low, strict=True)]
            lines.append(TokenRatio(first, second, sides[0], sides[1]))
    return lines


def _naive(leaf: Leaf, found: Answer, evaluation: Evaluation, each: Fraction | None) -> NaiveFigures:
    """The pooled accept rates, escalated requests like all others."""
    policy, walk, rows = leaf.policy, leaf.walk_of(None), leaf.sample.rows
    assert isinstance(policy, Cascade)
    rates = []
    for accepts in walk.accepts:
        rates.append({ANY_TYPE: Fraction(int((accepts & rows).sum()), int(rows.sum()))})
    plain = replace(policy, success=Success(tuple(rates), "measured"), observed=None)
    cost = flow(plain, leaf.cells, found.setting).cost * evaluation.factor
    saving = evaluation.routed_before - cost
    return NaiveFigures(
        accept_rate=float(rates[0][ANY_TYPE]),
        monthly_usd=to_usd(cost + evaluation.rest),
        saving_usd=to_usd(saving),
        saving_pct=float(100 * saving / evaluation.routed_before) if evaluation.routed_before else None,
        per_request_usd=None if each is None else float(cost * each) / PICO_PER_USD,
    )
