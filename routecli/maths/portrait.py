"""What cells and latency counts still show of the requests behind them: shares, bands, latency quantiles."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from routecli.model.workload import Cell, Cuts


@dataclass(frozen=True, slots=True)
class Shares:
    """Counts of user requests, and shares (0-1) of them, None of nothing. `served` ones may have a latency."""

    requests: int
    metered: int
    served: int
    error: float | None
    partial: float | None
    usage_known: float | None
    cache_info_known: float | None


def shares(cells: Sequence[Cell]) -> Shares:
    """Counts over the cells of user requests."""
    users = [cell for cell in cells if cell.key.call_role == "user" and cell.n is not None]
    requests = sum(cell.n or 0 for cell in users)
    metered = requests - sum(cell.unmetered for cell in users)

    def share(chosen: Callable[[Cell], bool]) -> float | None:
        return _over(sum(cell.n or 0 for cell in users if chosen(cell)), requests)

    return Shares(
        requests,
        metered,
        sum(cell.n or 0 for cell in users if cell.key.status == "success" and not cell.key.gateway_cache_hit),
        share(lambda cell: cell.key.status == "error"),
        share(lambda cell: cell.key.status == "partial"),
        _over(metered, requests),
        _over(metered - sum(cell.no_cache_info for cell in users), metered),
    )


def bands(cells: Sequence[Cell], cuts: Cuts) -> list[tuple[int, int | None, int]]:
    """(from, to, requests) of user requests with usage, as far as the cells are cut; empty bands between are kept."""
    counts: dict[int, int] = {}
    for cell in cells:
        if cell.key.call_role == "user" and cell.key.band is not None:
            counts[cell.key.band] = counts.get(cell.key.band, 0) + (cell.n or 0) - cell.unmetered
    starts = (0, *cuts.edges)
    last = max(counts, default=-1)
    ends = (*cuts.edges, None)
    return [(start, end, counts.get(start, 0)) for start, end in zip(starts, ends, strict=True) if start <= last]


def _over(part: int, whole: int) -> float | None:
    return float(Fraction(part, whole)) if whole else None
