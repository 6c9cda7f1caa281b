"""`ingest` and `quarantine show`."""

from pathlib import Path
from typing import Annotated, Literal

from typer import Option

from routecli.cli import options as o

DEFAULT_DB = Path("routecli.duckdb")

Table = Annotated[
    str | None, Option("--table", metavar="NAME", help="The table of a PostgreSQL database: NAME or SCHEMA.NAME.")
]
Watermark = Annotated[
    str | None,
    Option("--watermark", metavar="COLUMN", help="The table's column that only grows. Default: the request's time."),
]
Full = Annotated[bool, Option("--full", help="Read the whole table, however far it was read before.")]


def ingest(
    paths: o.Paths,
    db: o.Db = None,
    input_format: Annotated[
        str | None, Option("--input-format", metavar="NAME", help="The log format, instead of finding it out.")
    ] = None,
    map: Annotated[
        list[str] | None,
        Option("--map", metavar="COLUMN=FIELD", help="Where a column stands in the log: a name or a path. Repeatable."),
    ] = None,
    set: Annotated[
        list[str] | None,
        Option("--set", metavar="COLUMN=VALUE", help="One value of a column for every record. Repeatable."),
    ] = None,
    mapping: Annotated[
        str | None, Option("--mapping", metavar="NAME", help="Take --map and --set from routecli.yaml.")
    ] = None,
    table: Table = None,
    watermark: Watermark = None,
    full: Full = False,
    latency_unit: Annotated[
        Literal["s", "ms"] | None, Option("--latency-unit", help="Unit of a bare `latency` or `duration` column.")
    ] = None,
    max_bad: Annotated[
        str, Option("--max-bad", metavar="SHARE", help="Most bad lines a file may hold: 1% or 0.01. Beyond: exit 3.")
    ] = "100%",
    memory: Annotated[str | None, Option("--memory", metavar="SIZE", help="Most memory to use, like 1GB.")] = None,
    format: o.Format = "table",
    json: o.Json = False,
    output: o.Outputs = None,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> int:
    """Load request logs (JSONL, CSV, Parquet; plain, .gz or .zst) or a database table into one DuckDB file.

    Bad lines go to a quarantine with file, line and reason; the rest still loads. Repeats are counted, not added.
    Prompt and response text is never stored.
    """
    from routecli.actions import ingest as action
    from routecli.cli.answer import answer, now, prepare
    from routecli.model.ingest import IngestOptions
    from routecli.model.parse import assignments, share_or_percent

    prepare(quiet, verbose, format, json, output)
    wanted = IngestOptions(
        input_format,
        latency_unit,
        float(share_or_percent(max_bad, "--max-bad")),
        memory,
        assignments(map or [], "--map"),
        assignments(set or [], "--set"),
        table,
        watermark,
        full,
    )
    return answer(action.ingest(db or DEFAULT_DB, paths, wanted, now(), mapping), format, json, output)


def quarantine_show(
    db: o.Db = None,
    limit: Annotated[int, Option("--limit", min=1, help="Most lines to show.")] = 50,
    format: o.Format = "table",
    json: o.Json = False,
    output: o.Outputs = None,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> int:
    """List the lines that were not loaded: file, line, reason and an excerpt without prompt text."""
    from routecli.actions import ingest as action
    from routecli.cli.answer import answer, prepare

    prepare(quiet, verbose, format, json, output)
    return answer(action.quarantine_show(db or DEFAULT_DB, limit), format, json, output)
