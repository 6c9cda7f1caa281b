"""The records of a rate card, made from the entries of its files once those are valid."""

from collections.abc import Iterator, Mapping, Sequence

from routecli.data.card_file import (
    CANCELLED,
    RATE_KINDS,
    CardHeader,
    LatencyEntry,
    MarkupEntry,
    ModelEntry,
    OverEntry,
    PeriodEntry,
    RatesEntry,
    WindowEntry,
    modifier_test,
)
from routecli.data.yaml_lines import Document, Place
from routecli.model.rates import (
    STANDARD,
    AliasPeriod,
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
        Modifier(name, *modifier_test(modifier), modifier.multiply, _line(document, ("modifiers", name)))
        for name, modifier in header.modifiers.items()
    )
    markups = tuple(_markup(name, entry) for name, entry in header.markup.items())
    for name, entry in entries.items():
        series = {STANDARD: _periods(document, header, ("models", name, "prices"), entry.prices)}
        for mode, one in entry.modes.items():
            series[mode] = _periods(document, header, ("models", name, "modes", mode, "prices"), one.prices)
        yield ModelCard(
            id=name,
            provider=header.provider,
            family=entry.family or name,
            modes={mode: tuple(one for one in all if one.status != CANCELLED) for mode, all in series.items()},
            aliases=entry.aliases,
            released=entry.released,
            deprecated=entry.deprecations.get(name),
            context_window=entry.context_window,
            max_output=entry.max_output,
            modifiers=modifiers,
            origin=_line(document, ("models", name)),
            supersedes=entry.supersedes,
            tokenizer=None if entry.tokenizer is None else (entry.tokenizer.basis, entry.tokenizer.ratio),
            deprecations=entry.deprecations,
            markups=markups,
            latency=None if entry.latency is None else _latency(entry.latency),
            cancelled={
                mode: gone for mode, all in series.items() if (gone := tuple(x for x in all if x.status == CANCELLED))
            },
            origins=_origins(document, name, entry),
        )


PLACED = ("context_window", "max_output", "tokenizer", "released", "family", "supersedes", "latency")


def _origins(document: Document, name: str, entry: ModelEntry) -> dict[str, str]:
    inside: Place = ("models", name)
    places: dict[str, Place] = {f"aliases.{alias}": ("aliases", at) for at, alias in enumerate(entry.aliases)}
    places |= {f"deprecations.{snapshot}": ("deprecations", snapshot) for snapshot in entry.deprecations}
    places |= {fact: (fact,) for fact in PLACED if fact in entry.model_fields_set}
    return {key: _line(document, (*inside, *place)) for key, place in places.items()}


def _line(document: Document, place: Place) -> str:
    return f"{document.name}:{document.line(place)}"


def alias_records(document: Document, header: CardHeader) -> dict[str, tuple[AliasPeriod, ...]]:
    """The moving names of one file with their periods."""
    return {
        name: tuple(
            AliasPeriod(
                start=entry.start,
                id=entry.to,
                source=header.defaults.source if entry.source is None else entry.source,
                verified=entry.verified,
                note=entry.note or "",
                origin=f"{document.name}:{document.line(('vendor_aliases', name, number))}",
            )
            for number, entry in enumerate(entries)
        )
        for name, entries in header.vendor_aliases.items()
    }


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
            tiers=_tiers(document, entry.over, (*place, number)),
            windows=tuple(
                _window(document, window, (*place, number, "windows", at)) for at, window in enumerate(entry.windows)
            ),
            status=entry.status,
            source=header.defaults.source if entry.source is None else entry.source,
            verified=entry.verified,
            note=entry.note,
            origin=_line(document, (*place, number)),
            until=entry.until,
            correction=entry.correction,
            imported=entry.imported,
            confirmed=entry.confirmed,
            rate_lines=tuple(
                (kind, line)
                for kind in RATE_KINDS
                if (line := document.lines.get((*place, number, "base", kind))) is not None
            ),
        )
        for number, entry in enumerate(periods)
    )


def _rates(entry: RatesEntry) -> Rates:
    return Rates(entry.input, entry.output, entry.cache_read, entry.cache_write_5m, entry.cache_write_1h)


def _window(document: Document, entry: WindowEntry, place: Place) -> WeeklyWindow:
    tiers = _tiers(document, entry.over, place)
    return WeeklyWindow(entry.name, entry.spec(), _rates(entry.base), tiers, entry.except_dates, _line(document, place))


def _tiers(document: Document, overs: Sequence[OverEntry], place: Place) -> tuple[Tier, ...]:
    return tuple(
        Tier(over.edge, _rates(over), over.input_gte is not None, _line(document, (*place, "over", number)))
        for number, over in enumerate(overs)
    )
