"""LiteLLM's `model_prices_and_context_window.json`: prices per token, without dates, with batch, flex and priority."""

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from routecli.data.price_lists.values import Unusable, bad_list, per_token, rates
from routecli.data.yaml_lines import read_bytes
from routecli.model.minutes import MINUTES_A_DAY
from routecli.model.price_lists import ListedModel, ListedPeriod, ListedTier, ListedWindow, PriceList
from routecli.model.rates import STANDARD, Rates

PROVIDERS = {
    "anthropic": "anthropic",
    "bedrock": "aws",
    "bedrock_converse": "aws",
    "deepseek": "deepseek",
    "gemini": "google",
    "groq": "groq",
    "minimax": "minimax",
    "mistral": "mistral",
    "moonshot": "moonshotai",
    "openai": "openai",
    "openrouter": "openrouter",
    "text-completion-openai": "openai",
    "xai": "x-ai",
    "zai": "zai",
}
"""LiteLLM's name of a provider -> the card's."""
KINDS = {
    "input": "input_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write_5m": "cache_creation_input_token_cost",
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr",
    "output": "output_cost_per_token",
}
MODES = {STANDARD: "", "batch": "_batches", "flex": "_flex", "priority": "_priority"}
WEEK = 7 * MINUTES_A_DAY
_SPAN = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")
_ABOVE = re.compile(r"input_cost_per_token_above_(\d+)k_tokens")


def read(source: Path) -> PriceList:
    """The list in a file; DataError `bad-price-list` where it is none."""
    try:
        entries = json.loads(read_bytes(source), parse_float=Decimal)
    except ValueError as error:
        raise bad_list(str(source), f"not valid JSON: {error}") from None
    if not isinstance(entries, dict) or not any("litellm_provider" in one for one in entries.values() if _is(one)):
        raise bad_list(str(source), "this is not LiteLLM's list of model prices")
    models: dict[tuple[str, str], ListedModel] = {}
    for key, entry in entries.items():
        provider = PROVIDERS.get(str(entry.get("litellm_provider"))) if _is(entry) else None
        if provider is not None:
            name = key.partition("/")[2] if key.partition("/")[0] in PROVIDERS else key
            models.setdefault((provider, name.casefold()), _model(name, entry))
    return PriceList(f"litellm-json {source.name}", models, dated=False)


def _is(entry: object) -> bool:
    return isinstance(entry, dict)


def _model(name: str, entry: Mapping[str, Any]) -> ListedModel:
    last_day = _day(entry.get("deprecation_date"))
    if "tiered_pricing" in entry:
        return ListedModel(name, {}, last_day, "the list has prices by steps of its own kind")
    try:
        modes = {mode: (period,) for mode, ending in MODES.items() if (period := _period(entry, ending)) is not None}
        if "off_peak_pricing" in entry and STANDARD in modes:
            modes = {STANDARD: (_by_hours(entry, modes[STANDARD][0]),)}
    except (Unusable, ArithmeticError) as problem:
        return ListedModel(name, {}, last_day, str(problem) or "the list has a price that is no number")
    return ListedModel(name, modes, last_day, "" if STANDARD in modes else "the list has no price per token")


def _period(entry: Mapping[str, Any], ending: str) -> ListedPeriod | None:
    base = _rates(entry, "", ending)
    if base is None:
        return None
    thousands = {int(found[1]) for key in entry if (found := _ABOVE.fullmatch(key.removesuffix(ending)))}
    tiers = []
    for size in sorted(thousands):
        above = _rates(entry, f"_above_{size}k_tokens", ending)
        if above is not None:
            tiers.append(ListedTier(size * 1000, above, exact=False))
    return ListedPeriod(None, base, tuple(tiers))


def _by_hours(entry: Mapping[str, Any], period: ListedPeriod) -> ListedPeriod:
    """The price of most of the week as base, the other as a window; the list calls the dearer one the base."""
    off = entry["off_peak_pricing"]
    if period.tiers or not isinstance(off, dict) or not isinstance(off.get("windows"), list):
        raise Unusable("the list has prices by the time of day that cannot be read")
    minutes = frozenset[int]().union(*(_minutes(window) for window in off["windows"]))
    cheap = _rates({**entry, **off}, "", "")
    if cheap is None or not 0 < len(minutes) < WEEK:
        raise Unusable("the list has prices by the time of day that cannot be read")
    if 2 * len(minutes) > WEEK:
        rest = frozenset(range(WEEK)) - minutes
        return ListedPeriod(None, cheap, (), (ListedWindow("peak", rest, period.rates),))
    return ListedPeriod(None, period.rates, (), (ListedWindow("off-peak", minutes, cheap),))


def _minutes(window: Any) -> frozenset[int]:
    hours = window.get("hours_utc") if isinstance(window, dict) else None
    days = window.get("weekdays", list(range(1, 8))) if isinstance(window, dict) else ()
    found: set[int] = set()
    for span in [hours] if isinstance(hours, str) else hours or ():
        match = _SPAN.fullmatch(str(span))
        if match is None or not all(isinstance(day, int) and 1 <= day <= 7 for day in days):
            raise Unusable("the list has prices by the time of day that cannot be read")
        start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
        # `00:00` as an end is midnight; a span over midnight belongs to the day it starts on.
        length = (end - start) % MINUTES_A_DAY or MINUTES_A_DAY
        found |= {((day - 1) * MINUTES_A_DAY + start + passed) % WEEK for day in days for passed in range(length)}
    return frozenset(found)


def _rates(entry: Mapping[str, Any], above: str, ending: str) -> Rates | None:
    return rates({kind: per_token(entry.get(f"{key}{above}{ending}")) for kind, key in KINDS.items()})


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
