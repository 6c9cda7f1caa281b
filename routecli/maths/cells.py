"""Workloads add up: merge(W1, W2) is the workload of both sets of requests together."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

from routecli.errors import DataError
from routecli.model.workload import Cell, Key, LatencyCount, Provenance, Span, Workload


def add(first: Cell, second: Cell) -> Cell:
    """Two cells of the same key as one: every sum adds, ranges widen."""
    return Cell(
        key=first.key,
        n=None if first.n is None or second.n is None else first.n + second.n,
        input=first.input + second.input,
        output=first.output + second.output,
        cache_read=first.cache_read + second.cache_read,
        cache_write_5m=first.cache_write_5m + second.cache_write_5m,
        cache_write_1h=first.cache_write_1h + second.cache_write_1h,
        unmetered=first.unmetered + second.unmetered,
        no_cache_info=first.no_cache_info + second.no_cache_info,
        input_min=_either(min, first.input_min, second.input_min),
        input_max=_either(max, first.input_max, second.input_max),
        cache_above_input=first.cache_above_input + second.cache_above_input,
    )


def _either(pick: Callable[[int, int], int], first: int | None, second: int | None) -> int | None:
    if first is None or second is None:
        return second if first is None else first
    return pick(first, second)


def folded(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """Cells with equal keys added up, in order of first appearance."""
    by_key: dict[Key, Cell] = {}
    for cell in cells:
        known = by_key.get(cell.key)
        by_key[cell.key] = cell if known is None else add(known, cell)
    return tuple(by_key.values())


def merge(first: Workload, second: Workload) -> Workload:
    """The workload of both; its days are those of the union of the two spans.

    Raises DataError where they were cut differently, or where one is assumed.
    """
    if first.cuts != second.cuts or first.assumed != second.assumed:
        raise DataError(
            "cut-differently",
            "these workloads were cut at different lengths, prices or hours and cannot be added",
            fix="rebuild both with the same rate card and policies",
        )
    return replace(
        first,
        source=first.source if first.source == second.source else "merged",
        cells=folded((*first.cells, *second.cells)),
        latencies=_latencies((*first.latencies, *second.latencies)),
        span=_union(first.span, second.span),
        notes=tuple(dict.fromkeys((*first.notes, *second.notes))),
        provenance=_provenance(first.provenance, second.provenance),
    )


def _provenance(first: Provenance, second: Provenance) -> Provenance:
    if first.where != second.where:
        raise DataError(
            "narrowed-differently",
            "these workloads were narrowed by different conditions and cannot be added",
            why=f"{' and '.join(first.where) or 'none'}; {' and '.join(second.where) or 'none'}",
            fix="rebuild both with the same --where",
        )
    least = max((one.min_cell for one in (first, second) if one.min_cell is not None), default=None)
    return replace(first, cards=tuple(dict.fromkeys((*first.cards, *second.cards))), min_cell=least)


OTHER = "other"


def fold_small(workload: Workload, least: int) -> Workload:
    """Cells of fewer than `least` requests lose what only policies see; all sums stay.

    Their query type, user tier and endpoint become "other". What a price depends on is kept, so amounts stay exact.
    """
    cells = folded(
        replace(cell, key=_plain(cell.key)) if cell.n is not None and cell.n < least else cell
        for cell in workload.cells
    )
    sums: dict[tuple[str, str | None], int] = {}
    for count in workload.latencies:
        sums[count.model, count.query_type] = sums.get((count.model, count.query_type), 0) + count.n
    latencies = _latencies(
        replace(count, query_type=OTHER) if sums[count.model, count.query_type] < least else count
        for count in workload.latencies
    )
    made = replace(workload.provenance, min_cell=least)
    return replace(workload, cells=cells, latencies=latencies, provenance=made)


def _plain(key: Key) -> Key:
    return replace(key, query_type=OTHER, user_tier=OTHER, endpoint=OTHER)


def from_its_start(workload: Workload) -> Workload:
    """The workload with every price interval starting in its own window, so that other cards can be asked.

    A cell says between which price changes its requests lie, the first of which may be long before the window: another
    card may have changed in between. Without a first date the workload stays as it is.
    """
    first, cuts = workload.span.first, workload.cuts
    if first is None:
        return workload
    start = datetime.combine(first, datetime.min.time(), tzinfo=UTC)
    epochs = (start, *(max(start, instant) for instant in cuts.epochs))
    cells = tuple(
        cell if cell.key.epoch is None else cell.under(cell.key.in_epoch(cell.key.epoch + 1)) for cell in workload.cells
    )
    latencies = tuple(
        count if count.epoch is None else replace(count, epoch=count.epoch + 1) for count in workload.latencies
    )
    return replace(workload, cuts=replace(cuts, epochs=epochs), cells=cells, latencies=latencies)


def _latencies(counts: Iterable[LatencyCount]) -> tuple[LatencyCount, ...]:
    sums: dict[tuple[str, str | None, int, int | None], LatencyCount] = {}
    for count in counts:
        key = (count.model, count.query_type, count.bucket, count.epoch)
        known = sums.get(key)
        sums[key] = count if known is None else replace(known, n=known.n + count.n, sum_us=known.sum_us + count.sum_us)
    return tuple(sums.values())


def _union(first: Span, second: Span) -> Span:
    if first.first is None or second.first is None or first.last is None or second.last is None:
        return Span()
    start, end = min(first.first, second.first), max(first.last, second.last)
    pairs = (
        (first.seen_first, second.seen_first, min),
        (first.seen_last, second.seen_last, max),
        (first.all_first, second.all_first, min),
        (first.all_last, second.all_last, max),
    )
    ends = (None if one is None or other is None else outer(one, other) for one, other, outer in pairs)
    return Span(start, end, Fraction((end - start).days + 1), *ends)
