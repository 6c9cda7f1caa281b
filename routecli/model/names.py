"""What a model name means on a rate card, and how sure that is.

Exact id, then a card's alias, then a pinned short name, then a name that its vendor moves (what it stood for at the
time), then a deployment's name as the user maps it, then the name without what vendors and gateways wrap around it.
Anything looser is suggested in the error, never applied: a guessed model is a wrong price.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import SequenceMatcher
from typing import Literal

from routecli.errors import DataError, UsageError
from routecli.model.rates import AliasPeriod, ModelCard, RateCard
from routecli.model.wrappings import behind_prefixes, refusal, unwrapped

How = Literal["exact", "alias", "pin", "dated alias", "deployment", "normalised", "prefix"]

SHORTEST_PREFIX = 3


@dataclass(frozen=True, slots=True)
class Resolved:
    """The card id a name stands for and how it was found.

    `caution` is empty, or a sentence on what the stripped part of the name says about the price. A name that its
    vendor moves stands for this model from `since` (None: ever since) until `until` (None: still).
    """

    id: str
    how: How
    caution: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Spelling:
    """A model name as logged, and between which instants it stood for one model (None: without bound)."""

    name: str
    since: datetime | None = None
    until: datetime | None = None


def resolve(card: RateCard, name: str, *, typed: bool, at: datetime | None = None) -> Resolved:
    """The model of the card that `name` stands for.

    `typed` names (a person at the command line) may be unambiguous prefixes and fail with UsageError; names found
    in data may not, and fail with DataError. `at` is the time of the request (None: not known): a vendor's moving name
    means what it stood for then, and without a time only what it has always stood for. Both errors have the id
    `unknown-model`, or `moved-name` where such a name stands for nothing certain; a typed prefix of several ids is
    UsageError `ambiguous-model`.
    """
    wanted = name.strip().casefold()
    names = _Names.of(card)
    if (found := names.fixed(wanted)) is not None:
        return found
    if wanted in names.moving:
        return _moving(name, names.moving[wanted], at, typed=typed)
    for form in (wanted, *behind_prefixes(wanted)):
        if form in names.deployments:
            return Resolved(names.deployments[form], "deployment")
        if form in names.undeployed:
            # Not whatever else the name looks like: its owner has said what it is.
            raise (UsageError if typed else DataError)(
                "unknown-model", f"the rate card has no model '{name}'", why=names.undeployed[form], fix=_ADD
            )
    for unwrapping in unwrapped(wanted):
        text = unwrapping.text
        inner = names.ids.get(text) or names.aliases.get(text)
        meant = Resolved(inner, "normalised") if inner is not None else None
        if meant is None and text in names.moving:
            meant = replace(_moving(name, names.moving[text], at, typed=typed), how="normalised")
        if meant is not None:
            return replace(meant, caution=unwrapping.caution(meant.id, card.models[meant.id].provider))
    if typed and (long := _by_prefix(names.ids, wanted, name)) is not None:
        return Resolved(long, "prefix")
    refused = refusal(wanted)
    raise (UsageError if typed else DataError)(
        "unknown-model",
        f"the rate card has no model '{name}'",
        why="" if refused is None else refused.reason,
        fix=(suggestion(card, wanted) or _ADD) if refused is None else refused.fix,
    )


_ADD = "add it to a card and pass that with --rates, or say what it stands for under deployments in routecli.yaml"


@dataclass(frozen=True, slots=True)
class _Names:
    """The names a card knows, in lower case, by the sort of name."""

    ids: Mapping[str, str]
    aliases: Mapping[str, str]
    pins: Mapping[str, str]
    moving: Mapping[str, Sequence[AliasPeriod]]
    deployments: Mapping[str, str]
    undeployed: Mapping[str, str]

    @classmethod
    def of(cls, card: RateCard) -> "_Names":
        return cls(
            {known.casefold(): known for known in card.models},
            {alias.casefold(): known.id for known in card.models.values() for alias in known.aliases},
            {short.casefold(): id for short, id in card.pins.items()},
            {alias.casefold(): periods for alias, periods in card.vendor_aliases.items()},
            {own.casefold(): id for own, id in card.deployments.items()},
            {own.casefold(): why for own, why in card.undeployed.items()},
        )

    def fixed(self, wanted: str) -> Resolved | None:
        """What a name is that means the same at all times."""
        if wanted in self.ids:
            return Resolved(self.ids[wanted], "exact")
        if wanted in self.aliases:
            return Resolved(self.aliases[wanted], "alias")
        return Resolved(self.pins[wanted], "pin") if wanted in self.pins else None


def taken(card: RateCard, name: str) -> str | None:
    """What a name means on the card as it is, in words; None where it is free."""
    wanted, names = name.strip().casefold(), _Names.of(card)
    if (found := names.fixed(wanted)) is not None:
        return {"exact": "the id of ", "alias": "an alias of ", "pin": "a short name of "}[found.how] + found.id
    return "a name that its vendor moves" if wanted in names.moving else None


def moves(card: RateCard, name: str) -> Sequence[datetime]:
    """The instants at which a logged name came to stand for something else; none for most names."""
    wanted, names = name.strip().casefold(), _Names.of(card)
    if names.fixed(wanted) is not None:
        return ()
    for text in (wanted, *(form.text for form in unwrapped(wanted))):
        if text in names.moving:
            return [period.start for period in names.moving[text] if period.start is not None]
        if text in names.ids or text in names.aliases:
            return ()
    return ()


def spellings(resolved: Mapping[Spelling, Resolved]) -> dict[str, list[Spelling]]:
    """Card id -> the names it has in the logs."""
    found: dict[str, list[Spelling]] = {}
    for spelling, one in resolved.items():
        found.setdefault(one.id, []).append(spelling)
    return found


def _moving(name: str, periods: Sequence[AliasPeriod], at: datetime | None, *, typed: bool) -> Resolved:
    found = None
    if at is None:
        found = periods[0] if len(periods) == 1 and periods[0].start is None else None
    else:
        found = next((one for one in reversed(periods) if one.start is None or one.start <= at), None)
    if found is None or found.id is None:
        stood = "; ".join(_said(period) for period in periods)
        when = " at that time" if at is not None else " without a time: it moved"
        raise (UsageError if typed else DataError)(
            "moved-name",
            f"'{name}' stands for no model of the rate card{when}",
            where=periods[0].origin,
            why=f"it stands for {stood}",
            fix="write the model's id" if typed else "add what it stood for to the card",
        )
    following = periods.index(found) + 1
    return Resolved(
        found.id,
        "dated alias",
        since=found.start,
        until=periods[following].start if following < len(periods) else None,
    )


def _said(period: AliasPeriod) -> str:
    what = "nothing on the card" if period.id is None else period.id
    return what if period.start is None else f"{what} from {_day(period.start)}"


def _day(instant: datetime) -> str:
    return (
        f"{instant:%Y-%m-%d}" if instant.hour == instant.minute == instant.second == 0 else f"{instant:%Y-%m-%dT%H:%MZ}"
    )


def newer_in_family(card: RateCard, id: str) -> str | None:
    """The id of the newest model the card knows to have followed `id`, or None.

    An explicit `supersedes` decides; without one, the latest release date of the same provider and family.
    """
    newest, seen = id, {id}
    while following := _followers(card, newest, seen):
        newest = max(following, key=lambda known: (known.released is not None, known.released, known.id)).id
        seen.add(newest)
    if newest != id:
        return newest
    own = card.models[id]
    if own.released is None:
        return None
    later = [
        (known.released, known.id)
        for known in card.models.values()
        if (known.provider, known.family) == (own.provider, own.family)
        and known.released is not None
        and known.released > own.released
    ]
    return max(later)[1] if later else None


def _followers(card: RateCard, id: str, seen: set[str]) -> list[ModelCard]:
    return [known for known in card.models.values() if id in known.supersedes and known.id not in seen]


def _by_prefix(ids: Mapping[str, str], wanted: str, name: str) -> str | None:
    if len(wanted) < SHORTEST_PREFIX:
        return None
    # `gpt-5` cut out of `gpt-5.5` is another version, not a shorter name.
    found = sorted(
        known
        for folded, known in ids.items()
        if folded.startswith(wanted) and not (wanted[-1].isdigit() and re.match(r"[.0-9]", folded[len(wanted) :]))
    )
    if len(found) > 1:
        raise UsageError(
            "ambiguous-model",
            f"'{name}' could be {', '.join(found[:-1])} or {found[-1]}",
            fix="write the whole name",
        )
    return found[0] if found else None


def suggestion(card: RateCard, name: str) -> str:
    """Models that may have been meant by an unknown name, as a question; empty where none is near.

    Those that the name begins with or that begin with it, then those that share most letters, or words and numbers.
    """
    names = _Names.of(card)
    bare = [name.strip().casefold(), *(form.text for form in unwrapped(name.strip().casefold()))][-1]
    near: dict[str, tuple[float, str]] = {}
    for known, id in {**{one: one for one in names.moving}, **names.pins, **names.aliases, **names.ids}.items():
        shown = known if known in names.pins or known in names.moving else id
        score = _likeness(bare, known)
        if score > near.get(id, (NEAR, ""))[0]:
            near[id] = score, shown
    # Of names equally near, the highest version first.
    best = [shown for _, shown in sorted(near.values(), reverse=True)][:3]
    return "did you mean " + " or ".join(f"'{known}'" for known in best) + "?" if best else ""


NEAR = 0.6
"""How alike two names must be for one to be suggested for the other."""


def _likeness(name: str, known: str) -> float:
    """From 0 (nothing in common) to 1: the share of words and numbers, or of letters, that two names have in common."""
    parts, others = _tokens(name), _tokens(known)
    shared = len(parts & others) / len(parts | others) if parts | others else 0.0
    matcher = SequenceMatcher(None, name, known)
    letters = matcher.ratio() if matcher.real_quick_ratio() > NEAR and matcher.quick_ratio() > NEAR else 0.0
    short, long = sorted((name, known), key=len)
    begins = len(short) >= SHORTEST_PREFIX and re.match(rf"{re.escape(short)}(?![a-z0-9])", long) is not None
    return max(shared, letters, 0.9 if begins else 0.0)


def _tokens(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]+|[0-9]+", name.casefold()))
