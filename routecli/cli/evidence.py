"""`evidence import` and `evidence show`."""

from typing import Annotated

import typer
from typer import Argument, Option

from routecli.cli import options as o
from routecli.cli.load import DEFAULT_DB
from routecli.cli.once import OnceCommand

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Evaluation results: how often each model's answers were good enough, on the same queries.",
)


@app.command("import", cls=OnceCommand)
def import_(
    paths: o.Paths,
    name: Annotated[str, Option("--as", metavar="NAME", help="What the set is called.")],
    db: o.Db = None,
    rates: o.Rates = None,
    id: Annotated[
        str | None, Option("--id", metavar="COLUMN,...", help="The columns that together tell queries apart.")
    ] = None,
    outcome: Annotated[
        list[str] | None,
        Option(
            "--outcome",
            metavar="COLUMN=MODEL[:FIELD]",
            help="A row holds several models' outcomes: whose this column is (FIELD: passed, score, cost_usd, "
            "latency_ms, input_tokens, output_tokens or gate_score). Repeatable.",
        ),
    ] = None,
    map: Annotated[
        list[str] | None,
        Option("--map", metavar="FIELD=COLUMN", help="Where a field stands, like query_type=dataset. Repeatable."),
    ] = None,
    feature: Annotated[
        list[str] | None,
        Option("--feature", metavar="COLUMN", help="Keep a number known before any model runs. Repeatable."),
    ] = None,
    label: Annotated[
        list[str] | None, Option("--label", metavar="COLUMN", help="Keep a column of few, short words. Repeatable.")
    ] = None,
    where: Annotated[
        list[str] | None,
        Option("--where", metavar="TEST", help="column=a,b or an SQL condition on the columns. Repeatable."),
    ] = None,
    input_format: Annotated[
        str | None, Option("--input-format", metavar="NAME", help="The format, instead of finding it out.")
    ] = None,
    model: Annotated[
        str | None, Option("--model", metavar="NAME", help="The model, where a file does not name one.")
    ] = None,
    scorer: Annotated[
        str | None, Option("--scorer", metavar="NAME", help="Which scorer or metric judges, where there are several.")
    ] = None,
    pass_threshold: Annotated[
        str | None,
        Option("--pass-threshold", metavar="SCORE", help="From which score on an answer passes. Default: 0.5."),
    ] = None,
    repeats: Annotated[
        bool, Option("--repeats", help="Several answers of a model to one query are repeats, not a mistake.")
    ] = False,
    replace: Annotated[bool, Option("--replace", help="Put it in the place of a set of the same name.")] = False,
    format: o.Format = "table",
    json: o.Json = False,
    output: o.Outputs = None,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> int:
    """Load evaluation results as a named set: who answered what, and whether it passed.

    Reads tables (CSV, Parquet, JSON lines), promptfoo, Inspect, DeepEval and Helicone results. Judgements that failed
    (-1, null, error) are left out and counted. Prompts and answers are not stored.
    """
    from routecli.actions import evidence as action
    from routecli.cli.answer import answer, prepare
    from routecli.model.evidence_import import ImportOptions
    from routecli.model.parse import assignments, names, score

    prepare(quiet, verbose, format, json, output)
    wanted = ImportOptions(
        id=() if id is None else names(id, "--id"),
        outcomes=assignments(outcome or [], "--outcome"),
        map=assignments(map or [], "--map"),
        features=tuple(feature or ()),
        labels=tuple(label or ()),
        where=tuple(where or ()),
        format=input_format,
        model=model,
        scorer=scorer,
        threshold=None if pass_threshold is None else score(pass_threshold, "--pass-threshold"),
        repeats=repeats,
    )
    report = action.import_set(db or DEFAULT_DB, paths, name, wanted, replace_set=replace, rates=rates)
    return answer(report, format, json, output)


@app.command("show", cls=OnceCommand)
def show(
    name: Annotated[str | None, Argument(metavar="NAME", help="The set; without it, all sets are listed.")] = None,
    db: o.Db = None,
    format: o.Format = "table",
    json: o.Json = False,
    output: o.Outputs = None,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> int:
    """What an evaluation set says: pass rates with intervals, pairs of models, query types, how much data is needed."""
    from routecli.actions import evidence as action
    from routecli.cli.answer import answer, prepare

    prepare(quiet, verbose, format, json, output)
    store = db or DEFAULT_DB
    return answer(action.list_sets(store) if name is None else action.show(store, name), format, json, output)
