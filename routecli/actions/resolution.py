"""Model names in the logs as ids of the card, and the traffic that no price is known for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from routecli.errors import DataError, RoutecliError
from routecli.maths.cells import folded
from routecli.maths.pricing import in_force, not_cut
from routecli.maths.selection import matching
from routecli.model.conditions import Condition
from routecli.model.names import Resolved, Spelling, moves, resolve
from routecli.model.rates import STANDARD, ModelCard, RateCard
from routecli.model.workload import BEGINNING, Cell, Cuts, LatencyCount, Workload
from routecli.report.documents.common import Unpriced


def id_in(card: RateCard, name: str, time: datetime | None) -> tuple[str, Spelling]:
    """The card's id of a logged model name, and when the name stands for it; the name itself where it has none."""
    try:
        found = resolve(card, name, typed=False, at=time)
    except DataError:
        return name, Spelling(name)
    return found.id, Spelling(name, found.since, found.until)


def ids_in(cards: Sequence[RateCard], name: str, time: datetime | None) -> tuple[str, Spelling]:
    """What a name stands for on each card: where that changes on any of them, its latencies are told apart."""
    return " ".join(id_in(card, name, time)[0] for card in cards), Spelling(name)


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a name stands for in one epoch; or why it stands for nothing."""

    spelling: Spelling
    found: Resolved | None
    reason: str = ""


def resolve_cells(
    workload: Workload, card: RateCard, conditions: Sequence[Condition] = (), *, at: datetime | None = None
) -> tuple[tuple[Cell, ...], dict[Spelling, Resolved], tuple[Unpriced, ...]]:
    """The cells with card ids for model names, how each name resolved, and the traffic no price is known for.

    A name means what it stood for at the time of its requests; at `at` where they have none. Requests without usage,
    and hits of the gateway's cache, need no price and are kept whatever their model. With `conditions`, only traffic
    that passes them is missed. Raises DataError where a name moved inside a cell.
    """
    met: dict[tuple[str, int | None], _Meaning] = {}
    seen: dict[Spelling, Resolved] = {}
    unknown: dict[str, _Missing] = {}
    kept: list[Cell] = []
    for cell in workload.cells:
        name, epoch = cell.key.model, cell.key.epoch
        if name is not None and (name, epoch) not in met:
            met[name, epoch] = _meaning(card, name, epoch, workload, at)
        meaning = None if name is None else met[name, epoch]
        if meaning is not None and meaning.found is not None:
            seen[meaning.spelling] = meaning.found
            id = meaning.found.id
            kept.append(cell if id == name else cell.under(replace(cell.key, model=id)))
        elif (cell.input or cell.output) and not cell.key.gateway_cache_hit:
            if matching([cell], conditions, workload.cuts):
                missing = unknown.setdefault(name or "(no model)", _Missing())
                missing.add(cell, "" if meaning is None else meaning.reason)
        else:
            kept.append(cell)
    return folded(kept), seen, tuple(missing.line(name) for name, missing in sorted(unknown.items()))


@dataclass
class _Missing:
    """The traffic of one name that no price is known for, and why."""

    requests: int = 0
    tokens: int = 0
    reasons: dict[str, None] = field(default_factory=dict)

    def add(self, cell: Cell, reason: str) -> None:
        self.requests += cell.n or 0
        self.tokens += cell.input + cell.output
        if reason:
            self.reasons[reason] = None

    def line(self, name: str) -> Unpriced:
        return Unpriced(name, self.requests, self.tokens, reason="; ".join(self.reasons))


def _meaning(card: RateCard, name: str, epoch: int | None, workload: Workload, at: datetime | None) -> _Meaning:
    _require_moves(card, name, epoch, workload)
    time = at if epoch is None else workload.cuts.time_of(epoch)
    try:
        found = resolve(card, name, typed=False, at=time)
    except DataError as fault:
        return _Meaning(Spelling(name), None, fault.why or (fault.fix if fault.fix.startswith("did you mean") else ""))
    return _Meaning(Spelling(name, found.since, found.until), found)


def _require_moves(card: RateCard, name: str, epoch: int | None, workload: Workload) -> None:
    """Raises DataError where the name came to stand for another model inside the epoch: its requests are mixed."""
    if epoch is None or workload.assumed:
        return
    cuts, last = workload.cuts, workload.span.last
    start = cuts.time_of(epoch)
    end = None if last is None else datetime.combine(last, datetime.min.time(), tzinfo=UTC) + timedelta(days=1)
    if epoch < len(cuts.epochs):
        end = cuts.epochs[epoch] if end is None else min(end, cuts.epochs[epoch])
    for move in moves(card, name):
        if start is not None and start < move and (end is None or move < end):
            raise not_cut(f"{move:%Y-%m-%dT%H:%MZ}, where '{name}' came to stand for another model")


def model_of(count: LatencyCount, resolved: Mapping[Spelling, Resolved], cuts: Cuts) -> str:
    """The card's id of the model that latencies are of; the logged name where it cannot be told."""
    means = {spelling: found.id for spelling, found in resolved.items() if spelling.name == count.model}
    if count.epoch is not None and len(means) > 1:
        time = cuts.time_of(count.epoch) or BEGINNING
        means = {one: id for one, id in means.items() if _holds(one, time)}
    ids = set(means.values())
    return ids.pop() if len(ids) == 1 else count.model


