"""The one owner of stderr and exit codes: errors as one plain line, notes, progress, and what each failure exits with.

stdout carries data only and is never written here. Nothing in this module uses colour or panels, so its lines read
the same on a terminal, in a log file and in CI.
"""

import contextlib
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol, TextIO

from routecli.errors import RoutecliError
from routecli.faults import is_interrupt, translated
from routecli.report.format import count, inert, one_line, percent
from routecli.report.terminal import is_terminal, terminal_width

if TYPE_CHECKING:
    import typer

PROGRAM = "routecli"
MOST_PROBLEMS = 20
_PROGRESS_AFTER_S = 0.5
_PROGRESS_EVERY_S = 0.1


class ExitCode(IntEnum):
    """What the process answers; each number has one meaning in every command."""

    PASS = 0
    BREACH = 1
    USAGE = 2
    UNFIT = 3
    ENVIRONMENT = 4
    BUG = 70
    INTERRUPT = 130


@dataclass(slots=True)
class _Voice:
    quiet: bool = False
    verbose: bool = False
    drawn: int = 0
    """Characters of the progress line now on the terminal."""


_voice = _Voice()


def configure(*, quiet: bool = False, verbose: bool = False) -> None:
    """Set how much is narrated from here on: `-q` silences notes, warnings and progress, `-v` adds details."""
    _voice.quiet, _voice.verbose = quiet, verbose


def note(text: str) -> None:
    """Narrate one line on stderr, unless quiet."""
    if not _voice.quiet:
        _say(f"{PROGRAM}: {one_line(text)}")


def warn(text: str) -> None:
    """Warn in one line on stderr, unless quiet; what changes a figure belongs into the report's notes as well."""
    if not _voice.quiet:
        _say(f"{PROGRAM}: warning: {one_line(text)}")


def detail(text: str) -> None:
    """Narrate one line on stderr under `-v` only."""
    if _voice.verbose and not _voice.quiet:
        _say(f"{PROGRAM}: {one_line(text)}")


def report_error(error: BaseException) -> None:
    """Say what went wrong in one line, then the error's `problems` one line each: at most 20, then how many more."""
    text = error.line() if isinstance(error, RoutecliError) else str(error) or type(error).__name__
    _say(f"{PROGRAM}: error: {one_line(text)}")
    problems = [one_line(str(problem)) for problem in getattr(error, "problems", ())]
    for problem in problems[:MOST_PROBLEMS]:
        _say(f"  {problem}")
    if len(problems) > MOST_PROBLEMS:
        _say(f"  ... and {len(problems) - MOST_PROBLEMS:,} more of {len(problems):,}")


def _say(line: str) -> None:
    _erase_progress()
    _write(line + "\n")


def _write(text: str) -> None:
    """Write to stderr; a closed or broken stderr must not change what the command answers."""
    try:
        if sys.stderr is not None:
            encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
            sys.stderr.write(text.encode(encoding, errors="backslashreplace").decode(encoding))
            sys.stderr.flush()
    except ValueError:
        return  # it was closed
    except OSError:
        # What could not be written stays in the buffer, and failing to write it again at exit would be exit code 120.
        _detach(sys.stderr)


class Advance(Protocol):
    """Tell the progress line that so many more units are done."""

    def __call__(self, more: int = 1) -> None:
        """Add to what is done."""
        ...


@contextlib.contextmanager
def progress(
    label: str, total: int | None = None, *, unit: str = "", clock: Callable[[], float] = time.monotonic
) -> Iterator[Advance]:
    """Show one self-erasing line on stderr while work lasts: `reading logs: 1,200 of 5,000 rows (24.0 %)`.

    Nothing is drawn off a terminal, under `-q`, in CI, or in the first half second.
    """
    done, due = 0, clock() + _PROGRESS_AFTER_S
    silent = _voice.quiet or bool(os.environ.get("CI")) or not is_terminal(sys.stderr, os.environ)

    def advance(more: int = 1) -> None:
        nonlocal done, due
        done += more
        if not silent and (now := clock()) >= due:
            due = now + _PROGRESS_EVERY_S
            _draw_progress(_progress_line(label, done, total, unit))

    try:
        yield advance
    finally:
        _erase_progress()


def _progress_line(label: str, done: int, total: int | None, unit: str) -> str:
    of = f" of {count(total)}" if total else ""
    share = f" ({percent(100 * done / total)})" if total else ""
    return one_line(f"{label}: {count(done)}{of} {unit}{share}")


