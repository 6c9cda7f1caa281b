"""A mapping of `routecli.yaml`: what `--map` and `--set` would say.

mappings:
  azure:
    map: {ts: TIMESTAMP, input_tokens: ContextTokens, output_tokens: GeneratedTokens}
    set: {model: gpt-4}
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from routecli.data.config import FILE, read_config
from routecli.errors import EnvironmentFault, ProblemsError, UsageError, did_you_mean

_PARTS = ("map", "set")


def read_mapping(name: str, path: Path = FILE) -> tuple[dict[str, str], dict[str, str]]:
    """The `map` and `set` of a mapping.

    Raises UsageError `unknown-mapping`, DataError `bad-mapping` or `bad-config`, EnvironmentFault `no-such-file`.
    """
    if not path.is_file():
        raise EnvironmentFault("no-such-file", "no such file", where=str(path))
    config = read_config(path)
    mappings = config.section("mappings")
    if name not in mappings:
        fix = did_you_mean(name, mappings) or (
            f"one of {', '.join(mappings)}" if mappings else "add it under mappings:"
        )
        raise UsageError("unknown-mapping", f"there is no mapping {name!r}", where=str(path), fix=fix)
    one = mappings[name]
    problems = list(_problems(one))
    if problems:
        where = config.where("mappings", name)
        raise ProblemsError("bad-mapping", f"mapping {name!r}: {problems[0]}", problems, where=where)
    parts = ({str(key): str(value) for key, value in (one.get(part) or {}).items()} for part in _PARTS)
    return next(parts), next(parts)


def _problems(one: Any) -> Iterator[str]:
    if not isinstance(one, dict) or not one:
        yield "it is no mapping"
        return
    for part, values in one.items():
        if part not in _PARTS:
            yield f"{part!r} is not known here"
        elif not isinstance(values, dict):
            yield f"{part} should be a mapping of column to {'field' if part == 'map' else 'value'}"
        elif any(isinstance(value, dict | list) or value is None for value in values.values()):
            yield f"{part} has a column without a plain value"
