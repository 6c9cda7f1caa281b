"""models.dev's `api.json`: prices per 1M tokens, without dates and modes."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from routecli.data.price_lists.values import Unusable, bad_list, rate, rates
from routecli.data.yaml_lines import read_bytes
from routecli.model.price_lists import ListedModel, ListedPeriod, ListedTier, PriceList
from routecli.model.rates import STANDARD, Rates

PROVIDERS = {"amazon-bedrock": "aws", "xai": "x-ai"}
"""models.dev's name of a provider -> the card's, where they differ."""
KINDS = {"input": "input", "cache_read": "cache_read", "cache_write_5m": "cache_write", "output": "output"}


def read(source: Path) -> PriceList:
    """The list in a file; DataError `bad-price-list` where it is none."""
    try:
        providers = json.loads(read_bytes(source), parse_float=Decimal)
    except ValueError as error:
        raise bad_list(str(source), f"not valid JSON: {error}") from None
    listed = providers.items() if isinstance(providers, dict) else ()
    if not any(isinstance(one, dict) and isinstance(one.get("models"), dict) for _, one in listed):
        raise bad_list(str(source), "this is not the list of models.dev")
    models = {}
    for key, provider in listed:
        for name, entry in (provider.get("models") or {}).items() if isinstance(provider, dict) else ():
            if isinstance(entry, dict):
                models[PROVIDERS.get(str(key), str(key)), str(name).casefold()] = _model(name, entry.get("cost"))
    return PriceList(f"models-dev-json {source.name}", models, dated=False)


def _model(name: str, cost: Any) -> ListedModel:
    if not isinstance(cost, dict):
        return ListedModel(name, refusal="the list has no price")
    try:
        base = _rates(cost)
        if base is None:
            return ListedModel(name, refusal="the list has no price of input tokens")
        return ListedModel(name, {STANDARD: (ListedPeriod(None, base, tuple(_tiers(cost))),)})
    except (Unusable, ArithmeticError) as problem:
        return ListedModel(name, refusal=str(problem) or "the list has a price that is no number")


def _tiers(cost: Mapping[str, Any]) -> list[ListedTier]:
    tiers = []
    for entry in cost.get("tiers") or ():
        tier = entry.get("tier", {}) if isinstance(entry, dict) else {}
        above = _rates(entry) if isinstance(tier.get("size"), int) else None
        if above is None or tier.get("type", "context") != "context":
            raise Unusable("the list has a tier that is no length of input")
        tiers.append(ListedTier(tier["size"], above, exact=False))
    if not tiers and isinstance(cost.get("context_over_200k"), dict):
        above = _rates(cost["context_over_200k"])
        tiers += [] if above is None else [ListedTier(200_000, above, exact=False)]
    return sorted(tiers, key=lambda one: one.threshold)


def _rates(cost: Mapping[str, Any]) -> Rates | None:
    listed = {kind: cost.get(key) for kind, key in KINDS.items()}
    return rates({kind: None if value is None else rate(Decimal(str(value))) for kind, value in listed.items()})
