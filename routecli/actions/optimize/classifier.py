"""What a classifier before any model runs would reach here, and from how many requests on it beats the cascade."""

from fractions import Fraction
from typing import TYPE_CHECKING

from routecli.actions.facts import money
from routecli.actions.optimize.rows import PER, Scale, exact
from routecli.actions.optimize.wanted import Wanted
from routecli.maths.evidence.bootstrap import RESAMPLES
from routecli.maths.evidence.feasibility import FOLDS, Feasibility, feasible
from routecli.maths.evidence.search.figures import Figures
from routecli.maths.net import PAYBACK_LIMIT
from routecli.model.evidence import UNKNOWN
from routecli.model.spec import usd
from routecli.report.documents.optimize import ClassifierLine

if TYPE_CHECKING:
    from routecli.model.evidence import Integers


def classifier_lines(scale: Scale, baseline: int, wanted: Wanted, cascade: Figures | None) -> list[ClassifierLine]:
    """One line for each cheaper model, against the baseline; `cascade` is the best one that keeps the quality."""
    board = scale.setup.board
    costs = board.means(board.cost)
    labels = _labels(scale)
    lines = []
    for cheap in range(len(board.models)):
        if costs[cheap] < costs[baseline]:
            found = feasible(board, cheap, baseline, scale.margin, labels, resamples=RESAMPLES)
            if found is not None:
                lines.append(_line(found, scale, wanted, cascade))
    return lines


def _labels(scale: Scale) -> "dict[str, Integers]":
    """User tier, endpoint and the like of the queries on the board."""
    import numpy as np

    evidence, rows = scale.setup.evidence, scale.setup.rows
    return {
        name: np.where(one.codes[rows] == UNKNOWN, len(one.names), one.codes[rows])
        for name, one in evidence.labels.items()
    }


def _line(found: Feasibility, scale: Scale, wanted: Wanted, cascade: Figures | None) -> ClassifierLine:
    board = scale.setup.board
    base = board.mean(board.cost[:, found.strong].astype(float))
    word = "better than always the same" if found.better else "no better than always the same"
    return ClassifierLine(
        cheap=board.models[found.cheap],
        strong=board.models[found.strong],
        features=list(found.features),
        queries=board.n,
        folds=FOLDS,
        accuracy=exact(found.accuracy.estimate),
        accuracy_low=exact(found.accuracy.low),
        accuracy_high=exact(found.accuracy.high),
        always=exact(found.always),
        recall=exact(found.recall.estimate),
        recall_low=_known(found.recall.low),
        recall_high=_known(found.recall.high),
        false_positive=exact(found.false_positive.estimate),
        false_positive_low=_known(found.false_positive.low),
        false_positive_high=_known(found.false_positive.high),
        auc=exact(found.auc),
        cheap_share=exact(found.cheap_share),
        usd_per_1000=money(Fraction(found.cost) * PER)[0],
        saving_pct=exact(100 * (1 - found.cost / base)) if base else None,
        quality=exact(found.quality),
        cascade_usd_per_1000=None if cascade is None else money(cascade.cost * PER)[0],
        break_even_requests=break_even(found.cost, scale, wanted, cascade),
        word=word,
    )


def break_even(cost: float, scale: Scale, wanted: Wanted, cascade: Figures | None) -> float | None:
    """Requests a month from which on building pays: (build / 12 + upkeep) / (saving per request against the cascade).

    Without a cascade it is against the baseline. None where nothing was said of the cost, or it saves nothing.
    """
    if wanted.build_cost is None and wanted.upkeep is None:
        return None
    build = Fraction(0) if wanted.build_cost is None else usd(wanted.build_cost, "--build-cost")
    monthly = build / PAYBACK_LIMIT + (Fraction(0) if wanted.upkeep is None else usd(wanted.upkeep, "--upkeep"))
    against = float(scale.baseline if cascade is None else cascade.cost)
    return exact(float(monthly) / (against - cost)) if against > cost else None


def _known(value: float) -> float | None:
    return None if value != value else exact(value)
