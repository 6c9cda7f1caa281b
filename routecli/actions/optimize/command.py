"""`optimize`: load the set and the traffic, search, judge on other queries, write the document and the policy."""

from collections.abc import Mapping
from fractions import Fraction

from routecli.actions.optimize.advice import Judgement, advice
from routecli.actions.optimize.classifier import classifier_lines
from routecli.actions.optimize.curves import curves, pair_of
from routecli.actions.optimize.document import document
from routecli.actions.optimize.more_rows import frontier_lines, mixed
from routecli.actions.optimize.rows import Scale, judged_verdict, needed, row
from routecli.actions.optimize.setup import Setup, setup
from routecli.actions.optimize.wanted import Wanted
from routecli.actions.optimize.words import short, spoken
from routecli.actions.question import Question
from routecli.errors import DataError, UsageError
from routecli.maths.evidence.curves import hull, on_hull
from routecli.maths.evidence.search.candidates import PATTERNS, Objective, best_single, is_single
from routecli.maths.evidence.search.figures import Figures, figures, oracle, perfect_gate
from routecli.maths.evidence.search.fill import filled
from routecli.maths.evidence.search.trial import BASELINES, CHOSEN, Judged, judge
from routecli.maths.evidence.search.walk import walk
from routecli.model.policy import Cascade, NamedPolicy, Policy, Single
from routecli.report.documents import Report
from routecli.report.documents.common import VerdictLine
from routecli.report.documents.optimize import ChosenPolicy, ClassifierLine, PolicyRow

BEST, ORACLE, RANDOM, PERFECT = "best single model", "oracle", "random at equal cost", "perfect gate"


def optimize(question: Question, wanted: Wanted) -> Report:
    """Find the cheapest policy that keeps the quality. Raises UsageError and DataError for what cannot be asked.

    Where no cost is known, or nothing meets the conditions, the report says what it can and exits 3.
    """
    if wanted.max_models is not None and wanted.max_models < 1:
        raise UsageError("bad-count", f"--max-models takes a number from 1, not {wanted.max_models}")
    prepared = setup(question, wanted)
    if prepared.basis is None:
        return _without_costs(prepared, wanted)
    objective = Objective(wanted.drop, wanted.late_ms, wanted.max_models, prepared.baseline)
    judged = judge(prepared.board, objective)
    found = _figures(judged)
    scale = Scale(
        prepared,
        judged.board,
        found[BEST].cost,
        found[ORACLE].cost,
        None if prepared.mix is None else prepared.mix.monthly,
        wanted.drop,
        wanted.late_ms,
    )
    verdicts = _verdicts(judged, found, scale)
    lines = curves(prepared.board, judged.baseline, priced=True)
    routes = {name: _routes(judged, name) for name in judged.trials}
    advised = advice(Judgement(found, routes, judged.chosen, verdicts[CHOSEN], lines, scale))
    chosen = _chosen(judged, found, scale, wanted)
    rows = _rows(judged, found, scale, verdicts)
    idle = [name for name in PATTERNS if name in judged.trials and name not in BASELINES and not routes[name]]
    made = document(
        prepared,
        wanted,
        judged,
        rows,
        lines,
        chosen,
        verdicts[CHOSEN],
        advised,
        idle=idle,
        classifier=_classifiers(judged, found, scale, wanted) if wanted.classifier else None,
        frontier=frontier_lines(prepared.board, objective, judged.baseline) if wanted.frontier else None,
    )
    if judged.chosen is None:
        complaint = DataError(
            "no-policy-found",
            "no policy that was tried meets the conditions",
            where=f"evidence {wanted.evidence}",
            fix="allow a larger --max-quality-drop or --p95, or more models",
        )
        return Report("optimize", made, complaint.exit_code, complaint)
    if wanted.write_policy is not None:
        _write(judged, wanted, scale)
    return Report("optimize", made)


def _figures(judged: Judged) -> Mapping[str, Figures]:
    board, base = judged.board, judged.baseline
    outcomes = {BEST: walk(Single(board.models[base]), board), ORACLE: oracle(board, base)}
    pair = pair_of(board, base)
    if pair is not None:
        outcomes[PERFECT] = perfect_gate(board, *pair)
    return figures({**outcomes, **{name: one.outcome for name, one in judged.trials.items()}}, board, base)


def _routes(judged: Judged, name: str) -> bool:
    """Whether a trial's policy is anything but the baseline for everything."""
    return not is_single(judged.trials[name].policy, judged.board, judged.baseline)


def _verdicts(judged: Judged, found: Mapping[str, Figures], scale: Scale) -> dict[str, VerdictLine]:
    said = {name: judged_verdict(found[name], scale, routes=_routes(judged, name)) for name in judged.trials}
    nothing = VerdictLine("do not route", ["no policy that was tried meets the conditions"])
    return {CHOSEN: nothing, **said}


