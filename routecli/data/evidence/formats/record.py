"""The shape of an evaluation format."""

from collections.abc import Callable
from dataclasses import dataclass

from routecli.data.evidence.frames import Read
from routecli.data.evidence.source import Source
from routecli.model.evidence_import import ImportOptions


@dataclass(frozen=True, slots=True)
class Format:
    """`fits` recognises a file, `read` makes answers of it; `what` is a line for the documentation."""

    id: str
    what: str
    fits: Callable[[Source], bool]
    read: Callable[[Source, ImportOptions], Read]
