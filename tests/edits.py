"""Edits of a text by what stands in it once: how cases make one card from another."""


def edited(text: str, edits: list[list[str]]) -> str:
    """The text with every (old, new) replaced; lines after the first are indented like the line they stand in."""
    for old, new in edits:
        first = old.split("\n")[0]
        indents = {len(line) - len(line.lstrip()) for line in text.split("\n") if first in line}
        found = [indent for indent in indents if text.count(_indented(old, indent))]
        assert len(found) == 1 and text.count(_indented(old, found[0])) == 1, f"not once: {old!r}"
        text = text.replace(_indented(old, found[0]), _indented(new, found[0]))
    return text


def _indented(text: str, blanks: int) -> str:
    return text.replace("\n", "\n" + " " * blanks)
