"""`bill --reconcile`: what the requests cost by the rate card beside the cost that was logged for them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from routecli.actions.facts import assumptions, inputs, model_prices, money, price_warnings, summary
from routecli.actions.question import DEFAULT_DB, Loaded, Question, bounds, card_for, load
from routecli.actions.resolution import unpriced_error
from routecli.data.logged import Extra, load_logged, logged_cells
from routecli.data.workload import cuts_for
from routecli.errors import DataError, RoutecliError, UsageError
from routecli.maths.pricing import Pricer
from routecli.maths.reconcile import Drift, Reconciler, shared_factor
from routecli.maths.selection import edges_of
from routecli.model import parse
from routecli.model.logged import LoggedCell
from routecli.money import to_usd
from routecli.report.documents import Report
from routecli.report.documents.reconcile import LeftOut, ReasonSum, ReconcileDocument, ReconcileTotal

DEFAULT_BY = ("model", "date")
DEFAULT_TOLERANCE = "1%"
UNEXPLAINED = "unexplained"
FIGURES = ("requests", "usd", "pico_usd", "logged_usd", "drift_usd", "drift_pct", "within", "reason", "basis")

FINER = (("hour", 10**9), ("dedup_key", 5_000))
"""What groups without a reason are looked into by, and at how many requests at most."""

THOROUGH = 1_000
"""So many groups, of the largest drifts, are asked about mistakes that take long to try."""

MOST_GROUPS = 50
"""So many groups at most are looked into."""

Labels = tuple[str | None, ...]
Group = tuple[list[LoggedCell], Drift]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reconciliation is asked besides the question: groups, how far they may be off (text), and exit 0 for 1."""

    by: tuple[str, ...] = ()
    tolerance: str | None = None
    exit_zero: bool = False


def reconcile(question: Question, wanted: Wanted) -> Report:
    """Compare costs group by group. Exit 1 beyond the tolerance; 3 where nothing can be compared or lacks a price."""
    if question.describes_workload or question.workload is not None:
        raise UsageError(
            "no-log", "--reconcile needs ingested requests with their logged costs", fix="routecli ingest PATH"
        )
    tolerance = parse.share_or_percent(wanted.tolerance or DEFAULT_TOLERANCE, "--tolerance")
    columns = _columns(wanted.by)
    loaded, extras = _load(question, columns)
    cells = list(logged_cells(loaded.cells, extras))
    groups = _groups([one for one, extra in cells if extra.compared], columns, loaded)
    beyond = [drift for _, drift in groups.values() if not drift.within(tolerance)]
    complaint = _complaint(loaded, bool(groups))
    code = 3 if complaint else int(bool(beyond) and not wanted.exit_zero)
    document = ReconcileDocument(
        inputs=inputs(loaded),
        models=model_prices(loaded, {}),
        workload=summary(loaded),
        by=list(columns),
        tolerance_pct=float(100 * tolerance),
        exit_code=code,
        beyond=len(beyond),
        groups=[_row(columns, labels, group, tolerance) for labels, group in groups.items()],
        total=_total([drift for _, drift in groups.values()]),
        reasons=_reasons([drift for _, drift in groups.values()], tolerance),
        left_out=_left_out(cells),
        unpriced=list(loaded.unpriced),
        assumptions=assumptions(loaded),
        warnings=price_warnings(loaded),
    )
    return Report("reconcile", document, code, complaint, loaded.cautions)


def _columns(by: Sequence[str]) -> tuple[str, ...]:
    columns = tuple(dict.fromkeys(part.strip() for text in by for part in text.split(","))) or DEFAULT_BY
    clash = next((column for column in columns if column in FIGURES), None)
    if clash is not None:
        raise UsageError("bad-by", f"--by {clash} would group by a figure", fix="group by a column like model or date")
    return columns


def _load(
    question: Question, columns: Sequence[str], only: Collection[Labels] | None = None
) -> tuple[Loaded, tuple[Extra, ...]]:
    card = card_for(question)
    cuts = cuts_for(card, edges_of(parse.conditions(question.where, card)))
    since, until = bounds(question)
    path = question.db or DEFAULT_DB
    workload, extras = load_logged(path, cuts, since=since, until=until, by=columns, only=only)
    return load(question, card, own_time=True, by=columns, select=True, workload=workload), extras


def _groups(cells: Iterable[LoggedCell], columns: Sequence[str], loaded: Loaded) -> Mapping[Labels, Group]:
    """The compared cells by the columns with their drift, the largest drift first."""
    parts = _parted(cells, columns)
    pricer = loaded.setting.pricer
    trial = Pricer(loaded.card, pricer.cuts, pricer.at, standard_fallback=pricer.standard_fallback)
    finder = Reconciler(pricer, trial)
    drifts = {labels: finder.drift(part) for labels, part in parts.items()}
    open_ones = [labels for labels, drift in drifts.items() if not drift.agrees]
    for place, labels in enumerate(sorted(open_ones, key=lambda labels: -abs(drifts[labels].drift))):
        reason = finder.explain(parts[labels], thoroughly=place < THOROUGH)
        drifts[labels] = replace(drifts[labels], reason=reason)
    for column, most in FINER:
        if column not in columns:
            drifts |= _looked_into(drifts, parts, (columns, column), finder, loaded.question, most)
    found = dict(zip(drifts, shared_factor(list(drifts.values())), strict=True))
    order = sorted(found, key=lambda labels: (-abs(found[labels].drift), tuple(label or "" for label in labels)))
    return {labels: (parts[labels], found[labels]) for labels in order}


