"""`bill`: what the logged requests cost by the rate card, grouped by any columns."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from routecli.actions.facts import assumptions, inputs, model_prices, money, price_warnings, summary
from routecli.actions.markups import has_markup, markup_notes, markup_on
from routecli.actions.question import Loaded, Question, card_for, load
from routecli.actions.request_prices import joined, priced_groups
from routecli.actions.resolution import unpriced_error
from routecli.errors import UsageError
from routecli.maths.evaluation import ran_cost
from routecli.model.workload import Cell
from routecli.money import Amount
from routecli.report.documents import Report
from routecli.report.documents.bill import BillDocument, BillTotal

DEFAULT_BY = ("model",)
FEW_VALUES = {
    "model", "mode", "provider", "query_type", "user_tier", "endpoint", "status", "attempt", "tier", "call_role",
    "gateway_cache_hit", "region", "speed", "month", "weekday", "hour", "date",
}  # fmt: skip
FIGURES = (
    "requests",
    "unmetered",
    "input_tokens",
    "cache_read_tokens",
    "output_tokens",
    "usd",
    "pico_usd",
    "share_pct",
    "markup_usd",
    "markup_pico_usd",
)


def bill(question: Question, by: Sequence[str]) -> Report:
    """Price every request at its own time (or at --at). Unpriced models make it exit 3 unless allowed."""
    loaded, columns = load_bill(question, by)
    cells = loaded.cells
    groups = grouped(cells, columns, loaded)
    usd, pico = money(total(cells, loaded))
    markup, markup_pico = money(_markup(cells, loaded))
    requests, unmetered = sum(cell.n or 0 for cell in cells), sum(cell.unmetered for cell in cells)
    document = BillDocument(
        inputs=inputs(loaded),
        models=model_prices(loaded, {}),
        workload=summary(loaded),
        by=list(columns),
        groups=groups,
        total=BillTotal(requests, unmetered, usd, pico, markup, markup_pico),
        unpriced=list(loaded.unpriced),
        assumptions=[*assumptions(loaded), *markup_notes(loaded.card, (cell.key.model for cell in cells))],
        warnings=price_warnings(loaded),
    )
    complaint = unpriced_error(loaded.unpriced) if loaded.unpriced and not question.allow_unpriced else None
    return Report("bill", document, 3 if complaint else 0, complaint, loaded.cautions)


def load_bill(question: Question, by: Sequence[str]) -> tuple[Loaded, tuple[str, ...]]:
    """The ingested traffic with the `--by` columns kept apart, priced at request time unless --at is given."""
    if question.describes_workload:
        raise UsageError("no-log", "this command reads ingested requests", fix="routecli ingest PATH")
    columns = tuple(dict.fromkeys(part.strip() for text in by for part in text.split(","))) or DEFAULT_BY
    clash = [column for column in columns if column in FIGURES]
    if clash:
        raise UsageError(
            "bad-by", f"--by {clash[0]} would group by a figure", fix="group by a column like model or date"
        )
    # Columns of many values would make a cell of nearly every request: those are priced in the engine instead.
    kept = columns if question.workload is not None or set(columns) <= FEW_VALUES else ()
    return load(question, card_for(question), own_time=True, by=kept, select=True), columns


def total(cells: Sequence[Cell], loaded: Loaded) -> Amount:
    """The cells' exact cost on the models they ran on."""
    return sum((ran_cost(cell, loaded.setting) for cell in cells), start=0)


def grouped(cells: Sequence[Cell], columns: Sequence[str], loaded: Loaded) -> list[dict[str, Any]]:
    """One row per combination of the columns, dearest first; `model` is the card's id."""
    if not all(cell.key.labels for cell in cells):
        return _by_request(columns, loaded, total(cells, loaded))
    groups: dict[tuple[str | None, ...], list[Cell]] = {}
    for cell in cells:
        groups.setdefault(_labels(cell, columns), []).append(cell)
    whole = total(cells, loaded)
    costs = {labels: total(group, loaded) for labels, group in groups.items()}
    ordered = sorted(groups, key=lambda labels: (-costs[labels], tuple(label or "" for label in labels)))
    return [
        dict(zip(columns, labels, strict=True)) | _figures(groups[labels], costs[labels], whole, loaded)
        for labels in ordered
    ]


def _by_request(columns: Sequence[str], loaded: Loaded, whole: Amount) -> list[dict[str, Any]]:
    marked = has_markup(loaded.card, (cell.key.model for cell in loaded.cells))
    # A mark-up hangs on the model, so that is kept apart where there is one.
    sums, scale = priced_groups(loaded, (*columns, "model") if marked else columns, whole)
    markups: dict[tuple[str | None, ...], Fraction] = {}
    if marked:
        for one in sums:
            fee = markup_on(loaded.card, one.labels[-1], Fraction(one.cost, scale))
            markups[one.labels[:-1]] = markups.get(one.labels[:-1], Fraction(0)) + fee
        sums = joined(sums)
    sums.sort(key=lambda one: (-one.cost, tuple(label or "" for label in one.labels)))
    rows = []
    for one in sums:
        cost, fee = Fraction(one.cost, scale), markups.get(one.labels, Fraction(0))
        row = _row(one.requests, one.unmetered, one.input, one.cache_read, one.output, cost, whole, fee)
        rows.append(dict(zip(columns, one.labels, strict=True)) | row)
    return rows


def _markup(cells: Sequence[Cell], loaded: Loaded) -> Fraction:
    fees = (markup_on(loaded.card, cell.key.model, ran_cost(cell, loaded.setting)) for cell in cells)
    return sum(fees, start=Fraction(0))


def _labels(cell: Cell, columns: Sequence[str]) -> tuple[str | None, ...]:
    return tuple(
        cell.key.model if column == "model" else label for column, label in zip(columns, cell.key.labels, strict=True)
    )


def _figures(group: Sequence[Cell], cost: Amount, whole: Amount, loaded: Loaded) -> dict[str, Any]:
    return _row(
        sum(cell.n or 0 for cell in group),
        sum(cell.unmetered for cell in group),
        sum(cell.input for cell in group),
        sum(cell.cache_read for cell in group),
        sum(cell.output for cell in group),
        cost,
        whole,
        _markup(group, loaded),
    )


def _row(
    requests: int,
    unmetered: int,
    input: int,
    cache_read: int,
    output: int,
    cost: Amount,
    whole: Amount,
    markup: Fraction,
) -> dict[str, Any]:
    usd, pico = money(cost)
    fee, fee_pico = money(markup)
    return {
        "requests": requests,
        "unmetered": unmetered,
        "input_tokens": input,
        "cache_read_tokens": cache_read,
        "output_tokens": output,
        "usd": usd,
        "pico_usd": pico,
        "share_pct": float(100 * cost / whole) if whole else None,
        "markup_usd": fee,
        "markup_pico_usd": fee_pico,
    }
