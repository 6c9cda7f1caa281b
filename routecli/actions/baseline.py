"""`baseline`: the traffic as it is today: spend, lengths, looks, health and latency, before any routing."""

from collections.abc import Sequence
from typing import Any

from routecli.actions.bill import grouped, load_bill, total
from routecli.actions.facts import assumptions, inputs, model_prices, money, price_warnings, summary
from routecli.actions.question import DEFAULT_DB, Loaded, Question, bounds
from routecli.actions.resolution import unpriced_error
from routecli.actions.saved import portrayed
from routecli.data.profile import DEFINITIONS, Profile, profile
from routecli.model.names import spellings
from routecli.model.workload import Cell
from routecli.report.documents import Report
from routecli.report.documents.baseline import BaselineDocument, Health, LengthBand, Lengths, Looks, Spend
from routecli.report.documents.common import Quantiles

SAVED = "a workload file holds no single requests: token quantiles, looks, retries and sessions are unknown"


def baseline(question: Question, by: Sequence[str]) -> Report:
    """Measure and price the ingested traffic. Unpriced models make it exit 3 unless allowed."""
    loaded, columns = load_bill(question, by)
    cells = loaded.cells
    found = _profile(loaded, cells, columns)
    cost = total(cells, loaded)
    usd, pico = money(cost)
    monthly, monthly_pico = money(cost * loaded.factor)
    document = BaselineDocument(
        inputs=inputs(loaded),
        models=model_prices(loaded, {}),
        workload=summary(loaded),
        by=list(columns),
        spend=Spend(sum(cell.n or 0 for cell in cells), usd, pico, monthly, monthly_pico),
        groups=_groups(grouped(cells, columns, loaded), columns, found, loaded),
        lengths=_lengths(found),
        looks=Looks(**found.looks, definitions=DEFINITIONS),
        health=_health(found),
        latency_ms=_quantiles(found.latency),
        unpriced=list(loaded.unpriced),
        assumptions=assumptions(loaded),
        warnings=[*price_warnings(loaded), *([SAVED] if question.workload is not None else [])],
    )
    complaint = unpriced_error(loaded.unpriced) if loaded.unpriced and not question.allow_unpriced else None
    return Report("baseline", document, 3 if complaint else 0, complaint, loaded.cautions)


def _profile(loaded: Loaded, cells: Sequence[Cell], columns: Sequence[str]) -> Profile:
    question = loaded.question
    if question.workload is not None:
        return portrayed(loaded, cells, columns)
    since, until = bounds(question)
    return profile(
        question.db or DEFAULT_DB,
        since=since,
        until=until,
        conditions=loaded.conditions,
        names_of=spellings(loaded.resolved),
        by=columns,
    )


def _groups(rows: list[dict[str, Any]], columns: Sequence[str], found: Profile, loaded: Loaded) -> list[dict[str, Any]]:
    """Bill rows with the measured figures of the same labels."""
    empty = dict.fromkeys(("error", "retry", "p50", "p95", "p99"))
    out = []
    for row in rows:
        figures = found.groups.get(tuple(row[column] for column in columns), empty)
        monthly, _ = money(int(row["pico_usd"]) * loaded.factor)
        out.append(
            row
            | {
                "monthly_usd": monthly,
                "error_share": figures["error"],
                "retry_share": figures["retry"],
                "latency_p50": figures["p50"],
                "latency_p95": figures["p95"],
                "latency_p99": figures["p99"],
            }
        )
    return out


def _lengths(found: Profile) -> Lengths:
    requests = sum(count for _, _, count in found.bands)
    bands = [LengthBand(low, high, count, count / requests) for low, high, count in found.bands]
    figures = {name: value for name, value in found.lengths.items() if name != "requests"}
    return Lengths(requests=requests, bands=bands, **figures)


def _health(found: Profile) -> Health:
    figures = dict(found.health)
    sessions = figures.pop("sessions")
    usage = figures.pop("usage_known")
    return Health(
        sessions=None if sessions is None else int(sessions),
        usage_known=usage or 0.0,
        **figures,
    )


def _quantiles(figures: Any) -> Quantiles | None:
    if figures["mean"] is None:
        return None
    return Quantiles(figures["mean"], figures["p50"], figures["p95"], figures["p99"])
