"""The one shape every evaluation format is read into: a data frame with a row per query and model.

`query`, `repeat`, `model` say whose answer it is; `passed` and `score` how it was judged, `reason` why it was not;
then tokens (input is the total, cache included), `cost_pico`, `latency_ms`, `gate_score`. Features and labels are
columns named `feature:NAME` and `label:NAME`. Nothing in it is a text of a prompt or an answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from routecli.data.evidence.values import MISSING

if TYPE_CHECKING:
    import pandas as pd

KEYS = ("query", "repeat", "model")
MEASURES = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cost_pico",
    "latency_ms",
    "gate_score",
)
OF_QUERY = ("query_type", "session", "text_hash")
OF_FILE = ("source_format", "run_id", "record_ref", "from_cache", "named_scores", "ts")
COLUMNS = (*KEYS, "model_label", "passed", "score", "reason", *MEASURES, *OF_QUERY, *OF_FILE)
FEATURE, LABEL = "feature:", "label:"


@dataclass(frozen=True, slots=True)
class Read:
    """What a format made of one file: its answers, how many records it saw, what a user must know.

    `raw` is the table the answers came from (rows in the same order, `rows_of` the raw row of each answer), to find
    out which column tells apart what looks alike.
    """

    frame: "pd.DataFrame"
    rows: int
    left_out: int = 0
    notes: tuple[str, ...] = ()
    raw: "pd.DataFrame | None" = None
    rows_of: Sequence[int] = ()


def answers(columns: "Mapping[str, Sequence[Any] | pd.Series[Any]]", length: int) -> "pd.DataFrame":
    """A frame of these columns; canonical ones that are not given hold nothing."""
    import pandas as pd

    own = {name: pd.Series([None] * length, dtype=object) for name in COLUMNS if name not in columns}
    extra = [name for name in columns if name.startswith((FEATURE, LABEL))]
    given = {name: pd.Series(list(columns[name]), dtype=object) for name in (*COLUMNS, *extra) if name in columns}
    frame = pd.DataFrame({name: {**own, **given}[name] for name in (*COLUMNS, *extra)})
    unjudged = frame["passed"].isna() & frame["reason"].isna()
    frame.loc[unjudged, "reason"] = MISSING
    return frame


def from_records(records: Iterable[Mapping[str, Any]]) -> "pd.DataFrame":
    """A frame of records that name canonical columns, features and labels."""
    rows = list(records)
    names = dict.fromkeys(name for row in rows for name in row)
    return answers({name: [row.get(name) for row in rows] for name in names}, len(rows))
