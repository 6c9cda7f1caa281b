"""The SQL that turns staged text into canonical rows, each with the first reason not to trust it.

Layers, each one SELECT over the one before: given (trimmed text per key) -> parsed (a typed value per reading, named
`column/i`) -> merged (one value per canonical column, named `=column`) -> derived (what follows from other columns,
named `:column`) -> checked (the canonical columns, their problem and what to show of it).
"""

from collections.abc import Iterable, Iterator
from functools import cached_property

from routecli.data.columns import BY_NAME, COLUMNS
from routecli.data.logs import checks
from routecli.data.logs.formats.record import Format, Reading, quoted
from routecli.data.logs.kinds import KINDS, LONGEST_LABEL, is_number, smooth
from routecli.data.logs.origin import FILE_INDEX
from routecli.model.ingest import LatencyUnit

_UNHARMED = ("label", "note", "status", "instant")
"""Kinds of which empty text has no value and is no problem either."""
WRITES = ("cache_write_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens")


class Way:
    """One reading that can have a value in this file: `text` and `value` are SQL names of its two columns.

    With `loose`, blanks around the text do not count: `exact` is the text without them. With `typed` it is no text, but
    a number.
    """

    def __init__(self, column: str, i: int, reading: Reading, kind: str, *, loose: bool, typed: bool) -> None:
        self.column, self.reading, self.kind, self.typed = column, reading, kind, typed
        plain = reading.sql == quoted(reading.keys[0])
        self.text = reading.sql if plain else quoted(f"{column}/{i}/text")
        self.exact = f"nullif(trim({self.text}), '')" if loose else self.text
        self.value, self.cast = quoted(f"{column}/{i}"), quoted(f"{column}/{i}/cast")

    @property
    def bad(self) -> str:
        """True where there is text, not only blanks, and no value in it."""
        bad = f"{self.text} IS NOT NULL AND {self.value} IS NULL"
        if self.typed:
            return bad
        bad = f"{bad} AND trim({self.text}) <> ''"
        return f"{bad} AND NOT {is_number(self.exact)}" if self.kind == "duration" else bad

    def parsed(self, *, careful: bool) -> str:
        """SQL of the value: `careful` reads every text slowly, else only those that are not written plainly."""
        kind = KINDS[self.kind]
        if self.typed and kind.typed:
            return kind.typed(self.text)
        if careful or kind.quick is None:
            return kind.value(self.exact)
        sure, quick = kind.quick.sure(self.text, self.cast), kind.quick.final(self.cast)
        return f"CASE WHEN {sure} THEN {quick} WHEN {self.text} IS NOT NULL THEN {kind.value(self.exact)} END"

    @property
    def unitless(self) -> str:
        """True where a duration is a number without a unit."""
        return f"{self.text} IS NOT NULL AND {self.value} IS NULL AND {is_number(self.exact)}"


def typable(format: Format) -> frozenset[str]:
    """The keys of which all that is read is a number as it stands."""
    number, other = set[str](), {key for refusal in format.refusals for key in refusal.keys}
    for column, readings in format.readings.items():
        for reading in readings:
            plain = KINDS[reading.kind or BY_NAME[column].kind].typed and reading.sql == quoted(reading.keys[0])
            (number if plain else other).update(reading.keys)
    return frozenset(number - other)


