"""YAML as written: numbers stay exact, every value knows its line, and all problems are found at once.

Only what YAML 1.2 calls core is read as more than text: null, true and false, decimal integers (int) and decimals
(Decimal, never float). Dates stay text, because their meaning (a day, an instant, which zone) is for the reader of
the field to judge; `no` and `off` are words; mapping keys are always text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from routecli.errors import EnvironmentFault, did_you_mean

if TYPE_CHECKING:
    from pydantic import ValidationError

Place = tuple[str | int, ...]
"""Keys and list positions that lead to a value."""

MOST_NODES = 200_000
"""Anchors can make a small file mean a huge tree; past this many values it is refused."""

_INTEGER = re.compile(r"[-+]?(0|[1-9](_?[0-9])*)")
_DECIMAL = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_PLAIN_TAGS = {"tag:yaml.org,2002:" + kind for kind in ("str", "seq", "map")}
_MERGE = "<<"
# The C parser is four times as fast; both build the same tree.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong at one place; `str` gives `file:line: path: text`. `rule` is the stable id of its sort."""

    file: str
    line: int
    path: str
    text: str
    rule: str = "card-schema"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        return f"{place}: {self.path}: {self.text}" if self.path else f"{place}: {self.text}"


@dataclass(frozen=True, slots=True)
class Document:
    """A file's values, the line of each (1-based) and what is wrong with it as YAML. `data` is None when unreadable."""

    name: str
    data: Any
    lines: Mapping[Place, int]
    problems: tuple[Problem, ...] = ()

    def line(self, path: Sequence[str | int]) -> int:
        """The line of the value at `path`, or of the nearest value around it that the file does have."""
        for length in range(len(path), -1, -1):
            found = self.lines.get(tuple(path[:length]))
            if found is not None:
                return found
        return 1

    def problem(self, path: Sequence[str | int], text: str) -> Problem:
        """A problem at `path`."""
        return Problem(self.name, self.line(path), dotted(path), text)


def dotted(path: Sequence[str | int]) -> str:
    """A path as people write it.

    >>> dotted(("claude-haiku-4-5", "prices", 0, "base"))
    'claude-haiku-4-5.prices[0].base'
    """
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def read_bytes(path: Path) -> bytes:
    """The bytes of a file; EnvironmentFault when it is missing or may not be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise EnvironmentFault("no-such-file", "no such file", where=str(path), fix="check the path") from None
    except OSError as error:
        raise EnvironmentFault("unreadable-path", "the file cannot be read", where=str(path), why=str(error)) from None


def read_yaml(content: bytes, name: str) -> Document:
    """The document in `content`; `name` is how messages call the file. What is wrong is listed, never raised."""
    try:
        root = yaml.compose(content.decode("utf-8-sig"), Loader=_LOADER)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return Document(name, None, {}, (Problem(name, line, "", "the file is not UTF-8 text"),))
    except yaml.YAMLError as error:
        return Document(name, None, {}, (_syntax_problem(error, name, content),))
    if root is None:
        return Document(name, None, {}, (Problem(name, 1, "", "the file is empty"),))
    tree = _Tree(name)
    data = tree.value(root, (), ())
    return Document(name, data, tree.lines, tuple(tree.problems))


def _syntax_problem(error: yaml.YAMLError, name: str, content: bytes) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    text = getattr(error, "problem", None) or " ".join(str(error).split())
    lines = content.splitlines()
    if mark and mark.line < len(lines) and lines[mark.line].lstrip(b" ").startswith(b"\t"):
        text = "a line is indented with a tab; use spaces"
    return Problem(name, mark.line + 1 if mark else 1, "", f"not valid YAML: {text}")


class _Tree:
    """Builds plain values from nodes and notes their lines."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Place, int] = {}
        self.problems: list[Problem] = []
        self.full = False

    def value(self, node: yaml.Node, path: Place, above: tuple[int, ...]) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if len(self.lines) > MOST_NODES or id(node) in above:
            if not self.full:
                self.full = True
                self.note(node, path, "anchors repeat without end" if id(node) in above else "too many values")
            return None
        if node.tag not in _PLAIN_TAGS:
            self.note(node, path, f"the tag {node.tag.replace('tag:yaml.org,2002:', '!!')} is not allowed here")
            return None
        above = (*above, id(node))
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path, above)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, place), above) for place, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return node.value if node.style in ("'", '"', "|", ">") else self.plain(node, path)

    def mapping(self, node: yaml.MappingNode, path: Place, above: tuple[int, ...]) -> dict[str, Any]:
        built: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.note(key_node, path, "a key must be text")
                continue
            key = str(key_node.value)
            if key == _MERGE and key_node.style not in ("'", '"'):
                merged = {**self.merge(value_node, path, above), **merged}
                continue
            where = (*path, key)
            if key in built:
                self.note(key_node, where, f"'{key}' stands here twice (first on line {self.lines[where]})")
                continue
            self.lines[where] = key_node.start_mark.line + 1
            built[key] = self.value(value_node, where, above)
        return {**merged, **built}

    def merge(self, node: yaml.Node, path: Place, above: tuple[int, ...]) -> dict[str, Any]:
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, Any] = {}
        for source in reversed(sources):
            if isinstance(source, yaml.MappingNode):
                merged |= self.value(source, path, above) or {}
            else:
                self.note(node, path, "'<<' takes a mapping")
        return merged

    def plain(self, node: yaml.ScalarNode, path: Place) -> Any:
        text = str(node.value)
        if text.casefold() in _WORDS and text in (text.lower(), text.title(), text.upper()):
            return _WORDS[text.casefold()]
        if _LEADING_ZERO.fullmatch(text):
            self.note(node, path, f"{text} starts with a zero: write the number without it, or put the text in quotes")
            return text
        if _INTEGER.fullmatch(text):
            return int(text)
        return Decimal(text) if _DECIMAL.fullmatch(text) else text

    def note(self, node: yaml.Node, path: Place, text: str) -> None:
        self.problems.append(Problem(self.name, node.start_mark.line + 1, dotted(path), text))


