"""`gate`: read both cards, the workload, policies and budgets; judge; write the report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from routecli.actions.gate.document import document, self_test_document
from routecli.actions.gate.run import Gate, judge
from routecli.actions.policy_options import PolicyOptions
from routecli.actions.question import Question, bounds
from routecli.actions.resolution import above_warnings, ids_in
from routecli.actions.saved import saved_workload
from routecli.data.budget_file import read_budgets
from routecli.data.cards import load_card, load_card_at
from routecli.data.config import FILE, read_config
from routecli.data.deployments import deployed
from routecli.data.git import parse_place, read_blobs
from routecli.data.overlays import overlaid
from routecli.errors import DataError, RoutecliError
from routecli.maths.changes import card_changes
from routecli.model.rates import RateCard
from routecli.model.workload import Workload
from routecli.report.documents import Report


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `gate` is asked besides the question and the policies."""

    base: str
    head: str | None = None
    budgets: Path | None = None
    exit_zero: bool = False
    self_test: bool = False


def gate(question: Question, options: PolicyOptions, wanted: Wanted) -> Report:
    """Judge the change from base to head. Raises DataError `no-budgets` where there is nothing to judge by."""
    path = wanted.budgets or FILE
    missing = wanted.budgets is None and not path.is_file()
    budgets, waivers = ([], []) if missing else read_budgets(path)
    if not budgets:
        raise DataError(
            "no-budgets",
            "there is no budget to judge by",
            where=str(path),
            fix="add `budgets:`, for example bill_increase: {error: 10%}; routecli init writes a set",
        )
    head = load_card(None) if wanted.head is None else load_card_at(wanted.head)
    base, head = overlaid(load_card_at(wanted.base)), overlaid(head)
    base, head = deployed(base, read_config(), partly=True), deployed(head, read_config())
    workload = _workload(question, (base, head), options)
    asked = Gate(question, base, head, workload, options, tuple(budgets), tuple(waivers))
    asked = replace(asked, changes=card_changes(base, head, asked.at))
    with TemporaryDirectory(prefix="routecli-") as folder:
        asked = replace(asked, old_policies=_old_policies(options, wanted.base, Path(folder)))
        return _report(asked, str(path), wanted)


def _report(asked: Gate, budgets: str, wanted: Wanted) -> Report:
    if wanted.self_test:
        from routecli.actions.gate.selftest import trials

        tried = self_test_document(asked, trials(asked), budgets)
        return Report("gate-self-test", tried, exit_code=tried.exit_code)
    made = document(asked, judge(asked), budgets, _warnings(asked), exit_zero=wanted.exit_zero)
    return Report("gate", made, exit_code=made.exit_code)


def _old_policies(options: PolicyOptions, base: str, folder: Path) -> PolicyOptions | None:
    """The policy files as they are on base, where base is a git revision that has them; else None: the same as now."""
    place = None if Path(base).exists() else parse_place(base)
    if place is None or not (options.files or options.statics):
        return None
    return replace(
        options,
        files=tuple(_as_on(place[0], path, folder / "policies") for path in options.files),
        statics=tuple(_as_on(place[0], path, folder / "rules") for path in options.statics),
    )


def _as_on(revision: str, path: Path, folder: Path) -> Path:
    """A copy of a file of the revision; the file itself where it is new or lies outside the repository."""
    try:
        content = read_blobs(revision, [f"./{path.as_posix()}"])[0]
    except RoutecliError:
        return path
    folder.mkdir(exist_ok=True)
    copy = folder / path.name
    copy.write_bytes(content)
    return copy


def _workload(question: Question, cards: Sequence[RateCard], options: PolicyOptions) -> Workload:
    """The workload file, or the store cut for both cards."""
    if question.workload is not None:
        return saved_workload(question)
    from routecli.actions.policies import all_edges, named_policies
    from routecli.actions.workload import joined_cuts
    from routecli.data.workload import load_workload

    edges = {edge for card in cards for edge in all_edges(named_policies(options, card))}
    since, until = bounds(question)
    path, cuts = question.db or Path("routecli.duckdb"), joined_cuts(cards, edges)
    return load_workload(path, cuts, since=since, until=until, id_of=partial(ids_in, cards))


def _warnings(asked: Gate) -> list[str]:
    found = []
    days = asked.workload.span.days
    if days is not None and days < 7:
        found.append(f"the workload covers {float(days):g} days, less than a week: its pattern may not be typical")
    found += above_warnings(asked.workload.cells)
    if asked.head.sha256 == asked.base.sha256:
        found.append("base and head are the same card, byte for byte")
    return found
