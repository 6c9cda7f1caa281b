"""A format made by the user: `--map column=field`, `--set column=value`, or a mapping of `routecli.yaml`.

A field is a column of the header, a key or a path such as `usage.prompt_tokens`. What is not mapped is read under the
canonical names and their everyday synonyms.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from routecli.data.columns import BY_NAME, MADE
from routecli.data.logs.formats import native
from routecli.data.logs.formats.paths import quoted, segments
from routecli.data.logs.formats.record import Format, Reading, at
from routecli.data.logs.kinds import KINDS
from routecli.data.sql_text import literal
from routecli.errors import DataError, UsageError, did_you_mean

ID = "mapped"

_TARGETS: dict[str, tuple[str, str | None, str | None]] = {
    reading.keys[0]: (column, reading.kind, reading.ts_basis)
    for column, readings in native.FORMAT.readings.items()
    for reading in readings
}
"""What may be mapped: every name of the product's own schema, with its column, kind and meaning."""


def names_a_person(target: str) -> bool:
    """Whether a value set for this column says who somebody is."""
    column, kind, _ = _TARGETS.get(target, ("", None, None))
    return (kind or (BY_NAME[column].kind if column else "")) == "person"


def mapped(map: Mapping[str, str], set: Mapping[str, str], keys: Iterable[str], name: str) -> Format:
    """The format of one file whose first records have these keys.

    Raises UsageError `unknown-column` or `bad-set-value`, DataError `no-such-field`.
    """
    known = sorted(keys)
    chosen: dict[str, list[Reading]] = {}
    for target, field in map.items():
        column, kind, ts_basis = _target(target)
        chosen.setdefault(column, []).append(at(_path(field, known, name), kind, ts_basis))
    constants = _constants(set)
    taken = {path for readings in chosen.values() for reading in readings for path in reading.keys}
    if "uncached_input_tokens" in chosen and "input_tokens" not in chosen:
        # The total then is what was mapped and the cache, never a field that happens to be called so.
        constants.setdefault("input_tokens", "")
    readings = {column: tuple(found) for column, found in chosen.items()}
    for column, spelled in native.FORMAT.readings.items():
        left = tuple(at(quoted(one.keys[0]), one.kind, one.ts_basis) for one in spelled)
        left = tuple(one for one in left if one.keys[0] not in taken)
        if left and column not in chosen and column not in constants:
            readings[column] = left
    read = {path for each in readings.values() for reading in each for path in reading.keys}
    refusals = tuple(_requoted(one) for one in native.FORMAT.refusals)
    if "t_rel_s" in chosen and "ts" not in chosen:
        readings.pop("ts", None)
        constants["ts_basis"] = "'relative'"
    return Format(
        id=ID,
        family=ID,
        detects=(),
        readings=readings,
        refusals=tuple(one for one in refusals if one.keys[0] in read - taken),
        constants={column: sql for column, sql in constants.items() if sql},
        strict=True,
        timed="t_rel_s" not in chosen,
    )


def with_constants(format: Format, set: Mapping[str, str]) -> Format:
    """A known format in which these columns have one value, whatever the records say.

    Raises UsageError `unknown-column` or `bad-set-value`.
    """
    constants = _constants(set)
    readings = {column: ways for column, ways in format.readings.items() if column not in constants}
    return replace(format, readings=readings, constants={**format.constants, **constants})


def _requoted(refusal: Any) -> Any:
    key = quoted(refusal.keys[0])
    return replace(refusal, keys=(key,), sql=refusal.sql.replace(key, quoted(key)))


def _target(name: str) -> tuple[str, str | None, str | None]:
    if name not in _TARGETS:
        made = [column.name for column in BY_NAME.values() if column.kind == MADE]
        why = "it is set by the ingest itself" if name in made else ""
        fix = did_you_mean(name, _TARGETS) or "see the log schema for the names"
        raise UsageError("unknown-column", f"{name!r} is not a column of the log schema", why=why, fix=fix)
    return _TARGETS[name]


def _path(field: str, known: list[str], name: str) -> str:
    """The path of a field: a key as it stands, else a path that starts with one."""
    if field in known:
        return quoted(field)
    try:
        steps = segments(field)
    except ValueError:
        steps = ()
    if steps and steps[0][0] in known and not any(many for _, many in steps):
        return ".".join(quoted(step) for step, _ in steps)
    shown = ", ".join(known[:20]) + (", ..." if len(known) > 20 else "")
    fix = did_you_mean(field, known) or "name one of them"
    raise DataError("no-such-field", f"there is no field {field!r}, only: {shown}", where=name, fix=fix)


def _constants(set: Mapping[str, str]) -> dict[str, str]:
    """SQL of each value, by column."""
    constants = {}
    for target, value in set.items():
        column, kind, _ = _target(target)
        constants[column] = _constant(column, kind or BY_NAME[column].kind, target, value)
    return constants


def _constant(column: str, kind: str, target: str, value: str) -> str:
    """The SQL of a value given once for all records."""
    import duckdb

    text = literal(value)
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        parsed = con.execute(f"SELECT ({KINDS[kind].value(text)})::VARCHAR").fetchall()[0][0]
    if parsed is None or value == "":
        raise UsageError("bad-set-value", f"{target} cannot be {value!r}", fix=f"give {KINDS[kind].wants}")
    return f"CAST({literal(parsed)} AS {BY_NAME[column].sql_type})"
