"""What every analysing command is asked, and the loading they share: card, workload, resolved models, prices.

The command line fills a `Question`; nothing below it has a clock, so `today` is passed in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from routecli.actions.own_card import own_card
from routecli.actions.resolution import id_in, priced_traffic, resolve_cells, traffic_warnings, unpriced_error
from routecli.errors import UsageError
from routecli.maths.pricing import Pricer, Ratio, edge_at
from routecli.maths.projection import monthly_factor
from routecli.maths.selection import edges_of, matching
from routecli.maths.tokenizers import tokenizer_ratios
from routecli.model import parse
from routecli.model.conditions import Condition
from routecli.model.names import Resolved, Spelling
from routecli.model.rates import RateCard
from routecli.model.ratios import token_ratios as typed_ratios
from routecli.model.workload import Cell, LatencyCount, Workload
from routecli.report.documents.common import Unpriced

if TYPE_CHECKING:
    from routecli.maths.flow import Setting

DEFAULT_DB = Path("routecli.duckdb")


@dataclass(frozen=True, slots=True)
class Question:
    """The options that analysing commands have in common, as typed (text where a card is needed to read them)."""

    today: date
    rates: Path | None = None
    at: str | None = None
    db: Path | None = None
    workload: Path | None = None
    since: str | None = None
    until: str | None = None
    days: str | None = None
    where: tuple[str, ...] = ()
    tokens: str | None = None
    input_share: str | None = None
    requests: str | None = None
    preset: str | None = None
    allow_unpriced: bool = False
    standard_fallback: bool = False
    latency: tuple[str, ...] = ()
    cached_share: str | None = None
    tokens_ratio: tuple[str, ...] = ()
    cache: str = "kept"

    @property
    def describes_workload(self) -> bool:
        """Whether an assumed workload is described in words."""
        return any(
            text is not None for text in (self.tokens, self.input_share, self.requests, self.preset, self.cached_share)
        )


@dataclass(frozen=True, slots=True)
class Loaded:
    """A question's facts: card, priced cells (their model names resolved to card ids) and how to price them.

    `cautions` are warnings about what was asked, which are said on stderr too. `selected`: the cells are those that
    pass `--where`. `evaluated` are latencies of an evaluation set, for models that the logs have none of.
    """

    question: Question
    card: RateCard
    workload: Workload
    cells: tuple[Cell, ...]
    setting: "Setting"
    factor: Fraction
    at: datetime | None
    resolved: dict[Spelling, Resolved]
    unpriced: tuple[Unpriced, ...]
    conditions: tuple[Condition, ...] = ()
    warnings: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    selected: bool = False
    evaluated: tuple[LatencyCount, ...] = ()


COLD: dict[str, int | None] = {"kept": None, "cold": 2, "all-cold": 1}
"""What --cache means: from which call on nothing is cached."""


def token_ratios(question: Question, card: RateCard) -> tuple[dict[tuple[str, str], Ratio], dict[tuple[str, str], str]]:
    """Token ratios as typed, then those of the card's tokenizers; with a sentence for each of the latter."""
    typed = typed_ratios(question.tokens_ratio, card)
    card_own = {
        pair: ratio for pair, ratio in tokenizer_ratios(card).items() if pair not in typed and pair[::-1] not in typed
    }
    notes = {
        (
            first,
            second,
        ): f"{second} makes {float(ratio[0]):.4g} tokens of each of {first}'s (tokenizers on the rate card)"
        for (first, second), ratio in card_own.items()
    }
    return {**card_own, **typed}, notes


def ratio_edges(card: RateCard, ratios: Mapping[tuple[str, str], Ratio]) -> set[int]:
    """The logged lengths at which requests cross a threshold of a model that counts tokens differently."""
    factors = {(second, ratio[0]) for (_, second), ratio in ratios.items()}
    factors |= {(first, 1 / ratio[0]) for (first, _), ratio in ratios.items()}
    return {
        edge_at(tier.edge, factor)
        for model, factor in factors
        for periods in card.models[model].modes.values()
        for period in periods
        for tier in (*period.tiers, *(tier for window in period.windows for tier in window.tiers))
    }


def price_instant(question: Question, *, own_time: bool) -> datetime | None:
    """When prices are taken: --at, else the request's own time (None), else the start of today (UTC)."""
    if question.at is not None:
        return parse.instant(question.at, "--at")
    if own_time:
        return None
    return datetime.combine(question.today, datetime.min.time(), tzinfo=UTC)


