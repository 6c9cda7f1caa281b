"""A price that ended, and a negotiated discount on the rates of a list."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest

from routecli.errors import DataError
from routecli.maths.pricing import Pricer
from routecli.model.rates import STANDARD, ModelCard, Period, RateCard, Rates
from routecli.model.workload import Cell, Cuts, Key

NOVEMBER, DECEMBER = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
RATES = Rates(5_000_000, 25_000_000)
CELL = Cell(Key("opus", mode="fast"), 1, 1_000, 100)


def pricer(period: Period, at: datetime | None) -> Pricer:
    modes = {STANDARD: (Period(None, RATES),), "fast": (period,)}
    return Pricer(RateCard({"opus": ModelCard("opus", "p", "opus", modes)}), Cuts(), at)


def test_a_mode_is_priced_up_to_the_instant_it_ends():
    ends = Period(None, RATES, until=DECEMBER, origin="card.yaml:7")
    assert pricer(ends, NOVEMBER).cost(CELL, "opus") == 1_000 * 5_000_000 + 100 * 25_000_000
    with pytest.raises(DataError) as caught:
        pricer(ends, DECEMBER).cost(CELL, "opus")
    assert caught.value.id == "no-price-at"
    said = "card.yaml:7: the rate card has no fast price for opus at 2026-12-01T00:00Z"
    assert str(caught.value).startswith(said)
    assert "it ended at 2026-12-01T00:00Z" in str(caught.value)


def test_before_the_first_period_there_is_no_price():
    with pytest.raises(DataError) as caught:
        pricer(Period(DECEMBER, RATES), NOVEMBER).cost(CELL, "opus")
    assert "no fast price for opus at 2026-11-01T00:00Z" in str(caught.value)


def test_a_discount_is_exact_where_the_rate_would_not_be_whole():
    found = pricer(Period(None, Rates(3, 7), factor=Fraction(7, 8)), NOVEMBER).cost(CELL, "opus")
    assert found == Fraction(7, 8) * (3 * 1_000 + 7 * 100)
