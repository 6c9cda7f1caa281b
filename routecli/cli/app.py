"""The command table. Options only: each command reads its words, calls one action and prints its report."""

from collections.abc import Sequence
from copy import copy
from typing import Annotated

import typer

from routecli import __version__
from routecli.cli import analyse, evidence, gate, inspect, load, optimize, rates, workload
from routecli.cli.once import OnceCommand

app = typer.Typer(
    name="routecli",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="From your own LLM request logs: where the bill goes, and whether routing would pay.",
    epilog="Exit codes: 0 pass, 1 budget breached, 2 usage, 3 data not fit to judge, 4 environment, 70 bug.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"routecli {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


quarantine = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Lines that ingest could not load, and why.")
quarantine.command("show", cls=OnceCommand)(load.quarantine_show)

app.command("ingest", cls=OnceCommand)(load.ingest)
for name, command in analyse.COMMANDS.items():
    app.command(name, cls=OnceCommand)(command)
app.add_typer(quarantine, name="quarantine")
app.add_typer(workload.app, name="workload")
app.add_typer(evidence.app, name="evidence")
app.command("optimize", cls=OnceCommand)(optimize.COMMAND)
app.command("gate", cls=OnceCommand)(gate.gate)
app.add_typer(rates.app, name="rates")
app.command("init", cls=OnceCommand)(inspect.init)
app.command("demo", cls=OnceCommand)(inspect.demo)
app.command("doctor", cls=OnceCommand)(inspect.doctor)
app.command("render", cls=OnceCommand)(inspect.render)
app.command("schema", cls=OnceCommand)(inspect.schema)


def app_for(words: Sequence[str]) -> typer.Typer:
    """The app with only the command that the words start with; the whole app where they start otherwise.

    Making the options of all commands takes a tenth of a short command's time.
    """
    commands = [one for one in app.registered_commands if [one.name] == list(words[:1])]
    groups = [one for one in app.registered_groups if [one.name] == list(words[:1])]
    if not commands and not groups:
        return app
    narrow = copy(app)
    narrow.registered_commands, narrow.registered_groups = commands, groups
    return narrow
