"""The package genai-prices (extra `refresh`): its data as installed; its updater, which uses the network, is unused."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.metadata import version
from typing import Any

from routecli.data.price_lists.values import Unusable, rate, rates
from routecli.errors import EnvironmentFault
from routecli.model.price_lists import ListedModel, ListedPeriod, ListedTier, PriceList
from routecli.model.rates import STANDARD, Rates

KINDS = {
    "input_mtok": "input",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write_5m",
    "cache_write_1h_mtok": "cache_write_1h",
    "output_mtok": "output",
}
MODES = {
    ("processing", "batch"): "batch",
    ("service_tier", "flex"): "flex",
    ("service_tier", "priority"): "priority",
    ("service_tier", "fast"): "fast",
    ("speed", "fast"): "fast",
}


def read() -> PriceList:
    """The whole list. EnvironmentFault `missing-extra` without the package."""
    try:
        from genai_prices.data_snapshot import get_snapshot
    except ImportError:
        raise EnvironmentFault(
            "missing-extra", "the package genai-prices is not installed", fix="pip install 'routecli[refresh]'"
        ) from None
    models = {}
    for provider in get_snapshot().providers:
        for model in provider.models:
            models[provider.id, model.id.casefold()] = _model(model)
    return PriceList(f"genai-prices {version('genai-prices')}", models, dated=True)


def _model(model: Any) -> ListedModel:
    try:
        modes = {STANDARD: tuple(_standard(model.prices))}
        variants: dict[str, list[ListedPeriod]] = {}
        for variant in model.price_variants or ():
            mode = MODES.get(next(iter(variant.when.items()))) if len(variant.when) == 1 else None
            if mode is not None:
                variants.setdefault(mode, []).append(_period(variant.constraint, variant.prices))
        modes |= {mode: _in_order(periods) for mode, periods in variants.items()}
    except Unusable as problem:
        return ListedModel(model.id, refusal=str(problem))
    return ListedModel(model.id, modes)


def _standard(prices: Any) -> Iterator[ListedPeriod]:
    if not isinstance(prices, list):
        yield _period(None, prices)
        return
    yield from _in_order([_period(entry.constraint, entry.prices) for entry in prices])


def _in_order(periods: list[ListedPeriod]) -> tuple[ListedPeriod, ...]:
    ordered = sorted(periods, key=lambda period: (period.start is not None, period.start))
    if len({period.start for period in ordered}) < len(ordered):
        raise Unusable("the list has two prices for one time")
    return tuple(ordered)


def _period(constraint: Any, prices: Any) -> ListedPeriod:
    start = None
    if constraint is not None:
        day = getattr(constraint, "start_date", None)
        if not isinstance(day, date):
            raise Unusable("the list has prices by the time of day and cannot say since when")
        start = datetime.combine(day, datetime.min.time(), tzinfo=UTC)
    values = {kind: getattr(prices, key, None) for key, kind in KINDS.items()}
    base = rates({kind: None if value is None else _at(value, 0) for kind, value in values.items()})
    if base is None:
        raise Unusable("the list has no price of input tokens")
    thresholds = sorted({tier.start for value in values.values() for tier in getattr(value, "tiers", ())})
    return ListedPeriod(
        start, base, tuple(ListedTier(threshold, _above(values, threshold)) for threshold in thresholds)
    )


def _above(values: Mapping[str, Any], threshold: int) -> Rates:
    found = rates({kind: None if value is None else _at(value, threshold) for kind, value in values.items()})
    assert found is not None, "the base has an input rate"
    return found


def _at(value: Any, threshold: int) -> int:
    """The rate of requests just above a threshold (0: the base); a plain price holds at every length."""
    if isinstance(value, Decimal):
        return rate(value)
    found: Decimal = value.base
    for tier in value.tiers:
        if tier.start <= threshold and threshold:
            found = tier.price
    return rate(found)
