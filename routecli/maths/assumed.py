"""Workloads nobody has logged: described by a few numbers, monthly already, and always labelled as assumed."""

from dataclasses import dataclass
from fractions import Fraction

from routecli.errors import UsageError, did_you_mean
from routecli.model.workload import Cell, Key, Workload

DEFAULT_TOKENS = 100_000_000
DEFAULT_INPUT_SHARE = Fraction(4, 5)


@dataclass(frozen=True, slots=True)
class Shape:
    """`requests` a month of one query type, all of the same length in tokens."""

    query_type: str
    requests: int
    input: int
    output: int


PRESETS: dict[str, tuple[str, tuple[Shape, ...]]] = {
    "support": (
        "a support assistant: 80 % simple lookups and short follow-ups, 20 % that need reasoning",
        (Shape("simple", 80_000, 700, 150), Shape("hard", 20_000, 1_300, 300)),
    ),
    "coding": (
        "a coding assistant: 90 % small refactors, 10 % multi-file architectural changes",
        (Shape("small_refactor", 9_000, 3_000, 500), Shape("architecture", 1_000, 60_000, 8_500)),
    ),
    "content": (
        "a content pipeline: 300 summaries for each piece of structured creative writing",
        (Shape("summary", 30_000, 2_900, 400), Shape("creative", 100, 2_000, 8_000)),
    ),
}
"""The three workloads the reference article sketches, as numbers of our own; each adds up to 100M tokens a month."""


def by_tokens(
    tokens: int, input_share: Fraction, requests: int | None, cached_share: Fraction = Fraction(0)
) -> Workload:
    """`tokens` a month, a share of them input (of that, a share read from cache), in `requests` equal requests.

    Raises UsageError outside the allowed ranges.
    """
    if tokens <= 0:
        raise UsageError("bad-tokens", f"--tokens must be above 0, not {tokens}")
    if not 0 <= input_share <= 1:
        raise UsageError("bad-share", f"--input-share is a share from 0 to 1, not {float(input_share):g}")
    if requests is not None and not 0 < requests <= tokens:
        raise UsageError("bad-requests", f"--requests must be from 1 to the number of tokens, not {requests}")
    tokens_in = round(tokens * input_share)
    mean = None if requests is None else round(Fraction(tokens_in, requests))
    cell = Cell(
        Key(model=None),
        requests,
        tokens_in,
        tokens - tokens_in,
        cache_read=round(tokens_in * cached_share),
        input_min=mean,
        input_max=mean,
    )
    return Workload("assumed", (cell,), assumed=True, notes=())


def preset(name: str) -> Workload:
    """One of PRESETS, a cell per query type."""
    if name not in PRESETS:
        hint = did_you_mean(name, PRESETS) or f"one of {', '.join(PRESETS)}"
        raise UsageError("unknown-preset", f"there is no preset '{name}'", fix=hint)
    text, shapes = PRESETS[name]
    cells = tuple(
        Cell(
            Key(model=None, query_type=shape.query_type),
            shape.requests,
            shape.requests * shape.input,
            shape.requests * shape.output,
            input_min=shape.input,
            input_max=shape.input,
        )
        for shape in shapes
    )
    return Workload("assumed", cells, assumed=True, notes=(f"preset {name}: {text}",))
