"""A bill by columns with as many values as requests: priced one by one in the engine, and checked against the cells."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import lcm
from typing import Any

from routecli.actions.question import DEFAULT_DB, Loaded, bounds
from routecli.actions.resolution import id_in, without_price
from routecli.maths.cells import add
from routecli.maths.selection import matching
from routecli.model.names import spellings
from routecli.model.request_prices import PRICED_BY, GroupSums, PricedKey, Rates5
from routecli.model.workload import Cell
from routecli.money import Amount

PriceParts = tuple[Fraction, Fraction, Fraction, Fraction, Fraction]
FREE: PriceParts = (Fraction(0),) * 5


def priced_groups(loaded: Loaded, by: Sequence[str], expected: Amount) -> tuple[list[GroupSums], int]:
    """The groups of single requests and what their costs are scaled by. `expected`: the same cost from the cells.

    Raises AssertionError where the two ways to price come apart, which is a bug and never a number to print.
    """
    from routecli.data.request_prices import Present, Question, price_requests

    cells = _asked_for(loaded)
    if not cells:
        return [], 1
    keys, scale, largest = _keys(cells, loaded)
    since, until = bounds(loaded.question)
    groups = price_requests(
        loaded.question.db or DEFAULT_DB,
        loaded.workload.cuts,
        keys,
        Question(tuple(by), since, until, loaded.conditions),
        Present(
            read=any(cell.cache_read for cell in cells),
            write_5m=any(cell.cache_write_5m for cell in cells),
            write_1h=any(cell.cache_write_1h for cell in cells),
            unmetered=any(cell.unmetered for cell in cells),
            largest=largest,
            above=any(cell.cache_above_input for cell in cells),
        ),
        spellings(loaded.resolved),
    )
    summed = sum(group.cost for group in groups)
    assert Fraction(summed, scale) == expected, f"{summed}/{scale} by request, {expected} by cell"
    return groups, scale


def joined(groups: Sequence[GroupSums]) -> list[GroupSums]:
    """The groups without their last label, those that are the same then added up."""
    found: dict[tuple[str | None, ...], list[int]] = {}
    for one in groups:
        figures = [one.requests, one.unmetered, one.input, one.cache_read, one.output, one.cost]
        known = found.setdefault(one.labels[:-1], [0] * len(figures))
        found[one.labels[:-1]] = [a + b for a, b in zip(known, figures, strict=True)]
    return [GroupSums(labels, *figures) for labels, figures in found.items()]


def _asked_for(loaded: Loaded) -> list[Cell]:
    """The cells that pass `--where`, under the names in the logs: the prices of others may not even be known."""
    if not loaded.conditions:
        return list(loaded.workload.cells)
    cuts = loaded.workload.cuts
    return [
        cell
        for cell in loaded.workload.cells
        if matching([cell.under(replace(cell.key, model=_id(cell, loaded)))], loaded.conditions, cuts)
    ]


def _id(cell: Cell, loaded: Loaded) -> str | None:
    """What the name of the cell's requests stands for on the card; the name itself where that is nothing."""
    time = loaded.at if cell.key.epoch is None else loaded.workload.cuts.time_of(cell.key.epoch)
    return None if cell.key.model is None else id_in(loaded.card, cell.key.model, time)[0]


def _keys(cells: Sequence[Cell], loaded: Loaded) -> tuple[list[PricedKey], int, int]:
    """The price keys of these cells, what their rates are scaled by, and a bound on one request's scaled cost."""
    seen_by_modifiers = {one.column for model in loaded.card.models.values() for one in model.modifiers}
    always = {"mode", "gateway_cache_hit", "epoch", "band", "windows"}
    looked_at = [name in always or name in seen_by_modifiers for name in PRICED_BY]
    alike: dict[tuple[Any, ...], Cell] = {}
    for cell in cells:
        values = (getattr(cell.key, name) if used else None for name, used in zip(PRICED_BY, looked_at, strict=True))
        key = (cell.key.model, *values)
        known = alike.get(key)
        alike[key] = cell if known is None else add(known, cell)
    of_name: dict[str | None, Cell] = {}
    for cell in cells:
        known = of_name.get(cell.key.model)
        of_name[cell.key.model] = cell if known is None else add(known, cell)
    found: dict[tuple[Any, ...], tuple[str | None, PriceParts | None]] = {}
    largest = Fraction(0)
    for key, cell in alike.items():
        id = _id(cell, loaded)
        parts = _parts(cell, of_name[cell.key.model], id, loaded)
        found[key] = (id, parts)
        if parts is not None:
            bound = (cell.input_max or 0) * max(parts[0], *(parts[0] + more for more in parts[1:4]))
            largest = max(largest, bound + cell.output * parts[4])
    scale = lcm(*(part.denominator for _, parts in found.values() for part in parts or ()), 1)
    keys = [
        PricedKey(key[0], key[1:], id, None if parts is None else _scaled(parts, scale))
        for key, (id, parts) in found.items()
    ]
    return keys, scale, int(largest * scale)


def _scaled(parts: PriceParts, scale: int) -> Rates5:
    plain, read, write_5m, write_1h, output = (int(part * scale) for part in parts)
    return plain, read, write_5m, write_1h, output


def _parts(cell: Cell, every: Cell, id: str | None, loaded: Loaded) -> PriceParts | None:
    """Input, what each kind of cached token adds to it, and output, per token; None where nothing is known.

    Found by pricing one token of each kind in the cell's place, so that it cannot differ from what the cell costs; of
    the kinds that the name has at all (`every`), for the price of others may not even be known.
    """
    paid = (cell.input or cell.output) and not cell.key.gateway_cache_hit
    if not paid:
        return FREE
    model = None if id is None else loaded.card.models.get(id)
    # Of its own: what a report says of prices is about the requests that were asked for, not about all.
    pricer = replace(loaded.setting.pricer, gaps={})
    fallback = loaded.question.standard_fallback
    if model is None or without_price(cell, model, pricer.cuts, pricer.at, standard_fallback=fallback) is not None:
        return None
    key = replace(cell.key, model=model.id)

    def cost(input: int, output: int = 0, read: int = 0, write_5m: int = 0, write_1h: int = 0) -> Fraction:
        own = Cell(key, 1, input, output, read, write_5m, write_1h, 0, 0, cell.input_min, cell.input_max)
        return Fraction(pricer.cost(own, model.id))

    plain = cost(1)
    more = (
        cost(1, read=1) - plain if every.cache_read else Fraction(0),
        cost(1, write_5m=1) - plain if every.cache_write_5m else Fraction(0),
        cost(1, write_1h=1) - plain if every.cache_write_1h else Fraction(0),
    )
    return (plain, *more, cost(0, 1) if every.output else Fraction(0))
