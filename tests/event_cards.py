"""Real price events as pairs of cards: the card before and after, as somebody keeping one would have written them.

The traffic is logged under `the-traffic`, a name that the event's model has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HEAD = """\
schema: routecli/rate-card/v1
provider: {provider}
currency: USD
per_tokens: 1000000
defaults: {{source: https://vendor.example/prices}}
models:
"""
NAME = "the-traffic"
PEAK = 'utc: ["01:00-04:00", "06:00-10:00"]'
EVERY_DAY = "days: [mon, tue, wed, thu, fri, sat, sun]"
WEEKDAYS = "days: [mon, tue, wed, thu, fri]"


@dataclass(frozen=True)
class Pair:
    """Two cards and the day they are compared on."""

    base: str
    head: str
    at: str


def pair(event: Mapping[str, Any]) -> Pair:
    """The cards before and after an event."""
    date, kind = event["date"], event["kind"]
    old, new = event["old_usd_per_mtok"], event["new_usd_per_mtok"]
    provider = event["model"].split("/")[0]
    model = _id(event["model"])
    day = date if len(date) == 10 else f"{date[:10]}T{date[11:16]}:00Z"
    make = next((build for word, build in _BUILD.items() if word in kind), _appended)
    make = _in_place if date in IN_PLACE else make
    base, head = make(model, old, new, day)
    # The day after, for changes within a day; scheduled ones are looked at before they come.
    at = "2026-11-23" if kind.startswith("SCHEDULED") else date[:10] if len(date) == 10 else "2026-08-17"
    return Pair(HEAD.format(provider=provider) + base, HEAD.format(provider=provider) + head, at)


def _id(name: str) -> str:
    return name.split(" ")[0].rpartition("/")[2].replace("*", "deepseek-v4-pro").casefold() or "model"


def _rates(rates: Mapping[str, Any]) -> str:
    cached = f", cache_read: {rates['c']}" if "c" in rates else ""
    return f"{{input: {rates['i']}{cached}, output: {rates['o']}}}"


def _period(rates: Mapping[str, Any], start: str = "null", more: str = "") -> str:
    text = f"      - from: {start}\n        base: {_rates(rates)}\n"
    if "long" in rates:
        text += f"        over: [{{input_gt: {rates['long']['gt']}, {_rates(rates['long'])[1:]}]\n"
    if "peak" in rates:
        text += _windows(rates["peak"], WEEKDAYS if "weekdays" in rates else EVERY_DAY)
    return f"{text}        verified: 2026-11-15\n{more}"


def _windows(peak: Mapping[str, Any], days: str) -> str:
    return f"        windows:\n          - {{name: peak, {days}, {PEAK}, base: {_rates(peak)}}}\n"


def _model(id: str, *periods: str, names: str = NAME, more: str = "") -> str:
    aliases = f"    aliases: [{names}]\n" if names else ""
    return f"  {id}:\n{aliases}{more}    prices:\n{''.join(periods)}"


Texts = tuple[str, str]


def _appended(id: str, old: Any, new: Any, day: str) -> Texts:
    return _model(id, _period(old)), _model(id, _period(old), _period(new, day))


def _in_place(id: str, old: Any, new: Any, day: str) -> Texts:
    return _model(id, _period(old)), _model(id, _period(new))


def _alias(id: str, old: Any, new: Any, day: str) -> Texts:
    first, second = f"{id}-one", f"{id}-two"
    return (
        _model(first, _period(old)) + _model(second, _period(new), names=""),
        _model(first, _period(old), names="") + _model(second, _period(new)),
    )


def _tokenizer(id: str, old: Any, new: Any, day: str) -> Texts:
    """The same price, but a name moves to a model that makes 1.325 times the tokens."""
    first, second = (f"    tokenizer: {{ratio: {ratio}, basis: vendor-1}}\n" for ratio in ("1", "1.325"))
    return (
        _model("one", _period(old), more=first) + _model("two", _period(new), names="", more=second),
        _model("one", _period(old), names="", more=first) + _model("two", _period(new), more=second),
    )


def _cancelled(id: str, old: Any, new: Any, day: str) -> Texts:
    rise = {"i": "3", "o": "15", "c": "0.3"}
    base = _model(id, _period(old), _period(rise, day, "        status: scheduled\n"))
    return base, base.replace("status: scheduled", "status: cancelled")


def _calendar(id: str, old: Any, new: Any, day: str) -> Texts:
    """The peak price is no longer asked on weekends."""
    everyday, weekdays = {**new, "peak": old}, {**new, "peak": old, "weekdays": True}
    return _model(id, _period(everyday)), _model(id, _period(everyday), _period(weekdays, day))


def _scheduled(id: str, old: Any, new: Any, day: str) -> Texts:
    return _model(id, _period(old)), _model(id, _period(old), _period(new, day, "        status: scheduled\n"))


_BUILD = {
    "alias moved": _alias,
    "tokenizer": _tokenizer,
    "CANCELLED": _cancelled,
    "SCHEDULED": _scheduled,
    "rule change": _calendar,
}
"""A word of the event's kind -> how the cards are made; else a period is appended."""
IN_PLACE = ("2026-10-07",)
"""Days of the events that upstream wrote over the old price."""
