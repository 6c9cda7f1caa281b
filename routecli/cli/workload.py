"""`workload build`, `show` and `merge`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

from routecli.cli import options as o
from routecli.cli.once import OnceCommand

if TYPE_CHECKING:
    from routecli.actions.question import Question

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The traffic as a small file of sums that can be committed and used without the logs.",
)

File = Annotated[Path, Argument(metavar="FILE", help="A workload file: .parquet, .csv or .json.")]
Target = Annotated[Path, Option("--output", "-o", metavar="FILE", help="The file to write: .parquet, .csv or .json.")]


@app.command("build", cls=OnceCommand)
def build(
    output: Target,
    db: o.Db = None,
    rates: o.Rates = None,
    cards: Annotated[
        list[Path] | None, Option("--cards", metavar="PATH", help="Also cut for this rate card. Repeatable.")
    ] = None,
    policy: o.Policies = None,
    static: o.Statics = None,
    since: o.Since = None,
    until: o.Until = None,
    where: o.Where = None,
    min_cell: Annotated[
        int | None, Option("--min-cell", min=1, metavar="N", help="Fold cells of fewer requests into 'other'.")
    ] = None,
    format: o.Format = "table",
    json: o.Json = False,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> int:
    """Write the ingested traffic as a workload file: exact sums by all that a price or a policy can see.

    No ids, users or texts are in it. --policy cuts it at the lengths that the rules of these policies ask for.
    """
    from routecli.actions import workload as action
    from routecli.actions.policies import PolicyOptions
    from routecli.cli.answer import answer, prepare

    prepare(quiet, verbose, format, json, None)
    question = _question(db=db, rates=rates, since=since, until=until, where=tuple(where or ()))
    options = PolicyOptions(files=tuple(policy or ()), statics=tuple(static or ()))
    wanted = action.Build(output, tuple(cards or ()), min_cell)
    return answer(action.build(question, options, wanted), format, json, None)


@app.command("show", cls=OnceCommand)
def show(
    file: File,
    rates: o.Rates = None,
    format: o.Format = "table",
    json: o.Json = False,
    output: o.Outputs = None,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> int:
    """What a workload file holds: window, age, coverage, what it can and cannot answer with the rate card."""
    from routecli.actions import workload as action
    from routecli.cli.answer import answer, prepare

    prepare(quiet, verbose, format, json, output)
    return answer(action.show(file, _question(rates=rates)), format, json, output)


@app.command("merge", cls=OnceCommand)
def merge(
    files: Annotated[list[Path], Argument(metavar="FILE...", help="Workload files that were cut alike.")],
    output: Target,
    format: o.Format = "table",
    json: o.Json = False,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> int:
    """Add workload files up (of several days, or machines) into one, exactly."""
    from routecli.actions import workload as action
    from routecli.cli.answer import answer, prepare

    prepare(quiet, verbose, format, json, None)
    return answer(action.merged(files, output, _question()), format, json, None)


def _question(**words: object) -> "Question":
    from routecli.actions.question import Question
    from routecli.cli.answer import today

    return Question(today=today(), **words)  # type: ignore[arg-type]
