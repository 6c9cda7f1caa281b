"""One JSON document with its records in a list, broken or cut off: the error says where, and its advice works."""

import json
import re
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from samples import DOCUMENTS

from routecli.data.logs.elements import Elements
from routecli.data.logs.wrapped import broken_document

IDS = {"litellm_spend_logs": "litellm_call_id", "langfuse_export": "id", "vllm_semantic_router_replay": "id"}
FORMS = ("one line", "a line each", "indented")

dumps = partial(json.dumps, ensure_ascii=False)


def elements(format: str, count: int = 4) -> list[dict[str, Any]]:
    sample = DOCUMENTS[format]
    if format == "vllm_semantic_router_replay":
        sample = sample["data"][0]
    return [{**sample, IDS[format]: f"it{i}", "request_id": f"it{i}"} for i in range(count)]


def wrapped(records: list[Any], form: str, **before: Any) -> str:
    if form == "a line each":
        head = "".join(f'"{key}": {dumps(value)}, ' for key, value in before.items())
        return "{" + head + '"data": [\n' + ",\n".join(map(dumps, records)) + "\n]}\n"
    return dumps({**before, "data": records}, indent=2 if form == "indented" else None)


def refused(bench: Any, text: str, name: str = "log.json") -> str:
    error = bench.load(text, name).error
    assert error.id == "broken-document" and error.exit_code == 3 and not bench.db.exists()
    return str(error.line())


def advised(bench: Any, line: str, id: str = "broken-document") -> Any:
    """What becomes of the file that the command in the error makes."""
    (command,) = re.findall(r"alone \((.+?)\)" if id == "broken-document" else r"\((head -c \d+)\)", line)
    source = "log.json" if id == "broken-document" else "list.json"
    made = subprocess.run(
        ["sh", "-c", f"<{source} {command}"], cwd=bench.folder, capture_output=True, check=True, timeout=30
    )
    return bench.load(made.stdout, "list.json")


@pytest.mark.parametrize(
    ("format", "form"), [*((format, "one line") for format in IDS), *(("langfuse_export", form) for form in FORMS[1:])]
)
def test_cut_off(bench: Any, format: str, form: str) -> None:
    text = wrapped(elements(format), form, object="list", total="é")
    at = text.index("it2")
    line = refused(bench, text[: at + 2])
    number = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at) - 1
    assert f"log.json: the JSON document is cut off at line {number}, column {column} " in line
    result = advised(bench, line)
    assert (result.error, result.format, result.rows_new, result.rows_quarantined) == (None, format, 2, 1)
    assert result.warnings[-1].startswith("the array has no end")


@pytest.mark.parametrize("form", FORMS)
def test_cut_off_anywhere(tmp_path: Path, form: str) -> None:
    records = [{"model": "é", "timestamp": i, "n": [{"a": "{"}]} for i in range(3)]
    content = wrapped(records, form, object="list").encode()
    begins = content.index(b"[", content.index(b'"data"'))
    ends = [found.end() - 1 for found in re.finditer(rb"\][ \n]*\}", content)][:3]
    for end in range(content.index(b"}", begins), len(content.rstrip()) - 1):
        cut = content[:end]
        error = broken_document(cut, 0, "log.json", whole=True, plain=True)
        if form == "a line each" and cut.rstrip().count(b"\n") < 2:
            # It may as well be two lines, the first of which is broken.
            assert error is None
            continue
        assert error is not None and error.id == "broken-document"
        if cut.count(b"}", begins) < 2:
            continue
        # With the first element whole, it is known to be a record.
        kept = re.search(r"alone \((?:head -c (\d+) \| )?tail -c \+(\d+)\)", error.line())
        assert kept, (cut, error.line())
        (tmp_path / "list.json").write_bytes(cut[: int(kept[1] or end)][int(kept[2]) - 1 :])
        pieces = list(Elements(tmp_path / "list.json", array=True))
        sound = [json.loads(piece.text) for piece in pieces if not piece.broken]
        assert sound == records[: len(sound)]
        assert len(sound) == sum(end > place for place in ends)


@pytest.mark.parametrize("form", FORMS)
def test_broken_in_the_middle(bench: Any, form: str) -> None:
    text = wrapped(elements("litellm_spend_logs"), form).replace('"it2",', '"it2", x,', 1)
    at = text.index("x", text.index('"it2"'))
    place = f"line {text.count(chr(10), 0, at) + 1}, column {at - text.rfind(chr(10), 0, at)}"
    line = refused(bench, text)
    assert f"the JSON document breaks at {place} " in line
    result = advised(bench, line)
    assert (result.error, result.rows_new, result.rows_quarantined) == (None, 3, 1)


