"""Broken JSON arrays, through the real command: sound elements load, others are quarantined with their place."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from samples import DOCUMENTS

from tests.inprocess import Outcome, run

RECORDS = [
    {"request_id": f"r{i}", "timestamp": f"2026-11-01T00:00:0{i}Z", "model": "m", "input_tokens": 10 + i}
    for i in range(5)
]
EACH = list(map(json.dumps, RECORDS))
LINES = "[\n" + ",\n".join(EACH) + "\n]\n"
INDENTED = json.dumps(RECORDS, indent=2)


def ingest(folder: Path, content: str | bytes, *more: str, name: str = "log.json") -> Outcome:
    data = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return run(folder, "ingest", name, "--json", *more)


def counted(outcome: Outcome) -> dict[str, Any]:
    (file,) = outcome.document["files"]
    parts = ("rows_new", "rows_duplicate", "rows_skipped", "rows_quarantined")
    assert file["rows_read"] == sum(file[part] for part in parts)
    return dict(file)


def quarantined(folder: Path) -> list[tuple[int | None, int | None, str, str]]:
    lines = run(folder, "quarantine", "show", "--json").document["lines"]
    return [(line["line"], line["record"], line["reason"], line["message"]) for line in lines]


@pytest.mark.parametrize("name", ["log.json", "log.json.gz"])
@pytest.mark.parametrize("form", ["lines", "indented"])
def test_one_broken_element(tmp_path: Path, form: str, name: str) -> None:
    text, line, column = (LINES, 4, 20) if form == "lines" else (INDENTED, 15, 23)
    outcome = ingest(tmp_path, text.replace('"r2"', '"r2'), name=name)
    file = counted(outcome)
    assert (outcome.code, file["rows_new"], file["rows_quarantined"]) == (0, 4, 1)
    place = f"line {line}, column {column}" if form == "indented" else f"line {line}, column 22"
    assert file["warnings"] == [
        f"the file is no valid JSON, first at {place}: its 5 elements were told apart, 1 of them broken"
    ]
    begins = line if form == "lines" else line - 1
    assert quarantined(tmp_path) == [
        (begins, 3, "broken-json", f"the record is not valid JSON from {place} on"),
    ]
    assert run(tmp_path, "ingest", name).stdout.count("already ingested") == 2
    repaired = counted(ingest(tmp_path, text, name=name))
    assert (repaired["rows_new"], repaired["rows_duplicate"], repaired["warnings"]) == (1, 4, [])


def test_bad_values_in_a_sound_array_are_set_aside_one_by_one(tmp_path: Path) -> None:
    odd = [EACH[0].replace("10", "-1"), "7", '"text"', "null", "[]", "{}", '{"model": "m", "model": "n"}']
    outcome = ingest(tmp_path, "[" + ", ".join([EACH[1], *odd, EACH[2]]) + "]")
    file = counted(outcome)
    assert (outcome.code, file["rows_read"], file["rows_new"], file["warnings"]) == (0, 9, 2, [])
    assert [(line, record, reason) for line, record, reason, _ in quarantined(tmp_path)] == [
        (1, 2, "bad-integer"),
        (1, 3, "not-an-object"),
        (1, 4, "not-an-object"),
        (1, 5, "not-an-object"),
        (1, 6, "not-an-object"),
        (1, 7, "missing-model"),
        (1, 8, "duplicate-key"),
    ]


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ('{"model": "m", "note": "\\ud800"}', "broken-json"),
        ('{"model": "m", "note": "\x00"}', "broken-json"),
        ('{"model": "m", "note": "\udcff"}', "bad-encoding"),
        ('{"model": "m", "note": 1 2}', "broken-json"),
        ("broken", "broken-json"),
        ('{"model": "m", "note": ' + "[" * 10_000 + "]" * 9_000 + "}", None),
        ('{"model": "m", broken, "note": 1}, {"model": "n" "note": 2}', None),
    ],
    ids=lambda case: str(case)[:30],
)
def test_a_broken_element_of_an_array_on_one_line(tmp_path: Path, odd: str, reason: str | None) -> None:
    text = "[" + ", ".join([EACH[0], EACH[1], odd, EACH[2]]) + "]"
    outcome = ingest(tmp_path, text.encode("utf-8", "surrogateescape"))
    file = counted(outcome)
    if reason:
        assert (outcome.code, file["rows_new"]) == (0, 3)
        assert [(line, record, why) for line, record, why, _ in quarantined(tmp_path)] == [(1, 3, reason)]
        return
    # Where the next element begins is a guess: the user is told where it breaks, and what can be had.
    assert (outcome.code, file["rows_read"]) == (3, 0)
    assert "[broken-array]" in outcome.stderr and outcome.stderr.count("\n") == 1
    assert "log.json: the JSON array breaks at line 1, column " in outcome.stderr
    assert "sound elements before it: 2" in outcome.stderr
    size = int(outcome.stderr.split("head -c ")[1].split(")")[0])
    kept = counted(ingest(tmp_path, text[:size], name="kept.json"))
    assert (kept["rows_new"], kept["rows_quarantined"]) == (2, int("broken" in odd))
    assert kept["warnings"][-1:] == [
        "the array has no end: the file may be cut off, and what is missing is not counted here"
    ]


@pytest.mark.parametrize("text", ["[" + ", ".join(EACH) + "]", LINES, INDENTED], ids=["one line", "lines", "indented"])
def test_an_array_that_is_cut_off(tmp_path: Path, text: str) -> None:
    at = text.index('"r3"')
    for number, (cut, new, bad) in enumerate(
        ((at + 2, 3, 1), (text.rindex("{", 0, at), 3, 0), (text.rindex("]"), 5, 0))
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        outcome = ingest(folder, text[:cut])
        file = counted(outcome)
        assert (outcome.code, file["rows_new"], file["rows_quarantined"]) == (0, new, bad)
        assert file["warnings"][-1].startswith("the array has no end: the file may be cut off")
        if bad:
            line = text.count("\n", 0, text.rindex("{", 0, at)) + 1
            assert [one[:3] for one in quarantined(folder)] == [(line, 4, "broken-json")]
        whole = counted(ingest(folder, text))
        assert (whole["rows_new"], whole["rows_duplicate"], whole["warnings"]) == (5 - new, new, [])


def test_too_many_broken_elements_are_refused_as_lines_are(tmp_path: Path) -> None:
    outcome = ingest(tmp_path, LINES.replace('"r2"', '"r2'), "--max-bad", "0.1")
    assert (outcome.code, "[too-many-bad-lines]" in outcome.stderr) == (3, True)
    assert not (tmp_path / "routecli.duckdb").exists()


def test_a_vendors_array_with_a_broken_first_element_is_recognised(tmp_path: Path) -> None:
    each = [json.dumps({**DOCUMENTS["litellm_spend_logs"], "litellm_call_id": f"c{i}"}) for i in range(3)]
    outcome = ingest(tmp_path, "[\n" + ",\n".join(["{broken", *each]) + "\n]")
    file = counted(outcome)
    assert (outcome.code, file["format"], file["rows_new"], file["rows_quarantined"]) == (0, "litellm_spend_logs", 3, 1)


def test_objects_behind_each_other_of_which_one_is_broken(tmp_path: Path) -> None:
    text = "\n".join(json.dumps(one, indent=1) for one in RECORDS).replace('"r2"', '"r2')
    file = counted(ingest(tmp_path, text))
    assert (file["rows_new"], file["rows_quarantined"]) == (4, 1)
    assert [one[:3] for one in quarantined(tmp_path)] == [(13, 3, "broken-json")]


def test_records_without_an_id_keep_their_places(tmp_path: Path) -> None:
    each = [one.replace(f'"request_id": "r{i}", ', "") for i, one in enumerate(EACH)]
    text = "[\n" + ",\n".join(each) + "\n]"
    assert counted(ingest(tmp_path, text.replace(each[2], each[2][:-1])))["rows_new"] == 4
    again = counted(ingest(tmp_path, text))
    assert (again["rows_new"], again["rows_duplicate"]) == (1, 4)


def test_no_text_of_a_broken_element_is_stored(tmp_path: Path) -> None:
    ingest(tmp_path, LINES.replace('"model": "m", "input_tokens": 12', '"prompt": "a SECRET, "model": "m"'))
    assert [one[2] for one in quarantined(tmp_path)] == ["broken-json"]
    assert b"SECRET" not in (tmp_path / "routecli.duckdb").read_bytes()
    assert list(tmp_path.glob(".routecli*")) == []


def test_an_array_whose_first_element_is_a_list_is_recognised_by_the_others(tmp_path: Path) -> None:
    outcome = ingest(tmp_path, f"[[1, {{}}], {', '.join(EACH)}]")
    file = counted(outcome)
    assert (file["format"], file["rows_new"], file["rows_quarantined"]) == ("native", 5, 1)
    assert [(record, reason) for _, record, reason, _ in quarantined(tmp_path)] == [(1, "not-an-object")]
