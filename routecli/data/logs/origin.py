"""Which file a row is of, as SQL: of one file the same for all, of several by the number of its file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from routecli.data.logs.formats.record import partitioned
from routecli.data.logs.sources import Found
from routecli.data.sql_text import literal

if TYPE_CHECKING:
    import duckdb

FILE_INDEX = "routecli_file_index"
"""The column of which of several files a document stands in, from 0."""
_VARIABLES = ("file_name", "file_base", "file_stem")


@dataclass(frozen=True, slots=True)
class Origin:
    """SQL over a document, or a row made of it: what its file is called in reports and in the store (`name`), by what
    name it is known after rotation and on other machines (`base`), that name without suffix (`stem`).

    `several`: there are more files than one, and the SQL is over the column `FILE_INDEX`.
    """

    name: str
    base: str
    stem: str
    several: bool = False

    @staticmethod
    def of(found: Found) -> "Origin":
        """That of one file."""
        name, base, stem = map(literal, _names(found))
        return Origin(name, base, stem)

    @staticmethod
    def of_several(con: "duckdb.DuckDBPyConnection", found: Sequence[Found]) -> "Origin":
        """That of files, in the order in which the engine reads them. Only the last call counts."""
        # Variables, because to parse and plan so many literals takes longer than all the rest.
        for variable, values in zip(_VARIABLES, zip(*map(_names, found), strict=True), strict=True):
            con.execute(f"SET VARIABLE {variable} = ?::VARCHAR[]", [list(values)])
        name, base, stem = (nth(variable, FILE_INDEX) for variable in _VARIABLES)
        return Origin(name, base, stem, several=True)

    def part(self, sql: str) -> str:
        """The SQL of a window function, of the rows of each file alone."""
        return partitioned(sql, FILE_INDEX) if self.several else sql


def _names(found: Found) -> tuple[str, str, str]:
    return found.name, found.base, PurePath(found.name).name.split(".")[0]


def nth(variable: str, index: str) -> str:
    """SQL of an item of a list that is kept in a variable, by its number from 0."""
    return f"getvariable('{variable}')[({index} + 1)::BIGINT]"
