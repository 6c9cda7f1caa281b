"""The document of `routecli workload build`, `show` and `merge`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkloadFile:
    """The file: its format and size, and the checksum over its figures."""

    path: str
    format: str
    bytes: int
    sha256: str
    routecli: str


@dataclass(frozen=True, slots=True)
class Window:
    """UTC dates of the first and last request, the days they stand for, and how long ago the last one was."""

    first: str | None
    last: str | None
    days: float | None
    age_days: int | None


@dataclass(frozen=True, slots=True)
class CardUsed:
    """A rate card that the cells were cut for."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class CutsMade:
    """Where requests were told apart: input lengths, instants of price changes, weekly hours."""

    input_tokens: list[int]
    price_changes: list[str]
    hours: list[str]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Shares (0-1): of the requests, those with usage and with a time; of those with usage, those with cache reads
    reported; of the user requests that succeeded and reached a model, those with a latency."""

    usage: float | None
    time: float | None
    cache_info: float | None
    latency: float | None


@dataclass(frozen=True, slots=True)
class Dimension:
    """A column kept apart, and how many values it has (null counts as one)."""

    column: str
    values: int


@dataclass(frozen=True, slots=True)
class WorkloadDocument:
    """`small_cells` hold fewer than `small` requests each: fewest people behind a figure. `can` and `cannot` are what
    the file answers with the present card."""

    file: WorkloadFile
    window: Window
    cells: int
    requests: int
    input_tokens: int
    output_tokens: int
    small: int
    small_cells: int
    min_cell: int | None
    where: list[str]
    cards: list[CardUsed]
    cuts: CutsMade
    coverage: Coverage
    dimensions: list[Dimension]
    can: list[str]
    cannot: list[str]
    warnings: list[str]
