"""The curves of every ranking there is: prompt length, router scores, gate scores."""

from typing import TYPE_CHECKING

from routecli.actions.optimize.rows import exact
from routecli.maths.evidence.curves import Curve, Side, aiq, apgr, area, cpt, curve, random_band
from routecli.maths.evidence.search.board import LENGTH, Board
from routecli.maths.evidence.thresholds import saturation
from routecli.report.documents.optimize import CurveLine

if TYPE_CHECKING:
    from routecli.model.evidence import Floats


def pair_of(board: Board, baseline: int) -> tuple[int, int] | None:
    """(cheap, strong): the baseline, and the cheapest model; without differing costs, the one that scores lowest."""
    costs, scores = board.means(board.cost), board.means(board.score)
    others = [model for model in range(len(board.models)) if model != baseline]
    cheaper = [model for model in others if costs[model] < costs[baseline]]
    if cheaper:
        return min(cheaper, key=lambda model: (float(costs[model]), model)), baseline
    if len(set(costs.tolist())) > 1:
        return None
    return min(others, key=lambda model: (float(scores[model]), model)), baseline


def curves(board: Board, baseline: int, *, priced: bool) -> list[CurveLine]:
    """Every ranking between the cheapest model and the baseline; nothing where the baseline is the cheapest."""
    pair = pair_of(board, baseline)
    if pair is None:
        return []
    rankings = [] if board.length is None else [(LENGTH, board.length.astype(float), False)]
    rankings += [(name, values, False) for name, values in board.features.items()]
    if board.judged(pair[0]):
        rankings.append((f"gate score of {board.models[pair[0]]}", board.gate_score[:, pair[0]], True))
    return [_line(board, pair, name, values, gate=gate, priced=priced) for name, values, gate in rankings]


def _line(board: Board, pair: tuple[int, int], name: str, values: "Floats", *, gate: bool, priced: bool) -> CurveLine:
    cheap, strong = pair
    sides = [Side(board.score[:, model], board.cost[:, model].astype(float)) for model in pair]
    found = curve(-values if gate else values, sides[0], sides[1], board.weights, cascade=gate)
    band = random_band(board.score[:, cheap], board.score[:, strong], board.weights)
    return CurveLine(
        ranking=name,
        kind="cascade" if gate else "router",
        cheap=board.models[cheap],
        strong=board.models[strong],
        points=int(found.share.size),
        apgr_calls=_maybe(apgr(found)),
        random_low=None if band is None else exact(band[0]),
        random_high=None if band is None else exact(band[1]),
        apgr_cost=_maybe(apgr(found, "cost")) if priced else None,
        cpt_50=_maybe(cpt(found, 0.5)),
        cpt_80=_maybe(cpt(found, 0.8)),
        cpt_50_cost=_maybe(cpt(found, 0.5, "cost")) if priced else None,
        cpt_80_cost=_maybe(cpt(found, 0.8, "cost")) if priced else None,
        aiq=_maybe(_height(found)) if priced else None,
        area=_maybe(area(found)),
        saturation=saturation(values),
    )


def _height(found: Curve) -> float | None:
    """AIQ between what the two models cost alone, so that rankings of one pair compare."""
    points = list(zip(found.cost.tolist(), found.quality.tolist(), strict=True))
    return aiq(points, found.weak_cost, found.strong_cost)


def _maybe(value: float | None) -> float | None:
    return None if value is None else exact(value)
