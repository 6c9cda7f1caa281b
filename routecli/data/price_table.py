"""Which rates hold for which requests, as a number per combination of values that prices tell apart.

Values of a column that no price tells apart are one class; what is left is numbered, name by name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from routecli.model.request_prices import PRICED_BY, PricedKey, Rates5

DEAR = ("windows",)
"""Columns whose class is found out for the names only that it matters for."""
MOST_NUMBERS = 4_096
"""Up to so many numbers a class adds the same to every name's, which spares a look at the name per column."""

USUAL = (None, "standard", False, ())
"""What most requests have in a column: its class is the one that is left when no other is met."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One column of the key: the classes of values that no price tells apart, and the names for which they matter.

    `steps` are what one class adds to the number of each name. The first class adds nothing.
    """

    name: str
    classes: tuple[tuple[Any, ...], ...]
    matters: frozenset[int]
    steps: tuple[int, ...] = ()

    def place(self, value: Any) -> int | None:
        """The class that holds a value, None where none does."""
        return next((place for place, members in enumerate(self.classes) if value in members), None)


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Names with the first number of each; the columns that matter; id and rates by number, None without a price."""

    names: tuple[str | None, ...]
    bases: tuple[int, ...]
    dimensions: tuple[Dimension, ...]
    rows: tuple[tuple[str | None, Rates5] | None, ...]

    @property
    def complete(self) -> bool:
        """Whether every combination there is has a price."""
        return all(row is not None for row in self.rows)


def price_table(keys: Sequence[PricedKey]) -> PriceTable:
    """The fewest classes of each column that keep all prices apart, and the rates by the number of the combination."""
    names = tuple(dict.fromkeys(key.name for key in keys))
    number = {name: place for place, name in enumerate(names)}
    found = {(number[key.name], *key.values): (key.id, key.rates) for key in keys}
    dimensions: list[tuple[int, Dimension]] = []
    for place, name in enumerate(PRICED_BY, 1):
        if len({key[place] for key in found}) == 1:
            continue
        classes = _merged(found, place)
        matters = _told_apart(found, place) if len(classes) > 1 else frozenset()
        of = {value: at for at, members in enumerate(classes) for value in members}
        found = {
            (*key[:place], of[key[place]] if key[0] in matters else 0, *key[place + 1 :]): rates
            for key, rates in found.items()
        }
        if matters:
            dimensions.append((place, Dimension(name, tuple(map(tuple, classes)), matters)))
    bases, steps, size = _numbered(len(names), [one for _, one in dimensions])
    rows: list[tuple[str | None, Rates5] | None] = [None] * size
    for key, (id, rates) in found.items():
        if rates is not None:
            added = (
                [key[place] * own[key[0]]] if key[0] in one.matters else _every(one, own[key[0]])
                for (place, one), own in zip(dimensions, steps, strict=True)
            )
            for parts in product(*added):
                rows[bases[key[0]] + sum(parts)] = id, rates
    unpriced = any(rates is None for _, rates in found.values())
    if not unpriced:
        # Numbers of combinations that no request has: what stands there is never looked up.
        rows = [row or (None, (0, 0, 0, 0, 0)) for row in rows]
    kept = tuple(
        Dimension(one.name, one.classes, one.matters, own) for (_, one), own in zip(dimensions, steps, strict=True)
    )
    return PriceTable(names, tuple(bases), kept, tuple(rows))


def _every(dimension: Dimension, step: int) -> list[int]:
    """What the classes add to the number of a name for which they do not matter."""
    return [place * step for place in range(len(dimension.classes) if step else 1)]


def _numbered(names: int, dimensions: Sequence[Dimension]) -> tuple[list[int], list[tuple[int, ...]], int]:
    """The first number of each name, what a class of each dimension adds to it by name, and how many there are."""
    every = prod(len(dimension.classes) for dimension in dimensions)
    alike = names * every <= MOST_NUMBERS
    bases: list[int] = []
    steps: list[list[int]] = [[] for _ in dimensions]
    last = 0
    for name in range(names):
        bases.append(last)
        size = 1
        for own, dimension in zip(steps, dimensions, strict=True):
            told = name in dimension.matters
            own.append(size if told or (alike and dimension.name not in DEAR) else 0)
            size *= len(dimension.classes) if own[-1] else 1
        last += size
    return bases, [tuple(own) for own in steps], last


def _told_apart(found: Mapping[tuple[Any, ...], Any], place: int) -> frozenset[int]:
    """The names of which this column changes some price."""
    seen: dict[tuple[Any, ...], Any] = {}
    return frozenset(
        key[0]
        for key, outcome in found.items()
        if seen.setdefault((*key[:place], *key[place + 1 :]), outcome) != outcome
    )


def _merged(found: Mapping[tuple[Any, ...], Any], place: int) -> list[list[Any]]:
    """The values of one column, those together that no price tells apart; for numbers only neighbours join.

    The class of what is usual comes first; of numbers, that of the least.
    """
    outcomes: dict[Any, dict[tuple[Any, ...], Any]] = {}
    for key, outcome in found.items():
        outcomes.setdefault(key[place], {})[(*key[:place], *key[place + 1 :])] = outcome
    ordered = sorted(outcomes, key=lambda value: (value is None, 0 if value is None else value))
    steps = PRICED_BY[place - 1] in ("epoch", "band")
    classes: list[tuple[list[Any], dict[tuple[Any, ...], Any]]] = []
    for value in ordered:
        own = outcomes[value]
        candidates = classes[-1:] if steps and value is not None else classes
        for members, merged in candidates:
            if all(merged.get(rest, outcome) == outcome for rest, outcome in own.items()):
                members.append(value)
                merged.update(own)
                break
        else:
            classes.append(([value], dict(own)))
    found_classes = [members for members, _ in classes]
    if not steps:
        found_classes.sort(key=lambda members: (not any(usual in members for usual in USUAL), -len(members)))
    return found_classes
