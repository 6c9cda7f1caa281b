"""What policy files and the command line say in the same words: keys and options, and errors in either's terms."""

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from routecli.errors import RoutecliError
from routecli.model.written import JudgeSpec, PolicySpec

JUDGED = tuple(part.name for part in dataclasses.fields(JudgeSpec))
TERMS = tuple(part.name for part in dataclasses.fields(PolicySpec))
"""What can be written about a cascade or a classifier."""

EMPTY = PolicySpec()
STAND_INS = dict.fromkeys(("success", "accuracy", "recall", "false_positive", "cheap_quality"), "0.5")
"""A share in place of one that cannot be read, to see what else is wrong."""

FOLLOWS = {"unused-option", "no-accuracy", "no-quality", "judge-without-model", "two-accept-rates"}
_KEYS = {
    **{f"--{key.replace('_', '-')}": key for key in (*TERMS, "cascade", "classifier")},
    "--timeout": "timeouts",
    **{f"--gate-{part}": "gate" for part in JUDGED},
    **{f"--classifier-{part}": "decider" for part in JUDGED},
    "--where": "when",
}
"""Option -> the key of a file that says the same."""


def key_of(error: RoutecliError) -> str | None:
    """The key about a cascade or a classifier that an error is about; None where it names none."""
    option = re.search(r"--[a-z-]+", error.what)
    key = _KEYS.get(option[0]) if option else None
    return key if key in TERMS else None


def in_keys(error: RoutecliError) -> str:
    """An error about words in the terms of a file: its keys instead of the options of the command line."""
    text = f"{error.what}; {error.fix}" if error.fix else error.what
    text = text.replace("--where input_tokens", "`input_tokens`").replace("a rule or --where", "a rule")
    text = re.sub(r"--(gate|classifier)-(\w+)", lambda m: f"`{_KEYS.get(m[0], m[1])}: {m[2]}`", text)
    return re.sub(r"--[a-z-]+", lambda match: f"`{_KEYS[match[0]]}`" if match[0] in _KEYS else match[0], text)


def changed(written: PolicySpec, key: str, value: Any) -> PolicySpec:
    """What is written, with one key's words replaced."""
    return dataclasses.replace(written, **{key: value})


def spec_of(entry: object) -> PolicySpec:
    """What is written about a cascade or a classifier, as words."""
    written: dict[str, Any] = {}
    for key in TERMS:
        value = getattr(entry, key)
        if value is None:
            continue
        if isinstance(value, BaseModel):
            words = {name: _plain(part) for name, part in value.model_dump(exclude_none=True).items()}
            written[key] = JudgeSpec(**words)
        else:
            written[key] = _success(value) if key == "success" else value if key == "timeouts" else str(value)
    return PolicySpec(**written)


def _plain(value: Any) -> str:
    return ",".join(str(part) for part in value) if isinstance(value, list) else str(value)


def _success(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, Mapping):
        return ",".join(f"{name}={rate}" for name, rate in value.items())
    if isinstance(value, list):
        return ",".join(str(rate) for rate in value)
    return str(value)
