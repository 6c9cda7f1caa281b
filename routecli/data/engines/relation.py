"""A relation of the canonical columns over whatever a table calls them."""

from collections.abc import Collection, Mapping

from routecli.data.cell_query import USED
from routecli.data.columns import BY_NAME
from routecli.data.logs.formats import native
from routecli.data.sql_text import literal
from routecli.errors import DataError, UsageError, did_you_mean

TYPES = {"instant": "TIMESTAMP", "tokens": "BIGINT", "count": "INTEGER", "ms": "DOUBLE", "truth": "BOOLEAN"}
"""Kind of column -> the type it is cast to; everything else is text."""

DEFAULTS = {"status": "'success'", "call_role": "'user'"}
"""What a column means where a table leaves it out or empty, as in the log schema."""

SECONDS = 1000
NEEDED = ("ts", "input_tokens", "output_tokens")


def relation_sql(
    table: str,
    columns: Collection[str],
    map: Mapping[str, str],
    constants: Mapping[str, str],
    where: str = "",
    *,
    clean: bool = True,
) -> str:
    """A SELECT of USED from `table` (text for FROM), whose columns are given; `clean` reads texts as the ingest does.

    A canonical column is what `map` names, else a constant, else the first of its everyday names that the table has,
    else unknown. Raises UsageError `unknown-column` for a canonical name that is none, DataError `no-such-field` for a
    mapped field that is not there and `not-requests` where the table cannot be one of requests.
    """
    for name in (*map, *constants):
        _require(_canonical(name))
    mapped = {_canonical(name): field for name, field in map.items()}
    fixed = {_canonical(name): value for name, value in constants.items()}
    for field in mapped.values():
        if field not in columns:
            fix = did_you_mean(field, columns) or f"it has {', '.join(sorted(columns)[:20])}"
            raise DataError("no-such-field", f"there is no column {field!r}", where=where, fix=fix)
    found = {name: _source(name, columns, mapped, fixed) for name in USED}
    lacking = [name for name in NEEDED if found[name] is None]
    if found["model_served"] is None and found["model_requested"] is None:
        lacking.append("model")
    if "model" in lacking or len(lacking) == len(NEEDED):
        raise DataError(
            "not-requests",
            f"the table has no column for {', '.join(lacking)}",
            where=where,
            why=f"it has {', '.join(sorted(columns)[:20])}",
            fix="name them with --map COLUMN=FIELD, or set them with --set COLUMN=VALUE",
        )
    parts = [f"{_typed(name, source, clean=clean)} AS {name}" for name, source in found.items()]
    return f"SELECT {', '.join(parts)} FROM {table}"


def _canonical(name: str) -> str:
    """The column behind an everyday name of the log schema."""
    for column, readings in native.FORMAT.readings.items():
        if any(name == key for reading in readings for key in reading.keys):
            return column
    return name


def _require(name: str) -> None:
    if name not in BY_NAME:
        fix = did_you_mean(name, BY_NAME) or "see the log schema for the names"
        raise UsageError("unknown-column", f"{name!r} is not a column of the log schema", fix=fix)


def _source(
    name: str, columns: Collection[str], mapped: Mapping[str, str], fixed: Mapping[str, str]
) -> tuple[str, int] | None:
    """The SQL of a column's source and what it is multiplied by; None where there is none."""
    if name in mapped:
        return quoted(mapped[name]), 1
    if name in fixed:
        return literal(fixed[name]), 1
    for reading in native.FORMAT.readings.get(name, ()):
        for key in reading.keys:
            if key in columns and reading.kind != "duration":
                return quoted(key), SECONDS if reading.kind == "seconds" else 1
    return (quoted(name), 1) if name in columns else None


def _typed(name: str, source: tuple[str, int] | None, *, clean: bool) -> str:
    type = _type(name)
    if source is None:
        return f"CAST(NULL AS {type})" if not clean else DEFAULTS.get(name, f"CAST(NULL AS {type})")
    sql, factor = source
    value = f"CAST({sql} AS {type})"
    if factor != 1:
        value = f"({value} * {factor})"
    return cleaned(name, value) if clean and type == "VARCHAR" else value


def _type(name: str) -> str:
    return TYPES.get(BY_NAME[name].kind, "VARCHAR")


def cleaned(name: str, value: str) -> str:
    """A text as the ingest reads it: without blanks around it, an empty one is none, and what a missing one means."""
    text = f"NULLIF(trim({value}), '')"
    return f"coalesce(lower({text}), {DEFAULTS[name]})" if name in DEFAULTS else text


CLEANED = {name: cleaned(name, name) for name in USED if _type(name) == "VARCHAR"}
"""How the texts of a relation that was not cleaned are read."""


def quoted(name: str) -> str:
    """An identifier in DuckDB's dialect."""
    return '"' + name.replace('"', '""') + '"'
