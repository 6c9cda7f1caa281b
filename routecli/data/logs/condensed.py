"""The SQL of a format that says what is kept of a document (`Kept`): a few plain values, worked out while it is read.

The table `documents` has these alone, and `told` all that a record's values are made of, so that nothing is worked
out twice or joined. Layers that look for rare things, such as falls and replays, cost several times as much as those
for a plain log: they are taken only where something odd was seen.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from routecli.data.logs.containers import Container
from routecli.data.logs.formats.paths import path_sql, quoted
from routecli.data.logs.formats.record import Format, Kept, Plain, number
from routecli.data.logs.kinds import KINDS, MOST_DIGITS
from routecli.data.logs.origin import FILE_INDEX, Origin
from routecli.data.logs.shape import Shape, document_types, layered


def shape_of(format: Format, container: Container, origin: Origin) -> Shape:
    """The SQL of the records of a file, or of several."""
    return (Condensed if format.kept else Shape)(format, container, origin)


class Condensed(Shape):
    """See `Shape`. `steady` are those of `Kept.latest` that have one value in a file, if any."""

    found = "told"

    def __init__(self, format: Format, container: Container, origin: Origin) -> None:
        super().__init__(format, container, origin)
        self.index = (FILE_INDEX,) if origin.several else ()
        self.plainly = self._tried is not None
        self.steady = frozenset[str]()

    @property
    def _kept(self) -> Kept:
        assert self.format.kept
        return self.format.kept

    @property
    def _tried(self) -> Plain | None:
        return self._kept.plain

    @property
    def _layers(self) -> list[Mapping[str, str]]:
        layers = self._tried.layers if self._tried and self.plainly else self.format.layers
        return [{name: self.origin.part(sql) for name, sql in one.items()} for one in layers]

    @property
    def _apart(self) -> dict[str, str]:
        return dict(self._tried.apart) if self._tried and self.plainly else super()._apart

    @property
    def _names(self) -> list[str]:
        """What `_base` has of a record besides its place."""
        fields = [name for layer in self._kept.fields for name in layer]
        return list(dict.fromkeys(["blank", "unfit", *fields, *self._kept.facts, *self._kept.latest]))

    def condensed(self, documents: str) -> str:
        """See `Shape`."""
        figures = [path for path, _ in self.format.figures]
        numbers = ", ".join(f"TRY_CAST({path_sql(path)} AS UBIGINT) AS {number(path)}" for path in figures)
        # Nothing but digits, and few, is fit: one look at all figures together is far cheaper than a closer one.
        few = " AND ".join(f"({path_sql(path)} IS NULL OR {number(path)} < {10**MOST_DIGITS})" for path in figures)
        fit = f"{few} AND NOT regexp_matches(concat({', '.join(map(path_sql, figures))}), '[^0-9]')"
        apart = " OR ".join(["false", *super()._apart.values()])
        unfit = {"unfit": f"CASE WHEN {apart} THEN NULL WHEN {fit} THEN NULL ELSE {self._first_unfit()} END"}
        read = f"SELECT *, {numbers} FROM ({documents})"
        layers = [{"blank": self._blank()}, *self._kept.fields, unfit]
        sql = layered(read, layers, {"other", *document_types(self.format)})
        kept = [name for name in self._names if name not in {*self._kept.facts, *self._kept.latest}]
        kept += self.index
        return f"SELECT other, {', '.join(map(quoted, kept))} FROM ({sql})"

    def ask(self, count: Callable[[str], int], documents: str) -> None:
        """See `Shape`."""
        files = f"SELECT 1 FROM ({documents}){self._by_file}"
        varied = {name: f"{files} HAVING min({sql}) <> max({sql})" for name, sql in self._kept.latest.items()}
        self.steady = frozenset(name for name, sql in varied.items() if not count(sql))

    def aside(self, documents: str) -> str:
        """See `Shape`: with all that values are made of, and `odd`."""
        later = " ".join(self._told())
        names = dict.fromkeys([*self._names, *(name for layer in self._layers for name in layer)])
        kept = [quoted(name) for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", later)]
        odd = f"coalesce({self._tried.odd}, false)" if self._tried and self.plainly else "false"
        records = layered(self._looked_at(self._with_facts(documents)), self._layers, {"file", *self._names})
        kept = [*self.places, "pos AS n", f"{self._skip()} AS skip", f"{odd} AS odd", *kept]
        return f"SELECT {', '.join(kept)} FROM ({records})"

    def records(self, documents: str, *, beaten: bool = False) -> str:
        """See `Shape`. In the order of the file."""
        taken = f"skip IN ({self.beaten})" if beaten else "skip IS NULL"
        # Windows over the whole file yield it in its order, others in any.
        order = "" if self.plainly and not self.index else " ORDER BY pos"
        rows = f"SELECT *, NULL::VARCHAR AS misshapen FROM {self.found} WHERE {taken}{order}"
        return f"SELECT {', '.join(self._values())} FROM ({rows})"

    def _told(self) -> Iterator[str]:
        """All SQL that a record's values are made of."""
        format = self.format
        yield from ("blank", "unfit", format.dedup, format.newest, format.variant)
        yield from format.sources.values()
        yield from (sql for _, sql in format.warnings)

    def _base(self, documents: str) -> str:
        return f"SELECT 0 AS part, {self._file()}, * FROM ({documents})"

    def _with_facts(self, documents: str) -> str:
        kept, latest = self._kept, list[str]()
        facts, of = dict(kept.facts), "".join(f"{one}, " for one in self.index)
        joined = f"({self._base(documents)}) AS b"
        for i, (name, value) in enumerate(kept.latest.items()):
            if name in self.steady:
                facts |= {f"{name}/since": f"min(pos) FILTER (({value}) IS NOT NULL)", f"{name}/only": f"min({value})"}
                latest.append(
                    f"CASE WHEN pos >= {quoted(f'{name}/since')} THEN {quoted(f'{name}/only')} END AS {quoted(name)}"
                )
            else:
                values = f"SELECT {of}pos AS since, {value} AS value FROM ({documents}) WHERE ({value}) IS NOT NULL"
                same = "".join(f"b.{one} = l{i}.{one} AND " for one in self.index)
                joined += f" ASOF LEFT JOIN ({values}) AS l{i} ON {same}b.pos >= l{i}.since"
                latest.append(f"l{i}.value AS {quoted(name)}")
        if facts:
            found = ", ".join(f"{fact} AS {quoted(name)}" for name, fact in facts.items())
            told = f"(SELECT {of}{found} FROM ({documents}){self._by_file}) AS f"
            joined += f" JOIN {told} ON b.{FILE_INDEX} = f.{FILE_INDEX}" if self.index else f" CROSS JOIN {told}"
        columns = ["b.*", *(f"f.{quoted(name)}" for name in kept.facts), *latest]
        # Such a join yields its rows in any order.
        order = " ORDER BY pos" if self.steady < kept.latest.keys() else ""
        return f"SELECT {', '.join(columns)} FROM {joined}{order}"

    @property
    def _by_file(self) -> str:
        return f" GROUP BY {FILE_INDEX}" if self.index else ""

    def _unfit(self) -> str:
        return "unfit"

    def _first_unfit(self) -> str:
        """As `Shape._unfit`, in a fraction of the SQL, most of the time for which would be spent planning it."""
        (kind,) = {kind for _, kind in self.format.figures}
        listed = ", ".join(f"{{'at': '{path}', 'text': {path_sql(path)}}}" for path, _ in self.format.figures)
        unfit = f"list_filter([{listed}], lambda f: f.text <> '' AND {KINDS[kind].unfit('f.text')})"
        return f"list_transform({unfit}, lambda f: f.at || chr(31) || f.text)[1]"
