"""A workload: any number of requests as a small table of exact sums.

A cell holds all requests that price and policy cannot tell apart. `NULL` in a log is None here and means
"not reported"; it is never 0.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction

BEGINNING = datetime.min.replace(tzinfo=UTC)
"""The time of requests that were made before every dated change."""

LATENCY_GROWTH = 1.01
"""Latency buckets grow by 1 %, so whatever stands for a bucket is within 1 % of every value in it."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """Where the continuous columns were cut into cells; two workloads add up only if cut alike.

    `edges`: ascending input lengths at which a new band starts (band = greatest edge <= input_tokens, else 0).
    `epochs`: ascending UTC instants of changes: of prices, and of what a name stands for (epoch = how many of them are
    <= ts). `windows`: specs of the weekly windows that were told apart.
    """

    edges: tuple[int, ...] = ()
    epochs: tuple[datetime, ...] = ()
    windows: tuple[str, ...] = ()

    def time_of(self, epoch: int | None) -> datetime | None:
        """The first instant of an epoch (BEGINNING: before every change); None for requests without a time."""
        if epoch is None:
            return None
        return self.epochs[epoch - 1] if epoch else BEGINNING


@dataclass(frozen=True, slots=True)
class Key:
    """Everything a price or a policy can see of a request. `labels` are extra columns a report groups by."""

    model: str | None
    provider: str | None = None
    mode: str = "standard"
    query_type: str | None = None
    user_tier: str | None = None
    endpoint: str | None = None
    status: str = "success"
    attempt: int = 1
    tier: int | None = None
    call_role: str = "user"
    gateway_cache_hit: bool = False
    region: str | None = None
    speed: str | None = None
    windows: tuple[str, ...] = ()
    band: int | None = 0
    epoch: int | None = 0
    labels: tuple[str | None, ...] = ()

    def in_epoch(self, epoch: int) -> "Key":
        """The key with another epoch; `dataclasses.replace` is several times slower, and cells are many."""
        return Key(
            self.model,
            self.provider,
            self.mode,
            self.query_type,
            self.user_tier,
            self.endpoint,
            self.status,
            self.attempt,
            self.tier,
            self.call_role,
            self.gateway_cache_hit,
            self.region,
            self.speed,
            self.windows,
            self.band,
            epoch,
            self.labels,
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """Exact sums over the requests of one key.

    `n` is None only in an assumed workload described by tokens alone. `unmetered` requests reported no usage:
    they are counted in `n` and add nothing to the sums. `no_cache_info` requests reported no cache reads.
    The token sums are totals: `input` includes `cache_read`, `cache_write_5m` and `cache_write_1h`. The input of the
    `cache_above_input` requests that logged more cached tokens than input is what was cached.
    """

    key: Key
    n: int | None
    input: int
    output: int
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    unmetered: int = 0
    no_cache_info: int = 0
    input_min: int | None = None
    input_max: int | None = None
    cache_above_input: int = 0

    def under(self, key: Key) -> "Cell":
        """The same sums under another key, written out as `Key.in_epoch` is."""
        return Cell(
            key,
            self.n,
            self.input,
            self.output,
            self.cache_read,
            self.cache_write_5m,
            self.cache_write_1h,
            self.unmetered,
            self.no_cache_info,
            self.input_min,
            self.input_max,
            self.cache_above_input,
        )


@dataclass(frozen=True, slots=True)
class LatencyCount:
    """`n` user requests of one model and query type with a latency in bucket floor(log(ms) / log(1.01)).

    `sum_us` is their exact summed latency in whole microseconds, so that means carry no bucket error. `epoch` is kept
    where the model's name stood for several models (None: not told apart).
    """

    model: str
    query_type: str | None
    bucket: int
    n: int
    sum_us: int
    epoch: int | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """The time a workload covers: UTC dates of its first and last request, or the bounds that were asked for.

    `days` is None where no request has an absolute time and none were given. `seen_first` and `seen_last` are the dates
    of the first and the last request inside the bounds, `all_first` and `all_last` those of all requests there are.
    """

    first: date | None = None
    last: date | None = None
    days: Fraction | None = None
    seen_first: date | None = None
    seen_last: date | None = None
    all_first: date | None = None
    all_last: date | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a saved workload was made from: (path, sha256) of the rate cards it was cut for, and how it was narrowed.

    `min_cell`: cells of fewer requests were folded into "other" (None: none were).
    """

    cards: tuple[tuple[str, str], ...] = ()
    where: tuple[str, ...] = ()
    min_cell: int | None = None
    routecli: str = ""


@dataclass(frozen=True, slots=True)
class Workload:
    """Cells plus latency counts plus what is needed to read them. `assumed` workloads are monthly already.

    `narrowed` are the latency counts of the requests that conditions hold for (None: there are no conditions).
    """

    source: str
    cells: tuple[Cell, ...]
    cuts: Cuts = field(default_factory=Cuts)
    span: Span = field(default_factory=Span)
    latencies: tuple[LatencyCount, ...] = ()
    assumed: bool = False
    notes: tuple[str, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)
    narrowed: tuple[LatencyCount, ...] | None = None
