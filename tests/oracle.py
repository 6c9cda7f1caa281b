"""A second opinion: what each request costs, worked out row by row from the YAML card's own text.

Deliberately naive and shares no code with the program: no cells, no bands, no SQL; plain dictionaries, Decimal
dollars, one request at a time. Policies are exact Fractions. Amounts are dollars until `pico` rounds them, once.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Row = Mapping[str, Any]
EXACT = Context(prec=80)
MILLION = Decimal(1_000_000)
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Card:
    """The card's models as the file spells them, every figure still text."""

    def __init__(self, folder: Path) -> None:
        self.models: dict[str, Any] = {}
        self.uplift: dict[str, list[tuple[str, str, Decimal]]] = {}
        self.names: dict[str, str] = {}
        for path in sorted(folder.glob("*.yaml")):
            text = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
            for model, entry in text.get("models", {}).items():
                self.models[model] = entry
                self.uplift[model] = [
                    (column, value, Decimal(one["multiply"]))
                    for one in text.get("modifiers", {}).values()
                    for column, values in one["when"].items()
                    for value in ([values] if isinstance(values, str) else values)
                ]
                for name in (model, *entry.get("aliases", [])):
                    self.names[name.lower()] = model

    def modes(self, model: str) -> list[str]:
        return ["standard", *self.models[model].get("modes", {})]

    def series(self, model: str, mode: str) -> list[Any]:
        entry = self.models[model]
        return list(entry["prices"] if mode == "standard" else entry["modes"][mode]["prices"])

    def changes(self) -> list[datetime]:
        """Every instant at which some price changes."""
        starts = [
            instant(period["from"])
            for model in self.models
            for mode in self.modes(model)
            for period in self.series(model, mode)
        ]
        return sorted({start for start in starts if start is not None})

    def priced(self, model: str, mode: str, at: datetime) -> bool:
        """Whether the card has a price of the model in this mode at that time."""
        return _period(self, model, mode, at) is not None

    def lengths(self) -> list[int]:
        """Every input length at which some price changes, as written."""
        return sorted(
            {
                int(over.get("input_gt") or over["input_gte"])
                for model in self.models
                for mode in self.modes(model)
                for period in self.series(model, mode)
                for over in period.get("over", [])
            }
        )


@cache
def instant(text: str) -> datetime | None:
    if text in ("null", ""):
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def mode_of(row: Row) -> str:
    tier = (row.get("service_tier") or "").lower()
    if row.get("is_batch") or tier == "batch":
        return "batch"
    if row.get("speed") == "fast":
        return "fast"
    return tier if tier in ("flex", "priority") else "standard"


def metered(row: Row) -> bool:
    return row.get("input_tokens") is not None and row.get("output_tokens") is not None


def model_of(card: Card, row: Row) -> str:
    return card.names[(row.get("model") or row.get("model_requested") or "").lower()]


def usd(card: Card, row: Row, *, model: str | None = None, at: datetime | None = None) -> Decimal:
    """Dollars of one request, on the model it ran on or another, at its own time or as of `at`."""
    if row.get("gateway_cache_hit") or not metered(row):
        return Decimal(0)
    model = model or model_of(card, row)
    made = datetime.fromisoformat(row["timestamp"])
    rates = _rates(card, row, model, made, at or made)
    whole = int(row["input_tokens"])
    read = int(row.get("cache_read_tokens") or 0)
    hour = int(row.get("cache_write_1h_tokens") or 0)
    written = int(row.get("cache_write_tokens") or 0)
    five = int(row["cache_write_5m_tokens"]) if row.get("cache_write_5m_tokens") is not None else written - hour
    amount = Decimal(0)
    for tokens, kind in (
        (whole - read - five - hour, "input"),
        (read, "cache_read"),
        (five, "cache_write_5m"),
        (hour, "cache_write_1h"),
        (int(row["output_tokens"]), "output"),
    ):
        assert tokens >= 0, row
        stands_in = rates.get("cache_write_5m", rates["input"]) if kind == "cache_write_1h" else rates["input"]
        amount = EXACT.add(amount, EXACT.multiply(Decimal(tokens), Decimal(rates.get(kind, stands_in))))
    for column, value, factor in card.uplift[model]:
        if (row.get(column) or "").lower() == value:
            amount = EXACT.multiply(amount, factor)
    return EXACT.divide(amount, MILLION)


