"""`evidence import` and `evidence show`."""

from typing import Annotated, Any

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

Words = list[str] | None


def _flag(name: str, help: str) -> tuple[Any, bool]:
    return Annotated[bool, Option(name, help=help)], False


def _text(name: str, metavar: str, help: str) -> tuple[Any, None]:
    return Annotated[str | None, Option(name, metavar=metavar, help=help)], None


def _texts(name: str, metavar: str, help: str) -> tuple[Any, None]:
    return Annotated[Words, Option(name, metavar=metavar, help=f"{help} Repeatable.")], None


_OUTCOME = (
    "A row holds several models' outcomes: whose this column is (FIELD: passed, score, cost_usd, latency_ms, "
    "input_tokens, output_tokens or gate_score)."
)
IMPORT: o.Options = {
    "paths": (o.Paths, ...),
    "name": (Annotated[str, Option("--as", metavar="NAME", help="What the set is called.")], ...),
    "db": (o.Db, None),
    "rates": (o.Rates, None),
    "id": _text("--id", "COLUMN,...", "The columns that together tell queries apart."),
    "outcome": _texts("--outcome", "COLUMN=MODEL[:FIELD]", _OUTCOME),
    "map": _texts("--map", "FIELD=COLUMN", "Where a field stands, like query_type=dataset."),
    "feature": _texts("--feature", "COLUMN", "Keep a number known before any model runs."),
    "label": _texts("--label", "COLUMN", "Keep a column of few, short words."),
    "where": _texts("--where", "TEST", "column=a,b or an SQL condition on the columns; all must hold."),
    "input_format": _text("--input-format", "NAME", "The format, instead of finding it out."),
    "model": _text("--model", "NAME", "The model, where a file does not name one."),
    "scorer": _text("--scorer", "NAME", "Which scorer or metric judges, where there are several."),
    "pass_threshold": _text("--pass-threshold", "SCORE", "From which score on an answer passes. Default: 0.5."),
    "repeats": _flag("--repeats", "Several answers of a model to one query are repeats, not a mistake."),
    "replace": _flag("--replace", "Put it in the place of a set of the same name."),
}
SHOW: o.Options = {
    "name": (Annotated[str | None, Argument(metavar="NAME", help="The set; without it, all sets are listed.")], None),
    "db": (o.Db, None),
}


def _import(words: dict[str, Any]) -> int:
    """Load evaluation results as a named set: who answered what, and whether it passed.

    Reads tables (CSV, Parquet, JSON lines), promptfoo, Inspect, DeepEval and Helicone results. Judgements that failed
    (-1, null, error) are left out and counted. Prompts and answers are not stored.
    """
    from routecli.actions import evidence as action
    from routecli.cli.answer import answer, prepare
    from routecli.model.evidence_import import ImportOptions
    from routecli.model.parse import assignments, names, score

    prepare(words["quiet"], words["verbose"], words["format"], words["json"], words["output"])
    id, threshold = words["id"], words["pass_threshold"]
    wanted = ImportOptions(
        id=() if id is None else names(id, "--id"),
        outcomes=assignments(words["outcome"] or [], "--outcome"),
        map=assignments(words["map"] or [], "--map"),
        features=tuple(words["feature"] or ()),
        labels=tuple(words["label"] or ()),
        where=tuple(words["where"] or ()),
        format=words["input_format"],
        model=words["model"],
        scorer=words["scorer"],
        threshold=None if threshold is None else score(threshold, "--pass-threshold"),
        repeats=words["repeats"],
    )
    db = words["db"] or DEFAULT_DB
    report = action.import_set(
        db, words["paths"], words["name"], wanted, replace_set=words["replace"], rates=words["rates"]
    )
    return answer(report, words["format"], words["json"], words["output"])


def _show(words: dict[str, Any]) -> int:
    """What an evaluation set says: pass rates with intervals, pairs of models, query types, how much data is needed."""
    from routecli.actions import evidence as action
    from routecli.cli.answer import answer, prepare

    prepare(words["quiet"], words["verbose"], words["format"], words["json"], words["output"])
    db, name = words["db"] or DEFAULT_DB, words["name"]
    report = action.list_sets(db) if name is None else action.show(db, name)
    return answer(report, words["format"], words["json"], words["output"])


app.command("import", cls=OnceCommand)(o.spelled_out(_import, IMPORT, o.OUTPUT))
app.command("show", cls=OnceCommand)(o.spelled_out(_show, SHOW, o.OUTPUT))
