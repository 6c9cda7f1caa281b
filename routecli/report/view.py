"""What every renderer draws: headline sentences, tables of raw values, notes.

A view is made from a report's JSON document alone (`routecli.report.views`), so a saved document can be rendered
again in any format, and every format shows the same cells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["text", "word", "int", "usd", "usd_delta", "pct", "share", "ms", "factor", "number"]
"""How a raw value is written.

text and word are strings (a `word` may be coloured: route, do not route, not enough evidence, pass, warn, fail);
int is a count with thousands separators; usd and usd_delta are dollars (the delta signed); pct is 0-100 and share
0-1, both written as percent; ms is milliseconds; factor is `x2.1`; number is a plain decimal.
"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the key of the row's raw value, its heading, its kind.

    `priority` 0 is never dropped on a narrow terminal; the highest number is dropped first. `data` columns are for
    programs (raw values that another column shows in words): CSV writes them, formats for people do not.
    """

    key: str
    label: str
    kind: Kind = "text"
    priority: int = 0
    data: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of raw values (None is unknown). `name` is a slug, `title` a short heading or empty."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    title: str = ""

    @property
    def shown(self) -> Sequence[Column]:
        """The columns that people are shown."""
        return [column for column in self.columns if not column.data]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was judged, for formats that show judgements: annotations, test reports, code scanning.

    `rule` is a stable id, `subject` what it was judged for, `text` one sentence. `file` is relative to where the
    command ran, where it is known. A warned or waived check fails nothing; an unknown one is never a pass.
    """

    rule: str
    subject: str
    status: Literal["pass", "warn", "fail", "waived", "unknown"]
    text: str
    file: str | None = None
    line: int | None = None
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """Headline first (the answer in a sentence or a few), then tables, then notes.

    CSV writes one table: `exported`, or without one the first. `name` is the report's, as in its schema. `comment`: the
    report is made to be posted on a pull request, so Markdown marks it, folds all but the first table and keeps under
    what such a comment may hold.
    """

    headline: Sequence[str]
    tables: Sequence[Table]
    notes: Sequence[str] = ()
    exported: Table | None = None
    checks: Sequence[Check] = ()
    name: str = ""
    comment: bool = False
