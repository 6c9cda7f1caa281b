"""SQL that several formats need."""

from collections.abc import Iterable


def micros(path: str) -> str:
    """A time as text, with or without an offset (without: UTC), in microseconds since 1970."""
    time = f"TRY_CAST({path} AS TIMESTAMPTZ)"
    return f"CASE WHEN {time} BETWEEN TIMESTAMPTZ '1970-01-01' AND TIMESTAMPTZ '2200-01-01' THEN epoch_us({time}) END"


def ms_between(start: str, end: str) -> str:
    """Milliseconds between two times given as text."""
    return f"({micros(end)} - {micros(start)}) / 1000.0"


def total(*counts: str) -> str:
    """The sum of counts given as text or numbers; NULL where the first one is missing."""
    first, *rest = (f"TRY_CAST({one} AS DECIMAL(30,12))" for one in counts)
    return " + ".join([first, *(f"coalesce({one}, 0)" for one in rest)])


def whole(sql: str) -> str:
    """A count or a time in nanoseconds given as text, for comparing and adding: sums of some do not overflow.

    Text that is no whole number is NULL, or rounded: name its path in `figures`, which refuses such records.
    """
    return f"TRY_CAST({sql} AS UBIGINT)::HUGEINT"


def or_text(sql: str, path: str) -> str:
    """What SQL makes of the text at the path; the text itself where it can make nothing of it, to be refused."""
    return f"coalesce(({sql})::VARCHAR, nullif({path}, ''))"


_BLANKS = "chr(32) || chr(9) || chr(10) || chr(13)"


def parts(path: str, names: Iterable[str]) -> str:
    """These fields of a JSON object in text, as a STRUCT of texts, parsed once; NULL where it is no object."""
    fields = ", ".join(f'"{name}": "VARCHAR"' for name in names)
    return f"CASE WHEN ltrim({path}, {_BLANKS})[1] = '{{' THEN from_json(TRY_CAST({path} AS JSON), '{{{fields}}}') END"


def part(parts: str, name: str, path: str) -> str:
    """One of the `parts` of the text at the path; NULL for a JSON null; for all else the text itself, to be refused."""
    other = f"CASE WHEN trim({path}, {_BLANKS}) <> 'null' THEN {path} END"
    return f"CASE WHEN {parts} IS NULL THEN {other} ELSE {parts}.{name} END"


def one_of(value: str, words: Iterable[str]) -> str:
    """True where the value is one of the words."""
    return "(" + " OR ".join(f"{value} = '{word}'" for word in words) + ")"


def first_word(*values: str) -> str:
    """The first that is neither missing nor empty."""
    return f"coalesce({', '.join(f'''nullif({value}, '')''' for value in values)})"


def better(partition: str, order: str) -> str:
    """How many sound copies of the same call come before the record: for windows, see `Skip.beaten`."""
    frame = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    return f"count(*) FILTER (WHERE sound) OVER (PARTITION BY {partition} ORDER BY {order} {frame})"
