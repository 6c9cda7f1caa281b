"""Where logs come from: a new kind of source is one new file beside this one and one line in `KINDS`.

Whatever the kind, a source is opened as one plain file (`Opened`): compressed, remote and piped ones are spooled.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from routecli.data.logs.sources.files import FILES, found_file
from routecli.data.logs.sources.held import Held
from routecli.data.logs.sources.objects import GCS, S3
from routecli.data.logs.sources.postgres import POSTGRES
from routecli.data.logs.sources.source import Ask, Found, Kind, Opened
from routecli.data.logs.sources.spool import even_lines, temporary
from routecli.data.logs.sources.stdin import STDIN
from routecli.errors import UsageError
from routecli.model.ingest import IngestOptions

__all__ = [
    "KINDS",
    "Ask",
    "Found",
    "Held",
    "Kind",
    "Opened",
    "even_lines",
    "find",
    "found_file",
    "opened",
    "temporary",
]

KINDS: tuple[Kind, ...] = (STDIN, S3, GCS, POSTGRES, FILES)
"""The first that takes a path counts; files, which take everything, are last."""

_BY_ID = {kind.id: kind for kind in KINDS}


def find(paths: Sequence[str], options: IngestOptions | None = None) -> list[Found]:
    """Everything the paths name, each thing once, in the order given (folders and patterns sorted).

    Raises UsageError `unused-option` for an option that is about none of them, and what a kind has against a path.
    """
    options = options or IngestOptions()
    named = [(path, next(kind for kind in KINDS if kind.takes(path))) for path in paths]
    _check_options(options, {kind.id for _, kind in named})
    found: list[Found] = []
    seen: set[str] = set()
    for path, kind in named:
        for one in kind.find(path, options):
            if one.key:
                if one.key in seen:
                    continue
                seen.add(one.key)
            found.append(one)
    return found


def _check_options(options: IngestOptions, ids: set[str]) -> None:
    for kind in KINDS:
        for name in kind.options:
            if getattr(options, name) and kind.id not in ids:
                what = f"--{name} is about {kind.id} sources, and none is given"
                raise UsageError("unused-option", what, fix="leave it out")


def opened(found: Found, ask: Ask) -> AbstractContextManager[Opened]:
    """The source as one plain file. Raises EnvironmentFault or DataError where it cannot be read to its end."""
    return _BY_ID[found.kind].opened(found, ask)
