"""Patterns over the keys of objects, with the meaning they have for files: `*` stays within a level, `**` does not."""

import re

_MAGIC = re.compile(r"[*?\[]")


def has_magic(key: str) -> bool:
    """Whether the key can be meant as a pattern."""
    return bool(_MAGIC.search(key))


def pattern(key: str) -> tuple[str, re.Pattern[str]]:
    """The levels before the first pattern (with their slash, or nothing) and an expression for whole keys.

    >>> fixed, names = pattern("logs/2026-*/*.jsonl")
    >>> fixed, bool(names.fullmatch("logs/2026-11/a.jsonl")), bool(names.fullmatch("logs/2026-11/x/a.jsonl"))
    ('logs/', True, False)
    """
    first = _MAGIC.search(key)
    before = key[: first.start()] if first else key
    parts = key.split("/")
    expression = ""
    for i, part in enumerate(parts):
        last = i == len(parts) - 1
        if part == "**":
            # Any number of levels, hidden ones left out.
            expression += "(?:[^./][^/]*/)*" + ("[^./][^/]*" if last else "")
        else:
            expression += _level(part) + ("" if last else "/")
    return before[: before.rfind("/") + 1], re.compile(expression, re.DOTALL)


def _level(part: str) -> str:
    text, at = "" if not part or part[0] == "." else "(?!\\.)", 0
    while at < len(part):
        end = part.find("]", at + 2) if part[at] == "[" else -1
        if part[at] == "*":
            text += "[^/]*"
        elif part[at] == "?":
            text += "[^/]"
        elif end > 0:
            inside = part[at + 1 : end].replace("\\", "\\\\")
            inside = "^" + inside[1:] if inside.startswith("!") else inside.replace("^", "\\^", 1)
            text += f"(?!/)[{inside}]"
            at = end
        else:
            text += re.escape(part[at])
        at += 1
    return text
