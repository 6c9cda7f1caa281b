"""What holds of every log however spoiled, against counts and readings that share nothing with the product."""

import gzip
import json
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from counted import in_array, in_csv, in_lines, once, value_of
from fuzzed import Case, mark_of, read_as

from routecli.data.logs import tally
from routecli.data.logs.checks import SENTENCES
from routecli.data.logs.flaws import Look
from routecli.data.logs.formats import by_id
from routecli.data.logs.kinds import KINDS

_BLANK = b" \t\r\n\v\f"
_OWN = ("source_file", "record_ref", "ingest_id", "dedup_key")
"""Columns that say where a row comes from."""
_MAGIC = (b"\xff\xfe", b"\xfe\xff", b"PAR1", b"\x1f\x8b", b"\x28\xb5\x2f\xfd")
Rows = Counter[tuple[Any, ...]]


class Broken(AssertionError):
    """A law that does not hold for a case."""


def _must(holds: bool, law: str, *facts: Any) -> None:
    if not holds:
        raise Broken(": ".join([law, *map(str, facts)]))


def _ingested(case: Case, folder: str) -> tuple[Any, Any]:
    """A store of its own, and what the ingest says."""
    from conftest import Bench

    bench = Bench(Path(folder))
    name, content = case.file()
    # As if it were so long that it pays to count its values.
    with patch.object(tally, "LEAST", 0):
        return bench, bench.load(content, name, format=case.format)


def canonical(bench: Any) -> Rows:
    """All rows, without what says where they come from."""
    rows = bench.rows(f"* EXCLUDE ({', '.join(_OWN)})", "1")
    return Counter(tuple(tuple(v) if isinstance(v, list) else v for v in row) for row in rows)


@cache
def _first_sound(source: str, form: str) -> tuple[tuple[Any, ...], ...]:
    """What the sample marked as number 0 becomes, alone in a file."""
    seed = next(seed for seed in range(99) if Case(source, (seed,)).kind(0) == "sound")
    with tempfile.TemporaryDirectory() as folder:
        bench, result = _ingested(Case(source, (seed,), form), folder)
        assert result.error is None and not result.rows_quarantined, (source, result)
        return tuple(canonical(bench).elements())


