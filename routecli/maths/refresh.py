"""What a price list knows that a rate card does not yet: periods to append, and what else the two disagree on.

The past of a card is never touched: a period is only ever appended after those that have begun. Where a list is
silent on a kind of token that the card lists, or disagrees about the past, nothing is appended and the reason is said.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from routecli.maths.changes.readings import in_force, instant_words
from routecli.maths.changes.reference import RATE_KINDS
from routecli.model.minutes import minutes_of
from routecli.model.price_lists import Comparison, ListedModel, ListedPeriod, ListedWindow, NewPeriod, PriceList
from routecli.model.rates import MODES, ModelCard, Period, Rates
from routecli.money import per_million


def compared(model: ModelCard, prices: PriceList, at: datetime) -> Iterator[Comparison]:
    """What the list has for each mode of the model; one comparison without a mode where it has nothing to compare."""
    listed = found(model, prices)
    if listed is None or listed.refusal:
        reason = f"as {listed.name}: {listed.refusal}" if listed else ""
        yield Comparison(model.provider, model.id, "", "by hand" if listed else "not listed", reason)
        return
    known = set(model.deprecations.values())
    if listed.last_day is not None and listed.last_day not in known:
        on_card = ", ".join(sorted(map(str, known))) or "none"
        text = f"the list gives {listed.last_day} as the last day, the card has {on_card}"
        yield Comparison(model.provider, model.id, "", "by hand", text)
    for mode in sorted(listed.modes, key=MODES.index):
        yield _mode(model, mode, listed.modes[mode], prices, at)


def found(model: ModelCard, prices: PriceList) -> ListedModel | None:
    """The model on the list: by its id, with the provider's or the maker's name before it or not, or by an alias.

    Aliases that the list prices differently are refused: one of them may be another product.
    """
    own = {name: one for (provider, name), one in prices.models.items() if provider == model.provider}
    short = model.id.casefold().removeprefix(f"{model.provider}/")
    for name in (model.id.casefold(), short):
        if name in own:
            return own[name]
    # Hosts put the maker's name before a model's: `openai/gpt-oss-120b`.
    hosted = [one for name, one in own.items() if name.endswith(f"/{short}")]
    if len(hosted) == 1:
        return hosted[0]
    named = [own[alias.casefold()] for alias in model.aliases if alias.casefold() in own]
    if any(one.modes != named[0].modes for one in named):
        names = ", ".join(one.name for one in named)
        return ListedModel(named[0].name, refusal=f"the list has several prices for its names ({names})")
    return named[0] if named else None


def _mode(model: ModelCard, mode: str, periods: Sequence[ListedPeriod], prices: PriceList, at: datetime) -> Comparison:
    card = model.modes.get(mode, ())
    held = in_force(card, at)
    was = held.rates if held else None

    def said(outcome: str, text: str = "", new: tuple[NewPeriod, ...] = ()) -> Comparison:
        return Comparison(model.provider, model.id, mode, outcome, text, new, was)  # type: ignore[arg-type]

    new: list[NewPeriod] = []
    past: list[str] = []
    for period in periods:
        start = period.start if prices.dated else at
        covering = _at(card, start)
        if covering is not None and _agree(covering, period):
            continue
        silent = _silent(covering, period, dated=prices.dated)
        if silent:
            return said("by hand", f"the list has no {silent}, which the card has")
        if card and card[-1].until is not None:
            return said("by hand", f"the card ends this price at {instant_words(card[-1].until)}")
        if not _appendable(card, start, at):
            past.append(f"from {instant_words(start) or 'the release'} on {_apart(covering, period)}")
            continue
        assert start is not None, "a period without a start cannot come after another"
        new.append(_new(model, mode, period, start, prices, at, covering))
    if new:
        days = ", ".join(instant_words(one.start) for one in new)
        return said("appended", f"from {days}", tuple(new))
    return said("past differs", "; ".join(past)) if past else said("same")


def _at(card: Sequence[Period], start: datetime | None) -> Period | None:
    """The card's period over an instant; before the first one begins (or at an open start), the first."""
    if start is None:
        return card[0] if card else None
    return in_force(card, start)