def _draw_progress(text: str) -> None:
    # A line that wraps could not be erased again.
    text = text[: (terminal_width(sys.stderr, os.environ) or 80) - 1]
    padding = " " * max(0, _voice.drawn - len(text))
    _voice.drawn = len(text)
    _write(f"\r{text}{padding}")


def _erase_progress() -> None:
    if _voice.drawn:
        _write("\r" + " " * _voice.drawn + "\r")
        _voice.drawn = 0


def run_app(app: "typer.Typer", arguments: list[str] | None = None) -> int:
    """Run a Typer app under `run`; a command may return its exit code. `arguments` default to the process's own."""
    return run(lambda: app(args=arguments, prog_name=PROGRAM, standalone_mode=False))


def run(command: Callable[[], object]) -> int:
    """Run a command and return the process's exit code, having said on stderr what went wrong.

    An integer that the command returns is its exit code; anything else is 0. No exception leaves this function
    except what Python uses to end generators and tasks.
    """
    try:
        outcome = command()
        if sys.stdout is not None and not sys.stdout.closed:
            # A closed pipe or a full disk may show only here; at interpreter exit it would be too late to answer.
            sys.stdout.flush()
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        code = int(_settle(error))
        _finish_stdout()
        return code
    code = int(outcome) if isinstance(outcome, int) and not isinstance(outcome, bool) else ExitCode.PASS
    # Typer turns an interrupt inside a command into this number.
    return int(_interrupted()) if code == ExitCode.INTERRUPT else code


def _settle(error: BaseException) -> int:
    """The exit code of an exception, once reported."""
    if is_interrupt(error):
        return _interrupted()
    if isinstance(error, SystemExit):
        return _settle_exit(error)
    if isinstance(error, BrokenPipeError) and _stdout_is_broken():
        _detach(sys.stdout)
        return ExitCode.PASS
    if "typer" in sys.modules and (answered := _settle_typer(error)) is not None:
        return answered
    known = translated(error)
    if known is None:
        return _bug(error)
    report_error(known)
    return known.exit_code


def _settle_typer(error: BaseException) -> int | None:
    """The exit code of Typer's signals, which are no errors; None for anything else."""
    from typer.exceptions import Abort, Exit, TyperException

    if isinstance(error, Exit):
        return error.exit_code
    if isinstance(error, Abort):
        # Typer calls every EOFError an abort, also that of a truncated file, which is nobody's wish to stop.
        return _bug(error.__cause__) if isinstance(error.__cause__, EOFError) else _interrupted()
    if isinstance(error, TyperException) and type(error).__name__ == "NoArgsIsHelpError":
        _say(error.format_message())
        return ExitCode.USAGE
    return None


def _interrupted() -> ExitCode:
    _say(f"{PROGRAM}: interrupted")
    return ExitCode.INTERRUPT


def _settle_exit(error: SystemExit) -> int:
    # Typer answers a broken pipe with exit 1, which here would mean that a budget is breached.
    if isinstance(error.__context__, BrokenPipeError):
        return _settle(error.__context__)
    if error.code is None or isinstance(error.code, int):
        return error.code or ExitCode.PASS
    _say(f"{PROGRAM}: error: {one_line(str(error.code))}")
    return ExitCode.BUG


def _bug(error: BaseException) -> ExitCode:
    import routecli

    for line in "".join(traceback.format_exception(error)).splitlines():
        _say(inert(line))
    version = getattr(routecli, "__version__", "of unknown version")
    python = ".".join(str(part) for part in sys.version_info[:3])
    what = f"{type(error).__name__} {error}"
    _say(
        f"{PROGRAM}: bug: {one_line(what)}; please report it with the lines above "
        f"({PROGRAM} {version}, Python {python}, {sys.platform})"
    )
    return ExitCode.BUG


def _stdout_is_broken() -> bool:
    """True where the reader of stdout has gone; a pipe that broke elsewhere, as to a model endpoint, is no pass."""
    try:
        import select

        poll = select.poll()
        poll.register(sys.stdout.fileno(), select.POLLOUT)
        return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
    except (AttributeError, ImportError, OSError, ValueError):
        # Windows cannot ask; there the exception itself is all that is known.
        return os.name == "nt"


def _finish_stdout() -> None:
    """Hand over what was already written; where that fails the failure has been answered, so let it go."""
    try:
        if sys.stdout is not None and not sys.stdout.closed:
            sys.stdout.flush()
    except OSError:
        _detach(sys.stdout)


def _detach(stream: TextIO | None) -> None:
    """Point a stream at nothing, so that the interpreter does not complain about unwritten text when it exits."""
    with contextlib.suppress(AttributeError, OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # type: ignore[union-attr]
        os.close(nowhere)
