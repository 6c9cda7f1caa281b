"""Sentences that reports print: verdict reasons and what was assumed."""

from collections.abc import Sequence
from fractions import Fraction

from routecli.maths.breakeven import Root
from routecli.maths.evaluation import Evaluation
from routecli.maths.verdict import SMALL_SPEND, Verdict
from routecli.model.policy import ANY_TYPE, Cascade, Classifier, NamedPolicy, Policy, Static, Success
from routecli.money import to_usd
from routecli.report.format import money as usd
from routecli.report.format import percent_of_share as share


def verdict_sentences(verdict: Verdict, evaluation: Evaluation, root: Root | None) -> list[str]:
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
        "success assumed": "the success rate is assumed, not measured",
        "quality unknown": "whether the cheaper answers are good enough is not measured",
        "pays above": "" if value is None else f"pays above {share(float(value))}",
    }
    sentences = [texts[fact] for fact in verdict.facts]
    if root is not None and root.word == "always" and "loss" not in verdict.facts:
        sentences.append("pays at any success rate")
    if root is not None and root.word == "none":
        sentences.append("pays at no success rate")
    return sentences


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


def policy_assumptions(policies: Sequence[NamedPolicy], *, tabled: bool) -> list[str]:
    """What every policy figure rests on, said once."""
    said = ["same tokens: every model is taken to read and write the tokens that were counted"]
    kinds = {one.policy.kind for one in policies}
    if tabled:
        said.append("no --success was given: the table shows what each rate would mean")
    elif kinds & {"cascade", "classifier", "composite"}:
        said.append("success rates are assumed as typed, not measured")
    if kinds & {"cascade", "composite"}:
        said.append("escalated requests are taken to be as long as the others, and the gate to cost nothing")
    several = [one.policy for one in policies if isinstance(one.policy, Cascade) and len(one.policy.tiers) > 2]
    if any(policy.success is not None and len(policy.success.tiers) == 1 for policy in several):
        said.append("one success rate is used at every judged tier")
    if "classifier" in kinds:
        said.append("the classifier itself costs nothing; its accuracy is both its recall and 1 - false-positive rate")
    if kinds & {"static", "composite"}:
        said.append("rules are free and see the columns as logged")
    said.append("logged cache reads stay cache reads on every model")
    return said
