"""Made-up logs of any size, the same every time: one function per format that `routecli ingest` reads as JSON lines.

Each is modelled on what the vendor writes, its prompts and answers included; `text` bytes of them per record.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.logs import agents, gateways, own, providers, spans

Record = dict[str, Any]

FORMATS: dict[str, Callable[[int, Random, str], list[Record]]] = {
    "native": own.native,
    **gateways.FORMATS,
    **providers.FORMATS,
    **spans.FORMATS,
    **agents.FORMATS,
    **own.TRACES,
}
"""The lines of one request, by format: its number, a source of chance and its text."""

_WORDS = 'Please explain how the invoice was computed and which of the items could be "cheaper" next month.\n'


def lines(format: str, count: int, text: int) -> Iterator[str]:
    """So many lines of a format."""
    draw, make, left = Random(1), FORMATS[format], count
    words = (_WORDS * (text // len(_WORDS) + 1))[:text]
    for number in range(count):
        for record in make(number, draw, words):
            if not left:
                return
            left -= 1
            yield json.dumps(record, separators=(",", ":")) + "\n"


def write(path: Path, format: str, count: int, text: int) -> None:
    """A file of so many lines."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(lines(format, count, text))
