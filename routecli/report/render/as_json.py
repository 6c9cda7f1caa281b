"""The report's document as JSON: the contract itself, key order as given."""

import json
import re
from collections.abc import Mapping
from typing import Any

from routecli.report.format import is_unprintable
from routecli.report.view import View

_NOT_ASCII_LETTERS_OR_SPACE = re.compile(r"[^\n -~]")


def render(document: Mapping[str, Any], view: View, *, width: int | None = None, colour: bool = False) -> str:
    """Write the document indented by two; ValueError for NaN or an infinity, which JSON does not have."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    # json escapes only the control characters below U+0020. The rest (terminal commands of U+0080 to U+009F, text
    # reordering, half surrogates that no file can store) can stand only inside strings, where \u spells the same.
    return _NOT_ASCII_LETTERS_OR_SPACE.sub(_spell, text) + "\n"


def _spell(match: re.Match[str]) -> str:
    character = match.group()
    return f"\\u{ord(character):04x}" if is_unprintable(character) else character
