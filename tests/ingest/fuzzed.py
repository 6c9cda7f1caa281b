"""Logs of sound and spoiled records. A case is made of a few numbers, so that any failure can be had again."""

import copy
import csv
import gzip
import io
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow
import pyarrow.parquet
import samples
from counted import value_of
from mutations import at as inner_at
from mutations import delete, equal, of_bytes, places, put, spoiled
from odd_values import VALUES
from samples import TABLES


def _turned(message: Any) -> Any:
    """The message as two turns, between them what another model said and a compaction of the context."""
    usage = message["usage"]
    said = {"input_tokens": 823, "output_tokens": 12, "cache_read_input_tokens": None}
    turn = {name: value for name, value in usage.items() if isinstance(value, int)}
    turns = [
        {"type": "message", **turn},
        {"type": "advisor_message", "model": "claude-fable-5", **said},
        {"type": "compaction", **said},
        {"type": "message", **turn, "output_tokens": 0},
    ]
    return {**message, "usage": {**usage, "iterations": turns}}


_CLAUDE = samples.DOCUMENTS["claude_code"]
ITERATED: dict[str, Any] = {
    "anthropic_iterations": _turned(samples.DOCUMENTS["anthropic_message"]),
    "claude_code_iterations": {**_CLAUDE, "message": _turned(_CLAUDE["message"])},
}
"""Documents with records inside of records."""
DOCUMENTS = {**samples.DOCUMENTS, **ITERATED}
READ_AS = {**samples.READ_AS, **dict(zip(ITERATED, ("anthropic_message", "claude_code"), strict=True))}
_IDS = {"id", "request_id", "requestId", "litellm_call_id", "spanId", "span_id", "responseId", "response_id"}
_IDS |= {"generation_id", "custom_id", "uuid", "thread_id"}
_NUMBERED = {"input_length": 7_000_000, "ContextTokens": 7_000_000, "Request tokens": 7_000_000}
"""Counts that tell records apart which have no id."""
_NUMBERED_IN = {"vsr_fleetsim_trace": {"prompt_tokens": 7_000_000}}
FORMS = {
    "plain": "lines, or rows of a table",
    "crlf": "every line ends with a carriage return and a line feed",
    "mixed": "some do",
    "unended": "the last line has no end",
    "bom": "a byte order mark comes first",
    "blank lines": "between the others",
    "gzip": "compressed",
    "unnamed": "which format it is has to be found out",
    "no suffix": "and so has how it is laid out",
}
"""Forms in which every record is found whatever the others are."""
JSON_FORMS = {
    "array": "of the sound values",
    "objects": "the sound objects, each over several lines",
    "broken": "an array of them all, one on each line",
    "late": "more records than are looked at to begin with come first, and have less in them",
}
TABLE_FORMS = {"odd": "with quotes that do not pair up", "parquet": "a Parquet file of text"}
_CSV = {name: f"{name}.csv" for name in TABLES}
GIVEN: set[str] = set()
"""Documents that came from elsewhere (`give`): what becomes of one alone is not known."""
SOURCES: tuple[str, ...] = (*samples.DOCUMENTS, *_CSV.values(), *ITERATED)
"""Sample documents by their id, tables with `.csv` behind theirs."""


def give(name: str, document: Any, format: str) -> str:
    """Add a document to the samples for the rest of the process; the source it is."""
    DOCUMENTS[name], READ_AS[name] = document, format
    GIVEN.add(name)
    return name


def read_as(source: str) -> str:
    """The id of the format that reads a source."""
    name = source.removesuffix(".csv")
    return READ_AS.get(name, name)


def marked(source: str, document: Any, mark: str) -> Any:
    """The document with an id (or a count) of its own."""
    document = copy.deepcopy(document)
    numbered = _NUMBERED_IN.get(source, _NUMBERED)
    for place in list(places(document)):
        name, value = place[-1], inner_at(document, place)
        if name in numbered:
            # A mark is eight hex digits, of which the last four count.
            put(document, place, type(value)(numbered[name] + int(mark[:1], 16) * 100_000 + int(mark[-4:], 16)))
        elif name in _IDS and isinstance(value, str):
            put(document, place, value[: -len(mark)] + mark if len(value) >= 16 else f"{value}-{mark}")
    return document


def mark_of(kind: str, i: int) -> str:
    """Sound records start with c, spoiled ones with b: one wrong bit does not make one the other."""
    return f"{'c0de' if kind != 'spoiled' else 'b00b'}{i:04x}"


