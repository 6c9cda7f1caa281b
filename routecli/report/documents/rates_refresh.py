"""The document of `routecli rates refresh`."""

from dataclasses import dataclass
from typing import Literal

from routecli.report.documents.common import RatesInput
from routecli.report.documents.rates_diff import RateChange


@dataclass(frozen=True, slots=True)
class RefreshSource:
    """The price list: its kind, its name with the version, and the file it was read from, if any."""

    kind: str
    label: str
    path: str | None


@dataclass(frozen=True, slots=True)
class RefreshInputs:
    """The card and the list; `at` is today, from which prices without a date are appended."""

    rates: RatesInput
    source: RefreshSource


@dataclass(frozen=True, slots=True)
class RefreshedMode:
    """What the list has for one mode of a model (`mode` is empty where nothing could be compared).

    `starts` are the starts of the periods to append, `rates` the kinds of token at the last of them against the card's.
    """

    provider: str
    model: str
    mode: str
    outcome: Literal["appended", "same", "not listed", "by hand", "past differs", "refused"]
    text: str
    starts: list[str]
    rates: dict[str, RateChange]


@dataclass(frozen=True, slots=True)
class RatesRefreshDocument:
    """`patch` is a unified diff over `files`; `written` says that it was applied. `counts` are the outcomes."""

    inputs: RefreshInputs
    written: bool
    files: list[str]
    patch: str
    counts: dict[str, int]
    modes: list[RefreshedMode]
