"""The shape of a format's declaration. How to write one: docs/contributing-formats.md."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from routecli.data.logs.formats.paths import path_sql, quoted, segments

__all__ = [
    "Format",
    "Identity",
    "Kept",
    "Kin",
    "Parts",
    "Plain",
    "Reading",
    "Refusal",
    "Skip",
    "at",
    "computed",
    "number",
    "quoted",
    "spelled",
]

_PARTITIONED = re.compile(r"\bOVER \(PARTITION BY ", re.IGNORECASE)
_WHOLE = re.compile(r"\bOVER \((?!PARTITION BY )", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way a format spells a canonical column.

    `sql` is text over the record's keys; the first reading with a value wins, and in a strict format the others must
    agree with it. `kind` overrides the column's own. `ts_basis` says what a time read here is the time of. `path` is
    where a nested key stands in the record, `source` SQL over the record that makes the key's value.
    """

    keys: tuple[str, ...]
    sql: str
    kind: str | None = None
    ts_basis: str | None = None
    path: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Records that cannot be read without guessing: where `sql` (a condition over the keys) holds."""

    reason: str
    keys: tuple[str, ...]
    sql: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Skip:
    """Records that are no model call of their own: where `sql` (a condition over the record) holds.

    `apart` is SQL over the document of those of them that no other record depends on: windows need not look at them.
    `beaten`: they are skipped for a better copy of the same call, which a refused record is not; the windows that tell
    see `sound` (`routecli.data.logs.contest`).
    """

    reason: str
    sql: str
    why: str
    apart: str = ""
    beaten: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells the rows of a table apart that have no id of their own, where the place in a file would do else.

    Where it is not `unique`, rows that are equal in all that is read of them are told apart by counting them.
    """

    reading: Reading
    unique: bool


@dataclass(frozen=True, slots=True)
class Kin:
    """When a row is the same call as a stored one of the same format that has another key.

    `columns` are the canonical columns it takes. `by` is SQL over them and `dedup_key` that is equal in both rows (NULL
    equals NULL, but not in the first), `when` SQL over the new row `k` and the stored row `r` that must hold besides,
    `instead` such SQL of whether the new one takes the other's place. So that less of the store is looked at: `within`
    is a column of `by`, and `odd` SQL over the columns that holds for at least one of both.
    """

    columns: tuple[str, ...]
    by: tuple[str, ...]
    when: str = "true"
    instead: str = "false"
    within: str = ""
    odd: str = ""


