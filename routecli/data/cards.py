"""From rate-card files to one `RateCard`: a single file, a folder, or the card that comes with the program.

All problems of all files are found before anything is raised; a card with a problem prices nothing, not even in part.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from routecli.data.card_file import AliasFile, AliasPeriodEntry, aliases_json_schema
from routecli.data.card_parts import CardParts, card_parts, raw_models, raw_names
from routecli.data.card_records import alias_records, model_records
from routecli.data.card_texts import CardText, local_texts, texts_at
from routecli.data.shipped import shipped
from routecli.data.yaml_lines import Document, Place, Problem, read_yaml, shown, validation_problems
from routecli.errors import DataError, ProblemsError, did_you_mean
from routecli.model.rates import RateCard

SHIPPED = "shipped"
ALIASES_FILE = "aliases.yaml"
ALIAS_CLASH = "alias-clash"
"""A rule whose breaches `rates check` names apart from a plainly malformed file, as those of `RATE_ROWS`."""


@dataclass(frozen=True, slots=True)
class CardReading:
    """A card as far as it can be read, and all that is wrong with its files, in their order.

    `card` lacks the models that something is wrong with, but for a clash of names.
    """

    card: RateCard
    problems: tuple[Problem, ...]


def load_card(path: Path | None) -> RateCard:
    """The rate card at `path`, a file or a folder of `*.yaml`; None is the card that comes with the program.

    A given card replaces the shipped one. A folder's own `aliases.yaml` pins the short names; without one the
    shipped pins hold whose model this card has. Raises EnvironmentFault `no-such-file`, DataError `empty-card`, and
    ProblemsError `bad-card` with every problem of every file.
    """
    return _shipped_card() if path is None else _whole(_read(local_texts(path), str(path), _shipped_pins))


def load_card_at(place: str) -> RateCard:
    """As `load_card`, for a path, `shipped`, or `REVISION:PATH` of the git repository around the working directory."""
    return _whole(read_card_at(place))


def read_card_at(place: str) -> CardReading:
    """The card there with its problems, instead of a refusal: for commands that report them."""
    if place == SHIPPED and not Path(place).exists():
        return _read_shipped()
    return _read(texts_at(place), place, _shipped_pins)


def read_texts(texts: Sequence[CardText], label: str) -> CardReading:
    """The card that these texts would make, read like files."""
    return _read(texts, label, _shipped_pins)


def _shipped_pins() -> Mapping[str, str]:
    return _shipped_card().pins


@cache
def _shipped_card() -> RateCard:
    return _whole(_read_shipped())


@cache
def _read_shipped() -> CardReading:
    folder = shipped("pricing")
    found = _read(local_texts(folder, folder.name), folder.name, dict)
    return replace(found, card=replace(found.card, path=SHIPPED))


def _whole(reading: CardReading) -> RateCard:
    if reading.problems:
        lines = [str(problem) for problem in reading.problems]
        count = f"{len(lines)} problems in the rate card, the first: " if len(lines) > 1 else ""
        raise ProblemsError("bad-card", f"{count}{lines[0]}", lines)
    return reading.card


def _read(texts: Sequence[CardText], label: str, other_pins: Callable[[], Mapping[str, str]]) -> CardReading:
    """`other_pins` are asked for only where the files pin no names themselves."""
    files = [_checked(text) for text in texts if Path(text.name).name != ALIASES_FILE]
    if not files:
        raise DataError("empty-card", "the folder holds no rate card", where=label, fix="put a *.yaml card file there")
    problems = [problem for file in files for problem in file.problems]
    problems += _name_problems([file.document for file in files])
    ids = {name for file in files for name in raw_models(file.document)}
    names = _names([file.document for file in files])
    problems += vendor_alias_problems(files, ids, names)
    taken = {name.casefold(): f"{name}, which its vendor moves" for file in files for name in _moving(file)} | names
    pins: Mapping[str, str] | None = None
    origins: dict[str, str] = {}
    for text in texts:
        if Path(text.name).name == ALIASES_FILE:
            document = read_yaml(text.content, text.name)
            pins, found = _pins(document, ids, taken)
            origins = {name: f"{document.name}:{document.line(('aliases', name))}" for name in pins}
            problems += found
    order = {text.name: number for number, text in enumerate(texts)}
    models = {
        model.id: model
        for file in files
        if file.header is not None
        for model in model_records(file.document, file.header, file.models)
        if model.id not in file.broken
    }
    moving = {
        name: periods
        for file in files
        if file.header is not None
        for name, periods in alias_records(file.document, file.header).items()
    }
    pins = other_pins() if pins is None else pins
    card = RateCard(
        models=dict(sorted(models.items())),
        pins={name: target for name, target in sorted(pins.items()) if target in models},
        path=label,
        sha256=digest(texts),
        origins=origins,
        vendor_aliases=dict(sorted(moving.items())),
    )
    return CardReading(card, tuple(sorted(problems, key=lambda problem: (order[problem.file], problem.line))))


def digest(texts: Sequence[CardText]) -> str:
    """The sha256 of the files' names and bytes; folders do not count, so a moved card keeps it."""
    # Lengths keep two files from hashing like one.
    digest = hashlib.sha256()
    for text in texts:
        digest.update(f"{Path(text.name).name}\0{len(text.content)}\0".encode())
        digest.update(text.content)
    return digest.hexdigest()


