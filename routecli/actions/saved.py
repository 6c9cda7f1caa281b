"""Analysing a workload file instead of a store: what it can stand in for, and what it cannot."""

from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from routecli.actions.resolution import model_of
from routecli.data.workload_files import read_workload
from routecli.errors import UsageError, did_you_mean
from routecli.maths.cells import folded, from_its_start
from routecli.maths.portrait import bands, shares
from routecli.maths.pricing import not_cut
from routecli.model.rates import RateCard
from routecli.model.workload import Cell, Key, LatencyCount, Workload

if TYPE_CHECKING:
    from routecli.actions.question import Loaded, Question
    from routecli.data.profile import Profile

KEPT = tuple(field.name for field in fields(Key) if field.name not in ("windows", "band", "epoch", "labels"))
"""The columns of a request that a workload file still has."""


def saved_workload(question: "Question", by: Sequence[str] = ()) -> Workload:
    """The workload of `--workload`, `by` columns as labels. Raises UsageError for options it cannot serve."""
    assert question.workload is not None
    if str(question.workload).startswith("evidence:"):
        raise UsageError(
            "evidence-as-traffic",
            f"--workload {question.workload}: an evaluation set is the traffic of policies only",
            fix="name a policy, for example --cascade cheap:strong, with simulate, breakeven or latency",
        )
    for option, value in (("--db", question.db), ("--since", question.since), ("--until", question.until)):
        if value is not None:
            raise UsageError(
                "workload-and-store",
                f"{option} is about a store, and --workload is given",
                fix="leave one of them out; a workload file covers the window it was built for",
            )
    if question.describes_workload:
        raise UsageError(
            "two-workloads", "--workload and an assumed workload are both given", fix="leave one of them out"
        )
    for column in by:
        if column not in KEPT:
            raise UsageError(
                "unknown-column",
                f"a workload file has no column '{column}'",
                fix=did_you_mean(column, KEPT) or f"group by {', '.join(KEPT)}, or use the store",
            )
    workload = from_its_start(read_workload(question.workload))
    least = workload.provenance.min_cell
    if least is not None:
        note = f"cells of fewer than {least:,} requests have 'other' for query type, user tier and endpoint"
        workload = replace(workload, notes=(*workload.notes, note))
    if not by:
        return workload
    labelled = (replace(cell, key=replace(cell.key, labels=_labels(cell.key, by))) for cell in workload.cells)
    return replace(workload, cells=folded(labelled))


def _labels(key: Key, by: Sequence[str]) -> tuple[str | None, ...]:
    return tuple(_text(getattr(key, column)) for column in by)


def _text(value: object) -> str | None:
    """The value as the store's SQL would write it."""
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def portrayed(loaded: "Loaded", cells: Sequence[Cell], columns: Sequence[str]) -> "Profile":
    """What the cells still show of single requests; the rest is None. Latency counts are not narrowed by --where."""
    from routecli.data.profile import Profile

    workload = loaded.workload
    counts = () if loaded.conditions else workload.latencies
    found, latency = shares(cells), _latency(counts)
    groups: dict[tuple[str | None, ...], dict[str, float | None]] = {}
    for labels in {_ids(cell, columns) for cell in cells}:
        group = [cell for cell in cells if _ids(cell, columns) == labels]
        by_model = tuple(columns) == ("model",)
        own = [count for count in counts if by_model and model_of(count, loaded.resolved, workload.cuts) == labels[0]]
        groups[labels] = {"error": shares(group).error, "retry": None, **_latency(own)}
    health = {"error": found.error, "partial": found.partial, "usage_known": found.usage_known}
    health["cache_info_known"] = found.cache_info_known
    unknown = ("latency_known", "retry", "sessions", "requests_per_session", "session_p95", "follow_up")
    return Profile(
        lengths={"requests": found.metered, **dict.fromkeys(("input_p50", "input_p95", "output_p50", "output_p95"))},
        bands=bands(cells, workload.cuts),
        looks=dict.fromkeys(("short", "simple", "hard")),
        health={**health, **dict.fromkeys(unknown)},
        latency=latency,
        groups=groups,
    )


def _ids(cell: Cell, columns: Sequence[str]) -> tuple[str | None, ...]:
    """A cell's labels, with the card's id of its model."""
    pairs = zip(columns, cell.key.labels, strict=True)
    return tuple(cell.key.model if column == "model" else label for column, label in pairs)


def _latency(counts: Sequence[LatencyCount]) -> dict[str, float | None]:
    if not counts:
        return dict.fromkeys(("mean", "p50", "p95", "p99"))
    from routecli.maths.latency import Distribution, summarise

    whole = summarise(Distribution.from_counts(counts))
    return {"mean": whole.mean, "p50": whole.p50, "p95": whole.p95, "p99": whole.p99}


def require_price_changes(workload: Workload, card: RateCard, models: Collection[str]) -> None:
    """Raises DataError where a price of these models changed inside the window and the file was not cut there."""
    first, last = workload.span.first, workload.span.last
    if first is None or last is None:
        return
    start = datetime.combine(first, datetime.min.time(), tzinfo=UTC)
    end = datetime.combine(last, datetime.min.time(), tzinfo=UTC) + timedelta(days=1)
    for name in sorted(models):
        for periods in card.models[name].modes.values():
            for period in periods:
                if period.start and start < period.start < end and period.start not in workload.cuts.epochs:
                    raise not_cut(f"the price change of {name} at {period.start:%Y-%m-%dT%H:%MZ}")
