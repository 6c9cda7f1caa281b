"""Lines beside those of the judged policies: what a random mix of single models delivers, and the frontier."""

from collections.abc import Mapping
from fractions import Fraction

from routecli.actions.facts import money
from routecli.actions.optimize.rows import PER, Scale, captured, exact, in_points
from routecli.actions.optimize.words import short
from routecli.maths.evidence.search.board import Board
from routecli.maths.evidence.search.candidates import Objective
from routecli.maths.evidence.search.figures import Figures
from routecli.maths.evidence.search.frontier import frontier
from routecli.money import to_usd
from routecli.report.documents.optimize import FrontierLine, PolicyRow


def mixed(name: str, cost: Fraction, quality: float, found: Mapping[str, Figures], scale: Scale) -> PolicyRow:
    """The best random mix of single models at a cost: a point on their concave hull, without intervals."""
    each, pico = money(cost * PER)
    base = next(iter(found.values()))
    drop = in_points(base.quality.estimate - quality)
    saving = exact(100 * float(1 - cost / scale.baseline))
    return PolicyRow(
        name=name,
        kind="mix",
        policy="single models, drawn at random",
        models=[],
        chosen=False,
        usd_per_1000=each,
        pico_usd_per_1000=pico,
        monthly_usd=None if scale.monthly is None else to_usd(cost * scale.monthly),
        saving_pct=saving,
        saving_low=None,
        saving_high=None,
        quality=exact(quality),
        quality_low=None,
        quality_high=None,
        drop_pt=drop,
        drop_low=None,
        drop_high=None,
        worse=None,
        better=None,
        escalated=None,
        calls=[],
        latency_ms=None,
        control=None,
        captured_pct=captured(cost, scale),
        fitted=None,
        verdict=None,
    )


def frontier_lines(board: Board, objective: Objective, baseline: int) -> list[FrontierLine]:
    """The frontier's policies, cheapest first where they were judged."""
    found = frontier(board, objective, baseline)
    rest, fit = found.judged, found.fitted
    base_cost, base = rest.mean(rest.cost[:, baseline].astype(float)), rest.mean(rest.score[:, baseline])
    promised = fit.mean(fit.score[:, baseline])
    lines = [
        FrontierLine(
            policy=short(corner.fitted.policy),
            kind=corner.fitted.policy.kind,
            usd_per_1000=money(corner.outcome.exact_mean(rest) * PER)[0],
            saving_pct=exact(100 * (1 - rest.mean(corner.outcome.paid(rest)) / base_cost)),
            quality=exact(rest.mean(corner.outcome.score)),
            drop_pt=in_points(base - rest.mean(corner.outcome.score)),
            fitted_saving_pct=exact(100 * (1 - corner.fitted.cost)),
            fitted_drop_pt=in_points(promised - corner.fitted.quality),
        )
        for corner in found.corners
    ]
    return sorted(lines, key=lambda one: (one.usd_per_1000, one.policy))
