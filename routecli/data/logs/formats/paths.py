"""Paths into nested records, and the one SQL type that reads all paths of a format in a single parse.

A path is names joined by dots; `[]` after a name says that it is a list; names that hold a dot are put in double
quotes: `usage.prompt_tokens`, `resourceSpans[].scopeSpans[].spans[]`, `attributes."mlflow.spanType"`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from routecli.data.sql_text import quoted

__all__ = ["Node", "listed", "node_at", "path_sql", "quoted", "segments", "tree"]

_SEGMENT = re.compile(r'(?:"((?:[^"]|"")+)"|([^.\[\]"]+))((?:\[\])?)(?:\.|$)')


def segments(path: str) -> tuple[tuple[str, bool], ...]:
    """(name, whether it is a list) of every step of the path."""
    found, at = [], 0
    while at < len(path):
        match = _SEGMENT.match(path, at)
        if match is None:
            raise ValueError(f"not a path: {path}")
        escaped, plain, list = match.groups()
        found.append((escaped.replace('""', '"') if escaped else plain, bool(list)))
        at = match.end()
    return tuple(found)


def path_sql(path: str) -> str:
    """The SQL of a path without lists, over columns named like its first names."""
    return ".".join(quoted(name) for name, _ in segments(path))


@dataclass(slots=True)
class Node:
    """One field: its own fields by name, and its SQL type where that is given.

    `many`: it is a list of them. `keyed`: it has one under each name. `loose`: it may be something else as well.
    """

    kids: "dict[str, Node]" = field(default_factory=dict)
    many: bool = False
    given: str | None = None
    keyed: bool = False
    loose: bool = False

    @property
    def type(self) -> str:
        """Its SQL type."""
        inner = ", ".join(f"{quoted(name)} {kid.type}" for name, kid in self.kids.items())
        own = self.given or (f"STRUCT({inner})" if inner else "VARCHAR")
        if self.keyed:
            return f"MAP(VARCHAR, {own})"
        return f"{own}[]" if self.many else own


def tree(paths: Iterable[str], types: Mapping[str, str] | None = None) -> dict[str, Node]:
    """The fields that the paths go through, by name."""
    root = Node()
    for path in [*paths, *(types or {})]:
        node = root
        for name, many in segments(path):
            node = node.kids.setdefault(name, Node())
            node.many = node.many or many
        node.given = (types or {}).get(path, node.given)
    return root.kids


def node_at(fields: Mapping[str, Node], path: str) -> Node:
    """The field at a path."""
    (first, _), *rest = segments(path)
    node = fields[first]
    for name, _ in rest:
        node = node.kids[name]
    return node


def listed(path: str) -> str:
    """The SQL of the list of everything at a path through lists; NULL where its first name is missing."""
    steps = segments(path)
    return _listed(steps, quoted(steps[0][0]), 1)


def _listed(steps: tuple[tuple[str, bool], ...], sql: str, depth: int) -> str:
    many = steps[depth - 1][1]
    if depth == len(steps):
        return sql
    if not many:
        return _listed(steps, f"{sql}.{quoted(steps[depth][0])}", depth + 1)
    inner = _listed(steps, f"e{depth}.{quoted(steps[depth][0])}", depth + 1)
    return f"flatten(list_transform({sql}, lambda e{depth}: coalesce({inner}, [])))"
