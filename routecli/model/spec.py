"""A policy as words, from the command line or a file, and what those words mean.

Both ways of writing a policy fill a `PolicySpec`, so they mean the same and refuse the same. Every refusal is a
UsageError that says what was written and what is allowed.
"""

import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from routecli.errors import UsageError
from routecli.model import parse
from routecli.model.cuts import gate_thresholds, router_cut
from routecli.model.names import resolve
from routecli.model.policy import Canary, Cascade, Classifier, Confusion, Judge, Shape, Success
from routecli.model.rates import RateCard
from routecli.model.ratios import ratio
from routecli.model.success import success as success_rates
from routecli.model.written import JudgeSpec, PolicySpec
from routecli.money import from_usd

MOST_USD, MOST_DECIMALS = 10**12, 30
"""Amounts beyond these are slips of the pen, and no sum of money anybody routes for."""

CASCADE_ONLY = (
    "gate",
    "canary",
    "canary_usd",
    "escalated_input",
    "escalated_output",
    "timeouts",
    "parallel",
    "cheap_quality",
    "false_accept",
    "false_reject",
    "strong_quality",
)
CLASSIFIER_ONLY = ("accuracy", "recall", "false_positive", "decider")


def unused(spec: PolicySpec, kinds: set[str]) -> str | None:
    """The first thing written that none of these kinds of policy has a use for."""
    names = (() if "cascade" in kinds else CASCADE_ONLY) + (() if "classifier" in kinds else CLASSIFIER_ONLY)
    for name in (*names, *(() if kinds & {"cascade", "classifier"} else ("retry_rate",))):
        value: object = getattr(spec, name)
        if value.given if isinstance(value, JudgeSpec) else value not in (None, {}):
            return str(name)
    return None


def cascade(text: str, spec: PolicySpec, card: RateCard) -> Cascade:
    """`cheap:...:strong` with everything written about it."""
    names = parse.tiers(text, "--cascade")
    if len(names) < 2:
        raise UsageError(
            "too-few-tiers",
            f"a cascade needs at least two models, '{text}' names one",
            fix=f"for example --cascade {_with_colons(text)}",
        )
    models = tuple(resolve(card, name, typed=True).id for name in names)
    repeated = [model for model in dict.fromkeys(models) if models.count(model) > 1]
    if repeated:
        raise UsageError("repeated-tier", f"--cascade {text} calls {repeated[0]} twice")
    success = None if spec.success is None else success_rates(spec.success, len(models) - 1)
    return Cascade(
        models,
        success,
        gate=judge(spec.gate, "gate", card),
        canary=_canary(spec),
        shape=Shape(
            ratio(spec.escalated_input, "--escalated-input"), ratio(spec.escalated_output, "--escalated-output")
        ),
        confusion=_confusion(spec, success, len(models)),
        timeouts=_timeouts(spec, models, card),
        parallel=_share(spec.parallel, "--parallel"),
        retry_rate=_retry(spec, known=spec.cheap_quality is not None or spec.false_accept is not None),
        thresholds=gate_thresholds(spec.gate, len(models) - 1),
    )


def _with_colons(text: str) -> str:
    """The models as they should have been written, where something else stands between them."""
    names = [name for name in re.split(r"[\s,>/|+-]*[\s,>|+][\s,>/|+-]*", text.strip()) if name]
    return ":".join(names) if len(names) > 1 else f"{text}:sonnet"


def classifier(text: str, spec: PolicySpec, card: RateCard) -> Classifier:
    """`cheap:strong` with an accuracy (recall x, false-positive rate 1 - x), or with both rates."""
    names = parse.tiers(text, "--classifier")
    if len(names) != 2:
        raise UsageError("bad-classifier", f"--classifier takes two models, cheap:strong, not '{text}'")
    cheap, strong = (resolve(card, name, typed=True).id for name in names)
    if cheap == strong:
        raise UsageError("repeated-tier", f"--classifier {text} names {cheap} twice")
    recall, false_positive = _rates(spec)
    return Classifier(
        cheap,
        strong,
        recall,
        false_positive,
        None if spec.success is None else success_rates(spec.success, 1),
        decider=judge(spec.decider, "classifier", card),
        retry_rate=_retry(spec, known=True),
        cut=router_cut(spec.decider),
    )


def _rates(spec: PolicySpec) -> tuple[Fraction, Fraction]:
    if spec.accuracy is not None:
        if spec.recall is not None or spec.false_positive is not None:
            raise UsageError(
                "two-accuracies", "--accuracy stands for --recall and --false-positive", fix="give it, or both of them"
            )
        right = parse.share(spec.accuracy, "--accuracy")
        return right, 1 - right
    if spec.recall is None or spec.false_positive is None:
        raise UsageError(
            "no-accuracy",
            "a classifier needs its accuracy",
            fix="add --accuracy 0.9, or --recall and --false-positive (shares from 0 to 1)",
        )
    return parse.share(spec.recall, "--recall"), parse.share(spec.false_positive, "--false-positive")