def _rows(
    judged: Judged, found: Mapping[str, Figures], scale: Scale, verdicts: Mapping[str, VerdictLine]
) -> list[PolicyRow]:
    """Best single model, the plain baselines, the best of each pattern, random at equal cost, the oracle."""
    base = Single(judged.board.models[judged.baseline])
    search = judged.choice.search
    assert search is not None
    fit = search.space.board
    base_quality = fit.mean(fit.score[:, judged.baseline])
    rows = [row(BEST, base, found[BEST], scale, kind="single")]
    for name in _shown(judged):
        trial = judged.trials[name]
        # After halves the chosen policy is that very row; from folds, the choice itself was judged too.
        same = name == judged.chosen and not judged.folds
        rows.append(
            row(
                name,
                trial.policy,
                found[name],
                scale,
                kind=trial.policy.kind,
                fitted=trial.fitted,
                base_quality=base_quality,
                chosen=same,
                verdict=verdicts[name],
            )
        )
    if judged.chosen is not None and judged.folds and _routes(judged, CHOSEN):
        trial = judged.trials[CHOSEN]
        rows.append(
            row(
                f"{CHOSEN}: {judged.chosen}",
                trial.policy,
                found[CHOSEN],
                scale,
                kind=trial.policy.kind,
                fitted=trial.fitted,
                base_quality=base_quality,
                chosen=True,
                verdict=verdicts[CHOSEN],
            )
        )
    rows += _random(judged, found, scale)
    if PERFECT in found:
        tiers = Cascade(tuple(judged.board.models[place] for place in pair_of(judged.board, judged.baseline) or ()))
        rows.append(
            row(PERFECT, tiers, found[PERFECT], scale, kind="cascade", text=f"{short(tiers)}, a gate that knows")
        )
    rows.append(row(ORACLE, None, found[ORACLE], scale, kind="oracle", text="cheapest model that is right"))
    return rows


def _shown(judged: Judged) -> list[str]:
    """The plain baselines, then each pattern that found something of its own."""
    seen: list[Policy] = []
    names = [name for name in BASELINES if name in judged.trials]
    for name in PATTERNS:
        if name in BASELINES or name not in judged.trials:
            continue
        policy = judged.trials[name].policy
        if _routes(judged, name) and (policy not in seen or name == judged.chosen):
            names.append(name)
            seen.append(policy)
    return names


def _random(judged: Judged, found: Mapping[str, Figures], scale: Scale) -> list[PolicyRow]:
    """What mixing single models at random delivers for the chosen policy's cost."""
    if judged.chosen is None:
        return []
    board, cost = judged.board, found[CHOSEN].cost
    costs, scores = board.means(board.cost), board.means(board.score)
    corners = hull([(float(one), float(score)) for one, score in zip(costs, scores, strict=True)])
    quality = on_hull(corners, float(cost))
    if quality is None:
        return []
    return [mixed(RANDOM, cost, quality, found, scale)]


def _classifiers(judged: Judged, found: Mapping[str, Figures], scale: Scale, wanted: Wanted) -> list[ClassifierLine]:
    """Against the cheapest of the cascades that keep the quality where they were judged."""
    cascades = [
        found[name]
        for name in ("cascade", "cascade of three")
        if name in found and _routes(judged, name) and found[name].drop.estimate <= wanted.drop
    ]
    best = min(cascades, key=lambda one: one.cost, default=None)
    return classifier_lines(scale, judged.baseline, wanted, best)


def _chosen(judged: Judged, found: Mapping[str, Figures], scale: Scale, wanted: Wanted) -> ChosenPolicy | None:
    if judged.chosen is None:
        return None
    policy = judged.trials[CHOSEN].policy
    return ChosenPolicy(
        name=judged.chosen,
        kind=policy.kind,
        lines=spoken(policy),
        file=None if wanted.write_policy is None else str(wanted.write_policy),
        needed_queries=needed(found[CHOSEN], scale),
    )


def _write(judged: Judged, wanted: Wanted, scale: Scale) -> None:
    """The chosen policy with its measured rates, as a policy file."""
    from routecli.data.policy_write import policy_text
    from routecli.report.outputs import write_file

    policy = filled(judged.trials[CHOSEN].policy, judged.board)
    rates = "the queries it was judged on" if not judged.folds else "all queries"
    comments = [
        f"Found by optimize on the evaluation set {wanted.evidence}: {short(policy)}",
        f"Rates were measured on {rates} ({judged.board.n:,}).",
    ]
    assert wanted.write_policy is not None
    write_file(
        wanted.write_policy, policy_text(NamedPolicy(f"{judged.chosen} from {wanted.evidence}", policy), comments)
    )


def _without_costs(prepared: Setup, wanted: Wanted) -> Report:
    """Quality and rankings only: nothing can be called cheap."""
    board = prepared.board
    base = best_single(board) if prepared.baseline is None else prepared.baseline
    outcomes = {model: walk(Single(model), board) for model in board.models}
    found = figures({**outcomes, ORACLE: oracle(board, base)}, board, base)
    scale = Scale(prepared, board, Fraction(1), Fraction(1), None, wanted.drop, wanted.late_ms)
    rows = [row(model, Single(model), found[model], scale, kind="single") for model in board.models]
    rows.append(row(ORACLE, None, found[ORACLE], scale, kind="oracle", text="any model that is right"))
    lines = curves(board, base, priced=False)
    verdict = VerdictLine("not enough evidence", ["what the answers cost is not known"])
    made = document(prepared, wanted, None, rows, lines, None, verdict, [], baseline=base)
    complaint = DataError(
        "no-cost",
        "what the answers cost is not known, so no policy can be called cheaper",
        where=f"evidence {wanted.evidence}",
        why="no cost is logged, and not all models are on the rate card with their tokens",
        fix="give it with --cost-per-query MODEL=USD for every model",
    )
    return Report("optimize", made, complaint.exit_code, complaint)
