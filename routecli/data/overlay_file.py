"""The schema of a rate overlay (`routecli/rate-overlay/v1`): negotiated discounts and the mark-up an account pays.

Full rates and models of one's own stand in an ordinary card file, which may be an overlay too.
"""

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field

from routecli.data.card_file import Entry, Instant, Name, Percent
from routecli.data.yaml_lines import Place
from routecli.model.rates import MODES

OVERLAY_SCHEMA = "routecli/rate-overlay/v1"
Mode = Literal["standard", "batch", "flex", "priority", "fast"]


class DiscountEntry(Entry):
    """Percent off every list rate of a provider or of one model, for a time and for some modes."""

    provider: Name | None = None
    model: Name | None = None
    percent: Annotated[Percent, Field(description="Off every rate of the list, 0 to under 100.")]
    start: Annotated[Instant | None, Field(alias="from", description="Null: since ever.")] = None
    until: Instant | None = None
    modes: tuple[Mode, ...] = MODES  # type: ignore[assignment]
    source: Name
    note: Name | None = None


class OverlayFile(Entry):
    """A whole overlay: discounts, and which mark-up of an aggregator applies (`none`: no mark-up)."""

    schema_name: Annotated[Literal["routecli/rate-overlay/v1"], Field(alias="schema")]
    discounts: tuple[DiscountEntry, ...] = ()
    markup: dict[str, Name] = Field(default_factory=dict)


@cache
def overlay_json_schema() -> dict[str, Any]:
    """The JSON Schema of an overlay file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **OverlayFile.model_json_schema()}


def discount_problems(file: OverlayFile) -> Iterator[tuple[Place, str]]:
    """What well-formed discounts may still not say: nobody's, of no length, or two at once for one name."""
    for number, one in enumerate(file.discounts):
        place: Place = ("discounts", number)
        if (one.provider is None) == (one.model is None):
            yield place, "give either the provider or the model the discount is for"
        if one.start is not None and one.until is not None and one.until <= one.start:
            yield (*place, "until"), "'until' must be after 'from'"
        for before, other in enumerate(file.discounts[:number]):
            same = (one.provider, one.model) == (other.provider, other.model) and set(one.modes) & set(other.modes)
            if same and _meet(one, other):
                yield place, f"this discount and discounts[{before}] hold for the same requests: write one of them"


def _meet(one: DiscountEntry, other: DiscountEntry) -> bool:
    starts_in_time = one.until is None or other.start is None or other.start < one.until
    return starts_in_time and (other.until is None or one.start is None or one.start < other.until)
