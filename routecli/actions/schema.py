"""`schema`: JSON Schemas made from the records themselves, so that they cannot part from what is printed."""

import json
from collections.abc import Callable
from typing import Any

from routecli.errors import UsageError, did_you_mean
from routecli.report.documents import DOCUMENTS, document_class, schema_id

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(name: str | None) -> str:
    """The schema's text, or the list of names. Raises UsageError for an unknown name."""
    if name is None:
        return "\n".join([*DOCUMENTS, *FILES]) + "\n"
    if name in FILES:
        return json.dumps({"$schema": DIALECT, **FILES[name]()}, indent=2) + "\n"
    if name not in DOCUMENTS:
        known = [*DOCUMENTS, *FILES]
        raise UsageError(
            "unknown-schema",
            f"there is no schema '{name}'",
            fix=did_you_mean(name, known) or f"one of {', '.join(known)}",
        )
    return json.dumps(document_schema(name), indent=2) + "\n"


def document_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of a report document."""
    from pydantic import TypeAdapter

    body = TypeAdapter(document_class(name)).json_schema(mode="serialization")
    head = {"schema": {"const": schema_id(name)}, "routecli": {"type": "string"}}
    return {
        "$schema": DIALECT,
        **body,
        "properties": {**head, **body["properties"]},
        "required": [*head, *body["required"]],
    }


def _card() -> dict[str, Any]:
    from routecli.data.card_file import card_json_schema

    return card_json_schema()


def _aliases() -> dict[str, Any]:
    from routecli.data.card_file import aliases_json_schema

    return aliases_json_schema()


def _overlay() -> dict[str, Any]:
    from routecli.data.overlay_file import overlay_json_schema

    return overlay_json_schema()


def _policy() -> dict[str, Any]:
    from routecli.data.policy_file import policy_json_schema

    return policy_json_schema()


FILES: dict[str, Callable[[], dict[str, Any]]] = {
    "aliases": _aliases,
    "card": _card,
    "overlay": _overlay,
    "policy": _policy,
}
"""Files that people write, by name."""
