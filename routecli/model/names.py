"""What a model name means on a rate card, and how sure that is.

Exact id, then a card's alias, then a pinned short name, then a name that its vendor moves (what it stood for at the
time), then the name without what vendors and gateways wrap around it. Anything looser is suggested in the error, never
applied: a guessed model is a wrong price.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from routecli.errors import DataError, UsageError, did_you_mean
from routecli.model.rates import AliasPeriod, ModelCard, RateCard

How = Literal["exact", "alias", "pin", "dated alias", "normalised", "prefix"]
SHORTEST_PREFIX = 3

_VENDOR = re.compile(
    r"(openrouter|litellm_proxy|bedrock(?:/converse|/invoke)?|vertex_ai|vertex|google-vertex|azure_ai|azure|anthropic"
    r"|openai|google|gemini|deepseek|models|publishers/(?:google|anthropic)/models)"
    r"(?:/|:(?:(?:chat|completion|responses|messages):)?)"
)
_BEDROCK = re.compile(r"(?:(us|eu|apac|jp|au|us-gov|global)\.)?(?:anthropic|openai|deepseek|google)\.")
_VERSION = re.compile(r"-v1$|-v[0-9]+:[0-9]+$")
_DATE = re.compile(r"[-@](20[0-9]{2})(-?)(0[1-9]|1[0-2])\2(0[1-9]|[12][0-9]|3[01])$")


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
    ids = {known.casefold(): known for known in card.models}
    if wanted in ids:
        return Resolved(ids[wanted], "exact")
    aliases = {alias.casefold(): known.id for known in card.models.values() for alias in known.aliases}
    if wanted in aliases:
        return Resolved(aliases[wanted], "alias")
    pins = {short.casefold(): target for short, target in card.pins.items()}
    if wanted in pins:
        return Resolved(pins[wanted], "pin")
    moving = {alias.casefold(): periods for alias, periods in card.vendor_aliases.items()}
    if wanted in moving:
        return _moving(name, moving[wanted], at, typed=typed)
    for form in stripped(wanted):
        found = ids.get(form) or aliases.get(form)
        if found is not None:
            return Resolved(found, "normalised", _caution(wanted, found))
        if form in moving:
            meant = _moving(name, moving[form], at, typed=typed)
            return replace(meant, how="normalised", caution=_caution(wanted, meant.id))
    if typed and (found := _by_prefix(ids, wanted, name)) is not None:
        return Resolved(found, "prefix")
    raise (UsageError if typed else DataError)(
        "unknown-model",
        f"the rate card has no model '{name}'",
        fix=_suggestion(card, wanted) or "add it to a card and pass that with --rates",
    )


def moves(card: RateCard, name: str) -> Sequence[datetime]:
    """The instants at which a logged name came to stand for something else; none for most names."""
    wanted = name.strip().casefold()
    own = {*card.models, *(alias for known in card.models.values() for alias in known.aliases), *card.pins}
    fixed = {known.casefold() for known in own}
    moving = {alias.casefold(): periods for alias, periods in card.vendor_aliases.items()}
    form = next((form for form in (wanted, *stripped(wanted)) if form in moving or form in fixed), wanted)
    if form in fixed:
        return ()
    return [period.start for period in moving.get(form, ()) if period.start is not None]


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


def stripped(name: str) -> Iterator[str]:
    """The forms of a lower-case name without vendor prefix, version and date, the least stripped first.

    Only whole, known wrappings come off, so what remains still names one model.

    >>> list(stripped("bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0"))[-1]
    'claude-haiku-4-5'
    >>> list(stripped("gpt-5.5-pro"))
    []
    """
    bases = [name]
    while match := _VENDOR.match(bases[-1]) or _BEDROCK.match(bases[-1]):
        bases.append(bases[-1][match.end() :])
    yield from bases[1:]
    for base in bases:
        bare = _VERSION.sub("", base)
        if bare != base:
            yield bare
        if (undated := _DATE.sub("", bare)) != bare:
            yield undated


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


def _caution(wanted: str, found: str) -> str:
    forms = [wanted, *stripped(wanted)]
    region = next((match[1] for form in forms if (match := _BEDROCK.match(form)) and match[1]), None)
    if region is not None and region != "global" and "anthropic." not in found:
        return f"'{region}.' is a regional profile, which vendors charge about 10 % more for than {found}'s list price"
    if wanted.startswith("openrouter"):
        return f"OpenRouter sets its own prices; this is {found}'s list price at its vendor"
    return ""


def _suggestion(card: RateCard, wanted: str) -> str:
    names: Iterable[str] = [
        *card.models,
        *(alias for known in card.models.values() for alias in known.aliases),
        *card.pins,
        *card.vendor_aliases,
    ]
    bare = [wanted, *stripped(wanted)][-1]
    close = did_you_mean(bare, names)
    if close:
        return close
    parts = _tokens(bare)
    shared = {known: len(parts & _tokens(known)) / len(parts | _tokens(known)) for known in card.models}
    best = sorted((known for known in shared if shared[known] >= 0.4), key=lambda known: (-shared[known], known))[:3]
    return "did you mean " + " or ".join(f"'{known}'" for known in best) + "?" if best else ""


def _tokens(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]+|[0-9]+", name.casefold()))
