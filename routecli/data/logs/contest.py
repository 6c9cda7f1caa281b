"""Copies of one call: a copy that is refused must not push out a sound one.

A format says which records are skipped for a better copy (`Skip.beaten`), and its windows see `sound`, at first true of
every record. Only a log in which some record turned out to be refused, beside others that were skipped for a better
one, is looked at again: with those others judged, and `sound` false of all that is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routecli.data.logs.checks import UNREAD
from routecli.data.logs.normalise import Normal
from routecli.data.logs.shape import ASIDE, UNSOUND, Shape

if TYPE_CHECKING:
    import duckdb


@dataclass(slots=True)
class Contest:
    """The records of one file, as long as they may have to be looked at again. `fill` puts them into the sink anew.

    `stand_ins` counts the calls of which a copy counts now only because a better one is refused.
    """

    con: "duckdb.DuckDBPyConnection"
    shape: Shape
    normal: Normal
    documents: str
    fill: Callable[[], None]
    stand_ins: int = 0

    def find(self) -> None:
        """Work out `aside`, from `unsound` where that is known."""
        shape = self.shape
        shape.ask(self._count, self.documents)
        self._look()
        if shape.plainly and self._count(f"SELECT 1 FROM {shape.found} WHERE odd LIMIT 1"):
            shape.plainly = False
            self._look()
        left_out = list(shape.left_out(self.documents))
        if shape.found == ASIDE:
            for rows in left_out:
                self.con.execute(f"INSERT INTO {ASIDE} BY NAME {rows}")
        else:
            told = f"SELECT {', '.join(shape.places)}, n, skip FROM {shape.found}"
            every = " UNION ALL BY NAME ".join([told, *left_out])
            self.con.execute(f"CREATE OR REPLACE TEMP TABLE {ASIDE} AS {every}")

    def _look(self) -> None:
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {self.shape.found} AS {self.shape.aside(self.documents)}")

    def held_again(self) -> bool:
        """Whether what is refused (the table `bad`) changes which copies count; if so they are in the sink now."""
        if not self.shape.beaten or not self._count(f"{self._refused} LIMIT 1"):
            return False
        if not self._count(f"SELECT 1 FROM {ASIDE} WHERE skip IN ({self.shape.beaten}) LIMIT 1"):
            return False
        con, found = self.con, self.shape.found
        judged = self.normal.select(self.shape.records(self.documents, beaten=True))
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {UNSOUND} AS "
            f"SELECT pos, part FROM {ASIDE} WHERE n IN (SELECT n FROM ({self._refused})) "
            f"UNION SELECT pos, part FROM ({judged}) WHERE problem IS NOT NULL"
        )
        con.execute(f"CREATE OR REPLACE TEMP TABLE before AS FROM {found}")
        self.shape.contested = True
        self.find()
        changed = self._count(f"SELECT pos, part, skip FROM {found} EXCEPT SELECT pos, part, skip FROM before") or (
            # What windows find of a refused record itself does not matter.
            self._count(f"SELECT * FROM {found} ANTI JOIN {UNSOUND} USING (pos, part) EXCEPT FROM before")
        )
        self.stand_ins = self._count(
            f"SELECT 1 FROM {found} AS a JOIN before USING (pos, part) ANTI JOIN {UNSOUND} USING (pos, part) "
            "WHERE a.skip IS NULL AND before.skip IS NOT NULL"
        )
        con.execute(f"DROP TABLE before; DROP TABLE {UNSOUND}")
        if changed:
            self.fill()
        return bool(changed)

    @property
    def _refused(self) -> str:
        """SQL of n of the records that are refused, but for lines in which nothing could be read."""
        return f"SELECT n FROM bad WHERE problem IS DISTINCT FROM '{UNREAD}'"

    def _count(self, sql: str) -> int:
        return int(self.con.execute(f"SELECT count(*) FROM ({sql})").fetchall()[0][0])

    def close(self) -> None:
        """The records are not needed any more."""
        self.con.execute("DROP TABLE IF EXISTS documents; DROP TABLE IF EXISTS prepared")
