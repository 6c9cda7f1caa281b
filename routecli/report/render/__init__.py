"""The table of output formats; a new format is one file with a `render` and one line here.

Renderers turn (document, view) into text and compute nothing. They load on first use, so that JSON never pays
for the table's drawing code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any, Protocol, cast

from routecli.errors import UsageError, did_you_mean
from routecli.report.view import View


class Renderer(Protocol):
    """Turn a document and its view into text that ends in a line break.

    `width` is a terminal's columns, None for as wide as it takes; `colour` allows ANSI colour. Formats that are
    read by programs ignore both.
    """

    def __call__(self, document: Mapping[str, Any], view: View, *, width: int | None, colour: bool) -> str:
        """Text of one report."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """Where a format's `render` lives (a module of this package) and the file suffixes that mean it."""

    module: str
    suffixes: tuple[str, ...] = ()


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "table": Format("table", (".txt",)),
        "json": Format("as_json", (".json",)),
        "csv": Format("as_csv", (".csv",)),
        "markdown": Format("as_markdown", (".md", ".markdown")),
        "github": Format("as_github"),
        "junit": Format("as_junit", (".xml",)),
        "sarif": Format("as_sarif", (".sarif",)),
    }
)


def require_format(name: str, *, where: str = "") -> Format:
    """The entry of a format; UsageError `unknown-format` with a suggestion where there is none."""
    try:
        return FORMATS[name]
    except KeyError:
        known = ", ".join(FORMATS)
        raise UsageError(
            "unknown-format",
            f"no output format is called {name!r}",
            where=where,
            fix=did_you_mean(name, FORMATS) or f"use one of {known}",
        ) from None


def render(
    format: str, document: Mapping[str, Any], view: View, *, width: int | None = None, colour: bool = False
) -> str:
    """Render a report in a format by name; UsageError `unknown-format` for a name that is not in `FORMATS`."""
    module = import_module(f"{__name__}.{require_format(format).module}")
    return cast(Renderer, module.render)(document, view, width=width, colour=colour)
