"""The periods of one mode on two cards: what costs another price, from when to when, and how that came about.

Both series are cut at every instant where either has a period; where the prices of such a span differ, the instant of
the comparison and the periods say what happened: a new period was appended, an old one edited, a scheduled one moved.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from routecli.maths.changes.content import Difference, differences, same_prices
from routecli.maths.changes.readings import instant_words
from routecli.maths.changes.reference import slipped
from routecli.model.card_changes import CardChange, ChangeKind, When
from routecli.model.rates import Period, Rates

PROMO, SCHEDULED = "promo", "scheduled"
EVER = datetime.min.replace(tzinfo=UTC)
Make = Callable[..., CardChange]
"""`CardChange` with provider, model and mode filled in."""


@dataclass(frozen=True, slots=True)
class Series:
    """The live periods of a mode in order of time, and those that are cancelled and kept for the record."""

    periods: tuple[Period, ...]
    cancelled: tuple[Period, ...] = ()

    def at(self, start: datetime | None) -> Period | None:
        """The live period that starts exactly then."""
        return next((period for period in self.periods if period.start == start), None)

    def over(self, instant: datetime | None) -> Period | None:
        """The last period that started by then (None: since release)."""
        return next((one for one in reversed(self.periods) if _key(one.start) <= _key(instant)), None)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in which both cards have one price each (None: no price)."""

    start: datetime | None
    end: datetime | None
    before: Period | None
    after: Period | None


def _key(instant: datetime | None) -> datetime:
    return EVER if instant is None else instant


def series_changes(base: Series, head: Series, at: datetime, make: Make) -> Iterator[CardChange]:
    """Every stretch of time that costs another price on `head`, one change per aspect."""
    for span in _spans(base, head):
        yield from _Judged(span, base, head, at, make).changes()


def _spans(base: Series, head: Series) -> Iterator[Span]:
    """The spans whose prices differ, neighbours with the same two prices joined."""
    starts = sorted({period.start for period in (*base.periods, *head.periods)}, key=_key)
    found: list[Span] = []
    for place, start in enumerate(starts):
        end = starts[place + 1] if place + 1 < len(starts) else None
        span = Span(start, end, base.over(start), head.over(start))
        last = found[-1] if found else None
        if last and same_prices(last.before, span.before) and same_prices(last.after, span.after):
            found[-1] = Span(last.start, end, last.before, last.after)
        else:
            found.append(span)
    return (span for span in found if not same_prices(span.before, span.after))


