"""What deciding costs: a gate that reads every answer, a classifier that reads every request.

G = n * each + read * input rate + n * output * output rate, with read = input + answer + n * overhead (no cache), or
n * reads where the total per judgement is given, which then decides the judge's length tier. Worked: 100,000 requests
of 800 + 200 tokens, haiku reads 150 more and writes 5: 100,000 * (1,150 * $1 + 5 * $5) / 1M = $117.50.
"""

from collections.abc import Sequence
from fractions import Fraction

from routecli.errors import UsageError
from routecli.maths.flow import Setting
from routecli.model.policy import Judge, Shape
from routecli.model.workload import Cell

PLAIN = Shape()


def judgement_cost(
    judge: Judge, cells: Sequence[Cell], setting: Setting, *, answers: bool, shape: Shape = PLAIN
) -> Fraction:
    """The cost of judging all the cells' requests once, in pico-USD.

    `answers`: the judge reads the answer too (a gate); a classifier does not. `shape` lengthens what is read.
    Raises UsageError where the number of requests is not known.
    """
    return sum((_cell(judge, cell, setting, answers, shape) for cell in cells), start=Fraction(0))


def _cell(judge: Judge, cell: Cell, setting: Setting, answers: bool, shape: Shape) -> Fraction:
    if judge.model is None and not judge.each:
        return Fraction(0)
    if cell.n is None:
        raise UsageError(
            "requests-unknown",
            "a judge is paid per request, and an assumed workload of tokens has no number of requests",
            fix="add --requests N",
        )
    count = cell.n - cell.unmetered
    cost = count * judge.each
    if judge.model is None:
        return cost
    model = setting.pricer.card.models[judge.model]
    rates = setting.pricer.rates(cell, model, length=judge.reads)
    if judge.reads is not None:
        read = Fraction(count * judge.reads)
    else:
        tokens_in, tokens_out = setting.pricer.ratio(cell, judge.model)
        read = cell.input * shape.input * tokens_in + count * judge.overhead
        read += cell.output * shape.output * tokens_out if answers else 0
    paid = read * rates.input + count * judge.output * (rates.output or 0)
    return cost + paid * setting.pricer.scale(cell, model)
