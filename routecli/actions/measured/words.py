"""Sentences about measured policies: the verdict's reasons and what the figures rest on."""

from collections.abc import Sequence

from routecli.actions.measured.fill import Filled, Measuring
from routecli.actions.measured.lines import Answer
from routecli.maths.evaluation import Evaluation, models_of
from routecli.maths.evidence.verdict import FEW, Ruling, rule
from routecli.maths.net import Engineering
from routecli.maths.verdict import SMALL_SPEND
from routecli.model.observed import ANY
from routecli.money import PICO_PER_USD, to_usd
from routecli.report.documents.common import VerdictLine
from routecli.report.format import money as usd

PRACTICAL = 50
"""How many times the graded queries there are nobody will grade."""


def verdict_line(
    found: Answer, evaluation: Evaluation, engineering: Engineering, *, margin: float, traffic: bool
) -> VerdictLine:
    """The word on a measured policy, with its reasons."""
    numbers = found.figures
    assert numbers is not None  # without figures the verdict is that of an assumed policy
    queries = int(found.sample.rows.sum())
    ruling = rule(numbers, queries=queries, margin=margin, perfect=found.filled.perfect)
    said = [_saving(found), _quality(found, margin)]
    word = ruling.word
    against = _against(evaluation, engineering, numbers.saving.high, traffic=traffic)
    if against:
        word, said = "do not route", [*against, *said]
    elif word != "do not route" and engineering.given and not _pays(engineering, numbers.saving.low):
        word, said = "not enough evidence", [*said, "whether it pays back in time is within the interval"]
    if word == "not enough evidence":
        said += _open(ruling, queries)
    return VerdictLine(word, [text for text in said if text])


def _pays(engineering: Engineering, saving: float) -> bool:
    from fractions import Fraction

    return saving > 0 and engineering.pays(Fraction(saving))


def _against(evaluation: Evaluation, engineering: Engineering, best: float, *, traffic: bool) -> list[str]:
    if not evaluation.routed:
        return ["no request is routed"]
    said = []
    if not traffic and evaluation.bill_before < SMALL_SPEND:
        said.append(
            f"the whole bill is {usd(to_usd(evaluation.bill_before))} a month: "
            f"under about {usd(to_usd(SMALL_SPEND))} the engineering time exceeds the saving"
        )
    if engineering.given and best > 0 and not _pays(engineering, best):
        said.append(f"the build cost pays back later than after {float(engineering.limit):g} months, or never")
    return said


def _saving(found: Answer) -> str:
    numbers = found.figures
    assert numbers is not None
    low, high = numbers.saving.low / PICO_PER_USD, numbers.saving.high / PICO_PER_USD
    if low != low:
        return "the saving's interval is not known: too few queries differ"
    word = "costs more than today" if high <= 0 else "saves"
    return f"{word}: {usd(low)} to {usd(high)} a month (95 %)"


def _quality(found: Answer, margin: float) -> str:
    numbers = found.figures
    assert numbers is not None
    if not found.sample.evidence.graded:
        return "nobody graded the answers, so what routing does to quality is not known"
    if numbers.drop is None:
        return "today's quality is not measured: the set has no answers of the models the requests ran on"
    drop = numbers.drop
    size = f"{_points(abs(drop.estimate))} points {'fewer' if drop.estimate > 0 else 'more'} good answers than today"
    ends = f"({_points(drop.low)} to {_points(drop.high)} fewer, 95 %)"
    return f"{size} {ends}, {_points(margin)} may be lost"


def _points(share: float) -> str:
    return f"{100 * share:.1f}"


def _open(ruling: Ruling, queries: int) -> list[str]:
    said = []
    if "perfect gate" in ruling.facts:
        said.append(
            "a gate that knows which answers are good is the bound for every real one: score one, or add its cost"
        )
    if "few queries" in ruling.facts:
        said.append(f"{queries} graded queries are too few (at least {FEW})")
    if ruling.needed is not None and ruling.needed > PRACTICAL * queries:
        said.append("it lies too near the line to be told by any practical number of graded queries")
    elif ruling.needed is not None:
        said.append(f"about {ruling.needed:,} graded queries would tell ({queries:,} now)")
    return said


def measured_notes(measuring: Measuring) -> list[str]:
    """What was measured, and on what."""
    evidence, rows = measuring.evidence, int(measuring.rows.sum())
    if not evidence.graded:
        return [f"success and lengths rest on {rows:,} answers in the logs: {evidence.notes[0]}"]
    said = [f"success, lengths and quality rest on {rows:,} graded queries of the evaluation set '{evidence.name}'"]
    table = measuring.loaded.setting.pricer.measured
    said += [
        f"for one token on {first} {second} took {float(ratio[0]):.3g} of input and {float(ratio[1]):.3g} of output"
        for (first, second, kind), ratio in table.items()
        if kind == ANY
    ]
    if rows < evidence.n:
        said.append(f"{evidence.n - rows:,} of its queries lack a graded answer of one of the models compared")
    return said


def measured_assumptions(measuring: Measuring, filled: Sequence[Filled]) -> list[str]:
    """What had to be assumed for all that."""
    evidence, said = measuring.evidence, list[str]()
    if evidence.query_type is None and evidence.graded and not measuring.traffic:
        said.append("the evaluation set has no query types: its rates hold for every type alike")
    if any(one.perfect for one in filled):
        said.append("the gate knows which answers are good (accept = the cheap answer passed), which no gate does")
    said += [note for one in filled for note in one.notes]
    called = dict.fromkeys(model for one in filled for leaf in one.leaves for model in models_of(leaf.policy))
    unknown = [model for model in called if (evidence.models[model].input_tokens[measuring.rows] < 0).all()]
    if unknown and not measuring.traffic:
        said.append(f"{evidence.source}: no tokens of {', '.join(unknown)}: escalated requests are as long as others")
    return list(dict.fromkeys(said))