def load(
    question: Question,
    card: RateCard,
    *,
    own_time: bool = False,
    assumed_model: str | None = None,
    edges: Iterable[int] = (),
    by: Sequence[str] = (),
    needs_prices: bool = True,
    select: bool = False,
    workload: Workload | None = None,
) -> Loaded:
    """Load the workload a question is about and set up its prices.

    `workload` is one that was read already. `select` drops what --where leaves out (else it is about the routed
    requests only). `own_time` prices at each request's own time unless --at is given. `assumed_model` is what an
    assumed workload runs on; without one, a workload must be ingested. Raises DataError when a model in the data has no
    price.
    """
    from routecli.actions.cautions import idle_tests
    from routecli.maths.flow import Setting

    conditions = parse.conditions(question.where, card)
    ratios, ratio_notes = token_ratios(question, card)
    cuts = {*edges, *edges_of(conditions), *ratio_edges(card, ratios)}
    if workload is None:
        workload = _workload(question, card, assumed_model, cuts, by, conditions)
    undated = price_instant(question, own_time=True)
    every, seen, unpriced = resolve_cells(workload, card, conditions if select else (), at=undated)
    cautions = idle_tests(conditions, every, workload.cuts, assumed=workload.assumed)
    cells = tuple(matching(every, conditions, workload.cuts, assumed=workload.assumed)) if select else every
    at = price_instant(question, own_time=own_time)
    if needs_prices:
        fallback = question.standard_fallback
        cells, lacking = priced_traffic(cells, card, workload.cuts, at, standard_fallback=fallback)
        unpriced += lacking
    if unpriced and not question.allow_unpriced and not own_time and needs_prices:
        raise unpriced_error(unpriced)
    if question.workload is not None and own_time and question.at is None:
        from routecli.actions.saved import require_price_changes

        require_price_changes(workload, card, {found.id for found in seen.values()})
    days = None if question.days is None else parse.days(question.days)
    pricer = Pricer(card, workload.cuts, at, workload.assumed, question.standard_fallback, ratios, ratio_notes)
    return Loaded(
        question,
        card,
        workload,
        cells,
        Setting(pricer, workload.assumed, COLD[question.cache]),
        monthly_factor(workload, days),
        at,
        seen,
        unpriced,
        conditions,
        (*cautions, *_warnings(question, workload, cells, seen, unpriced)),
        tuple(cautions),
        select,
    )


def _warnings(
    question: Question,
    workload: Workload,
    cells: Sequence[Cell],
    seen: Mapping[Spelling, Resolved],
    unpriced: Sequence[Unpriced],
) -> list[str]:
    from routecli.actions.cautions import span_warnings

    return [
        *span_warnings(workload, question.since, question.until),
        *traffic_warnings(cells, unpriced),
        *(found.caution for found in seen.values() if found.caution),
    ]


def _workload(
    question: Question,
    card: RateCard,
    assumed_model: str | None,
    edges: set[int],
    by: Sequence[str],
    conditions: Sequence[Condition],
) -> Workload:
    if question.workload is not None:
        from routecli.actions.saved import saved_workload

        return saved_workload(question, by)
    stored = question.db is not None or (not question.describes_workload and ingested(DEFAULT_DB))
    if question.describes_workload and question.db is not None:
        raise UsageError("two-workloads", "--db and an assumed workload are both given", fix="leave one of them out")
    if not stored and assumed_model is not None:
        return _assumed(question, assumed_model)
    from routecli.data.workload import cuts_for, load_workload

    since, until = bounds(question)
    return load_workload(
        question.db or DEFAULT_DB,
        cuts_for(card, edges),
        since=since,
        until=until,
        by=by,
        conditions=conditions,
        id_of=lambda name, time: id_in(card, name, time),
    )


def ingested(db: Path) -> bool:
    """Whether a store is there with requests in it; one that cannot be read counts as one, and says why when asked."""
    if not db.exists():
        return False
    from routecli.data.store import holds_requests

    return holds_requests(db)


def bounds(question: Question) -> tuple[datetime | None, datetime | None]:
    """--since (inclusive) and --until (exclusive) as UTC instants."""
    since = None if question.since is None else parse.instant(question.since, "--since")
    until = None if question.until is None else parse.instant(question.until, "--until", end=True)
    if since is not None and until is not None and since >= until:
        raise UsageError("bad-date", f"--since {question.since} is not before --until {question.until}")
    return since, until


def _assumed(question: Question, model: str) -> Workload:
    for option, value in (("--since", question.since), ("--until", question.until)):
        if value is not None:
            raise UsageError("no-log", f"{option} needs ingested requests", fix="routecli ingest PATH, or leave it out")
    from routecli.maths import assumed

    if question.preset is not None:
        others = (question.tokens, question.input_share, question.requests, question.cached_share)
        if any(text is not None for text in others):
            raise UsageError(
                "two-workloads", "--preset stands for tokens, share and requests at once", fix="leave one of them out"
            )
        workload = assumed.preset(question.preset)
    else:
        workload = assumed.by_tokens(
            assumed.DEFAULT_TOKENS if question.tokens is None else parse.count(question.tokens, "--tokens"),
            assumed.DEFAULT_INPUT_SHARE
            if question.input_share is None
            else parse.share(question.input_share, "--input-share"),
            None if question.requests is None else parse.count(question.requests, "--requests"),
            Fraction(0) if question.cached_share is None else parse.share(question.cached_share, "--cached-share"),
        )
    return replace(workload, cells=tuple(replace(cell, key=replace(cell.key, model=model)) for cell in workload.cells))


def card_for(question: Question) -> RateCard:
    """The question's rate card, with what `routecli.yaml` adds: overlays, and a team's own names of its models."""
    return own_card(question.rates)
