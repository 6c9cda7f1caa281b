"""What the stream at the other end can show: its width and whether colour is welcome."""

import os
from collections.abc import Mapping
from typing import TextIO

_NARROWEST = 20


def is_terminal(stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    """True for an interactive terminal; a pipe, a file, a closed stream and `TERM=dumb` are not.

    FORCE_COLOR and GITHUB_ACTIONS deliberately do not count: a report sent to a file has no escape codes and is
    never cut to 80 columns, wherever it runs.
    """
    if stream is None or stream.closed or environ.get("TERM", "").casefold() in {"dumb", "unknown"}:
        return False
    return stream.isatty()


def wants_colour(stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    """True on a terminal unless NO_COLOR is set to anything but an empty text (https://no-color.org)."""
    return is_terminal(stream, environ) and not environ.get("NO_COLOR")


def terminal_width(stream: TextIO | None, environ: Mapping[str, str]) -> int | None:
    """Columns of the terminal behind a stream, None where it has none: draw at natural width.

    COLUMNS wins over the terminal's own answer, as in a shell; a terminal that does not know its size (0) is
    drawn at natural width.
    """
    if stream is None or not is_terminal(stream, environ):
        return None
    said = environ.get("COLUMNS", "")
    try:
        columns = int(said) if said.isascii() and said.isdigit() else os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return None
    return max(columns, _NARROWEST) if columns > 0 else None
