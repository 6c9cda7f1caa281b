"""`workload build`, `sql`, `show` and `merge`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from typer import Argument, Option

from routecli.cli import options as o
from routecli.cli.once import OnceCommand

if TYPE_CHECKING:
    from routecli.actions.engines import Elsewhere
    from routecli.actions.question import Question

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The traffic as a small file of sums that can be committed and used without the logs.",
)

Maps = Annotated[
    list[str] | None, Option("--map", metavar="COLUMN=FIELD", help="Where a column stands in the table. Repeatable.")
]
Sets = Annotated[
    list[str] | None, Option("--set", metavar="COLUMN=VALUE", help="One value of a column for every row. Repeatable.")
]
Mapping = Annotated[str | None, Option("--mapping", metavar="NAME", help="Take --map and --set from routecli.yaml.")]
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
    engine: Annotated[
        Literal["duckdb", "spark", "clickhouse", "postgres"] | None,
        Option("--engine", help="Run the query where the logs are, in place of the store."),
    ] = None,
    source: Annotated[
        list[str] | None,
        Option("--source", metavar="FILES", help="What the engine reads: a path or a glob. Repeatable."),
    ] = None,
    url: Annotated[str | None, Option("--url", metavar="URL", help="The engine's server.")] = None,
    table: Annotated[str | None, Option("--table", metavar="NAME", help="The engine's table.")] = None,
    master: Annotated[
        str | None, Option("--master", metavar="URL", help="Spark's master. Default: this machine.")
    ] = None,
    answers: Annotated[
        Path | None,
        Option("--answers", metavar="FOLDER", help="cells, latencies and span as `workload sql` asks for them."),
    ] = None,
    map: Maps = None,
    set: Sets = None,
    mapping: Mapping = None,
    format: o.Format = "table",
    json: o.Json = False,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> int:
    """Write the ingested traffic as a workload file: exact sums by all that a price or a policy can see.

    No ids, users or texts are in it. --policy cuts it at the lengths that the rules of these policies ask for.
    --engine runs the same query where the logs already live and writes the same file; --answers takes what the queries
    of `workload sql` answered where somebody ran them.
    """
    from routecli.actions import workload as action
    from routecli.actions.policy_options import PolicyOptions
    from routecli.cli.answer import answer, prepare

    prepare(quiet, verbose, format, json, None)
    question = _question(db=db, rates=rates, since=since, until=until, where=tuple(where or ()))
    options = PolicyOptions(files=tuple(policy or ()), statics=tuple(static or ()))
    elsewhere = _elsewhere(engine, source, url, table, master, map, set, mapping, answers)
    wanted = action.Build(output, tuple(cards or ()), min_cell, elsewhere)
    return answer(action.build(question, options, wanted), format, json, None)


@app.command("sql", cls=OnceCommand)
def sql(
    dialect: Annotated[
        Literal["duckdb", "spark", "clickhouse", "bigquery", "snowflake", "trino", "databricks", "postgres"],
        Option("--dialect", help="Whose SQL to print."),
    ],
    table: Annotated[str, Option("--table", metavar="NAME", help="The table of requests.")] = "requests",
    part: Annotated[
        Literal["cells", "latencies", "span"], Option("--part", help="Which of the three queries a workload needs.")
    ] = "cells",
    columns: Annotated[
        str | None,
        Option("--columns", metavar="NAME,...", help="The table's columns, where it lacks some of the log schema's."),
    ] = None,
    map: Maps = None,
    set: Sets = None,
    mapping: Mapping = None,
    rates: o.Rates = None,
    cards: Annotated[
        list[Path] | None, Option("--cards", metavar="PATH", help="Also cut for this rate card. Repeatable.")
    ] = None,
    policy: o.Policies = None,
    static: o.Statics = None,
    since: o.Since = None,
    until: o.Until = None,
) -> int:
    """Print the query that turns requests into a workload, to run where the logs live.

    The cells, latencies and span it answers are what `workload build --engine` makes a workload file of.
    """
    from routecli.actions import workload as action
    from routecli.actions.engines import Printed
    from routecli.actions.policy_options import PolicyOptions
    from routecli.model.parse import assignments
    from routecli.report.outputs import print_report

    names = tuple(name.strip() for name in (columns or "").split(",") if name.strip())
    typed = assignments(map or [], "--map"), assignments(set or [], "--set")
    wanted = Printed(dialect, table, part, names, *typed, mapping)
    options = PolicyOptions(files=tuple(policy or ()), statics=tuple(static or ()))
    question = _question(rates=rates, since=since, until=until)
    print_report(action.query(question, options, tuple(cards or ()), wanted))
    return 0


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


def _elsewhere(
    engine: str | None,
    source: list[str] | None,
    url: str | None,
    table: str | None,
    master: str | None,
    map: list[str] | None,
    set: list[str] | None,
    mapping: str | None,
    answers: Path | None,
) -> "Elsewhere | None":
    from routecli.actions.engines import Elsewhere
    from routecli.errors import UsageError
    from routecli.model.parse import assignments

    if engine is None:
        typed = {"--source": source, "--url": url, "--table": table, "--master": master, "--map": map, "--set": set}
        for option, value in {**typed, "--mapping": mapping}.items():
            if value:
                raise UsageError("unused-option", f"{option} is about an engine", fix="add --engine NAME")
        return None if answers is None else Elsewhere(None, answers=answers)
    if answers is not None:
        raise UsageError("engine-and-answers", "--engine and --answers are both given", fix="leave one of them out")
    maps = assignments(map or [], "--map"), assignments(set or [], "--set")
    return Elsewhere(engine, tuple(source or ()), url, table, master, *maps, mapping)


def _question(**words: object) -> "Question":
    from routecli.actions.question import Question
    from routecli.cli.answer import today

    return Question(today=today(), **words)  # type: ignore[arg-type]
