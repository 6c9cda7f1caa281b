"""`latency`: each model's own latency, and each policy's as the mixture of its paths, before and after."""

from fractions import Fraction

from routecli.actions.facts import assumptions, inputs, model_prices, summary
from routecli.actions.latencies import Latencies, with_latencies
from routecli.actions.measured.choose import use
from routecli.actions.policies import all_edges, asked_names, tabulated
from routecli.actions.policy_options import PolicyOptions
from routecli.actions.question import Loaded, Question, card_for, load
from routecli.actions.routing import baseline_model, idle_words, routing
from routecli.actions.simulate import may_be_assumed
from routecli.errors import UsageError
from routecli.maths.flow import Flow
from routecli.maths.policies import flow
from routecli.model import parse
from routecli.model.policy import NamedPolicy
from routecli.report.documents import Report
from routecli.report.documents.common import Quantiles
from routecli.report.documents.latency import LatencyDocument, ModelLatency, PathLatency, PolicyLatency, Slo

INDEPENDENT = "calls in a row are taken to be independent: where slow calls come together the tail is longer"


def latency(question: Question, options: PolicyOptions, *, slo: str | None = None) -> Report:
    """Latency from the logs or from --latency. Raises UsageError where there is neither."""
    used = use(question, options, card_for(question))
    card, options = used.card, used.options
    given = tabulated(used.policies)
    wanted = None if slo is None else parse.service_level(slo)
    if wanted is not None and not given:
        raise UsageError("unused-option", "--slo is about a policy, and none is given", fix="add one, like --cascade")
    assumed = may_be_assumed(question)
    if assumed and not given:
        raise UsageError(
            "no-latency",
            "nothing is ingested and no policy is given",
            fix="routecli ingest PATH, or --cascade haiku:sonnet --latency haiku=800ms --latency sonnet=1500ms",
        )
    assumed_model = baseline_model(given, options, card) if assumed else None
    if used.evidence is not None and used.policies:
        from routecli.actions.measured.run import prepare
        from routecli.actions.measured.words import measured_assumptions, measured_notes

        found = prepare(used, question, options, assumed_model=assumed_model, needs_prices=False)
        loaded, latencies, given = found.loaded, found.latencies, found.policies
        said = [*found.notes, *measured_assumptions(found.measuring, found.filled)]
        measured = measured_notes(found.measuring)
    else:
        loaded = load(
            question, card, assumed_model=assumed_model, edges=all_edges(given), needs_prices=False, select=not given
        )
        loaded, latencies = with_latencies(loaded, strict=not given)
        said, measured = [], []
    policies = [_policy(one, loaded, latencies, options, wanted) for one in given]
    idle = [*idle_words(given, loaded, options), *(latencies.idle if given else [])]
    if not latencies.measured and not latencies.given and loaded.cells:
        idle.append("no request that was asked about has a logged latency; give one with --latency MODEL=800ms")
    named = {model for one in policies for path in one.paths for model in path.models}
    models = sorted({*latencies.measured, *latencies.given, *named})
    document = LatencyDocument(
        inputs=inputs(loaded),
        models=model_prices(loaded, asked_names(options, given, card)),
        workload=summary(loaded),
        latencies=[_model(model, latencies) for model in models],
        policies=policies,
        assumptions=[*assumptions(loaded), *said, *([INDEPENDENT] if given else []), *latencies.said],
        warnings=[*loaded.warnings, *idle],
        measured=measured,
    )
    return Report("latency", document, cautions=(*loaded.cautions, *idle))


def _model(model: str, latencies: Latencies) -> ModelLatency:
    if not latencies.knows(model):
        return ModelLatency(model, None, None, None, f"unknown: give it with --latency {model}=800ms")
    from routecli.maths.latency import summarise

    figures = summarise(latencies.pooled(model))
    measured = model in latencies.measured
    return ModelLatency(
        model,
        Quantiles(figures.mean, figures.p50, figures.p95, figures.p99),
        latencies.requests(model),
        "measured" if measured else "assumed",
        "user requests that succeeded" if measured else "given with --latency",
    )


def _policy(
    one: NamedPolicy,
    loaded: Loaded,
    latencies: Latencies,
    options: PolicyOptions,
    wanted: tuple[Fraction, float] | None,
) -> PolicyLatency:
    chosen = routing(one.policy, loaded.cells, loaded.workload, options, loaded.card, loaded.conditions)
    flowed = flow(one.policy, chosen.cells, loaded.setting)
    whole, basis = latencies.of(flowed)
    return PolicyLatency(
        name=one.name,
        kind=one.policy.kind,
        latency_ms=whole,
        before_ms=latencies.before(chosen.cells),
        paths=_paths(flowed, latencies),
        unknown=latencies.unknown(flowed),
        slo=None if wanted is None or whole is None else _slo(flowed, latencies, *wanted),
        basis=basis,
    )


def _slo(flowed: Flow, latencies: Latencies, quantile: Fraction, limit_ms: float) -> Slo:
    """share * P(late | escalated) + (1 - share) * P(late | not) = 1 - quantile, solved for the share."""
    late, weight = {True: 0.0, False: 0.0}, {True: Fraction(0), False: Fraction(0)}
    for path in flowed.paths:
        weight[path.escalated] += path.mass
        late[path.escalated] += float(path.mass) * (1 - latencies.path(path).cdf(limit_ms))
    escalated, settled = (late[kind] / float(weight[kind]) if weight[kind] else None for kind in (True, False))
    share = weight[True] / flowed.mass
    allowed = 1 - float(quantile)
    kept = sum(late.values()) / float(flowed.mass) <= allowed + 1e-12
    largest: float | None = None
    if settled is not None and settled > allowed + 1e-12:
        word = "none"
    elif escalated is None or escalated <= allowed + 1e-12:
        word, largest = "always", 1.0
    else:
        word = "at"
        largest = (allowed - (settled or 0.0)) / (escalated - (settled or 0.0))
    return Slo(float(quantile), limit_ms, kept, float(share), largest, word)


def _paths(flowed: Flow, latencies: Latencies) -> list[PathLatency]:
    routes = dict.fromkeys(path.models for path in flowed.paths)
    lines = []
    for models in routes:
        parts = [path for path in flowed.paths if path.models == models]
        share = sum(path.mass for path in parts) / flowed.mass
        known = all(latencies.knows(model) for model in models)
        lines.append(PathLatency(list(models), float(share), latencies.quantiles(parts) if known else None))
    return lines
