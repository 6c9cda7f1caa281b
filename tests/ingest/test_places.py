"""Where a refused record stands, and what is shown of it: in files of every layout, read in pieces of any size."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from samples import DOCUMENTS

from routecli.data.logs import lines


def placed(bench: Any) -> list[tuple[int | None, int | None, str, str]]:
    return [(one.line, one.record, one.reason, one.excerpt) for one in bench.quarantined()]


def records(good: dict[str, Any]) -> list[str]:
    """Sound and bad ones, in turn."""
    made = [json.dumps({**good, "request_id": f"r{i}", "note": "y" * i}) for i in range(12)]
    for bad in (0, 5, 11):
        made[bad] = made[bad].replace('"input_tokens": 10', '"input_tokens": -1')
    return made


LAYOUTS = {
    "lines": ("log.jsonl", lambda good: "".join(f"{one}\n" for one in [*records(good), "broken", " {also", "7"])),
    "blank lines": ("log.jsonl", lambda good: " \n \t \r\n".join(["", *records(good), " ", "   broken", ""])),
    "array": (
        "log.json",
        lambda good: "[" + ",\n \n".join([*records(good)[:6], "[1, {}]", "123456", "[[7]]", *records(good)[6:]]) + "]",
    ),
    "objects": ("log.json", lambda good: "\n\n".join(json.dumps(json.loads(one), indent=1) for one in records(good))),
    "table": ("log.csv", lambda good: table(good)),
}


def table(good: dict[str, Any]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*good, "note"])
    for i, one in enumerate(map(json.loads, records(good))):
        writer.writerow([*(one[name] for name in good), 'a "b"\n\nc' if i % 3 == 0 else "x"])
        if i == 7:
            writer.writerow(["short"])
    return out.getvalue()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_places_do_not_depend_on_what_is_read_at_once(
    fresh: Any, good: Any, layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, made = LAYOUTS[layout]
    content, found = made(good), []
    for size in (lines._PIECE, 1 << 10, 1 << 6, 1 << 4):
        monkeypatch.setattr(lines, "_PIECE", size)
        bench = fresh()
        assert bench.load(content, name).rows_new == 9
        found.append(placed(bench))
    assert found.count(found[0]) == 4
    text = content.split("\n")
    for line, _, reason, excerpt in found[0]:
        assert line is not None
        if reason == "bad-integer":
            # Each is told apart by its id, which in an indented object stands on the second line.
            assert excerpt.split(",")[0].split("=")[1] in text[line - (layout != "objects")]
        if reason == "broken-json":
            assert excerpt.endswith(f"{len(text[line - 1])} bytes")
    refused = {"lines": 3, "blank lines": 1, "array": 3, "objects": 0, "table": 1}
    assert len(found[0]) == 3 + refused[layout]


def test_records_are_counted_as_they_are_in_the_store(bench: Any, good: Any) -> None:
    name, made = LAYOUTS["blank lines"]
    bench.load(made(good), name)
    stored = {int(ref.split(":")[1]) for (ref,) in bench.rows("record_ref")}
    assert sorted(stored | {one.record for one in bench.quarantined()}) == list(range(1, 14))


def test_a_record_that_is_wrong_in_two_ways_is_one(bench: Any, good: Any) -> None:
    twice = json.dumps({**good, "input_tokens": -1})[:-1] + ', "model": "n"}'
    result = bench.load("\n".join([json.dumps(good), twice, "broken"]))
    assert (result.rows_read, result.rows_quarantined) == (3, 2)
    assert [one[:2] for one in placed(bench)] == [(2, 2), (3, 3)]


@pytest.mark.parametrize("name", ["log", "log.json", "log.jsonl"])
@pytest.mark.parametrize("first", ["[1, 2]", "[]", "broken", "7", None])
def test_lines_are_lines_whatever_the_first_one_is(bench: Any, good: Any, name: str, first: str | None) -> None:
    sound = [json.dumps({**good, "request_id": f"r{i}"}) for i in range(3)]
    content = [*([first] if first else []), *sound[:2], "{broken", sound[2]]
    result = bench.load("\n".join(content) + "\n", name)
    assert (result.error, result.rows_new, result.rows_read) == (None, 3, len(content))
    assert [one[0] for one in placed(bench)] == [*([1] if first else []), len(content) - 1]


def test_only_plain_values_of_known_fields_are_shown_of_a_broken_line(bench: Any, good: Any) -> None:
    line = (
        '{"prompt": "plain words of somebody", "user_id": "somebody", "model": "m", "query_type": "odd <b> words", '
        f'"request_id": "{"r" * 65}", "input_tokens": 5, "endpoint": "chat/v1", broken'
    )
    bench.load(json.dumps(good) + "\n" + line)
    assert placed(bench)[0][3] == f"model=m, input_tokens=5, endpoint=chat/v1; {len(line)} bytes"


def test_json_in_text_is_no_wrong_shape_beside_a_key_twice(bench: Any) -> None:
    # One key twice, and every record of the file is looked at by itself.
    good = DOCUMENTS["litellm_spend_logs"]
    written = json.dumps({**good, "metadata": json.dumps(good["metadata"])})
    twice = json.dumps({**good, "litellm_call_id": "c2"})[:-1] + ', "model": "n"}'
    result = bench.load("\n".join([written, twice]))
    assert (result.rows_new, dict(result.reasons)) == (1, {"duplicate-key": 1})


@pytest.mark.parametrize("cut", [0, 1])
def test_the_end_of_an_array_is_found_behind_blanks(bench: Any, good: Any, cut: int) -> None:
    content = f"[{json.dumps(good)},{' ' * cut}" if cut else f"[{json.dumps(good)}]"
    result = bench.load(content + "\n" * 10_000, "log.json")
    assert (result.rows_new, len(result.warnings)) == (1, cut)


def test_an_excerpt_of_a_big_file_is_of_its_own_line(bench: Any, good: Any, tmp_path: Path) -> None:
    filler = [json.dumps({**good, "request_id": f"f{i}", "note": "x" * 900}) for i in range(20_000)]
    filler[18_500] = '{"request_id": "mine", "input_tokens": 7, broken'
    bench.load("\n".join(filler))
    assert placed(bench) == [
        (18_501, 18_501, "broken-json", f"request_id=mine, input_tokens=7; {len(filler[18_500])} bytes")
    ]


@pytest.mark.parametrize("end", ["", "\n", "\nm,1793491203,3,x\n"])
def test_a_quote_that_is_never_closed(bench: Any, end: str) -> None:
    rows = ["model,timestamp,input_tokens,note", "m,1793491200,1,x", 'm,1793491201,-1,"a\nb"', 'm,1793491202,2,"open']
    result = bench.load("\n".join(rows) + end, "log.csv")
    assert (result.error, result.rows_new, result.rows_read) == (None, 1, 3)
    assert [one[::2] for one in placed(bench)] == [(3, "bad-integer"), (5, "broken-quotes")]