def _checked(text: CardText) -> CardParts:
    """One file. Two cards that are compared mostly hold the same files: bytes seen before are not read again."""
    known = _sound(text.content)
    if known.problems:
        return card_parts(read_yaml(text.content, text.name))
    return replace(known, document=replace(known.document, name=text.name))


@cache
def _sound(content: bytes) -> CardParts:
    return card_parts(read_yaml(content, ""))


def _names(documents: Sequence[Document]) -> dict[str, str]:
    """Names in lower case with the id they stand for."""
    return {name.casefold(): model for document in documents for name, model, _ in raw_names(document)}


def _name_problems(documents: Sequence[Document]) -> Iterator[Problem]:
    """A name may stand for one model only, whatever its case."""
    seen: dict[str, tuple[str, str]] = {}
    for kind in ("model id", "alias"):
        for document in documents:
            for name, model, place in raw_names(document):
                if (kind == "alias") != (len(place) > 2):
                    continue
                owner = seen.get(name.casefold())
                if owner is None:
                    seen[name.casefold()] = (model, f"{document.name}:{document.line(place)}")
                elif owner[0] != model or kind == "model id" or name.casefold() != model.casefold():
                    found = document.problem(place, f"{kind} '{name}' is taken by {owner[0]} at {owner[1]}")
                    yield replace(found, path=found.path.removeprefix("models."), rule=ALIAS_CLASH)


def _moving(file: CardParts) -> Mapping[str, Sequence[AliasPeriodEntry]]:
    return {} if file.header is None else file.header.vendor_aliases


def vendor_alias_problems(files: Sequence[CardParts], ids: set[str], names: Mapping[str, str]) -> Iterator[Problem]:
    """A moving name is no other name of the card, is moved in one file only, and stands for models of the card."""
    seen: dict[str, str] = {}
    for file in files:
        for name, periods in _moving(file).items():
            place: Place = ("vendor_aliases", name)
            owner = names.get(name.casefold()) or seen.get(name.casefold())
            if owner is not None:
                yield file.document.problem(place, f"'{name}' is already a name of {owner}")
            seen.setdefault(name.casefold(), f"'{name}' at {file.document.name}:{file.document.line(place)}")
            for number, period in enumerate(periods):
                if period.to is not None and period.to not in ids:
                    hint = did_you_mean(period.to, sorted(ids), most=1)
                    text = f"the card has no model {shown(period.to)}" + (f": {hint}" if hint else "")
                    yield file.document.problem((*place, number, "to"), text)


def _pins(document: Document, ids: set[str], names: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    if not isinstance(document.data, dict):
        return {}, list(document.problems) or [document.problem((), "a mapping of keys to values is expected")]
    problems = list(document.problems)
    try:
        file = AliasFile.model_validate(document.data)
    except ValidationError as error:
        return {}, [*problems, *validation_problems(error, document, aliases_json_schema())]
    seen: set[str] = set()
    for name, target in file.aliases.items():
        place: Place = ("aliases", name)
        if target not in ids:
            hint = did_you_mean(target, sorted(ids), most=1)
            problems.append(
                document.problem(place, f"the card has no model {shown(target)}" + (f": {hint}" if hint else ""))
            )
        if names.get(name.casefold(), target) != target:
            problems.append(_clash(document, place, f"'{name}' is already a name of {names[name.casefold()]}"))
        if name.casefold() in seen:
            problems.append(_clash(document, place, f"'{name}' is pinned twice in different case"))
        seen.add(name.casefold())
    return dict(file.aliases), problems


def _clash(document: Document, place: Place, text: str) -> Problem:
    return replace(document.problem(place, text), rule=ALIAS_CLASH)
