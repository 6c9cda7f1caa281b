"""The minutes of the week that a price window means (0 is Monday 00:00 UTC)."""

from collections.abc import Sequence
from functools import cache

MINUTES_A_DAY = 24 * 60
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@cache
def minutes_of(spec: str) -> frozenset[int]:
    """The minutes of the week (0 is Monday 00:00 UTC) that a canonical window text means.

    >>> sorted(minutes_of("mon,tue 00:00-00:02"))
    [0, 1, 1440, 1441]
    """
    found: set[int] = set()
    for part in spec.split("; "):
        days, _, spans = part.partition(" ")
        for span in spans.split(","):
            start, end = (int(time[:2]) * 60 + int(time[3:]) for time in span.split("-"))
            for day in days.split(","):
                first = DAYS.index(day) * MINUTES_A_DAY
                found.update(range(first + start, first + end))
    return frozenset(found)


def span_words(minutes: frozenset[int]) -> str:
    """Minutes of the week as canonical text: days with the same hours together.

    >>> span_words(minutes_of("sat,sun 01:00-04:00,06:00-10:00"))
    'sat,sun 01:00-04:00,06:00-10:00'
    """
    hours: dict[str, list[str]] = {}
    for place, day in enumerate(DAYS):
        spans = _spans(sorted(minute % MINUTES_A_DAY for minute in minutes if minute // MINUTES_A_DAY == place))
        if spans:
            hours.setdefault(",".join(spans), []).append(day)
    return "; ".join(f"{','.join(days)} {spans}" for spans, days in hours.items())


def _spans(minutes: Sequence[int]) -> list[str]:
    starts = [minute for place, minute in enumerate(minutes) if place == 0 or minutes[place - 1] != minute - 1]
    ends = [minute + 1 for place, minute in enumerate(minutes) if minute + 1 not in minutes[place + 1 : place + 2]]
    return [f"{clock(start)}-{clock(end)}" for start, end in zip(starts, ends, strict=True)]


def clock(minute: int) -> str:
    """A minute of the day as HH:MM.

    >>> clock(1440)
    '24:00'
    """
    return f"{minute // 60:02}:{minute % 60:02}"
