"""`gate`: options only."""

from pathlib import Path
from typing import Annotated, Any

from typer import Option

from routecli.cli import options as o

_SOURCE = ("at", "db", "workload", "since", "until", "days", "allow_unpriced", "allow_standard_fallback")
GATE: o.Options = {
    "base": (
        Annotated[str, Option("--base", metavar="CARD", help="The rate card as it was: a path, or REV:PATH of git.")],
        ...,
    ),
    "head": (
        Annotated[
            str | None,
            Option("--head", metavar="CARD", help="The rate card to judge: likewise. Default: the shipped card."),
        ],
        None,
    ),
    "budgets": (
        Annotated[
            Path | None, Option("--budgets", metavar="FILE", help="Budgets and waivers. Default: routecli.yaml.")
        ],
        None,
    ),
    "exit_zero": (
        Annotated[bool, Option("--exit-zero", help="Exit 0 also where a budget is breached; the report says it all.")],
        False,
    ),
    "self_test": (
        Annotated[
            bool, Option("--self-test", help="Show every budget something it must refuse; exit 1 if one lets it pass.")
        ],
        False,
    ),
}


def _gate(words: dict[str, Any]) -> int:
    """Judge a change of prices, names or policies by its effect on a known workload; exit 1 where a budget is breached.

    Both cards price the same traffic at one date; the change is split into effects that add up exactly.
    """
    from routecli.actions.gate.command import Wanted
    from routecli.actions.gate.command import gate as action
    from routecli.cli.analyse import policies_of, question_of
    from routecli.cli.answer import answer, prepare

    output = words["format"], words["json"], words["output"]
    prepare(words["quiet"], words["verbose"], *output)
    wanted = Wanted(words["base"], words["head"], words["budgets"], words["exit_zero"], words["self_test"])
    return answer(action(question_of(words), policies_of(words), wanted), *output)


_gate.__name__ = "gate"
gate = o.spelled_out(
    _gate,
    GATE,
    o.POLICIES,
    o.EVIDENCE,
    o.CASCADE,
    o.CLASSIFIER,
    o.TRAFFIC,
    {name: o.SOURCE[name] for name in _SOURCE},
    o.OUTPUT,
)
