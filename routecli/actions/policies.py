"""The policies a command was asked about: typed ones, files, and the table of success rates where none is given."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from routecli.actions.policy_options import PolicyOptions
from routecli.errors import UsageError
from routecli.maths.evaluation import models_of
from routecli.maths.selection import policy_edges
from routecli.model import parse, spec
from routecli.model.conditions import ANY_TYPE
from routecli.model.names import Resolved, resolve
from routecli.model.policy import Cascade, Classifier, NamedPolicy, Policy, Rule, Static, Success
from routecli.model.rates import RateCard
from routecli.model.spec import unused
from routecli.model.success import success as success_rates

SUCCESS_TABLE = tuple(Fraction(tenths, 10) for tenths in (5, 6, 7, 8, 9))
"""The rates a policy is shown at when nobody gave one."""


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
    return policy if text is None else _fill(policy, lambda judged: success_rates(text, judged))


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