def _appendable(card: Sequence[Period], start: datetime | None, at: datetime) -> bool:
    """Whether a period from `start` on comes after all that have begun and at no start the card has."""
    if start is None:
        return False
    begun = [period.start for period in card if period.start is None or period.start <= at]
    after = all(begin is None or begin < start for begin in begun)
    return after and all(period.start != start for period in card) and not _dated_later(card, start, at)


def _dated_later(card: Sequence[Period], start: datetime, at: datetime) -> bool:
    # A list's own day between two plans of the card: whoever wrote them knows better what comes first.
    return start > at and any(period.start is not None and period.start > start for period in card)


def _agree(card: Period, listed: ListedPeriod) -> bool:
    """Whether both say the same of every kind of token and length that the list speaks of."""
    if not _same(card.rates, listed.rates) or not _same_windows(card, listed):
        return False
    if len(card.tiers) != len(listed.tiers):
        return False
    for ours, theirs in zip(card.tiers, listed.tiers, strict=True):
        edges = {theirs.threshold + 1} if theirs.exact else {theirs.threshold, theirs.threshold + 1}
        if ours.edge not in edges or not _same(ours.rates, theirs.rates):
            return False
    return True


def _same(card: Rates, listed: Rates) -> bool:
    return all(getattr(listed, kind) is None or getattr(listed, kind) == getattr(card, kind) for kind in RATE_KINDS)


def _same_windows(card: Period, listed: ListedPeriod) -> bool:
    ours = {minutes_of(window.spec): window.rates for window in card.windows}
    theirs = {window.minutes: window.rates for window in listed.windows}
    return ours.keys() == theirs.keys() and all(_same(ours[minutes], theirs[minutes]) for minutes in ours)


WORDS = {
    "cache_read": "price of cache reads",
    "cache_write_5m": "price of cache writes",
    "cache_write_1h": "price of 1-hour cache writes",
    "output": "price of output",
}


def _apart(card: Period | None, listed: ListedPeriod) -> str:
    """What the list has where the card has something else, in words."""
    if card is None:
        return "the list has a price and the card has none"
    parts = [
        f"{word} {_usd(theirs)} on the list, {_usd(ours)} on the card"
        for kind, word in {"input": "price of input", **WORDS}.items()
        if (theirs := getattr(listed.rates, kind)) is not None and theirs != (ours := getattr(card.rates, kind))
    ]
    return ", ".join(parts) or "the prices of long requests or of certain hours are not the same"


def _usd(rate: int | None) -> str:
    return "none" if rate is None else f"${per_million(rate).normalize():f}"


def _silent(card: Period | None, listed: ListedPeriod, *, dated: bool) -> str:
    """What the card lists and the list leaves out, so that a new period could only guess it."""
    if card is None:
        return ""
    for kind, word in WORDS.items():
        if getattr(card.rates, kind) is not None and getattr(listed.rates, kind) is None:
            return word
    if card.windows and not listed.windows:
        return "price by the time of the week"
    if listed.windows and (card.tiers or listed.tiers):
        return "price of long requests in its hours"
    if card.tiers and not listed.tiers and not dated:
        # A list with history would say that the price of long requests ended; this one may have forgotten it.
        return "price of long requests"
    for tier in listed.tiers:
        if any(getattr(listed.rates, kind) is not None and getattr(tier.rates, kind) is None for kind in RATE_KINDS):
            return f"complete prices above {tier.threshold:,} tokens"
    return ""


def _new(
    model: ModelCard,
    mode: str,
    period: ListedPeriod,
    start: datetime,
    prices: PriceList,
    at: datetime,
    covering: Period | None,
) -> NewPeriod:
    notes = []
    if not prices.dated:
        notes.append("the list does not say since when")
    if mode not in model.modes:
        notes.append("what this mode cost before is not known")
    text = "; ".join(notes)
    return NewPeriod(
        model=model.id,
        mode=mode,
        start=start,
        rates=period.rates,
        tiers=period.tiers,
        windows=tuple(_excepting(window, covering) for window in period.windows),
        scheduled=start > at,
        imported=prices.label,
        note=f"{text[:1].upper()}{text[1:]}." if text else "",
    )


def _excepting(window: ListedWindow, card: Period | None) -> ListedWindow:
    """The window with the exceptions that the card knows for the same minutes; lists have none."""
    same = [one for one in card.windows if minutes_of(one.spec) == window.minutes] if card else []
    return replace(window, name=same[0].name, except_dates=same[0].except_dates) if same else window
