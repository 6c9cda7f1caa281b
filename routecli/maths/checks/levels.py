"""Rates that are out of proportion: to each other, to the period before, to the standard mode, to anything real."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise

from routecli.maths.changes.readings import instant_words
from routecli.maths.changes.reference import rate_changes, slipped
from routecli.model.card_findings import (
    JUMP,
    LEAST_USD,
    MOST_INPUT_USD,
    MOST_OUTPUT_USD,
    CardFinding,
)
from routecli.model.rates import STANDARD, ModelCard, Period, Rates
from routecli.money import per_million, rate_per_million

WORDS = {
    "input": "input",
    "cache_read": "cache reads",
    "cache_write_5m": "cache writes",
    "cache_write_1h": "1-hour cache writes",
    "output": "output",
}
LEAST = rate_per_million(Decimal(LEAST_USD))
MOST: Mapping[str, int] = {
    **dict.fromkeys(WORDS, rate_per_million(Decimal(MOST_INPUT_USD))),
    "output": rate_per_million(Decimal(MOST_OUTPUT_USD)),
}


def level_findings(model: ModelCard) -> Iterator[CardFinding]:
    """Every rate of every period, against the four measures; what `confirmed:` stands on is said, not failed."""
    for mode, periods in model.modes.items():
        for period in periods:
            yield from (_waived(one, period) for one in _alone(model, mode, period))
        for before, after in pairwise(periods):
            yield from (_waived(one, after) for one in _moved(model, mode, before, after))
        if mode != STANDARD:
            yield from _beside(model, mode, periods)


def _waived(finding: CardFinding, period: Period) -> CardFinding:
    if not period.confirmed or finding.level != "error" or finding.rule == "cached-above-input":
        return finding
    text = f"{finding.rule}: {finding.text}; confirmed: {period.confirmed}"
    return CardFinding("confirmed", text, finding.origin, finding.provider, finding.model, finding.mode)


def _rows(period: Period) -> Iterator[tuple[str, Rates, str]]:
    """Every row of rates of a period: what it is for, its rates, its line."""
    yield "", period.rates, period.origin
    for tier in period.tiers:
        yield f" from {tier.edge:,} input tokens", tier.rates, tier.origin or period.origin
    for window in period.windows:
        yield f" in window '{window.name}'", window.rates, window.origin or period.origin
        for tier in window.tiers:
            text = f" in window '{window.name}' from {tier.edge:,} input tokens"
            yield text, tier.rates, tier.origin or period.origin


def _alone(model: ModelCard, mode: str, period: Period) -> Iterator[CardFinding]:
    def found(rule: str, text: str, origin: str) -> CardFinding:
        return CardFinding(rule, text, origin, model.provider, model.id, mode)

    for where, rates, origin in _rows(period):
        if rates.cache_read is not None and rates.cache_read > rates.input:
            text = f"cache reads at {_usd(rates.cache_read)}, input at {_usd(rates.input)}{where}"
            yield found("cached-above-input", text, origin)
        elif rates.cache_read is not None and rates.cache_read == rates.input != 0:
            yield found("cache-without-discount", f"cache reads and input both at {_usd(rates.input)}{where}", origin)
        for kind, name in WORDS.items():
            rate = getattr(rates, kind)
            if rate == 0:
                yield found("free", f"{name} at $0{where}", origin)
            elif rate is not None and (rate > MOST[kind] or (rate < LEAST and kind in ("input", "output"))):
                yield found("unit-slip", f"{name} at {_usd(rate)} per 1M tokens{where}: is the unit right?", origin)
    for window in period.windows:
        text = _jumps(period.rates, window.rates)
        if text:
            finding = found("window-jump", f"window '{window.name}': {text}", window.origin or period.origin)
            yield finding


def _moved(model: ModelCard, mode: str, before: Period, after: Period) -> Iterator[CardFinding]:
    factor = slipped(before.rates, after.rates)
    since = f"from {instant_words(after.start)} on"
    if factor is not None:
        text = f"every rate moved by exactly {factor:,} times {since}: is the unit right?"
        yield CardFinding("unit-slip", text, after.origin, model.provider, model.id, mode)
        return
    old = {where: rates for where, rates, _ in _rows(before)}
    for where, rates, origin in _rows(after):
        text = _jumps(old[where], rates) if where in old else ""
        if text:
            yield CardFinding("price-jump", f"{text}{where} {since}", origin, model.provider, model.id, mode)


def _beside(model: ModelCard, mode: str, periods: tuple[Period, ...]) -> Iterator[CardFinding]:
    """A mode against the standard prices that hold at the same time, each pair of periods once."""
    for period, standard in _overlapping(periods, model.modes[STANDARD]):
        rows = {where: rates for where, rates, _ in _rows(standard)}
        for where, rates, origin in _rows(period):
            text = _jumps(rows[where], rates) if where in rows else ""
            if text:
                finding = CardFinding(
                    "mode-jump", f"against standard: {text}{where}", origin, model.provider, model.id, mode
                )
                yield _waived(finding, period)


def _overlapping(one: tuple[Period, ...], other: tuple[Period, ...]) -> Iterator[tuple[Period, Period]]:
    ends = {id(before): after.start for periods in (one, other) for before, after in pairwise(periods)}
    for left in one:
        for right in other:
            left_end, right_end = ends.get(id(left)), ends.get(id(right))
            begins = left_end is None or right.start is None or right.start < left_end
            if begins and (right_end is None or left.start is None or left.start < right_end):
                yield left, right


def _jumps(before: Rates, after: Rates) -> str:
    """The kinds of token whose rate jumps, in words; empty where none does."""
    return ", ".join(
        f"{WORDS[kind]} {_usd(old)} -> {_usd(new)}"
        for kind, (old, new) in rate_changes(before, after).items()
        if old is not None and new is not None and old != new and (new >= JUMP * old or old >= JUMP * new)
    )


def _usd(rate: int) -> str:
    return f"${per_million(rate).normalize():f}"
