"""Sentences that reports print: verdict reasons and what was assumed."""

from collections.abc import Sequence
from fractions import Fraction

from routecli.actions.policies import nested
from routecli.actions.question import Question
from routecli.maths.breakeven import Root
from routecli.maths.evaluation import Evaluation
from routecli.maths.net import Engineering
from routecli.maths.verdict import SMALL_SPEND, Verdict
from routecli.model.conditions import ANY_TYPE
from routecli.model.policy import Cascade, Classifier, NamedPolicy, Policy, Shape, Static, Success
from routecli.money import to_usd
from routecli.report.format import money as usd
from routecli.report.format import percent_of_share as share
from routecli.report.format import success_rates


def verdict_sentences(
    verdict: Verdict, evaluation: Evaluation, root: Root | None, engineering: Engineering
) -> list[str]:
    """The verdict's facts, in sentences with their figures."""
    value = root.value if root is not None else None
    texts = {
        "nothing routed": "no request is routed",
        "loss": f"costs {usd(to_usd(-evaluation.saving))} a month more than today",
        "no saving": "saves nothing",
        "small spend": (
            f"the whole bill is {usd(to_usd(evaluation.bill_before))} a month: "
            f"under about {usd(to_usd(SMALL_SPEND))} the engineering time exceeds the saving"
        ),
        "payback": _payback(engineering, evaluation.saving),
        "success assumed": "the success rate is assumed, not measured",
        "quality unknown": "whether the cheaper answers are good enough is not measured",
        "pays above": "" if value is None else f"pays {root.word if root else 'above'} {share(float(value))}",
    }
    sentences = [texts[fact] for fact in verdict.facts]
    if root is not None and root.word == "always" and "loss" not in verdict.facts:
        sentences.append(f"pays at any {_possible(root)}")
    if root is not None and root.word == "none":
        sentences.append(f"pays at no {_possible(root)}")
    if root is not None and root.word == "mixed":
        sentences.append("pays in parts of the range of success rates only")
    return sentences


def _possible(root: Root) -> str:
    return success_rates(float(root.low), 1.0 if root.high is None else float(root.high))


def _payback(engineering: Engineering, saving: Fraction) -> str:
    months = engineering.payback_months(saving)
    if months is None:
        return f"upkeep of {usd(to_usd(engineering.upkeep))} a month eats the saving"
    return f"the build cost pays back after {float(months):.1f} months, over the limit of {float(engineering.limit):g}"


def success_text(policy: Policy) -> str | None:
    """A policy's success rates as they would be typed."""
    if isinstance(policy, Static):
        parts = [text for route in (*(r.route for r in policy.rules), policy.default) if (text := success_text(route))]
        return "; ".join(dict.fromkeys(parts)) or None
    success = policy.success if isinstance(policy, Cascade | Classifier) else None
    return None if success is None else _rates(success)


def _rates(success: Success) -> str:
    if all(set(tier) == {ANY_TYPE} for tier in success.tiers):
        return ",".join(_plain(tier[ANY_TYPE]) for tier in success.tiers)
    return ",".join(f"{name}={_plain(rate)}" for tier in success.tiers for name, rate in tier.items())


def _plain(rate: Fraction) -> str:
    return f"{float(rate):g}"


def policy_assumptions(policies: Sequence[NamedPolicy], question: Question, *, tabled: bool) -> list[str]:
    """What every policy figure rests on, said once."""
    said = _token_assumptions(question)
    parts = [part for one in policies for part in nested(one.policy)]
    cascades = [part for part in parts if isinstance(part, Cascade)]
    classifiers = [part for part in parts if isinstance(part, Classifier)]
    typed = [part for part in parts if isinstance(part, Cascade | Classifier) and part.observed is None]
    if tabled:
        said.append("no --success was given: the table shows what each rate would mean")
    elif any(_rated(part) for part in typed):
        said.append("success rates and error rates are assumed as typed, not measured")
    said += [text for part in cascades for text in _cascade(part)]
    said += [text for part in classifiers for text in _classifier(part)]
    if any(isinstance(one.policy, Static) for one in policies):
        said.append("rules are free and see the columns as logged")
    return list(dict.fromkeys([*said, CACHES[question.cache]]))


def _rated(policy: Cascade | Classifier) -> bool:
    return isinstance(policy, Classifier) or policy.success is not None or policy.confusion is not None


AGAIN = "a request asked again goes through the policy as a new one of its query type, as long as that type's mean"
CACHES = {
    "kept": "logged cache reads stay cache reads on every model (--cache cold shows the bound)",
    "cold": "later tiers find nothing cached: their cache reads are priced as plain input",
    "all-cold": "no tier finds anything cached: cache reads are priced as plain input",
}


def _token_assumptions(question: Question) -> list[str]:
    same = "same tokens: where nothing else is said, models read and write as many tokens as were counted"
    if not question.tokens_ratio:
        return [same]
    return [f"token ratios as given: {', '.join(question.tokens_ratio)}", same]


def _cascade(policy: Cascade) -> list[str]:
    said = []
    if policy.gate is None or (policy.gate.model is None and not policy.gate.each):
        said.append("the gate costs nothing")
    elif policy.gate.model is not None:
        band = "" if policy.gate.reads is not None else ", in the length band of the request it judges"
        said.append(f"the gate reads at its plain input rate (no cache){band}")
    if policy.shape.input == policy.shape.output == 1 and policy.observed is None:
        said.append("escalated requests are as long as the others")
    if len(policy.tiers) > 2 and policy.observed is None and policy.success and len(policy.success.tiers) == 1:
        said.append("one success rate is used at every judged tier")
    if policy.parallel:
        said.append("which requests start the second tier at once does not depend on how they turn out")
    if policy.confusion is not None and policy.confusion.strong_quality is None:
        said.append("escalated answers are always good (give --strong-quality)")
    if policy.timeouts:
        said.append("a call cut off by a timeout is paid in full and not judged")
        if policy.shape != Shape():
            said.append("requests whose first call is cut off by a timeout are of mean length")
    if policy.retry_rate:
        said.append(AGAIN)
    return said


def _classifier(policy: Classifier) -> list[str]:
    said = ["the strong model's answers count as good"] if policy.observed is None else []
    if policy.decider is None or (policy.decider.model is None and not policy.decider.each):
        said.append("the classifier itself costs nothing")
    if policy.retry_rate:
        said.append(AGAIN)
    if policy.recall == 1 - policy.false_positive:
        said.append("the classifier's accuracy is both its recall and 1 - false-positive rate")
    return said
