"""What every analysing command is asked, and the loading they share: card, workload, resolved models, prices.

The command line fills a `Question`; nothing below it has a clock, so `today` is passed in.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

from routecli.data.cards import load_card
from routecli.errors import DataError, RoutecliError, UsageError
from routecli.maths import assumed
from routecli.maths.cells import folded
from routecli.maths.flow import Setting
from routecli.maths.pricing import Pricer
from routecli.maths.projection import SHORT_BASELINE_DAYS, monthly_factor
from routecli.maths.selection import edges_of
from routecli.model import parse
from routecli.model.names import Resolved, newer_in_family, resolve
from routecli.model.policy import Condition
from routecli.model.rates import STANDARD, RateCard
from routecli.model.workload import Cell, Workload
from routecli.money import per_million, to_usd
from routecli.report.documents.common import Inputs, ModelPrice, RatesInput, Unpriced, WorkloadInput, WorkloadSummary

DEFAULT_DB = Path("routecli.duckdb")


@dataclass(frozen=True, slots=True)
class Question:
    """The options that analysing commands have in common, as typed (text where a card is needed to read them)."""

    today: date
    rates: Path | None = None
    at: str | None = None
    db: Path | None = None
    since: str | None = None
    until: str | None = None
    days: str | None = None
    where: tuple[str, ...] = ()
    tokens: str | None = None
    input_share: str | None = None
    requests: str | None = None
    preset: str | None = None
    allow_unpriced: bool = False
    standard_fallback: bool = False
    latency: tuple[str, ...] = ()

    @property
    def describes_workload(self) -> bool:
        """Whether an assumed workload is described in words."""
        return any(text is not None for text in (self.tokens, self.input_share, self.requests, self.preset))


@dataclass(frozen=True, slots=True)
class Loaded:
    """A question's facts: card, priced cells (their model names resolved to card ids) and how to price them."""

    question: Question
    card: RateCard
    workload: Workload
    cells: tuple[Cell, ...]
    setting: Setting
    factor: Fraction
    at: datetime | None
    resolved: dict[str, Resolved]
    unpriced: tuple[Unpriced, ...]
    conditions: tuple[Condition, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass
class Names:
    """Resolves model names against one card and remembers how, so that reports can say so."""

    card: RateCard
    seen: dict[str, Resolved] = field(default_factory=dict)

    def typed(self, name: str) -> str:
        """The id of a model somebody typed; UsageError when unknown."""
        return self.seen.setdefault(name, resolve(self.card, name, typed=True)).id


def price_instant(question: Question, *, own_time: bool) -> datetime | None:
    """When prices are taken: --at, else the request's own time (None), else the start of today (UTC)."""
    if question.at is not None:
        return parse.instant(question.at, "--at")
    if own_time:
        return None
    return datetime.combine(question.today, datetime.min.time(), tzinfo=UTC)


def load(
    question: Question,
    card: RateCard,
    *,
    own_time: bool = False,
    assumed_model: str | None = None,
    edges: Iterable[int] = (),
    by: Sequence[str] = (),
) -> Loaded:
    """Load the workload a question is about and set up its prices.

    `own_time` prices at each request's own time unless --at is given. `assumed_model` is what an assumed workload
    runs on; without one, a workload must be ingested. Raises DataError when a model in the data has no price.
    """
    conditions = parse.conditions(question.where, card)
    workload = _workload(question, card, assumed_model, {*edges, *edges_of(conditions)}, by)
    cells, seen, unpriced = resolve_cells(workload, card)
    if unpriced and not question.allow_unpriced and not own_time:
        raise unpriced_error(unpriced)
    days = None if question.days is None else parse.days(question.days)
    at = price_instant(question, own_time=own_time)
    pricer = Pricer(card, workload.cuts, at, assumed=workload.assumed, standard_fallback=question.standard_fallback)
    return Loaded(
        question,
        card,
        workload,
        cells,
        Setting(pricer, workload.assumed),
        monthly_factor(workload, days),
        at,
        seen,
        unpriced,
        conditions,
        _warnings(workload, cells, unpriced),
    )


def _workload(
    question: Question, card: RateCard, assumed_model: str | None, edges: set[int], by: Sequence[str]
) -> Workload:
    stored = question.db is not None or (DEFAULT_DB.exists() and not question.describes_workload)
    if question.describes_workload and question.db is not None:
        raise UsageError("two-workloads", "--db and an assumed workload are both given", fix="leave one of them out")
    if not stored and assumed_model is not None:
        return _assumed(question, assumed_model)
    from routecli.data.workload import cuts_for, load_workload

    return load_workload(
        question.db or DEFAULT_DB,
        cuts_for(card, edges),
        since=None if question.since is None else parse.instant(question.since, "--since"),
        until=None if question.until is None else parse.instant(question.until, "--until", end=True),
        by=by,
    )


def _assumed(question: Question, model: str) -> Workload:
    for option, value in (("--since", question.since), ("--until", question.until)):
        if value is not None:
            raise UsageError("no-log", f"{option} needs ingested requests", fix="routecli ingest PATH, or leave it out")
    if question.preset is not None:
        if any(text is not None for text in (question.tokens, question.input_share, question.requests)):
            raise UsageError(
                "two-workloads", "--preset stands for tokens, share and requests at once", fix="leave one of them out"
            )
        workload = assumed.preset(question.preset)
    else:
        workload = assumed.by_tokens(
            assumed.DEFAULT_TOKENS if question.tokens is None else parse.count(question.tokens, "--tokens"),
            assumed.DEFAULT_INPUT_SHARE
            if question.input_share is None
            else parse.share(question.input_share, "--input-share"),
            None if question.requests is None else parse.count(question.requests, "--requests"),
        )
    return replace(workload, cells=tuple(replace(cell, key=replace(cell.key, model=model)) for cell in workload.cells))


def resolve_cells(
    workload: Workload, card: RateCard
) -> tuple[tuple[Cell, ...], dict[str, Resolved], tuple[Unpriced, ...]]:
    """The cells with card ids for model names, how each name resolved, and the traffic no price is known for.

    Requests without usage, and hits of the gateway's cache, need no price and are kept whatever their model.
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
            counts = unknown.setdefault(name or "(no model)", [0, 0])
            counts[0] += cell.n or 0
            counts[1] += cell.input + cell.output
        else:
            kept.append(cell)
    return folded(kept), seen, tuple(Unpriced(name, *counts) for name, counts in sorted(unknown.items()))


def unpriced_error(unpriced: Sequence[Unpriced]) -> RoutecliError:
    """Models in the data that the card does not know are an error that names them, never $0."""
    names = ", ".join(f"'{one.model}' ({one.requests:,} requests)" for one in unpriced)
    return DataError(
        "unpriced-model",
        f"no price for {names}",
        where="rate card",
        fix="add the model to a card and pass it with --rates, or leave its traffic out with --allow-unpriced",
    )


def _warnings(workload: Workload, cells: Sequence[Cell], unpriced: Sequence[Unpriced]) -> tuple[str, ...]:
    warnings = []
    span = workload.span
    if not workload.assumed and span.days is not None and span.days < SHORT_BASELINE_DAYS:
        warnings.append(
            f"the data covers {float(span.days):g} days: under a week, the weekday pattern is not in the projection"
        )
    unmetered = sum(cell.unmetered for cell in cells)
    if unmetered:
        warnings.append(f"{unmetered:,} requests report no usage: they are counted, and add nothing to any amount")
    if unpriced:
        warnings.append("left out, no price known: " + ", ".join(one.model for one in unpriced))
    return tuple(warnings)


def card_for(question: Question) -> RateCard:
    """The question's rate card."""
    return load_card(question.rates)


def inputs(loaded: Loaded) -> Inputs:
    """The `inputs` block of a document."""
    question, card = loaded.question, loaded.card
    at = "request time" if loaded.at is None else _instant_text(loaded.at)
    if loaded.workload.assumed:
        source = WorkloadInput("assumed")
    else:
        path = question.db or DEFAULT_DB
        source = WorkloadInput("store", str(path), question.since, question.until, list(question.where))
    return Inputs(RatesInput(card.path, card.sha256, at), source)


def _instant_text(instant: datetime) -> str:
    midnight = instant.hour == instant.minute == instant.second == 0
    return f"{instant:%Y-%m-%d}" if midnight else f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def summary(loaded: Loaded) -> WorkloadSummary:
    """The `workload` block: sums over all cells that are priced."""
    span, cells = loaded.workload.span, loaded.cells
    known = all(cell.n is not None for cell in cells)
    return WorkloadSummary(
        source=loaded.workload.source,
        requests=sum(cell.n or 0 for cell in cells) if known else None,
        input_tokens=sum(cell.input for cell in cells),
        cache_read_tokens=sum(cell.cache_read for cell in cells),
        output_tokens=sum(cell.output for cell in cells),
        days=None if span.days is None else float(span.days),
        monthly_factor=float(loaded.factor),
        first=None if span.first is None else span.first.isoformat(),
        last=None if span.last is None else span.last.isoformat(),
        basis="assumed" if loaded.workload.assumed else "exact",
    )


def model_prices(loaded: Loaded, asked: dict[str, Resolved]) -> list[ModelPrice]:
    """One line per name that was resolved: typed names first, then those in the data."""
    lines: dict[tuple[str, str], ModelPrice] = {}
    ids = {found.id for found in asked.values()}
    for name, found in {**asked, **loaded.resolved}.items():
        # A log's own spelling of a model that was asked for is worth a line only where it had to be interpreted.
        if name in asked or found.id not in ids or found.how != "exact":
            lines.setdefault((name, found.id), _model_price(loaded, name, found))
    return list(lines.values())


def _model_price(loaded: Loaded, name: str, found: Resolved) -> ModelPrice:
    model = loaded.card.models[found.id]
    instant = loaded.at or datetime.combine(loaded.question.today, datetime.min.time(), tzinfo=UTC)
    period = loaded.setting.pricer.period(model, STANDARD, instant)
    output = period.rates.output
    return ModelPrice(
        asked=name,
        id=found.id,
        how=found.how,
        input_usd=float(per_million(period.rates.input)),
        output_usd=None if output is None else float(per_million(output)),
        price_from=None if period.start is None else _instant_text(period.start),
        verified=None if period.verified is None else period.verified.isoformat(),
        newer=newer_in_family(loaded.card, found.id),
    )


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


def money(amount: Fraction | int) -> tuple[float, str]:
    """(dollars, exact pico-USD as text) of an amount, rounded once."""
    return to_usd(amount), str(round(amount))
