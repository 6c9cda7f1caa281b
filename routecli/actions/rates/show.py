"""`rates show`: what the card says of a model, with the line of everything; without a model, all of them."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

from routecli.actions.facts import rates_input
from routecli.actions.own_card import own_card
from routecli.actions.rates.diff import card_instant
from routecli.maths.changes.content import tier_words
from routecli.maths.changes.readings import in_force, instant_words, last_day, tokenizer_words
from routecli.maths.changes.reference import change_pct, reference_cost
from routecli.model.card_changes import Reference
from routecli.model.names import newer_in_family, resolve
from routecli.model.rates import STANDARD, ModelCard, Period, RateCard, Rates
from routecli.money import per_million
from routecli.report.documents import Report
from routecli.report.documents.rates_show import (
    LastDay,
    ListedModel,
    ModelName,
    RateRow,
    RatesListDocument,
    RatesShowDocument,
    ShowInputs,
    ShownMarkup,
    ShownModel,
    ShownModifier,
    TimelinePeriod,
)


def show(name: str | None, *, rates: Path | None, at: str | None, today: date) -> Report:
    """One model of the card, or the list of them. Raises UsageError `unknown-model` with what was meant."""
    card, instant = own_card(rates), card_instant(at, today)
    inputs = ShowInputs(rates_input(card, instant_words(instant)))
    if name is None:
        models = sorted(card.models.values(), key=lambda model: (model.provider, model.id))
        return Report("rates-list", RatesListDocument(inputs, [_listed(card, model, instant) for model in models]))
    found = resolve(card, name, typed=True, at=instant)
    model = card.models[found.id]
    rows = [row for mode in model.modes for row in _rows(model, mode, instant)]
    without = [mode for mode in model.modes if not any(row.mode == mode for row in rows)]
    warnings = [f"no {mode} price holds at {instant_words(instant)}" for mode in without]
    warnings += [found.caution] if found.caution else []
    document = RatesShowDocument(
        inputs=inputs,
        model=_shown(card, model, name, found.how),
        rows=rows,
        timeline=[one for mode in model.modes for one in _timeline(model, mode, instant)],
        names=_names(card, model),
        modifiers=[
            ShownModifier(one.name, one.column, list(one.values), float(one.multiply), one.origin or None)
            for one in model.modifiers
        ],
        markups=[ShownMarkup(one.name, float(100 * one.share), one.applies, one.note) for one in model.markups],
        last_days=_last_days(model, instant),
        warnings=warnings,
    )
    return Report("rates-show", document)


def _usd(rate: int | None) -> float | None:
    return None if rate is None else float(per_million(rate))


def _held(model: ModelCard, mode: str, at: datetime) -> Period | None:
    """The period in force, unless the offer is over."""
    period = in_force(model.modes[mode], at)
    ended = period is not None and period.until is not None and period.until <= at
    return None if ended else period


def _listed(card: RateCard, model: ModelCard, at: datetime) -> ListedModel:
    period = _held(model, STANDARD, at)
    rates = period.rates if period else None
    return ListedModel(
        provider=model.provider,
        model=model.id,
        short_names=[pin for pin, target in card.pins.items() if target == model.id],
        input_usd=_usd(rates.input if rates else None),
        cache_read_usd=_usd(rates.cache_read if rates else None),
        output_usd=_usd(rates.output if rates else None),
        long_from=period.tiers[0].edge if period and period.tiers else None,
        windows=[window.name for window in period.windows] if period else [],
        modes=[mode for mode in model.modes if mode != STANDARD],
        starts=_text(period.start if period else None),
        verified=_text(period.verified if period else None),
        last_day=_text(model.deprecated),
        where=period.origin if period else model.origin,
    )


def _text(instant: date | None) -> str | None:
    return instant_words(instant) or None


def _shown(card: RateCard, model: ModelCard, asked: str, how: str) -> ShownModel:
    return ShownModel(
        asked=asked,
        how=how,
        id=model.id,
        provider=model.provider,
        family=model.family,
        released=_text(model.released),
        context_window=model.context_window,
        max_output=model.max_output,
        tokenizer=None if model.tokenizer is None else tokenizer_words(model),
        supersedes=list(model.supersedes),
        newer=newer_in_family(card, model.id),
        where=model.origin,
    )


def _rows(model: ModelCard, mode: str, at: datetime) -> Iterator[RateRow]:
    period = _held(model, mode, at)
    if period is None:
        return
    until = _text(_ends(period, model.modes[mode]))

    def row(rates: Rates, edge: int | None, window: str, origin: str) -> RateRow:
        return RateRow(
            mode=mode,
            from_input_tokens=edge,
            window=window,
            input_usd=float(per_million(rates.input)),
            cache_read_usd=_usd(rates.cache_read),
            cache_write_5m_usd=_usd(rates.cache_write_5m),
            cache_write_1h_usd=_usd(rates.cache_write_1h),
            output_usd=_usd(rates.output),
            starts=_text(period.start),
            until=until,
            verified=_text(period.verified),
            discount_pct=None if period.factor == 1 else float(100 * (1 - period.factor)),
            discount=period.discount,
            where=origin or period.origin,
        )

    yield row(period.rates, None, "", period.origin)
    yield from (row(tier.rates, tier.edge, "", tier.origin) for tier in period.tiers)
    for window in period.windows:
        said = f"{window.name}: {window.spec}"
        yield row(window.rates, None, said, window.origin)
        yield from (row(tier.rates, tier.edge, said, tier.origin) for tier in window.tiers)


def _ends(period: Period, periods: Sequence[Period]) -> datetime | None:
    following = next((after.start for before, after in pairwise(periods) if before is period), None)
    return following or period.until


def _timeline(model: ModelCard, mode: str, at: datetime) -> Iterator[TimelinePeriod]:
    periods = model.modes[mode]
    held = _held(model, mode, at)
    before: Period | None = None
    rows = []
    for period in periods:
        future = period.start is not None and period.start > at
        state = "now" if period is held else "future" if future else "past"
        rows.append((period, _ends(period, periods), state, before))
        before = period
    for period in model.cancelled.get(mode, ()):
        earlier = [one for one in periods if one.start is None or (period.start and one.start < period.start)]
        rows.append((period, None, "cancelled", earlier[-1] if earlier else None))
    for period, until, state, before in sorted(rows, key=lambda row: instant_words(row[0].start)):
        yield _period(mode, period, until, state, before)


def _period(mode: str, period: Period, until: datetime | None, state: str, before: Period | None) -> TimelinePeriod:
    request = Reference()
    costs = [None if one is None else reference_cost(one.rates, request) for one in (before, period)]
    pct = change_pct(costs[0], costs[1])
    terms = [f"{tier_words(tier)}: {_said(tier.rates)}" for tier in period.tiers]
    terms += [f"{window.name} {window.spec}: {_said(window.rates)}" for window in period.windows]
    if period.factor != 1:
        terms.append(f"{float(100 * (1 - period.factor)):g} % off ({period.discount})")
    return TimelinePeriod(
        mode=mode,
        starts=_text(period.start),
        until=_text(until),
        state=state,  # type: ignore[arg-type]
        status=period.status,
        input_usd=float(per_million(period.rates.input)),
        cache_read_usd=_usd(period.rates.cache_read),
        output_usd=_usd(period.rates.output),
        reference_change_pct=None if pct is None else float(pct),
        terms="; ".join(terms),
        note=period.note,
        correction=period.correction,
        confirmed=period.confirmed,
        source=period.source,
        imported=period.imported,
        verified=_text(period.verified),
        where=period.origin,
    )


def _said(rates: Rates) -> str:
    parts = [("in", rates.input), ("read", rates.cache_read), ("out", rates.output)]
    return ", ".join(f"{word} {per_million(rate).normalize():f}" for word, rate in parts if rate is not None)


def _names(card: RateCard, model: ModelCard) -> list[ModelName]:
    names = [ModelName(name, "alias", None, model.origins.get(f"aliases.{name}")) for name in model.aliases]
    names += [
        ModelName(pin, "short name", None, card.origins.get(pin))
        for pin, target in card.pins.items()
        if target == model.id
    ]
    names += [
        ModelName(name, "moving name", _text(period.start), period.origin)
        for name, periods in card.vendor_aliases.items()
        for period in periods
        if period.id == model.id
    ]
    return names + [ModelName(own, "deployment", None, None) for own, id in card.deployments.items() if id == model.id]


def _last_days(model: ModelCard, at: datetime) -> list[LastDay]:
    found = [
        LastDay(name, day.isoformat(), (day - at.date()).days, model.origins.get(f"deprecations.{name}", model.origin))
        for name, day in sorted(model.deprecations.items())
    ]
    for mode, periods in model.modes.items():
        last = periods[-1]
        if last.until is not None and last.status != "promo":
            day = last_day(last.until)
            found.append(LastDay(f"{mode} mode", day.isoformat(), (day - at.date()).days, last.origin))
    return found