def judge(spec: JudgeSpec, name: str, card: RateCard) -> Judge | None:
    """What a gate or a classifier costs; None where nothing is written (then it costs nothing)."""
    if not spec.costs:
        return None
    if spec.model is None and (spec.input is not None or spec.output is not None):
        raise UsageError("judge-without-model", f"--{name}-input and --{name}-output need the {name}'s model")
    text = "+0" if spec.input is None else spec.input
    tokens = parse.count(text.removeprefix("+"), f"--{name}-input")
    more = text.startswith("+")
    return Judge(
        model=None if spec.model is None else resolve(card, spec.model, typed=True).id,
        overhead=tokens if more else 0,
        reads=None if more else tokens,
        output=0 if spec.output is None else parse.count(spec.output, f"--{name}-output"),
        each=Fraction(0) if spec.usd is None else usd(spec.usd, f"--{name}-usd"),
        latency_ms=None if spec.latency is None else parse.milliseconds(spec.latency, f"--{name}-latency"),
    )


def _canary(spec: PolicySpec) -> Canary | None:
    if spec.canary is None:
        if spec.canary_usd is not None:
            raise UsageError("unused-option", "--canary-usd is the cost of grading a canary", fix="add --canary 0.05")
        return None
    each = Fraction(0) if spec.canary_usd is None else usd(spec.canary_usd, "--canary-usd")
    return Canary(parse.share(spec.canary, "--canary"), each)


def _confusion(spec: PolicySpec, success: Success | None, tiers: int) -> Confusion | None:
    """The gate's errors; with a success rate in place of --cheap-quality, the quality that gives that rate."""
    if spec.false_accept is None and spec.false_reject is None and spec.cheap_quality is None:
        if spec.strong_quality is not None:
            raise UsageError("unused-option", "--strong-quality goes with --false-accept and --false-reject")
        return None
    if tiers != 2:
        raise UsageError("confusion-tiers", "a gate's errors can be given for a cascade of two tiers only")
    accept_bad = _share(spec.false_accept, "--false-accept")
    refuse_good = _share(spec.false_reject, "--false-reject")
    strong = None if spec.strong_quality is None else parse.share(spec.strong_quality, "--strong-quality")
    if spec.cheap_quality is not None:
        found = Confusion(parse.share(spec.cheap_quality, "--cheap-quality"), accept_bad, refuse_good, strong)
        if success is not None and any(rate != found.accept for rate in success.tiers[0].values()):
            raise UsageError(
                "two-accept-rates",
                f"--success contradicts the gate's errors, which make the accept rate {float(found.accept):g}",
                fix="leave out --success",
            )
        return found
    return Confusion(_quality(success, accept_bad, refuse_good), accept_bad, refuse_good, strong)


def _quality(success: Success | None, accept_bad: Fraction, refuse_good: Fraction) -> Fraction:
    rates = set(success.tiers[0].values()) if success is not None else set()
    if len(rates) != 1:
        raise UsageError(
            "no-quality", "the gate's errors need to know how good the cheap model is", fix="add --cheap-quality 0.75"
        )
    accept, spread = rates.pop(), 1 - refuse_good - accept_bad
    low, high = sorted((accept_bad, 1 - refuse_good))
    if spread == 0 or not low <= accept <= high:
        raise UsageError(
            "impossible-accept-rate",
            f"with these errors a gate accepts from {float(low):g} to {float(high):g} of the answers, "
            f"not {float(accept):g}",
        )
    return (accept - accept_bad) / spread


def _timeouts(spec: PolicySpec, models: tuple[str, ...], card: RateCard) -> dict[str, float]:
    found = {}
    for name, text in spec.timeouts.items():
        model = resolve(card, name, typed=True).id
        if model not in models[:-1]:
            raise UsageError("bad-timeout", f"--timeout {name}: only a tier that something comes after can be cut off")
        found[model] = parse.milliseconds(text, f"--timeout {name}")
        if found[model] <= 0:
            raise UsageError("bad-timeout", f"--timeout {name} must be above 0, not {text}")
    return found


def _retry(spec: PolicySpec, *, known: bool) -> Fraction:
    if spec.retry_rate is not None and not known:
        raise UsageError(
            "unused-option",
            "--retry-rate is about bad answers that were shipped, and nothing says how many there are",
            fix="add --cheap-quality, --false-accept and --false-reject",
        )
    return _share(spec.retry_rate, "--retry-rate")


def _share(text: str | None, option: str) -> Fraction:
    return Fraction(0) if text is None else parse.share(text, option)


def usd(text: str, option: str) -> Fraction:
    """Dollars of 0 or more as exact pico-USD; `$` and thousands separators are fine."""
    try:
        plain = text.strip().removeprefix("$")
        grouped = re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+(\.\d+)?", plain)
        value = Decimal(plain.replace(",", "") if grouped else plain)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value <= MOST_USD or value.as_tuple().exponent < -MOST_DECIMALS:  # type: ignore[operator]
        raise UsageError(
            "bad-usd",
            f"{option} takes dollars from 0 to {MOST_USD:,} with at most {MOST_DECIMALS} decimals, not '{text}'",
        )
    return from_usd(value)
