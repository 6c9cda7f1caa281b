"""Ways to spoil a log: of documents, of their JSON text, of raw bytes. Each takes a `random.Random` and nothing else.

`equal` changes only how a document is written, so what is read of it must not change.
"""

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from odd_values import BYTES, LINES, NUMBERS, TEXTS, VALUES

Place = tuple[Any, ...]


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """The way to everything inside a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*at, key)
        yield from places(one, (*at, key))


def at(document: Any, place: Place) -> Any:
    """What stands there."""
    for key in place:
        document = document[key]
    return document


def put(document: Any, place: Place, value: Any) -> None:
    """Put a value there, in the document itself."""
    at(document, place[:-1])[place[-1]] = value


def _one(draw: random.Random, document: Any, kind: type = object) -> Place | None:
    found = [place for place in places(document) if isinstance(at(document, place), kind)]
    return draw.choice(found) if found else None


def delete(draw: random.Random, document: Any) -> None:
    """Leave something out."""
    place = _one(draw, document)
    if place:
        del at(document, place[:-1])[place[-1]]


def _replace(draw: random.Random, document: Any) -> None:
    place = _one(draw, document)
    if place:
        put(document, place, copy.deepcopy(draw.choice(VALUES)))


def _wrap(draw: random.Random, document: Any) -> None:
    place = _one(draw, document)
    if place:
        inner = at(document, place)
        put(
            document,
            place,
            draw.choice([[inner], {"a": inner}, [inner, copy.deepcopy(inner)], json.dumps(inner), [None, inner]]),
        )


def _unwrap(draw: random.Random, document: Any) -> None:
    place = _one(draw, document, dict) or _one(draw, document, list)
    inner = at(document, place) if place else None
    if place and inner:
        put(document, place, draw.choice(list(inner.values()) if isinstance(inner, dict) else inner))


def _swap(draw: random.Random, document: Any) -> None:
    a, b = _one(draw, document), _one(draw, document)
    if a and b and a[: len(b)] != b and b[: len(a)] != a:
        first, second = at(document, a), at(document, b)
        put(document, a, second)
        put(document, b, first)


def _rename(draw: random.Random, document: Any) -> None:
    place = _one(draw, document)
    if place and isinstance(place[-1], str):
        holder, name = at(document, place[:-1]), place[-1]
        value = holder.pop(name)
        holder[draw.choice([name.upper(), name.title(), f" {name}", f"{name}\x00", "", "zz"])] = value


def _beside(draw: random.Random, document: Any) -> None:
    """The same name in other letters, with another value."""
    place = _one(draw, document)
    if place and isinstance(place[-1], str):
        holder = at(document, place[:-1])
        name = draw.choice([place[-1].upper(), place[-1].title()])
        holder.setdefault(name, copy.deepcopy(draw.choice(VALUES)))


def _nulls(draw: random.Random, document: Any) -> None:
    for place in list(places(document)):
        if draw.random() < 0.3 and not isinstance(at(document, place), dict | list):
            put(document, place, None)


def _items(draw: random.Random, document: Any) -> None:
    place = _one(draw, document, list)
    if place:
        items = at(document, place)
        # Copies of their own, so that what is done to one is not done to another.
        many = [copy.deepcopy(one) for _ in range(draw.choice([1, 30])) for one in items]
        more = draw.choice([[None], [7], ["x"], [{}], [[]], many, many])
        put(document, place, draw.choice([more + items, items + more, list(reversed(items)), items[1:]]))


STRUCTURAL: list[Callable[[random.Random, Any], None]] = [
    delete,
    _replace,
    _replace,
    _replace,
    _wrap,
    _unwrap,
    _swap,
    _rename,
    _beside,
    _nulls,
    _items,
]


def _at_quotes(draw: random.Random, text: str, odd: str) -> str:
    quotes = [i for i, letter in enumerate(text) if letter == '"']
    i = draw.choice(quotes) + 1 if quotes else 0
    return text[:i] + odd + text[i:]


def _at_digits(draw: random.Random, text: str, odd: str) -> str:
    digits = [i for i, letter in enumerate(text) if letter.isdigit() and text[i - 1 : i] in (" ", ":", "[", ",")]
    i = draw.choice(digits) if digits else len(text)
    end = i
    while end < len(text) and text[end] not in " ,]}":
        end += 1
    return text[:i] + odd + text[end:]


def _twice(draw: random.Random, text: str) -> str:
    """A key a second time, right behind the bracket that opens its object."""
    keys = [i for i, letter in enumerate(text) if letter == "{" and text[i + 1 : i + 2] == '"']
    if not keys:
        return text
    i = draw.choice(keys) + 1
    name = text[i : text.find('"', i + 1) + 1]
    return f"{text[:i]}{name}: {draw.choice(['null', '1', '{}', '[]', json.dumps('x')])}, {text[i:]}"


def textual(draw: random.Random, text: str) -> str:
    """Spoil the JSON text of a document."""
    kind = draw.randrange(6)
    if kind == 0:
        return _twice(draw, text)
    if kind == 1:
        return _at_quotes(draw, text, draw.choice(TEXTS))
    if kind == 2:
        return _at_digits(draw, text, draw.choice(NUMBERS))
    if kind == 3:
        return text.replace("}", ",}", 1) if draw.random() < 0.5 else text + draw.choice([",", "x", "{}", text, "]"])
    if kind == 4:
        return text.replace('"', "'") if draw.random() < 0.5 else f"[{text}]"
    return text[: draw.randrange(len(text))]


def of_bytes(draw: random.Random, line: bytes) -> bytes:
    """Flip, insert, cut out, repeat or end: some bytes, anywhere."""
    for _ in range(draw.choice([1, 1, 1, 2, 5])):
        i = draw.randrange(len(line) + 1)
        end = min(len(line), i + draw.choice([1, 1, 2, 10, 100]))
        kind = draw.randrange(6)
        if kind == 0 and i < len(line):
            line = line[:i] + bytes([line[i] ^ (1 << draw.randrange(8))]) + line[i + 1 :]
        elif kind == 1:
            line = line[:i] + draw.choice(BYTES) + line[i:]
        elif kind == 2:
            line = line[:i] + line[end:]
        elif kind == 3:
            line = line[:end] + line[i:]
        elif kind == 4:
            line = line[:i] + draw.choice(BYTES) + line[end:]
        elif draw.random() < 0.3:
            line = line[:i]
    return line


def spoiled(draw: random.Random, document: Any) -> bytes:
    """A line (or a few) made of the document."""
    if draw.random() < 0.12:
        return draw.choice(LINES)
    # Not a deep copy: what stands in two places of a sample would still be one.
    document = json.loads(json.dumps(document))
    kind = draw.random()
    for _ in range(draw.choice([1, 1, 2, 3]) if kind < 0.6 else 0):
        draw.choice(STRUCTURAL)(draw, document)
    text = json.dumps(document, ensure_ascii=draw.random() < 0.5)
    if kind > 0.5:
        text = textual(draw, text)
    line = text.encode("utf-8", "surrogatepass")
    return of_bytes(draw, line) if kind > 0.75 else line


def _quoted(draw: random.Random, text: str) -> str:
    """The text as JSON, now and then with some letters written as escapes."""
    plain = json.dumps(text)
    if "\\" in plain or draw.random() < 0.7:
        return plain
    return "".join(f"\\u{ord(c):04x}" if c.isalnum() and draw.random() < 0.2 else c for c in plain)


def _written(draw: random.Random, value: Any, *, extra: bool) -> str:
    def blank() -> str:
        return draw.choice(["", "", " ", "\t", "  "])

    if isinstance(value, dict):
        pairs = [(_quoted(draw, name), _written(draw, one, extra=extra)) for name, one in value.items()]
        if extra and draw.random() < 0.3:
            pairs.append((json.dumps(f"zz{draw.randrange(9)}"), json.dumps(draw.choice(VALUES))))
        if draw.random() < 0.5:
            draw.shuffle(pairs)
        return "{" + ",".join(f"{blank()}{name}{blank()}:{blank()}{one}{blank()}" for name, one in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(f"{blank()}{_written(draw, one, extra=extra)}{blank()}" for one in value) + "]"
    if isinstance(value, str):
        return _quoted(draw, value)
    return json.dumps(value)


def equal(draw: random.Random, document: Any) -> bytes:
    """The same document written otherwise: names in another order, blanks, escapes, fields nobody reads."""
    text = _written(draw, document, extra=True)
    return (draw.choice(["", " ", "\t"]) + text + draw.choice(["", " ", "\t"])).encode()
