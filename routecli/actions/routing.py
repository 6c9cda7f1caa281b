"""What a policy routes, why that, and what it leaves as it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from routecli.actions.cautions import idle_models, idle_rules
from routecli.actions.policy_options import PolicyOptions
from routecli.actions.question import Loaded
from routecli.errors import UsageError
from routecli.maths.evaluation import last_tier, models_of, ran_cost, routable
from routecli.maths.flow import Setting
from routecli.maths.selection import matching, split
from routecli.model.conditions import Condition
from routecli.model.names import resolve
from routecli.model.policy import NamedPolicy, Policy, Single, Static
from routecli.model.rates import STANDARD, RateCard
from routecli.model.ratios import token_ratios
from routecli.model.workload import Cell, Workload
from routecli.money import to_usd
from routecli.report.format import money as usd


@dataclass(frozen=True, slots=True)
class Routing:
    """Which cells a policy routes, and why those."""

    cells: tuple[Cell, ...]
    why: str


def routing(
    policy: Policy,
    cells: Sequence[Cell],
    workload: Workload,
    options: PolicyOptions,
    card: RateCard,
    where: Sequence[Condition],
) -> Routing:
    """What is routed: the user requests that ran on the policy's last tier, or all where none did.

    Rules route all user requests: they say themselves what stays. `--apply-to all | MODEL,...` and `--where` narrow
    or change it; only first attempts with known usage count.
    """
    candidates = matching([cell for cell in cells if routable(cell)], where, workload.cuts, assumed=workload.assumed)
    narrowed = " where " + ", ".join(where_text(one) for one in where) if where else ""
    if options.apply_to is not None:
        return _applied(candidates, options.apply_to, card, narrowed)
    last = last_tier(policy)
    ran = [cell for cell in candidates if cell.key.model == last]
    if last is not None and ran:
        return Routing(tuple(ran), f"user requests that ran on {last}{narrowed}")
    reason = "the policy itself says what stays" if last is None else f"none ran on {last}"
    return Routing(tuple(candidates), f"all user requests{narrowed}, since {reason}")


def _applied(candidates: Sequence[Cell], apply_to: str, card: RateCard, narrowed: str) -> Routing:
    if apply_to == "all":
        return Routing(tuple(candidates), f"all user requests{narrowed} (--apply-to all)")
    models = _applied_models(apply_to, card)
    chosen = tuple(cell for cell in candidates if cell.key.model in models)
    return Routing(chosen, f"user requests that ran on {', '.join(models)}{narrowed} (--apply-to)")


def idle_words(asked: Sequence[NamedPolicy], loaded: Loaded, options: PolicyOptions) -> list[str]:
    """What was typed and changes nothing: models of --apply-to nothing ran on, rules that take no routed request."""
    said = []
    if options.apply_to not in (None, "all"):
        said += idle_models(_applied_models(options.apply_to or "", loaded.card), loaded.cells)
    said += _idle_ratios(asked, loaded) if asked else []
    for one in asked:
        chosen = routing(one.policy, loaded.cells, loaded.workload, options, loaded.card, loaded.conditions)
        said += idle_rules(one, chosen.cells, loaded.workload.cuts, assumed=loaded.workload.assumed)
    return list(dict.fromkeys(said))


def _idle_ratios(asked: Sequence[NamedPolicy], loaded: Loaded) -> list[str]:
    ran = {cell.key.model for cell in loaded.cells}
    called = {model for one in asked for model in models_of(one.policy)}
    return [
        f"--tokens-ratio of {first} and {second} is not used: no request that ran on one is priced on the other"
        for first, second in token_ratios(loaded.question.tokens_ratio, loaded.card)
        if not (first in ran and second in called) and not (second in ran and first in called)
    ]


def _applied_models(apply_to: str, card: RateCard) -> list[str]:
    return sorted({resolve(card, name.strip(), typed=True).id for name in apply_to.split(",")})


def moved_up(named: NamedPolicy, chosen: Routing, setting: Setting, factor: Fraction) -> str | None:
    """A warning where rules send requests to a dearer model than the one they ran on, for that is seldom meant."""
    requests, more = 0, Fraction(0)
    for model, cells in _plain_routes(named.policy, chosen.cells, setting):
        for cell in cells:
            extra = setting.cost([cell], model) - ran_cost(cell, setting)
            if extra > 0:
                requests, more = requests + (cell.n or 0), more + extra
    if not requests:
        return None
    moved = (
        "1 request to a dearer model than it" if requests == 1 else f"{requests:,} requests to a dearer model than they"
    )
    return (
        f"{named.name} moves {moved} ran on, for "
        f"{usd(to_usd(more * factor))} a month more; the route `unchanged` leaves requests where they ran"
    )


def _plain_routes(policy: Policy, cells: Sequence[Cell], setting: Setting) -> Iterator[tuple[str, Sequence[Cell]]]:
    if isinstance(policy, Single):
        yield policy.model, cells
    if isinstance(policy, Static):
        taken, rest = split(cells, policy.rules, setting.pricer.cuts, assumed=setting.assumed)
        for rule, group in zip(policy.rules, taken, strict=True):
            yield from _plain_routes(rule.route, group, setting)
        yield from _plain_routes(policy.default, rest, setting)


def baseline_model(policies: Sequence[NamedPolicy], options: PolicyOptions, card: RateCard) -> str:
    """What an assumed workload runs on: --baseline, else the one model that all policies end on.

    Rules end on the dearest model they name. A policy that names one model only does not say what it replaces.
    """
    if options.baseline is not None:
        return resolve(card, options.baseline, typed=True).id
    ends = list(dict.fromkeys(end for one in policies if (end := _end(one.policy, card)) is not None))
    if len(ends) == 1:
        return ends[0]
    if not ends:
        raise UsageError(
            "no-baseline", "an assumed workload needs a model it runs on today", fix="add --baseline MODEL"
        )
    raise UsageError(
        "two-baselines",
        f"the policies end on different models ({', '.join(ends)})",
        fix="say which one with --baseline",
    )


def _end(policy: Policy, card: RateCard) -> str | None:
    named = models_of(policy)
    if last_tier(policy) is not None or len(named) < 2:
        return last_tier(policy)
    return max(sorted(named), key=lambda model: _list_price(card, model))


def _list_price(card: RateCard, model: str) -> int:
    """The latest base price of a mix that is 80 % input, to compare models by before any traffic is loaded."""
    rates = card.models[model].modes[STANDARD][-1].rates
    return 4 * rates.input + (rates.output or 0)


def where_text(condition: Condition) -> str:
    """A condition in words, for reports."""
    sign = "is not" if condition.negate else "is"
    if condition.column != "input_tokens":
        return f"{condition.column} {sign} {' or '.join(value or 'null' for value in condition.values)}"
    low = "" if condition.low is None else f" from {condition.low:,}"
    high = "" if condition.high is None else f" up to {condition.high:,}"
    return f"input_tokens {sign}{low}{high}"
