"""`rates show`, `check` and `diff`: the commands about the card itself."""

from typing import Annotated

import typer
from typer import Argument, Option

from routecli.cli import options as o
from routecli.cli.once import OnceCommand

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The rate card itself: show it, check it, compare two, bring it up to date.",
)

TODAY = Annotated[
    str | None, Option("--at", metavar="DATE", help="Today, which parts history from plans. Default: today (UTC).")
]
CARD = "a card file, a folder, `shipped`, or REVISION:PATH of this git repository"


@app.command("show", cls=OnceCommand)
def show(
    model: Annotated[
        str | None, Argument(metavar="[MODEL]", help="A model's id, alias or short name. Default: all models.")
    ] = None,
    rates: o.Rates = None,
    at: Annotated[
        str | None, Option("--at", metavar="DATE", help="Show the prices of this date (or UTC time). Default: today.")
    ] = None,
    format: o.Format = "table",
    json: o.Json = False,
    output: o.Outputs = None,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> int:
    """What the card says of a model: rates in force, timeline, names, ends, each with its line. Without MODEL: all."""
    from routecli.actions.rates.show import show as action
    from routecli.cli.answer import answer, prepare, today

    prepare(quiet, verbose, format, json, output)
    return answer(action(model, rates=rates, at=at, today=today()), format, json, output)


@app.command("check", cls=OnceCommand)
def check(
    path: Annotated[
        str | None, Argument(metavar="[PATH]", help=f"The card: {CARD}. Default: the shipped card.", show_default=False)
    ] = None,
    base: Annotated[
        str | None, Option("--base", metavar="PATH", help="Also find edits of the past against this card, given alike.")
    ] = None,
    at: TODAY = None,
    format: o.Format = "table",
    json: o.Json = False,
    output: o.Outputs = None,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> int:
    """Find what is wrong with a rate card, or soon will be: slips, jumps, old checks, ends. Exit 3 on an error."""
    from routecli.actions.rates.check import check as action
    from routecli.cli.answer import answer, prepare, today

    prepare(quiet, verbose, format, json, output)
    return answer(action(path, base=base, at=at, today=today()), format, json, output)


@app.command("diff", cls=OnceCommand)
def diff(
    base: Annotated[str, Argument(metavar="BASE", help=f"The card before: {CARD}.")],
    head: Annotated[str, Argument(metavar="HEAD", help="The card after, given alike.")],
    at: TODAY = None,
    reference: Annotated[
        str | None,
        Option(
            "--reference",
            metavar="KIND=N,...",
            help="The request that percentages are about. Default: input=10000,cache_read=0,output=1000.",
        ),
    ] = None,
    format: o.Format = "table",
    json: o.Json = False,
    output: o.Outputs = None,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> int:
    """What differs between two rate cards by meaning: prices, thresholds, modes, names, dates. Layout never shows."""
    from routecli.actions.rates.diff import diff as action
    from routecli.cli.answer import answer, prepare, today

    prepare(quiet, verbose, format, json, output)
    return answer(action(base, head, at=at, reference=reference, today=today()), format, json, output)
