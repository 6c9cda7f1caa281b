"""`workload build`, `show`, `merge`: the cells of a store in a file that can be committed and used without the logs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path

from routecli import __version__
from routecli.actions.engines import Elsewhere, Printed, query_text, read_elsewhere
from routecli.actions.own_card import own_card
from routecli.actions.policies import all_edges, named_policies
from routecli.actions.policy_options import PolicyOptions
from routecli.actions.question import DEFAULT_DB, Question, bounds, card_for, ratio_edges, token_ratios
from routecli.actions.resolution import above_warnings, id_in, ids_in, resolve_cells
from routecli.data.workload_files import encoded_table, format_of, read_workload
from routecli.errors import DataError, UsageError
from routecli.maths.cells import fold_small, merge
from routecli.maths.portrait import shares
from routecli.maths.selection import edges_of, matching
from routecli.model import parse
from routecli.model.conditions import Condition
from routecli.model.rates import RateCard
from routecli.model.workload import Cuts, Provenance, Workload
from routecli.report.documents import Report
from routecli.report.documents.workload import (
    CardUsed,
    Coverage,
    CutsMade,
    Dimension,
    Window,
    WorkloadDocument,
    WorkloadFile,
)
from routecli.report.outputs import write_bytes

SMALL = 20
"""Cells of fewer requests than this are counted in the report."""


@dataclass(frozen=True, slots=True)
class Build:
    """What `workload build` is asked besides the question: where to, for which other cards, what to fold."""

    output: Path
    cards: tuple[Path, ...] = ()
    min_cell: int | None = None
    elsewhere: Elsewhere | None = None


def build(question: Question, options: PolicyOptions, wanted: Build) -> Report:
    """Write the cells of the store, or of an engine's rows, cut for the card, the other cards and the policies."""
    format_of(wanted.output)
    if question.describes_workload:
        raise UsageError("no-log", "a workload file is built from ingested requests", fix="routecli ingest PATH")
    card = card_for(question)
    cards = [card, *(own_card(path) for path in wanted.cards)]
    conditions = parse.conditions(question.where, card)
    cuts = cuts_asked(question, options, cards, conditions)
    workload = _read(question, cards, cuts, wanted.elsewhere)
    warnings = []
    if conditions:
        workload = _narrowed(workload, conditions, card)
        warnings.append("latencies are left out: they cannot be narrowed by --where")
    made = Provenance(_digests(cards), question.where, None, __version__)
    workload = replace(workload, provenance=made)
    if wanted.min_cell is not None:
        workload = fold_small(workload, wanted.min_cell)
    return _written(workload, wanted.output, card, question.today, warnings)


def query(question: Question, options: PolicyOptions, others: Sequence[Path], wanted: Printed) -> str:
    """The text of the query that `build` would run, in another dialect."""
    cards = [card_for(question), *(own_card(path) for path in others)]
    since, until = bounds(question)
    return query_text(wanted, cuts_asked(question, options, cards, ()), since, until)


def cuts_asked(
    question: Question, options: PolicyOptions, cards: Sequence[RateCard], conditions: Sequence[Condition]
) -> Cuts:
    """Where a workload is cut so that it answers for these cards, policies and conditions."""
    card = cards[0]
    edges = {*edges_of(conditions), *all_edges(named_policies(options, card))}
    edges |= ratio_edges(card, token_ratios(question, card)[0])
    return joined_cuts(cards, edges)


def _read(question: Question, cards: Sequence[RateCard], cuts: Cuts, elsewhere: Elsewhere | None) -> Workload:
    since, until = bounds(question)
    names = partial(ids_in, cards)
    if elsewhere is not None:
        if question.db is not None:
            raise UsageError("workload-and-store", "--db and another source are given", fix="leave one of them out")
        return read_elsewhere(elsewhere, cuts, since, until, names)
    from routecli.data.workload import load_workload

    return load_workload(question.db or DEFAULT_DB, cuts, since=since, until=until, id_of=names)


def _narrowed(workload: Workload, conditions: Sequence[Condition], card: RateCard) -> Workload:
    """The cells that the conditions hold for, by the model a name stands for; the names stay as logged."""
    kept = []
    for cell in workload.cells:
        name = cell.key.model
        id = None if name is None else id_in(card, name, workload.cuts.time_of(cell.key.epoch))[0]
        if matching([replace(cell, key=replace(cell.key, model=id))], conditions, workload.cuts):
            kept.append(cell)
    if not kept:
        raise DataError("no-requests", "no requests are left", why="none meets --where", fix="widen --where")
    return replace(workload, cells=tuple(kept), latencies=())


def show(path: Path, question: Question) -> Report:
    """What a workload file holds, and what it can answer with the present card."""
    workload = read_workload(path)
    return Report("workload", _document(workload, _checksum(workload), path, card_for(question), question.today))


def merged(paths: Sequence[Path], output: Path, question: Question) -> Report:
    """Write the sum of several workload files. Raises DataError where the same file is named twice."""
    format_of(output)
    files = [read_workload(path) for path in paths]
    if len(files) < 2:
        raise UsageError("one-workload", "there is nothing to merge one file with", fix="name two files or more")
    seen: dict[str, Path] = {}
    for path, one in zip(paths, files, strict=True):
        same = seen.setdefault(_checksum(one), path)
        if same is not path:
            raise DataError("same-workload", f"{path} holds the same figures as {same}", fix="name each file once")
    whole = files[0]
    for one in files[1:]:
        whole = merge(whole, one)
    warnings = _overlaps(paths, files)
    return _written(whole, output, card_for(question), question.today, warnings)


