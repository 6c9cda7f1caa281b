"""Every container, compression and text oddity yields the same rows."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable
from typing import Any

import duckdb
import pyarrow
import pyarrow.parquet
import pytest

RECORDS = [
    {"request_id": f"r{i}", "timestamp": f"2026-11-01T00:00:{i:02}Z", "model": "m", "input_tokens": 10 + i, "cost": 0.5}
    for i in range(20)
]
EXPECTED = [(f"r{i}", 10 + i) for i in range(20)]


def as_lines() -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in RECORDS)


def as_csv(delimiter: str = ",", end: str = "\n") -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(RECORDS[0]), delimiter=delimiter, lineterminator=end)
    writer.writeheader()
    writer.writerows(RECORDS)
    return text.getvalue().encode()


def as_parquet() -> bytes:
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(RECORDS), sink)
    return sink.getvalue()


def zstd(data: bytes) -> bytes:
    return bytes(pyarrow.compress(data, "zstd", asbytes=True))


CONTENTS: dict[str, Callable[[], bytes]] = {
    "log.jsonl": as_lines,
    "log.ndjson": as_lines,
    "log.json": as_lines,
    "array.json": lambda: json.dumps(RECORDS).encode(),
    "pretty.json": lambda: json.dumps(RECORDS, indent=2).encode(),
    "objects.json": lambda: "\n".join(json.dumps(record, indent=1) for record in RECORDS).encode(),
    "log.csv": as_csv,
    "semicolons.csv": lambda: as_csv(";"),
    "tabs.csv": lambda: as_csv("\t"),
    "log.parquet": as_parquet,
    "crlf.jsonl": lambda: as_lines().replace(b"\n", b"\r\n"),
    "crlf.csv": lambda: as_csv(end="\r\n"),
    "mixed.csv": lambda: as_csv(end="\r\n").replace(b"\r\n", b"\n", 7),
    "bom.jsonl": lambda: b"\xef\xbb\xbf" + as_lines(),
    "bom.csv": lambda: b"\xef\xbb\xbf" + as_csv(),
    "blank.jsonl": lambda: b"\n  \n" + as_lines().replace(b"\n", b"\n\n \t\n"),
    "blank.csv": lambda: b"\n\n" + as_csv().replace(b"\n", b"\n\n"),
    "unended.jsonl": lambda: as_lines().rstrip(b"\n"),
    "log": as_lines,
    "misnamed.csv": as_lines,
    "misnamed.parquet": as_csv,
    "log.jsonl.gz": lambda: gzip.compress(as_lines()),
    "log.csv.gz": lambda: gzip.compress(as_csv()),
    "members.jsonl.gz": lambda: gzip.compress(as_lines()[:100]) + gzip.compress(as_lines()[100:]),
    "bom.jsonl.gz": lambda: gzip.compress(b"\xef\xbb\xbf" + as_lines()),
    "log.jsonl.zst": lambda: zstd(as_lines()),
    "frames.jsonl.zst": lambda: zstd(as_lines()[:100]) + zstd(as_lines()[100:]),
    "log.csv.zst": lambda: zstd(as_csv()),
    "array.json.zst": lambda: zstd(json.dumps(RECORDS).encode()),
    "log.parquet.gz": lambda: gzip.compress(as_parquet()),
    "unmarked": lambda: gzip.compress(as_lines()),
    "not-really.jsonl.gz": as_lines,
}


@pytest.mark.parametrize("name", CONTENTS)
def test_every_container_yields_the_same_rows(bench: Any, name: str) -> None:
    result = bench.load(CONTENTS[name](), name)
    assert (result.error, result.warnings, result.rows_new) == (None, (), 20)
    assert bench.rows("request_id, input_tokens", "ts") == EXPECTED
    assert sorted(path.name for path in bench.folder.iterdir()) == sorted([name, "store.duckdb"])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.jsonl.gz", lambda: gzip.compress(as_lines())[:-40]),
        ("crc.jsonl.gz", lambda: gzip.compress(as_lines())[:-8] + b"\0" * 8),
        ("garbage.jsonl.gz", lambda: gzip.compress(as_lines()) + b"garbage"),
        ("noise.jsonl.gz", lambda: gzip.compress(as_lines())[:30] + b"\xff" * 60),
        ("cut.jsonl.zst", lambda: zstd(as_lines())[:-40]),
        ("cut.parquet", lambda: as_parquet()[:-200]),
        ("noise.parquet", lambda: as_parquet()[:4] + b"\xff" * 400 + b"PAR1"),
        ("utf16.jsonl", lambda: as_lines().decode().encode("utf-16")),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_a_file_that_cannot_be_read_to_its_end_writes_nothing(bench: Any, good: Any, name: str, content: Any) -> None:
    bench.load([{**good, "request_id": "before"}], "before.jsonl")
    result = bench.load(content(), name)
    assert result.error is not None
    assert (result.error.id, result.error.exit_code, result.rows_new) == ("unreadable-file", 3, 0)
    assert name in result.error.line()
    assert bench.rows("request_id") == [("before",)]


def test_a_key_that_occurs_late_in_a_big_file_is_read(bench: Any, good: Any) -> None:
    filler = [{**good, "request_id": f"f{i}", "note": "x" * 500} for i in range(4000)]
    filler[1234]["user_tier"] = "gold"
    filler[3777]["retry_count"] = 2
    assert bench.load(filler).rows_new == 4000
    assert bench.rows("request_id", "1")[0] == ("f0",)
    told = [row for row in bench.rows("request_id, user_tier, retry_count") if any(row[1:])]
    assert sorted(told) == [("f1234", "gold", None), ("f3777", None, 2)]


def test_a_line_of_five_megabytes(bench: Any, good: Any) -> None:
    big = {**good, "prompt": "x" * 5_000_000}
    content = [big, {**good, "request_id": "r2"}, {**big, "request_id": "r3", "input_tokens": -1}]
    result = bench.load(content)
    assert (result.rows_new, dict(result.reasons)) == (2, {"bad-integer": 1})
    assert bench.quarantined()[0].line == 3


def test_a_line_of_twenty_megabytes(bench: Any, good: Any) -> None:
    assert bench.load([{**good, "prompt": "x" * 20_000_000}, {**good, "request_id": "r2"}]).rows_new == 2


def test_a_row_of_csv_that_is_too_long_to_read(bench: Any) -> None:
    rows = ["model,timestamp,note", "m,1793491200,x", f"m,1793491201,{'x' * 17_000_000}", "m,1793491202,x", "m,"]
    result = bench.load("\n".join(rows) + "\n", "log.csv")
    assert (result.rows_new, dict(result.reasons)) == (2, {"line-too-long": 1, "too-few-columns": 1})
    assert [one.line for one in bench.quarantined()] == [3, 5]


def test_line_numbers_across_pieces_of_a_file(bench: Any, good: Any) -> None:
    lines = [json.dumps({**good, "request_id": f"r{i}", "note": "y" * 900}) for i in range(40_000)]
    for bad in (0, 17_000, 39_999):
        lines[bad] = lines[bad].replace('"input_tokens": 10', '"input_tokens": -1')
    lines[20_000] = "broken"
    bench.load("\n\n".join(lines))
    assert [(one.line, one.reason) for one in bench.quarantined()] == [
        (1, "bad-integer"),
        (34_001, "bad-integer"),
        (40_001, "broken-json"),
        (79_999, "bad-integer"),
    ]


@pytest.mark.parametrize("stray", [False, True])
def test_line_numbers_of_csv_with_line_breaks_in_values(bench: Any, stray: bool) -> None:
    rows, expected, line = ["model,timestamp,input_tokens,note"], [], 2
    for i in range(30_000):
        note = '"a ""b""\n\nc"' if i % 3 == 0 else ('5" disk' if stray and i == 1 else "x")
        if i % 5000 == 7:
            rows.append(f"m,{1793491200 + i},-1,{note}")
            expected.append((line, "bad-integer"))
        elif i % 5000 == 11:
            rows.append(f"m,{1793491200 + i}")
            expected.append((line, "too-few-columns"))
            note = "x"
        else:
            rows.append(f"m,{1793491200 + i},{i},{note}")
        line += 1 + note.count("\n")
    result = bench.load("\n".join(rows) + "\n", "log.csv")
    assert (result.rows_read, result.rows_new) == (30_000, 30_000 - len(expected))
    assert [(one.line, one.reason) for one in bench.quarantined()] == expected


def test_csv_whose_last_line_may_be_cut_says_so(bench: Any) -> None:
    result = bench.load(as_csv().rstrip(b"\n"), "log.csv")
    assert result.rows_new == 20
    assert "may be cut off" in result.warnings[0]


@pytest.mark.parametrize(
    ("content", "name", "id", "said"),
    [
        (b"", "a.jsonl", "nothing-to-load", "empty"),
        (b" \n\n", "a.csv", "nothing-to-load", "empty"),
        (gzip.compress(b"", mtime=0), "a.jsonl.gz", "nothing-to-load", "empty"),
        (b"model,timestamp\n", "a.csv", "nothing-to-load", "there is no record in it"),
        (b"broken\n\nalso\n", "a.jsonl", "nothing-to-load", "broken-json 2x from line 1"),
        (b'{"prompt": "x", "modle": "y"}\n', "a.jsonl", "unrecognised-log", "--map model=modle"),
        (b"modle,tokens_in\n1,2\n", "a.csv", "unrecognised-log", "modle, tokens_in"),
        (b"model,timestamp,model\nm,2026-11-01,n\n", "a.csv", "duplicate-column", "model"),
        (b"just some text\nin lines\n", "a.txt", "unrecognised-log", "just some text"),
    ],
)
def test_a_file_without_a_loadable_record(bench: Any, content: bytes, name: str, id: str, said: str) -> None:
    result = bench.load(content, name)
    assert result.error is not None
    assert (result.error.id, result.error.exit_code) == (id, 3)
    assert said in result.error.line()
    assert not bench.db.exists()


def test_a_table_of_json_and_uuid_columns(bench: Any) -> None:
    path, id = bench.folder / "log.parquet", "0a8f7a3e-6d0c-4d43-9a43-6a0e3c1b2d11"
    values = (
        f"'{id}'::UUID AS request_id, TIMESTAMP '2026-11-01' AS ts, 'm' AS model, 5 AS input_tokens, ['1'::JSON] AS x"
    )
    duckdb.execute(f"COPY (SELECT {values}) TO '{path}' (FORMAT parquet)")
    assert bench.run(path)[0].rows_new == 1
    assert bench.rows("request_id, input_tokens") == [(id, 5)]


def test_types_of_parquet_go_through_the_same_checks(bench: Any) -> None:
    from datetime import UTC, datetime
    from decimal import Decimal

    table = pyarrow.table(
        {
            "model": pyarrow.array(["m", "m", "m"]).dictionary_encode(),
            "ts": pyarrow.array([datetime(2026, 11, 1, tzinfo=UTC)] * 3, pyarrow.timestamp("ns", "Europe/Paris")),
            "input_tokens": pyarrow.array([1.0, 2.5, None]),
            "output_tokens": pyarrow.array([7, 8, 9], pyarrow.uint16()),
            "cost_usd": pyarrow.array([Decimal("0.10"), None, Decimal("0.30")], pyarrow.decimal128(10, 2)),
            "stream": [True, False, None],
        }
    )
    path = bench.folder / "log.parquet"
    pyarrow.parquet.write_table(table, path)
    (result,) = bench.run(path)
    assert dict(result.reasons) == {"bad-integer": 1}
    assert bench.quarantined()[0].line == 2
    rows = bench.rows("ts, input_tokens, output_tokens, cost_usd, stream", "output_tokens")
    assert rows == [
        (datetime(2026, 11, 1), 1, 7, Decimal("0.1"), True),
        (datetime(2026, 11, 1), None, 9, Decimal("0.3"), None),
    ]


@pytest.mark.parametrize("nested", [False, True])
def test_parquet_times_that_no_calendar_has(bench: Any, nested: bool) -> None:
    far = pyarrow.array([2**62, 1793500000000000], pyarrow.timestamp("us"))
    columns = {"timestamp": far, "model": ["m", "m"], "input_tokens": [1, 2]}
    if nested:
        columns["more"] = pyarrow.StructArray.from_arrays([far], ["at"])
    path = bench.folder / "log.parquet"
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    (result,) = bench.run(path)
    assert (result.rows_new, result.reasons) == (1, {"time-out-of-range": 1})


def test_lines_of_array_elements(bench: Any, good: Any) -> None:
    bad = {**good, "input_tokens": -1}
    content = "[\n" + ",\n".join([json.dumps(good), json.dumps(bad, indent=1), "7", json.dumps(bad)]) + "\n]\n"
    result = bench.load(content, "log.json")
    assert dict(result.reasons) == {"bad-integer": 2, "not-an-object": 1}
    assert [(one.line, one.reason) for one in bench.quarantined()] == [
        (3, "bad-integer"),
        (10, "not-an-object"),
        (11, "bad-integer"),
    ]


def test_gzip_data_is_checked_to_the_last_byte() -> None:
    # What the check relies on: the system's own reader notices a wrong checksum.
    with pytest.raises((gzip.BadGzipFile, zlib.error)):
        gzip.decompress(gzip.compress(as_lines())[:-8] + b"\0" * 8)


def test_a_document_that_is_too_long_is_told_with_a_way_out(bench: Any) -> None:
    content = b'{"resourceSpans": [\n{"scopeSpans": [{"spans": [{"name": "' + b"x" * 70_000_000 + b'"}]}]}]}'
    result = bench.load(content, "export.json", format="otlp_gen_ai")
    assert result.error is not None
    assert (result.error.id, result.error.exit_code) == ("record-too-long", 3)
    assert "longer than 64 MB" in result.error.line() and "jq -c" in result.error.line()
    assert not bench.db.exists()


@pytest.mark.parametrize("name", ["log.jsonl", "log.csv", "array.json", "pretty.json", "log.jsonl.gz"])
def test_lines_that_end_with_a_carriage_return_alone(bench: Any, name: str) -> None:
    content = CONTENTS[name]()
    if name.endswith(".gz"):
        content = gzip.compress(gzip.decompress(content).replace(b"\n", b"\r"))
    result = bench.load(content.replace(b"\n", b"\r") if not name.endswith(".gz") else content, name)
    assert (result.error, result.rows_new) == (None, 20)
    assert bench.rows("request_id, input_tokens", "ts") == EXPECTED
    assert bench.run(bench.folder / name)[0].unchanged
    if name in ("log.jsonl", "log.csv"):
        grown = bench.load((bench.folder / name).read_bytes() + b"broken\r", name)
        assert (grown.rows_duplicate, grown.rows_quarantined) == (20, 1)
        assert bench.quarantined()[0].line == content.count(b"\n") + 1


def test_a_stray_carriage_return_in_a_row_of_csv(bench: Any) -> None:
    rows = ["model,timestamp,query_type,note", "m,1793491200,faq,x\ry", "m,1793491201,f\raq,x", "m,1793491202,faq,"]
    result = bench.load("\n".join(rows) + "\n", "log.csv")
    assert (result.error, result.rows_new, dict(result.reasons)) == (None, 2, {"bad-label": 1})
    assert bench.quarantined()[0].line == 3
