"""`--where` on the columns of an evaluation file: a plain test (`column=a,b`), or any SQL condition.

SQL runs in an engine of its own that holds this one table and can reach neither files nor the network.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from routecli.data.evidence.values import number, plain, text
from routecli.errors import DataError, UsageError, did_you_mean

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]

_PLAIN = re.compile(r"""\s*(?:"([^"]+)"|([^\s"'()<>=!]+))\s*(!=|=)\s*([^'"()<>=]*?)\s*""")
_WORDS = re.compile(r"\s(and|or|is|in|like|between)\s", re.IGNORECASE)


def passing(frame: "pd.DataFrame", tests: Sequence[str]) -> "Mask":
    """Which rows pass all tests.

    Raises UsageError `bad-test` for a test that cannot be understood, DataError `nothing-passes` where no row does.
    """
    import numpy as np

    mask = np.ones(len(frame), np.bool_)
    for test in tests:
        found = _plain(frame, test)
        mask &= _sql(frame, test) if found is None else found
    if tests and len(frame) and not mask.any():
        raise DataError("nothing-passes", f"no row passes --where {' and '.join(tests)}")
    return mask


def _plain(frame: "pd.DataFrame", test: str) -> "Mask | None":
    """A plain test's rows; None where the test is SQL."""
    import numpy as np

    match = _PLAIN.fullmatch(test)
    if not match or _WORDS.search(f" {match[4]} ") or match[4] in frame.columns:
        return None
    column = match[1] or match[2]
    if column not in frame.columns:
        raise _unknown(column, frame, test)
    wanted = [value.strip() for value in match[4].split(",")]
    numbers = {found for value in wanted if (found := number(value)) is not None}
    known: dict[Any, bool] = {}
    for value in frame[column].map(plain).unique().tolist():
        cell = plain(value)
        said = text(cell)
        same = ("null" in wanted or "" in wanted) if said is None else said in wanted
        known[value] = same or (isinstance(cell, bool) and str(cell).lower() in wanted) or _number(cell) in numbers
    found = frame[column].map(plain).map(known).fillna(known.get(None, False)).to_numpy(np.bool_)
    return np.asarray(~found if match[3] == "!=" else found, np.bool_)


def _number(cell: Any) -> float | None:
    return float(cell) if isinstance(cell, bool) else number(cell)


def _unknown(column: str, frame: "pd.DataFrame", test: str) -> UsageError:
    names = [str(name) for name in frame.columns]
    hint = did_you_mean(column, names) or f"columns: {', '.join(names[:20])}"
    return UsageError("bad-test", f"--where {test}: there is no column '{column}'", fix=hint)


def _sql(frame: "pd.DataFrame", test: str) -> "Mask":
    import duckdb
    import numpy as np

    with duckdb.connect(
        ":memory:",
        config={"enable_external_access": "false", "lock_configuration": "true", "python_enable_replacements": "false"},
    ) as con:
        con.register("answers", _typed(frame, test))
        try:
            parsed = con.extract_statements(f"SELECT ({test}\n) FROM answers")
            if len(parsed) != 1:
                raise UsageError("bad-test", f"--where {test}: this is more than one condition")
            found = con.execute(parsed[0]).fetchnumpy()
        except duckdb.Error as fault:
            why = str(fault).split("\n", 1)[0]
            fix = f"columns: {', '.join(map(str, frame.columns[:20]))}"
            raise UsageError("bad-test", f"--where {test}: not a condition", why=why, fix=fix) from None
    (values,) = found.values()
    if len(values) != len(frame) or values.dtype != np.bool_:
        raise UsageError("bad-test", f"--where {test}: this is not true or false for each row")
    return np.asarray(np.ma.filled(values, False), np.bool_)


def _typed(frame: "pd.DataFrame", test: str) -> "pd.DataFrame":
    """The columns that the test may name, as numbers or truth values where all their values are that."""
    import pandas as pd

    lowered, columns = test.lower(), {}
    for name in frame.columns:
        if str(name).lower() not in lowered:
            continue
        values = frame[name].map(plain)
        known = values.dropna()
        if len(known) and known.map(lambda value: isinstance(value, bool)).all():
            columns[name] = values.astype("boolean")
            continue
        numbers = pd.to_numeric(known.map(str), errors="coerce")
        if len(known) and numbers.notna().all():
            columns[name] = pd.to_numeric(values.map(lambda value: None if value is None else str(value)))
        elif len(known) and known.map(lambda value: str(value).lower() in ("true", "false")).all():
            columns[name] = values.map(lambda value: None if value is None else str(value).lower() == "true")
            columns[name] = columns[name].astype("boolean")
        else:
            columns[name] = values.map(lambda value: None if value is None else str(value)).astype("string")
    return pd.DataFrame(columns if columns else {"row": range(len(frame))}, index=frame.index)