class Normal:
    """The SQL of one file: the keys that occur in it, read as `format`.

    `latest` is the last believable instant (ISO, UTC). `latency_unit` is the unit of a latency without one. `careful`
    takes no short cut for text that is written plainly: the same rows, several times slower.

    `typed` are keys, some of `typable`, that the engine read as numbers. The SQL then fails at the first record with
    anything but plain values, an id and no problem: their text would have to be looked at, which is not there.

    With `counted`, keys besides these, the column `seen` is the number of values that a record has under all keys.
    With `several`, the lines and the rows have the column `FILE_INDEX`.
    """

    careful = False

    def __init__(
        self,
        format: Format,
        keys: Iterable[str],
        latest: str,
        latency_unit: LatencyUnit | None,
        typed: Iterable[str] = (),
        counted: Iterable[str] | None = None,
        *,
        several: bool = False,
    ) -> None:
        present = set(keys)
        self.indexed = (FILE_INDEX,) if several else ()
        self.format, self.latest, self.typed = format, latest, frozenset(typed)
        self.counted = None if counted is None else tuple(sorted(counted))
        self.keys = tuple(key for key in format.keys if key in present)
        self.ways: dict[str, list[Way]] = {}
        for way in self._live(present, latency_unit):
            self.ways.setdefault(way.column, []).append(way)

    def _live(self, present: set[str], latency_unit: LatencyUnit | None) -> Iterator[Way]:
        for column, readings in self.format.readings.items():
            for i, reading in enumerate(readings):
                kind = reading.kind or BY_NAME[column].kind
                if kind == "duration" and latency_unit:
                    kind = f"duration_{latency_unit}"
                if present.intersection(reading.keys):
                    typed = reading.keys[0] in self.typed
                    yield Way(column, i, reading, kind, loose=self.format.shaped, typed=typed)

    def has(self, *columns: str) -> bool:
        """Whether every one of these canonical columns can have a value in this file."""
        return all(column in self.ways for column in columns)

    def given(self, column: str) -> str:
        """The column's value as logged (SQL), NULL where the file has none."""
        return quoted("=" + column) if column in self.ways else f"NULL::{BY_NAME[column].sql_type}"

    def value(self, column: str) -> str:
        """The column's final value (SQL)."""
        return quoted(":" + column) if column in self._derived else self.given(column)

    def known(self, column: str) -> str:
        """The column's value as logged or set for all records (SQL)."""
        constant = self.format.constants.get(column)
        return f"coalesce({self.given(column)}, {constant})" if constant else self.given(column)

    @property
    def columns(self) -> tuple[str, ...]:
        """The canonical columns that `select` yields, in the order of the table.

        Without a value in `ts_basis`, `call_role` or `cost_source` the store shows what nearly all logs mean.
        """
        return tuple(c.name for c in COLUMNS if c.name in self._derived or c.name in self.ways)

    def select(self, lines: str, rest: Iterable[str] = ()) -> str:
        """The whole SELECT over `lines`, a relation of text columns named like the keys.

        `rest` are keys thought to be absent: the column `other` is true where one of them has a value after all.
        """
        layers = [self._given(tuple(rest)), self._texts(), self._casts(), self._parsed(), self._merged()]
        if not self.format.strict:
            layers += [f"{self._placeholders()} AS zeroed", self._voided()]
        layers.append(self._derive())
        sql = lines
        for i, layer in enumerate((*layers, f"{checks.problem(self)} AS problem")):
            sql = f"SELECT {'*, ' if i else ''}{layer} FROM ({sql})".replace("*, * REPLACE", "* REPLACE")
        finals = [f"{self.value(column)} AS {quoted(column)}" for column in self.columns]
        return f"SELECT {', '.join([*finals, *checks.findings(self), *self._made()])} FROM ({sql})"

    def _made(self) -> tuple[str, ...]:
        """What else is known of a record, by the name it has in the sink's rows."""
        if not self.format.shaped:
            return ("other", *self.indexed) if self.counted is None else ("other", "seen", *self.indexed)
        places = (*(("pos", "part") if self.format.staged else ()), *(("n",) if self.format.windowed else ()))
        other = () if self.format.staged else ("other",)
        return (*places, *self.indexed, "skip", "dedup", "newest", "variant", *other)

    def _given(self, rest: tuple[str, ...]) -> str:
        needed = {key for ways in self.ways.values() for way in ways for key in way.reading.keys}
        as_given = self.typed | self._empty_or_not
        items = [f"nullif({quoted(key)}, '') AS {quoted(key)}" for key in self.keys if key not in as_given]
        items += map(quoted, sorted(as_given))
        items += [f"NULL::VARCHAR AS {quoted(key)}" for key in sorted(needed.difference(self.keys))]
        other = f"coalesce({', '.join(map(quoted, rest))}) IS NOT NULL" if rest else "false"
        if self.format.shaped:
            notes = [quoted(f"note:{name}") for name, _ in self.format.warnings]
            return ", ".join([*items, *self._made(), "blank", "misshapen", "unfit", *notes])
        if self.counted is not None:
            seen = " + ".join(f"({quoted(key)} IS NOT NULL)::UTINYINT" for key in (*self.keys, *self.counted))
            items.append(f"({seen})::BIGINT AS seen")
        return ", ".join([*items, f"{other} AS other", *self.indexed])

    @cached_property
    def _empty_or_not(self) -> frozenset[str]:
        """Keys of which an empty text yields no value anyhow, so that nobody has to look for it.

        Only where records without an id or with a problem are not read at all, for elsewhere all text counts.
        """
        if not self.typed:
            return frozenset()
        plain, other = set[str](), set[str]()
        for ways in self.ways.values():
            for way in ways:
                fit = way.kind in _UNHARMED and way.reading.sql == quoted(way.reading.keys[0])
                (plain if fit else other).update(way.reading.keys)
        return frozenset(plain - other - self.typed).intersection(self.keys)

    def _texts(self) -> str:
        every = [way for ways in self.ways.values() for way in ways]
        items = [f"{way.reading.sql} AS {way.text}" for way in every if way.text != way.reading.sql]
        labels = [way.text for way in every if way.kind in ("label", "note")]
        return ", ".join([*items, f"concat({', '.join(labels) or 'NULL'}) AS labels"])

    def _casts(self) -> str:
        every = [way for ways in self.ways.values() for way in ways]
        casts = [(KINDS[way.kind].quick, way) for way in every if not way.typed]
        items = [f"{quick.cast(way.text)} AS {way.cast}" for quick, way in casts if quick]
        # One look at all labels of a row together: only a row that fails it has its labels looked at one by one.
        labels = [way.text for way in every if way.kind in ("label", "note")]
        long = "".join(f" OR strlen({label}) NOT BETWEEN 1 AND {LONGEST_LABEL}" for label in labels)
        return ", ".join([*items, f"coalesce(NOT ({smooth('labels')}){long}, false) AS rough"])

    def _parsed(self) -> str:
        every = [way for ways in self.ways.values() for way in ways]
        return ", ".join(f"{way.parsed(careful=self.careful)} AS {way.value}" for way in every)

    def _merged(self) -> str:
        items = []
        for column, ways in self.ways.items():
            values = [way.value for way in ways]
            value = f"coalesce({', '.join(values)})" if len(values) > 1 else values[0]
            items.append(f"{value}::{BY_NAME[column].sql_type} AS {quoted('=' + column)}")
        keys = [key for key in self.keys if key not in self.typed]
        unread = "blank" if self.format.shaped else f"coalesce({', '.join(map(quoted, keys))}) IS NULL"
        return ", ".join([*items, f"{unread} AS unread"])

    def _placeholders(self) -> str:
        """True where a failed call has no tokens but zeros: it has none, rather than none of each."""
        counted = [self.given(column) for column in self._counted]
        if not counted:
            return "false"
        failed = f"coalesce({self.given('status')}, {self._status()}) = 'error'"
        total = " + ".join(f"coalesce({column}, 0)::HUGEINT" for column in counted)
        return f"coalesce({failed} AND {total} = 0 AND coalesce({', '.join(counted)}) IS NOT NULL, false)"

    def _voided(self) -> str:
        void = [f"CASE WHEN NOT zeroed THEN {self.given(c)} END AS {quoted('=' + c)}" for c in self._counted]
        return f"* REPLACE ({', '.join(void)})" if void else "true AS _"

    @property
    def _counted(self) -> list[str]:
        return [column for column in self.ways if BY_NAME[column].kind == "tokens"]

    def _derive(self) -> str:
        return ", ".join(f"{sql} AS {quoted(':' + name)}" for name, sql in self._derived.items())

    @cached_property
    def _derived(self) -> dict[str, str]:
        given = self.given
        derived = {"status": f"coalesce({given('status')}, {self._status()}, 'success')"}
        if self.has("ts_basis") or any(way.reading.ts_basis for way in self.ways.get("ts", ())):
            derived["ts_basis"] = f"coalesce({given('ts_basis')}, {self._ts_basis()})"
        write = "0"
        if any(self.has(column) for column in WRITES):
            total, short, long = map(given, WRITES)
            write = f"coalesce({total}, {short} + {long}, {short}, {long})"
            derived["cache_write_tokens"] = write
            # Writes that are not split by how long they are kept count as the 5-minute kind; a warning says so.
            derived["cache_write_5m_tokens"] = f"coalesce({short}, {total} - coalesce({long}, 0))"
            derived["cache_write_1h_tokens"] = f"coalesce({long}, {total} - {short})"
        if self.has("input_tokens", "cache_read_tokens", "uncached_input_tokens"):
            # Where no log has it of its own, the store works it out (see `routecli.data.request_rows`).
            rest = f"{given('input_tokens')} - {given('cache_read_tokens')} - coalesce({write}, 0)"
            derived["uncached_input_tokens"] = f"coalesce({given('uncached_input_tokens')}, {rest})"
        if self.has("cost_usd", "cost_source"):
            reported = f"CASE WHEN {given('cost_usd')} IS NOT NULL THEN 'reported' END"
            derived["cost_source"] = f"coalesce({given('cost_source')}, {reported})"
        if self.has("uncached_input_tokens") and not self.has("input_tokens"):
            # Formats whose input leaves out what was cached.
            parts = [f"coalesce({part}, 0)" for part in (given("cache_read_tokens"), write)]
            derived["input_tokens"] = f"{given('uncached_input_tokens')} + {' + '.join(parts)}"
        if self.format.shaped and self.has("session_id"):
            known = f"CASE WHEN {given('session_id')} IS NOT NULL THEN false END"
            derived["session_synthetic"] = f"coalesce({given('session_synthetic')}, {known})"
        for column, sql in self.format.constants.items():
            derived[column] = f"coalesce({', '.join([given(column), sql, derived.get(column, 'NULL')])})"
        return derived

    def _status(self) -> str:
        code, error = self.given("http_status"), self.given("error_type")
        failed = f"{code} BETWEEN 400 AND 599 OR {error} IS NOT NULL"
        return f"CASE WHEN {code} = 499 THEN 'partial' WHEN {failed} THEN 'error' END"

    def _ts_basis(self) -> str:
        named = [f"WHEN {w.value} IS NOT NULL THEN '{w.reading.ts_basis or 'logged'}'" for w in self.ways.get("ts", [])]
        return f"CASE {' '.join(named)} ELSE 'none' END" if named else "'none'"
