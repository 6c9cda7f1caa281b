"""The elements of a JSON array, or JSON objects one behind the other, whose text is broken in some of them.

A broken element is told apart from its neighbours where that is certain: its brackets and quotes pair up, or every
element begins on a line of its own, at the same indent, as in files with one element per line and in indented ones.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, cast

_PIECE, _DONE, _HEAD = 1 << 20, 1 << 16, 64
_LONGEST = 16 << 20
"""Of one element, in letters: where a broken one is longer, its end is not looked for."""
_BLANK = " \t\r\n,"
_NEUTRAL = {code: "\ufffd" for code in range(32) if chr(code) not in "\t\r\n"} | {9: " "}
"""Control letters are no reason to lose the end of a text: the engine refuses them later. A line break is one."""
_CUT = re.compile(r"u[0-9A-Fa-f]{0,4}|[.]|[eE][+-]?|-?I[nfity]*|Na?|t[ru]*|f[als]*|n[ul]*|-?")
"""What is left of a token, in the words of Python's reader, where the text ends inside it."""
_TOKEN = re.compile(r'"(?:[^"\\\n\r]|\\[^\n\r])*"|[][{}]|"')
_WORD = re.compile(r'[^][{},:"\r\n]+(?=[],])')
_LAST = re.compile(r"(?:\n[ \t\r]*|})]$")
_CLOSES = {"{": "}", "[": "]"}


class UncertainError(Exception):
    """Where the next element begins is not certain. `sound` elements stand before the break, in `size` bytes."""

    def __init__(self, line: int, column: int, sound: int, size: int) -> None:
        super().__init__(line, column)
        self.line, self.column, self.sound, self.size = line, column, sound, size


@dataclass(frozen=True, slots=True)
class Piece:
    """The text of one element on one line of its own, the line that it began at, and where it breaks: line, column."""

    text: str
    line: int
    broken: tuple[int, int] | None


class Elements:
    """The pieces of a file, in order (iterate once).

    Then `odd` is the first place (line, column) of what is no valid JSON, in elements or between them, and `cut` tells
    whether an array has no end.
    """

    def __init__(self, path: Path, *, array: bool) -> None:
        self.path, self.array = path, array
        self.odd: tuple[int, int] | None = None
        self.cut = False

    def __iter__(self) -> Iterator[Piece]:
        """Raises UncertainError."""
        # Bytes that are no UTF-8 come out as they went in.
        with self.path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            yield from _Scan(file, self).pieces()


