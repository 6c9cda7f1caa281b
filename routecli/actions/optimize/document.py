"""The document of `optimize`, filled from what was found."""

from collections.abc import Sequence

from routecli.actions.optimize.setup import Setup
from routecli.actions.optimize.wanted import Wanted
from routecli.actions.question import DEFAULT_DB, price_instant
from routecli.maths.evidence.bootstrap import RESAMPLES, SEED
from routecli.maths.evidence.search.board import Board
from routecli.maths.evidence.search.candidates import best_single
from routecli.maths.evidence.search.trial import Judged
from routecli.maths.evidence.thresholds import saturation
from routecli.model.evidence import UNKNOWN
from routecli.report.documents.common import RatesInput, VerdictLine
from routecli.report.documents.optimize import (
    ChosenPolicy,
    ClassifierLine,
    CurveLine,
    EvidenceUsed,
    FrontierLine,
    Method,
    OptimizeDocument,
    OptimizeInputs,
    PolicyRow,
    Sought,
    TrafficMix,
    TypeShare,
)

FEW = 100


def document(
    prepared: Setup,
    wanted: Wanted,
    judged: Judged | None,
    rows: list[PolicyRow],
    lines: list[CurveLine],
    chosen: ChosenPolicy | None,
    verdict: VerdictLine,
    advice: list[str],
    *,
    baseline: int | None = None,
    idle: Sequence[str] = (),
    frontier: list[FrontierLine] | None = None,
    classifier: list[ClassifierLine] | None = None,
) -> OptimizeDocument:
    """Everything in its place. `judged` None: nothing was searched, for no cost is known. `idle`: patterns of which
    nothing was better than the baseline."""
    question, card, board = prepared.question, prepared.card, prepared.board
    at = price_instant(question, own_time=False)
    base = judged.baseline if judged is not None else baseline
    return OptimizeDocument(
        inputs=OptimizeInputs(
            RatesInput(card.path, card.sha256, "" if at is None else f"{at:%Y-%m-%d}"), str(question.db or DEFAULT_DB)
        ),
        evidence=_evidence(prepared),
        traffic=_traffic(prepared),
        objective=Sought(
            baseline=board.models[best_single(board) if base is None else base],
            baseline_chosen=wanted.baseline is not None,
            max_quality_drop_pt=100 * wanted.drop,
            p95_ms=wanted.late_ms,
            vendors=None if wanted.vendors is None else [name.strip() for name in wanted.vendors.split(",")],
            max_models=wanted.max_models,
        ),
        method=Method(
            judged_on="nothing" if judged is None else "folds" if judged.folds else "halves",
            fitted_queries=0 if judged is None else judged.fitted_on,
            judged_queries=0 if judged is None else judged.board.n,
            folds=0 if judged is None else judged.folds,
            resamples=RESAMPLES,
            seed=SEED,
            cost=prepared.basis or "unknown",
            cost_basis={"card": "modelled", "logged": "measured", "given": "assumed"}.get(
                prepared.basis or "", "assumed"
            ),
        ),
        verdict=verdict,
        chosen=chosen,
        policies=rows,
        curves=lines,
        frontier=frontier,
        classifier=classifier,
        advice=advice,
        no_better=[name for name in idle if name != "single"],
        assumptions=_assumptions(prepared, wanted, judged),
        warnings=_warnings(prepared, board, judged),
    )


def _evidence(prepared: Setup) -> EvidenceUsed:
    evidence, board = prepared.evidence, prepared.board
    clusters = board.clusters
    return EvidenceUsed(
        name=evidence.name,
        queries=evidence.n,
        used=board.n,
        models=list(board.models),
        left_out=dict(prepared.left_out),
        query_types=len(set(board.types.tolist())) if evidence.query_type is not None else 0,
        sessions=None if clusters is None else len(set(clusters[clusters != UNKNOWN].tolist())),
    )


def _traffic(prepared: Setup) -> TrafficMix:
    board, mix = prepared.board, prepared.mix
    codes = board.types.tolist()
    graded = {name: codes.count(code) for code, name in enumerate(board.type_names)}
    if mix is None:
        types = [TypeShare(name, n / board.n, n, False) for name, n in graded.items() if n]
        return TrafficMix("evidence", None, None, types)
    total = sum(mix.counts.values())
    pooled = set(prepared.pooled)
    types = [TypeShare(name, n / total, graded.get(name, 0), name in pooled) for name, n in mix.counts.items()]
    question = mix.loaded.question
    source = "workload file" if question.workload is not None else "store"
    path = str(question.workload or question.db or DEFAULT_DB)
    return TrafficMix(
        source, path, float(mix.monthly), sorted(types, key=lambda one: (-one.share, one.query_type or ""))
    )


def _assumptions(prepared: Setup, wanted: Wanted, judged: Judged | None) -> list[str]:
    costs = {
        "card": "costs are the measured tokens of each answer at the rate card's prices, nothing cached",
        "logged": "costs are those logged with the answers, at the prices of their day",
        "given": "costs per query are as typed, the same for every query",
    }
    said = [costs[prepared.basis]] if prepared.basis else []
    if not wanted.judging.each:
        said.append("judging an answer costs nothing (--gate-usd)")
    if prepared.mix is None:
        said.append("the traffic is taken to be like the evaluation set")
    else:
        said.append("query types weigh what they weigh in the traffic; within a type the set is taken to be like it")
    if prepared.pooled:
        names = ", ".join("requests without a query type" if name is None else name for name in prepared.pooled)
        said.append(f"no graded queries of {names}: all queries alike stand for them")
    if judged is not None and judged.folds:
        said.append(
            f"few queries: figures are of policies fitted on {judged.folds - 1} of {judged.folds} parts and judged on "
            "the other; the policy itself is fitted on all"
        )
    said.append("gate scores are taken to mean tomorrow what they meant in the set")
    return said


def _warnings(prepared: Setup, board: Board, judged: Judged | None) -> list[str]:
    said = list(prepared.warnings)
    for place, model in enumerate(board.models):
        if not board.judged(place):
            continue
        found = saturation(board.gate_score[:, place])
        if found is not None:
            said.append(f"gate score of {model}: {found}")
    if judged is not None and judged.board.n < FEW:
        said.append(
            f"{judged.board.n} queries were judged: intervals are wide, and small differences are not to be seen"
        )
    if not any(board.judged(place) for place in range(len(board.models))):
        said.append("no gate scores in the set: cascades cannot be judged (import them as gate_score)")
    return said
