"""`gate`: read both cards, the workload, policies and budgets; judge; write the report."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from routecli.actions.gate.document import document
from routecli.actions.gate.run import Gate, judge
from routecli.actions.policies import PolicyOptions, all_edges, named_policies
from routecli.actions.question import Question, bounds
from routecli.actions.saved import saved_workload
from routecli.data.budget_file import read_budgets
from routecli.data.cards import load_card
from routecli.errors import DataError
from routecli.model.rates import RateCard
from routecli.model.workload import Workload
from routecli.report.documents import Report

CONFIG = Path("routecli.yaml")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `gate` is asked besides the question and the policies."""

    base: str
    head: str | None = None
    budgets: Path | None = None
    exit_zero: bool = False


def gate(question: Question, options: PolicyOptions, wanted: Wanted) -> Report:
    """Judge the change from base to head. Raises DataError `no-budgets` where there is nothing to judge by."""
    path = wanted.budgets or CONFIG
    budgets, waivers = read_budgets(path)
    if not budgets:
        raise DataError(
            "no-budgets",
            "there is no budget to judge by",
            where=str(path),
            fix="add `budgets:`, for example bill_increase: {error: 10%}; routecli init writes a set",
        )
    base, head = load_card(Path(wanted.base)), load_card(None if wanted.head is None else Path(wanted.head))
    workload = _workload(question, (base, head), options)
    asked = Gate(question, base, head, workload, options, tuple(budgets), tuple(waivers))
    judged = judge(asked)
    made = document(asked, judged, str(path), [], _warnings(asked), exit_zero=wanted.exit_zero)
    return Report("gate", made, exit_code=made.exit_code)


def _workload(question: Question, cards: Sequence[RateCard], options: PolicyOptions) -> Workload:
    """The workload file, or the store cut for both cards."""
    if question.workload is not None:
        return saved_workload(question)
    from routecli.actions.workload import joined_cuts
    from routecli.data.workload import load_workload

    edges = {edge for card in cards for edge in all_edges(named_policies(options, card))}
    since, until = bounds(question)
    return load_workload(question.db or Path("routecli.duckdb"), joined_cuts(cards, edges), since=since, until=until)


def _warnings(asked: Gate) -> list[str]:
    found = []
    days = asked.workload.span.days
    if days is not None and days < 7:
        found.append(f"the workload covers {float(days):g} days, less than a week: its pattern may not be typical")
    if asked.head.sha256 == asked.base.sha256:
        found.append("base and head are the same card, byte for byte")
    return found
