"""What every kind of source is made of: things found, asked for, and opened as one plain file each."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from routecli.data.logs.formats import Format
from routecli.data.logs.sources.digest import Digested
from routecli.errors import RoutecliError
from routecli.model.ingest import IngestOptions


@dataclass(frozen=True, slots=True)
class Found:
    """One thing to ingest, or why it cannot be.

    `name` is what it is called in reports and in the store: never with a password in it. `base` is the name that
    stays the same over rotation and from machine to machine. Two finds with the same `key` are the same thing.
    `at` is where its kind finds it again, which may hold a password; `kind` is the id of that kind. `size` in bytes, as
    far as it is known before it is opened.
    """

    name: str
    base: str = ""
    key: str = ""
    at: Any = field(default="", repr=False)
    kind: str = ""
    error: RoutecliError | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What opening a source may need to know.

    `beside` is the folder for spools. `recall(key)` is what the store remembers under that key, `known(digest)`
    whether these bytes were ingested. `format(columns)` is the format of a table with these columns, so that no other
    column is fetched. `latest` is the last believable instant (ISO, UTC).
    """

    beside: Path
    options: IngestOptions = field(default_factory=IngestOptions)
    recall: Callable[[str], str | None] = lambda key: None
    known: Callable[[str], bool] = lambda digest: False
    format: Callable[[Sequence[str]], Format] | None = None
    latest: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A plain file to read at `path` (for the length of the `with`). `size` is of the source's own bytes.

    A `digest` of None: the source is no sequence of bytes. `grew()`: there are more of them by now. `suffix` is the
    lower-case suffix without compression. `remember` is the key and the state to be kept with the rows. `known`: these
    bytes were ingested before, so there is nothing at `path`. What follows is of tables: `format` is what they are read
    as, `since` where a continued read began (None: it is a whole one), `notes` what the user should know.
    """

    path: str
    size: int
    suffix: str
    digest: Digested | None
    complete: bool = True
    remember: tuple[str, str] | None = None
    known: bool = False
    format: Format | None = None
    since: str | None = None
    notes: tuple[str, ...] = ()
    grew: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of source. `options` are the fields of IngestOptions that only such sources use."""

    id: str
    takes: Callable[[str], bool]
    find: Callable[[str, IngestOptions], Iterator[Found]]
    opened: Callable[[Found, Ask], AbstractContextManager[Opened]]
    options: tuple[str, ...] = ()
