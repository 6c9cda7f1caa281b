"""One card file taken apart: its header and each model validated on its own, so that one mistake hides no other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from routecli.data.card_file import CardHeader, ModelEntry, card_json_schema
from routecli.data.card_rules import header_problems, model_problems
from routecli.data.yaml_lines import Document, Place, Problem, validation_problems

RATE_ROWS = "rate-rows"
"""A rule whose breaches `rates check` names apart from a plainly malformed file."""


@dataclass(frozen=True, slots=True)
class CardParts:
    """A card file with its valid parts; `problems` says what is wrong with the rest."""

    document: Document
    header: CardHeader | None
    models: Mapping[str, ModelEntry]
    problems: tuple[Problem, ...]
    broken: frozenset[str] = frozenset()


def card_parts(document: Document) -> CardParts:
    """Validates the header and each model on its own, so that one mistake hides no other."""
    if not isinstance(document.data, dict):
        wrong = () if document.problems else (document.problem((), "a rate card is a mapping of keys to values"),)
        return CardParts(document, None, {}, (*document.problems, *wrong))
    problems = list(document.problems)
    header = _header(document, problems)
    models: dict[str, ModelEntry] = {}
    broken: set[str] = set()
    given = document.data.get("models")
    if not isinstance(given, dict) or not given:
        problems.append(document.problem(("models",), "'models' must hold at least one model"))
        given = {}
    for name, entry in given.items():
        known = len(problems)
        model = _model(document, name, entry, problems)
        if model is not None:
            models[name] = model
        if len(problems) > known:
            broken.add(name)
    return CardParts(document, header, models, tuple(problems), frozenset(broken))


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
        rule = RATE_ROWS if "prices" in place else found.rule
        problems.append(replace(found, path=found.path.removeprefix("models."), rule=rule))
    return model


def raw_models(document: Document) -> dict[str, Any]:
    """The models as written, also the broken ones."""
    models = document.data.get("models") if isinstance(document.data, dict) else None
    return models if isinstance(models, dict) else {}


def raw_names(document: Document) -> Iterator[tuple[str, str, Place]]:
    """Every name of every model, also of broken ones: (name, id, place)."""
    for model, entry in raw_models(document).items():
        yield model, model, ("models", model)
        aliases = entry.get("aliases") if isinstance(entry, dict) else None
        for number, alias in enumerate(aliases if isinstance(aliases, list) else ()):
            if isinstance(alias, str):
                yield alias, model, ("models", model, "aliases", number)
