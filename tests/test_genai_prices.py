"""The card against genai-prices 0.2.3, an independent price list with an engine of its own, read offline.

Every model both have, in every mode both have, at drawn instants (around each change of either), lengths (around each
threshold) and usages: the same dollars to the last digit. Where the card says something else on purpose, `DIFFERENCES`
says when and why, and a test makes sure that each entry is still needed.
"""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from importlib.metadata import version
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routecli.data.cards import load_card
from routecli.data.workload import cuts_for, window_minutes
from routecli.errors import DataError
from routecli.maths.pricing import Pricer
from routecli.model.rates import STANDARD, ModelCard
from routecli.model.workload import Cell, Key

genai_prices = pytest.importorskip("genai_prices", reason="genai-prices is a development dependency")

CARD = load_card(None)
CUTS = cuts_for(CARD)
NAMES = {
    "groq/gpt-oss-120b": "openai/gpt-oss-120b",
    "global.anthropic.claude-sonnet-4-6": "global.anthropic.claude-sonnet-4-6-v1:0",
    "regional.anthropic.claude-sonnet-4-6": "us.anthropic.claude-sonnet-4-6-v1:0",
}
CONTEXTS = {
    "batch": {"processing": "batch"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
}


@dataclass(frozen=True)
class Case:
    """One request on a model of both lists."""

    model: str
    mode: str
    at: datetime
    plain: int
    read: int
    written: int
    hour: int
    output: int

    @property
    def input(self) -> int:
        return self.plain + self.read + self.written + self.hour


def theirs(case: Case) -> Fraction:
    model = CARD.models[case.model]
    context = {"speed": "fast"} if model.provider == "anthropic" else {"service_tier": "fast"}
    usage = genai_prices.Usage(
        input_tokens=case.input,
        cache_read_tokens=case.read,
        cache_write_tokens=case.written + case.hour,
        cache_write_1h_tokens=case.hour,
        output_tokens=case.output,
    )
    found = genai_prices.calc_price(
        usage,
        NAMES.get(case.model, case.model.removeprefix("openrouter/")),
        provider_id=model.provider,
        genai_request_timestamp=case.at,
        price_context=CONTEXTS.get(case.mode, context) if case.mode != STANDARD else None,
    )
    return Fraction(found.total_price)


def ours(case: Case) -> Fraction | str:
    minute = case.at.hour * 60 + case.at.minute
    windows = tuple(spec for spec in CUTS.windows if (case.at.weekday(), minute) in window_minutes(spec))
    key = Key(
        case.model,
        mode=case.mode,
        windows=windows,
        band=max((edge for edge in CUTS.edges if edge <= case.input), default=0),
        epoch=sum(start <= case.at for start in CUTS.epochs),
    )
    cell = Cell(key, 1, case.input, case.output, case.read, case.written, case.hour)
    try:
        return Fraction(Pricer(CARD, CUTS, None).cost(cell, case.model), 10**12)
    except DataError as error:
        return error.id


def shared() -> Iterator[tuple[ModelCard, str]]:
    """Every model and mode of the card but the modes that only litellm lists."""
    for model in CARD.models.values():
        for mode in model.modes:
            if not any("litellm" in period.source for period in model.modes[mode]):
                yield model, mode


SHARED = list(shared())
LENGTHS = sorted({edge + step for edge in CUTS.edges for step in (-2, -1, 0, 1)} | {0, 1, 1000})
INSTANTS = sorted(
    {change + step for change in CUTS.epochs for step in (timedelta(seconds=-1), timedelta(0), timedelta(hours=9))}
    | {datetime(2026, 8, day, hour, tzinfo=UTC) for day in range(14, 25) for hour in (0, 2, 5, 7, 10, 16, 23)}
    | {datetime(2026, 11, day, hour, tzinfo=UTC) for day in range(9, 16) for hour in (0, 1, 3, 4, 6, 9, 10, 23)}
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    model, mode = draw(st.sampled_from(SHARED))
    whole = draw(st.sampled_from(LENGTHS) | st.integers(0, 600_000))
    read = draw(st.integers(0, whole))
    written = draw(st.integers(0, whole - read))
    hour = draw(st.integers(0, whole - read - written) | st.just(0))
    # Nobody writes one-hour caches where no source lists any cache writes; the two engines fill such gaps differently.
    writes = model.modes[mode][-1].rates.cache_write_5m is not None
    hour = hour if writes else 0
    output = draw(st.integers(0, 50_000)) if model.modes[STANDARD][-1].rates.output is not None else 0
    moment = draw(st.sampled_from(INSTANTS) | st.datetimes(datetime(2025, 1, 1), datetime(2027, 6, 1)).map(_utc))
    return Case(model.id, mode, moment, whole - read - written - hour, read, written, hour, output)


def _utc(moment: datetime) -> datetime:
    return moment.replace(microsecond=0, tzinfo=UTC)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def peak(case: Case) -> bool:
    return case.at.hour in (1, 2, 3, 6, 7, 8, 9)


def verified_from(case: Case) -> datetime:
    """The day from which genai-prices has a mode; it charges the standard price before."""
    if case.model == "mistral-large-4":
        return utc(2025, 1, 1)  # with its history
    if case.model == "gpt-6.1-terra" or (CARD.models[case.model].provider == "anthropic" and case.mode == "fast"):
        return utc(2025, 1, 1)
    return utc(2026, 10, 14) if case.mode == "batch" else utc(2026, 10, 12)


DIFFERENCES: list[tuple[str, Callable[[Case], bool], str]] = [
    (
        "DeepSeek's peak hours before 2026-08-17, at weekends and in the weeks of the first peak prices",
        lambda case: case.model in ("deepseek-v4-pro", "deepseek-v4-flash", "deepseek-flash") and peak(case),
        "genai-prices issue 582: its constraints carry a date or hours, not both, and no day of the week",
    ),
    (
        "DeepSeek's change of 2026-08-16T16:00Z",
        lambda case: (
            case.model in ("deepseek-v4-pro", "deepseek-v4-flash")
            and utc(2026, 8, 16, 16) <= case.at < utc(2026, 8, 17)
        ),
        "the vendor's page gives the hour; genai-prices has whole days",
    ),
    (
        "GLM-5.3-Flash from 16:00 UTC on 2026-09-09",
        lambda case: case.model == "GLM-5.3-Flash" and utc(2026, 9, 9, 16) <= case.at < utc(2026, 9, 10),
        "its own comment: the promotion ended at 16:00 UTC, but a start date is a whole day",
    ),
    (
        "o3's cached input before 2025-06-10",
        lambda case: case.model == "o3" and case.mode == STANDARD and case.at < utc(2025, 6, 10) and case.read > 0,
        "AgentOps-AI/tokencost@8f76caf9 had 2.50; genai-prices carries the later 0.50 back",
    ),
    (
        "cached input of Sonnet 5.5 before 2026-10-07",
        lambda case: (
            case.model == "claude-sonnet-5-5" and case.mode == STANDARD and case.at < utc(2026, 10, 7) and case.read > 0
        ),
        "release notes of claudit v1.9.2 and PromptFuel v1.0.23; genai-prices 0.1.11 overwrote the rate in place",
    ),
    (
        "cached input of Gemini 2.5 before 2025-10-31",
        lambda case: (
            case.model.startswith("gemini-2.5")
            and case.mode == STANDARD
            and case.at < utc(2025, 10, 31)
            and case.read > 0
        ),
        "pydantic/genai-prices@5de9400a overwrote the rates in place",
    ),
    (
        "batch, flex, priority and fast before somebody looked them up",
        lambda case: case.mode != STANDARD and case.at < verified_from(case),
        "its own comments: tier history before the verification is not modeled, so it charges the standard price then; "
        "the card has the oldest known price of the mode, or none where the standard price was another one",
    ),
    (
        "fast mode of Opus 4.8 after 2026-11-30",
        lambda case: case.model == "claude-opus-4-8" and case.mode == "fast" and case.at >= utc(2026, 12, 1),
        "its own comment: the vendor removes the mode on 2026-11-30",
    ),
]
"""(what, when it holds, evidence): where the card differs from genai-prices 0.2.3 on purpose. The one place for it."""


def excused(case: Case) -> bool:
    return any(holds(case) for _, holds, _ in DIFFERENCES)


def test_the_release_the_card_was_checked_against_and_how_much_is_compared() -> None:
    assert version("genai-prices") == "0.2.3"
    assert len({model.id for model, _ in SHARED}) == len(CARD.models) == 75
    assert len(SHARED) == 195


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_every_shared_price_agrees_to_the_last_digit(case: Case) -> None:
    if not excused(case):
        assert ours(case) == theirs(case)


@pytest.mark.parametrize(("model", "mode"), SHARED, ids=[f"{model.id}-{mode}" for model, mode in SHARED])
def test_every_threshold_and_every_change_of_a_model(model: ModelCard, mode: str) -> None:
    """Not drawn: each model and mode at each of its own lengths and instants, one token or second to either side."""
    edges = {tier.edge for period in model.modes[mode] for tier in period.tiers} | {2_000}
    changes = {at for period in model.modes[mode] for at in (period.start, period.until) if at} | {
        utc(2026, 11, 16, 12)
    }
    writes = model.modes[STANDARD][-1].rates.cache_write_5m is not None
    output = 1_000 if model.modes[STANDARD][-1].rates.output is not None else 0
    compared = 0
    for length in sorted({edge + step for edge in edges for step in (-1, 0, 1)}):
        for at in sorted(change + timedelta(seconds=step) for change in changes for step in (-1, 0, 1)):
            part = length // 5
            hour = part if writes else 0
            case = Case(model.id, mode, at, length - 2 * part - hour, part, part, hour, output)
            if not excused(case):
                compared += 1
                assert ours(case) == theirs(case), case
    assert compared


@pytest.mark.parametrize(("what", "holds", "evidence"), DIFFERENCES, ids=[one[0] for one in DIFFERENCES])
def test_each_difference_is_real_and_has_its_evidence(what: str, holds: Any, evidence: str) -> None:
    assert evidence
    tried = [
        Case(model.id, mode, at, length, 10_000, 0, 0, 1_000)
        for model, mode in SHARED
        for at in (*INSTANTS, utc(2025, 3, 1, 12), utc(2026, 3, 1, 12), utc(2026, 12, 24))
        for length in (20_000, 300_000)
    ]
    cases = [case for case in tried if holds(case)][:3_000]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert any(ours(case) != theirs(case) for case in cases)


def test_an_agreement_can_fail():
    case = Case("gpt-5", STANDARD, utc(2026, 11, 1), 1_000, 0, 0, 0, 100)
    assert theirs(case) == Fraction(Decimal("0.00225")) == ours(case)
    assert theirs(Case("gpt-5", STANDARD, utc(2026, 11, 1), 1_001, 0, 0, 0, 100)) != ours(case)
