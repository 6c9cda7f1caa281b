"""The options that commands share, each with its one help text. No logic lives here."""

from pathlib import Path
from typing import Annotated, Literal

from typer import Argument, Option

FormatName = Literal["table", "json", "csv", "markdown"]

Format = Annotated[FormatName, Option("--format", "-f", help="How to print the report.")]
Json = Annotated[bool, Option("--json", help="Short for --format json.")]
Outputs = Annotated[
    list[str] | None,
    Option("--output", "-o", metavar="FMT=PATH", help="Also write the report to a file; may be repeated."),
]
Quiet = Annotated[bool, Option("--quiet", "-q", help="No notes or progress on stderr.")]
Verbose = Annotated[bool, Option("--verbose", "-v", help="More detail on stderr.")]

Rates = Annotated[
    Path | None, Option("--rates", metavar="PATH", help="A rate card file or folder, in place of the shipped card.")
]
At = Annotated[str | None, Option("--at", metavar="DATE", help="Price everything as of this date (or UTC time).")]
Db = Annotated[
    Path | None, Option("--db", metavar="PATH", help="The store of ingested requests. Default: routecli.duckdb.")
]
Since = Annotated[str | None, Option("--since", metavar="DATE", help="First day (or UTC time) to look at.")]
Until = Annotated[
    str | None, Option("--until", metavar="DATE", help="Last day to look at, that day included (a time is excluded).")
]
Days = Annotated[
    str | None, Option("--days", metavar="N", help="Days the data stands for, in place of its first to last date.")
]
Where = Annotated[
    list[str] | None,
    Option("--where", metavar="TEST", help="column=a,b or column!=a or input_tokens<=1000; all must hold. Repeatable."),
]
By = Annotated[
    list[str] | None,
    Option("--by", metavar="COLUMN,...", help="Group by these columns (any canonical one; also date, month, hour)."),
]
AllowUnpriced = Annotated[
    bool, Option("--allow-unpriced", help="Leave out traffic of models the card does not know, and say so.")
]
StandardFallback = Annotated[
    bool, Option("--allow-standard-fallback", help="Price a mode the card lacks at the standard rate, and say so.")
]

Tokens = Annotated[str | None, Option("--tokens", metavar="N", help="Assumed workload: tokens a month, like 100M.")]
InputShare = Annotated[
    str | None, Option("--input-share", metavar="SHARE", help="Assumed workload: share of them that is input (0-1).")
]
Requests = Annotated[
    str | None, Option("--requests", metavar="N", help="Assumed workload: in how many requests a month.")
]
Preset = Annotated[
    str | None, Option("--preset", metavar="NAME", help="Assumed workload by name: support, coding or content.")
]

Cascades = Annotated[
    list[str] | None,
    Option("--cascade", metavar="CHEAP:...:STRONG", help="Cheap model first, escalate refused answers. Repeatable."),
]
Classifiers = Annotated[
    list[str] | None,
    Option("--classifier", metavar="CHEAP:STRONG", help="Decide before any model runs; needs --accuracy. Repeatable."),
]
Statics = Annotated[
    list[Path] | None, Option("--static", metavar="FILE", help="Static rules in a YAML file. Repeatable.")
]
Policies = Annotated[
    list[Path] | None, Option("--policy", metavar="FILE", help="Any policy in a YAML file. Repeatable.")
]
Success = Annotated[
    str | None,
    Option(
        "--success", metavar="RATES", help="0.7 (every tier), 0.5,0.6 (per tier) or faq=0.9,*=0.7 (per query type)."
    ),
]
Accuracy = Annotated[str | None, Option("--accuracy", metavar="SHARE", help="How often the classifier is right (0-1).")]
Baseline = Annotated[
    str | None,
    Option("--baseline", metavar="MODEL", help="Compare with this model instead of what the traffic ran on."),
]
ApplyTo = Annotated[
    str | None,
    Option("--apply-to", metavar="all|MODEL,...", help="What is routed; default: what ran on the last tier."),
]
Latency = Annotated[
    list[str] | None, Option("--latency", metavar="MODEL=TIME", help="A model's latency, like haiku=800ms. Repeatable.")
]

Paths = Annotated[list[str], Argument(metavar="PATH...", help="Files, globs, folders, or - for stdin.")]
