"""`optimize`: words in, one action, a report out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from typer import Option

from routecli.cli import options as o

SEARCH: o.Options = {
    "evidence": (
        Annotated[str, Option("--evidence", metavar="NAME", help="The evaluation set (see `evidence import`).")],
        ...,
    ),
    "models": o._say("--models", "MODEL,...", "Choose from these models only. Default: all that answered enough."),
    "baseline": o._say("--baseline", "MODEL", "Compare with this model instead of the best single one."),
    "max_quality_drop": o._say("--max-quality-drop", "POINTS", "Quality that may be lost, like 0.5pt. Default: 1pt."),
    "p95": o._say("--p95", "TIME", "Latency that 95 % of the answers must keep, like 2500ms."),
    "vendors": o._say("--vendors", "VENDOR,...", "Only models of these vendors, like anthropic."),
    "max_models": (
        Annotated[int | None, Option("--max-models", metavar="N", help="At most so many models in a policy.")],
        None,
    ),
    "frontier": (
        Annotated[bool, Option("--frontier", help="Also the whole frontier of cost against quality.")],
        False,
    ),
    "cost": (
        Annotated[
            Literal["logged", "card"] | None,
            Option("--cost", help="Costs as logged, or measured tokens at the card's prices (default where possible)."),
        ],
        None,
    ),
    "cost_per_query": o._say_often("--cost-per-query", "MODEL=USD", "What a query costs, where nothing says it."),
    "gate_usd": o._say("--gate-usd", "USD", "Dollars per judgement of an answer."),
    "gate_latency": o._say("--gate-latency", "TIME", "How long a judgement takes, like 200ms."),
    "classifier": (
        Annotated[
            bool, Option("--classifier", help="Also: what a simple classifier would reach (needs routecli[learn]).")
        ],
        False,
    ),
    "write_policy": (
        Annotated[Path | None, Option("--write-policy", metavar="PATH", help="Write the chosen policy to this file.")],
        None,
    ),
    "build_cost": o._say("--build-cost", "USD", "What building the classifier costs, once."),
    "upkeep": o._say("--upkeep", "USD", "What running it costs a month, beside the models."),
}


def optimize(words: Mapping[str, Any]) -> int:
    """Find the cheapest policy that keeps the quality, from the measured answers of an evaluation set.

    Single models, rules, routers, cascades of up to three tiers and tables of them; fitted on one half of the queries,
    judged on the other.
    """
    from routecli.actions.optimize.command import optimize as action
    from routecli.actions.optimize.wanted import Wanted
    from routecli.cli.analyse import question_of
    from routecli.cli.answer import answer, prepare

    prepare(words["quiet"], words["verbose"], words["format"], words["json"], words["output"])
    asked = {name: words[name] for name in SEARCH if name != "cost_per_query"}
    wanted = Wanted(**asked, cost_per_query=tuple(words["cost_per_query"] or ()))
    return answer(action(question_of(words), wanted), words["format"], words["json"], words["output"])


COMMAND = o.spelled_out(optimize, SEARCH, o.SOURCE, o.OUTPUT)
