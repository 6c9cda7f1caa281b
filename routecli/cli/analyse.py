"""The analysing commands: words in, one action, a report out. What the options mean is in `options`."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from routecli.cli import options as o
from routecli.errors import UsageError

if TYPE_CHECKING:
    from routecli.actions.policy_options import PolicyOptions
    from routecli.actions.question import Question
    from routecli.model.written import JudgeSpec, PolicySpec
    from routecli.report.documents import Report

Words = Mapping[str, Any]


def simulate(words: Words) -> int:
    """Compare routing policies with the bill as it is: cost, saving, break-even, latency, verdict.

    Works on ingested requests; with nothing ingested, on an assumed workload of 100M tokens a month, 80 % input.
    """
    _configure(words)
    from routecli.actions.simulate import simulate as action

    return _answer(action(question_of(words), policies_of(words), sensitivity=words["sensitivity"]), words)


def breakeven(words: Words) -> int:
    """Where routing starts to pay: the break-even value of every parameter of a policy.

    Without a policy: the success rate needed by every cheaper partner of the model the workload runs on.
    """
    _configure(words)
    from routecli.actions.breakeven import breakeven as action

    return _answer(action(question_of(words), policies_of(words), vary=words["vary"]), words)


def latency(words: Words) -> int:
    """Latency of each model and of each policy: mean, p50, p95, p99, and of the escalated requests alone.

    From the logs, or from --latency; a model with neither is unknown, never 0.
    """
    _configure(words)
    from routecli.actions.latency import latency as action

    return _answer(action(question_of(words), policies_of(words), slo=words["slo"]), words)


def bill(words: Words) -> int:
    """What the ingested requests cost by the rate card, each at the price of its own time.

    --by takes any canonical column, request_id too; --at DATE prices everything as of one date. --reconcile compares
    with the logged costs, group by group, and exits 1 where one is off by more than --tolerance.
    """
    _configure(words)
    if words["reconcile"]:
        from routecli.actions.reconcile import Wanted, reconcile

        wanted = Wanted(tuple(words["by"] or ()), words["tolerance"], words["exit_zero"])
        return _answer(reconcile(question_of(words), wanted), words)
    idle = [option for option in ("tolerance", "exit_zero") if words[option]]
    if idle:
        name = f"--{idle[0].replace('_', '-')}"
        raise UsageError("needs-reconcile", f"{name} goes with --reconcile", fix="add --reconcile, or leave it out")
    from routecli.actions.bill import bill as action

    return _answer(action(question_of(words), words["by"] or ()), words)


def baseline(words: Words) -> int:
    """The traffic as it is today: spend, lengths, shares of short and hard requests, errors, retries, latency.

    --by groups spend and latency by any column: model, query_type, user_tier, endpoint, date, ...
    """
    _configure(words)
    from routecli.actions.baseline import baseline as action

    return _answer(action(question_of(words), words["by"] or ()), words)


PERFECT = "perfect"
"""What --gate-threshold takes in place of a score."""

_POLICY_GROUPS = (o.POLICIES, o.EVIDENCE, o.CASCADE, o.CLASSIFIER, o.TRAFFIC, o.ASSUMED, o.SOURCE, o.OUTPUT)
COMMANDS: dict[str, Callable[..., int]] = {
    "baseline": o.spelled_out(baseline, o.GROUPING, o.SOURCE, o.OUTPUT),
    "bill": o.spelled_out(bill, o.GROUPING, o.RECONCILE, o.SOURCE, o.OUTPUT),
    "simulate": o.spelled_out(simulate, *_POLICY_GROUPS, o.NET, o.SENSITIVITY),
    "breakeven": o.spelled_out(breakeven, *_POLICY_GROUPS, o.NET, o.VARY),
    "latency": o.spelled_out(latency, *_POLICY_GROUPS, o.SLO),
}
"""Name -> the command as Typer sees it."""


_SAME = ("rates", "at", "db", "since", "until", "days")


def question_of(words: Words) -> "Question":
    """The shared part of a command's options; those that a command does not have are not asked."""
    from routecli.actions.question import Question
    from routecli.cli.answer import today

    maybe = (
        "rates",
        "at",
        "db",
        "workload",
        "since",
        "until",
        "days",
        "tokens",
        "input_share",
        "requests",
        "preset",
        "cached_share",
    )
    texts: dict[str, Any] = {name: words.get(name) for name in maybe}
    return Question(
        today=today(),
        **texts,
        where=tuple(words.get("where") or ()),
        allow_unpriced=words["allow_unpriced"],
        standard_fallback=words["allow_standard_fallback"],
        latency=tuple(words.get("latency") or ()),
        tokens_ratio=tuple(words.get("tokens_ratio") or ()),
        cache=words.get("cache", "kept"),
    )


def policies_of(words: Words) -> "PolicyOptions":
    """The policies that a command was asked about."""
    from routecli.actions.policy_options import PolicyOptions

    return PolicyOptions(
        cascades=tuple(words["cascade"] or ()),
        classifiers=tuple(words["classifier"] or ()),
        statics=tuple(words["static"] or ()),
        files=tuple(words["policy"] or ()),
        spec=_spec(words),
        baseline=words["baseline"],
        apply_to=words["apply_to"],
        evidence=words.get("evidence"),
        perfect_gate=words.get("gate_threshold") == PERFECT,
        max_quality_drop=words.get("max_quality_drop"),
        **_net(words),
    )


def _net(words: Words) -> dict[str, Any]:
    return {name: words.get(name) for name in o.NET}


def _spec(words: Words) -> "PolicySpec":
    from dataclasses import fields

    from routecli.model import parse
    from routecli.model.written import PolicySpec

    return PolicySpec(
        **{part.name: words[part.name] for part in fields(PolicySpec) if part.name in words and part.name != "gate"},
        gate=_judge(words, "gate", "gate"),
        decider=_judge(words, "classifier_model", "classifier"),
        timeouts=parse.pairs(words["timeout"] or (), "--timeout"),
    )


def _judge(words: Words, model: str, prefix: str) -> "JudgeSpec":
    from routecli.model.written import JudgeSpec

    threshold = words.get(f"{prefix}_threshold")
    input, output, usd, latency = (words[f"{prefix}_{part}"] for part in ("input", "output", "usd", "latency"))
    return JudgeSpec(words[model], input, output, usd, latency, None if threshold == PERFECT else threshold)


def _answer(report: "Report", words: Words) -> int:
    from routecli.cli.answer import answer

    return answer(report, words["format"], words["json"], words["output"])


def _configure(words: Words) -> None:
    from routecli.cli.answer import prepare

    prepare(words["quiet"], words["verbose"], words["format"], words["json"], words["output"])
