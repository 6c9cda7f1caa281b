"""The analysing commands. Typer needs every option spelled out per command; what they mean is in `options`."""

from typing import TYPE_CHECKING, Any

from routecli.cli import options as o

if TYPE_CHECKING:
    from routecli.actions.policies import PolicyOptions
    from routecli.actions.question import Question
    from routecli.model.spec import PolicySpec


def _question(words: dict[str, Any]) -> "Question":
    """The shared part of a command's options."""
    from routecli.actions.question import Question
    from routecli.cli.answer import today

    return Question(
        today=today(),
        rates=words["rates"],
        at=words["at"],
        db=words["db"],
        since=words["since"],
        until=words["until"],
        days=words["days"],
        where=tuple(words["where"] or ()),
        tokens=words.get("tokens"),
        input_share=words.get("input_share"),
        requests=words.get("requests"),
        preset=words.get("preset"),
        allow_unpriced=words["allow_unpriced"],
        standard_fallback=words["allow_standard_fallback"],
        latency=tuple(words.get("latency") or ()),
    )


def _policies(words: dict[str, Any]) -> "PolicyOptions":
    from routecli.actions.policies import PolicyOptions

    return PolicyOptions(
        cascades=tuple(words["cascade"] or ()),
        classifiers=tuple(words["classifier"] or ()),
        statics=tuple(words["static"] or ()),
        files=tuple(words["policy"] or ()),
        spec=_spec(words),
        baseline=words["baseline"],
        apply_to=words["apply_to"],
    )


def _spec(words: dict[str, Any]) -> "PolicySpec":
    from routecli.model.spec import PolicySpec

    return PolicySpec(success=words["success"], accuracy=words["accuracy"])


def _answer(report: Any, words: dict[str, Any]) -> int:
    from routecli.cli.answer import answer

    return answer(report, words["format"], words["json"], words["output"])


def _configure(words: dict[str, Any]) -> None:
    from routecli import diagnostics

    diagnostics.configure(quiet=words["quiet"], verbose=words["verbose"])


def simulate(
    cascade: o.Cascades = None,
    classifier: o.Classifiers = None,
    static: o.Statics = None,
    policy: o.Policies = None,
    success: o.Success = None,
    accuracy: o.Accuracy = None,
    baseline: o.Baseline = None,
    apply_to: o.ApplyTo = None,
    latency: o.Latency = None,
    tokens: o.Tokens = None,
    input_share: o.InputShare = None,
    requests: o.Requests = None,
    preset: o.Preset = None,
    rates: o.Rates = None,
    at: o.At = None,
    db: o.Db = None,
    since: o.Since = None,
    until: o.Until = None,
    days: o.Days = None,
    where: o.Where = None,
    allow_unpriced: o.AllowUnpriced = False,
    allow_standard_fallback: o.StandardFallback = False,
    format: o.Format = "table",
    json: o.Json = False,
    output: o.Outputs = None,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> int:
    """Compare routing policies with the bill as it is: cost, saving, break-even, latency, verdict.

    Works on ingested requests; with nothing ingested, on an assumed workload of 100M tokens a month, 80 % input.
    """
    words = locals()
    _configure(words)
    from routecli.actions.simulate import simulate as action

    return _answer(action(_question(words), _policies(words)), words)


def breakeven(
    cascade: o.Cascades = None,
    classifier: o.Classifiers = None,
    static: o.Statics = None,
    policy: o.Policies = None,
    success: o.Success = None,
    accuracy: o.Accuracy = None,
    baseline: o.Baseline = None,
    apply_to: o.ApplyTo = None,
    latency: o.Latency = None,
    tokens: o.Tokens = None,
    input_share: o.InputShare = None,
    requests: o.Requests = None,
    preset: o.Preset = None,
    rates: o.Rates = None,
    at: o.At = None,
    db: o.Db = None,
    since: o.Since = None,
    until: o.Until = None,
    days: o.Days = None,
    where: o.Where = None,
    allow_unpriced: o.AllowUnpriced = False,
    allow_standard_fallback: o.StandardFallback = False,
    format: o.Format = "table",
    json: o.Json = False,
    output: o.Outputs = None,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> int:
    """The success rate from which routing pays.

    Without a policy: for every cheaper partner of the model the workload runs on, one per family.
    """
    words = locals()
    _configure(words)
    from routecli.actions.breakeven import breakeven as action

    return _answer(action(_question(words), _policies(words)), words)


def latency(
    cascade: o.Cascades = None,
    classifier: o.Classifiers = None,
    static: o.Statics = None,
    policy: o.Policies = None,
    success: o.Success = None,
    accuracy: o.Accuracy = None,
    baseline: o.Baseline = None,
    apply_to: o.ApplyTo = None,
    latency: o.Latency = None,
    tokens: o.Tokens = None,
    input_share: o.InputShare = None,
    requests: o.Requests = None,
    preset: o.Preset = None,
    rates: o.Rates = None,
    at: o.At = None,
    db: o.Db = None,
    since: o.Since = None,
    until: o.Until = None,
    days: o.Days = None,
    where: o.Where = None,
    allow_unpriced: o.AllowUnpriced = False,
    allow_standard_fallback: o.StandardFallback = False,
    format: o.Format = "table",
    json: o.Json = False,
    output: o.Outputs = None,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> int:
    """Latency of each model and of each policy: mean, p50, p95, p99, and of the escalated requests alone.

    From the logs, or from --latency; a model with neither is unknown, never 0.
    """
    words = locals()
    _configure(words)
    from routecli.actions.latency import latency as action

    return _answer(action(_question(words), _policies(words)), words)


def bill(
    by: o.By = None,
    rates: o.Rates = None,
    at: o.At = None,
    db: o.Db = None,
    since: o.Since = None,
    until: o.Until = None,
    days: o.Days = None,
    where: o.Where = None,
    allow_unpriced: o.AllowUnpriced = False,
    allow_standard_fallback: o.StandardFallback = False,
    format: o.Format = "table",
    json: o.Json = False,
    output: o.Outputs = None,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> int:
    """What the ingested requests cost by the rate card, each at the price of its own time.

    --by takes any canonical column, request_id too; --at DATE prices everything as of one date.
    """
    words = locals()
    _configure(words)
    from routecli.actions.bill import bill as action

    return _answer(action(_question(words), words["by"] or ()), words)


def baseline(
    by: o.By = None,
    rates: o.Rates = None,
    at: o.At = None,
    db: o.Db = None,
    since: o.Since = None,
    until: o.Until = None,
    days: o.Days = None,
    where: o.Where = None,
    allow_unpriced: o.AllowUnpriced = False,
    allow_standard_fallback: o.StandardFallback = False,
    format: o.Format = "table",
    json: o.Json = False,
    output: o.Outputs = None,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> int:
    """The traffic as it is today: spend, lengths, shares of short and hard requests, errors, retries, latency.

    --by groups spend and latency by any column: model, query_type, user_tier, endpoint, date, ...
    """
    words = locals()
    _configure(words)
    from routecli.actions.baseline import baseline as action

    return _answer(action(_question(words), words["by"] or ()), words)
