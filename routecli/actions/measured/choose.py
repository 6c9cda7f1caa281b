"""Which evaluation set a question about policies is answered from, if any."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from routecli.actions.measured.models import with_models
from routecli.actions.policies import lacks_success, named_policies, nested
from routecli.actions.policy_options import PolicyOptions
from routecli.actions.question import DEFAULT_DB, Question
from routecli.errors import EnvironmentFault, UsageError
from routecli.maths.evaluation import models_of
from routecli.model.policy import Cascade, Classifier, NamedPolicy, Policy, Shape, Static
from routecli.model.rates import RateCard

if TYPE_CHECKING:
    from routecli.model.evidence import Evidence

MEASURED = "measured"
"""What --success takes in place of a rate."""
LOGS = "logs"
"""What --evidence takes in place of a set: the logs themselves."""
PREFIX = "evidence:"
"""Before a set's name, --workload is the set itself."""


NO_SET = "routecli evidence import PATH --as NAME, --evidence logs where a cascade runs already, or give --success"


@dataclass(frozen=True, slots=True)
class Use:
    """The policies asked about, on a card that also names the models of the set; `evidence` None: nothing is measured.

    `options` are the options without the word `measured`. `traffic`: the set is the traffic too.
    """

    card: RateCard
    policies: list[NamedPolicy]
    options: PolicyOptions
    evidence: "Evidence | None" = None
    traffic: bool = False


def traffic_set(question: Question) -> str | None:
    """The set that --workload names, or None."""
    text = "" if question.workload is None else str(question.workload)
    return text.removeprefix(PREFIX) if text.startswith(PREFIX) else None


def use(question: Question, options: PolicyOptions, card: RateCard) -> Use:
    """Read the policies, and the set that their success is measured by.

    A set that is named, or with `--success measured` or no `--success` the one set that has answers of every model of
    the policies. Raises UsageError `no-evidence`, `several-evidence` or `unknown-evidence`.
    """
    name = traffic_set(question)
    wanted = options.success == MEASURED or options.evidence is not None or name is not None
    if options.evidence is not None and options.success not in (None, MEASURED):
        raise UsageError(
            "two-success-rates", "--evidence measures the success rate, and --success gives one", fix="leave one out"
        )
    if name is not None and options.evidence not in (None, name):
        raise UsageError(
            "two-evidence", f"--evidence {options.evidence} is not the set of --workload", fix="leave it out"
        )
    plain = replace(options, spec=replace(options.spec, success=None)) if options.success == MEASURED else options
    if options.evidence == LOGS and name is None:
        policies = named_policies(plain, card)
        return Use(card, policies, plain, _logged(question, policies, card))
    db = question.db or DEFAULT_DB
    if not wanted and (options.success is not None or not options.any or not db.is_file()):
        return Use(card, named_policies(plain, card), plain)
    sets = _sets(db, strict=wanted)
    name = name or options.evidence
    if name is not None and name not in sets:
        _load(db, name)
    widened = with_models(card, [model for one in sets if name in (None, one) for model in sets[one]])
    policies = named_policies(plain, widened)
    if name is None:
        name = _fitting(sets, policies, wanted=wanted)
    if name is None:
        return Use(card, named_policies(plain, card), plain)
    if wanted:
        policies = [replace(one, policy=unrated(one.policy)) for one in policies]
    found = _load(db, name)
    return Use(with_models(card, sets[name]), policies, plain, found, traffic_set(question) is not None)


def _logged(question: Question, policies: list[NamedPolicy], card: RateCard) -> "Evidence":
    from routecli.actions.measured.logs import logged_evidence

    return logged_evidence(question, policies, card)


def _sets(db: Path, *, strict: bool) -> dict[str, tuple[str, ...]]:
    """Set -> the models it has answers of. Unless `strict`, a store that cannot be read has none."""
    from routecli.data.evidence.sets import all_sets

    try:
        return {one.name: one.models for one in all_sets(db)}
    except EnvironmentFault:
        if strict:
            raise
        return {}


def _load(db: Path, name: str) -> "Evidence":
    from routecli.data.evidence.load import load_evidence

    return load_evidence(db, name)


def _fitting(sets: dict[str, tuple[str, ...]], policies: Sequence[NamedPolicy], *, wanted: bool) -> str | None:
    """The one set that knows every model; None where there is none and nobody asked for one."""
    models = {model for one in policies for model in models_of(one.policy)}
    fitting = [name for name, known in sets.items() if models <= set(known)]
    if len(fitting) == 1 and (wanted or any(measurable(one) for one in policies)):
        return fitting[0]
    if len(fitting) > 1 and (wanted or any(measurable(one) for one in policies)):
        raise UsageError(
            "several-evidence",
            f"several evaluation sets have answers of these models: {', '.join(fitting)}",
            fix="choose one with --evidence NAME, or give --success",
        )
    if not wanted:
        return None
    if not models:
        return next(iter(sets)) if len(sets) == 1 else None
    lacking = sorted(models - {model for known in sets.values() for model in known})
    what = f"no evaluation set has answers of {', '.join(lacking or sorted(models))}"
    why = "" if lacking or not sets else "each set has some of them; only answers to the same queries can be compared"
    raise UsageError("no-evidence", what, why=why, fix=NO_SET)


def unrated(policy: Policy) -> Policy:
    """The policy without the rates written beside a threshold: they stand in where there is no set to measure by."""
    if isinstance(policy, Cascade) and policy.thresholds:
        return replace(policy, success=None, confusion=None, shape=Shape())
    if isinstance(policy, Classifier) and policy.cut is not None:
        return replace(policy, success=None)
    if isinstance(policy, Static):
        rules = tuple(replace(rule, route=unrated(rule.route)) for rule in policy.rules)
        return replace(policy, rules=rules, default=unrated(policy.default))
    return policy


def measurable(one: NamedPolicy) -> bool:
    """Whether an evaluation set tells more about the policy than was typed: it lacks a rate, or needs none."""
    parts = nested(one.policy)
    return any(lacks_success(part) for part in parts) or not any(
        isinstance(part, Classifier) or getattr(part, "success", None) is not None for part in parts
    )
