"""From rate-card files to one `RateCard`: a single file, a folder, or the card that comes with the program.

All problems of all files are found before anything is raised; a card with a problem is never used in part.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from routecli.data.card_file import AliasFile, CardHeader, ModelEntry, aliases_json_schema, card_json_schema
from routecli.data.card_records import model_records
from routecli.data.card_rules import header_problems, model_problems
from routecli.data.shipped import shipped
from routecli.data.yaml_lines import Document, Place, Problem, read_bytes, read_yaml, shown, validation_problems
from routecli.errors import DataError, EnvironmentFault, ProblemsError, did_you_mean
from routecli.model.rates import RateCard

SHIPPED = "shipped"
ALIASES_FILE = "aliases.yaml"


@dataclass(frozen=True, slots=True)
class Source:
    """One file as read: how messages call it, its bytes, its document."""

    name: str
    content: bytes
    document: Document


@dataclass(frozen=True, slots=True)
class _File:
    """A card file with its valid parts; `problems` says what is wrong with the rest."""

    document: Document
    header: CardHeader | None
    models: Mapping[str, ModelEntry]
    problems: tuple[Problem, ...]


def load_card(path: Path | None) -> RateCard:
    """The rate card at `path`, a file or a folder of `*.yaml`; None is the card that comes with the program.

    A given card replaces the shipped one. A folder's own `aliases.yaml` pins the short names; without one the
    shipped pins hold whose model this card has. Raises EnvironmentFault `no-such-file`, DataError `empty-card`, and
    ProblemsError `bad-card` with every problem of every file.
    """
    return _shipped_card() if path is None else _card(path, str(path), pins=_shipped_card().pins)


@cache
def _shipped_card() -> RateCard:
    folder = shipped("pricing")
    return replace(_card(folder, folder.name, pins={}), path=SHIPPED)


def _card(path: Path, label: str, *, pins: Mapping[str, str]) -> RateCard:
    sources = _sources(path, label)
    cards = [source for source in sources if Path(source.name).name != ALIASES_FILE]
    if not cards:
        raise DataError("empty-card", "the folder holds no rate card", where=label, fix="put a *.yaml card file there")
    files = [_file(source.document) for source in cards]
    problems = [problem for file in files for problem in file.problems]
    problems += _name_problems([file.document for file in files])
    ids = {name for file in files for name in _raw_models(file.document)}
    for source in sources:
        if Path(source.name).name == ALIASES_FILE:
            pins, found = _pins(source.document, ids, _names([file.document for file in files]))
            problems += found
    order = {source.name: number for number, source in enumerate(sources)}
    _refuse(sorted(problems, key=lambda problem: (order[problem.file], problem.line)))
    models = {
        model.id: model
        for file in files
        if file.header is not None
        for model in model_records(file.document, file.header, file.models)
    }
    return RateCard(
        models=dict(sorted(models.items())),
        pins={name: target for name, target in sorted(pins.items()) if target in models},
        path=label,
        sha256=_digest(sources),
    )


def _sources(path: Path, label: str) -> list[Source]:
    if not path.exists():
        raise EnvironmentFault(
            "no-such-file", "no such rate card", where=label, fix="give a card file or a folder of them"
        )
    if not path.is_dir():
        content = read_bytes(path)
        return [Source(label, content, read_yaml(content, label))]
    found = sorted(entry for entry in path.iterdir() if entry.suffix in (".yaml", ".yml") and entry.is_file())
    contents = [(f"{label.rstrip('/')}/{entry.name}", read_bytes(entry)) for entry in found]
    return [Source(name, content, read_yaml(content, name)) for name, content in contents]


def _digest(sources: Sequence[Source]) -> str:
    # Lengths keep two files from hashing like one; folders do not count, so a moved card keeps its digest.
    digest = hashlib.sha256()
    for source in sources:
        digest.update(f"{Path(source.name).name}\0{len(source.content)}\0".encode())
        digest.update(source.content)
    return digest.hexdigest()


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        lines = [str(problem) for problem in problems]
        count = f"{len(lines)} problems in the rate card, the first: " if len(lines) > 1 else ""
        raise ProblemsError("bad-card", f"{count}{lines[0]}", lines)


def _file(document: Document) -> _File:
    """Validates the header and each model on its own, so that one mistake hides no other."""
    if not isinstance(document.data, dict):
        wrong = () if document.problems else (document.problem((), "a rate card is a mapping of keys to values"),)
        return _File(document, None, {}, (*document.problems, *wrong))
    problems = list(document.problems)
    header = _header(document, problems)
    models: dict[str, ModelEntry] = {}
    given = document.data.get("models")
    if not isinstance(given, dict) or not given:
        problems.append(document.problem(("models",), "'models' must hold at least one model"))
        given = {}
    for name, entry in given.items():
        model = _model(document, name, entry, problems)
        if model is not None:
            models[name] = model
    return _File(document, header, models, tuple(problems))


def _header(document: Document, problems: list[Problem]) -> CardHeader | None:
    rest = {key: value for key, value in document.data.items() if key != "models"}
    try:
        header = CardHeader.model_validate(rest)
    except ValidationError as error:
        problems += validation_problems(error, document, card_json_schema())
        return None
    problems += (document.problem(place, text) for place, text in header_problems(header))
    return header


def _model(document: Document, name: str, entry: Any, problems: list[Problem]) -> ModelEntry | None:
    inside: Place = ("models", name)
    try:
        model = ModelEntry.model_validate(entry)
    except ValidationError as error:
        schema = {**card_json_schema(), **card_json_schema()["$defs"]["ModelEntry"]}
        problems += validation_problems(error, document, schema, inside=inside, hide=1)
        return None
    for place, text in model_problems(name, model):
        found = document.problem((*inside, *place), text)
        problems.append(replace(found, path=found.path.removeprefix("models.")))
    return model


def _raw_models(document: Document) -> dict[str, Any]:
    models = document.data.get("models") if isinstance(document.data, dict) else None
    return models if isinstance(models, dict) else {}


def _raw_names(document: Document) -> Iterator[tuple[str, str, Place]]:
    """Every name of every model, also of broken ones: (name, id, place)."""
    for model, entry in _raw_models(document).items():
        yield model, model, ("models", model)
        aliases = entry.get("aliases") if isinstance(entry, dict) else None
        for number, alias in enumerate(aliases if isinstance(aliases, list) else ()):
            if isinstance(alias, str):
                yield alias, model, ("models", model, "aliases", number)


def _names(documents: Sequence[Document]) -> dict[str, str]:
    """Names in lower case with the id they stand for."""
    return {name.casefold(): model for document in documents for name, model, _ in _raw_names(document)}


def _name_problems(documents: Sequence[Document]) -> Iterator[Problem]:
    """A name may stand for one model only, whatever its case."""
    seen: dict[str, tuple[str, str]] = {}
    for kind in ("model id", "alias"):
        for document in documents:
            for name, model, place in _raw_names(document):
                if (kind == "alias") != (len(place) > 2):
                    continue
                owner = seen.get(name.casefold())
                if owner is None:
                    seen[name.casefold()] = (model, f"{document.name}:{document.line(place)}")
                elif owner[0] != model or kind == "model id" or name.casefold() != model.casefold():
                    found = document.problem(place, f"{kind} '{name}' is taken by {owner[0]} at {owner[1]}")
                    yield replace(found, path=found.path.removeprefix("models."))


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
            problems.append(document.problem(place, f"'{name}' is already a name of {names[name.casefold()]}"))
        if name.casefold() in seen:
            problems.append(document.problem(place, f"'{name}' is pinned twice in different case"))
        seen.add(name.casefold())
    return dict(file.aliases), problems
