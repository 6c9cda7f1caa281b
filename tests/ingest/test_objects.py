"""Objects of S3 and Google Cloud Storage, on real servers on loopback, through the real command."""

import gzip
import json

import pyarrow
import pyarrow.parquet
import pytest

from routecli.data.store import connect
from tests.ingest.conftest import GOOD
from tests.inprocess import run
from tests.shelves import ROWS, Shelf, jsonl, parquet

CONTAINERS = {
    "a.jsonl": jsonl(ROWS[0]),
    "b.jsonl.gz": gzip.compress(jsonl(ROWS[0], ROWS[1])),
    "c.ndjson.zst": bytes(pyarrow.compress(jsonl(*ROWS), "zstd", asbytes=True)),
    "d/e.json": json.dumps([{**GOOD, "request_id": "array"}]).encode(),
    "d/deep/f.csv": b"timestamp,model,input_tokens,output_tokens,request_id\n2026-11-01T00:00:00Z,m,10,2,csv\n",
    "g.parquet": parquet({**GOOD, "request_id": "parquet"}),
    "h.gz": gzip.compress(jsonl({**GOOD, "request_id": "no suffix"})),
    "notes.txt": b"not a log",
    ".hidden.jsonl": jsonl({**GOOD, "request_id": "hidden"}),
}


def test_a_prefix_is_read_to_its_last_object_and_then_not_fetched_again(shelf: Shelf) -> None:
    for key, content in CONTAINERS.items():
        shelf.put(key, content)
    files = shelf.files(f"{shelf.url}/")
    assert [(one["path"].removeprefix(shelf.url), one["rows_new"], one["rows_duplicate"]) for one in files] == [
        ("/a.jsonl", 1, 0),
        ("/b.jsonl.gz", 1, 1),
        ("/c.ndjson.zst", 1, 2),
        ("/d/deep/f.csv", 1, 0),
        ("/d/e.json", 1, 0),
        ("/g.parquet", 1, 0),
    ]
    fetched = shelf.server.fetched()
    again = shelf.files(shelf.url, f"{shelf.url}/h.gz")
    assert [one["unchanged"] for one in again] == [True] * 6 + [False]
    assert [one["rows_duplicate"] for one in again] == [1, 2, 3, 1, 1, 1, 0]
    # Opening an object of Google already asks for its content, of which nothing is read; of S3 it does not.
    assert shelf.server.scheme == "gs" or shelf.server.fetched() == fetched + 1


def test_a_replaced_object_is_read_even_where_its_size_is_the_same(shelf: Shelf) -> None:
    path = shelf.put("log.jsonl", jsonl(ROWS[0]))
    assert shelf.files(path)[0]["rows_new"] == 1
    shelf.put("log.jsonl", jsonl(ROWS[1]))
    (one,) = shelf.files(path)
    assert (one["rows_new"], one["unchanged"]) == (1, False)


def test_a_copy_is_recognised_by_its_content_and_from_then_on_by_its_tag(shelf: Shelf) -> None:
    shelf.files(shelf.put("log.jsonl", jsonl(ROWS[0])))
    copy = shelf.put("copy.jsonl", jsonl(ROWS[0]))
    (one,) = shelf.files(copy)
    assert one["unchanged"]
    fetched = shelf.server.fetched()
    assert shelf.files(copy)[0]["unchanged"]
    assert shelf.server.scheme == "gs" or shelf.server.fetched() == fetched


def test_an_unchanged_object_answers_for_the_store_it_is_in_only(shelf: Shelf) -> None:
    path = shelf.put("log.jsonl", jsonl(ROWS[0]))
    assert shelf.files(path)[0]["rows_new"] == 1
    outcome = run(shelf.folder, "ingest", path, "--db", "other.duckdb", "--json")
    assert outcome.document["totals"]["rows_new"] == 1


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("/*.jsonl", ["/a.jsonl", "/b 1.jsonl"]),
        ("/*/*.jsonl", ["/x/a.jsonl"]),
        ("/**/*.jsonl", ["/a.jsonl", "/b 1.jsonl", "/x/a.jsonl", "/x/y/a.jsonl"]),
        ("/x/**", ["/x/a.jsonl", "/x/y/a.jsonl"]),
        ("/[ab]*", ["/a.jsonl", "/b 1.jsonl"]),
        ("/?.jsonl", ["/a.jsonl"]),
        ("/q[1].jsonl", ["/q[1].jsonl"]),
    ],
)
def test_patterns_mean_what_they_mean_for_files(shelf: Shelf, given: str, found: list[str]) -> None:
    for i, key in enumerate(["a.jsonl", "b 1.jsonl", "x/a.jsonl", "x/y/a.jsonl", "q[1].jsonl", "q1.jsonl"]):
        shelf.put(key, jsonl({**GOOD, "request_id": key, "input_tokens": i}))
    if "[1]" not in given:
        found = [*found, *(key for key in ("/q1.jsonl", "/q[1].jsonl") if given in ("/*.jsonl", "/**/*.jsonl"))]
    assert [one["path"].removeprefix(shelf.url) for one in shelf.files(shelf.url + given)] == sorted(found)


def test_a_key_may_hold_any_character(shelf: Shelf) -> None:
    path = shelf.put("50% ü#1?.jsonl", jsonl(ROWS[0]))
    assert shelf.files(path)[0]["rows_new"] == 1


def test_small_objects_are_loaded_together_and_each_is_fetched_once(shelf: Shelf) -> None:
    records = [{**GOOD, "request_id": f"o{i}", "input_tokens": i} for i in range(70)]
    for i, record in enumerate(records):
        content = jsonl(record) if i % 9 else gzip.compress(jsonl(record))
        shelf.put(f"{i:02d}.json{'' if i % 9 else '.gz'}", content)
    shelf.put("33.json", b"broken\n" + jsonl(records[33]))
    shelf.put("44.json", jsonl({**records[44], "model": "\x01"}))
    fetched = shelf.server.fetched()
    document = run(shelf.folder, "ingest", shelf.url, "--json").document
    files = document["files"]
    assert [one["rows_new"] for one in files] == [int(i != 44) for i in range(70)]
    assert [(i, one["rows_quarantined"]) for i, one in enumerate(files) if one["rows_quarantined"]] == [(33, 1)]
    assert files[44]["error"] is not None
    assert shelf.server.scheme == "gs" or shelf.server.fetched() == fetched + 70
    again = run(shelf.folder, "ingest", shelf.url, "--json").document["files"]
    assert [one["unchanged"] for one in again] == [i != 44 for i in range(70)]
    assert shelf.server.scheme == "gs" or shelf.server.fetched() == fetched + 71
    with connect(shelf.folder / "routecli.duckdb", write=False) as con:
        stored = con.execute("SELECT count(*), sum(input_tokens) FROM requests").fetchall()
    assert stored == [(69, sum(range(70)) - 44)]