def _holds(spelling: Spelling, time: datetime) -> bool:
    after = spelling.since is None or spelling.since <= time
    return after and (spelling.until is None or time < spelling.until)


def without_price(
    cell: Cell, model: ModelCard, cuts: Cuts, at: datetime | None, *, standard_fallback: bool
) -> str | None:
    """Why the card has no price of the cell's requests at their time, or at `at`; "" where it lacks their mode.

    None where it has one. Requests of unknown time have one as soon as the card has their mode.
    """
    mode = cell.key.mode if cell.key.mode in model.modes or not standard_fallback else STANDARD
    periods = model.modes.get(mode)
    if periods is None:
        return ""
    if at is None and cell.key.epoch is None:
        return None
    instant = cuts.time_of(cell.key.epoch) if at is None else at
    if in_force(periods, instant) is not None:
        return None
    begun = [one for one in periods if one.start is None or (instant is not None and one.start <= instant)]
    if begun:
        return f"its {mode} price ended at {begun[-1].until:%Y-%m-%dT%H:%MZ}"
    return f"its first {mode} price starts at {periods[0].start:%Y-%m-%dT%H:%MZ}"


def priced_traffic(
    cells: Sequence[Cell], card: RateCard, cuts: Cuts, at: datetime | None, *, standard_fallback: bool
) -> tuple[tuple[Cell, ...], tuple[Unpriced, ...]]:
    """The cells that the card has a price of at their time (or at `at`), and the others' traffic by model and mode."""
    kept: list[Cell] = []
    missing: dict[tuple[str, str, str], list[int]] = {}
    for cell in cells:
        model, mode = cell.key.model, cell.key.mode
        paid = (cell.input or cell.output) and not cell.key.gateway_cache_hit
        why = None
        if paid and model is not None:
            why = without_price(cell, card.models[model], cuts, at, standard_fallback=standard_fallback)
        if why is None:
            kept.append(cell)
            continue
        counts = missing.setdefault((model or "", mode, why), [0, 0])
        counts[0] += cell.n or 0
        counts[1] += cell.input + cell.output
    found = (
        Unpriced(model, requests, tokens, mode, why)
        for (model, mode, why), (requests, tokens) in sorted(missing.items())
    )
    return tuple(kept), tuple(found)


def unpriced_error(unpriced: Sequence[Unpriced]) -> RoutecliError:
    """Models and modes in the data that the card has no price of are an error that names them, never $0."""
    names = ", ".join(f"{_named(one)} ({_requests(one.requests)})" for one in unpriced)
    why = "; ".join(f"{one.model}: {one.reason}" for one in unpriced if one.reason)
    if all(one.mode is not None and one.reason for one in unpriced):
        return DataError(
            "no-price-at",
            f"the rate card has no price at the time of the requests for {names}",
            why=why,
            fix="add the period to a card and pass it with --rates, price the requests as of another date with "
            "--at, or leave them out with --allow-unpriced",
        )
    if all(one.mode is not None and not one.reason for one in unpriced):
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
        why=why,
        fix="add the model to a card and pass it with --rates, or leave its traffic out with --allow-unpriced",
    )


def _requests(number: int) -> str:
    return "1 request" if number == 1 else f"{number:,} requests"


def _named(one: Unpriced) -> str:
    if one.mode is None:
        return f"'{one.model}'"
    return one.model if one.mode == STANDARD else f"{one.model} in {one.mode} mode"


def above_warnings(cells: Sequence[Cell]) -> list[str]:
    """Requests that logged more cached tokens than input, which should include them."""
    above = sum(cell.cache_above_input for cell in cells)
    if not above:
        return []
    models = ", ".join(sorted({cell.key.model or "(no model)" for cell in cells if cell.cache_above_input}))
    who = "1 request" if above == 1 else f"{above:,} requests"
    return [
        f"{who} of {models} logged more cached tokens than input tokens, which should include them: priced with what "
        "was cached as the whole input; if this log leaves cached tokens out of its input, all its amounts are too low "
        "(docs/log-schema.md, cached tokens)"
    ]


def traffic_warnings(cells: Sequence[Cell], unpriced: Sequence[Unpriced]) -> tuple[str, ...]:
    """Requests that no amount holds: without usage, or without a price."""
    warnings = []
    unmetered = sum(cell.unmetered for cell in cells)
    if unmetered:
        who = "1 request reports" if unmetered == 1 else f"{unmetered:,} requests report"
        warnings.append(f"{who} no usage: counted, and nothing is added to any amount")
    warnings += above_warnings(cells)
    if unpriced:
        warnings.append("left out, no price known: " + ", ".join(_named(one).strip("'") for one in unpriced))
    return tuple(warnings)
