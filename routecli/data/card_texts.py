"""Where rate cards are read from: a file, a folder, or a revision of a git repository, which is never checked out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from routecli.data.git import listed, parse_place, read_blobs
from routecli.data.yaml_lines import read_bytes
from routecli.errors import EnvironmentFault

SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class CardText:
    """One file of a card: how messages call it, and its bytes."""

    name: str
    content: bytes


def texts_at(place: str) -> Sequence[CardText]:
    """The files at a path, or at `REVISION:PATH` where no such path exists."""
    path = Path(place)
    found = None if path.exists() else parse_place(place)
    if found is None:
        return local_texts(path)
    revision, inside = found
    names = listed(revision, inside)
    if names is None:
        return [CardText(place, read_blobs(revision, [inside])[0])]
    cards = [name for name in names if name.endswith(SUFFIXES)]
    folder = inside.rstrip("/")
    contents = read_blobs(revision, [f"{folder}/{name}" if folder else name for name in cards])
    start = place if place.endswith((":", "/")) else f"{place}/"
    return [CardText(f"{start}{name}", content) for name, content in zip(cards, contents, strict=True)]


def local_texts(path: Path, label: str | None = None) -> Sequence[CardText]:
    """The file, or all `*.yaml` and `*.yml` of the folder; EnvironmentFault `no-such-file` where there is none."""
    shown = str(path) if label is None else label
    if not path.exists():
        raise EnvironmentFault(
            "no-such-file", "no such rate card", where=shown, fix="give a card file or a folder of them"
        )
    if not path.is_dir():
        return [CardText(shown, read_bytes(path))]
    found = sorted(entry for entry in path.iterdir() if entry.suffix in SUFFIXES and entry.is_file())
    return [CardText(f"{shown.rstrip('/')}/{entry.name}", read_bytes(entry)) for entry in found]