class _Scan:
    """One pass. `text` is a part of the file, `clear` the same without control letters, `at` the place in it."""

    def __init__(self, file: TextIO, elements: Elements) -> None:
        self.file, self.elements = file, elements
        self.text = self.clear = ""
        self.at = self.sound = self.placed = 0
        self.line, self.column, self.bytes = 1, 1, 0
        self.ended = self.resynced = False
        self.listed: UncertainError | None = None
        self.before, self.mark = "", cast(re.Pattern[str] | None, None)
        self.decoder = json.JSONDecoder()

    def pieces(self) -> Iterator[Piece]:
        """Raises UncertainError."""
        elements, first = self.elements, True
        if elements.array:
            self.at = self._skip(0, " \t\r\n") + 1
        while True:
            self._drop()
            start = self._skip(self.at)
            gap = self.text[self.at : start]
            if gap.count(",") > (not first):
                self._odd(start)
            self.at = start
            if start == len(self.text):
                if elements.array and self.listed:
                    # The end of the array may have been taken for that of a list in it.
                    raise self.listed
                elements.cut = elements.cut or elements.array
                return
            if self.text[start] == "]" and elements.array:
                if gap.count(","):
                    self._odd(start)
                if self._closed(start + 1):
                    return
                continue
            begins = "\n" in gap or (first and not elements.array)
            before = "\n" + gap.rpartition("\n")[2] if begins else ""
            self.listed = self._uncertain(start) if self.text[start] == "[" else None
            if first:
                self.before, self.mark, first = before, self._marked(before, start), False
            elif not gap.count(",") and elements.array:
                self._odd(start)
            yield self._one(self._starts(before, start))

    def _one(self, starts: bool) -> Piece:
        """The element here. `starts`: it begins a line as the first one did."""
        start = self.at
        end, broken = self._decoded(start)
        if broken is None:
            if self._follows(end):
                broken = self._misfit(start, end, starts)
                return self._piece(start, end, None) if broken is None else self._lined(start, broken)
            broken = self._skip(end)
            if "\n" in self.text[end:broken]:
                raise self._uncertain(broken)
        closed = self._bracketed(start)
        if closed and self._follows(closed) and (self.mark is None or (starts and self._ends_line(closed))):
            # Of one that is too deep to be read here it is enough that its brackets pair up.
            return self._piece(start, closed, None if end < 0 else broken)
        another = self.mark and self.sound and self.mark.search(self.text, start)
        if end == len(self.text) and self.ended and not another:
            self.elements.cut = True
            return self._piece(start, end, broken)
        if self.mark is None or not starts:
            raise self._uncertain(broken)
        return self._lined(start, broken)

    def _starts(self, before: str, start: int) -> bool:
        """Whether the element begins a line as the first one did."""
        if self.mark is None or before != self.before:
            return False
        return self.text[start] != "{" or self.mark.match(before + self._head(start)) is not None

    def _marked(self, before: str, start: int) -> re.Pattern[str] | None:
        """What marks the beginning of an element, by how the first one begins: a line, its indent and a bracket.

        In an indented file nothing else stands on that line. None where it does not begin a line.
        """
        if not before or self.text[start] != "{":
            return None
        alone = re.match(r"{[ \t\r]*\n", self._head(start))
        return re.compile(re.escape(before) + (r"{[ \t\r]*\n" if alone else r"{[ \t\r]*[^ \t\r\n]"))

    def _head(self, start: int) -> str:
        """The first few letters of an element."""
        while len(self.text) - start < _HEAD and self._more():
            pass
        return self.text[start : start + _HEAD]

    def _misfit(self, start: int, end: int, starts: bool) -> int | None:
        """Where a sound value proves to be only the beginning of a broken element that fills the line; else None.

        Where it shows that not every element has lines of its own, `mark` is None from here on.
        """
        if self.mark is None:
            return None
        alone = self._ends_line(end)
        if starts and not alone:
            broken = self._broken_in_line(end)
            if broken is not None and (broken < len(self.text) or self.sound):
                return broken
        if not starts or not alone or self.mark.search(self.text, start, end):
            if self.resynced:
                raise self._uncertain(start)
            self.mark = None
        return None

    def _broken_in_line(self, at: int) -> int | None:
        while not self._ends_line(at):
            at, broken = self._decoded(self._skip(at, " \t\r,"))
            if broken is not None or not self._follows(at):
                return self._skip(at, " \t\r,") if broken is None else broken
        return None

    def _lined(self, start: int, broken: int) -> Piece:
        """The broken element from `start` to the next line that begins like the first element."""
        self.resynced, at = True, start
        assert self.mark
        while not (found := self.mark.search(self.text, at)):
            at = max(at, len(self.text) - _HEAD)
            if not self._room() or not self._more():
                break
        if found:
            end = found.start()
        else:
            if not self.ended or not self.sound:
                raise self._uncertain(broken)
            rest = self.text[start:].rstrip()
            end = start + len(rest)
            if self.elements.array and _LAST.search(rest):
                end -= 1
        return self._piece(start, end, broken, whole=False)

    def _piece(self, start: int, end: int, broken: int | None, *, whole: bool = True) -> Piece:
        # A line break may stand inside a text of what is broken, which must not become a sound one.
        text = re.sub("[\r\n]", " " if whole else "\x0b", self.text[start:end].rstrip(_BLANK))
        self.at, self.sound = end, self.sound + (broken is None)
        (self.line, self.column), self.placed = self._place(start), start
        if broken is not None:
            self._odd(broken)
        return Piece(text, self.line, None if broken is None else self._place(broken))

    def _decoded(self, at: int) -> tuple[int, int | None]:
        """(end, None) of a sound value, else (how far one could be read, where it breaks); (-1, ...) if too deep."""
        while True:
            try:
                end = self.decoder.raw_decode(self.clear, at)[1]
            except RecursionError:
                return -1, at
            except json.JSONDecodeError as fault:
                rest = self.clear[fault.pos :].strip()
                if fault.msg.startswith("Unterminated string") or _CUT.fullmatch(rest):
                    if self._room() and self._more():
                        continue
                    return len(self.text), len(self.text)
                return fault.pos, fault.pos
            if end < len(self.text) or not self._more():
                return end, None

    def _bracketed(self, start: int) -> int:
        """The end of a value whose brackets and quotes pair up, however broken else; 0 where there is none."""
        if self.clear[start] not in "{[":
            word = _WORD.match(self.clear, start)
            return word.end() if word else 0
        open, at = list[str](), start
        while True:
            for token in _TOKEN.finditer(self.clear, at):
                mark = token[0]
                if mark == '"' and not self.ended and not re.search("[\r\n]", self.clear[token.end() :]):
                    break
                if mark in _CLOSES:
                    open.append(_CLOSES[mark])
                elif mark in "]}":
                    if not open or open.pop() != mark:
                        return 0
                    if not open:
                        return token.end()
                elif mark == '"' or not self._between(token.start(), token.end()):
                    return 0
                at = token.end()
            if not self._room() or not self._more():
                return 0

    def _between(self, start: int, end: int) -> bool:
        """Whether a text stands where one may: what is outside of quotes is not taken for what is inside."""
        before = self.clear[:start].rstrip()[-1:] if start < 64 else self.clear[start - 64 : start].rstrip()[-1:]
        after = self._skip(end, " \t\r\n")
        return before in tuple("{[,:") and self.clear[after : after + 1] in tuple("}],:")

    def _follows(self, end: int) -> bool:
        """Whether what stands behind an element may: a comma, the end, or another one without a comma."""
        after = self.text[(at := self._skip(end, " \t\r\n")) : at + 1]
        return after in ("", ",", "{") or (after == "]" and self.elements.array)

    def _ends_line(self, end: int) -> bool:
        after = self._skip(end, " \t\r,")
        return self.text[after : after + 1] in ("", "\n", "]")

    def _closed(self, at: int) -> bool:
        """Whether the array's end is the file's; no: another array follows. Raises UncertainError for anything else."""
        self.at = at
        at = self._skip(at, " \t\r\n")
        if at == len(self.text):
            return True
        self._odd(at)
        if self.text[at] != "[":
            raise self._uncertain(at)
        self.at = at + 1
        return False

    def _skip(self, at: int, blank: str = _BLANK) -> int:
        while True:
            while at < len(self.text) and self.text[at] in blank:
                at += 1
            if at < len(self.text) or not self._more():
                return at

    def _more(self) -> bool:
        """Whether more was read of the file."""
        if self.ended:
            return False
        read = self.file.read(max(_PIECE, len(self.text) - self.at))
        self.ended = not read
        self.text += read
        self.clear += read.translate(_NEUTRAL)
        return bool(read)

    def _room(self) -> bool:
        """Whether the element here may go on."""
        return len(self.text) - self.at <= _LONGEST

    def _drop(self) -> None:
        """Forget what lies before the place in the file."""
        if self.at > _DONE:
            self.line, self.column = self._place(self.at)
            self.bytes += _bytes(self.text[: self.at])
            self.text, self.clear = self.text[self.at :], self.clear[self.at :]
            self.at = self.placed = 0

    def _place(self, at: int) -> tuple[int, int]:
        """Line and column, counted on from those of `placed`, which is the last element's beginning."""
        breaks = self.text.count("\n", self.placed, at)
        if not breaks:
            return self.line, self.column + at - self.placed
        return self.line + breaks, at - self.text.rfind("\n", self.placed, at)

    def _odd(self, at: int) -> None:
        self.elements.odd = self.elements.odd or self._place(at)

    def _uncertain(self, broken: int) -> UncertainError:
        return UncertainError(*self._place(broken), self.sound, self.bytes + _bytes(self.text[: self.at]))


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))
