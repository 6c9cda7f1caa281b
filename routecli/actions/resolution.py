"""Model names in the logs as ids of the card, and the traffic that no price is known for."""

from collections.abc import Sequence
from dataclasses import replace

from routecli.errors import DataError, RoutecliError
from routecli.maths.cells import folded
from routecli.maths.selection import matching
from routecli.model.names import Resolved, resolve
from routecli.model.policy import Condition
from routecli.model.rates import RateCard
from routecli.model.workload import Cell, Workload
from routecli.report.documents.common import Unpriced


def id_in(card: RateCard, name: str) -> str:
    """The card's id of a model name in the logs; the name itself where the card does not know it."""
    try:
        return resolve(card, name, typed=False).id
    except DataError:
        return name


def resolve_cells(
    workload: Workload, card: RateCard, conditions: Sequence[Condition] = ()
) -> tuple[tuple[Cell, ...], dict[str, Resolved], tuple[Unpriced, ...]]:
    """The cells with card ids for model names, how each name resolved, and the traffic no price is known for.

    Requests without usage, and hits of the gateway's cache, need no price and are kept whatever their model. With
    `conditions`, only traffic that passes them is missed.
    """
    seen: dict[str, Resolved] = {}
    unknown: dict[str, list[int]] = {}
    kept: list[Cell] = []
    for cell in workload.cells:
        name = cell.key.model
        try:
            if name is not None and name not in seen:
                seen[name] = resolve(card, name, typed=False)
        except DataError:
            pass
        if name in seen:
            kept.append(replace(cell, key=replace(cell.key, model=seen[name].id)))
        elif (cell.input or cell.output) and not cell.key.gateway_cache_hit:
            if not matching([cell], conditions, workload.cuts):
                continue
            counts = unknown.setdefault(name or "(no model)", [0, 0])
            counts[0] += cell.n or 0
            counts[1] += cell.input + cell.output
        else:
            kept.append(cell)
    return folded(kept), seen, tuple(Unpriced(name, counts[0], counts[1]) for name, counts in sorted(unknown.items()))


def priced_modes(
    cells: Sequence[Cell], card: RateCard, *, standard_fallback: bool
) -> tuple[tuple[Cell, ...], tuple[Unpriced, ...]]:
    """The cells whose mode the card has a price of, and the traffic of the others by model and mode."""
    kept: list[Cell] = []
    missing: dict[tuple[str, str], list[int]] = {}
    for cell in cells:
        model, mode = cell.key.model, cell.key.mode
        paid = (cell.input or cell.output) and not cell.key.gateway_cache_hit
        if standard_fallback or not paid or model is None or mode in card.models[model].modes:
            kept.append(cell)
            continue
        counts = missing.setdefault((model, mode), [0, 0])
        counts[0] += cell.n or 0
        counts[1] += cell.input + cell.output
    found = (Unpriced(model, requests, tokens, mode) for (model, mode), (requests, tokens) in sorted(missing.items()))
    return tuple(kept), tuple(found)


def unpriced_error(unpriced: Sequence[Unpriced]) -> RoutecliError:
    """Models and modes in the data that the card has no price of are an error that names them, never $0."""
    names = ", ".join(f"{_named(one)} ({_requests(one.requests)})" for one in unpriced)
    if all(one.mode is not None for one in unpriced):
        return DataError(
            "missing-mode",
            f"the rate card has no price for {names}",
            fix="add the mode to the card and pass it with --rates, or take the standard price with "
            "--allow-standard-fallback, or leave the traffic out with --allow-unpriced",
        )
    return DataError(
        "unpriced-model",
        f"no price for {names}",
        where="rate card",
        fix="add the model to a card and pass it with --rates, or leave its traffic out with --allow-unpriced",
    )


def _requests(number: int) -> str:
    return "1 request" if number == 1 else f"{number:,} requests"


def _named(one: Unpriced) -> str:
    return f"'{one.model}'" if one.mode is None else f"{one.model} in {one.mode} mode"


def traffic_warnings(cells: Sequence[Cell], unpriced: Sequence[Unpriced]) -> tuple[str, ...]:
    """Requests that no amount holds: without usage, or without a price."""
    warnings = []
    unmetered = sum(cell.unmetered for cell in cells)
    if unmetered:
        who = "1 request reports" if unmetered == 1 else f"{unmetered:,} requests report"
        warnings.append(f"{who} no usage: counted, and nothing is added to any amount")
    if unpriced:
        warnings.append("left out, no price known: " + ", ".join(_named(one).strip("'") for one in unpriced))
    return tuple(warnings)
