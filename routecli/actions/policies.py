"""The policies a command was asked about: typed ones, files, and the table of success rates where none is given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from routecli.errors import UsageError
from routecli.maths.evaluation import models_of
from routecli.maths.net import PAYBACK_LIMIT, Engineering
from routecli.maths.selection import policy_edges
from routecli.model import parse, spec
from routecli.model.names import Resolved, resolve
from routecli.model.policy import (
    ANY_TYPE,
    Cascade,
    Classifier,
    NamedPolicy,
    Policy,
    Rule,
    Static,
    Success,
)
from routecli.model.rates import RateCard
from routecli.model.spec import PolicySpec, unused

SUCCESS_TABLE = tuple(Fraction(tenths, 10) for tenths in (5, 6, 7, 8, 9))
"""The rates a policy is shown at when nobody gave one."""


@dataclass(frozen=True, slots=True)
class PolicyOptions:
    """Policies as typed; `spec` is what was typed about them, a success rate also for files that carry none."""

    cascades: tuple[str, ...] = ()
    classifiers: tuple[str, ...] = ()
    statics: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()
    spec: PolicySpec = field(default_factory=PolicySpec)
    baseline: str | None = None
    apply_to: str | None = None
    build_cost: str | None = None
    upkeep: str | None = None
    payback_limit: str | None = None
    evidence: str | None = None
    perfect_gate: bool = False
    max_quality_drop: str | None = None

    @property
    def engineering(self) -> Engineering:
        """What building and running the router costs, as typed."""
        if self.payback_limit is not None and self.build_cost is None:
            raise UsageError(
                "unused-option", "--payback-limit is about the cost of building", fix="add --build-cost USD"
            )
        limit = PAYBACK_LIMIT if self.payback_limit is None else parse.months(self.payback_limit, "--payback-limit")
        return Engineering(
            Fraction(0) if self.build_cost is None else spec.usd(self.build_cost, "--build-cost"),
            Fraction(0) if self.upkeep is None else spec.usd(self.upkeep, "--upkeep"),
            limit,
        )

    @property
    def quality_margin(self) -> Fraction | None:
        """The quality drop (0-1) that is acceptable, as typed."""
        return None if self.max_quality_drop is None else parse.points(self.max_quality_drop, "--max-quality-drop")

    @property
    def success(self) -> str | None:
        """The success rates as typed."""
        return self.spec.success

    @property
    def any(self) -> bool:
        """Whether a policy was named at all."""
        return bool(self.cascades or self.classifiers or self.statics or self.files)


def named_policies(options: PolicyOptions, card: RateCard) -> list[NamedPolicy]:
    """All policies in the order cascade, classifier, static, file; names say what was typed.

    Raises UsageError for anything that cannot be read, and for an option that no policy uses.
    """
    kinds = {kind for kind, typed in (("cascade", options.cascades), ("classifier", options.classifiers)) if typed}
    idle = unused(options.spec, kinds)
    if idle is not None:
        raise _idle(idle, in_file=bool(options.files or options.statics))
    found = [NamedPolicy(text, spec.cascade(text, options.spec, card)) for text in options.cascades]
    found += [
        NamedPolicy(f"classifier {text}", spec.classifier(text, options.spec, card)) for text in options.classifiers
    ]
    if options.statics or options.files:
        from routecli.data.policy_file import read_policy

        found += [read_policy(path, card, rules_only=True) for path in options.statics]
        found += [read_policy(path, card, rules_only=False) for path in options.files]
        found = [replace(one, policy=_with_success(one.policy, options.success)) for one in found]
    if options.success is not None and found and not any(needs_success(one.policy) for one in found):
        # Static rules use the rate only to say how much of the available saving they capture.
        for one in found:
            if len(models_of(one.policy)) < 2:
                raise UsageError("unused-option", "--success is about a cascade or a classifier", fix="leave it out")
    return found


def _idle(name: str, *, in_file: bool) -> UsageError:
    kind = "cascade" if name in spec.CASCADE_ONLY else "classifier"
    option = {"timeouts": "timeout", "decider": "classifier-model and its like"}.get(name, name.replace("_", "-"))
    if in_file:
        return UsageError(
            "unused-option",
            f"--{option} is about a {kind} that is typed, and a policy file says everything about its own",
            fix=f"write `{name}:` beside the {kind} in the file",
        )
    return UsageError("unused-option", f"--{option} is about a {kind}, and none is given", fix=f"add --{kind}")


def needs_success(policy: Policy) -> bool:
    """Whether the policy's cost depends on a success rate."""
    if isinstance(policy, Cascade | Classifier):
        return True
    return isinstance(policy, Static) and any(needs_success(route) for route in _routes(policy))


def lacks_success(policy: Policy) -> bool:
    """Whether the policy needs a success rate and has none."""
    if isinstance(policy, Cascade):
        return policy.success is None and policy.confusion is None
    if isinstance(policy, Classifier):
        return policy.success is None
    return isinstance(policy, Static) and any(lacks_success(route) for route in _routes(policy))


def nested(policy: Policy) -> list[Policy]:
    """The policy and all routes inside it."""
    if not isinstance(policy, Static):
        return [policy]
    return [policy, *(part for route in _routes(policy) for part in nested(route))]


def _routes(policy: Static) -> list[Policy]:
    return [*(rule.route for rule in policy.rules), policy.default]


def _with_success(policy: Policy, text: str | None) -> Policy:
    return policy if text is None else _fill(policy, lambda judged: parse.success(text, judged))


def _fill(policy: Policy, rates: Callable[[int], Success]) -> Policy:
    """The policy with success rates wherever it has none of its own (`rates` gets the number of judged tiers)."""
    if isinstance(policy, Cascade) and lacks_success(policy):
        return replace(policy, success=rates(len(policy.tiers) - 1))
    if isinstance(policy, Classifier) and policy.success is None:
        return replace(policy, success=rates(1))
    if isinstance(policy, Static):
        rules = tuple(Rule(rule.when, _fill(rule.route, rates)) for rule in policy.rules)
        return replace(policy, rules=rules, default=_fill(policy.default, rates))
    return policy


def tabulated(policies: Sequence[NamedPolicy]) -> list[NamedPolicy]:
    """Policies with a missing success rate become one row per rate of SUCCESS_TABLE."""
    rows = []
    for one in policies:
        if not lacks_success(one.policy):
            rows.append(one)
            continue
        for rate in SUCCESS_TABLE:
            name = f"{one.name} @ {float(rate):g}"
            rows.append(NamedPolicy(name, _fill(one.policy, lambda judged, rate=rate: _uniform(rate))))  # type: ignore[misc]
    return rows


def _uniform(rate: Fraction) -> Success:
    return Success(({ANY_TYPE: rate},))


def all_edges(policies: Sequence[NamedPolicy]) -> set[int]:
    """The input lengths the policies' rules need a workload to be cut at."""
    return {edge for one in policies for edge in policy_edges(one.policy)}


def asked_names(options: PolicyOptions, policies: Sequence[NamedPolicy], card: RateCard) -> dict[str, Resolved]:
    """The names somebody typed, with what each resolved to; models of policy files appear by id."""
    names = [name for text in options.cascades for name in parse.tiers(text, "--cascade")]
    names += [name for text in options.classifiers for name in parse.tiers(text, "--classifier")]
    names += [options.baseline] if options.baseline is not None else []
    seen = {name: resolve(card, name, typed=True) for name in names}
    known = {found.id for found in seen.values()}
    for one in policies:
        for model in models_of(one.policy):
            if model not in known:
                seen[model] = resolve(card, model, typed=True)
    return seen
