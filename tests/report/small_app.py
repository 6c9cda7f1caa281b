"""A small program over the real diagnostics, run as a process where exit status and streams are what is tested."""

import errno
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from sample_view import DOCUMENT, VIEW

from routecli import diagnostics
from routecli.errors import DataError, EnvironmentFault, RoutecliError, UsageError
from routecli.report.outputs import print_report
from routecli.report.render import render
from routecli.report.terminal import terminal_width, wants_colour


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, no_args_is_help=True)


@app.callback()
def settings(
    quiet: Annotated[bool, typer.Option("-q", "--quiet")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose")] = False,
) -> None:
    diagnostics.configure(quiet=quiet, verbose=verbose)


@app.command()
def show(
    path: str,
    number: Annotated[int, typer.Option(min=0, max=5)] = 1,
    size: Annotated[Size, typer.Option()] = Size.SMALL,
) -> None:
    print_report(f"{path} {number} {size.value}\n")


@app.command()
def table() -> None:
    out = sys.stdout
    print_report(
        render(
            "table",
            DOCUMENT,
            VIEW,
            width=terminal_width(out, os.environ),
            colour=wants_colour(out, os.environ),
        )
    )


@app.command()
def narrate() -> int:
    diagnostics.note("a note\nin two lines \x1b[31m")
    diagnostics.warn("a warning")
    diagnostics.detail("a detail")
    return 0


@app.command()
def work() -> None:
    clock = iter(range(100))
    with diagnostics.progress("reading logs", 4, unit="rows", clock=lambda: next(clock)) as advance:
        advance()
        diagnostics.note("between")
        advance(3)


@app.command()
def verdict(code: int) -> int:
    print_report("the report\n")
    return code


@app.command()
def leave(code: int) -> None:
    sys.stdout.write("the report\n")
    raise typer.Exit(code)


@app.command()
def lines(count: int, printer: str = "write") -> None:
    for at in range(count):
        if printer == "write":
            sys.stdout.write(f"line {at} " + "x" * 90 + "\n")
        elif printer == "echo":
            typer.echo(f"line {at} " + "x" * 90)
        else:
            print_report(f"line {at} " + "x" * 90 + "\n")


@app.command()
def fail(kind: str) -> None:
    sys.stdout.write("before\n")
    raise FAILURES[kind]()


def a_card_with_problems() -> RoutecliError:
    error = DataError("bad-card", "3 rates are wrong", where="card.yaml", why="see below", fix="edit it")
    error.problems = [f"line {at}: \x1b[31mnegative\nrate" for at in range(23)]  # type: ignore[attr-defined]
    return error


FAILURES = {
    "usage": lambda: UsageError("two-policies", "--a and --b contradict", fix="drop one"),
    "data": a_card_with_problems,
    "environment": lambda: EnvironmentFault("store-locked", "the store is locked", where="routecli.duckdb"),
    "base": lambda: RoutecliError("odd", "an odd thing"),
    "interrupt": KeyboardInterrupt,
    "abort": typer.Abort,
    "memory": MemoryError,
    "full": lambda: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "logs/a.jsonl"),
    "files": lambda: OSError(errno.EMFILE, os.strerror(errno.EMFILE)),
    "missing": lambda: FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "x"),
    "truncated": lambda: EOFError("compressed file ended"),
    "endpoint": lambda: BrokenPipeError(errno.EPIPE, "the endpoint hung up"),
    "bug": lambda: ZeroDivisionError("by \x1b[31mzero"),
    "words": lambda: SystemExit("some words"),
    "parameter": lambda: typer.BadParameter("must be a share 0-1", param_hint="--success"),
}


@app.command()
def engine(statement: Annotated[list[str], typer.Argument()]) -> None:
    import duckdb

    with duckdb.connect() as connection:
        for one in statement:
            connection.execute(one).fetchall()


@app.command()
def standalone(arguments: Annotated[list[str], typer.Argument()]) -> int:
    return diagnostics.run(lambda: app(args=arguments, prog_name="routecli"))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(diagnostics.run_app(app))
