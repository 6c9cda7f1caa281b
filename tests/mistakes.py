"""What tools that log costs get wrong, request by request: an independent pricer with one mistake at a time.

Nothing of the program is used; rates come from the card's own text through `oracle`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from oracle import EXACT, MILLION, Card, Row, instant, mode_of, model_of, rates_of, usd

KINDS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
Tokens = dict[str, int]
Mistake = Callable[[Card, Row], Decimal]


def tokens_of(row: Row) -> Tokens:
    """Tokens by the kind of rate they are charged at."""
    read, five, hour = (int(row.get(f"{kind}_tokens") or 0) for kind in KINDS[1:4])
    return {
        "input": int(row["input_tokens"]) - read - five - hour,
        "cache_read": read,
        "cache_write_5m": five,
        "cache_write_1h": hour,
        "output": int(row["output_tokens"]),
    }


def charged(
    card: Card, row: Row, tokens: Tokens, rates: Mapping[str, str] | None = None, *, regional: bool = True
) -> Decimal:
    """Dollars for these tokens at the row's rates, or at others."""
    model = model_of(card, row)
    rates = rates_of(card, row) if rates is None else rates
    amount = Decimal(0)
    for kind, count in tokens.items():
        amount = EXACT.add(amount, EXACT.multiply(Decimal(count), Decimal(rates.get(kind, rates["input"]))))
    for column, value, factor in card.uplift[model] if regional else ():
        if (row.get(column) or "").lower() == value:
            amount = EXACT.multiply(amount, factor)
    return EXACT.divide(amount, MILLION)


def moved(source: str, target: str) -> Mistake:
    """Tokens of one kind charged as another kind."""

    def mistake(card: Card, row: Row) -> Decimal:
        tokens = tokens_of(row)
        tokens[target] += tokens.pop(source)
        return charged(card, row, tokens)

    return mistake


def free(*kinds: str) -> Mistake:
    def mistake(card: Card, row: Row) -> Decimal:
        return charged(card, row, {kind: count for kind, count in tokens_of(row).items() if kind not in kinds})

    return mistake


def cache_twice(card: Card, row: Row) -> Decimal:
    return charged(card, row, {**tokens_of(row), "input": int(row["input_tokens"])})


def all_cache_as_input(card: Card, row: Row) -> Decimal:
    tokens = tokens_of(row)
    return charged(card, row, {"input": int(row["input_tokens"]), "output": tokens["output"]})


def more_output(share: int) -> Mistake:
    """Reasoning tokens counted `share` times on top of the output that holds them."""

    def mistake(card: Card, row: Row) -> Decimal:
        tokens = tokens_of(row)
        tokens["output"] += share * int(row.get("reasoning_tokens") or 0)
        return charged(card, row, tokens)

    return mistake


def as_mode(wrong: str, of: str) -> Mistake:
    """Requests of one mode charged like another."""
    marks: dict[str, dict[str, Any]] = {
        "standard": {},
        "batch": {"is_batch": True},
        "fast": {"speed": "fast"},
        "flex": {"service_tier": "flex"},
        "priority": {"service_tier": "priority"},
    }

    def mistake(card: Card, row: Row) -> Decimal:
        if mode_of(row) != of:
            return usd(card, row)
        plain = {key: value for key, value in row.items() if key not in ("is_batch", "speed", "service_tier")}
        return usd(card, {**plain, **marks[wrong]})

    return mistake


def at(moment: str) -> Mistake:
    """All requests at the price of one day."""
    return lambda card, row: usd(card, row, at=instant(moment))


def short(card: Card, row: Row) -> Decimal:
    """Long requests at the price of short ones."""
    period = rates_of(card, {**row, "input_tokens": 1})
    return charged(card, row, tokens_of(row), period)


def at_hour(hour: int) -> Mistake:
    """All requests as if they were made at this hour."""

    def mistake(card: Card, row: Row) -> Decimal:
        made = datetime.fromisoformat(row["timestamp"]).replace(hour=hour, minute=0)
        return usd(card, {**row, "timestamp": made.isoformat()})

    return mistake


def without_region(card: Card, row: Row) -> Decimal:
    return usd(card, {**row, "region": None})


def with_region(card: Card, row: Row) -> Decimal:
    return usd(card, {**row, "region": row.get("region") or "us"})


def hits_charged(card: Card, row: Row) -> Decimal:
    return usd(card, {**row, "gateway_cache_hit": False})


def unfinished_free(card: Card, row: Row) -> Decimal:
    return usd(card, row) if row.get("status", "success") == "success" else Decimal(0)


def times(factor: str, of: Mistake = usd) -> Mistake:
    return lambda card, row: EXACT.multiply(of(card, row), Decimal(factor))


def rounded(places: int, of: Mistake = usd) -> Mistake:
    return lambda card, row: of(card, row).quantize(Decimal(1).scaleb(-places), context=EXACT)


def as_model(other: str) -> Mistake:
    return lambda card, row: usd(card, row, model=other)


def some(wrong: Mistake, *ids: str) -> Mistake:
    """The mistake on requests whose query type is one of these only."""
    return lambda card, row: wrong(card, row) if row.get("query_type") in ids else usd(card, row)
