"""The records of a rate card, made from the entries of its files once those are valid."""

from collections.abc import Iterator, Mapping, Sequence

from routecli.data.card_file import (
    CANCELLED,
    CardHeader,
    LatencyEntry,
    MarkupEntry,
    ModelEntry,
    OverEntry,
    PeriodEntry,
    RatesEntry,
    modifier_test,
)
from routecli.data.yaml_lines import Document, Place
from routecli.model.rates import (
    STANDARD,
    LatencyPrior,
    Markup,
    ModelCard,
    Modifier,
    Period,
    Rates,
    Tier,
    WeeklyWindow,
)
from routecli.money import PICO_PER_USD


def model_records(document: Document, header: CardHeader, entries: Mapping[str, ModelEntry]) -> Iterator[ModelCard]:
    """The models of one file, each with the line it stands at."""
    modifiers = tuple(
        Modifier(name, *modifier_test(modifier), modifier.multiply) for name, modifier in header.modifiers.items()
    )
    markups = tuple(_markup(name, entry) for name, entry in header.markup.items())
    for name, entry in entries.items():
        series: dict[str, tuple[Place, tuple[PeriodEntry, ...]]] = {
            STANDARD: (("models", name, "prices"), entry.prices)
        }
        series |= {mode: (("models", name, "modes", mode, "prices"), one.prices) for mode, one in entry.modes.items()}
        yield ModelCard(
            id=name,
            provider=header.provider,
            family=entry.family or name,
            modes={mode: _periods(document, header, place, periods) for mode, (place, periods) in series.items()},
            aliases=entry.aliases,
            released=entry.released,
            deprecated=entry.deprecations.get(name),
            context_window=entry.context_window,
            max_output=entry.max_output,
            modifiers=modifiers,
            origin=f"{document.name}:{document.line(('models', name))}",
            supersedes=entry.supersedes,
            tokenizer=None if entry.tokenizer is None else (entry.tokenizer.basis, entry.tokenizer.ratio),
            deprecations=entry.deprecations,
            markups=markups,
            latency=None if entry.latency is None else _latency(entry.latency),
        )


def _markup(name: str, entry: MarkupEntry) -> Markup:
    return Markup(
        name=name,
        share=entry.percent / 100,
        minimum=None if entry.minimum is None else entry.minimum * PICO_PER_USD,
        free_requests=entry.free_requests_per_month,
        applies=entry.applies,
        source=entry.source,
        verified=entry.verified,
        note=entry.note or "",
    )


def _latency(entry: LatencyEntry) -> LatencyPrior:
    speed, first, slow = entry.speed, entry.ttft_ms_p50, entry.ttft_ms_p95
    return LatencyPrior(speed, first, slow, entry.output_tok_per_s_p50, entry.source or "", entry.verified)


def _periods(
    document: Document, header: CardHeader, place: Place, periods: Sequence[PeriodEntry]
) -> tuple[Period, ...]:
    return tuple(
        Period(
            start=entry.start,
            rates=_rates(entry.base),
            tiers=_tiers(entry.over),
            windows=tuple(
                WeeklyWindow(window.name, window.spec(), _rates(window.base), _tiers(window.over), window.except_dates)
                for window in entry.windows
            ),
            status=entry.status,
            source=header.defaults.source if entry.source is None else entry.source,
            verified=entry.verified,
            note=entry.note,
            origin=f"{document.name}:{document.line((*place, number))}",
            until=entry.until,
            correction=entry.correction,
            imported=entry.imported,
        )
        for number, entry in enumerate(periods)
        if entry.status != CANCELLED
    )


def _rates(entry: RatesEntry) -> Rates:
    return Rates(entry.input, entry.output, entry.cache_read, entry.cache_write_5m, entry.cache_write_1h)


def _tiers(overs: Sequence[OverEntry]) -> tuple[Tier, ...]:
    return tuple(Tier(over.edge, _rates(over)) for over in overs)
