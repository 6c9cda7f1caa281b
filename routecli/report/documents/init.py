"""The document of `routecli init`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file: written, or kept because it was there."""

    path: str
    status: str
    what: str


@dataclass(frozen=True, slots=True)
class InitDocument:
    """What was written in `folder`, and the commands that come next."""

    folder: str
    files: list[FileLine]
    next: list[str]