def _parted(cells: Iterable[LoggedCell], columns: Sequence[str]) -> dict[Labels, list[LoggedCell]]:
    parts: dict[Labels, list[LoggedCell]] = {}
    for one in cells:
        pairs = zip(columns, one.cell.key.labels, strict=False)
        labels = tuple(one.cell.key.model if column == "model" else label for column, label in pairs)
        parts.setdefault(labels, []).append(one)
    return parts


def _looked_into(
    drifts: Mapping[Labels, Drift],
    parts: Mapping[Labels, Sequence[LoggedCell]],
    columns: tuple[Sequence[str], str],
    finder: Reconciler,
    question: Question,
    most: int,
) -> dict[Labels, Drift]:
    """Groups that nothing explains as a whole, explained by their hours or single requests where that is possible.

    At most so many requests are looked at, those of the largest drifts first.
    """
    open_ones = [labels for labels, one in drifts.items() if not one.agrees and one.reason is None and one.requests > 1]
    unknown, room = [], most
    for labels in sorted(open_ones, key=lambda labels: -abs(drifts[labels].drift))[:MOST_GROUPS]:
        if drifts[labels].requests <= room:
            room -= drifts[labels].requests
            unknown.append(labels)
    if not unknown:
        return {}
    logged = {one.cell.key.labels for labels in unknown for one in parts[labels]}
    by, finer = columns
    loaded, extras = _load(question, (*by, finer), logged)
    pieces = _parted((one for one, extra in logged_cells(loaded.cells, extras) if extra.compared), by)
    reasons = {labels: finder.by_part(pieces.get(labels, ())) for labels in unknown}
    return {labels: replace(drifts[labels], reason=reason) for labels, reason in reasons.items() if reason}


def _complaint(loaded: Loaded, compared: bool) -> RoutecliError | None:
    if loaded.unpriced and not loaded.question.allow_unpriced:
        return unpriced_error(loaded.unpriced)
    if compared:
        return None
    return DataError(
        "nothing-to-compare",
        "no request has both usage and a logged cost",
        fix="log the cost of requests as cost_usd, or ingest the export of a tool that does",
    )


def _row(columns: Sequence[str], labels: Labels, group: Group, tolerance: Fraction) -> dict[str, Any]:
    cells, drift = group
    sources = {one.source for one in cells}
    reason = _reason(drift, tolerance)
    return dict(zip(columns, labels, strict=True)) | {
        "requests": drift.requests,
        **_figures(drift),
        "within": drift.within(tolerance),
        "reason": reason,
        "reason_detail": None if drift.reason is None else drift.reason.words,
        "logged_source": next(iter(sources)) if len(sources) == 1 else "mixed",
        "basis": "exact" if sources == {"reported"} else "modelled",
    }


def _reason(drift: Drift, tolerance: Fraction) -> str | None:
    if drift.reason is not None:
        return drift.reason.id
    return None if drift.agrees or drift.within(tolerance) else UNEXPLAINED


def _figures(drift: Drift) -> dict[str, Any]:
    usd, pico = money(drift.computed)
    share = drift.share
    # Of the rounded amounts, so that the three add up as printed.
    difference = drift.logged - round(drift.computed)
    return {
        "usd": usd,
        "pico_usd": pico,
        "logged_usd": to_usd(drift.logged),
        "logged_pico_usd": str(drift.logged),
        "drift_usd": to_usd(difference),
        "drift_pico_usd": str(difference),
        "drift_pct": None if share is None else float(100 * share),
    }


def _total(drifts: Sequence[Drift]) -> ReconcileTotal:
    computed = sum((drift.computed for drift in drifts), start=Fraction(0))
    whole = Drift(sum(drift.requests for drift in drifts), computed, sum(drift.logged for drift in drifts), False)
    return ReconcileTotal(requests=whole.requests, **_figures(whole))


def _reasons(drifts: Sequence[Drift], tolerance: Fraction) -> list[ReasonSum]:
    """What each reason comes to, the largest first."""
    parts: dict[str, list[Drift]] = {}
    for drift in drifts:
        reason = _reason(drift, tolerance)
        if reason is not None:
            parts.setdefault(reason, []).append(drift)
    sums = {reason: sum((drift.drift for drift in part), start=Fraction(0)) for reason, part in parts.items()}
    order = sorted(parts, key=lambda reason: (-abs(sums[reason]), reason))
    return [
        ReasonSum(reason, len(parts[reason]), sum(drift.requests for drift in parts[reason]), *money(sums[reason]))
        for reason in order
    ]


def _left_out(cells: Iterable[tuple[LoggedCell, Extra]]) -> LeftOut:
    unlogged = unmetered = 0
    for one, extra in cells:
        if not extra.has_cost:
            unlogged += one.cell.n or 0
        elif not extra.compared:
            unmetered += one.cell.n or 0
    return LeftOut(unlogged, unmetered)
