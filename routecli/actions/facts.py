"""The blocks that documents share, filled from what was loaded: inputs, workload, model prices, assumptions."""

from collections.abc import Collection
from datetime import UTC, datetime
from fractions import Fraction

from routecli.actions.question import DEFAULT_DB, Loaded
from routecli.maths.holidays import holiday_warnings
from routecli.maths.pricing import in_force
from routecli.model import parse
from routecli.model.names import Resolved, newer_in_family
from routecli.model.rates import PER_QUERY, STANDARD, Period, RateCard
from routecli.money import per_million, to_usd
from routecli.report.documents.common import (
    Inputs,
    ModelPrice,
    OverlayInput,
    RatesInput,
    WorkloadInput,
    WorkloadSummary,
)


def inputs(loaded: Loaded) -> Inputs:
    """The `inputs` block of a document."""
    question, card = loaded.question, loaded.card
    at = "request time" if loaded.at is None else _instant_text(loaded.at)
    if loaded.workload.assumed:
        source = WorkloadInput("assumed")
    elif loaded.workload.source == "evaluation set":
        source = WorkloadInput("evaluation set", str(question.workload), where=list(question.where))
    elif question.workload is not None:
        made = loaded.workload.provenance.where
        source = WorkloadInput("workload file", str(question.workload), where=[*made, *question.where])
    else:
        path = question.db or DEFAULT_DB
        source = WorkloadInput("store", str(path), question.since, question.until, list(question.where))
    return Inputs(rates_input(card, at), source)


def rates_input(card: RateCard, at: str) -> RatesInput:
    """The card of a report and the files that were laid over it; `at` in words."""
    laid = [OverlayInput(one.path, one.sha256) for one in card.overlays]
    return RatesInput(card.path, card.sha256, at, laid)


def _instant_text(instant: datetime) -> str:
    midnight = instant.hour == instant.minute == instant.second == 0
    return f"{instant:%Y-%m-%d}" if midnight else f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def summary(loaded: Loaded) -> WorkloadSummary:
    """The `workload` block: sums over all cells that are priced."""
    span, cells = loaded.workload.span, loaded.cells
    known = all(cell.n is not None for cell in cells)
    days = span.days if loaded.question.days is None else parse.days(loaded.question.days)
    return WorkloadSummary(
        source=loaded.workload.source,
        where=list(loaded.question.where) if loaded.selected else [],
        requests=sum(cell.n or 0 for cell in cells) if known else None,
        input_tokens=sum(cell.input for cell in cells),
        cache_read_tokens=sum(cell.cache_read for cell in cells),
        output_tokens=sum(cell.output for cell in cells),
        days=None if days is None else float(days),
        span_days=None if span.days is None else float(span.days),
        monthly_factor=float(loaded.factor),
        first=None if span.first is None else span.first.isoformat(),
        last=None if span.last is None else span.last.isoformat(),
        basis="assumed" if loaded.workload.assumed else "exact",
    )


def model_prices(loaded: Loaded, asked: dict[str, Resolved]) -> list[ModelPrice]:
    """One line per name that was resolved: typed names first, then those in the data that the report is about."""
    lines: dict[tuple[str, str], ModelPrice] = {}
    ids = {found.id for found in asked.values()}
    about = {cell.key.model for cell in loaded.cells} | {one.model for one in loaded.unpriced}
    logged = [
        (spelling.name, found)
        for spelling, found in loaded.resolved.items()
        if not loaded.selected or found.id in about
    ]
    for name, found in [*asked.items(), *logged]:
        # A log's own spelling of a model that was asked for is worth a line only where it had to be interpreted.
        if name in asked or found.id not in ids or found.how != "exact":
            lines.setdefault((name, found.id), _model_price(loaded, name, found))
    return list(lines.values())


def _model_price(loaded: Loaded, name: str, found: Resolved) -> ModelPrice:
    model = loaded.card.models[found.id]
    instant = loaded.at or datetime.combine(loaded.question.today, datetime.min.time(), tzinfo=UTC)
    period = in_force(model.modes[STANDARD], instant)
    if model.provider == PER_QUERY or period is None:
        how = PER_QUERY if model.provider == PER_QUERY else found.how
        return ModelPrice(name, found.id, how, None, None, None, None)
    output = period.rates.output
    return ModelPrice(
        asked=name,
        id=found.id,
        how=found.how,
        input_usd=_usd(period.rates.input, period),
        output_usd=None if output is None else _usd(output, period),
        price_from=None if period.start is None else _instant_text(period.start),
        verified=None if period.verified is None else period.verified.isoformat(),
        newer=newer_in_family(loaded.card, found.id),
        since=None if found.since is None else _instant_text(found.since),
        until=None if found.until is None else _instant_text(found.until),
        discount_pct=None if period.factor == 1 else float(100 * (1 - period.factor)),
    )


def _usd(rate: int, period: Period) -> float:
    return float(Fraction(per_million(rate)) * period.factor)


def assumptions(loaded: Loaded, *, about: Collection[str] | None = None) -> list[str]:
    """What was assumed of the workload and its prices, in sentences; `about` limits the latter to some models."""
    said = list(loaded.workload.notes)
    if not loaded.workload.assumed:
        missing = sum(cell.no_cache_info for cell in loaded.cells)
        metered = sum((cell.n or 0) - cell.unmetered for cell in loaded.cells)
        if missing and metered:
            said.append(
                f"{100 * missing / metered:.1f} % of the requests with usage report no cache reads: "
                "all their input is priced as uncached (an upper bound)"
            )
    gaps = loaded.setting.pricer.gaps.items()
    return [*said, *(text for text, model in gaps if about is None or model in about)]


def price_warnings(loaded: Loaded) -> list[str]:
    """The warnings of a report, with what only pricing could show; asked for once everything is priced."""
    return [*loaded.warnings, *holiday_warnings(loaded.setting.pricer)]


def money(amount: Fraction | int) -> tuple[float, str]:
    """(dollars, exact pico-USD as text) of an amount, rounded once."""
    return to_usd(amount), str(round(amount))
