"""The rate card: what a token costs, on which model, in which mode, from when to when.

Rates are integers of pico-USD per token. A period is half open: it holds from `start` until the next period of the
same mode starts. Prices of one request are picked by mode, instant, weekly window and input length, in that order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

STANDARD = "standard"
PER_QUERY = "evaluation set"
"""The provider of a model that no card knows: its rates are never used, only what its queries cost on average."""
MODES = (STANDARD, "batch", "flex", "priority", "fast")


@dataclass(frozen=True, slots=True)
class Rates:
    """Pico-USD per token. None means the vendor lists no such rate, which is not the same as 0."""

    input: int
    output: int | None
    cache_read: int | None = None
    cache_write_5m: int | None = None
    cache_write_1h: int | None = None


@dataclass(frozen=True, slots=True)
class Tier:
    """A long-context cliff: a request of `edge` input tokens or more pays these rates for ALL its tokens.

    A card's `input_gt: T` (strictly more than T) is edge T + 1; `input_gte: T` is edge T, and `inclusive` says that it
    was written so. `origin` is the `file:line` it stands at; neither changes a price.
    """

    edge: int
    rates: Rates
    inclusive: bool = field(default=False, compare=False)
    origin: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class WeeklyWindow:
    """Other rates at certain minutes of the week, in UTC.

    `spec` is canonical text, e.g. `mon,tue,wed,thu,fri 01:00-04:00,06:00-10:00`: two windows with the same
    spec hold at the same instants, so a workload cell carries the specs that held for its requests.
    `except_dates` names a calendar of days off whose dates the card does not hold: they are priced as ordinary
    weekdays, and a report on such a window should say so.
    """

    name: str
    spec: str
    rates: Rates
    tiers: tuple[Tier, ...] = ()
    except_dates: str = ""
    origin: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Period:
    """The prices of one model and mode from `start` (None: since release) until the next period.

    `origin` is the `file:line` the period stands at, for messages. `until` is the end of a promotion (the next
    period starts there) or, on the last period, of the offer itself: from then on there is no price. `factor` is what
    a negotiated discount leaves of every rate and `discount` says where it stands; rates are those of the list.
    `correction` is the reason a past period was edited, `confirmed` why an unusual price is right; `imported` names the
    tool a period came from while nobody has verified it. `rate_lines` are the lines of the base rates, by kind.
    """

    start: datetime | None
    rates: Rates
    tiers: tuple[Tier, ...] = ()
    windows: tuple[WeeklyWindow, ...] = ()
    status: str = "in force"
    source: str = ""
    verified: date | None = None
    note: str = ""
    origin: str = ""
    until: datetime | None = None
    correction: str = ""
    imported: str = ""
    factor: Fraction = Fraction(1)
    discount: str = ""
    confirmed: str = ""
    rate_lines: tuple[tuple[str, int], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Modifier:
    """A factor on the whole request where a column of the request has one of the given values (region uplift)."""

    name: str
    column: str
    values: tuple[str, ...]
    multiply: Fraction
    origin: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Markup:
    """What an aggregator adds to the price of tokens: beside the cost, never inside a rate.

    `share` is of the cost; `minimum` is the least fee of one payment (pico-USD), which single requests cannot show;
    the first `free_requests` of a month pay nothing. `applies` marks the one of a provider's mark-ups that this account
    pays.
    """

    name: str
    share: Fraction
    minimum: Fraction | None = None
    free_requests: int = 0
    applies: bool = False
    source: str = ""
    verified: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class LatencyPrior:
    """How fast a vendor or a benchmark says a model is, before anything was measured; all optional."""

    speed: str | None = None
    ttft_ms_p50: Fraction | None = None
    ttft_ms_p95: Fraction | None = None
    output_tokens_per_s_p50: Fraction | None = None
    source: str = ""
    verified: date | None = None


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One model: its names, facts and periods. `modes` always holds `standard`; periods are in order of time.

    `tokenizer` is (basis, tokens made for one token of the basis); models of one basis can be compared.
    `supersedes` are ids this model is the newer one of; `deprecations` maps the id or a dated alias to its last day.
    `cancelled` are scheduled periods that never came, by mode, kept for the record. `origins` has the `file:line` of
    aliases, last days and facts (`aliases.NAME`, `deprecations.NAME`, `context_window`, ...).
    """

    id: str
    provider: str
    family: str
    modes: Mapping[str, tuple[Period, ...]]
    aliases: tuple[str, ...] = ()
    released: date | None = None
    deprecated: date | None = None
    context_window: int | None = None
    max_output: int | None = None
    modifiers: tuple[Modifier, ...] = ()
    tokenizer: tuple[str, Fraction] | None = None
    origin: str = ""
    supersedes: tuple[str, ...] = ()
    deprecations: Mapping[str, date] = field(default_factory=dict)
    markups: tuple[Markup, ...] = ()
    latency: LatencyPrior | None = None
    cancelled: Mapping[str, tuple[Period, ...]] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def markup(self) -> Markup | None:
        """The mark-up this account pays on the model's tokens."""
        return next((one for one in self.markups if one.applies), None)

    @property
    def discounted(self) -> bool:
        """Whether any price of the model has a negotiated discount."""
        return any(period.factor != 1 for periods in self.modes.values() for period in periods)


@dataclass(frozen=True, slots=True)
class AliasPeriod:
    """The model that a vendor's moving name stands for from `start` (None: ever since) until its next period.

    `id` None: from then on the name stands for nothing, or for something the card does not hold. `origin` is the
    `file:line` it stands at.
    """

    start: datetime | None
    id: str | None
    source: str = ""
    verified: date | None = None
    note: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class AppliedFile:
    """An overlay that was laid over the card: negotiated prices or models of one's own."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class RateCard:
    """All models by id, plus the pinned short names (`haiku` -> `claude-haiku-4-5`), which never float.

    `vendor_aliases` are names that vendors move from model to model (`mistral-medium-latest`), with their periods in
    order of time: a logged request means the model its name stood for when it was made. `deployments` are a user's own
    names of models (`prod-chat` -> `gpt-5-mini`), `undeployed` those of models that this card lacks, with what to say.
    `path` says where it was read (`shipped` for the card inside the package); `sha256` is over the files' bytes.
    `overlays` are the files laid over it, the last one winning; the digest of the card itself leaves them out.
    `origins` has the `file:line` of each pin that stands in a file of this card.
    """

    models: Mapping[str, ModelCard]
    pins: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    sha256: str = ""
    overlays: tuple[AppliedFile, ...] = ()
    vendor_aliases: Mapping[str, tuple[AliasPeriod, ...]] = field(default_factory=dict)
    deployments: Mapping[str, str] = field(default_factory=dict)
    undeployed: Mapping[str, str] = field(default_factory=dict, compare=False)
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)