def test_broken_with_more_behind_the_list(bench: Any) -> None:
    text = wrapped(elements("litellm_spend_logs"), "one line")[:-1].replace('"it2",', '"it2", x,', 1) + ', "next": "c"}'
    again = advised(bench, refused(bench, text)).error
    assert again.id == "broken-array" and "sound elements before it: 3" in again.line()
    result = advised(bench, again.line(), "broken-array")
    assert (result.rows_new, result.rows_quarantined) == (3, 1)


@pytest.mark.parametrize("form", FORMS)
def test_a_list_that_is_part_of_a_record_is_no_list_of_records(bench: Any, form: str) -> None:
    text = wrapped([1, 2], form).replace("data", "choices").replace("[", '[{"index": 0},{"x":')
    line = refused(bench, text)
    assert "repair it there [" in line and "alone" not in line
    spans = json.dumps(DOCUMENTS["otlp_gen_ai"], indent=1)
    assert "repair it there [" in refused(bench, spans[:-40])


def test_an_indented_record_says_where_it_breaks(bench: Any, good: dict[str, Any]) -> None:
    text = json.dumps(good, indent=2).replace('"model"', "'model'")
    line = next(n for n, one in enumerate(text.split("\n"), 1) if "'" in one)
    assert f"breaks at line {line}, column 3 " in refused(bench, text, "one")


@pytest.mark.parametrize(
    ("first", "quarantined"),
    [('{"model": "cut', 1), ('{"model": "m", "x": [', 1), ('{"model":', 1), ("{", 1), ('{"model": [\n{"a": 1},', 2)],
)
@pytest.mark.parametrize("name", ["log.json", "log"])
def test_lines_of_which_the_first_are_broken_are_lines(
    bench: Any, good: dict[str, Any], first: str, quarantined: int, name: str
) -> None:
    lines = [json.dumps({**good, "request_id": f"r{i}"}) for i in range(2)]
    result = bench.load("\n".join([first, *lines]), name)
    assert (result.error, result.rows_new, result.rows_quarantined) == (None, 2, quarantined)


def test_one_sound_line_behind_one_that_is_cut_is_loaded(bench: Any, good: dict[str, Any]) -> None:
    result = bench.load('{"model": [\n' + json.dumps(good), "log.json")
    assert (result.error, result.rows_new, result.rows_quarantined) == (None, 1, 1)


def test_a_document_longer_than_what_is_looked_at(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from routecli.data.logs import containers
    from routecli.data.logs import wrapped as module

    monkeypatch.setattr(containers, "_HEAD", 4000)
    monkeypatch.setattr(containers, "_LONG_HEAD", 4000)
    monkeypatch.setattr(module, "_MARGIN", 1000)
    text = wrapped(elements("litellm_spend_logs", 40), "indented")
    assert len(text) > 10_000
    # Where it only seems to end nothing is said of it; a break before that is one.
    late = bench.load(text.replace('"it30"', '"it30'), "log.json").error
    assert late is None or late.id != "broken-document"
    early = text.replace('"it1",', '"it1", x,', 1)
    bench.db.unlink(missing_ok=True)
    line = refused(bench, early)
    assert "breaks at line" in line and "its list 'data' alone and ingest" in line


def test_of_bytes_that_are_not_the_files_own_no_number_is_given(bench: Any) -> None:
    import gzip

    text = wrapped(elements("litellm_spend_logs"), "one line")
    error = bench.load(gzip.compress(text[:-90].encode()), "log.json.gz").error
    assert error.id == "broken-document" and "its list 'data' alone and ingest" in error.line()


def test_records_of_a_format_without_such_documents_are_shown_the_way(bench: Any, tmp_path: Path) -> None:
    text = wrapped(elements("langfuse_export"), "indented", meta={"page": 1})
    error = bench.load(text, "log.json").error
    assert error.id == "unrecognised-log" and "jq -c '.data[]'" in error.line()
    jq = shutil.which("jq")
    if jq is None:
        pytest.skip("jq is not installed")
    made = subprocess.run([jq, "-c", ".data[]", "log.json"], cwd=bench.folder, capture_output=True, check=True)
    assert bench.load(made.stdout, "lines.jsonl").rows_new == 4


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (['{"model": 7, "x'], "its only record cannot be loaded (broken-json 1x from line 1)"),
        (["{", "{"], "none of its 2 records can be loaded (broken-json 2x from line 1)"),
    ],
)
def test_nothing_to_load(bench: Any, lines: list[str], said: str) -> None:
    error = bench.load("\n".join(lines)).error
    assert error.id == "nothing-to-load" and f"log.jsonl: {said}; " in error.line()