@dataclass(frozen=True, slots=True)
class _Judged:
    """One span, and what it means at an instant."""

    span: Span
    base: Series
    head: Series
    now: datetime
    make: Make

    @property
    def when(self) -> When:
        if _key(self.span.start) > self.now:
            return "future"
        return "past" if self.span.end is not None and self.span.end <= self.now else "now"

    def changes(self) -> Iterator[CardChange]:
        before, after = self.span.before, self.span.after
        if before is None or after is None:
            whole: ChangeKind = "history-added" if before is None else self._removed()
            yield self._one(whole, before, after, in_place=whole == "history-edited")
            return
        kind = self._promo_moved(before, after)
        if kind is None and self.when == "future":
            kind = self._future(before, after)
        if kind is None and self._cancelled_late(before):
            kind = "schedule-withdrawn"
        appended = self._appended(after)
        edited = self.when != "future" and not appended and kind != "schedule-withdrawn"
        if edited:
            yield self._edit(before, after)
        if kind is not None:
            yield self._one(kind, before, after, **self._moved_words(kind, before, after))
        elif self.when != "past" or appended:
            for difference in differences(before, after):
                yield self._aspect(difference, before, after, in_place=edited)

    def _removed(self) -> ChangeKind:
        return "schedule-withdrawn" if self.when == "future" else "history-edited"

    def _appended(self, after: Period) -> bool:
        """Whether the head's period is a new one, after every period that had begun on the base card."""
        begun = [period.start for period in self.base.periods if _key(period.start) <= self.now]
        return self.base.at(after.start) is None and all(_key(start) < _key(after.start) for start in begun)

    def _cancelled_late(self, before: Period) -> bool:
        """A scheduled price that never came, marked as cancelled when its day had passed."""
        gone = self.head.at(before.start) is None and before.status == SCHEDULED
        return gone and any(period.start == before.start for period in self.head.cancelled)

    def _promo_moved(self, before: Period, after: Period) -> ChangeKind | None:
        """A promotion of both cards whose end moved; this span is what lies between the two ends."""
        if after.status == PROMO and (old := self.base.at(after.start)) and old.status == PROMO:
            return "promo-extended" if old.until == before.start else None
        if before.status == PROMO and (new := self.head.at(before.start)) and new.status == PROMO:
            return "promo-shortened" if new.until == after.start else None
        return None

    def _future(self, before: Period, after: Period) -> ChangeKind | None:
        """A scheduled price of the base card that moved, changed or went; None: the head schedules a new one."""
        planned, known = self._future_of(self.base), self._future_of(self.head)
        if before.start in planned and before.start not in known:
            moved = any(same_prices(before, one) for start, one in known.items() if start not in planned)
            return "schedule-changed" if moved else "schedule-withdrawn"
        if after.start in known and after.start in planned:
            return "schedule-changed"
        if after.start in known:
            moved = any(same_prices(after, one) for start, one in planned.items() if start not in known)
            return "schedule-changed" if moved else None
        return None

    def _future_of(self, series: Series) -> dict[datetime, Period]:
        return {period.start: period for period in series.periods if period.start and period.start > self.now}

    def _edit(self, before: Period, after: Period) -> CardChange:
        """Prices that held before were edited; a reason excuses only the edit it came with."""
        old = self.base.at(after.start)
        fresh = bool(after.correction) and (old is None or old.correction != after.correction)
        return self._one(
            "history-corrected" if fresh else "history-edited",
            before,
            after,
            in_place=True,
            subject=_aspects(before, after),
            note=after.correction if fresh else "",
        )

    def _moved_words(self, kind: ChangeKind, before: Period, after: Period) -> dict[str, Any]:
        if kind in ("promo-extended", "promo-shortened"):
            old = self.base.at(after.start) if kind == "promo-extended" else before
            new = after if kind == "promo-extended" else self.head.at(before.start)
            return {"was": instant_words(old.until if old else None), "now": instant_words(new.until if new else None)}
        if kind == "schedule-withdrawn":
            return {"was": instant_words(before.start)}
        if kind != "schedule-changed":
            return {}
        if before.start == after.start:
            return {"subject": _aspects(before, after)}
        planned, known = self._future_of(self.base), self._future_of(self.head)
        # Later: the head has the base's price at another start. Earlier: the base had the head's at another start.
        for start, one in known.items():
            if start not in planned and same_prices(before, one):
                return {"was": instant_words(before.start), "now": instant_words(start)}
        for start, one in planned.items():
            if start not in known and same_prices(after, one):
                return {"was": instant_words(start), "now": instant_words(after.start)}
        return {}

    def _aspect(self, difference: Difference, before: Period, after: Period, *, in_place: bool) -> CardChange:
        kind = difference.kind
        rates = difference.before, difference.after
        note = ""
        if kind == "price-changed":
            kind = self._price_kind(*rates, after)
            note = self._price_note(kind, after)
        return self._one(
            kind,
            before,
            after,
            subject=difference.subject,
            length=difference.length,
            window=difference.window,
            was=difference.was,
            now=difference.now,
            in_place=in_place,
            note=note,
            rates=rates,
            base_origin=difference.base_origin or before.origin,
            head_origin=difference.head_origin or after.origin,
        )

    def _price_kind(self, before: Rates | None, after: Rates | None, period: Period) -> ChangeKind:
        if before is not None and after is not None and slipped(before, after) is not None:
            return "unit-changed"
        if period.status == PROMO and not self._was_promo(period):
            return "promo-added"
        if self.when == "future":
            return "price-scheduled"
        return "promo-ended" if self._follows_promo(period) and self._appended(period) else "price-changed"

    def _was_promo(self, period: Period) -> bool:
        old = self.base.at(period.start)
        return old is not None and old.status == PROMO

    def _follows_promo(self, period: Period) -> bool:
        return any(one.status == PROMO and one.until == period.start for one in self.head.periods)

    def _price_note(self, kind: ChangeKind, period: Period) -> str:
        if kind == "promo-added":
            return f"until {instant_words(period.until)}"
        if kind == "price-scheduled" and self._follows_promo(period):
            return "the price until then is a promotion"
        return ""

    def _one(
        self,
        kind: ChangeKind,
        before: Period | None,
        after: Period | None,
        *,
        rates: tuple[Rates | None, Rates | None] | None = None,
        **words: object,
    ) -> CardChange:
        old, new = rates or (before and before.rates, after and after.rates)
        places = {"base_origin": before.origin if before else "", "head_origin": after.origin if after else ""}
        span = {"start": self.span.start, "until": self.span.end, "when": self.when}
        made: dict[str, Any] = {**places, **span, **words}
        return self.make(kind=kind, before=old, after=new, **made)


def _aspects(before: Period, after: Period) -> str:
    return ", ".join(sorted({difference.kind for difference in differences(before, after)}))
