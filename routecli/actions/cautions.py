"""What a reader should know before trusting a figure: thin data, days without data, filters and rules that idle."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from routecli.actions.policies import nested
from routecli.errors import did_you_mean
from routecli.maths.evaluation import routable
from routecli.maths.projection import SHORT_BASELINE_DAYS
from routecli.maths.selection import holds, matching, split
from routecli.model.conditions import ANY_TYPE, Condition
from routecli.model.policy import Cascade, Classifier, NamedPolicy, Policy, Static
from routecli.model.workload import Cell, Cuts, Span, Workload

MOST_FOUND = 8


def span_warnings(workload: Workload, since: str | None, until: str | None) -> list[str]:
    """Under a week of requests, and bounds that lie beyond the requests there are."""
    span = workload.span
    if workload.assumed or span.days is None:
        return []
    said, covered = [], span.days
    if span.seen_first is not None and span.seen_last is not None:
        covered = min(covered, Fraction((span.seen_last - span.seen_first).days + 1))
    if covered < SHORT_BASELINE_DAYS:
        said.append(f"the data covers under a week ({float(covered):g} of 7 days): its weekdays are projected onto all")
    return said + _beyond(span, since, until)


def _beyond(span: Span, since: str | None, until: str | None) -> list[str]:
    said = []
    ends = (
        ("--since", since, "before the first request", span.first, span.all_first, -1),
        ("--until", until, "after the last request", span.last, span.all_last, 1),
    )
    for option, text, side, asked, there, sign in ends:
        if text is None or asked is None or there is None:
            continue
        days = sign * (asked - there).days
        if days > 0:
            far = "1 day" if days == 1 else f"{days:,} days"
            said.append(
                f"{option} {text} is {far} {side} ({there}): they count as days without traffic and make a month "
                "smaller; leave it out, or say what the data stands for with --days"
            )
    return said


def idle_tests(conditions: Sequence[Condition], cells: Sequence[Cell], cuts: Cuts, *, assumed: bool) -> list[str]:
    """Tests of `--where` that no request passes, each with what was found in its place."""
    if not cells:
        return []
    said = [
        f"no request has {test_text(one)} (--where); {_found(one, cells)}"
        for one in conditions
        if not any(holds(one, cell, cuts, assumed=assumed) for cell in cells)
    ]
    if not said and conditions and not matching(cells, conditions, cuts, assumed=assumed):
        said.append("no request passes all tests of --where together")
    return said


def idle_rules(named: NamedPolicy, cells: Sequence[Cell], cuts: Cuts, *, assumed: bool) -> list[str]:
    """Rules that take no routed request, with the first test that no request passes."""
    return [f"{named.name}: {text}" for text in _idle(named.policy, cells, cuts, assumed)] if cells else []


def _idle(policy: Policy, cells: Sequence[Cell], cuts: Cuts, assumed: bool) -> list[str]:
    if not isinstance(policy, Static):
        return []
    said = []
    taken, rest = split(cells, policy.rules, cuts, assumed=assumed)
    for number, (rule, group) in enumerate(zip(policy.rules, taken, strict=True), 1):
        if group:
            said += _idle(rule.route, group, cuts, assumed)
            continue
        never = [one for one in rule.when if not any(holds(one, cell, cuts, assumed=assumed) for cell in cells)]
        if never:
            why = f"none has {test_text(never[0])}; {_found(never[0], cells)}"
        elif matching(cells, rule.when, cuts, assumed=assumed):
            why = "the rules before it take them all"
        else:
            why = "none passes all its tests together"
        said.append(f"rule {number} takes no routed request: {why}")
    return said + (_idle(policy.default, rest, cuts, assumed) if rest else [])


def idle_models(models: Iterable[str], cells: Sequence[Cell]) -> list[str]:
    """Models of `--apply-to` that no user request ran on."""
    ran = sorted({cell.key.model for cell in cells if routable(cell) and cell.key.model is not None})
    return [
        f"no user request ran on {model} (--apply-to); found: {', '.join(ran) or 'none'}"
        for model in models
        if model not in ran
    ]


def test_text(condition: Condition) -> str:
    """A test as it is typed."""
    if condition.column != "input_tokens":
        return f"{condition.column}{'!=' if condition.negate else '='}{','.join(v or 'null' for v in condition.values)}"
    low, high = condition.low, condition.high
    if low == high:
        return f"input_tokens{'!=' if condition.negate else '='}{low}"
    return f"input_tokens>={low}" if high is None else f"input_tokens<={high}"


def _found(condition: Condition, cells: Sequence[Cell]) -> str:
    if condition.column == "input_tokens":
        lengths = [end for cell in cells for end in (cell.input_min, cell.input_max) if end is not None]
        return f"found: {min(lengths):,} to {max(lengths):,}" if lengths else "no length is known"
    values = sorted({str(getattr(cell.key, condition.column) or "null") for cell in cells})
    near = next((hint for value in condition.values if (hint := did_you_mean(value or "null", values))), "")
    listed = ", ".join(values[:MOST_FOUND]) + (f" and {len(values) - MOST_FOUND} more" if values[MOST_FOUND:] else "")
    return f"{near} found: {listed}".strip()


def idle_types(policies: Sequence[NamedPolicy], cells: Sequence[Cell]) -> list[str]:
    """Warnings for query types that have a success rate and no traffic: a mistyped one would be ignored silently."""
    seen = {cell.key.query_type for cell in cells if cell.key.query_type is not None}
    said: dict[str, None] = {}
    for one in policies:
        for part in nested(one.policy):
            success = part.success if isinstance(part, Cascade | Classifier) else None
            for name in {name for tier in success.tiers for name in tier} if success else ():
                if name != ANY_TYPE and name not in seen:
                    hint = f"; {did_you_mean(name, seen)}" if did_you_mean(name, seen) else ""
                    said[f"no routed request has the query type '{name}' that --success gives a rate for{hint}"] = None
    return sorted(said)