def _overlaps(paths: Sequence[Path], files: Sequence[Workload]) -> list[str]:
    spans = [(one.span.first, one.span.last, path) for one, path in zip(files, paths, strict=True)]
    known = sorted((first, last, str(path)) for first, last, path in spans if first is not None and last is not None)
    return [
        f"{later[2]} starts before {earlier[2]} ends: requests in both are counted twice"
        for earlier, later in pairwise(known)
        if later[0] <= earlier[1]
    ]


def joined_cuts(cards: Sequence[RateCard], edges: Iterable[int] = ()) -> Cuts:
    """Where to cut so that each of the cards prices every cell exactly, plus the given input lengths."""
    from routecli.data.workload import cuts_for

    cuts = [cuts_for(one, edges) for one in cards]
    return Cuts(
        tuple(sorted({edge for one in cuts for edge in one.edges})),
        tuple(sorted({instant for one in cuts for instant in one.epochs})),
        tuple(sorted({spec for one in cuts for spec in one.windows})),
    )


def _digests(cards: Sequence[RateCard]) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys((card.path, card.sha256) for card in cards))


def _checksum(workload: Workload) -> str:
    from routecli.data.workload_files.columns import to_table

    return str(to_table(workload).header["sha256"])


def _written(workload: Workload, output: Path, card: RateCard, today: date, warnings: Sequence[str] = ()) -> Report:
    from routecli.data.workload_files.columns import to_table

    table = to_table(workload)
    write_bytes(output, encoded_table(table, output))
    return Report("workload", _document(workload, str(table.header["sha256"]), output, card, today, warnings))


def _document(
    workload: Workload, checksum: str, path: Path, card: RateCard, today: date, warnings: Sequence[str] = ()
) -> WorkloadDocument:
    cells, span, made = workload.cells, workload.span, workload.provenance
    can, cannot = _answers(workload, card)
    return WorkloadDocument(
        file=WorkloadFile(str(path), format_of(path), path.stat().st_size, checksum, made.routecli),
        window=Window(
            None if span.first is None else span.first.isoformat(),
            None if span.last is None else span.last.isoformat(),
            None if span.days is None else float(span.days),
            None if span.last is None else max((today - span.last).days, 0),
        ),
        cells=len(cells),
        requests=sum(cell.n or 0 for cell in cells),
        input_tokens=sum(cell.input for cell in cells),
        output_tokens=sum(cell.output for cell in cells),
        small=SMALL,
        small_cells=sum((cell.n or 0) < SMALL for cell in cells),
        min_cell=made.min_cell,
        where=list(made.where),
        cards=[CardUsed(*one) for one in made.cards],
        cuts=CutsMade(
            list(workload.cuts.edges),
            [f"{instant:%Y-%m-%dT%H:%M:%SZ}" for instant in workload.cuts.epochs],
            list(workload.cuts.windows),
        ),
        coverage=_coverage(workload),
        dimensions=_dimensions(workload),
        can=can,
        cannot=cannot,
        warnings=[*above_warnings(cells), *warnings],
    )


def _coverage(workload: Workload) -> Coverage:
    cells = workload.cells
    requests = sum(cell.n or 0 for cell in cells)
    metered = requests - sum(cell.unmetered for cell in cells)
    timed = sum(cell.n or 0 for cell in cells if cell.key.epoch is not None)
    known = metered - sum(cell.no_cache_info for cell in cells)
    served = shares(cells).served

    def share(part: int, whole: int) -> float | None:
        return float(Fraction(part, whole)) if whole else None

    return Coverage(
        share(metered, requests),
        share(timed, requests),
        share(known, metered),
        share(sum(count.n for count in workload.latencies), served),
    )


def _dimensions(workload: Workload) -> list[Dimension]:
    from routecli.actions.saved import KEPT

    found = [Dimension(name, len({getattr(cell.key, name) for cell in workload.cells})) for name in KEPT]
    return [one for one in found if one.values > 1 or one.column == "model"]


def _answers(workload: Workload, card: RateCard) -> tuple[list[str], list[str]]:
    from routecli.data.workload import cuts_for

    need, have = cuts_for(card), workload.cuts
    lengths = [cell for cell in workload.cells if cell.input_min is not None]
    shortest = min((cell.input_min or 0 for cell in lengths), default=0)
    longest = max((cell.input_max or 0 for cell in lengths), default=0)
    missing = [edge for edge in need.edges if edge not in have.edges and shortest < edge <= longest]
    hours = [spec for spec in need.windows if spec not in have.windows]
    can = [f"price the requests with {card.path}, and project, simulate and gate them"]
    if have.edges:
        can.append(f"rules on input_tokens at {', '.join(f'{edge:,}' for edge in have.edges)}")
    if workload.latencies:
        models = sorted({count.model for count in workload.latencies})
        can.append(f"latency of {', '.join(models)}")
    again = f"as {card.path} does: build it again"
    cannot = [f"tell apart requests around {edge:,} input tokens, {again}" for edge in missing]
    cannot += [f"tell the hours {spec} apart, {again}" for spec in hours]
    _, _, unpriced = resolve_cells(workload, card)
    cannot += [f"price {one.model}: {card.path} does not have it" for one in unpriced]
    if not workload.latencies:
        cannot.append("say how long answers take: no latency was logged")
    cannot.append("group by single requests, users, sessions or dates: use the store")
    return can, cannot
