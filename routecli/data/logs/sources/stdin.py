"""Standard input, written `-`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from routecli.data.logs.sources.source import Ask, Found, Kind, Opened
from routecli.data.logs.sources.spool import spooled
from routecli.model.ingest import IngestOptions

NAME = "-"


def _find(given: str, options: IngestOptions) -> Iterator[Found]:
    yield Found(NAME, "stdin", NAME, NAME, "stdin")


@contextmanager
def _opened(found: Found, ask: Ask) -> Iterator[Opened]:
    with spooled(cast(BinaryIO, sys.stdin.buffer), found.name, ask.beside) as spool:
        yield Opened(spool.path, spool.size, "", lambda watch=None: spool.digest, spool.complete)


STDIN = Kind("stdin", lambda given: given == NAME, _find, _opened)
