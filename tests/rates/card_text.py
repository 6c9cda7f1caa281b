"""A small, valid card in the words a person would write, to be broken one line at a time."""

from pathlib import Path

ACME = """\
schema: routecli/rate-card/v1
provider: acme
currency: USD
per_tokens: 1000000
defaults: {source: https://acme.example/prices}
models:
  acme-large:
    family: large
    aliases: [acme-large-20260101]
    prices:
      - from: null
        base: {input: 3, cache_read: 0.3, output: 15}
        over:
          - {input_gt: 200000, input: 6, cache_read: 0.6, output: 22.5}
        verified: 2026-11-01
      - from: 2026-03-13
        base: {input: 2, cache_read: 0.2, output: 10}
        verified: 2026-11-01
    modes:
      batch:
        prices:
          - {from: null, base: {input: 1, cache_read: 0.1, output: 5}, verified: 2026-11-01}
  acme-small:
    family: small
    prices:
      - from: null
        base: {input: 0.25, output: 1}
        verified: 2026-11-01
"""


def written(folder: Path, *changes: tuple[str, str], name: str = "acme.yaml", text: str = ACME) -> Path:
    """The card in a file, with each (old, new) replaced once; an `old` that is not there is a mistake of the test."""
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def line_of(path: Path, text: str) -> int:
    """The 1-based line on which `text` first stands."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)