def rates_of(card: Card, row: Row) -> Mapping[str, str]:
    """The rates that a request was charged at, as the card spells them."""
    made = datetime.fromisoformat(row["timestamp"])
    return _rates(card, row, model_of(card, row), made, made)


def _rates(card: Card, row: Row, model: str, made: datetime, at: datetime) -> Mapping[str, str]:
    period = _period(card, model, mode_of(row), at)
    assert period is not None, f"no price of {model} at {at}"
    chosen = period
    for window in period.get("windows", []):
        if _inside(window, made):
            chosen = window
    rates: Mapping[str, str] = chosen["base"]
    for over in chosen.get("over", []):
        length = int(row["input_tokens"])
        if length > int(over["input_gt"]) if "input_gt" in over else length >= int(over["input_gte"]):
            rates = over
    return rates


def _period(card: Card, model: str, mode: str, at: datetime) -> Any:
    found = None
    for one in card.series(model, mode):
        start = instant(one["from"])
        if one.get("status") != "cancelled" and (start is None or start <= at):
            found = one
    end = instant(found.get("until", "")) if found else None
    return None if end is not None and at >= end else found


def _inside(window: Mapping[str, Any], made: datetime) -> bool:
    if DAY_NAMES[made.astimezone(UTC).weekday()] not in window.get("days", DAY_NAMES):
        return False
    clock = made.astimezone(UTC).strftime("%H:%M")
    return any(span.split("-")[0] <= clock < span.split("-")[1] for span in window["utc"])


def pico(dollars: Decimal | Fraction) -> str:
    """Pico-USD as text, rounded half to even once."""
    return str(round(Fraction(dollars) * 10**12))


def bill(card: Card, rows: Iterable[Row], at: datetime | None = None) -> Fraction:
    return sum((Fraction(usd(card, row, at=at)) for row in rows), start=Fraction(0))


def month(rows: Iterable[Row]) -> Fraction:
    """What the window is multiplied by: 30.4375 days over the days from the first to the last UTC date."""
    dates = [datetime.fromisoformat(row["timestamp"]).astimezone(UTC).date() for row in rows]
    return Fraction("30.4375") / _days(min(dates), max(dates))


def _days(first: date, last: date) -> int:
    return (last - first).days + 1


def routable(row: Row) -> bool:
    """A user's first attempt that was really sent and reported its usage."""
    return (
        (row.get("call_role") or "user") == "user"
        and (row.get("attempt") or 1) == 1
        and not row.get("gateway_cache_hit")
        and metered(row)
    )


Cost = Callable[[str, Row], Fraction]
"""What one request costs on a model."""


def cascade(row: Row, tiers: list[str], accept: list[Fraction], cost: Cost) -> Fraction:
    """Expected cost of one request: each tier is paid by the share that was not settled before it."""
    total, reach = Fraction(0), Fraction(1)
    for model, rate in zip(tiers, [*accept, Fraction(1)], strict=True):
        total += reach * cost(model, row)
        reach *= 1 - rate
    return total


def classifier(row: Row, cheap: str, strong: str, servable: Fraction, accuracy: Fraction, cost: Cost) -> Fraction:
    """Expected cost of one request behind a router that is right with a probability of `accuracy`."""
    sent_cheap = servable * accuracy + (1 - servable) * (1 - accuracy)
    return sent_cheap * cost(cheap, row) + (1 - sent_cheap) * cost(strong, row)
