"""Where a report goes: stdout, and the files of `-o FMT=PATH`, each written whole or not at all."""

import errno
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from stat import S_IMODE
from typing import Any, TextIO

from routecli.errors import EnvironmentFault, UsageError
from routecli.report.render import FORMATS, render, require_format
from routecli.report.view import View

_OPTION = "-o"
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class Output:
    """One file to write: a format of `FORMATS` and a path."""

    format: str
    path: Path


def parse_outputs(values: Sequence[str]) -> tuple[Output, ...]:
    """Read the values of `-o`: `FMT=PATH`, or a path whose suffix names the format.

    UsageError: `unknown-format`, `output-without-path`, or `output-twice` where two values name one file.
    """
    outputs = tuple(_parse(value) for value in values)
    seen: dict[str, str] = {}
    for output, value in zip(outputs, values, strict=True):
        place = os.path.normcase(os.path.realpath(output.path))
        if place in seen:
            raise UsageError(
                "output-twice",
                f"{seen[place]!r} and {value!r} would write the same file",
                where=_OPTION,
                fix="give each output its own path",
            )
        seen[place] = value
    return outputs


def _parse(value: str) -> Output:
    name, equals, path = value.partition("=")
    # `runs/a=b/report.md` is a path that holds an equals sign; `jsn=report.json` is a mistyped format.
    if not equals or (name not in FORMATS and ("." in name or "/" in name or os.sep in name)):
        name, path = _format_of(value), value
    require_format(name, where=f"{_OPTION} {value}")
    if path in {"", "-"}:
        raise UsageError(
            "output-without-path",
            f"{value!r} names no file",
            where=_OPTION,
            fix=f"write {_OPTION} {name}=PATH, or -f {name} for stdout",
        )
    return Output(name, Path(path))


def _format_of(path: str) -> str:
    suffix = Path(path).suffix.casefold()
    for name, entry in FORMATS.items():
        if suffix in entry.suffixes:
            return name
    known = ", ".join(FORMATS)
    raise UsageError(
        "unknown-format",
        f"{path!r} does not say its format",
        where=_OPTION,
        fix=f"write {_OPTION} FMT={path or 'PATH'} with one of {known}",
    )


def check_outputs(outputs: Sequence[Output]) -> None:
    """Refuse, before any work is done, files that cannot be written: EnvironmentFault names the folder or path."""
    for output in outputs:
        _refuse_impossible(output.path)


def write_outputs(outputs: Sequence[Output], document: Mapping[str, Any], view: View) -> None:
    """Render every output, then write every file; a report that cannot be rendered leaves all files as they were.

    EnvironmentFault: `output-folder-missing`, `output-is-a-folder`, `output-unwritable`, `disk-full`.
    """
    check_outputs(outputs)
    texts = [render(output.format, document, view) for output in outputs]
    for output, text in zip(outputs, texts, strict=True):
        write_file(output.path, text)


def write_file(path: Path, text: str) -> None:
    """Write a text whole or not at all, line ends as given; see `write_bytes`."""
    write_bytes(path, text.encode("utf-8", errors="backslashreplace"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all (a temporary file beside it, then a rename).

    A link keeps pointing where it did, an existing file keeps its permissions, a device or pipe is written in place.
    """
    _refuse_impossible(path)
    try:
        if _is_stream(path):
            # Renaming over a device would replace it: /dev/null itself, for a user with the rights.
            path.write_bytes(content)
        else:
            _replace(Path(os.path.realpath(path)), content)
    except OSError as error:
        raise _fault(path, error) from error


def _is_stream(path: Path) -> bool:
    # /dev/stdout may lead to a plain file that the shell holds open: replacing it would write to the wrong one.
    return str(path).startswith("/dev/") or (path.exists() and not path.is_file())


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".routecli-{secrets.token_hex(8)}.tmp")
    # 0o666 less the umask, as any program creates a file: a report that only its owner can read surprises CI.
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            temporary.chmod(S_IMODE(path.stat().st_mode))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _refuse_impossible(path: Path) -> None:
    try:
        _refuse_unless_writable(path)
    except OSError as error:
        raise _fault(path, error) from error


def _refuse_unless_writable(path: Path) -> None:
    folder = Path(os.path.realpath(path)).parent
    if path.is_dir():
        raise EnvironmentFault("output-is-a-folder", f"{path} is a folder", fix="name a file in it")
    if _is_stream(path):
        return
    if not folder.is_dir():
        raise EnvironmentFault("output-folder-missing", f"no folder {folder} to write {path.name} in", fix="create it")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _unwritable(path, f"no permission in folder {folder}")
    # A rename would replace a write-protected file without asking.
    if path.exists() and not os.access(path, os.W_OK):
        raise _unwritable(path, "the file is write-protected")


def _unwritable(path: Path, why: str) -> EnvironmentFault:
    return EnvironmentFault("output-unwritable", f"cannot write {path}", why=why, fix="use another path")


def _fault(path: Path, error: OSError) -> EnvironmentFault:
    if error.errno in _NO_SPACE:
        return EnvironmentFault("disk-full", f"cannot write {path}", why="no space left", fix="free some space")
    reason = error.strerror or type(error).__name__
    return _unwritable(path, reason)


def print_report(text: str, stream: TextIO | None = None) -> None:
    """Write a rendered report to stdout (or a stream) and flush it, so that a closed pipe or a full disk shows here.

    A stdout that cannot hold a character (LANG=C) gets its escape instead of an error.
    """
    target = sys.stdout if stream is None else stream
    if target is None:
        return
    encoding = getattr(target, "encoding", None) or "utf-8"
    target.write(text.encode(encoding, errors="backslashreplace").decode(encoding))
    target.flush()
