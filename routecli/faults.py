"""Other people's exceptions in our words: Typer's usage errors, a full disk, an exhausted memory.

Nothing is printed here and nothing heavy is imported: libraries' errors are recognised by name where importing the
library would cost every failing command its start-up time.
"""

import errno
import os
import re
import sys
from typing import TYPE_CHECKING, Any

from routecli.errors import EnvironmentFault, RoutecliError, UsageError, did_you_mean

if TYPE_CHECKING:
    from typer.exceptions import TyperException

_FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT})
_MACHINE = frozenset({errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
_NO_SPACE = ("No space left on device", os.strerror(errno.ENOSPC))
_QUOTED = re.compile(r"'([^']*)'")


def is_interrupt(error: BaseException) -> bool:
    """Whether the user asked to stop: the database answers an interrupt with an error of its own."""
    engine = type(error).__name__ == "InterruptException" or str(error) == "Query interrupted"
    return isinstance(error, KeyboardInterrupt) or (engine and isinstance(error, Exception))


def translated(error: BaseException) -> RoutecliError | None:
    """The same failure as one of ours; None where it can only be a bug.

    EnvironmentFault `out-of-memory`, `disk-full`, `system`, `file`; UsageError `unknown-command`, `unknown-option`,
    `missing-parameter`, `bad-value`, `bad-usage`.
    """
    if isinstance(error, RoutecliError):
        return error
    if isinstance(error, MemoryError):
        return EnvironmentFault("out-of-memory", "out of memory", fix="read fewer logs at once, or use more memory")
    if isinstance(error, OSError):
        return _system_fault(error)
    if type(error).__module__.partition(".")[0] in {"duckdb", "_duckdb"}:
        return _duckdb_fault(error)
    # Where Typer was never loaded, the error cannot be one of its own.
    if "typer" in sys.modules:
        from typer.exceptions import TyperException

        return _usage_error(error) if isinstance(error, TyperException) else None
    return None


def _system_fault(error: OSError) -> EnvironmentFault | None:
    where = str(error.filename) if error.filename else ""
    if error.errno in _FULL_DISK:
        return EnvironmentFault("disk-full", str(error.strerror), where=where, fix="free some space")
    if error.errno in _MACHINE:
        return EnvironmentFault("system", str(error.strerror), where=where)
    return None


def _duckdb_fault(error: BaseException) -> EnvironmentFault | None:
    text = str(error)
    why = text.partition("\n")[0]
    if any(words in text for words in _NO_SPACE):
        return EnvironmentFault("disk-full", "no space left on the disk", why=why, fix="free some space")
    if type(error).__name__ == "OutOfMemoryException":
        what = "the database ran out of memory or of temporary disk space"
        return EnvironmentFault("out-of-memory", what, why=why, fix="read fewer logs at once, or free some space")
    return None


def _usage_error(error: "TyperException") -> RoutecliError:
    """What was typed wrongly, with the closest right word or the help page to read."""
    where, help_page = _place(error)
    text = error.format_message().rstrip(".")
    if filename := getattr(error, "ui_filename", ""):
        return EnvironmentFault("file", f"cannot open {filename}", why=error.message)
    kind = type(error).__name__
    if kind == "NoSuchOption":
        suggestion = _suggestion(getattr(error, "possibilities", None) or ())
        name: Any = getattr(error, "option_name", "")
        return UsageError("unknown-option", f"no option {name}", where=where, fix=suggestion or help_page)
    if kind == "MissingParameter":
        return UsageError("missing-parameter", _lowered(text), where=where, fix=help_page)
    if kind == "BadParameter":
        text = text.replace(": Value error, ", ": ")
        return UsageError(
            "bad-value", _lowered(text), where=where, why=_typed(error, text), fix=_choice(text) or help_page
        )
    if text.startswith("No such command"):
        what, _, guess = text.partition(". Did you mean ")
        suggestion = _suggestion(_QUOTED.findall(guess))
        return UsageError("unknown-command", _lowered(what), where=where, fix=suggestion or help_page)
    return UsageError("bad-usage", _lowered(text), where=where, fix=help_page)


def _place(error: "TyperException") -> tuple[str, str]:
    """The subcommand the error is about (empty for the program itself), and where to read its options."""
    context = getattr(error, "ctx", None)
    if context is None:
        return "", "see --help"
    path = str(context.command_path)
    return path.partition(" ")[2], f"see {path} --help"


def _suggestion(names: Any) -> str:
    return "did you mean " + " or ".join(repr(name) for name in list(names)[:3]) + "?" if names else ""


def _typed(error: "TyperException", text: str) -> str:
    """The value as typed, where the message does not show it: a validation error keeps it as its first input."""
    details = getattr(error.__cause__, "errors", None)
    typed = details()[0].get("input") if callable(details) else None
    return f"got {typed!r}" if isinstance(typed, str) and typed not in text else ""


def _choice(text: str) -> str:
    """A suggestion where the message lists the words it would have taken."""
    before, listed, after = text.partition(" is not one of ")
    typed = _QUOTED.findall(before)
    return did_you_mean(typed[-1], _QUOTED.findall(after)) if listed and typed else ""


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
