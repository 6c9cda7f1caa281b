"""Arrays whose text is broken: what is certain is told apart, and nothing else is guessed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from routecli.data.logs import elements
from routecli.data.logs.elements import Elements, Piece, UncertainError

RECORDS = [
    {"id": f"r{i}", "n": [{"a": 1}, {"b": []}], "s": '}, {"', "m": {"x": {}}, "t": 10 + i, "é": "ü\u2028"}
    for i in range(4)
]
EACH = [json.dumps(one, ensure_ascii=False) for one in RECORDS]
FORMS = {
    "one line": "[" + ", ".join(EACH) + "]",
    "a line each": "[\n" + ",\n".join(EACH) + "\n]\n",
    "indented": json.dumps(RECORDS, indent=2, ensure_ascii=False),
    "not indented": json.dumps(RECORDS, indent=0, ensure_ascii=False),
    "two a line": "[\n" + ", ".join(EACH[:2]) + ",\n" + ", ".join(EACH[2:]) + "\n]",
    "objects": "\n".join(json.dumps(one, indent=1) for one in RECORDS),
    "objects behind each other": "".join(EACH),
}
CERTAIN = {"one line": 0.3, "a line each": 0.9, "indented": 0.9, "objects": 0.9}
"""The least share of wrong letters after which the other elements are still told apart."""


def read(path: Path, text: str, *, array: bool = True) -> tuple[list[Piece], Elements]:
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    found = Elements(path, array=array)
    return list(found), found


def value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


@pytest.mark.parametrize("form", FORMS)
def test_what_is_sound_comes_out_as_it_went_in(tmp_path: Path, form: str) -> None:
    pieces, found = read(tmp_path / "x", FORMS[form], array="objects" not in form)
    assert [value(piece.text) for piece in pieces] == RECORDS
    assert (found.odd, found.cut, {piece.broken for piece in pieces}) == (None, False, {None})
    at = [FORMS[form][: FORMS[form].index(f'"{one["id"]}"')].rindex("{") for one in RECORDS]
    assert [piece.line for piece in pieces] == [FORMS[form].count("\n", 0, i) + 1 for i in at]


def changes(text: str, start: int) -> Iterator[str]:
    """One letter less, or one more, at every fifth place."""
    for i in range(start, len(text), 5):
        yield text[:i] + text[i + 1 :]
        for letter in '{}[]",:\\x':
            yield text[:i] + letter + text[i:]


@pytest.mark.parametrize("form", FORMS)
def test_one_wrong_letter_never_takes_another_element_with_it(tmp_path: Path, form: str) -> None:
    array, count, certain = "objects" not in form, 0, 0
    for text in changes(FORMS[form], int(array)):
        count += 1
        try:
            pieces, _ = read(tmp_path / "x", text, array=array)
        except UncertainError:
            continue
        certain += 1
        sound = [value(piece.text) for piece in pieces if not piece.broken]
        lost = [one for one in RECORDS if one not in sound]
        made = [one for one in sound if one not in RECORDS]
        # An opening bracket right before the array's end is an element more.
        more = len(pieces) == 5 and pieces[-1].text.strip() in ("{", "{]")
        assert len(lost) <= 1 and len(made) <= len(lost) and (len(pieces) == 4 or more), (text, pieces)
    assert certain / count >= CERTAIN.get(form, 0)


@pytest.mark.parametrize("form", [form for form in FORMS if "objects" not in form])
def test_an_array_that_was_cut_off_anywhere(tmp_path: Path, form: str) -> None:
    text = FORMS[form]
    ends = [i + 1 for i in range(len(text)) if text[i] == "}" and value(text[: i + 1].rstrip(",") + "]") is not None]
    assert len(ends) == 4
    for i in range(1, text.rindex("]")):
        pieces, found = read(tmp_path / "x", text[:i])
        whole = sum(end <= i for end in ends)
        assert [value(piece.text) for piece in pieces if not piece.broken] == RECORDS[:whole], text[:i]
        assert found.cut and len(pieces) - whole in (0, 1)


@pytest.mark.parametrize(
    ("between", "pieces"),
    [
        (" ", 4),
        (",,", 4),
        (", ,\n,", 4),
        ("]\n[", 4),
        ("], [", None),
        ("]{", None),
        ("] garbage [", None),
        (', "k": ', None),
        (", broken,", 5),
        (", 7,", 5),
        (', {"x": 1 2},', 5),
        (', {"x" {}},', None),
        (', {"x: 1},', None),
        (", {broken,", None),
        ("}, ", None),
        (", [", None),
    ],
)
def test_what_stands_between_elements_on_one_line(tmp_path: Path, between: str, pieces: int | None) -> None:
    text = "[" + EACH[0] + ", " + EACH[1] + between + EACH[2] + ", " + EACH[3] + "]"
    if pieces is None:
        with pytest.raises(UncertainError) as fault:
            read(tmp_path / "x", text)
        assert fault.value.sound <= 3
        # What stands before the break can be ingested alone.
        kept = text.encode()[: fault.value.size].decode()
        again, _ = read(tmp_path / "y", kept)
        assert [value(piece.text) for piece in again][:2] == RECORDS[: min(2, len(again))]
        return
    found, elements = read(tmp_path / "x", text)
    assert len(found) == pieces
    assert [value(piece.text) for piece in found if not piece.broken and piece.text != "7"] == RECORDS
    assert (elements.odd is None) == (between == ", 7,")


def test_where_it_breaks(tmp_path: Path) -> None:
    text = FORMS["indented"].replace('"r2"', '"r2')
    line = next(n for n, one in enumerate(text.split("\n"), 1) if '"r2' in one)
    pieces, found = read(tmp_path / "x", text)
    assert [piece.broken for piece in pieces] == [None, None, (line, 15), None]
    assert found.odd == (line, 15) and pieces[2].line == line - 1
    with pytest.raises(UncertainError) as fault:
        read(tmp_path / "x", "[" + EACH[0] + ',\n {"é": "ü", broken,\n ' + EACH[1] + "]")
    assert (fault.value.line, fault.value.column, fault.value.sound) == (2, 13, 1)
    assert fault.value.size == len(("[" + EACH[0] + ",\n ").encode())


def test_what_stands_behind_a_whole_object_may_be_the_rest_of_another(tmp_path: Path) -> None:
    text = FORMS["objects"].replace('{\n "id": "r1"', '\n "id": "r1"')
    with pytest.raises(UncertainError) as fault:
        read(tmp_path / "x", text, array=False)
    assert fault.value.sound == 0


def test_a_list_that_is_never_closed_does_not_swallow_what_comes_after_it(tmp_path: Path) -> None:
    text = "[\n" + ",\n".join([EACH[0], '{"id": "r1", "n": [{"a": 1}', EACH[2], EACH[3]]) + "\n]"
    pieces, found = read(tmp_path / "x", text)
    assert [value(piece.text) for piece in pieces] == [RECORDS[0], None, *RECORDS[2:]]
    assert not found.cut


def test_a_line_break_in_a_text_is_never_made_sound(tmp_path: Path) -> None:
    pieces, _ = read(tmp_path / "x", FORMS["a line each"].replace('"r1"', '"r\n1"'))
    assert [value(piece.text) for piece in pieces] == [RECORDS[0], None, *RECORDS[2:]]


def test_bytes_that_are_no_text_and_control_letters_do_not_end_an_element(tmp_path: Path) -> None:
    for odd in ("\udcff", "\x00", "\x1f", "\udced\udca0\udc80"):
        pieces, _ = read(tmp_path / "x", FORMS["one line"].replace('"r1"', f'"r{odd}1"'))
        assert [piece.text for piece in pieces] == [EACH[0], EACH[1].replace('"r1"', f'"r{odd}1"'), *EACH[2:]]
        assert {piece.broken for piece in pieces} == {None}


def test_elements_over_the_edge_of_what_is_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (FORMS["one line"], FORMS["indented"], FORMS["indented"].replace('"r2"', '"r2')):
        whole, found = read(tmp_path / "x", text)
        for size in (1, 2, 7, 64):
            monkeypatch.setattr(elements, "_PIECE", size)
            monkeypatch.setattr(elements, "_DONE", size)
            small, again = read(tmp_path / "x", text)
            assert (small, again.odd, again.cut) == (whole, found.odd, found.cut)


def test_a_broken_element_without_an_end_is_not_looked_for_forever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elements, "_LONGEST", 1000)
    monkeypatch.setattr(elements, "_PIECE", 100)
    text = "[" + EACH[0] + ', {"a": [' + "1, " * 5000 + EACH[1] + "]"
    with pytest.raises(UncertainError) as fault:
        read(tmp_path / "x", text)
    assert fault.value.sound == 1
