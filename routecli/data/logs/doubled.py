"""Keys that occur twice in a record: readers disagree on which one counts, so neither does.

The engine only notices them when it reads strictly, which broken lines do not survive. So a file with broken lines is
read strictly once more without them; only if that fails are the keys of every record compared, at several times the
cost.
"""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from routecli.data.logs.formats.record import quoted
from routecli.data.logs.lines import Places
from routecli.data.logs.normalise import Normal
from routecli.data.logs.reading import JSON_LAYOUT, OBJECT_SIZES, json_lines, literal, texts
from routecli.data.logs.shape import document_types
from routecli.data.logs.sources import temporary

if TYPE_CHECKING:
    import duckdb

_BATCH = 10_000


def doubled_keys(
    con: "duckdb.DuckDBPyConnection", path: Path, kind: str, normal: Normal, beside: Path, broken: list[Places]
) -> dict[int, str]:
    """Ordinals (from 0) of records in which a key that is read occurs more than once, with the key.

    `broken` are the places of lines that are not JSON objects, in order. Temporary files go to `beside`.
    """
    # A failed read would end the caller's transaction: this one has its own.
    con = con.cursor()
    if kind == "lines" and broken and _strict_without(con, path, normal, beside, broken):
        return {}
    found = con.execute(
        "SELECT n - 1, keys FROM (SELECT json_keys(json) AS keys, row_number() OVER () AS n FROM read_json_objects("
        f"{literal(str(path))}, format = '{JSON_LAYOUT[kind]}', compression = 'none', ignore_errors = true, "
        f"maximum_object_size = {OBJECT_SIZES[-1]})) WHERE len(keys) <> list_unique(keys)"
    )
    read, doubled = set(normal.format.fields), dict[int, str]()
    while rows := found.fetchmany(_BATCH):
        for n, keys in rows:
            again = sorted(key for key in read if keys.count(key) > 1)
            if again:
                doubled[n] = again[0]
    return doubled


def _strict_without(
    con: "duckdb.DuckDBPyConnection", path: Path, normal: Normal, beside: Path, broken: list[Places]
) -> bool:
    """Whether everything but the broken lines can be read strictly."""
    import duckdb

    columns = document_types(normal.format) if normal.format.shaped else texts(normal.format.keys)
    counts = ", ".join(f"count({quoted(name)})" for name in columns)
    with temporary(beside) as (name, rest):
        try:
            with path.open("rb") as file:
                for start, end in ((s, e) for b in broken for s, e in zip(b.starts, b.ends, strict=True)):
                    while (left := int(start) - file.tell()) > 0:
                        rest.write(file.read(min(left, 1 << 20)))
                    file.seek(int(end))
                shutil.copyfileobj(file, rest, 1 << 20)
            rest.flush()
            for size in OBJECT_SIZES:
                try:
                    sql = json_lines(literal(name), columns, "lines", lenient=False, size=size)
                    con.execute(f"SELECT {counts} FROM ({sql})").fetchall()
                    return True
                except duckdb.InvalidInputException:
                    continue
            return False
        except OSError:
            # No room for the copy: the slow way needs none.
            return False