def sound_rows(case: Case, i: int) -> Rows:
    """What the sample marked as number i must become."""
    texts = mark_of("sound", 0), mark_of("sound", i)
    counts = {8_200_000: 8_200_000 + i}

    def moved(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace(*texts)
        return counts.get(value, value) if type(value) is int else value

    form = "parquet" if case.form == "parquet" else "plain"
    return Counter(tuple(map(moved, row)) for row in _first_sound(case.source, form))


def reasons_of(format: str) -> set[str]:
    """Every reason there is to refuse a record of the format."""
    declared = by_id(format)
    own = {one.reason for one in declared.refusals} if declared else set()
    return set(SENTENCES) | {kind.reason for kind in KINDS.values()} | own


def check(case: Case, *, again: bool = True) -> None:
    """Raises Broken for the first law that does not hold. That the counts add up is seen to by the bench.

    `again`: also ingest the file again, and once more with more bytes.
    """
    sound = [i for i, line in enumerate(case.records) if case.kind(i) != "spoiled" and line]
    with tempfile.TemporaryDirectory() as folder:
        bench, result = _ingested(case, folder)
        if result.error is not None:
            _refused(case, result.error, sound)
            _must(not bench.db.exists(), "a refused file leaves no store")
            return
        found, quarantined = canonical(bench), bench.quarantined()
        _must(found.total() == result.rows_new, "there are as many rows as is said", found.total(), result)
        _must(len(quarantined) == result.rows_quarantined, "every refused record is kept", len(quarantined), result)
        _counted(case, result)
        for one in quarantined:
            _placed(case, result.format, one)
        _missed(case, {one.line for one in quarantined})
        _refused_twice(case, result.format, {one.line for one in quarantined})
        if result.format == read_as(case.source) and case.form != "odd":
            for i in sound:
                _must(sound_rows(case, i) <= found, "a sound record is read as it is alone", i, case.records[i])
        if again:
            _again(bench, case, result, found)


def _refused(case: Case, error: Any, sound: list[int]) -> None:
    if case.form == "unnamed" and error.id in ("ambiguous-format", "unrecognised-log"):
        return
    if case.form == "broken" and error.id == "broken-array":
        # Anything may stand between two elements, the end of the array as well.
        return
    first = case.records[0]
    if first.startswith(_MAGIC) or (case.form == "no suffix" and case.kind(0) == "spoiled"):
        # Any line may be anything, so the first one may say that the file is something else.
        return
    _must(not sound or case.form == "odd", "a file with sound records is loaded", error.line())
    known = ("nothing-to-load", "unrecognised-log")
    _must(error.id in known and error.exit_code == 3, "only a file of none is refused", error.line())


def _unsure(line: bytes) -> bool:
    """Whether readers may differ about how many records a line holds."""
    try:
        json.loads(line.decode("utf-8"), object_pairs_hook=once)
    except (ValueError, RecursionError):
        return True
    return value_of(line) is None


def _loose(line: bytes) -> bool:
    """Whether a line is no JSON to the letter."""
    try:
        json.loads(line.decode("utf-8"), parse_constant=int)
    except (ValueError, RecursionError):
        return True
    return value_of(line) is None


def _counted(case: Case, result: Any) -> None:
    """Every record is counted, and none is made up."""
    if case.form == "odd":
        return
    if case.form == "parquet":
        _must(result.rows_read == len(case.seeds), "every row is counted", result)
        return
    if case.table:
        _must(result.rows_read == in_csv(case.content), "every row is counted", result, in_csv(case.content))
        return
    lines = case.content.split(b"\n")
    if case.form == "broken":
        sound = [line for i, line in enumerate(case.records) if case.kind(i) != "spoiled"]
        count = in_lines(b"\n".join(sound), result.format)
        _must(result.rows_read >= count, "every sound record is counted", result, count)
        return
    if case.form in ("array", "objects"):
        lines = [line for line in case.records if line]
    if case.form == "array":
        count = in_array(case.content, result.format)
    else:
        count = in_lines(b"\n".join(lines), result.format)
    _must(result.rows_read >= count, "every record is counted", result, count)
    if not any(_unsure(line) for line in lines if line.strip(_BLANK)):
        _must(result.rows_read == count, "no record is made up", result, count)


def _placed(case: Case, format: str, one: Any) -> None:
    """A quarantined record stands where it is said to, for a reason there is."""
    _must(one.reason in reasons_of(format), "the reason is known", one)
    fit = "{" not in one.sentence and "\n" not in one.sentence + one.excerpt and len(one.excerpt) < 1200
    _must(fit, "it is said plainly", one)
    if one.line is None:
        _must(format == "azure_trace_2023" or case.form == "odd" or case.table, "a record has its line", one)
        return
    if case.form == "parquet":
        _must(1 <= one.line <= len(case.seeds), "there is such a row", one)
        return
    lines = case.content.split(b"\n")
    _must(1 <= one.line <= len(lines), "there is such a line", one)
    line = lines[one.line - 1]
    _must(bool(line.strip(_BLANK)) or case.table, "there is something on it", one)
    if case.form not in ("array", "objects", "broken") and not case.table:
        if one.reason == "broken-json":
            _must(_loose(line), "what is called broken is broken", one, line)
        if one.reason == "not-an-object":
            _must(not isinstance(value_of(line), dict), "what is called no object is none", one, line)


def _missed(case: Case, lines: set[int | None]) -> None:
    """A line that is no text is nothing that could be loaded."""
    if case.table or case.form in ("array", "objects", "broken"):
        return
    for number, line in enumerate(case.content.split(b"\n"), 1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            _must(not line.strip(_BLANK) or number in lines, "what is no UTF-8 is refused", number, line)


def _refused_twice(case: Case, format: str, lines: set[int | None]) -> None:
    """A line with a key twice at its top is refused, whatever its neighbours are, if that key is read."""
    declared = by_id(format)
    if declared is None or case.table or case.form in ("array", "objects", "broken"):
        return
    look = Look(declared)
    read = set(look.around or look.inside)
    for number, line in enumerate(case.content.split(b"\n"), 1):
        if not _loose(line) and read.intersection(_top_twice(line)):
            _must(number in lines, "a record with a key twice is refused", number, line)


def _top_twice(line: bytes) -> set[str]:
    """The keys that occur twice at the top of a sound line."""
    found = [list[str]()]
    # Of nested objects the outermost is made last.
    json.loads(line.decode("utf-8"), object_pairs_hook=lambda pairs: found.append([name for name, _ in pairs]))
    top = found[-1] if line.strip(_BLANK).startswith(b"{") else []
    return {name for name in top if top.count(name) > 1}


def _again(bench: Any, case: Case, result: Any, found: Rows) -> None:
    """The same file, then the same records in other bytes: nothing comes in twice."""
    name, content = case.file()
    known = bench.run(bench.folder / name, format=case.format)[0]
    _must(known.unchanged and not known.rows_new, "unchanged bytes are known", known)
    if case.form == "parquet":
        return
    more = b"\n" if case.form != "gzip" else gzip.compress(b"\n", 1, mtime=0)
    grown = bench.load(content + more * 2, name, format=case.format)
    _must(grown.error is None and grown.format == result.format, "it is loaded with an end of line more", grown)
    _must(grown.rows_new == 0, "nothing comes in twice", grown)
    _must(grown.rows_read == result.rows_read, "as much is counted", grown, result)
    _must(canonical(bench) == found, "the rows are the same")
    _must(len(bench.quarantined()) == result.rows_quarantined, "nothing is quarantined twice", grown)


def broken(case: Case, *, again: bool = True) -> Exception | None:
    """What does not hold, or what was raised that should not be."""
    try:
        check(case, again=again)
    except Exception as fault:
        return fault
    return None


def fails(case: Case, *, again: bool = True) -> bool:
    """Whether some law does not hold."""
    return broken(case, again=again) is not None


def smallest(case: Case, fails: Callable[[Case], bool] = fails) -> Case:
    """The case with as few records as still fail."""
    size = max(1, len(case.seeds) // 2)
    while size:
        for start in range(0, len(case.seeds), size):
            less = replace(case, seeds=case.seeds[:start] + case.seeds[start + size :])
            if less.seeds and fails(less):
                case = less
                break
        else:
            size //= 2
    plain = replace(case, form="plain")
    return plain if fails(plain) else case
