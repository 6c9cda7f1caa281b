"""YAML as written: exact numbers, known lines, no surprises of YAML 1.1."""

from decimal import Decimal

import pytest

from routecli.data.yaml_lines import dotted, known_keys, read_yaml, shown


def read(text: str):
    return read_yaml(text.encode(), "f.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.003625", Decimal("0.003625")),
        ("1e-3", Decimal("0.001")),
        ("-.5", Decimal("-0.5")),
        ("3", 3),
        ("272_000", 272000),
        ("'3'", "3"),
        ("null", None),
        ("~", None),
        ("", None),
        ("true", True),
        ("no", "no"),
        ("on", "on"),
        ("01:00", "01:00"),
        ("12:30", "12:30"),
        ("2026-03-13", "2026-03-13"),
        ("2026-08-16T16:00:00Z", "2026-08-16T16:00:00Z"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("0x10", "0x10"),
    ],
)
def test_a_plain_value_means_what_it_says(text, value):
    document = read(f"key: {text}")
    assert document.problems == ()
    assert document.data == {"key": value}
    assert type(document.data["key"]) is type(value)


def test_a_number_that_starts_with_a_zero_is_refused_because_yaml_versions_disagree():
    assert [str(problem) for problem in read("a: 1\nb: 010").problems] == [
        "f.yaml:2: b: 010 starts with a zero: write the number without it, or put the text in quotes"
    ]


def test_every_value_knows_its_line():
    document = read("a:\n  - x: 1\n    y: 2\n  - [3, 4]\nb: {c: 5}\n")
    assert document.line(("a", 0, "y")) == 3
    assert document.line(("a", 1, 1)) == 4
    assert document.line(("b", "c")) == 5
    assert document.line(("b", "missing", 7)) == 5
    assert document.line(()) == 1


def test_keys_are_text_even_when_they_look_like_numbers():
    assert read("4.10: a\nnull: b").data == {"4.10": "a", "null": "b"}


def test_a_key_given_twice_is_a_problem_with_both_lines():
    document = read("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n")
    assert [str(problem) for problem in document.problems] == ["f.yaml:5: b.c: 'c' stands here twice (first on line 3)"]
    assert document.data["b"]["c"] == 1


def test_anchors_and_merge_keys_work_and_keep_lines():
    document = read("base: &b {x: 1, y: 2}\ncopy: *b\nmore:\n  <<: *b\n  y: 3\nboth:\n  <<: [{x: 7}, *b]\n")
    assert document.problems == ()
    assert document.data["copy"] == {"x": 1, "y": 2}
    assert document.data["more"] == {"x": 1, "y": 3}
    assert document.data["both"] == {"x": 7, "y": 2}
    assert document.line(("more", "y")) == 5


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [1, 2", "not valid YAML"),
        ("a: 1\n b: 2", "not valid YAML"),
        ("--- 1\n--- 2", "not valid YAML"),
        ("", "the file is empty"),
        ("# only a comment\n", "the file is empty"),
        ("a: !!python/object/apply:os.system [id]", "the tag !!python/object/apply:os.system is not allowed here"),
        ("a: !!float 1", "the tag !!float is not allowed here"),
        ("? [a]\n: 1", "a key must be text"),
        ("a: &a [*a]", "anchors repeat without end"),
        ("a: 1\n<<: 3", "'<<' takes a mapping"),
        ("a: *nowhere", "not valid YAML"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_line(text, problem):
    found = read(text).problems
    assert len(found) == 1
    assert problem in str(found[0])
    assert str(found[0]).startswith("f.yaml:")
    assert "\n" not in str(found[0])


def test_a_small_file_cannot_become_a_huge_tree():
    levels = ["a: &a [1,1,1,1,1,1,1,1,1,1]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        levels.append(f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]")
    assert [problem.text for problem in read("\n".join(levels)).problems] == ["too many values"]


def test_bytes_that_are_not_text_name_their_line():
    assert str(read_yaml(b"a: 1\nb: \xff\n", "f.yaml").problems[0]) == "f.yaml:2: the file is not UTF-8 text"


def test_a_byte_order_mark_is_no_part_of_the_first_key():
    assert read_yaml(b"\xef\xbb\xbfa: 1", "f.yaml").data == {"a": 1}


def test_values_in_messages_are_short_and_plain():
    assert shown(None) == "null"
    assert shown(True) == "true"
    assert shown({}) == "a mapping"
    assert shown([1]) == "a list"
    assert shown(Decimal("0.10")) == "'0.10'"
    assert len(shown("x" * 100)) == 42


def test_paths_are_written_as_people_write_them():
    assert dotted(("models", "a", "prices", 2, "base", "input")) == "models.a.prices[2].base.input"
    assert dotted(()) == ""


def test_known_keys_follow_references_lists_and_free_keys():
    schema = {
        "properties": {"list": {"type": "array", "items": {"$ref": "#/$defs/Item"}}, "free": {"additionalProperties": {
            "anyOf": [{"$ref": "#/$defs/Item"}, {"type": "null"}]}}},
        "$defs": {"Item": {"properties": {"one": {}, "two": {}}}},
    }  # fmt: skip
    assert known_keys(schema, ()) == ("list", "free")
    assert known_keys(schema, ("list", 3)) == ("one", "two")
    assert known_keys(schema, ("free", "anything")) == ("one", "two")
    assert known_keys(schema, ("nowhere", 0, "x")) == ()
