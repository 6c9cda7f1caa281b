"""A price list of somebody else's, in the terms of the rate card, and what a card can take over from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from routecli.model.rates import Rates


@dataclass(frozen=True, slots=True)
class ListedTier:
    """Other rates above a length. `exact`: requests of just `threshold` tokens are known to pay the lower ones."""

    threshold: int
    rates: Rates
    exact: bool = True


@dataclass(frozen=True, slots=True)
class ListedWindow:
    """Other rates at some minutes of the week (0 is Monday 00:00 UTC); `except_dates` as on a card."""

    name: str
    minutes: frozenset[int]
    rates: Rates
    except_dates: str = ""


@dataclass(frozen=True, slots=True)
class ListedPeriod:
    """Prices from a day on; `start` None is an open start, or a list without history."""

    start: datetime | None
    rates: Rates
    tiers: tuple[ListedTier, ...] = ()
    windows: tuple[ListedWindow, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedModel:
    """What a list says of one model: periods by mode in order of time, and its last day.

    `refusal` says why its prices cannot be taken over by a program; it is empty where they can.
    """

    name: str
    modes: Mapping[str, tuple[ListedPeriod, ...]] = field(default_factory=dict)
    last_day: date | None = None
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class PriceList:
    """A list by (provider of the card, model name of the list in lower case).

    `label` names it with its version, `dated` says whether it knows since when a price holds.
    """

    label: str
    models: Mapping[tuple[str, str], ListedModel]
    dated: bool


Outcome = Literal["appended", "same", "not listed", "by hand", "past differs", "refused"]
"""appended: the list has a newer price; past differs: an older one disagrees and is left alone; refused: the appended
price would fail `rates check`; by hand: the list says something that a program must not guess at."""


@dataclass(frozen=True, slots=True)
class NewPeriod:
    """A period to append to a mode of a model, `scheduled` where it starts after today."""

    model: str
    mode: str
    start: datetime
    rates: Rates
    tiers: tuple[ListedTier, ...] = ()
    windows: tuple[ListedWindow, ...] = ()
    scheduled: bool = False
    imported: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a list has for one mode of a model on the card; `new` holds the periods to append, oldest first."""

    provider: str
    model: str
    mode: str
    outcome: Outcome
    text: str = ""
    new: tuple[NewPeriod, ...] = ()
    was: Rates | None = None