@dataclass(frozen=True, slots=True)
class Parts:
    """What few logs have and costs much to look for, such as records inside of records: `format` reads it, where
    `several` (SQL over a document) holds of any."""

    several: str
    format: "Format"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a document that is one record: few plain values, so that what looks at other records is cheap.

    `fields` are layers of SQL over the document, which also has the format's figures as UBIGINT, by `number`. The
    format's layers and all its other SQL, but for `Skip.apart`, see these fields and no more. `facts` are aggregates
    of them over the file (and of `pos`), `latest` the last value of a field up to the record, by another name. `plain`
    are layers that are tried first.
    """

    fields: tuple[Mapping[str, str], ...]
    facts: Mapping[str, str] = field(default_factory=dict)
    latest: Mapping[str, str] = field(default_factory=dict)
    plain: "Plain | None" = None


@dataclass(frozen=True, slots=True)
class Plain:
    """Layers that cost less and find the same in a log without any record for which `odd` (SQL over them) holds.

    `apart` is SQL over the fields of records that need not be looked at for that, by why they are skipped.
    """

    layers: tuple[Mapping[str, str], ...]
    odd: str
    apart: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Format:
    """A log format.

    `family` prefixes the dedup keys. `detects` are sets of marks (`routecli.data.logs.formats.marks`): a record that
    has all of one set is recognised. Of several formats that recognise a file the highest `priority` is taken.
    `readings` are canonical columns with their readings, in order of preference; `constants` are SQL values of columns
    that no reading filled. `strict` formats quarantine contradictions and records without a model or, where they are
    `timed`, without a time; others note them.

    What follows is for records that are more than a flat object. `each` says where a document's records stand: paths
    of lists (`spans[]`), of objects with a record under each name (`sessions{}`) or of one record (`data`); the first
    that is there counts, `""` is the document itself. `paths` are fields used in SQL besides those of readings, `doc`
    fields of the document around the record (in SQL `doc.<field>`). `types` gives a field another SQL type than text.
    `decoded` are fields that hold JSON as text, in some versions or always. `loose` are paths where something else than
    the object or list that is read may stand as well, which then counts as nothing: elsewhere the record is refused.
    `layers` are named SQL expressions, each layer seeing the one before; window functions are allowed in them, nowhere
    else. SQL also sees `pos` (the document's position in the file), `part` (the record's in the document) and `file`
    (the file's name without suffix). `dedup` is SQL of what makes two records the same request (NULL: the place in the
    file), `newest` SQL of a number: a later copy with a larger one replaces the stored copy. `variant` is SQL of
    another format id for single records. `figures` are paths with the kind (`routecli.data.logs.kinds`) of the number
    that SQL reckons with there: a record with other text in one of them is refused, where a cast would make it NULL, or
    another number. `kin` finds the same call under another key in what is stored. `children` is SQL of a
    list in a record: each of its items is one more record, with the fields of the record around it and itself as
    `child`, which is NULL in the record itself. `kept` says what of a document is kept. `identity` is set for tables
    only.
    """

    id: str
    family: str
    detects: tuple[tuple[str, ...], ...]
    readings: dict[str, tuple[Reading, ...]]
    refusals: tuple[Refusal, ...] = ()
    strict: bool = False
    priority: int = 1
    shaped: bool = True
    each: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    figures: tuple[tuple[str, str], ...] = ()
    doc: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    decoded: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    layers: tuple[Mapping[str, str], ...] = ()
    skips: tuple[Skip, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[tuple[str, str], ...] = ()
    dedup: str = ""
    newest: str = ""
    kin: Kin | None = None
    children: str = ""
    parts: Parts | None = None
    variant: str = ""
    timed: bool = True
    kept: Kept | None = None
    identity: Identity | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key the format reads, each once, in order."""
        used = [key for readings in self.readings.values() for reading in readings for key in reading.keys]
        used += [key for refusal in self.refusals for key in refusal.keys]
        used += self.identity.reading.keys if self.identity else ()
        return tuple(dict.fromkeys(used))

    @property
    def strictly_decoded(self) -> tuple[str, ...]:
        """Fields that hold JSON as text, of which any other text is refused."""
        return tuple(name for name in self.decoded if name not in self.loose)

    @property
    def fields(self) -> tuple[str, ...]:
        """The names that a document has at its top, as far as they are read."""
        if not self.shaped:
            return self.keys
        lists = [path for path in self.each if path]
        inner = self.every_path if not lists or "" in self.each else ()
        return tuple(dict.fromkeys(segments(path.removesuffix("{}"))[0][0] for path in (*inner, *lists, *self.doc)))

    @property
    def _every_reading(self) -> list[Reading]:
        every = [reading for readings in self.readings.values() for reading in readings]
        return [*every, self.identity.reading] if self.identity else every

    @property
    def sources(self) -> dict[str, str]:
        """SQL over the record, by key."""
        return {reading.keys[0]: reading.source for reading in self._every_reading if reading.source}

    @property
    def every_path(self) -> tuple[str, ...]:
        """Every path of a record that is read."""
        every = [reading.path for reading in self._every_reading]
        return tuple(dict.fromkeys([*(path for path in every if path), *self.paths, *dict(self.figures)]))

    @property
    def windowed(self) -> bool:
        """Whether some layer looks at other records."""
        return any(is_window(sql) for layer in self.layers for sql in layer.values())

    @property
    def staged(self) -> bool:
        """Whether a record's row is not simply the row of its line."""
        return self.shaped and bool(self.each or self.windowed or self.children)


def is_window(sql: str) -> bool:
    """Whether the SQL looks at other records."""
    return "over (" in sql.lower()


def partitioned(sql: str, column: str) -> str:
    """The SQL with all windows in it kept apart by that column as well."""
    grouped = _PARTITIONED.sub(f"OVER (PARTITION BY {column}, ", sql)
    return _WHOLE.sub(f"OVER (PARTITION BY {column} ", grouped)


def number(path: str) -> str:
    """The figure at a path, as `Kept.fields` see it: NULL where the text is no whole number, or rounded."""
    return quoted(f"#{path}")


def spelled(key: str, kind: str | None = None, ts_basis: str | None = None) -> Reading:
    """The key as it stands."""
    return Reading((key,), quoted(key), kind, ts_basis)


def at(path: str, kind: str | None = None, ts_basis: str | None = None) -> Reading:
    """The value at a path of the record, such as `usage.prompt_tokens_details.cached_tokens`."""
    return Reading((path,), quoted(path), kind, ts_basis, path, path_sql(path))


def computed(name: str, sql: str, kind: str | None = None, ts_basis: str | None = None) -> Reading:
    """SQL over the fields of the record and its layers, under a name of its own, which excerpts show."""
    return Reading((name,), quoted(name), kind, ts_basis, None, sql)
