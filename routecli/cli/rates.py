"""`rates show`, `check`, `diff` and `refresh`: the commands about the card itself."""

from pathlib import Path
from typing import Annotated, Literal

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
    min_level: Annotated[
        Literal["error", "warning", "info"], Option("--min-level", help="List findings from this level on.")
    ] = "info",
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
    return answer(action(path, base=base, at=at, least=min_level, today=today()), format, json, output)


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


@app.command("refresh", cls=OnceCommand)
def refresh(
    kind: Annotated[
        Literal["genai-prices", "litellm-json", "models-dev-json"],
        Option("--from", help="The price list. genai-prices is the installed package; the others are files."),
    ],
    source: Annotated[
        Path | None, Option("--source", metavar="PATH", help="The file of litellm-json or models-dev-json.")
    ] = None,
    model: Annotated[
        list[str] | None, Option("--model", metavar="MODEL", help="Only this model of the card. Repeatable.")
    ] = None,
    rates: o.Rates = None,
    at: Annotated[
        str | None,
        Option("--at", metavar="DATE", help="Today: prices without a date are appended from here. Default: now."),
    ] = None,
    write: Annotated[bool, Option("--write", help="Apply the patch to the files of --rates.")] = False,
    format: Annotated[
        Literal["patch", "table", "json", "csv", "markdown"],
        Option("--format", "-f", help="The patch alone, or a report of what was compared."),
    ] = "patch",
    json: o.Json = False,
    output: o.Outputs = None,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> int:
    """Print a patch that appends a price list's newer prices to the card; the past stays as it is."""
    from routecli.actions.rates.refresh import refresh as action
    from routecli.cli.answer import answer, answer_text, prepare, today

    shown = "json" if json and format == "patch" else format
    prepare(quiet, verbose, shown, json, output)
    report = action(kind, source=source, rates=rates, models=model or (), at=at, today=today(), write=write)
    if shown != "patch":
        return answer(report, shown, json, output)
    return answer_text(report, report.document.patch, output)
