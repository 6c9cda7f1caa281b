"""The options that commands share, each with its one help text, and the groups that commands are made of.

No logic lives here. A command lists its groups (`spelled_out`), so an option is written once however many commands
have it, and they all say and mean the same.
"""

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from typer import Argument, Option

FormatName = Literal["table", "json", "csv", "markdown", "github", "junit", "sarif"]

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
WorkloadFile = Annotated[
    Path | None,
    Option(
        "--workload",
        metavar="PATH",
        help="A workload file (see `workload build`) or evidence:NAME, in place of a store.",
    ),
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
    bool, Option("--allow-unpriced", help="Leave out traffic that the card has no price of, and say so.")
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
        "--success",
        metavar="RATES",
        help="0.7 (every tier), 0.5,0.6 (per tier), faq=0.9,*=0.7 (per query type) or `measured`.",
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

Text = str | None
Words = list[str] | None


def _say(name: str, metavar: str, help: str) -> tuple[Any, None]:
    return Annotated[Text, Option(name, metavar=metavar, help=help)], None


def _say_often(name: str, metavar: str, help: str) -> tuple[Any, None]:
    return Annotated[Words, Option(name, metavar=metavar, help=f"{help} Repeatable.")], None


Cache = Annotated[
    Literal["kept", "cold", "all-cold"],
    Option("--cache", help="Logged cache reads stay reads; or later tiers, or all, find nothing cached."),
]

Options = Mapping[str, tuple[Any, Any]]
"""Parameter name -> (annotated type, default)."""

OUTPUT: Options = {
    "format": (Format, "table"),
    "json": (Json, False),
    "output": (Outputs, None),
    "quiet": (Quiet, False),
    "verbose": (Verbose, False),
}
POLICIES: Options = {
    "cascade": (Cascades, None),
    "classifier": (Classifiers, None),
    "static": (Statics, None),
    "policy": (Policies, None),
    "success": (Success, None),
    "baseline": (Baseline, None),
    "apply_to": (ApplyTo, None),
}
EVIDENCE: Options = {
    "evidence": _say(
        "--evidence", "NAME", "The evaluation set that success is measured by (see `evidence import`), or `logs`."
    ),
    "gate_threshold": _say(
        "--gate-threshold", "SCORE", "Gate score from which on an answer is accepted, or `perfect`."
    ),
    "max_quality_drop": _say("--max-quality-drop", "POINTS", "Good answers that may be lost, like 1pt. Default: 1pt."),
}
CASCADE: Options = {
    "gate": _say("--gate", "MODEL", "The gate is this model: it reads input and answer and is paid for."),
    "gate_input": _say("--gate-input", "TOKENS", "+150: tokens the gate reads besides; 1150: tokens it reads in all."),
    "gate_output": _say("--gate-output", "TOKENS", "Tokens the gate writes per judgement."),
    "gate_usd": _say("--gate-usd", "USD", "Dollars per judgement, beside or instead of a model."),
    "gate_latency": _say("--gate-latency", "TIME", "How long a judgement takes, like 200ms."),
    "cheap_quality": _say("--cheap-quality", "SHARE", "How often the cheap answer is good."),
    "false_accept": _say("--false-accept", "SHARE", "How often the gate accepts a bad answer."),
    "false_reject": _say("--false-reject", "SHARE", "How often the gate refuses a good answer."),
    "strong_quality": _say("--strong-quality", "SHARE", "How often an escalated answer is good. Default: always."),
    "canary": _say("--canary", "SHARE", "Share of accepted requests that also runs on the last tier."),
    "canary_usd": _say("--canary-usd", "USD", "Dollars to grade one canary request."),
    "escalated_input": _say("--escalated-input", "FACTOR", "Input tokens of escalated requests against the mean."),
    "escalated_output": _say("--escalated-output", "FACTOR", "Output tokens of escalated requests against the mean."),
    "timeout": _say_often("--timeout", "MODEL=TIME", "Cut a tier's call off; it is paid for and escalates."),
    "parallel": _say("--parallel", "SHARE", "Share of requests that starts the second tier at once."),
}
CLASSIFIER: Options = {
    "accuracy": (Accuracy, None),
    "recall": _say("--recall", "SHARE", "Share of easy requests the classifier sends to the cheap model."),
    "false_positive": _say("--false-positive", "SHARE", "Share of hard requests it sends there too."),
    "classifier_model": _say("--classifier-model", "MODEL", "The classifier is this model and is paid for."),
    "classifier_input": _say("--classifier-input", "TOKENS", "+50: tokens it reads besides the input; 300: in all."),
    "classifier_output": _say("--classifier-output", "TOKENS", "Tokens the classifier writes per request."),
    "classifier_usd": _say("--classifier-usd", "USD", "Dollars per request, beside or instead of a model."),
    "classifier_latency": _say("--classifier-latency", "TIME", "How long the classifier takes, like 30ms."),
}
TRAFFIC: Options = {
    "retry_rate": _say(
        "--retry-rate",
        "SHARE",
        "How often users ask again after a silent failure (a bad cheap answer).",
    ),
    "tokens_ratio": _say_often(
        "--tokens-ratio", "FROM:TO=IN/OUT", "Tokens on one model for one on another, like 1.0/1.2."
    ),
    "cache": (Cache, "kept"),
    "latency": (Latency, None),
}
ASSUMED: Options = {
    "tokens": (Tokens, None),
    "input_share": (InputShare, None),
    "requests": (Requests, None),
    "cached_share": _say("--cached-share", "SHARE", "Assumed workload: share of the input read from cache (0-1)."),
    "preset": (Preset, None),
}
SOURCE: Options = {
    "rates": (Rates, None),
    "at": (At, None),
    "db": (Db, None),
    "workload": (WorkloadFile, None),
    "since": (Since, None),
    "until": (Until, None),
    "days": (Days, None),
    "where": (Where, None),
    "allow_unpriced": (AllowUnpriced, False),
    "allow_standard_fallback": (StandardFallback, False),
}
NET: Options = {
    "build_cost": _say("--build-cost", "USD", "What building the router costs, once."),
    "upkeep": _say("--upkeep", "USD", "What running it costs a month, beside the models."),
    "payback_limit": _say("--payback-limit", "MONTHS", "Longest payback that is worth it. Default: 12."),
}
SENSITIVITY: Options = {
    "sensitivity": (
        Annotated[bool, Option("--sensitivity", help="Rank the assumptions by how far each moves the saving.")],
        False,
    ),
}
VARY: Options = {
    "vary": _say("--vary", "NAME,NAME", "The saving over two parameters at once, like success,gate_cost_usd."),
}
SLO: Options = {"slo": _say("--slo", "pN=TIME", "Largest escalation share that keeps this, like p95=2500ms.")}
GROUPING: Options = {"by": (By, None)}
RECONCILE: Options = {
    "reconcile": (
        Annotated[bool, Option("--reconcile", help="Compare with the logged costs, and say why they differ.")],
        False,
    ),
    "tolerance": _say("--tolerance", "SHARE", "With --reconcile: how far a group may be off, like 0.5%. Default: 1%."),
    "exit_zero": (
        Annotated[bool, Option("--exit-zero", help="With --reconcile: exit 0 also where a group is off by more.")],
        False,
    ),
}

Paths = Annotated[
    list[str], Argument(metavar="PATH...", help="Files, folders, patterns, s3://, gs:// or postgresql:// URLs, -.")
]


def spelled_out(function: Callable[[dict[str, Any]], int], *groups: Options) -> Callable[..., int]:
    """A command for Typer whose options are those of the groups; `function` gets them as one mapping by name."""

    def command(**words: Any) -> int:
        return function(words)

    parts = [(name, *option) for group in groups for name, option in group.items()]
    command.__name__, command.__doc__ = function.__name__, function.__doc__
    # Typer reads a command's options off its signature.
    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
            for name, annotation, default in parts
        ]
    )
    return command
