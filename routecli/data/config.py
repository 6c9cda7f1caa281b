"""`routecli.yaml`: what a team sets once for every command, one section per concern.

    rates: [contracts/2026.yaml, private-models/]
    mappings:
      azure: {map: {ts: TIMESTAMP}}

Each section is read by the module that owns it; here stands which sections there are and what they hold.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from routecli.data.yaml_lines import Document, Place, Problem, read_bytes, read_yaml, shown
from routecli.errors import ProblemsError, did_you_mean

FILE = Path("routecli.yaml")
MAPPING, LIST = "a mapping of keys to values", "a list"

SECTIONS: dict[str, str] = {
    "budgets": MAPPING,
    "deployments": MAPPING,
    "mappings": MAPPING,
    "rates": LIST,
    "waivers": LIST,
}
"""Section -> what it holds. A new section is one line here and a reader in the module that owns it."""


@dataclass(frozen=True, slots=True)
class Config:
    """The sections of a `routecli.yaml` as written; an absent file has none."""

    path: Path
    document: Document
    sections: dict[str, Any]

    def section(self, name: str) -> Any:
        """What a section holds; empty where it is absent. Use `where` for the lines of its parts."""
        return self.sections.get(name, [] if SECTIONS[name] == LIST else {})

    def where(self, *place: str | int) -> str:
        """`file:line` of a value, for messages."""
        return f"{self.path}:{self.document.line(place)}"

    def problem(self, place: Place, text: str) -> Problem:
        """A problem at a place of the file."""
        return self.document.problem(place, text)


def read_config(path: Path = FILE) -> Config:
    """The file's sections; none where there is no such file.

    Raises ProblemsError `bad-config` for what is no YAML, an unknown section, or one that holds something else.
    """
    if not path.is_file():
        return Config(path, Document(str(path), {}, {}), {})
    return _read(path, read_bytes(path))


@cache
def _read(path: Path, content: bytes) -> Config:
    document = read_yaml(content, str(path))
    problems = list(document.problems)
    data = document.data
    if not problems and not isinstance(data, dict):
        problems.append(document.problem((), "a mapping of sections is expected"))
    sections = data if isinstance(data, dict) else {}
    for name, value in sections.items():
        if name not in SECTIONS:
            hint = did_you_mean(name, SECTIONS) or f"known are {', '.join(SECTIONS)}"
            problems.append(document.problem((name,), f"unknown section '{name}': {hint}"))
        elif not isinstance(value, list if SECTIONS[name] == LIST else dict):
            problems.append(document.problem((name,), f"must be {SECTIONS[name]}, not {shown(value)}"))
    if problems:
        lines = [str(problem) for problem in problems]
        raise ProblemsError("bad-config", lines[0], lines)
    return Config(path, document, sections)


def rate_overlays(config: Config) -> tuple[Path, ...]:
    """The files and folders of the section `rates`, in order; relative ones lie beside the file.

    Raises ProblemsError `bad-config` for an entry that is no path.
    """
    found = []
    for number, entry in enumerate(config.section("rates")):
        if not isinstance(entry, str) or not entry:
            problem = config.problem(("rates", number), f"must be a file or a folder, not {shown(entry)}")
            raise ProblemsError("bad-config", str(problem), [str(problem)])
        found.append(config.path.parent / entry)
    return tuple(found)
