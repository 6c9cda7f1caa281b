"""From documents to records: the SQL of what a format declares beyond flat objects.

Steps, each one SELECT over the one before: documents (fields at the top, in one parse) -> elements (one row per
record of a document) -> decoded fields -> the format's layers -> values, one text column per key, with what is to be
known of the record besides: `skip` (why it is no call of its own), `dedup`, `newest`, `variant`, `note:...`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from routecli.data.logs.containers import Container
from routecli.data.logs.formats import Format
from routecli.data.logs.formats.paths import Node, listed, node_at, path_sql, quoted, segments, tree
from routecli.data.logs.formats.record import is_window
from routecli.data.logs.kinds import KINDS
from routecli.data.logs.origin import FILE_INDEX, Origin

ASIDE = "aside"
"""The temporary table of what is found out about records from other records."""
UNSOUND = "unsound"
"""The temporary table of the records (pos, part) that are refused, where that decides which copy of a call counts."""
NO_RECORD = "no-records"
"""Why a document without any record in it was skipped."""


def _types_of(fields: dict[str, Node], decoded: tuple[str, ...]) -> dict[str, str]:
    """The SQL type each field is read as: text where it holds JSON as text."""
    return {name: "VARCHAR" if name in decoded else node.type for name, node in fields.items()}


def record_fields(format: Format) -> dict[str, Node]:
    """What is read of a record; of JSON as text, what stands in it."""
    fields = tree(format.every_path, format.types)
    for path in format.loose:
        node_at(fields, path).loose = True
    return fields


def fields_of(format: Format) -> dict[str, Node]:
    """What is read of a document, with its records wherever they may stand."""
    paths, types = list(format.doc), dict[str, str]()
    stems = [path.removesuffix("{}") for path in format.each] or [""]
    for start in (f"{stem}." if stem else "" for stem in stems):
        paths += [start + path for path in format.every_path]
        types |= {start + path: type for path, type in format.types.items()}
        types |= {start + quoted(name): "VARCHAR" for name in format.decoded}
    fields = tree(paths, types)
    for path in format.each:
        if path.endswith("{}"):
            node_at(fields, path.removesuffix("{}")).keyed = True
    for path in format.loose if not format.each else ():
        node_at(fields, path).loose = True
    return fields


def document_types(format: Format) -> dict[str, str]:
    """Name and SQL type of what is read of a document."""
    return {name: node.type for name, node in fields_of(format).items()}


class Shape:
    """The SQL of the records of a file, or of several.

    `contested`: which records are refused is known (the table `unsound`). `plainly`: with layers that may not be enough
    (`Plain`); where `aside` has a record that is `odd`, they are not. `found` is the temporary table of what `aside`
    yields.
    """

    plainly = False
    found = ASIDE

    def __init__(self, format: Format, container: Container, origin: Origin) -> None:
        self.format, self.container, self.origin = format, container, origin
        self.contested = False
        self.places = ("pos", "part", *((FILE_INDEX,) if origin.several else ()))

    def records(self, documents: str, *, beaten: bool = False) -> str:
        """The relation of text columns named like the format's keys, over the relation of documents.

        With window functions it wants the table `aside`, and is only of records that are not skipped; with `beaten`
        only of those that were skipped for a better copy.
        """
        base, layers = self._base(documents), self._layers
        if self.format.windowed:
            taken = f"{ASIDE}.skip IN ({self.beaten})" if beaten else f"{ASIDE}.skip IS NULL"
            base = f"SELECT * EXCLUDE (skip) FROM ({base}) JOIN {ASIDE} USING ({', '.join(self.places)}) WHERE {taken}"
            layers = [{name: _aside(name) if is_window(sql) else sql for name, sql in one.items()} for one in layers]
        records = self._layered(base, layers[self._early :], before=self._early)
        return f"SELECT {', '.join(self._values())} FROM ({records})"

    def ask(self, count: Callable[[str], int], documents: str) -> None:
        """Find out by counting rows what `aside` is to know of the documents."""

    def condensed(self, documents: str) -> str:
        """What is kept of the documents, given to all else instead of them."""
        return documents

    def prepared(self, documents: str) -> str:
        """What `aside` and `records` would both work out, where that is much: to be kept, and given to them instead."""
        later = " ".join(self._later())
        sure = [*self.places, "blank", "misshapen", "empty"]
        fields = [*sure, "file", "doc", *record_fields(self.format)]
        names = dict.fromkeys([*fields, *(name for layer in self._layers[: self._early] for name in layer)])
        kept = [n for n in names if n in sure or re.search(rf"(?<!\w){re.escape(n)}(?!\w)", later)]
        early = self._layered(self._elements(documents), self._layers[: self._early])
        return f"SELECT {', '.join(map(quoted, kept))} FROM ({early})"

    def _later(self) -> Iterator[str]:
        """All SQL over what is prepared."""
        format = self.format
        yield from (sql for layer in self._layers[self._early :] for sql in layer.values())
        yield from format.sources.values()
        yield from (skip.sql for skip in format.skips)
        yield from (sql for _, sql in format.warnings)
        yield from (path for path, _ in format.figures)
        yield from (format.dedup, format.newest, format.variant)

    def aside(self, documents: str) -> str:
        """What window functions find, and why records are skipped, by (pos, part); with n, the record's number from 0.

        A window keeps and sorts whole rows, and those of a log are wide: here they have the few columns it takes.
        """
        windows = [name for layer in self._layers for name, sql in layer.items() if is_window(sql)]
        kept = "".join(f", {quoted(name)} AS {_aside(name)}" for name in windows)
        n = "row_number() OVER (ORDER BY pos, part) - 1" if self._manifold else "pos"
        base = self._looked_at(self._base(documents))
        records = self._layered(base, self._layers[self._early :], before=self._early)
        return f"SELECT {', '.join(self.places)}, {n} AS n, {self._skip()} AS skip{kept} FROM ({records})"

    def _looked_at(self, base: str) -> str:
        """The records that windows look at, with `sound` where that counts."""
        if self._apart:
            base = f"SELECT * FROM ({base}) WHERE blank OR NOT ({' OR '.join(self._apart.values())})"
        if self.beaten:
            refused = f"EXISTS (SELECT 1 FROM {UNSOUND} AS u WHERE u.pos = b.pos AND u.part = b.part)"
            base = f"SELECT *, {f'NOT {refused}' if self.contested else 'true'} AS sound FROM ({base}) AS b"
        return base

    @property
    def beaten(self) -> str:
        """The reasons of records that are skipped for a better copy (an SQL list); empty where there are none."""
        return ", ".join(f"'{skip.reason}'" for skip in self.format.skips if skip.beaten)

    @property
    def _layers(self) -> list[Mapping[str, str]]:
        part = self.origin.part
        return [self._decoded(), *({name: part(sql) for name, sql in one.items()} for one in self.format.layers)]

    def left_out(self, documents: str) -> Iterator[str]:
        """The records that `aside` leaves out, by reason: only why they are skipped."""
        for reason, sql in self._apart.items():
            where = f"FROM ({self._base(documents)}) WHERE NOT blank AND ({sql})"
            yield f"SELECT {', '.join(self.places)}, pos AS n, '{reason}' AS skip {where}"

    @property
    def _apart(self) -> dict[str, str]:
        return {} if self._manifold else {skip.reason: skip.apart for skip in self.format.skips if skip.apart}

    @property
    def _manifold(self) -> bool:
        """Whether a document may hold several records."""
        return bool(self.format.each or self.format.children)

    @property
    def in_advance(self) -> bool:
        """Whether `aside` and `records` want the relation of `prepared`."""
        return self.format.windowed and bool(self.format.each)

    @property
    def _early(self) -> int:
        """How many layers are prepared."""
        return (
            next(i for i, one in enumerate(self._layers) if any(map(is_window, one.values()))) if self.in_advance else 0
        )

    def _base(self, documents: str) -> str:
        if self.in_advance:
            return documents
        return self._elements(documents) if self.format.each else self._plain(documents)

    def _layered(self, sql: str, layers: Iterable[Mapping[str, str]], *, before: int = 0) -> str:
        """The layers over the SQL, which has the first so many already."""
        return layered(sql, layers, {*record_fields(self.format), *(n for one in self._layers[:before] for n in one)})

    def _decoded(self) -> dict[str, str]:
        fields = record_fields(self.format)
        json = {name: f"TRY_CAST({quoted(name)} AS JSON)" for name in self.format.decoded}
        odd = " ".join(
            f"WHEN {quoted(name)} NOT IN ('', '[]') "
            f"AND coalesce(json_type({json[name]}), '') NOT IN ('OBJECT', 'NULL') THEN '{name}'"
            for name in self.format.strictly_decoded
        )
        return {
            **{name: f"TRY_CAST({sql} AS {fields[name].type})" for name, sql in json.items()},
            "misshapen": f"CASE {odd} END" if odd else "NULL::VARCHAR",
        }

    def _blank(self) -> str:
        return " AND ".join(f"{quoted(name)} IS NULL" for name in document_types(self.format))

    def _plain(self, documents: str) -> str:
        position = "" if self.format.staged else "0 AS pos, "
        sql = f"SELECT {position}0 AS part, {self._file()}, ({self._blank()}) AS blank, * FROM ({documents})"
        if not self.format.children:
            return sql
        inner = f"SELECT *, coalesce({self.format.children}, []) AS kids FROM ({sql})"
        child = "unnest(range(len(kids) + 1)) AS part, unnest(list_prepend(NULL, kids)) AS child"
        return f"SELECT * EXCLUDE (part, kids), {child} FROM ({inner})"

    def _file(self) -> str:
        return f"{self.origin.stem} AS file"

    def _elements(self, documents: str) -> str:
        fields = _types_of(record_fields(self.format), self.format.decoded)
        kinds = ", ".join(f"{quoted(name)} {type}" for name, type in fields.items())
        itself = ", ".join(f"{quoted(name)} := {quoted(name)}" for name in fields)
        places = [_place(path) if path else f"[struct_pack({itself})]" for path in self.format.each]
        found = f"coalesce({', '.join(places)})"
        outer = dict.fromkeys(segments(path)[0][0] for path in self.format.doc)
        doc = f"struct_pack({', '.join(f'{quoted(n)} := {quoted(n)}' for n in outer)})" if outer else "NULL"
        place = ", ".join(name for name in self.places if name != "part")
        lists = f"SELECT {place}, {doc} AS doc, ({self._blank()}) AS blank, {found} AS found FROM ({documents})"
        rows = (
            f"SELECT {place}, doc, blank, "
            f"unnest(CASE WHEN len(found) > 0 THEN found ELSE [NULL::STRUCT({kinds})] END) AS r, "
            f"unnest(range(greatest(coalesce(len(found), 0), 1))) AS part FROM ({lists})"
        )
        taken = ", ".join(f"r.{quoted(name)} AS {quoted(name)}" for name in fields)
        return f"SELECT {', '.join(self.places)}, {self._file()}, doc, blank, r IS NULL AS empty, {taken} FROM ({rows})"

    def _unfit(self) -> str:
        """`path is text` of the first figure that is none; NULL where all are sound."""
        cases = [
            f"WHEN {path_sql(path)} <> '' AND {KINDS[kind].unfit(path_sql(path))} "
            f"THEN '{path}' || chr(31) || {path_sql(path)}"
            for path, kind in self.format.figures
        ]
        return f"CASE {' '.join(cases)} END" if cases else "NULL::VARCHAR"

    def _skip(self) -> str:
        """Why a record is skipped (SQL), NULL where it is not."""
        skips = [(skip.reason, skip.sql) for skip in self.format.skips]
        if self.format.each:
            skips.insert(0, (NO_RECORD, "empty"))
        cases = " ".join(f"WHEN {sql} THEN '{reason}'" for reason, sql in skips)
        return f"CASE WHEN blank THEN NULL {cases} END" if cases else "NULL::VARCHAR"

    def _values(self) -> Iterator[str]:
        format = self.format
        if format.windowed:
            yield "n"
        if format.staged:
            yield "pos"
            yield "part"
        else:
            yield "other"
        if self.origin.several:
            yield FILE_INDEX
        yield "blank"
        yield "misshapen"
        yield f"{self._unfit()} AS unfit"
        yield f"{'NULL::VARCHAR' if format.windowed else self._skip()} AS skip"
        yield f"({format.dedup or 'NULL'})::VARCHAR AS dedup"
        yield f"({format.newest or 'NULL'})::DOUBLE AS newest"
        yield f"({format.variant or 'NULL'})::VARCHAR AS variant"
        for name, sql in format.warnings:
            yield f"coalesce({sql}, false) AS {quoted('note:' + name)}"
        exact = {key for refusal in format.refusals for key in refusal.keys}
        for name, sql in format.sources.items():
            text = f"({sql})::VARCHAR"
            yield f"{f'trim({text})' if name in exact else text} AS {quoted(name)}"


def _aside(name: str) -> str:
    """The column of a window function's result (SQL)."""
    return quoted(f"aside/{name}")


def _place(path: str) -> str:
    if path.endswith("{}"):
        return f"map_values({path_sql(path[:-2])})"
    return (
        listed(path) if path.endswith("[]") else f"CASE WHEN {path_sql(path)} IS NOT NULL THEN [{path_sql(path)}] END"
    )


def layered(sql: str, layers: Iterable[Mapping[str, str]], known: set[str]) -> str:
    """The layers over the SQL, which has these columns and maybe others."""
    known = set(known)
    for layer in layers:
        if layer:
            sql = f"SELECT {_layer(layer, known)} FROM ({sql})"
            known.update(layer)
    return sql


def _layer(layer: Mapping[str, str], known: set[str]) -> str:
    """Everything there is and the layer's columns; one under the name of a known column takes its place."""
    again = ", ".join(f"({sql}) AS {quoted(name)}" for name, sql in layer.items() if name in known)
    new = [f"({sql}) AS {quoted(name)}" for name, sql in layer.items() if name not in known]
    return ", ".join([f"* REPLACE ({again})" if again else "*", *new])
