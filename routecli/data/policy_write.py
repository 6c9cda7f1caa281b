"""A policy as the text of a policy file, which `read_policy` reads back as the same policy."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import yaml

from routecli.data.policy_file import SCHEMA
from routecli.model.conditions import ANY_TYPE, Condition
from routecli.model.policy import (
    UNCHANGED,
    Cascade,
    Classifier,
    Confusion,
    Judge,
    NamedPolicy,
    Policy,
    Shape,
    Single,
    Static,
    Success,
    Unchanged,
)
from routecli.money import PICO_PER_USD

DECIMALS = 9


def policy_text(named: NamedPolicy, comments: Iterable[str] = ()) -> str:
    """The file, with comments on top. Gates, success rates, errors, shapes and thresholds are written; rates rounded to
    nine decimals."""
    entry = _route(named.policy)
    whole = {"schema": SCHEMA, "name": named.name, **(entry if isinstance(entry, dict) else {"model": entry})}
    # One key a line on top; what is nested is kept on a line where it is flat.
    parts = (
        yaml.safe_dump({key: part}, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)
        if isinstance(part, dict | list)
        else yaml.safe_dump({key: part}, allow_unicode=True, width=110, default_flow_style=False)
        for key, part in whole.items()
    )
    text = "".join(parts)
    lines = [f"# {' '.join(line.split())}" for line in comments]
    return "\n".join([*lines, text]) if lines else text


def _route(policy: Policy) -> Any:
    if isinstance(policy, Single):
        return policy.model
    if isinstance(policy, Unchanged):
        return UNCHANGED
    if isinstance(policy, Static):
        rules = [{"when": _when(rule.when), "to": _route(rule.route)} for rule in policy.rules]
        return {"rules": rules, "default": _route(policy.default)}
    return _cascade(policy) if isinstance(policy, Cascade) else _classifier(policy)


def _cascade(policy: Cascade) -> dict[str, Any]:
    entry: dict[str, Any] = {"cascade": _tiers(policy.tiers)}
    if policy.success is not None:
        entry["success"] = _success(policy.success)
    if policy.confusion is not None:
        entry |= _confusion(policy.confusion)
    gate = _judge(policy.gate)
    if policy.thresholds:
        alike = len(set(policy.thresholds)) == 1
        gate["threshold"] = policy.thresholds[0] if alike else list(policy.thresholds)
    if gate:
        entry["gate"] = gate
    if policy.shape != Shape():
        entry |= {"escalated_input": _number(policy.shape.input), "escalated_output": _number(policy.shape.output)}
    return entry


def _classifier(policy: Classifier) -> dict[str, Any]:
    entry: dict[str, Any] = {"classifier": _tiers((policy.cheap, policy.strong))}
    if policy.success is not None:
        entry["success"] = _success(policy.success)
    entry |= {"recall": _number(policy.recall), "false_positive": _number(policy.false_positive)}
    decider = _judge(policy.decider)
    if policy.cut is not None:
        decider |= {"score": policy.cut.score, "threshold": policy.cut.threshold}
        if policy.cut.high_is_cheap:
            decider["high"] = "cheap"
    if decider:
        entry["decider"] = decider
    return entry


def _tiers(models: Sequence[str]) -> str:
    return ":".join(f"'{model}'" if ":" in model else model for model in models)


def _success(success: Success) -> Any:
    if any(set(rates) != {ANY_TYPE} for rates in success.tiers):
        return {name: _number(rate) for name, rate in success.tiers[0].items()}
    rates = [_number(tier[ANY_TYPE]) for tier in success.tiers]
    return rates[0] if len(rates) == 1 else rates


def _confusion(errors: Confusion) -> dict[str, Any]:
    found = {
        "cheap_quality": _number(errors.quality),
        "false_accept": _number(errors.false_accept),
        "false_reject": _number(errors.false_reject),
    }
    return found if errors.strong_quality is None else {**found, "strong_quality": _number(errors.strong_quality)}


def _judge(judge: Judge | None) -> dict[str, Any]:
    if judge is None:
        return {}
    found: dict[str, Any] = {}
    if judge.model is not None:
        found["model"] = judge.model
        found["input"] = f"+{judge.overhead}" if judge.reads is None else judge.reads
        found["output"] = judge.output
    if judge.each:
        found["usd"] = _decimal(judge.each / PICO_PER_USD, 12)
    if judge.latency_ms:
        found["latency"] = f"{judge.latency_ms:g}ms"
    return found


def _when(conditions: Sequence[Condition]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in conditions:
        if one.column != "input_tokens":
            found[one.column] = one.values[0] if len(one.values) == 1 else list(one.values)
        else:
            found[one.column] = f"<={one.high}" if one.low is None else f">={one.low}"
    return found


def _number(value: Fraction) -> Any:
    """A rate as a plain decimal (YAML has no fractions)."""
    return _decimal(value, DECIMALS)


def _decimal(value: Fraction, decimals: int) -> Any:
    rounded = round(value, decimals)
    return int(rounded) if rounded.denominator == 1 else float(rounded)
