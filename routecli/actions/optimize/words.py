"""Policies as people would say them."""

from collections.abc import Sequence

from routecli.model.conditions import Condition
from routecli.model.policy import Cascade, Classifier, Policy, Single, Static
from routecli.report.format import number

MOST_TYPES = 4
LONGEST = 110


def short(policy: Policy) -> str:
    """A policy in one line.

    >>> short(Cascade(("a", "b", "c"), thresholds=(0.5, 0.25)))
    'a:b:c, accepting from 0.5, 0.25'
    """
    lines = spoken(policy)
    whole = "; ".join(lines)
    return whole if len(lines) < 3 or len(whole) <= LONGEST else f"{len(lines) - 1} rules; {lines[-1]}"


def spoken(policy: Policy) -> list[str]:
    """A policy line by line."""
    if isinstance(policy, Single):
        return [policy.model]
    if isinstance(policy, Cascade):
        cuts = ", ".join(number(one) for one in policy.thresholds)
        return [f"{':'.join(policy.tiers)}, accepting from {cuts}" if cuts else ":".join(policy.tiers)]
    if isinstance(policy, Classifier):
        if policy.cut is None:
            return [f"{policy.cheap}:{policy.strong}"]
        high, low = (policy.cheap, policy.strong) if policy.cut.high_is_cheap else (policy.strong, policy.cheap)
        return [f"{policy.cut.score} of {number(policy.cut.threshold)} and more to {high}, less to {low}"]
    if isinstance(policy, Static):
        lines = [f"{_when(rule.when)} to {_nested(rule.route)}" for rule in policy.rules]
        return [*lines, f"all else to {_nested(policy.default)}"]
    return ["as it is"]


def _nested(policy: Policy) -> str:
    text = short(policy)
    return text if isinstance(policy, Single) else f"({text})"


def _when(conditions: Sequence[Condition]) -> str:
    parts = []
    for one in conditions:
        if one.column == "input_tokens":
            parts.append(f"up to {one.high:,} tokens" if one.low is None else f"from {one.low:,} tokens")
        else:
            names = ["no query type" if name is None else name for name in one.values]
            more = len(names) - MOST_TYPES
            parts.append(", ".join(names if more <= 0 else [*names[:MOST_TYPES], f"{more} more types"]))
    return " ".join(parts)
