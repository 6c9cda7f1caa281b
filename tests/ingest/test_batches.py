"""Small files that are loaded at once: the store and the report are those of an ingest of one file after the other."""

import gzip
import json
import random
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from fuzzed import Case, marked, read_as
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from samples import DOCUMENTS
from test_agent_laws import claude_folder, growing

from routecli.data.logs import batch, several
from routecli.data.store import connect
from tests.ingest.test_copies import message

FEW = settings(
    max_examples=1,
    phases=[Phase.generate],
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
AGENTS = ("agents/claude", "agents/codex")
SOURCES = (*AGENTS, "native", "openai_chat", "anthropic_message", "gemini_response", "otlp_gen_ai", "langfuse_blob")
"""One of each kind: with windows or without, with one record or several in a document, with an id or without."""


def lines_of(source: str, draw: random.Random, files: int) -> list[list[bytes]]:
    """The lines of some files of one format: most of them sound, some in more than one file."""
    case = Case(source, tuple(draw.randrange(1 << 31) for _ in range(6 * files)))
    sound = [json.dumps(marked(source, DOCUMENTS[source], f"c0de{i:04x}")).encode() for i in range(6 * files)]
    made: list[list[bytes]] = []
    for i in range(files):
        spoiled = draw.random() < 0.25
        lines = [case.records[j] if spoiled else sound[j] for j in range(6 * i, 6 * i + draw.randint(0, 6))]
        while made and draw.random() < 0.3:
            lines += draw.sample(other := draw.choice(made), min(len(other), 2))
        draw.shuffle(lines)
        made.append(lines)
    return made


def folder_of(source: str, seed: int) -> dict[str, bytes]:
    """Names and contents of a folder's files."""
    draw = random.Random(seed)
    if source == "agents/claude":
        drawn = [[json.dumps(one).encode() for one in lines] for lines in claude_folder(draw).values()]
    elif source == "agents/codex":
        drawn = [[json.dumps(one).encode() for one in growing(draw, i % 9, f"s{i}")[0]] for i in range(8)]
        drawn += [draw.choice(drawn)[: draw.randint(2, 9)], [drawn[0][0], *drawn[1][1:]]]
    else:
        drawn = lines_of(source, draw, 9)
    files: dict[str, bytes] = {}
    for i, lines in enumerate(drawn):
        end = draw.choice([b"\n", b"\n", b"\n", b"\r\n", b"\n\n"])
        content = end.join(lines) + (end if draw.random() < 0.8 else b"")
        name = f"{draw.choice('ab')}/{i}.jsonl" if draw.random() < 0.7 else f"{i}/log.jsonl"
        if draw.random() < 0.1:
            name, content = f"{name}.gz", gzip.compress(content, mtime=0)
        elif draw.random() < 0.05:
            content = b"\xef\xbb\xbf" + content
        files[name] = content
    return files


def state(bench: Any) -> dict[str, Any]:
    """All that the store holds."""
    if not bench.db.exists():
        return {}
    with connect(bench.db, write=False) as con:
        return {
            "requests": con.execute("SELECT * FROM requests ORDER BY ingest_id, record_ref, dedup_key").fetchall(),
            "ingests": con.execute("SELECT * FROM ingests ORDER BY ingest_id").fetchall(),
            "quarantine": con.execute("SELECT * FROM quarantine ORDER BY ALL").fetchall(),
            "dead": con.execute("SELECT count(*) FROM request_rows WHERE record <= 0").fetchall(),
        }


def told(results: list[Any]) -> list[Any]:
    return [
        (one, one.error and one.error.line()) if one.error is None else (one.path, one.error.line()) for one in results
    ]


def both_ways(fresh: Any, files: dict[str, bytes], source: str, seed: int) -> list[tuple[Any, Any]]:
    """What is told and stored with batches and without, in two ingests, of which the first has some of the files."""
    draw = random.Random(seed)
    some = [name for name in sorted(files) if draw.random() < 0.3]
    asked = None if source in AGENTS else read_as(source)
    ways = []
    for most in (batch.MOST, 1):
        bench = fresh()
        with patch.object(batch, "MOST", most), pytest.MonkeyPatch.context() as here:
            here.chdir(bench.folder)
            Path("logs").mkdir()
            for name, content in files.items():
                bench.write(f"logs/{name}", content)
            first = bench.run(*[f"logs/{name}" for name in some], format=asked) if some else []
            ways.append((told([*first, *bench.run("logs", format=asked)]), state(bench)))
    return ways


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many files each batch kept."""
    found: list[int] = []
    write = several.Several.write

    def counted(self: Any, normal: Any, count: int) -> None:
        write(self, normal, count)
        found.append(count)

    monkeypatch.setattr(several.Several, "write", counted)
    return found


def test_the_fullest_copy_of_a_call_counts_whichever_file_has_it(bench, sizes: list[int]) -> None:
    files = [
        [message("a", 5), message("b", 7)],
        [message("a", 50), message("c", 1)],
        [message("a", 10), message("b", 7), message("d", 2)],
        [message("a", 60)],
    ]
    results = bench.run(*[bench.write(f"{i}.jsonl", lines) for i, lines in enumerate(files)])
    assert sizes == [4]
    assert [(one.rows_new, one.rows_duplicate) for one in results] == [(2, 0), (1, 1), (1, 2), (0, 1)]
    replaced = "1 records replace an earlier, less complete copy of the same call"
    assert [one.warnings for one in results] == [(), (replaced,), (), (replaced,)]
    assert bench.rows("dedup_key, output_tokens, parse_filename(source_file), record_ref", "1") == [
        ("claude:a:req-a", 60, "3.jsonl", "3.jsonl:1"),
        ("claude:b:req-b", 7, "0.jsonl", "0.jsonl:2"),
        ("claude:c:req-c", 1, "1.jsonl", "1.jsonl:2"),
        ("claude:d:req-d", 2, "2.jsonl", "2.jsonl:3"),
    ]


def test_what_is_not_plain_is_loaded_alone_in_its_turn(bench, good: dict[str, Any], sizes: list[int]) -> None:
    def lines(i: int) -> list[dict[str, Any]]:
        return [{**good, "request_id": f"r{i}"}, {**good, "request_id": f"s{i}"}]

    contents: list[Any] = [lines(i) for i in range(8)]
    contents[3] = b"broken\n" + json.dumps(lines(3)[0]).encode()
    contents[6] = [lines(6)[0], {**good, "request_id": "bad", "input_tokens": -1}, lines(0)[0]]
    results = bench.run(*[bench.write(f"{i}.jsonl", content) for i, content in enumerate(contents)])
    assert sizes == [3, 2]
    assert [one.rows_new for one in results] == [2, 2, 2, 1, 2, 2, 1, 2]
    assert [dict(one.reasons) for one in results if one.reasons] == [{"broken-json": 1}, {"bad-integer": 1}]
    assert results[6].rows_duplicate == 1
    with connect(bench.db, write=False) as con:
        assert con.execute("SELECT parse_filename(path) FROM ingests ORDER BY ingest_id").fetchall() == [
            (f"{i}.jsonl",) for i in range(8)
        ]
    assert all(one.unchanged for one in bench.run(*[bench.folder / f"{i}.jsonl" for i in range(8)]))


@pytest.mark.parametrize("source", SOURCES)
def test_batches_change_nothing(fresh, source: str) -> None:
    @FEW
    @given(st.integers(0, 2**31))
    def look(seed: int) -> None:
        together, alone = both_ways(fresh, folder_of(source, seed), source, seed)
        assert together[0] == alone[0]
        for part, rows in alone[1].items():
            assert together[1][part] == rows

    look()