@dataclass(frozen=True)
class Case:
    """A log: one seed per record, and the form of the file."""

    source: str
    seeds: tuple[int, ...]
    form: str = "plain"

    @property
    def table(self) -> bool:
        return self.source.endswith(".csv")

    @property
    def format(self) -> str | None:
        """The id that is given for it."""
        return None if self.form == "unnamed" else read_as(self.source)

    def kind(self, i: int) -> str:
        """What becomes of the record: sound, equal (sound as well, written otherwise) or spoiled."""
        if self.source in GIVEN:
            return "spoiled"
        return random.Random(self.seeds[i]).choice(["sound", "equal", "spoiled", "spoiled"])

    @cached_property
    def records(self) -> list[bytes]:
        """What each seed makes, without an end of line; b"" where that has no place in the form."""
        made = [self._row(i) if self.table else self._line(i) for i in range(len(self.seeds))]
        if self.form in ("array", "objects"):
            made = [line if _fits(value_of(line), self.form) else b"" for line in made]
        return made

    def _line(self, i: int) -> bytes:
        draw, kind = random.Random(self.seeds[i]), self.kind(i)
        draw.random()
        document = marked(self.source, DOCUMENTS[self.source], mark_of(kind, i))
        if kind == "sound":
            return json.dumps(document).encode()
        return equal(draw, document) if kind == "equal" else spoiled(draw, document)

    def _row(self, i: int) -> bytes:
        draw, kind = random.Random(self.seeds[i]), self.kind(i)
        draw.random()
        cells = self.cells(i)
        if kind != "spoiled":
            return csv_row(cells, csv.QUOTE_ALL if kind == "equal" else csv.QUOTE_MINIMAL)
        if draw.random() < 0.3:
            cells = draw.choice([cells[:-1], [*cells, "x"], cells[:1], [], [*cells, *cells], [""] * len(cells)])
        row = csv_row([cell.replace("\x00", "").replace("\r", "") for cell in cells])
        return of_bytes(draw, row) if self.form == "odd" and draw.random() < 0.5 else row

    def _thin(self, draw: random.Random) -> list[bytes]:
        """Records that all lack the same."""
        document = json.loads(json.dumps(DOCUMENTS[self.source]))
        for _ in range(draw.randint(1, 6)):
            delete(draw, document)
        return [json.dumps(marked(self.source, document, f"feed{i:04x}")).encode() for i in range(60)]

    def cells(self, i: int) -> list[str]:
        """The values of a row of a table."""
        draw = random.Random(self.seeds[i] + 1)
        cells = list(marked(self.source, table_record(self.source), mark_of(self.kind(i), i)).values())
        for _ in range(draw.choice([1, 1, 2, 4]) if self.kind(i) == "spoiled" else 0):
            value = draw.choice(VALUES)
            cells[draw.randrange(len(cells))] = value if isinstance(value, str) else json.dumps(value)
        return cells

    @cached_property
    def content(self) -> bytes:
        """The text of the file; of a Parquet file all of it."""
        draw, records = random.Random(repr(self)), self.records
        if self.form == "parquet":
            return parquet([self.cells(i) for i in range(len(self.seeds))], list(table_record(self.source)))
        if self.form == "array":
            return b"[" + b",\n".join(filter(None, records)) + b"]\n"
        if self.form == "broken":
            return b"[\n" + b",\n".join(line.strip(b" \t") for line in records if line) + b"\n]\n"
        if self.form == "objects":
            return b"\n".join(json.dumps(value_of(line), indent=1).encode() for line in records if line) + b"\n"
        if self.form == "late":
            records = [*self._thin(draw), *records]
        if self.table:
            records = [",".join(table_record(self.source)).encode(), *records]
        ends = {"crlf": [b"\r\n"], "mixed": [b"\n", b"\r\n"], "blank lines": [b"\n", b"\n\n"]}
        text = b"".join(line + draw.choice(ends.get(self.form, [b"\n"])) for line in records)
        return text.rstrip(b"\r\n") if self.form == "unended" else text

    def file(self) -> tuple[str, bytes]:
        """Name and bytes."""
        name = "log.csv" if self.table else "log.json" if self.form in JSON_FORMS else "log.jsonl"
        if self.form == "gzip":
            return f"{name}.gz", gzip.compress(self.content, 1, mtime=0)
        name = {"no suffix": "log", "parquet": "log.parquet"}.get(self.form, name)
        return name, (b"\xef\xbb\xbf" if self.form == "bom" else b"") + self.content


def _fits(value: Any, form: str) -> bool:
    return isinstance(value, dict) if form == "objects" else value is not None


def parquet(rows: list[list[str]], names: list[str]) -> bytes:
    """A table of text; nothing where a cell is empty."""
    sink = io.BytesIO()
    columns = [[cell.replace("\x00", "") or None for cell in column] for column in zip(*rows, strict=True)]
    arrays = [pyarrow.array(column, pyarrow.string()) for column in columns]
    pyarrow.parquet.write_table(pyarrow.table(arrays, names), sink)
    return sink.getvalue()


def table_record(source: str) -> dict[str, str]:
    """The sample row of a table, by column."""
    header, row = TABLES[source.removesuffix(".csv")]
    return dict(zip(header.split(","), row, strict=True))


def csv_row(cells: list[str], quoting: Any = csv.QUOTE_MINIMAL) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="", quoting=quoting).writerow(cells)
    return text.getvalue().encode("utf-8", "surrogatepass")


def drawn(draw: random.Random, records: int = 50, more: Sequence[str] = ()) -> Case:
    """Any case; `more` are sources besides."""
    source = draw.choice([*SOURCES, *more])
    seeds = tuple(draw.getrandbits(31) for _ in range(draw.randint(1, records)))
    forms = [*FORMS, *(TABLE_FORMS if source.endswith(".csv") else JSON_FORMS)]
    return Case(source, seeds, draw.choice(forms))
