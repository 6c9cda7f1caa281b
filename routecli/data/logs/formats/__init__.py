"""Log formats, declared: a new format is one new file beside this one and one line in `FORMATS`.

A format says which keys of a record it reads and how each canonical column follows from them. Every expression is
SQL over text, so that no type is ever guessed; what the text means is the business of `routecli.data.logs.kinds`.
"""

from collections.abc import Iterable

from routecli.data.logs.formats import native
from routecli.data.logs.formats.record import Format, Reading, Refusal

__all__ = ["FORMATS", "Format", "Reading", "Refusal", "by_id", "matching"]

FORMATS: tuple[Format, ...] = (native.FORMAT,)
"""In order of detection: the product's own schema is last, because its keys are everyday words."""


def by_id(id: str) -> Format | None:
    """The format with this id, or None."""
    return next((format for format in FORMATS if format.id == id), None)


def matching(records: Iterable[frozenset[str]]) -> list[Format]:
    """Formats that recognise any of the records (each given as the set of its keys), vendor formats first.

    The product's own schema only counts where no other format matches.
    """
    seen = list(records)
    found = [format for format in FORMATS if any(format.recognises(keys) for keys in seen)]
    return [format for format in found if not format.fallback] or found