def validation_problems(
    error: "ValidationError", document: Document, schema: Mapping[str, Any], *, inside: Place = (), hide: int = 0
) -> Iterator[Problem]:
    """What a pydantic model found wrong, in words, each with its line.

    `schema` is the model's JSON Schema (for suggestions on a mistyped key), `inside` the path of the validated value
    within the document; the first `hide` parts of a path are not printed.
    """
    for item in error.errors(include_url=False):
        path = (*inside, *item["loc"])
        text = _words(item, known_keys(schema, item["loc"][:-1]))
        if item["type"] == "missing" and (only := _only_value(schema, item["loc"])) is not None:
            text += f"; write `{item['loc'][-1]}: {only}`"
        # A missing key has no line of its own: the value around it does.
        shown = path[:-1] if item["type"] == "missing" else path
        yield Problem(document.name, document.line(path), dotted(shown[hide:]), text)


def _words(item: Any, keys: Iterable[str]) -> str:
    kind, context = item["type"], item.get("ctx", {})
    name = item["loc"][-1] if item["loc"] else ""
    if kind == "missing":
        return f"'{name}' is missing"
    if kind == "extra_forbidden":
        hint = did_you_mean(str(name), keys, most=1)
        return f"unknown key '{name}'" + (f": {hint}" if hint else "")
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return f"must be {context['expected']}, not {shown(item['input'])}"
    if kind == "too_short":
        return "needs at least one entry"
    if kind in ("model_type", "dict_type"):
        return f"must be a mapping of keys to values, not {shown(item['input'])}"
    if kind in ("tuple_type", "list_type"):
        return f"must be a list, not {shown(item['input'])}"
    text = str(item["msg"]).removeprefix("Input ")
    return f"{text[:1].lower()}{text[1:]}, not {shown(item['input'])}"


def _only_value(schema: Mapping[str, Any], path: Sequence[str | int]) -> str | None:
    """The one value that a JSON Schema allows for a key at the top; None where it leaves a choice."""
    entry = schema.get("properties", {}).get(path[0], {}) if len(path) == 1 else {}
    return entry.get("const")


def shown(value: object) -> str:
    """A value as it stands in a message: short, without Python's type names."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    words = {None: "null", True: "true", False: "false"}
    if value is None or isinstance(value, bool):
        return words[value]
    text = str(value)
    return f"'{text if len(text) <= 40 else text[:37] + '...'}'"


def known_keys(schema: Mapping[str, Any], path: Sequence[str | int]) -> tuple[str, ...]:
    """The keys a JSON Schema allows at `path`; empty where it does not say."""
    node: Mapping[str, Any] | None = _resolved(schema, schema)
    for part in path:
        if node is None:
            return ()
        child = node.get("items") if isinstance(part, int) else node.get("properties", {}).get(part)
        node = _resolved(schema, child or node.get("additionalProperties"))
    return tuple(node.get("properties", {})) if node else ()


def _resolved(schema: Mapping[str, Any], node: Any) -> Mapping[str, Any] | None:
    while isinstance(node, Mapping):
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rpartition("/")[2]]
        elif "anyOf" in node:
            node = next((one for one in node["anyOf"] if one.get("type") != "null"), None)
        else:
            return node
    return None
